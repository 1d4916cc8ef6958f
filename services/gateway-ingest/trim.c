/* trim: see trim.h. */
#include "services/gateway-ingest/trim.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/redis.h"
#include <inttypes.h>

#define TELL_MS 60000

RA_COUNTER(trimmed, "rations_stream_trimmed_entries_total",
	   "stream entries removed because every reader was done with them")
RA_COUNTER(
	discarded, "rations_stream_discarded_entries_total",
	"stream entries that STREAM_MAX_ENTRIES pushed out before every reader was done with them")
RA_GAUGE_BY(entries, "rations_stream_entries", "shard", "entries in the stream")
RA_GAUGE_BY(behind, "rations_stream_behind_seconds", "shard",
	    "from what the slowest reader still needs to the newest entry")

/* "ms-seq"; what is no id reads as 0-0: whoever wrote it needs everything. */
static struct stream_id read_id(struct ra_str text)
{
	struct stream_id id = { 0 };
	const char *dash = text.len ? memchr(text.ptr, '-', text.len) : NULL;
	if (!dash)
		return id;
	struct ra_str ms = { text.ptr, (size_t)(dash - text.ptr) };
	struct ra_str seq = { dash + 1, text.len - ms.len - 1 };
	if (ra_str_to_u64(ms, &id.ms) < 0 || ra_str_to_u64(seq, &id.seq) < 0)
		return (struct stream_id){ 0 };
	return id;
}

static bool is_before(struct stream_id a, struct stream_id b)
{
	return a.ms != b.ms ? a.ms < b.ms : a.seq < b.seq;
}

static void on_needs(void *ctx, const redisReply *reply)
{
	struct trim *t = ctx;
	t->has_readers = false;
	if (!reply || reply->type != REDIS_REPLY_ARRAY)
		return;
	for (size_t i = 0; i + 1 < reply->elements; i += 2) {
		struct ra_str reader = ra_reply_str(reply->element[i]);
		struct stream_id needed = read_id(ra_reply_str(reply->element[i + 1]));
		if (t->has_readers && !is_before(needed, t->needed))
			continue;
		t->has_readers = true;
		t->needed = needed;
		snprintf(t->slowest, sizeof(t->slowest), "%.*s", (int)reader.len, reader.ptr);
	}
}

/* XINFO STREAM */
struct info {
	uint64_t entries, added;
	struct stream_id first, last;
};

static const redisReply *value_of(const redisReply *map, const char *key)
{
	for (size_t i = 0; i + 1 < map->elements; i += 2)
		if (ra_str_is(ra_reply_str(map->element[i]), key))
			return map->element[i + 1];
	return NULL;
}

static uint64_t number_of(const redisReply *map, const char *key)
{
	const redisReply *value = value_of(map, key);
	return value && value->type == REDIS_REPLY_INTEGER ? (uint64_t)value->integer : 0;
}

static struct info read_info(const redisReply *map)
{
	const redisReply *first = value_of(map, "first-entry");
	return (struct info){
		.entries = number_of(map, "length"),
		.added = number_of(map, "entries-added"),
		.first = first && first->type == REDIS_REPLY_ARRAY && first->elements > 0
				 ? read_id(ra_reply_str(first->element[0]))
				 : (struct stream_id){ 0 },
		.last = read_id(ra_reply_str(value_of(map, "last-generated-id"))),
	};
}

/* How far the slowest reader is behind the newest entry. One that needs what is gone is behind as
 * far as the stream goes back. */
static uint64_t behind_ms(const struct trim *t, const struct info *info)
{
	uint64_t from_ms = t->needed.ms > info->first.ms ? t->needed.ms : info->first.ms;
	return t->has_readers && info->last.ms > from_ms ? info->last.ms - from_ms : 0;
}

static void tell_discarded(struct trim *t)
{
	uint64_t now_ms = ra_monotonic_ms();
	if (t->discarded == 0 || (t->told_at_ms != 0 && now_ms - t->told_at_ms < TELL_MS))
		return;
	t->told_at_ms = now_ms;
	ra_error(t->log, "events discarded before they were read",
		 ra_f_u64("entries", t->discarded), ra_f_text("reader", t->slowest),
		 ra_f_text("hint", "Is that reader running, and fast enough? STREAM_MAX_ENTRIES "
				   "says how much Redis may hold for it."));
	t->discarded = 0;
}

/* What left the stream since the last look, and not by our hand, the cap has pushed out. */
static void note_discarded(struct trim *t, const struct info *info)
{
	uint64_t removed = info->added > info->entries ? info->added - info->entries : 0;
	uint64_t ours = t->removed + t->trimmed;
	if (t->has_looked && removed > ours && t->has_readers &&
	    is_before(t->needed, info->first)) {
		ra_count(&discarded, (double)(removed - ours));
		t->discarded += removed - ours;
	}
	t->has_looked = true;
	t->removed = removed;
	t->trimmed = 0;
	tell_discarded(t);
}

static void on_trimmed(void *ctx, const redisReply *reply)
{
	struct trim *t = ctx;
	t->is_asking = false;
	if (!reply || reply->type != REDIS_REPLY_INTEGER)
		return;
	ra_count(&trimmed, (double)reply->integer);
	t->trimmed += (uint64_t)reply->integer;
}

static void on_info(void *ctx, const redisReply *reply)
{
	struct trim *t = ctx;
	t->is_asking = false;
	if (!reply || reply->type != REDIS_REPLY_ARRAY) { /* there is no stream yet */
		t->has_looked = false;
		return;
	}
	struct info info = read_info(reply);
	t->entries = info.entries;
	ra_gauge_set_by(&entries, t->shard, (double)info.entries);
	ra_gauge_set_by(&behind, t->shard, (double)behind_ms(t, &info) / 1000);
	note_discarded(t, &info);
	if (t->is_held || !t->has_readers || !is_before(info.first, t->needed))
		return;
	/* about: whole nodes of the stream go, which is cheap. LIMIT 0: all of them at once. */
	t->is_asking = ra_redis_sendf(t->redis, on_trimmed, t,
				      "XTRIM events:{%s} MINID ~ %" PRIu64 "-%" PRIu64 " LIMIT 0",
				      t->shard, t->needed.ms, t->needed.seq) == 0;
}

static void on_timer(uv_timer_t *timer)
{
	struct trim *t = ra_container_of(timer, struct trim, timer);
	if (t->is_asking || !ra_redis_is_up(t->redis))
		return;
	int rc = ra_redis_sendf(t->redis, on_needs, t, "HGETALL needs:{%s}", t->shard);
	if (rc == 0)
		rc = ra_redis_sendf(t->redis, on_info, t, "XINFO STREAM events:{%s}", t->shard);
	t->is_asking = rc == 0;
}

void trim_start(struct trim *t, uv_loop_t *loop, struct ra_redis *redis, unsigned shard,
		unsigned shards, uint64_t every_ms, const struct ra_log *log)
{
	*t = (struct trim){ .redis = redis, .log = log };
	snprintf(t->shard, sizeof(t->shard), "%u.%u", shards, shard);
	uv_timer_init(loop, &t->timer);
	uv_timer_start(&t->timer, on_timer, ra_random(every_ms), every_ms);
}

void trim_stop(struct trim *t, uv_close_cb closed)
{
	ra_gauge_set_by(&entries, t->shard, 0);
	ra_gauge_set_by(&behind, t->shard, 0);
	uv_close((uv_handle_t *)&t->timer, closed);
}
