/*
 * notify_plan: what is done about a notice that is due. Pure: no clock, no
 * database, no Discord.
 *
 *	a request opens --> reminder 0 --> repeats 1 .. cap
 *	                        '--------> escalation: step after step of the guild's chain
 *
 * Each of the two chains has one row in response.due, the next thing it does.
 */
#pragma once
#include "libshared/base/base.h"

#define PLAN_LATE_MS  (7LL * 24 * 3600 * 1000) /* nobody wants to hear of it after that */
#define PLAN_FLOOD_MS 60000                    /* the time in which single messages are counted */

enum plan_kind { PLAN_REMINDER, PLAN_ESCALATION };
enum plan_way { PLAN_ON_CALL, PLAN_ROLE, PLAN_LEAD, PLAN_CHANNEL, PLAN_WEBHOOK };

/* One step of the chain (app.escalation). */
struct plan_step {
	int step;
	int64_t wait_ms; /* after the step before; the first: after the reminder */
	enum plan_way way;
	uint64_t target;
};

/* A guild, now. */
struct plan_guild {
	bool is_enabled;
	int64_t repeat_ms; /* 0: no repeats */
	int repeat_cap;
	int64_t open_ms; /* the first moment from now on that quiet hours, weekdays and shifts allow
			  */
	int storm;       /* so many at once become one message */
	int recent;      /* messages about single requests in the last PLAN_FLOOD_MS */
	int64_t recent_ms;             /* when the first of them was written */
	const struct plan_step *steps; /* borrowed; by number */
	size_t step_count;
};

/* A row of response.due, and how its request is. */
struct plan_due {
	enum plan_kind kind;
	int step;
	int64_t due_ms;
	bool is_open;
	int64_t snoozed_until_ms; /* 0: not */
};

enum plan_act {
	PLAN_FORGET, /* there is nothing to tell any more */
	PLAN_DROP,   /* it is too late to tell */
	PLAN_HOLD,   /* not before until_ms */
	PLAN_SEND,
};

struct plan_verdict {
	enum plan_act act;
	int64_t until_ms; /* of PLAN_HOLD */
};

struct plan_verdict plan_judge(const struct plan_due *due, const struct plan_guild *guild,
			       int64_t now_ms);

enum plan_form { PLAN_SINGLE, PLAN_DIGEST, PLAN_WAIT };

/* How `count` that may be sent to one place are told: each by itself, all in one message, or after
 * *until_ms, because so many were told just now. */
enum plan_form plan_form(const struct plan_guild *guild, size_t count, int64_t *until_ms);

/* What the same chain does next; false: that was the last. */
bool plan_next(const struct plan_due *due, const struct plan_guild *guild, int64_t now_ms,
	       struct plan_due *next);
/* What the first reminder begins; false: the guild has no escalation. */
bool plan_escalate(const struct plan_guild *guild, int64_t now_ms, struct plan_due *next);
/* The step that is due now: the one of that number, or the next there is. NULL: none is left. */
const struct plan_step *plan_step(const struct plan_guild *guild, int step);
