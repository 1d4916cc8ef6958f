#include "libshared/fleet/wants_text.h"
#include "libshared/base/err.h"
#include "libshared/base/log.h"
#include <stdio.h>

#define VERSION_KEY "wants_text_version:{fleet}"

/* The version is Redis's time, not a number counted up: one that begins anew after a loss could
 * come to the number somebody knows. */
/* clang-format off */
static const char send_script[] =
"#!lua flags=allow-oom\n"
"local set, version = KEYS[1], KEYS[2]\n"
"local is_same = redis.call('EXISTS', version) == 1 and redis.call('SCARD', set) == #ARGV\n"
"for i = 1, is_same and #ARGV or 0 do\n"
"  is_same = is_same and redis.call('SISMEMBER', set, ARGV[i]) == 1\n"
"end\n"
"if is_same then return 0 end\n"
"redis.call('DEL', set)\n"
"for i = 1, #ARGV do redis.call('SADD', set, ARGV[i]) end\n"
"local time = redis.call('TIME')\n"
"redis.call('SET', version, time[1] .. '.' .. time[2])\n"
"return 1\n";

static const char look_script[] =
"#!lua flags=no-writes,allow-oom\n"
"local version = redis.call('GET', KEYS[2])\n"
"if not version or version == ARGV[1] then return false end\n"
"return { version, redis.call('SMEMBERS', KEYS[1]) }\n";
/* clang-format on */

struct question {
	ra_wants_text_sent_cb sent;
	ra_wants_text_news_cb news;
	void *ctx; /* borrowed */
};

static void on_sent(void *ctx, const redisReply *reply)
{
	struct question question = *(struct question *)ctx;
	bool is_answer = reply && reply->type == REDIS_REPLY_INTEGER;
	ra_free(ctx);
	question.sent(question.ctx,
		      is_answer ? 0
		      : reply   ? RA_EPROTO
				: RA_EDOWN,
		      is_answer && reply->integer == 1);
}

static int ask(struct ra_redis *redis, struct ra_buf *command, ra_redis_reply_cb answer,
	       const struct question *question)
{
	struct question *asked = ra_new(struct question);
	*asked = *question;
	int rc = ra_redis_send_resp(redis, answer, asked, ra_buf_str(command));
	if (rc < 0)
		ra_free(asked);
	ra_buf_fini(command);
	return rc;
}

static void begin(struct ra_buf *command, const char *script, size_t args)
{
	ra_resp_command(command, 5 + args);
	ra_resp_word(command, RA_STR("EVAL"));
	ra_resp_word(command, ra_str_of(script));
	ra_resp_word(command, RA_STR("2"));
	ra_resp_word(command, RA_STR(RA_WANTS_TEXT_KEY));
	ra_resp_word(command, RA_STR(VERSION_KEY));
}

int ra_wants_text_send(struct ra_redis *redis, const uint64_t *guilds, size_t count,
		       ra_wants_text_sent_cb sent, void *ctx)
{
	struct ra_buf command = { 0 };
	begin(&command, send_script, count);
	for (size_t i = 0; i < count; i++)
		ra_resp_u64(&command, guilds[i]);
	return ask(redis, &command, on_sent, &(struct question){ .sent = sent, .ctx = ctx });
}

static bool is_news(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	       reply->element[0]->type == REDIS_REPLY_STRING &&
	       reply->element[1]->type == REDIS_REPLY_ARRAY;
}

static void tell(const struct question *question, const redisReply *reply)
{
	const redisReply *members = reply->element[1];
	char version[RA_WANTS_TEXT_VERSION_SIZE];
	uint64_t *guilds = ra_alloc((members->elements + 1) * sizeof(*guilds));
	size_t count = 0;
	for (size_t i = 0; i < members->elements; i++)
		count += ra_str_to_u64(ra_reply_str(members->element[i]), &guilds[count]) == 0;
	snprintf(version, sizeof(version), "%s", reply->element[0]->str);
	question->news(question->ctx, version, guilds, count);
	ra_free(guilds);
}

static void on_looked(void *ctx, const redisReply *reply)
{
	static bool is_told;
	if (reply && is_news(reply)) {
		tell(ctx, reply);
	} else if (reply && reply->type == REDIS_REPLY_ERROR && !is_told) {
		ra_error(NULL, "cannot see whose messages are read", ra_f_text("why", reply->str));
		is_told = true;
	}
	ra_free(ctx);
}

int ra_wants_text_look(struct ra_redis *redis, const char *version, ra_wants_text_news_cb news,
		       void *ctx)
{
	struct ra_buf command = { 0 };
	begin(&command, look_script, 1);
	ra_resp_word(&command, ra_str_of(version));
	return ask(redis, &command, on_looked, &(struct question){ .news = news, .ctx = ctx });
}
