/* notify_plan: see notify_plan.h. */
#include "services/response-tracker/notify_plan.h"

const struct plan_step *plan_step(const struct plan_guild *guild, int step)
{
	for (size_t i = 0; i < guild->step_count; i++)
		if (guild->steps[i].step >= step)
			return &guild->steps[i];
	return NULL;
}

struct plan_verdict plan_judge(const struct plan_due *due, const struct plan_guild *guild,
			       int64_t now_ms)
{
	bool is_stepless = due->kind == PLAN_ESCALATION && !plan_step(guild, due->step);
	if (!due->is_open || !guild->is_enabled || is_stepless)
		return (struct plan_verdict){ PLAN_FORGET, 0 };
	if (due->due_ms < now_ms - PLAN_LATE_MS)
		return (struct plan_verdict){ PLAN_DROP, 0 };
	if (due->snoozed_until_ms > now_ms)
		return (struct plan_verdict){ PLAN_HOLD, due->snoozed_until_ms };
	if (guild->open_ms > now_ms)
		return (struct plan_verdict){ PLAN_HOLD, guild->open_ms };
	return (struct plan_verdict){ PLAN_SEND, 0 };
}

enum plan_form plan_form(const struct plan_guild *guild, size_t count, int64_t *until_ms)
{
	size_t storm = (size_t)guild->storm;
	if (count >= storm)
		return PLAN_DIGEST;
	if ((size_t)guild->recent + count < storm)
		return PLAN_SINGLE;
	*until_ms = guild->recent_ms + PLAN_FLOOD_MS;
	return PLAN_WAIT;
}

bool plan_escalate(const struct plan_guild *guild, int64_t now_ms, struct plan_due *next)
{
	const struct plan_step *first = plan_step(guild, 0);
	if (!first)
		return false;
	*next = (struct plan_due){ .kind = PLAN_ESCALATION,
				   .step = first->step,
				   .due_ms = now_ms + first->wait_ms,
				   .is_open = true };
	return true;
}

static bool next_reminder(const struct plan_due *due, const struct plan_guild *guild,
			  int64_t now_ms, struct plan_due *next)
{
	if (guild->repeat_ms == 0 || due->step >= guild->repeat_cap)
		return false;
	*next = (struct plan_due){ .kind = PLAN_REMINDER,
				   .step = due->step + 1,
				   .due_ms = now_ms + guild->repeat_ms,
				   .is_open = true };
	return true;
}

bool plan_next(const struct plan_due *due, const struct plan_guild *guild, int64_t now_ms,
	       struct plan_due *next)
{
	if (due->kind == PLAN_REMINDER)
		return next_reminder(due, guild, now_ms, next);
	const struct plan_step *now = plan_step(guild, due->step);
	const struct plan_step *then = now ? plan_step(guild, now->step + 1) : NULL;
	if (!then)
		return false;
	*next = (struct plan_due){ .kind = PLAN_ESCALATION,
				   .step = then->step,
				   .due_ms = now_ms + then->wait_ms,
				   .is_open = true };
	return true;
}
