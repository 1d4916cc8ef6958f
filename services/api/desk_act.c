/*
 * desk_act: what somebody does about a request in the dashboard: claim it,
 * give it back, resolve, reopen, say it is none, leave it for later. Each is
 * an order to response-tracker (desk_order.h); the answer says what came of it
 * and how the request stands now.
 *
 *	is it there --> order --> outcome --> the row --> 200, or 409 with the outcome
 *	                                  `-> 202: not carried out yet
 */
#include "services/api/body.h"
#include "services/api/desk_order.h"
#include "services/api/desk_row.h"

#define SNOOZE_MAX_S (30LL * 24 * 3600)
#define ACTS_MAX     100

/* Why not, for people; what is not here needs no words. */
static const struct {
	const char *outcome, *text;
} reasons[] = {
	{ "taken", "Somebody else has claimed it." },
	{ "own", "Who asks can not claim their own request." },
	{ "not_open", "It does not wait for an answer any more." },
	{ "not_claimed", "Nobody has claimed it." },
	{ "open", "It is open already." },
	{ "closed", "It is closed already." },
};

static const char *reason_of(const char *outcome)
{
	for (size_t i = 0; i < RA_COUNT(reasons); i++)
		if (strcmp(reasons[i].outcome, outcome) == 0)
			return reasons[i].text;
	return "It is not as it was when this was asked for.";
}

/* --- one --- */

static void reply_unknown(struct visit *visit)
{
	ra_http_problem(visit->req, 404, "request", "No such request",
			"It was never one, or nobody keeps it any more.");
}

struct act {
	struct visit *visit; /* borrowed */
	struct ra_command command;
	struct desk_ref ref;
	const char *outcome; /* in the visit's arena */
};

static void on_row(void *ctx, int status, json_t *rows)
{
	struct act *act = ctx;
	struct visit *visit = act->visit;
	json_t *row = json_incref(json_array_get(rows, 0));
	json_decref(rows);
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
	} else if (!json_is_object(row)) {
		reply_unknown(visit);
	} else if (strcmp(act->outcome, "done") == 0) {
		ra_http_reply_json(visit->req, 200,
				   json_pack("{s:s, s:O}", "outcome", "done", "request", row));
	} else {
		ra_http_problem_with(
			visit->req, 409, "outcome", "That could not be done",
			reason_of(act->outcome),
			json_pack("{s:s, s:O}", "outcome", act->outcome, "request", row));
	}
	json_decref(row);
}

static void on_outcome(void *ctx, int status, const char *outcome)
{
	struct act *act = ctx;
	struct visit *visit = act->visit;
	if (status == RA_ETIMEOUT) {
		ra_http_reply_json(visit->req, 202, json_pack("{s:s}", "outcome", "pending"));
	} else if (status < 0) {
		ra_http_problem(visit->req, 503, "desk", "It is not known whether that was done",
				"Look again in a moment.");
	} else {
		act->outcome = ra_arena_strdup(visit->arena, ra_str_of(outcome));
		if (desk_rows_ask(visit->api, &act->ref, 1, on_row, act) < 0)
			reply_failure(visit->api, visit->req, RA_EDOWN);
	}
}

/* Until when: so many seconds from now; 0: no longer. */
static int64_t read_until(struct body *body)
{
	int64_t for_s = body_number(body, "for_s", 0, SNOOZE_MAX_S, BODY_REQUIRED);
	return for_s > 0 ? body->visit->now_ms + for_s * 1000 : 0;
}

/* False: answered already. */
static bool read_snooze(struct visit *visit, struct ra_command *command)
{
	struct body body;
	body_open(&body, visit);
	command->value = read_until(&body);
	return body_close(&body);
}

/* "/not-a-request" -> not_a_request */
static enum ra_command_kind kind_of(const struct endpoint *endpoint)
{
	char word[32] = "";
	const char *last = strrchr(endpoint->path, '/') + 1;
	for (size_t i = 0; last[i] && i + 1 < sizeof(word); i++)
		word[i] = last[i] == '-' ? '_' : last[i];
	return ra_command_kind_of(ra_str_of(word));
}

static bool read_id(struct ra_str text, uint64_t *id)
{
	return ra_str_to_u64(text, id) == 0 && *id > 0 && *id <= INT64_MAX;
}

static void begin(struct act *act)
{
	act->command.traceparent = ra_http_traceparent(act->visit->req);
	if (desk_order(act->visit->api->orders, act->command, on_outcome, act) < 0)
		on_outcome(act, RA_EDOWN, NULL);
}

/* What nobody knows is not ordered. */
static void on_known(void *ctx, int status, json_t *rows)
{
	struct act *act = ctx;
	struct visit *visit = act->visit;
	bool is_known = json_is_object(json_array_get(rows, 0));
	json_decref(rows);
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (!is_known)
		reply_unknown(visit);
	else
		begin(act);
}

void request_act(struct visit *visit)
{
	struct act *act = ra_arena_new(visit->arena, struct act);
	*act = (struct act){ .visit = visit,
			     .command = { .kind = kind_of(visit->endpoint),
					  .guild = visit->access->guild.id,
					  .actor = visit->access->user_id } };
	if (!read_id(ra_http_param(visit->req, "request_id"), &act->command.target)) {
		reply_unknown(visit);
		return;
	}
	if (act->command.kind == RA_COMMAND_snooze && !read_snooze(visit, &act->command))
		return;
	act->ref = (struct desk_ref){ act->command.guild, act->command.target };
	if (desk_rows_ask(visit->api, &act->ref, 1, on_known, act) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- several --- */

struct acts {
	struct visit *visit; /* borrowed */
	json_t *outcomes;    /* owned; what stands so far */
	size_t pending;
};

struct one_act {
	struct acts *acts; /* borrowed */
	json_t *outcome;   /* borrowed; {request, outcome} */
};

static void acts_unref(struct acts *acts)
{
	if (--acts->pending == 0)
		ra_http_reply_json(acts->visit->req, 200,
				   json_pack("{s:o}", "outcomes", acts->outcomes));
}

static void on_one_outcome(void *ctx, int status, const char *outcome)
{
	struct one_act *one = ctx;
	json_object_set_new(one->outcome, "outcome",
			    json_string(status == 0             ? outcome
					: status == RA_ETIMEOUT ? "pending"
								: "unknown"));
	acts_unref(one->acts);
}

static void begin_one(struct acts *acts, struct ra_command command)
{
	struct one_act *one = ra_arena_new(acts->visit->arena, struct one_act);
	*one = (struct one_act){ acts, json_pack("{s:o}", "request", json_id(command.target)) };
	json_array_append_new(acts->outcomes, one->outcome);
	acts->pending++;
	command.traceparent = ra_http_traceparent(acts->visit->req);
	if (desk_order(acts->visit->api->orders, command, on_one_outcome, one) < 0)
		on_one_outcome(one, RA_EDOWN, NULL);
}

static const char *const kinds[] = { "claim",  "unclaim",       "resolve",
				     "reopen", "not-a-request", "snooze" };
static const enum ra_command_kind commands[] = {
	RA_COMMAND_claim,  RA_COMMAND_unclaim,       RA_COMMAND_resolve,
	RA_COMMAND_reopen, RA_COMMAND_not_a_request, RA_COMMAND_snooze,
};

static void begin_all(struct visit *visit, struct ra_command command, const json_t *ids)
{
	struct acts *acts = ra_arena_new(visit->arena, struct acts);
	size_t i;
	json_t *id;
	*acts = (struct acts){ .visit = visit, .outcomes = json_array(), .pending = 1 };
	json_array_foreach(ids, i, id)
	{
		if (read_id(ra_str_of(json_string_value(id)), &command.target))
			begin_one(acts, command);
	}
	acts_unref(acts);
}

void request_acts(struct visit *visit)
{
	struct ra_command command = { .guild = visit->access->guild.id,
				      .actor = visit->access->user_id };
	struct body body;
	body_open(&body, visit);
	command.kind = commands[body_choice(&body, "act", kinds, RA_COUNT(kinds))];
	json_t *ids = body_ids(&body, "requests", ACTS_MAX);
	if (command.kind == RA_COMMAND_snooze)
		command.value = read_until(&body);
	if (!ids)
		body_fail(&body, "Send the ids of requests, as strings.", "requests is missing");
	if (body_close(&body))
		begin_all(visit, command, ids);
	json_decref(ids);
}
