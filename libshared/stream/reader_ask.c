/*
 * reader_ask: asking Redis, one command (or transaction) at a time, each
 * answered exactly once.
 *
 * A look is a transaction: whether the shard was given up, and what else is
 * asked, all of one moment. A Redis that is full (maxmemory) refuses all
 * transactions and all writes. Then a look goes as a script that says it writes
 * nothing, and what we need is told by one that may write all the same: so
 * reading goes on, the stream is trimmed behind us, and there is room again.
 */
#include "libshared/base/clock.h"
#include "libshared/stream/reader_internal.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	QUESTIONS_MAX = 3,
	/* In no plan and silent for so long: nobody publishes there any more. */
	ABANDONED_MS = 60 * 1000,
	FULL_MS = 10 * 1000,
};

bool reader_is_redis_step(enum step step)
{
	return step == CHECK || step == HANDOVER || step == SEED || step == READ;
}

/* A command of the transaction was refused; what we ask is only ever refused for want of memory. */
static bool is_full_error(const redisReply *reply)
{
	return ra_str_starts(ra_str_of(reply->str), "EXECABORT ");
}

const redisReply *reader_take_answer(struct ra_reader *r, const redisReply *reply)
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

void reader_asked(struct ra_reader *r, int rc)
{
	r->is_asking = rc == 0;
	if (rc < 0)
		r->step = CHECK; /* wait for on_redis_up */
}

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

void reader_look(struct ra_reader *r, ra_redis_reply_cb done, const struct question *more,
		 size_t count)
{
	char session[48];
	struct question questions[QUESTIONS_MAX];
	snprintf(session, sizeof session, "session:{%s}", r->name);
	questions[0] = QUESTION(RA_STR("HGET"), ra_str_of(session), RA_STR("retired"));
	for (size_t i = 0; i < count; i++)
		questions[i + 1] = more[i];
	bool is_full = ra_monotonic_ms() < r->full_until_ms;
	reader_asked(r, is_full ? send_script(r, done, ra_str_of(session), questions, count + 1)
				: send_transaction(r, done, questions, count + 1));
}

bool reader_was_given_up(const struct ra_reader *r, const redisReply *exec)
{
	int64_t last_ms = (int64_t)strtoull(r->reading.position.entry_id, NULL, 10);
	bool is_silent = r->is_abandoned && ra_wall_ms() - last_ms > ABANDONED_MS;
	return is_silent || ra_reply_str(exec->element[0]).len > 0;
}
