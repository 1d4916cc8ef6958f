/* chunks: see chunks.h. */
#include "services/gateway-ingest/chunks.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/redis.h"
#include "services/gateway-ingest/fields.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

RA_COUNTER(requests, "rations_gateway_member_requests_total", "requests for all members of a guild")
RA_COUNTER(answers, "rations_gateway_member_lists_total", "guilds whose members came in full")
RA_COUNTER(limited, "rations_gateway_member_requests_limited_total",
	   "requests for members that Discord put off")
RA_COUNTER(given_up, "rations_gateway_member_requests_unanswered_total",
	   "guilds whose members never came")

#define KEPT_S 86400 /* of no use to anybody by then */

struct waiting {
	uint64_t guild;
	uint64_t not_before_ms; /* monotonic */
	unsigned attempts;
};

static void on_timer(uv_timer_t *timer);

static void wait_for(struct chunks *c, struct waiting item)
{
	ra_fifo_push(&c->queue, &item);
	if (!uv_is_active((uv_handle_t *)&c->timer))
		uv_timer_start(&c->timer, on_timer, c->every_ms, c->every_ms);
}

static void add(struct chunks *c, uint64_t guild)
{
	if (c->unlisted.count >= CHUNKS_MAX || !id_set_add(&c->unlisted, guild))
		return;
	wait_for(c, (struct waiting){ .guild = guild });
}

static void remember(struct chunks *c, const char *command, uint64_t guild)
{
	/* refused: Redis is away, and with it the dispatch, which will come again */
	(void)!ra_redis_sendf(c->redis, NULL, NULL, "%s %s %" PRIu64, command, c->key, guild);
	(void)!ra_redis_sendf(c->redis, NULL, NULL, "EXPIRE %s %d", c->key, KEPT_S);
}

/* Asked for, or of no use any more. */
static void forget(struct chunks *c, uint64_t guild)
{
	if (!id_set_has(&c->unlisted, guild))
		return;
	id_set_remove(&c->unlisted, guild);
	remember(c, "SREM", guild);
	if (c->guild == guild)
		c->guild = 0;
}

/* When this guild may be asked for again; 0: now. */
static uint64_t not_before(const struct chunks *c, uint64_t guild, uint64_t now_ms)
{
	for (unsigned i = 0; i < CHUNKS_RECENT; i++)
		if (c->recent[i].guild == guild && now_ms - c->recent[i].at_ms < CHUNKS_GUILD_MS)
			return c->recent[i].at_ms + CHUNKS_GUILD_MS;
	return 0;
}

static void ask(struct chunks *c, struct waiting item, uint64_t now_ms)
{
	if (!c->ops->ask(c->ctx, item.guild)) {
		wait_for(c, item);
		return;
	}
	ra_count(&requests, 1);
	c->guild = item.guild;
	c->attempts = item.attempts + 1;
	c->patience = CHUNKS_PATIENCE;
	c->recent[c->next_recent].guild = item.guild;
	c->recent[c->next_recent].at_ms = now_ms;
	c->next_recent = (c->next_recent + 1) % CHUNKS_RECENT;
}

/* No answer: a guild may be away, or the request was lost with its connection. */
static void lose_patience(struct chunks *c)
{
	struct waiting item = { .guild = c->guild, .attempts = c->attempts };
	if (--c->patience > 0)
		return;
	c->guild = 0;
	if (item.attempts < CHUNKS_ATTEMPTS) {
		wait_for(c, item);
		return;
	}
	ra_count(&given_up, 1);
	forget(c, item.guild);
}

static void on_timer(uv_timer_t *timer)
{
	struct chunks *c = ra_container_of(timer, struct chunks, timer);
	uint64_t now_ms = ra_monotonic_ms();
	struct waiting item;
	if (!c->ops->is_listening(c->ctx))
		return;
	if (c->guild != 0) {
		lose_patience(c);
		return;
	}
	do {
		if (!ra_fifo_pop(&c->queue, &item)) {
			uv_timer_stop(&c->timer);
			return;
		}
	} while (!id_set_has(&c->unlisted, item.guild)); /* forgotten meanwhile */
	uint64_t earliest_ms = not_before(c, item.guild, now_ms);
	if (item.not_before_ms < earliest_ms)
		item.not_before_ms = earliest_ms;
	if (item.not_before_ms > now_ms)
		wait_for(c, item);
	else
		ask(c, item, now_ms);
}

/* The session begins or goes on. */

static void clear(struct chunks *c)
{
	id_set_clear(&c->unlisted);
	ra_fifo_fini(&c->queue);
	c->queue = (struct ra_fifo){ .item_size = sizeof(struct waiting) };
	c->guild = 0;
	c->listing = 0;
}

void chunks_begin(struct chunks *c)
{
	clear(c);
	c->is_known = true;
	(void)!ra_redis_sendf(c->redis, NULL, NULL, "DEL %s", c->key);
}

static void on_held(void *ctx, const redisReply *reply)
{
	struct chunks *c = ctx;
	if (!reply || reply->type != REDIS_REPLY_ARRAY || c->is_known)
		return;
	c->is_known = true;
	for (size_t i = 0; i < reply->elements; i++) {
		uint64_t guild;
		if (ra_str_to_u64(ra_reply_str(reply->element[i]), &guild) == 0 && guild != 0)
			add(c, guild);
	}
}

void chunks_resume(struct chunks *c)
{
	if (!c->is_known)
		(void)!ra_redis_sendf(c->redis, on_held, c, "SMEMBERS %s", c->key);
}

/* What comes in. */

static void on_listed(struct chunks *c, uint64_t guild, int64_t listed)
{
	bool is_short = guild == c->listing && listed < c->members;
	c->listing = 0;
	if (!is_short || id_set_has(&c->unlisted, guild))
		return;
	add(c, guild);
	remember(c, "SADD", guild);
}

void chunks_on_event(struct chunks *c, const struct ra_event *event)
{
	switch ((int)event->type) {
	case RA_EV_guild_available:
		c->listing = event->guild;
		c->members = event->guild_available.member_count;
		break;
	case RA_EV_guild_synced: on_listed(c, event->guild, event->guild_synced.members); break;
	case RA_EV_guild_removed:
	case RA_EV_guild_unavailable: forget(c, event->guild); break;
	}
}

struct answer {
	uint64_t guild;
	int64_t index, count;
	int64_t opcode;
	struct ra_str retry_after; /* seconds, with a fraction */
};

static const struct field meta_fields[] = {
	FIELD(ID, struct answer, guild, "guild_id"),
};
static const struct field_table meta_table = FIELD_TABLE(meta_fields);

static const struct field answer_fields[] = {
	FIELD(ID, struct answer, guild, "guild_id"),
	FIELD(INT, struct answer, index, "chunk_index"),
	FIELD(INT, struct answer, count, "chunk_count"),
	FIELD(INT, struct answer, opcode, "opcode"),
	FIELD(RAW, struct answer, retry_after, "retry_after"),
	FIELD_INTO("meta", meta_table),
};
static const struct field_table answer_table = FIELD_TABLE(answer_fields);

void chunks_on_chunk(struct chunks *c, struct ra_str d)
{
	struct answer answer = { 0 };
	if (c->unlisted.count == 0 || !fields_parse(d, &answer_table, &answer, NULL))
		return;
	if (answer.guild == c->guild)
		c->patience = CHUNKS_PATIENCE;
	if (answer.index + 1 < answer.count || !id_set_has(&c->unlisted, answer.guild))
		return;
	ra_count(&answers, 1);
	forget(c, answer.guild);
}

/* "12.3": as milliseconds, within reason. */
static uint64_t read_wait_ms(struct ra_str seconds)
{
	char text[32];
	snprintf(text, sizeof(text), "%.*s", (int)(seconds.len < 31 ? seconds.len : 31),
		 seconds.ptr ? seconds.ptr : "");
	double ms = strtod(text, NULL) * 1000;
	return ms > 0 && ms < 3600000 ? (uint64_t)ms + 1 : CHUNKS_GUILD_MS;
}

void chunks_on_limited(struct chunks *c, struct ra_str d)
{
	struct answer answer = { 0 };
	if (c->guild == 0 || !fields_parse(d, &answer_table, &answer, NULL) || answer.opcode != 8 ||
	    answer.guild != c->guild)
		return;
	ra_count(&limited, 1);
	c->guild = 0;
	wait_for(c, (struct waiting){ .guild = answer.guild,
				      .not_before_ms = ra_monotonic_ms() +
						       read_wait_ms(answer.retry_after) });
}

/* Life */

void chunks_start(struct chunks *c, uv_loop_t *loop, struct ra_redis *redis, unsigned shard,
		  unsigned shards, uint64_t every_ms, const struct chunks_ops *ops, void *ctx)
{
	*c = (struct chunks){ .ops = ops, .ctx = ctx, .redis = redis, .every_ms = every_ms };
	snprintf(c->key, sizeof(c->key), "unlisted:{%u.%u}", shards, shard);
	clear(c);
	uv_timer_init(loop, &c->timer);
}

void chunks_stop(struct chunks *c, uv_close_cb closed)
{
	clear(c);
	c->is_known = true; /* what Redis may still answer comes too late */
	id_set_fini(&c->unlisted);
	uv_close((uv_handle_t *)&c->timer, closed);
}
