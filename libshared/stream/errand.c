#include "libshared/stream/errand.h"
#include "libshared/redis/redis.h"

enum { WORDS_MAX = 8 };

struct ra_errand {
	struct ra_redis *redis; /* owned */
	char *key;              /* owned, as are the words */
	char *words[WORDS_MAX];
	size_t count;
	void (*answer)(void *ctx, const redisReply *reply); /* NULL: over */
	void *ctx;
};

static void on_closed(void *ctx)
{
	struct ra_errand *e = ctx;
	for (size_t i = 0; i < e->count; i++)
		ra_free(e->words[i]);
	ra_free(e->key);
	ra_free(e);
}

static void end(struct ra_errand *e)
{
	e->answer = NULL;
	ra_redis_close(e->redis, on_closed, e);
}

static void on_answer(void *ctx, const redisReply *reply)
{
	struct ra_errand *e = ctx;
	void (*answer)(void *ctx, const redisReply *reply) = e->answer;
	if (!reply || !answer) /* on_up begins again */
		return;
	end(e);
	answer(e->ctx, reply);
}

static void on_up(void *ctx)
{
	struct ra_errand *e = ctx;
	struct ra_str argv[WORDS_MAX];
	for (size_t i = 0; i < e->count; i++)
		argv[i] = ra_str_of(e->words[i]);
	int rc = ra_redis_send(e->redis, on_answer, e, e->count, argv);
	(void)rc; /* refused: the connection is going, on_up follows */
}

struct ra_errand *ra_errand_run(uv_loop_t *loop, const char *redis_url, const char *key,
				const char *const *words, size_t count,
				void (*answer)(void *ctx, const redisReply *reply), void *ctx)
{
	static const struct ra_redis_ops ops = { .on_up = on_up };
	struct ra_errand *e = ra_new(struct ra_errand);
	e->key = ra_strdup(key);
	e->count = count < WORDS_MAX ? count : WORDS_MAX;
	for (size_t i = 0; i < e->count; i++)
		e->words[i] = ra_strdup(words[i]);
	e->answer = answer;
	e->ctx = ctx;
	/* The URL was checked when the program started: opening can not fail. */
	e->redis = ra_redis_open(loop, redis_url, e->key, NULL, &ops, e, NULL);
	return e;
}

void ra_errand_cancel(struct ra_errand **errand)
{
	if (*errand)
		end(*errand);
	*errand = NULL;
}
