#include "services/discord-sim/rest.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "services/discord-sim/commands.h"
#include "services/discord-sim/dms.h"
#include "services/discord-sim/gateway.h"
#include "services/discord-sim/interactions.h"
#include "services/discord-sim/intents.h"
#include "services/discord-sim/oauth.h"
#include "services/discord-sim/player.h"
#include <stdio.h>
#include <utlist.h>

RA_COUNTER(calls, "rations_sim_rest_calls_total", "calls of a known REST route");

/* One route under one prefix: what the router hands back. */
struct rest_mount {
	struct rest *rest; /* borrowed */
	const struct route *route;
	char *path; /* owned; the router borrows it */
	struct rest_mount *next;
};

/* A call that a fault makes wait. */
struct held {
	struct call call;
	uv_timer_t timer;
	struct held *prev, *next;
};

static const char *const prefixes[] = { "/api/v10", "/api/v9", "/api" };

static const struct route *const tables[] = {
	app_routes,     user_routes,    guild_routes,    member_routes,
	channel_routes, message_routes, reaction_routes, interaction_routes,
};

static const struct limit_rule global_rule = { "global", 50, 1000, false };
/* 10,000 refusals in ten minutes, and Cloudflare shuts the door. */
static const struct limit_rule invalid_rule = { "invalid", 10000, 600000, false };

/* ---- the gate, in the order a call passes it ---- */

static bool has_prefix(struct ra_str text, const char *prefix, struct ra_str *rest)
{
	size_t len = strlen(prefix);
	if (!ra_str_starts(text, prefix))
		return false;
	*rest = (struct ra_str){ text.ptr + len, text.len - len };
	return true;
}

static void recognize(struct call *call)
{
	struct ra_str header = ra_http_header(call->req, "authorization"), token;
	const struct gateway *gateway = call->sim->gateway;
	if (has_prefix(header, "Bot ", &token)) {
		bool is_ours = !gateway->identify.is_token_reset &&
			       ra_str_is(token, call->sim->conf->bot_token);
		call->who = is_ours ? WHO_BOT : WHO_NOBODY;
		call->user_id = call->world->bot->id;
	} else if (has_prefix(header, "Bearer ", &token)) {
		call->grant = oauth_grant(call->sim->oauth, token);
		call->who = call->grant ? WHO_USER : WHO_NOBODY;
		call->user_id = call->grant ? call->grant->user_id : 0;
	}
}

/* 0, or the status of the refusal. */
static int authorize(struct call *call)
{
	const struct route *route = call->route;
	recognize(call);
	if (route->auth == AUTH_NONE || route->auth == AUTH_TOKEN)
		return 0;
	if (call->who == WHO_NOBODY)
		return 401;
	if (call->who == WHO_BOT)
		return 0;
	return route->auth == AUTH_USER && route->scope && grant_has(call->grant, route->scope)
		       ? 0
		       : 403;
}

/* Bot or person, and the major parameter: what a bucket belongs to. */
static void owner_of_bucket(struct call *call, char out[96])
{
	static const char *const majors[] = { "channel", "guild", "webhook" };
	struct ra_str major = { "", 0 };
	for (size_t i = 0; i < RA_COUNT(majors) && major.len == 0; i++)
		major = ra_http_param(call->req, majors[i]);
	if (call->who == WHO_NOBODY)
		snprintf(out, 96, "%s/%.*s", ra_http_from(call->req), (int)major.len, major.ptr);
	else
		snprintf(out, 96, "%llu/%.*s", (unsigned long long)call->user_id, (int)major.len,
			 major.ptr);
}

/* Too many refusals, and it is no longer Discord who answers. */
static bool is_banned(struct call *call, int status, const char *scope)
{
	if ((status != 401 && status != 403 && status != 429) || strcmp(scope, "shared") == 0)
		return false;
	struct limit_verdict verdict =
		limits_take(call->rest->limits, &invalid_rule, ra_http_from(call->req),
			    uv_now(call->sim->loop));
	return !verdict.is_allowed;
}

/* `json` is emptied. */
static void reply(struct call *call, int status, struct ra_buf *json)
{
	ra_http_set_header(call->req, "via", "1.1 discord-sim");
	ra_http_reply(call->req, status, "application/json", ra_buf_str(json));
	ra_buf_fini(json);
}

static void set_header(struct call *call, const char *name, const char *fmt, double value)
{
	char text[32];
	snprintf(text, sizeof(text), fmt, value);
	ra_http_set_header(call->req, name, text);
}

/* Cloudflare, before Discord is reached: no Via, no JSON, nobody knows how long. */
static void reply_banned(struct call *call)
{
	call->rest->record.banned++;
	ra_http_reply(call->req, 429, "text/html", RA_STR("error code: 1015"));
}

static void count_limited(struct rest_record *record, const char *scope)
{
	if (strcmp(scope, "global") == 0)
		record->global++;
	else if (strcmp(scope, "shared") == 0)
		record->shared++;
	else
		record->user++;
}

static void too_many(struct call *call, double retry_after, const char *scope)
{
	bool is_global = strcmp(scope, "global") == 0;
	struct ra_buf json = { 0 };
	if (strcmp(scope, "cloudflare") == 0 || is_banned(call, 429, scope)) {
		reply_banned(call);
		return;
	}
	count_limited(&call->rest->record, scope);
	set_header(call, "retry-after", "%.0f", (double)(int64_t)(retry_after + 0.999));
	ra_http_set_header(call->req, "x-ratelimit-scope", scope);
	if (is_global)
		ra_http_set_header(call->req, "x-ratelimit-global", "true");
	ra_buf_printf(&json,
		      "{\"message\":\"You are being rate limited.\",\"retry_after\":%.3f,"
		      "\"global\":%s}",
		      retry_after, is_global ? "true" : "false");
	reply(call, 429, &json);
}

static void show_limit(struct call *call, const struct limit_verdict *verdict)
{
	const struct limit_rule *rule = &call->route->limit;
	double after = (double)verdict->reset_after_ms / 1000;
	char hash[33];
	limit_bucket_hash(rule, hash);
	set_header(call, "x-ratelimit-limit", "%.0f", rule->limit);
	set_header(call, "x-ratelimit-remaining", "%.0f", verdict->remaining);
	set_header(call, "x-ratelimit-reset", "%.3f", (double)ra_wall_ms() / 1000 + after);
	set_header(call, "x-ratelimit-reset-after", "%.3f", after);
	ra_http_set_header(call->req, "x-ratelimit-bucket", hash);
}

static bool is_globally_limited(struct call *call, const char *who)
{
	if (call->route->auth == AUTH_TOKEN)
		return false;
	struct limit_verdict verdict =
		limits_take(call->rest->limits, &global_rule, who, uv_now(call->sim->loop));
	if (!verdict.is_allowed)
		too_many(call, (double)verdict.reset_after_ms / 1000, "global");
	return !verdict.is_allowed;
}

/* Answers 429 and returns true when it is too much. */
static bool is_limited(struct call *call)
{
	char who[96], whose[32];
	if (!call->sim->conf->rate_limits)
		return false;
	owner_of_bucket(call, who);
	snprintf(whose, sizeof(whose), "%.*s", (int)strcspn(who, "/"), who);
	if (is_globally_limited(call, whose))
		return true;
	if (call->route->limit.limit == 0)
		return false;
	struct limit_verdict verdict =
		limits_take(call->rest->limits, &call->route->limit, who, uv_now(call->sim->loop));
	show_limit(call, &verdict);
	if (!verdict.is_allowed)
		too_many(call, (double)verdict.reset_after_ms / 1000, "user");
	return !verdict.is_allowed;
}

static void admit(struct call *call)
{
	int refusal = authorize(call);
	if (refusal != 0)
		call_plain_error(call, refusal);
	else if (!is_limited(call))
		call->route->handle(call);
}

/* ---- faults ---- */

static void answer_fault(struct call *call, const struct rest_faults *faults)
{
	if (faults->is_cut)
		ra_http_abort(call->req);
	else if (faults->status == 0)
		admit(call);
	else if (faults->status == 429)
		too_many(call, faults->retry_after, faults->scope);
	else
		call_plain_error(call, faults->status);
}

static void on_held_closed(uv_handle_t *handle)
{
	ra_free(ra_container_of((uv_timer_t *)handle, struct held, timer));
}

static void release(struct held *held)
{
	DL_DELETE(held->call.rest->held, held);
	uv_close((uv_handle_t *)&held->timer, on_held_closed);
	answer_fault(&held->call, held->timer.data);
}

static void on_held(uv_timer_t *timer)
{
	release(ra_container_of(timer, struct held, timer));
}

static void hold(struct call *call, struct rest_faults *faults)
{
	struct held *held = ra_new(struct held);
	struct rest_faults *kept = ra_arena_new(ra_http_arena(call->req), struct rest_faults);
	*kept = *faults;
	held->call = *call;
	held->timer.data = kept;
	DL_APPEND(call->rest->held, held);
	uv_timer_init(call->sim->loop, &held->timer);
	held->timer.data = kept;
	uv_timer_start(&held->timer, on_held, faults->slow_ms, 0);
}

static bool is_faulty(struct call *call)
{
	struct rest_faults *faults = &call->rest->faults;
	struct ra_str path = ra_http_path(call->req);
	if (faults->count == 0 || !memmem(path.ptr, path.len, faults->path, strlen(faults->path)))
		return false;
	faults->count--;
	if (faults->slow_ms > 0)
		hold(call, faults);
	else
		answer_fault(call, faults);
	return true;
}

/* A call that the bot's global limit counts. */
static bool is_by_bot(const struct call *call)
{
	return call->route->auth != AUTH_TOKEN &&
	       ra_str_starts(ra_http_header(call->req, "authorization"), "Bot ");
}

static void on_call(struct ra_http_request *req, void *ctx)
{
	const struct rest_mount *mount = ctx;
	struct call call = {
		.req = req,
		.rest = mount->rest,
		.sim = mount->rest->sim,
		.world = mount->rest->sim->world,
		.route = mount->route,
	};
	ra_count(&calls, 1);
	if (is_by_bot(&call))
		rest_record_call(&call.rest->record, uv_now(call.sim->loop));
	if (!is_faulty(&call))
		admit(&call);
}

static void on_unknown(struct ra_http_request *req, void *ctx)
{
	(void)ctx;
	ra_http_reply(req, 404, "application/json",
		      RA_STR("{\"message\":\"404: Not Found\",\"code\":0}"));
}

/* ---- life ---- */

static void mount(struct rest *rest, const char *prefix, const struct route *route)
{
	struct rest_mount *m = ra_new(struct rest_mount);
	*m = (struct rest_mount){
		.rest = rest,
		.route = route,
		.path = ra_format("%s%s", prefix, route->path),
	};
	LL_PREPEND(rest->mounts, m);
	ra_http_route(rest->sim->http, route->method, m->path, on_call, m);
}

void rest_routes(struct rest *rest)
{
	for (size_t p = 0; p < RA_COUNT(prefixes); p++)
		for (size_t t = 0; t < RA_COUNT(tables); t++)
			for (const struct route *route = tables[t]; route->method; route++)
				mount(rest, prefixes[p], route);
	ra_http_route(rest->sim->http, NULL, "/api/*", on_unknown, NULL);
}

struct rest *rest_new(struct sim *sim)
{
	struct rest *rest = ra_new(struct rest);
	rest->sim = sim;
	rest->limits = limits_new();
	rest->commands = commands_new();
	rest->interactions = interactions_new(sim);
	rest->dms = dms_new();
	return rest;
}

void rest_stop(struct rest *rest)
{
	struct held *held, *next;
	DL_FOREACH_SAFE(rest->held, held, next)
	{
		release(held);
	}
}

void rest_free(struct rest **rest)
{
	if (!*rest)
		return;
	struct rest_mount *m, *next;
	LL_FOREACH_SAFE((*rest)->mounts, m, next)
	{
		ra_free(m->path);
		ra_free(m);
	}
	dms_free(&(*rest)->dms);
	interactions_free(&(*rest)->interactions);
	commands_free(&(*rest)->commands);
	limits_free(&(*rest)->limits);
	ra_free(*rest);
	*rest = NULL;
}

/* ---- answering ---- */

void call_reply(struct call *call, int status, struct ra_buf *json)
{
	struct rest_record *record = &call->rest->record;
	record->unauthorized += status == 401;
	record->forbidden += status == 403;
	if (is_banned(call, status, "")) {
		reply_banned(call);
		ra_buf_fini(json);
	} else {
		reply(call, status, json);
	}
}

void call_reply_json(struct call *call, int status, json_t *json)
{
	struct ra_buf out = { 0 };
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	ra_buf_add_text(&out, text);
	free(text);
	json_decref(json);
	call_reply(call, status, &out);
}

void call_no_content(struct call *call)
{
	ra_http_set_header(call->req, "via", "1.1 discord-sim");
	ra_http_reply(call->req, 204, NULL, RA_STR(""));
}

void call_error(struct call *call, int status, int code, const char *message)
{
	struct ra_buf json = { 0 };
	ra_buf_add_text(&json, "{\"message\":");
	ra_buf_add_json_string(&json, ra_str_of(message));
	ra_buf_printf(&json, ",\"code\":%d}", code);
	call_reply(call, status, &json);
}

void call_plain_error(struct call *call, int status)
{
	static const struct {
		int status;
		const char *message;
	} known[] = {
		{ 401, "401: Unauthorized" },
		{ 403, "403: Forbidden" },
		{ 404, "404: Not Found" },
		{ 405, "405: Method Not Allowed" },
		{ 500, "500: Internal Server Error" },
		{ 502, "502: Bad Gateway" },
		{ 503, "503: Service Unavailable" },
		{ 504, "504: Gateway Timeout" },
	};
	for (size_t i = 0; i < RA_COUNT(known); i++) {
		if (known[i].status == status) {
			call_error(call, status, 0, known[i].message);
			return;
		}
	}
	call_error(call, status, 0, "Error");
}

void call_unknown_guild(struct call *call)
{
	call_error(call, 404, 10004, "Unknown Guild");
}

void call_unknown_channel(struct call *call)
{
	call_error(call, 404, 10003, "Unknown Channel");
}

void call_unknown_message(struct call *call)
{
	call_error(call, 404, 10008, "Unknown Message");
}

void call_unknown_member(struct call *call)
{
	call_error(call, 404, 10007, "Unknown Member");
}

void call_unknown_user(struct call *call)
{
	call_error(call, 404, 10013, "Unknown User");
}

void call_missing_access(struct call *call)
{
	call_error(call, 403, 50001, "Missing Access");
}

void call_missing_permissions(struct call *call)
{
	call_error(call, 403, 50013, "Missing Permissions");
}

/* ---- asking ---- */

uint64_t call_id(struct call *call, const char *name)
{
	uint64_t id = 0;
	struct ra_str text = ra_http_param(call->req, name);
	return ra_str_to_u64(text, &id) == 0 ? id : 0;
}

bool call_flag(struct call *call, const char *name)
{
	const char *value = ra_http_query(call->req, name);
	return value && (strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

int64_t call_number(struct call *call, const char *name, int64_t absent, int64_t min, int64_t max)
{
	const char *text = ra_http_query(call->req, name);
	int64_t value;
	if (!text)
		return absent;
	if (ra_str_to_i64(ra_str_of(text), &value) < 0 || value < min || value > max)
		return -1;
	return value;
}

uint64_t call_query_id(struct call *call, const char *name)
{
	uint64_t id = 0;
	const char *text = ra_http_query(call->req, name);
	return text && ra_str_to_u64(ra_str_of(text), &id) == 0 ? id : 0;
}

uint64_t json_id(const json_t *value)
{
	uint64_t id = 0;
	if (json_is_string(value) && ra_str_to_u64(ra_str_of(json_string_value(value)), &id) == 0)
		return id;
	return json_is_integer(value) ? (uint64_t)json_integer_value(value) : 0;
}

json_t *call_body(struct call *call)
{
	struct ra_str text = ra_http_body(call->req);
	if (text.len == 0)
		return json_object();
	json_t *body = json_loadb(text.ptr, text.len, 0, NULL);
	if (json_is_object(body) || json_is_array(body))
		return body;
	json_decref(body);
	call_error(call, 400, 50109, "The request body contains invalid JSON.");
	return NULL;
}

struct guild *call_guild(struct call *call)
{
	struct guild *guild = world_guild(call->world, call_id(call, "guild"));
	if (guild && guild->is_bot_in)
		return guild;
	call_unknown_guild(call);
	return NULL;
}

bool call_bot_may(const struct call *call, const struct guild *guild, const struct channel *channel,
		  uint64_t permissions)
{
	uint64_t has = world_permissions(call->world, guild, channel, call->world->bot->id);
	return (has & permissions) == permissions;
}

struct channel *call_channel(struct call *call, uint64_t permissions)
{
	struct channel *channel = world_channel(call->world, call_id(call, "channel"));
	if (!channel || !channel->guild->is_bot_in)
		call_unknown_channel(call);
	else if (!world_bot_sees(call->world, channel))
		call_missing_access(call);
	else if (!call_bot_may(call, channel->guild, channel, permissions))
		call_missing_permissions(call);
	else
		return channel;
	return NULL;
}

void call_now(struct call *call)
{
	player_touch(call->sim->player);
}

bool call_is_masked(const struct call *call)
{
	return !((uint64_t)call->sim->conf->privileged & INTENT_MESSAGE_CONTENT);
}

bool call_is_sublimited(struct call *call, const struct limit_rule *rule, const char *who)
{
	if (!call->sim->conf->rate_limits)
		return false;
	struct limit_verdict verdict =
		limits_take(call->rest->limits, rule, who, uv_now(call->sim->loop));
	if (!verdict.is_allowed)
		too_many(call, (double)verdict.reset_after_ms / 1000, "shared");
	return !verdict.is_allowed;
}

/* ---- form errors ---- */

static json_t *child(json_t *parent, const char *key)
{
	json_t *value = json_object_get(parent, key);
	if (value)
		return value;
	value = json_object();
	json_object_set_new(parent, key, value);
	return value;
}

void form_error(struct form *form, const char *path, const char *code, const char *message)
{
	char *copy = ra_strdup(path), *rest = copy, *key;
	if (!form->errors)
		form->errors = json_object();
	json_t *at = form->errors;
	while ((key = strsep(&rest, ".")))
		at = child(at, key);
	if (!json_object_get(at, "_errors"))
		json_object_set_new(at, "_errors", json_array());
	json_array_append_new(json_object_get(at, "_errors"),
			      json_pack("{s:s, s:s}", "code", code, "message", message));
	ra_free(copy);
}

bool form_failed(struct form *form, struct call *call)
{
	if (!form->errors)
		return false;
	call_reply_json(call, 400,
			json_pack("{s:s, s:i, s:o}", "message", "Invalid Form Body", "code", 50035,
				  "errors", form->errors));
	form->errors = NULL;
	return true;
}
