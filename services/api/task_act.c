/*
 * task_act: what staff do about a task report in the dashboard: take it, say
 * how many are approved, put it away. Each is an order to response-tracker
 * (desk_order.h); the answer says what came of it.
 */
#include "services/api/body.h"
#include "services/api/desk_order.h"

#define TASKS_MAX 1000000

static const struct {
	const char *outcome, *text;
} reasons[] = {
	{ "taken", "Another curator has taken it." },
	{ "own", "Nobody verifies their own report." },
	{ "closed", "It is verified or archived already." },
};

static const char *reason_of(const char *outcome)
{
	for (size_t i = 0; i < RA_COUNT(reasons); i++)
		if (strcmp(reasons[i].outcome, outcome) == 0)
			return reasons[i].text;
	return "It is not as it was when this was asked for.";
}

static void reply_unknown(struct visit *visit)
{
	ra_http_problem(visit->req, 404, "task", "No such report",
			"It was never one, or it was taken back.");
}

static void on_outcome(void *ctx, int status, const char *outcome)
{
	struct visit *visit = ctx;
	if (status == RA_ETIMEOUT)
		ra_http_reply_json(visit->req, 202, json_pack("{s:s}", "outcome", "pending"));
	else if (status < 0)
		ra_http_problem(visit->req, 503, "desk", "It is not known whether that was done",
				"Look again in a moment.");
	else if (strcmp(outcome, "done") == 0)
		ra_http_reply_json(visit->req, 200, json_pack("{s:s}", "outcome", outcome));
	else if (strcmp(outcome, "not_found") == 0)
		reply_unknown(visit);
	else
		ra_http_problem_with(visit->req, 409, "outcome", "That could not be done",
				     reason_of(outcome), json_pack("{s:s}", "outcome", outcome));
}

static void order(struct visit *visit, struct ra_command command)
{
	command.guild = visit->access->guild.id;
	command.actor = visit->access->user_id;
	command.traceparent = ra_http_traceparent(visit->req);
	if (ra_str_to_u64(ra_http_param(visit->req, "report_id"), &command.target) < 0 ||
	    command.target == 0 || command.target > INT64_MAX)
		reply_unknown(visit);
	else if (desk_order(visit->api->orders, command, on_outcome, visit) < 0)
		on_outcome(visit, RA_EDOWN, NULL);
}

void task_claim(struct visit *visit)
{
	order(visit, (struct ra_command){ .kind = RA_COMMAND_task_claim });
}

/* Without a number all of it is approved. */
void task_verify(struct visit *visit)
{
	struct ra_command command = { .kind = RA_COMMAND_task_verify };
	struct body body;
	body_open(&body, visit);
	command.value = body_number(&body, "approved", 0, TASKS_MAX, -1);
	if (body_close(&body))
		order(visit, command);
}

void task_state_put(struct visit *visit)
{
	static const char *const states[] = { "pending", "reviewing", "verified", "archived" };
	struct ra_command command = { .kind = RA_COMMAND_task_state };
	struct body body;
	body_open(&body, visit);
	command.text = ra_str_of(states[body_choice(&body, "state", states, RA_COUNT(states))]);
	if (body_close(&body))
		order(visit, command);
}
