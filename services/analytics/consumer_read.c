/*
 * consumer_read: asking Redis, one command (or transaction) at a time, each
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
#include "services/analytics/consumer_internal.h"
#include "services/analytics/handover.h"
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

bool consumer_is_redis_step(enum step step)
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
static const redisReply *take_answer(struct consumer *c, const redisReply *reply)
{
	bool is_stale = c->is_stale;
	c->is_asking = c->is_stale = false;
	if (!consumer_is_redis_step(c->step))
		return NULL;
	if (!reply) {
		c->step = CHECK;
		return NULL;
	}
	if (is_stale) {
		consumer_enter(c, c->step);
		return NULL;
	}
	if (reply->type == REDIS_REPLY_ERROR && is_full_error(reply)) {
		ra_warn(&c->log, "redis is full, reading on", ra_f_text("error", reply->str));
		c->full_until_ms = ra_monotonic_ms() + FULL_MS;
		consumer_enter(c, c->step);
		return NULL;
	}
	if (reply->type == REDIS_REPLY_ERROR && c->step != CHECK) {
		ra_error(&c->log, "cannot read the stream", ra_f_text("error", reply->str));
		c->step = CHECK;
		ra_redis_reset(c->redis, "stream command failed");
		return NULL;
	}
	return reply;
}

/* What the enter functions do with the result of sending. */
static void asked(struct consumer *c, int rc)
{
	c->is_asking = rc == 0;
	if (rc < 0)
		c->step = CHECK; /* wait for on_redis_up */
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

static int send_transaction(struct consumer *c, ra_redis_reply_cb done,
			    const struct question *questions, size_t count)
{
	int rc = ra_redis_sendf(c->redis, NULL, NULL, "MULTI");
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = ra_redis_send(c->redis, NULL, NULL, questions[i].count, questions[i].words);
	return rc < 0 ? rc : ra_redis_sendf(c->redis, done, c, "EXEC");
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

static int send_script(struct consumer *c, ra_redis_reply_cb done, struct ra_str session,
		       const struct question *questions, size_t count)
{
	static const char *const digits[] = { "0", "1", "2", "3", "4", "5", "6" };
	struct ra_str words[5 + QUESTIONS_MAX * 7] = { RA_STR("EVAL"), ra_str_of(look_script),
						       RA_STR("2"), session, ra_str_of(c->stream) };
	size_t at = 5;
	for (size_t i = 0; i < count; i++) {
		words[at++] = ra_str_of(digits[questions[i].count]);
		for (size_t word = 0; word < questions[i].count; word++)
			words[at++] = questions[i].words[word];
	}
	return ra_redis_send(c->redis, done, c, at, words);
}

/* Whether the shard was given up, then what else is asked: all of one moment. */
static void look(struct consumer *c, ra_redis_reply_cb done, const struct question *more,
		 size_t count)
{
	char session[48];
	struct question questions[QUESTIONS_MAX];
	snprintf(session, sizeof session, "session:{%s}", c->name);
	questions[0] = QUESTION(RA_STR("HGET"), ra_str_of(session), RA_STR("retired"));
	for (size_t i = 0; i < count; i++)
		questions[i + 1] = more[i];
	bool is_full = ra_monotonic_ms() < c->full_until_ms;
	asked(c, is_full ? send_script(c, done, ra_str_of(session), questions, count + 1)
			 : send_transaction(c, done, questions, count + 1));
}

static bool was_given_up(const struct consumer *c, const redisReply *exec)
{
	int64_t last_ms = (int64_t)strtoull(c->state.position.entry_id, NULL, 10);
	bool is_silent = c->is_abandoned && ra_wall_ms() - last_ms > ABANDONED_MS;
	return is_silent || ra_reply_str(exec->element[0]).len > 0;
}

/* Everything there is was folded, and nothing follows. */
static void finish(struct consumer *c)
{
	if (c->state.position.is_finished) {
		consumer_enter(c, DONE);
		return;
	}
	fold_finish(&c->fold);
	c->state.position.is_finished = true;
	consumer_end_handover(c);
	ra_info(&c->log, "stream has ended", ra_f_text("at", c->state.position.entry_id),
		ra_f_bool("abandoned", c->is_abandoned));
	consumer_enter(c, MONTHS);
}

/* --- CHECK: has Redis lost what we had already read? ------------------------------- */

static void on_info(void *ctx, const redisReply *reply)
{
	struct consumer *c = ctx;
	reply = take_answer(c, reply);
	if (!reply)
		return;
	struct position *position = &c->state.position;
	struct ra_stream_info info;
	ra_entries_info(reply, &info);
	if (ra_entries_compare_ids(info.last_id, position->entry_id) < 0) {
		/* All that is left was folded already: go on behind it. What Discord replays has
		 * new ids and is told apart by its seq. */
		ra_warn(&c->log, "stream is shorter than what was read",
			ra_f_text("last_id", info.last_id),
			ra_f_text("position", position->entry_id));
		snprintf(position->entry_id, sizeof position->entry_id, "%s", info.last_id);
		position->entries = info.added;
	}
	consumer_enter(c, HANDOVER);
}

void consumer_enter_check(struct consumer *c)
{
	if (!c->is_asking)
		asked(c, ra_redis_sendf(c->redis, on_info, c, "XINFO STREAM %s", c->stream));
}

/* --- HANDOVER: what have the shards of the plan before told already? ----------------- */

static bool is_at_a_beginning(const struct position *position)
{
	return position->is_finished || position->handover_from[0] || position->session[0] == '\0';
}

static void on_old_event(void *ctx, const struct ra_event *event)
{
	struct consumer *c = ctx;
	fold_remember(&c->state, event);
}

static void on_handover_ready(void *ctx)
{
	struct consumer *c = ctx;
	struct position *position = &c->state.position;
	c->is_handover_ready = true;
	c->fold.handover = c->handover;
	if (position->session[0] == '\0' || position->is_finished)
		position->event_at = handover_event_at(c->handover);
	position->is_finished = false;
	if (c->step == HANDOVER && !c->is_asking)
		consumer_enter(c, SEED);
}

static void begin(struct consumer *c, const char *first_id)
{
	struct position *position = &c->state.position;
	char from[ENTRY_ID_SIZE];
	snprintf(from, sizeof from, "%s",
		 position->handover_from[0] ? position->handover_from : position->entry_id);
	const struct handover_options options = {
		.redis_url = c->conf->redis_url,
		.stream = c->stream,
		.shard_count = c->conf->shard_count,
		.shard_id = c->conf->shard_id,
		.old = c->state.old,
		.old_count = c->state.old_count,
		.from = from,
		.first_id = first_id,
		.position = position->entry_id,
		.log = &c->log,
		.on_old_event = on_old_event,
		.done = on_handover_ready,
		.ctx = c,
	};
	c->handover = handover_start(c->loop, &options);
	snprintf(position->handover_from, sizeof position->handover_from, "%s",
		 c->handover ? from : "");
	if (c->handover)
		return;
	position->is_finished = false;
	consumer_enter(c, SEED);
}

static void on_first(void *ctx, const redisReply *reply)
{
	struct consumer *c = ctx;
	reply = take_answer(c, reply);
	if (!reply)
		return;
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
		consumer_again_later(c, CHECK, WAIT_FOR_FIRST_MS);
		return;
	}
	const redisReply *entries = reply->element[1];
	bool has_first = entries->type == REDIS_REPLY_ARRAY && entries->elements == 1;
	if (has_first)
		begin(c, entries->element[0]->element[0]->str);
	else if (was_given_up(c, reply))
		finish(c);
	else if (c->state.position.is_finished || c->state.position.session[0] == '\0')
		consumer_again_later(c, HANDOVER, WAIT_FOR_FIRST_MS);
	else /* all of it is gone */
		consumer_enter(c, SEED);
	c->is_current |= !has_first;
}

void consumer_enter_handover(struct consumer *c)
{
	const struct position *position = &c->state.position;
	if (c->is_asking)
		return;
	if (!c->handover && is_at_a_beginning(position)) {
		char behind[ENTRY_ID_SIZE + 1];
		snprintf(behind, sizeof behind, "(%s",
			 position->handover_from[0] ? position->handover_from : position->entry_id);
		const struct question first =
			QUESTION(RA_STR("XRANGE"), ra_str_of(c->stream), ra_str_of(behind),
				 RA_STR("+"), RA_STR("COUNT"), RA_STR("1"));
		look(c, on_first, &first, 1);
	} else if (!c->handover || c->is_handover_ready) {
		consumer_enter(c, SEED);
	}
}

/* --- SEED: remember what came last, so that a repeat is known for one --------------- */

/* The newest of them is what was read last. If Redis lost its tail (a replica took over), others
 * may have come in its place, and with a clock that is behind, under lower ids: then the last one
 * we know is further back. Returns its index; that of the newest when none is known. */
static size_t newest_known(const struct consumer *c, const redisReply *entries)
{
	for (size_t i = 0; i < entries->elements; i++) {
		struct ra_event event;
		if (ra_entries_decode(entries->element[i], &event) == 0 &&
		    fold_has_seen(&c->state, &event))
			return i;
	}
	return 0;
}

static void go_back_to(struct consumer *c, const char *entry_id)
{
	struct position *position = &c->state.position;
	ra_warn(&c->log, "stream has other entries than were read", ra_f_text("known_id", entry_id),
		ra_f_text("position", position->entry_id));
	snprintf(position->entry_id, sizeof position->entry_id, "%s", entry_id);
	position->entries = -1;
}

/* From the newest to the oldest. What is ahead of the position and yet stands in front of it was
 * not folded: Redis cuts a file that ends within a MULTI behind its last whole command, and the
 * next start but one runs the torn transaction after all. It has come again since, or will. */
static void on_seed(void *ctx, const redisReply *reply)
{
	struct consumer *c = ctx;
	reply = take_answer(c, reply);
	if (!reply)
		return;
	size_t known = reply->type == REDIS_REPLY_ARRAY ? newest_known(c, reply) : 0;
	if (known > 0)
		go_back_to(c, reply->element[known]->element[0]->str);
	lookback_clear(&c->lookback);
	for (size_t i = reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0; i-- > known;) {
		struct ra_event event;
		lookback_pass(&c->lookback, reply->element[i]->element[0]->str);
		if (ra_entries_decode(reply->element[i], &event) == 0 &&
		    !fold_is_ahead(&c->state, &event))
			fold_remember(&c->state, &event);
	}
	c->is_drained = false;
	consumer_enter(c, READ);
}

void consumer_enter_seed(struct consumer *c)
{
	if (!c->is_asking)
		asked(c, ra_redis_sendf(c->redis, on_seed, c, "XREVRANGE %s %s - COUNT %d",
					c->stream, c->state.position.entry_id, LOOKBACK_ENTRIES));
}

/* --- READ ---------------------------------------------------------------------------- */

/* Nothing new: time passes all the same, for a stream that was live a moment ago. */
static void tick(struct consumer *c)
{
	int64_t now = ra_wall_ms() - TICK_LAG_MS;
	int64_t silence = now - c->state.position.event_at;
	if (c->batch.events == 0 && c->state.shard.is_connected && silence > 0 && silence < LIVE_MS)
		fold_tick(&c->fold, now);
}

/* Entries left the stream that were not read yet. */
static void note_cut(struct consumer *c, const struct ra_stream_info *info)
{
	struct position *position = &c->state.position;
	int64_t gone = info->added - info->length;
	bool is_cut = position->entries >= 0 && gone > position->entries;
	bool is_all_there =
		info->length == 0 ? !is_cut
				  : ra_entries_compare_ids(info->first_id, position->entry_id) <= 0;
	if (is_all_there)
		return;
	if (is_cut) {
		c->fold.is_cut_off = true;
		c->fold.lost_entries = (uint64_t)(gone - position->entries);
		ra_count(&entries_cut_off, (double)c->fold.lost_entries);
		ra_error(&c->log, "stream was cut off before it was read",
			 ra_f_u64("lost_entries", c->fold.lost_entries),
			 ra_f_text("position", position->entry_id),
			 ra_f_text("first_id", info->first_id),
			 ra_f_text("hint", "Raise STREAM_MAX_ENTRIES and give Redis the memory, "
					   "or let analytics not be away for so long."));
	}
	position->entries = gone;
}

static void on_nothing(struct consumer *c)
{
	c->is_current = true;
	bool is_settled = c->handover && handover_is_over(c->handover, ra_wall_ms());
	if (is_settled)
		consumer_end_handover(c);
	tick(c);
	bool has_work = c->batch_entries > 0 || c->batch.snapshots.count > 0 || is_settled;
	consumer_enter(c, has_work ? MONTHS : READ);
}

static bool read_entries(struct consumer *c, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1)
		return false;
	ra_entries_read(&c->entries, &c->batch.arena, reply->element[0]->element[1]);
	consumer_enter(c, LOOK_UP);
	return true;
}

static void on_look(void *ctx, const redisReply *reply)
{
	struct consumer *c = ctx;
	reply = take_answer(c, reply);
	if (!reply)
		return;
	struct ra_stream_info info = { .last_id = "0-0", .first_id = "0-0" };
	bool is_whole = reply->type == REDIS_REPLY_ARRAY && reply->elements == 3;
	if (is_whole)
		ra_entries_info(reply->element[1], &info);
	note_cut(c, &info);
	if (c->fold.is_cut_off && c->state.open_snapshots > 0) {
		consumer_fall_back(c, NULL); /* a snapshot whose end will not come */
		return;
	}
	if (is_whole && read_entries(c, reply->element[2]))
		return;
	c->is_drained = true;
	if (info.length > 0)
		c->state.position.entries = info.added;
	if (is_whole && was_given_up(c, reply))
		finish(c);
	else
		on_nothing(c);
}

static void on_read(void *ctx, const redisReply *reply)
{
	struct consumer *c = ctx;
	reply = take_answer(c, reply);
	if (!reply)
		return;
	c->is_drained = false;
	if (!read_entries(c, reply))
		on_nothing(c);
}

/* Sent before a command that is waited for; its own answer is not. */
static void tell_needs(struct consumer *c)
{
	uint64_t now_ms = ra_monotonic_ms();
	if (c->needed[0] == '\0' || now_ms - c->needed_told_ms < NEEDS_EVERY_MS)
		return;
	c->needed_told_ms = now_ms;
	static const char script[] = "#!lua flags=allow-oom\n"
				     "return redis.call('HSET', KEYS[1], 'analytics', ARGV[1])";
	int rc = ra_redis_sendf(c->redis, NULL, NULL, "EVAL %s 1 needs:{%s} %s", script, c->name,
				c->needed);
	c->needed[0] = '\0';
	(void)rc; /* refused: the connection is going, and it is told again after the next commit */
}

void consumer_enter_read(struct consumer *c)
{
	if (c->is_asking)
		return;
	tell_needs(c);
	int64_t room = c->conf->batch_entries - c->batch_entries;
	c->asked_entries = room > 0 && room < READ_ENTRIES ? room : READ_ENTRIES;
	if (c->is_drained) {
		asked(c, ra_redis_sendf(
				 c->redis, on_read, c, "XREAD COUNT %lld BLOCK %lld STREAMS %s %s",
				 (long long)c->asked_entries, (long long)c->conf->idle_tick_ms,
				 c->stream, c->state.position.entry_id));
		return;
	}
	char asked_entries[24];
	snprintf(asked_entries, sizeof asked_entries, "%lld", (long long)c->asked_entries);
	struct ra_str stream = ra_str_of(c->stream), from = ra_str_of(c->state.position.entry_id);
	const struct question questions[] = {
		QUESTION(RA_STR("XINFO"), RA_STR("STREAM"), stream),
		QUESTION(RA_STR("XREAD"), RA_STR("COUNT"), ra_str_of(asked_entries),
			 RA_STR("STREAMS"), stream, from),
	};
	look(c, on_look, questions, RA_COUNT(questions));
}
