/*
 * reader_begin: where reading begins, at a start and whenever Redis is back: how
 * the stream stands to the position, what the plan before has told, what came
 * last.
 */
#include "libshared/stream/reader_internal.h"
#include <stdio.h>

enum { WAIT_FOR_FIRST_MS = 500 };

/* Everything there is was folded, and nothing follows. */
void reader_finish(struct ra_reader *r)
{
	if (r->reading.position.is_finished) {
		reader_enter(r, DONE);
		return;
	}
	if (r->ops->finish)
		r->ops->finish(r->fold);
	r->reading.position.is_finished = true;
	reader_end_handover(r);
	ra_info(&r->log, "stream has ended", ra_f_text("at", r->reading.position.entry_id),
		ra_f_bool("abandoned", r->is_abandoned));
	reader_enter(r, PREPARE);
}

/* --- CHECK: has Redis lost what we had already read, or are about to read again?
 * ------------------------------- */

static void on_info(void *ctx, const redisReply *reply)
{
	struct ra_reader *r = ctx;
	reply = reader_take_answer(r, reply);
	if (!reply)
		return;
	struct ra_position *position = &r->reading.position;
	struct ra_stream_info info;
	ra_entries_info(reply, &info);
	if (ra_entries_compare_ids(info.last_id, position->entry_id) < 0) {
		/* All that is left was folded already: go on behind it. What Discord replays has
		 * new ids and is told apart by its seq. */
		ra_warn(&r->log, "stream is shorter than what was read",
			ra_f_text("last_id", info.last_id),
			ra_f_text("position", position->entry_id));
		snprintf(position->entry_id, sizeof position->entry_id, "%s", info.last_id);
		position->entries = info.added;
	}
	reader_enter(r, HANDOVER);
}

/* Whoever serves the shard begins a new session, which describes everything anew, unless it has
 * since the restore. */
static const char renew_session[] =
	"if tonumber(redis.call('HGET', KEYS[1], 'began_at') or 0) < tonumber(ARGV[1]) then "
	"  redis.call('HDEL', KEYS[1], 'session_id', 'resume_url', 'seq', 'parts') "
	"end";

/* What came behind a position that a restore has put back is trimmed, or of another Redis. Numbers
 * of entries can not tell how much. */
static void lose_what_followed(struct ra_reader *r)
{
	struct ra_position *position = &r->reading.position;
	ra_warn(&r->log, "what followed the restored backup is not in the stream any more",
		ra_f_text("position", position->entry_id));
	r->reading.is_cut_off = true;
	r->reading.lost_entries = 0;
	position->entries = -1;
	int rc = ra_redis_sendf(r->redis, NULL, NULL, "EVAL %s 1 session:{%s} %lld", renew_session,
				r->name, (long long)position->restored_at);
	(void)rc; /* refused: the connection is going, and begins with CHECK */
}

static void on_place(void *ctx, const redisReply *reply)
{
	struct ra_reader *r = ctx;
	reply = reader_take_answer(r, reply);
	if (!reply)
		return;
	r->is_placed = true;
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 0)
		lose_what_followed(r);
	reader_enter(r, CHECK);
}

void reader_enter_check(struct ra_reader *r)
{
	const struct ra_position *position = &r->reading.position;
	if (r->is_asking)
		return;
	if (position->restored_at && !r->is_placed)
		reader_asked(r, ra_redis_sendf(r->redis, on_place, r, "XRANGE %s %s %s", r->stream,
					       position->entry_id, position->entry_id));
	else
		reader_asked(r, ra_redis_sendf(r->redis, on_info, r, "XINFO STREAM %s", r->stream));
}

/* --- HANDOVER: what have the shards of the plan before told already? ----------------- */

static bool is_at_a_beginning(const struct ra_position *position)
{
	return position->is_finished || position->handover_from[0] || position->session[0] == '\0';
}

static void remember(void *reader, const struct ra_event *event)
{
	struct ra_reader *r = reader;
	if (r->ops->remember)
		r->ops->remember(r->fold, event);
}

static void on_handover_ready(void *ctx)
{
	struct ra_reader *r = ctx;
	struct ra_position *position = &r->reading.position;
	r->is_handover_ready = true;
	if (position->session[0] == '\0' || position->is_finished)
		position->event_at = ra_handover_event_at(r->reading.handover);
	position->is_finished = false;
	if (r->step == HANDOVER && !r->is_asking)
		reader_enter(r, SEED);
}

static void begin(struct ra_reader *r, const char *first_id)
{
	struct ra_position *position = &r->reading.position;
	char from[RA_ENTRY_ID_SIZE];
	snprintf(from, sizeof from, "%s",
		 position->handover_from[0] ? position->handover_from : position->entry_id);
	const struct ra_handover_options options = {
		.redis_url = r->conf->redis_url,
		.stream = r->stream,
		.shard_count = r->conf->shard_count,
		.shard_id = r->conf->shard_id,
		.old = r->reading.old,
		.old_count = r->reading.old_count,
		.from = from,
		.first_id = first_id,
		.position = position->entry_id,
		.log = &r->log,
		.on_old_event = remember,
		.done = on_handover_ready,
		.ctx = r,
	};
	r->reading.handover = ra_handover_start(r->loop, &options);
	snprintf(position->handover_from, sizeof position->handover_from, "%s",
		 r->reading.handover ? from : "");
	if (r->reading.handover)
		return;
	position->is_finished = false;
	reader_enter(r, SEED);
}

static void on_first(void *ctx, const redisReply *reply)
{
	struct ra_reader *r = ctx;
	reply = reader_take_answer(r, reply);
	if (!reply)
		return;
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
		reader_again_later(r, CHECK, WAIT_FOR_FIRST_MS);
		return;
	}
	const redisReply *entries = reply->element[1];
	bool has_first = entries->type == REDIS_REPLY_ARRAY && entries->elements == 1;
	if (has_first)
		begin(r, entries->element[0]->element[0]->str);
	else if (reader_was_given_up(r, reply))
		reader_finish(r);
	else if (r->reading.position.is_finished || r->reading.position.session[0] == '\0')
		reader_again_later(r, HANDOVER, WAIT_FOR_FIRST_MS);
	else /* all of it is gone */
		reader_enter(r, SEED);
	r->is_current |= !has_first;
}

void reader_enter_handover(struct ra_reader *r)
{
	const struct ra_position *position = &r->reading.position;
	if (r->is_asking)
		return;
	if (!r->reading.handover && is_at_a_beginning(position)) {
		char behind[RA_ENTRY_ID_SIZE + 1];
		snprintf(behind, sizeof behind, "(%s",
			 position->handover_from[0] ? position->handover_from : position->entry_id);
		const struct question first =
			QUESTION(RA_STR("XRANGE"), ra_str_of(r->stream), ra_str_of(behind),
				 RA_STR("+"), RA_STR("COUNT"), RA_STR("1"));
		reader_look(r, on_first, &first, 1);
	} else if (!r->reading.handover || r->is_handover_ready) {
		reader_enter(r, SEED);
	}
}

/* --- SEED: remember what came last, so that a repeat is known for one --------------- */

/* The newest of them is what was read last. If Redis lost its tail (a replica took over), others
 * may have come in its place, and with a clock that is behind, under lower ids: then the last one
 * we know is further back. Returns its index; that of the newest when none is known. */
static size_t newest_known(const struct ra_reader *r, const redisReply *entries)
{
	for (size_t i = 0; i < entries->elements; i++) {
		struct ra_event event;
		if (ra_entries_decode(entries->element[i], &event) == 0 &&
		    ra_reading_has_seen(&r->reading, &event))
			return i;
	}
	return 0;
}

static void go_back_to(struct ra_reader *r, const char *entry_id)
{
	struct ra_position *position = &r->reading.position;
	ra_warn(&r->log, "stream has other entries than were read", ra_f_text("known_id", entry_id),
		ra_f_text("position", position->entry_id));
	snprintf(position->entry_id, sizeof position->entry_id, "%s", entry_id);
	position->entries = -1;
}

/* From the newest to the oldest. What is ahead of the position and yet stands in front of it was
 * not folded: Redis cuts a file that ends within a MULTI behind its last whole command, and the
 * next start but one runs the torn transaction after all. It has come again since, or will. */
static void on_seed(void *ctx, const redisReply *reply)
{
	struct ra_reader *r = ctx;
	reply = reader_take_answer(r, reply);
	if (!reply)
		return;
	size_t known = reply->type == REDIS_REPLY_ARRAY ? newest_known(r, reply) : 0;
	if (known > 0)
		go_back_to(r, reply->element[known]->element[0]->str);
	ra_lookback_clear(&r->lookback);
	for (size_t i = reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0; i-- > known;) {
		struct ra_event event;
		ra_lookback_pass(&r->lookback, reply->element[i]->element[0]->str);
		if (ra_entries_decode(reply->element[i], &event) == 0 &&
		    !ra_reading_is_ahead(&r->reading, &event))
			remember(r, &event);
	}
	r->is_drained = false;
	/* nobody may trim what we have never seen, or are to see again */
	if (r->reading.position.session[0] == '\0' || r->reading.position.restored_at)
		snprintf(r->needed, sizeof r->needed, "%s", r->reading.position.entry_id);
	reader_enter(r, READ);
}

void reader_enter_seed(struct ra_reader *r)
{
	if (!r->is_asking)
		reader_asked(r, ra_redis_sendf(r->redis, on_seed, r, "XREVRANGE %s %s - COUNT %d",
					       r->stream, r->reading.position.entry_id,
					       RA_LOOKBACK_ENTRIES));
}
