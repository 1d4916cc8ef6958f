/*
 * reader_read: reading on. A look tells how long the stream is and the next
 * entries, all of one moment, so what was cut off is noticed exactly, and the
 * end of a stream is its end. A look that finds nothing is followed by one
 * blocking read.
 */
#include "libshared/base/clock.h"
#include "libshared/stream/reader_internal.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	/* Read at once; while a read comes back full, the next is folded into the same
	 * transaction: what is folded together touches a row once. */
	READ_ENTRIES = 4000,
	NEEDS_EVERY_MS = 1000,
	/* Silence longer than this is not "nothing happened" but "we do not know". */
	LIVE_MS = 10 * 60 * 1000,
	/* Snapshots by the wall clock leave late events time to arrive. */
	TICK_LAG_MS = 5000,
};

RA_COUNTER(entries_cut_off, "rations_stream_cut_entries_total",
	   "stream entries that were discarded before they were read");

/* Nothing new: time passes all the same, for a stream that was live a moment ago. */
static bool tick(struct ra_reader *r)
{
	int64_t now = ra_wall_ms() - TICK_LAG_MS;
	int64_t silence = now - r->reading.position.event_at;
	return r->ops->tick && r->batch_events == 0 && silence > 0 && silence < LIVE_MS &&
	       r->ops->tick(r->fold, now);
}

/* What it finds when it comes for the first time is all there is to it. */
static bool is_late(const struct ra_reader *r)
{
	return r->ops->begins_late && r->reading.position.session[0] == '\0' &&
	       r->reading.old_count == 0;
}

/* Entries left the stream that were not read yet. */
static void note_cut(struct ra_reader *r, const struct ra_stream_info *info)
{
	struct ra_position *position = &r->reading.position;
	int64_t gone = info->added - info->length;
	bool is_cut = position->entries >= 0 && gone > position->entries;
	bool is_all_there =
		info->length == 0 ? !is_cut
				  : ra_entries_compare_ids(info->first_id, position->entry_id) <= 0;
	if (is_all_there)
		return;
	if (is_cut && !is_late(r)) {
		r->reading.is_cut_off = true;
		r->reading.lost_entries = (uint64_t)(gone - position->entries);
		ra_count(&entries_cut_off, (double)r->reading.lost_entries);
		ra_error(&r->log, "stream was cut off before it was read",
			 ra_f_u64("lost_entries", r->reading.lost_entries),
			 ra_f_text("position", position->entry_id),
			 ra_f_text("first_id", info->first_id),
			 ra_f_text("hint", "Raise STREAM_MAX_ENTRIES and give Redis the memory, "
					   "or let this reader not be away for so long."));
	}
	position->entries = gone;
}

/* `has_waited`: and nothing has come for a while. */
static void on_nothing(struct ra_reader *r, bool has_waited)
{
	r->is_current = true;
	bool is_settled =
		r->reading.handover && ra_handover_is_over(r->reading.handover, ra_wall_ms());
	if (is_settled)
		reader_end_handover(r);
	bool has_work = tick(r) || r->batch_entries > 0 || is_settled;
	reader_enter(r, has_work && (has_waited || reader_is_whole(r)) ? PREPARE : READ);
}

static bool read_entries(struct ra_reader *r, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1)
		return false;
	ra_entries_read(&r->entries, &r->arena, reply->element[0]->element[1]);
	reader_enter(r, LOOK_UP);
	return true;
}

static void on_look(void *ctx, const redisReply *reply)
{
	struct ra_reader *r = ctx;
	reply = reader_take_answer(r, reply);
	if (!reply)
		return;
	struct ra_stream_info info = { .last_id = "0-0", .first_id = "0-0" };
	bool is_whole = reply->type == REDIS_REPLY_ARRAY && reply->elements == 3;
	if (is_whole)
		ra_entries_info(reply->element[1], &info);
	note_cut(r, &info);
	if (r->reading.is_cut_off && !reader_is_whole(r)) {
		reader_fall_back(r, NULL); /* something whose end will not come */
		return;
	}
	if (is_whole && read_entries(r, reply->element[2]))
		return;
	r->is_drained = true;
	if (info.length > 0)
		r->reading.position.entries = info.added;
	if (is_whole && reader_was_given_up(r, reply))
		reader_finish(r);
	else
		on_nothing(r, false);
}

static void on_read(void *ctx, const redisReply *reply)
{
	struct ra_reader *r = ctx;
	reply = reader_take_answer(r, reply);
	if (!reply)
		return;
	r->is_drained = false;
	if (!read_entries(r, reply))
		on_nothing(r, true);
}

/* Sent before a command that is waited for; its own answer is not. */
static void tell_needs(struct ra_reader *r)
{
	uint64_t now_ms = ra_monotonic_ms();
	if (r->needed[0] == '\0' || now_ms - r->needed_told_ms < NEEDS_EVERY_MS)
		return;
	r->needed_told_ms = now_ms;
	static const char script[] = "#!lua flags=allow-oom\n"
				     "return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])";
	int rc = ra_redis_sendf(r->redis, NULL, NULL, "EVAL %s 1 needs:{%s} %s %s", script, r->name,
				r->ops->name, r->needed);
	r->needed[0] = '\0';
	(void)rc; /* refused: the connection is going, and it is told again after the next commit */
}

void reader_enter_read(struct ra_reader *r)
{
	if (r->is_asking)
		return;
	if (r->is_outdated && r->batch_entries == 0) {
		reader_enter(r, LOAD);
		return;
	}
	tell_needs(r);
	int64_t room = r->conf->batch_entries - r->batch_entries;
	r->asked_entries = room > 0 && room < READ_ENTRIES ? room : READ_ENTRIES;
	if (r->is_drained) {
		reader_asked(r, ra_redis_sendf(r->redis, on_read, r,
					       "XREAD COUNT %lld BLOCK %lld STREAMS %s %s",
					       (long long)r->asked_entries,
					       (long long)r->conf->idle_tick_ms, r->stream,
					       r->reading.position.entry_id));
		return;
	}
	char asked_entries[24];
	snprintf(asked_entries, sizeof asked_entries, "%lld", (long long)r->asked_entries);
	struct ra_str stream = ra_str_of(r->stream), from = ra_str_of(r->reading.position.entry_id);
	const struct question questions[] = {
		QUESTION(RA_STR("XINFO"), RA_STR("STREAM"), stream),
		QUESTION(RA_STR("XREAD"), RA_STR("COUNT"), ra_str_of(asked_entries),
			 RA_STR("STREAMS"), stream, from),
	};
	reader_look(r, on_look, questions, RA_COUNT(questions));
}
