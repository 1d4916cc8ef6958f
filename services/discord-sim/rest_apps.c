/* rest_apps: the way in (gateway, application) and the application's commands. */
#include "services/discord-sim/commands.h"
#include "services/discord-sim/gateway.h"
#include "services/discord-sim/intents.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/rest.h"
#include <stdio.h>

static const struct limit_rule creates_rule = { "command creates", 200, 86400000, false };

/* ---- gateway ---- */

static void add_url(struct call *call, struct ra_buf *json)
{
	struct ra_str host = ra_http_header(call->req, "host");
	bool is_tls = ra_str_is(ra_http_header(call->req, "x-forwarded-proto"), "https");
	ra_buf_printf(json, "{\"url\":\"%s://%.*s/gateway\"", is_tls ? "wss" : "ws", (int)host.len,
		      host.ptr);
}

static void get_gateway(struct call *call)
{
	struct ra_buf json = { 0 };
	add_url(call, &json);
	ra_buf_add(&json, "}", 1);
	call_reply(call, 200, &json);
}

static void get_gateway_bot(struct call *call)
{
	const struct conf *conf = call->sim->conf;
	struct gateway *gateway = call->sim->gateway;
	struct identify_limit *limit = &gateway->identify;
	struct ra_buf json = { 0 };
	identify_limit_renew(limit, call->sim, gateway_now_ms(gateway));
	add_url(call, &json);
	ra_buf_printf(&json, ",\"shards\":%lld,\"session_start_limit\":{\"total\":%lld",
		      (long long)conf->shards, (long long)conf->session_starts);
	ra_buf_printf(&json, ",\"remaining\":%lld,\"reset_after\":%llu,\"max_concurrency\":%lld}}",
		      (long long)limit->remaining,
		      (unsigned long long)(limit->resets_at_ms - gateway_now_ms(gateway)),
		      (long long)conf->max_concurrency);
	call_reply(call, 200, &json);
}

/* ---- application ---- */

static json_t *redirect_uris(const struct conf *conf)
{
	json_t *list = json_array();
	char *copy = ra_strdup(conf->redirect_uris), *rest = copy, *uri;
	while ((uri = strsep(&rest, " ")))
		if (*uri)
			json_array_append_new(list, json_string(uri));
	ra_free(copy);
	return list;
}

static json_t *user_json(const struct user *user)
{
	struct ra_buf out = { 0 };
	render_user(&out, user);
	json_t *json = json_loadb(out.ptr, out.len, 0, NULL);
	ra_buf_fini(&out);
	return json;
}

static json_int_t count_guilds(const struct world *world)
{
	json_int_t count = 0;
	for (const struct guild *g = world->guilds; g; g = g->hh.next)
		count += g->is_bot_in;
	return count;
}

static const struct user *owner(const struct world *world)
{
	return world->account_count > 0 ? world_user(world, world->accounts[0].user_id)
					: world->bot;
}

static void get_application(struct call *call)
{
	const struct world *world = call->world;
	char id[24];
	snprintf(id, sizeof(id), "%llu", (unsigned long long)world->conf.application_id);
	json_t *app =
		json_pack("{s:s, s:s, s:n, s:s, s:s, s:b, s:b, s:s, s:n, s:i}", "id", id, "name",
			  world->bot->username, "icon", "description", "A simulated application.",
			  "summary", "", "bot_public", 1, "bot_require_code_grant", 0, "verify_key",
			  "0000000000000000000000000000000000000000000000000000000000000000",
			  "team", "flags", application_flags(call->sim));
	json_object_set_new(app, "approximate_guild_count", json_integer(count_guilds(world)));
	json_object_set_new(app, "approximate_user_install_count", json_integer(0));
	json_object_set_new(app, "redirect_uris", redirect_uris(call->sim->conf));
	json_object_set_new(app, "interactions_endpoint_url", json_null());
	json_object_set_new(app, "owner", user_json(owner(world)));
	json_object_set_new(app, "bot", user_json(world->bot));
	call_reply_json(call, 200, app);
}

/* ---- commands ---- */

/* Whose list is meant; false after answering. */
static bool read_scope(struct call *call, struct command_scope *scope)
{
	*scope = (struct command_scope){ .world = call->world };
	if (call_id(call, "app") != call->world->conf.application_id) {
		call_error(call, 403, 20012,
			   "You are not authorized to perform this action on this "
			   "application");
		return false;
	}
	if (ra_http_param(call->req, "guild").len == 0)
		return true;
	const struct guild *guild = world_guild(call->world, call_id(call, "guild"));
	if (!guild || !guild->is_bot_in) {
		call_missing_access(call);
		return false;
	}
	scope->guild_id = guild->id;
	return true;
}

static void list_commands(struct call *call)
{
	struct command_scope scope;
	if (read_scope(call, &scope))
		call_reply_json(call, 200,
				json_incref(commands_list(call->rest->commands, scope.guild_id)));
}

/* 200 a day; the whole batch counts before any of it. */
static bool may_create(struct call *call, const struct command_scope *scope, size_t count)
{
	char who[32];
	snprintf(who, sizeof(who), "%llu", (unsigned long long)scope->guild_id);
	for (size_t i = 0; call->sim->conf->rate_limits && i < count; i++) {
		struct limit_verdict verdict = limits_take(call->rest->limits, &creates_rule, who,
							   uv_now(call->sim->loop));
		if (verdict.is_allowed)
			continue;
		call_error(
			call, 400, 30034,
			"Max number of daily application command creates has been reached (200)");
		return false;
	}
	return true;
}

static void replace_commands(struct call *call)
{
	struct command_scope scope;
	struct form form = { 0 };
	json_t *body;
	if (!read_scope(call, &scope) || !(body = call_body(call)))
		return;
	if (!json_is_array(body))
		form_error(&form, "_", "BASE_TYPE_BAD_TYPE", "Must be a list of commands.");
	for (size_t i = 0; i < json_array_size(body); i++) {
		char path[24];
		snprintf(path, sizeof(path), "%zu", i);
		command_check(&form, path, json_array_get(body, i));
	}
	if (!form_failed(&form, call) &&
	    may_create(call, &scope,
		       commands_count_new(call->rest->commands, scope.guild_id, body))) {
		commands_replace(call->rest->commands, &scope, body);
		list_commands(call);
	}
	json_decref(body);
}

static void create_command(struct call *call)
{
	struct command_scope scope;
	struct form form = { 0 };
	json_t *body;
	if (!read_scope(call, &scope) || !(body = call_body(call)))
		return;
	command_check(&form, "", body);
	json_t *one = json_pack("[O]", body);
	size_t created = commands_count_new(call->rest->commands, scope.guild_id, one);
	if (!form_failed(&form, call) && may_create(call, &scope, created))
		call_reply_json(call, created ? 201 : 200,
				json_incref(commands_upsert(call->rest->commands, &scope, body)));
	json_decref(one);
	json_decref(body);
}

static json_t *find_command(struct call *call, struct command_scope *scope)
{
	if (!read_scope(call, scope))
		return NULL;
	json_t *found =
		commands_find(call->rest->commands, scope->guild_id, call_id(call, "command"));
	if (!found)
		call_error(call, 404, 10063, "Unknown application command");
	return found;
}

static void get_command(struct call *call)
{
	struct command_scope scope;
	json_t *command = find_command(call, &scope);
	if (command)
		call_reply_json(call, 200, json_incref(command));
}

static void edit_command(struct call *call)
{
	struct command_scope scope;
	struct form form = { 0 };
	json_t *command = find_command(call, &scope);
	json_t *body = command ? call_body(call) : NULL;
	if (!body)
		return;
	json_t *edited = json_copy(command);
	json_object_update(edited, body);
	command_check(&form, "", edited);
	if (!form_failed(&form, call)) {
		json_object_update(command, body);
		call_reply_json(call, 200, json_incref(command));
	}
	json_decref(edited);
	json_decref(body);
}

static void delete_command(struct call *call)
{
	struct command_scope scope;
	json_t *command = find_command(call, &scope);
	if (!command)
		return;
	commands_remove(call->rest->commands, scope.guild_id, command);
	call_no_content(call);
}

#define ALL  "/applications/{app}/commands"
#define ONE  "/applications/{app}/commands/{command}"
#define GALL "/applications/{app}/guilds/{guild}/commands"
#define GONE "/applications/{app}/guilds/{guild}/commands/{command}"

const struct route app_routes[] = {
	ANYBODY("GET", "/gateway", get_gateway),
	BOT("GET", "/gateway/bot", get_gateway_bot, "gateway bot", 2, 5000),
	BOT("GET", "/applications/@me", get_application, "app", 10, 5000),
	BOT("GET", "/oauth2/applications/@me", get_application, "app", 10, 5000),
	BOT("GET", ALL, list_commands, "commands", 10, 5000),
	BOT("PUT", ALL, replace_commands, "commands put", 2, 5000),
	BOT("POST", ALL, create_command, "commands post", 5, 20000),
	BOT("GET", ONE, get_command, "commands", 10, 5000),
	BOT("PATCH", ONE, edit_command, "commands patch", 5, 20000),
	BOT("DELETE", ONE, delete_command, "commands delete", 5, 20000),
	BOT("GET", GALL, list_commands, "commands", 10, 5000),
	BOT("PUT", GALL, replace_commands, "commands put", 2, 5000),
	BOT("POST", GALL, create_command, "commands post", 5, 20000),
	BOT("GET", GONE, get_command, "commands", 10, 5000),
	BOT("PATCH", GONE, edit_command, "commands patch", 5, 20000),
	BOT("DELETE", GONE, delete_command, "commands delete", 5, 20000),
	{ 0 },
};
