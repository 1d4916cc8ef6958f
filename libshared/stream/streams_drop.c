/*
 * streams_drop: the stream of a former plan, read to its end, goes: first our
 * field in needs:{N.I}, and when it was the last, the stream with all that
 * belongs to it; then our position.
 */
#include "libshared/base/clock.h"
#include "libshared/stream/streams_internal.h"
#include <stdio.h>

enum { KEPT_MS = 60 * 1000 };

/* Says that we need the stream no more, and drops it when nobody does. */
static const char drop_script[] =
	"local info = redis.call('EXISTS', KEYS[1]) == 1 and redis.call('XINFO', 'STREAM', "
	"KEYS[1]) "
	"for i = 1, info and #info or 0, 2 do "
	"  if info[i] == 'last-generated-id' and info[i + 1] ~= ARGV[1] then return 0 end "
	"end "
	"redis.call('HDEL', KEYS[3], ARGV[2]) "
	"if redis.call('EXISTS', KEYS[3]) == 1 then return 2 end "
	"redis.call('DEL', unpack(KEYS)) "
	"return 1";

enum { NOT_DROPPED, DROPPED, KEPT }; /* what it answers */

static int forget_position(struct ra_streams *s, const struct stream *stream)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_text(&p, ra_str_of(stream->name));
	int rc = ra_pg_send(s->pg, ROSTER_DROP, &p, NULL, NULL);
	ra_arena_fini(&arena);
	return rc < 0 ? rc : ra_pg_sync(s->pg, NULL, NULL);
}

static void on_dropped(void *ctx, const redisReply *reply)
{
	struct stream *stream = ctx;
	struct ra_streams *s = stream->streams;
	stream->errand = NULL;
	if (reply->type == REDIS_REPLY_INTEGER && reply->integer == KEPT) {
		stream->kept_until_ms = ra_monotonic_ms() + KEPT_MS;
		return;
	}
	if (reply->type != REDIS_REPLY_INTEGER || reply->integer != DROPPED) {
		ra_warn(NULL, "a stream that had ended was not dropped",
			ra_f_text("stream", stream->name), ra_f_text("why", reply->str));
		return;
	}
	int rc = ra_redis_sendf(s->redis, NULL, NULL, "SREM shards %u.%u", stream->conf.shard_count,
				stream->conf.shard_id);
	if (rc == 0)
		rc = forget_position(s, stream);
	(void)rc; /* away: the next round does it again */
	ra_info(NULL, "stream of a former plan dropped", ra_f_text("stream", stream->name));
}

static void drop(struct ra_streams *s, struct stream *stream)
{
	char session[48], needs[48];
	snprintf(session, sizeof(session), "session%s", stream->name + strlen("events"));
	snprintf(needs, sizeof(needs), "needs%s", stream->name + strlen("events"));
	const char *const words[] = { "EVAL",          drop_script,      "3",
				      stream->name,    session,          needs,
				      stream->last_id, s->conf.ops->name };
	if (!stream->errand && ra_monotonic_ms() >= stream->kept_until_ms)
		stream->errand = ra_errand_run(s->loop, s->conf.redis_url, stream->name, words,
					       RA_COUNT(words), on_dropped, stream);
}

/* Where another service dropped it, only our position is left. */
void streams_let_go(struct ra_streams *s, struct stream *stream)
{
	if (stream->is_listed)
		drop(s, stream);
	else if (forget_position(s, stream) == 0)
		stream->is_finished = false;
}
