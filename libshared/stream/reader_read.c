/*
 * reader_read: asking Redis, one command (or transaction) at a time, each
 * answered exactly once.
 *
 * A look is a transaction: how long the stream is, whether its shard was given
 * up, and the next entries, all of one moment. So what was cut off is noticed
 * exactly, and the end of a stream is its end. A look that finds nothing is
 * followed by one blocking read.
 *
 * A Redis that is full (maxmemory) refuses all transactions and all writes.
 * Then a look goes as a script that says it writes nothing, and what we need
 * is told by one that may write all the same: so reading goes on, the stream
 * is trimmed behind us, and there is room again.
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
	WAIT_FOR_FIRST_MS = 500,
	/* In no plan and silent for so long: nobody publishes there any more. */
	ABANDONED_MS = 60 * 1000,
	FULL_MS = 10 * 1000,
	/* Silence longer than this is not "nothing happened" but "we do not know". */
	LIVE_MS = 10 * 60 * 1000,
	/* Snapshots by the wall clock leave late events time to arrive. */
	TICK_LAG_MS = 5000,
};

RA_COUNTER(entries_cut_off, "rations_stream_cut_entries_total",
	   "stream entries that were discarded before they were read");

bool reader_is_redis_step(enum step step)
{
	return step == CHECK || step == HANDOVER || step == SEED || step == READ;
}

/* A command of the transaction was refused; what we ask is only ever refused for want of memory. */
static bool is_full_error(const redisReply *reply)
{
	return ra_str_starts(ra_str_of(reply->str), "EXECABORT ");
}

/* The answer to the command of this step, or NULL when it is not to be used: it is stale, or the
 * connection is gone, and then on_redis_up begins again. */
static const redisReply *take_answer(struct ra_reader *r, const redisReply *reply)
{
	bool is_stale = r->is_stale;
	r->is_asking = r->is_stale = false;
	if (!reader_is_redis_step(r->step))
		return NULL;
	if (!reply) {
		r->step = CHECK;
		return NULL;
	}
	if (is_stale) {
		reader_enter(r, r->step);
		return NULL;
	}
	if (reply->type == REDIS_REPLY_ERROR && is_full_error(reply)) {
		ra_warn(&r->log, "redis is full, reading on", ra_f_text("error", reply->str));
		r->full_until_ms = ra_monotonic_ms() + FULL_MS;
		reader_enter(r, r->step);
		return NULL;
	}
	if (reply->type == REDIS_REPLY_ERROR && r->step != CHECK) {
		ra_error(&r->log, "cannot read the stream", ra_f_text("error", reply->str));
		r->step = CHECK;
		ra_redis_reset(r->redis, "stream command failed");
		return NULL;
	}
	return reply;
}

/* What the enter functions do with the result of sending. */
static void asked(struct ra_reader *r, int rc)
{
	r->is_asking = rc == 0;
	if (rc < 0)
		r->step = CHECK; /* wait for on_redis_up */
}

/* One command of a look. */
struct question {
	struct ra_str words[6];
	size_t count;
};

#define QUESTION(...)                                                                              \
	(struct question)                                                                          \
	{                                                                                          \
		.words = { __VA_ARGS__ },                                                          \
		.count = sizeof((struct ra_str[]){ __VA_ARGS__ }) / sizeof(struct ra_str)          \
	}
#define QUESTIONS_MAX 3

static int send_transaction(struct ra_reader *r, ra_redis_reply_cb done,
			    const struct question *questions, size_t count)
{
	int rc = ra_redis_sendf(r->redis, NULL, NULL, "MULTI");
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = ra_redis_send(r->redis, NULL, NULL, questions[i].count, questions[i].words);
	return rc < 0 ? rc : ra_redis_sendf(r->redis, done, r, "EXEC");
}

/* Runs the commands in ARGV, each after the number of its words; answers as EXEC does. */
static const char look_script[] =
	"#!lua flags=no-writes,allow-oom\n"
	"local answers, at = {}, 1\n"
	"while at <= #ARGV do\n"
	"  local last = at + tonumber(ARGV[at])\n"
	"  answers[#answers + 1] = redis.call(unpack(ARGV, at + 1, last))\n"
	"  at = last + 1\n"
	"end\n"
	"return answers\n";

static int send_script(struct ra_reader *r, ra_redis_reply_cb done, struct ra_str session,
		       const struct question *questions, size_t count)
{
	static const char *const digits[] = { "0", "1", "2", "3", "4", "5", "6" };
	struct ra_str words[5 + QUESTIONS_MAX * 7] = { RA_STR("EVAL"), ra_str_of(look_script),
						       RA_STR("2"), session, ra_str_of(r->stream) };
	size_t at = 5;
	for (size_t i = 0; i < count; i++) {
		words[at++] = ra_str_of(digits[questions[i].count]);
		for (size_t word = 0; word < questions[i].count; word++)
			words[at++] = questions[i].words[word];
	}
	return ra_redis_send(r->redis, done, r, at, words);
}

/* Whether the shard was given up, then what else is asked: all of one moment. */
static void look(struct ra_reader *r, ra_redis_reply_cb done, const struct question *more,
		 size_t count)
{
	char session[48];
	struct question questions[QUESTIONS_MAX];
	snprintf(session, sizeof session, "session:{%s}", r->name);
	questions[0] = QUESTION(RA_STR("HGET"), ra_str_of(session), RA_STR("retired"));
	for (size_t i = 0; i < count; i++)
		questions[i + 1] = more[i];
	bool is_full = ra_monotonic_ms() < r->full_until_ms;
	asked(r, is_full ? send_script(r, done, ra_str_of(session), questions, count + 1)
			 : send_transaction(r, done, questions, count + 1));
}

static bool was_given_up(const struct ra_reader *r, const redisReply *exec)
{
	int64_t last_ms = (int64_t)strtoull(r->reading.position.entry_id, NULL, 10);
	bool is_silent = r->is_abandoned && ra_wall_ms() - last_ms > ABANDONED_MS;
	return is_silent || ra_reply_str(exec->element[0]).len > 0;
}

/* Everything there is was folded, and nothing follows. */
static void finish(struct ra_reader *r)
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

/* --- CHECK: has Redis lost what we had already read? ------------------------------- */

static void on_info(void *ctx, const redisReply *reply)
{
	struct ra_reader *r = ctx;
	reply = take_answer(r, reply);
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

void reader_enter_check(struct ra_reader *r)
{
	if (!r->is_asking)
		asked(r, ra_redis_sendf(r->redis, on_info, r, "XINFO STREAM %s", r->stream));
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
	reply = take_answer(r, reply);
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
	else if (was_given_up(r, reply))
		finish(r);
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
		look(r, on_first, &first, 1);
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
	reply = take_answer(r, reply);
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
	if (r->reading.position.session[0] == '\0') /* nobody may trim what we have never seen */
		snprintf(r->needed, sizeof r->needed, "%s", r->reading.position.entry_id);
	reader_enter(r, READ);
}

void reader_enter_seed(struct ra_reader *r)
{
	if (!r->is_asking)
		asked(r,
		      ra_redis_sendf(r->redis, on_seed, r, "XREVRANGE %s %s - COUNT %d", r->stream,
				     r->reading.position.entry_id, RA_LOOKBACK_ENTRIES));
}

/* --- READ ---------------------------------------------------------------------------- */

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
	reply = take_answer(r, reply);
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
	if (is_whole && was_given_up(r, reply))
		finish(r);
	else
		on_nothing(r, false);
}

static void on_read(void *ctx, const redisReply *reply)
{
	struct ra_reader *r = ctx;
	reply = take_answer(r, reply);
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
		asked(r, ra_redis_sendf(
				 r->redis, on_read, r, "XREAD COUNT %lld BLOCK %lld STREAMS %s %s",
				 (long long)r->asked_entries, (long long)r->conf->idle_tick_ms,
				 r->stream, r->reading.position.entry_id));
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
	look(r, on_look, questions, RA_COUNT(questions));
}
