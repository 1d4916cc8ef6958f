#include "services/discord-sim/control.h"
#include "libshared/http/server.h"
#include "services/discord-sim/gateway.h"
#include "services/discord-sim/interactions.h"
#include "services/discord-sim/oracle.h"
#include "services/discord-sim/player.h"
#include "services/discord-sim/replay.h"
#include "services/discord-sim/rest.h"
#include "services/discord-sim/sim.h"
#include "services/discord-sim/untold.h"
#include "services/discord-sim/world.h"
#include <stdio.h>

#define INTERACTIONS "interactions/"

static void refuse(struct ra_http_request *req, int status, const char *why)
{
	ra_http_reply_json(req, status, json_pack("{s:s}", "error", why));
}

/* The body as an object; NULL after answering. Yours to decref. */
static json_t *read_args(struct ra_http_request *req)
{
	struct ra_str text = ra_http_body(req);
	json_t *args = text.len ? json_loadb(text.ptr, text.len, 0, NULL) : json_object();
	if (json_is_object(args))
		return args;
	json_decref(args);
	refuse(req, 400, "the body must be a JSON object");
	return NULL;
}

static json_t *id_json(uint64_t id)
{
	char text[24];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	return json_string(text);
}

/* ---- looking ---- */

static json_t *session_json(const struct session *s)
{
	json_t *json =
		json_pack("{s:s, s:I, s:[i, i], s:I, s:I, s:I, s:I, s:b}", "id", s->id, "intents",
			  (json_int_t)s->intents, "shard", (int)s->shard, (int)s->shard_count,
			  "seq", (json_int_t)s->ring.last, "sent", (json_int_t)s->sent, "kept_from",
			  (json_int_t)s->ring.first, "kept_bytes", (json_int_t)s->ring.bytes,
			  "connected", s->connection != NULL);
	json_object_set_new(json, "announced", json_integer((json_int_t)s->announced));
	json_object_set_new(json, "guilds", json_integer((json_int_t)s->announce_count));
	json_object_set_new(json, "hushed", json_boolean(s->is_hushed));
	json_object_set_new(json, "watching", json_string(s->watching));
	if (!s->connection)
		return json;
	const char *compress = compress_name(s->connection->compressor.kind);
	json_object_set_new(json, "compress", json_string(compress));
	json_object_set_new(json, "pending",
			    json_integer((json_int_t)ra_ws_pending(s->connection->ws)));
	return json;
}

static void on_sessions(struct ra_http_request *req, void *ctx)
{
	const struct sim *sim = ctx;
	json_t *list = json_array();
	for (const struct session *s = sim->gateway->sessions; s; s = s->hh.next)
		json_array_append_new(list, session_json(s));
	ra_http_reply_json(req, 200,
			   json_pack("{s:o, s:I, s:I, s:I, s:I, s:o}", "sessions", list,
				     "identifies_left",
				     (json_int_t)sim->gateway->identify.remaining, "dispatched",
				     (json_int_t)sim->gateway->dispatched, "identified",
				     (json_int_t)sim->gateway->identified, "resumed",
				     (json_int_t)sim->gateway->resumed, "holes",
				     holes_json(&sim->gateway->holes)));
}

static int64_t number(struct ra_http_request *req, const char *name)
{
	int64_t value = 0;
	const char *text = ra_http_query(req, name);
	return text && ra_str_to_i64(ra_str_of(text), &value) == 0 ? value : 0;
}

/* What was really told; times in ms, whole hours. */
static void on_counts(struct ra_http_request *req, void *ctx)
{
	const struct sim *sim = ctx;
	struct oracle_query query = {
		.guild_id = (uint64_t)number(req, "guild"),
		.from_ms = number(req, "from"),
		.to_ms = number(req, "to"),
		.now_ms = number(req, "now"),
		.with_rows = number(req, "rows") != 0,
	};
	ra_http_reply_json(req, 200, oracle_json(sim->oracle, &query));
}

/* What the gateway did not tell, and REST does. */
static void on_untold(struct ra_http_request *req, void *ctx)
{
	const struct sim *sim = ctx;
	const struct guild *guild = world_guild(sim->world, (uint64_t)number(req, "guild"));
	if (guild)
		ra_http_reply_json(req, 200, untold_json(sim->world, guild));
	else
		refuse(req, 404, "no such guild");
}

static json_t *channels_json(const struct guild *guild)
{
	json_t *list = json_array();
	for (size_t i = 0; i < guild->channel_count; i++) {
		const struct channel *c = guild->channels[i];
		json_array_append_new(list, json_pack("{s:o, s:i, s:s, s:o}", "id", id_json(c->id),
						      "type", c->type, "name", c->name, "parent_id",
						      id_json(c->parent_id)));
	}
	return list;
}

static json_t *roles_json(const struct guild *guild)
{
	json_t *list = json_array();
	for (size_t i = 0; i < guild->role_count; i++)
		json_array_append_new(list,
				      json_pack("{s:o, s:s}", "id", id_json(guild->roles[i]->id),
						"name", guild->roles[i]->name));
	return list;
}

/* Enough of everybody to act with; all of them come from GET /api/.../members. */
static json_t *members_json(const struct guild *guild, size_t max)
{
	json_t *list = json_array();
	for (const struct member *m = guild->members; m && json_array_size(list) < max;
	     m = m->hh.next)
		json_array_append_new(list,
				      json_pack("{s:o, s:s, s:b}", "id", id_json(m->user_id),
						"name", m->user->username, "bot", m->user->is_bot));
	return list;
}

static json_int_t people_in(const struct guild *guild)
{
	json_int_t n = 0;
	for (const struct member *m = guild->members; m; m = m->hh.next)
		n += !m->user->is_bot;
	return n;
}

static json_t *guild_json(const struct guild *guild)
{
	return json_pack("{s:o, s:s, s:o, s:I, s:I, s:b, s:b, s:o, s:o, s:o}", "id",
			 id_json(guild->id), "name", guild->name, "owner_id",
			 id_json(guild->owner_id), "member_count",
			 (json_int_t)HASH_COUNT(guild->members), "people", people_in(guild),
			 "bot_in", guild->is_bot_in, "unavailable", guild->is_unavailable,
			 "channels", channels_json(guild), "roles", roles_json(guild), "members",
			 members_json(guild, 50));
}

static void on_world(struct ra_http_request *req, void *ctx)
{
	const struct sim *sim = ctx;
	json_t *guilds = json_array(), *accounts = json_array();
	for (const struct guild *g = sim->world->guilds; g; g = g->hh.next)
		json_array_append_new(guilds, guild_json(g));
	for (size_t i = 0; i < sim->world->account_count; i++) {
		const struct account *account = &sim->world->accounts[i];
		json_array_append_new(accounts,
				      json_pack("{s:o, s:s}", "user_id", id_json(account->user_id),
						"note", account->note));
	}
	ra_http_reply_json(req, 200,
			   json_pack("{s:o, s:o, s:o}", "guilds", guilds, "accounts", accounts,
				     "bot_id", id_json(sim->world->bot->id)));
}

static void on_rest(struct ra_http_request *req, void *ctx)
{
	const struct sim *sim = ctx;
	ra_http_reply_json(req, 200, rest_record_json(&sim->rest->record));
}

static void on_replay(struct ra_http_request *req, void *ctx)
{
	const struct sim *sim = ctx;
	if (sim->recording)
		ra_http_reply_json(req, 200, recording_json(sim->recording));
	else
		refuse(req, 404, "no recording is served (SIM_REPLAY)");
}

/* ---- time ---- */

static void on_clock(struct ra_http_request *req, void *ctx)
{
	const struct sim *sim = ctx;
	ra_http_reply_json(req, 200, player_json(sim->player));
}

static void on_set_clock(struct ra_http_request *req, void *ctx)
{
	struct sim *sim = ctx;
	json_t *args = read_args(req);
	if (!args)
		return;
	const json_t *paused = json_object_get(args, "paused");
	const json_t *speed = json_object_get(args, "speed");
	const json_t *until = json_object_get(args, "run_until_ms");
	const json_t *now = json_object_get(args, "now_ms");
	if (json_is_boolean(paused))
		player_pause(sim->player, json_is_true(paused));
	if (json_is_number(speed))
		player_set_speed(sim->player, json_number_value(speed));
	if (json_is_integer(until))
		player_run_until(sim->player, json_integer_value(until));
	if (json_is_integer(now))
		world_set_now(sim->world, json_integer_value(now));
	json_decref(args);
	on_clock(req, sim);
}

static void on_burst(struct ra_http_request *req, void *ctx)
{
	struct sim *sim = ctx;
	json_t *args = read_args(req);
	json_int_t events = json_integer_value(json_object_get(args, "events"));
	json_decref(args);
	if (!args)
		return;
	if (events <= 0) {
		refuse(req, 400, "events must be a positive number");
		return;
	}
	player_burst(sim->player, (uint64_t)events);
	on_clock(req, sim);
}

/* ---- acting ---- */

/* One act, or {"acts": [..]} in order; stops at the first that fails. */
static void on_inject(struct ra_http_request *req, void *ctx)
{
	struct sim *sim = ctx;
	const char *why = NULL;
	size_t i;
	json_t *args = read_args(req), *done = json_array();
	if (!args) {
		json_decref(done);
		return;
	}
	player_touch(sim->player);
	json_t *acts = json_object_get(args, "acts");
	acts = acts ? json_incref(acts) : json_pack("[O]", args);
	for (i = 0; i < json_array_size(acts); i++) {
		json_t *result = inject(sim, json_array_get(acts, i), &why);
		if (!result)
			break;
		json_array_append_new(done, result);
	}
	if (why)
		ra_http_reply_json(req, 400,
				   json_pack("{s:s, s:I, s:O}", "error", why, "at", (json_int_t)i,
					     "done", done));
	else if (json_object_get(args, "acts"))
		ra_http_reply_json(req, 200, json_pack("{s:O}", "done", done));
	else
		ra_http_reply_json(req, 200, json_incref(json_array_get(done, 0)));
	json_decref(done);
	json_decref(acts);
	json_decref(args);
}

static void reply_set(struct ra_http_request *req, const char *why)
{
	if (why)
		refuse(req, 400, why);
	else
		ra_http_reply_json(req, 200, json_pack("{s:b}", "ok", 1));
}

static void on_fault(struct ra_http_request *req, void *ctx)
{
	json_t *args = read_args(req);
	if (args)
		reply_set(req, faults_set(ctx, args));
	json_decref(args);
}

static void on_rest_fault(struct ra_http_request *req, void *ctx)
{
	json_t *args = read_args(req);
	if (args)
		reply_set(req, rest_faults_set(ctx, args));
	json_decref(args);
}

static void on_interact(struct ra_http_request *req, void *ctx)
{
	struct sim *sim = ctx;
	json_t *args = read_args(req);
	if (!args)
		return;
	const json_t *type = json_object_get(args, "type");
	struct interaction_conf conf = {
		.type = type ? (int)json_integer_value(type) : INTERACTION_COMMAND,
		.guild_id = json_id(json_object_get(args, "guild_id")),
		.channel_id = json_id(json_object_get(args, "channel_id")),
		.user_id = json_id(json_object_get(args, "user_id")),
		.message_id = json_id(json_object_get(args, "message_id")),
		.locale = json_string_value(json_object_get(args, "locale")),
		.data = json_object_get(args, "data"),
	};
	player_touch(sim->player);
	uint64_t id = interactions_start(sim->rest->interactions, &conf);
	if (id)
		ra_http_reply_json(req, 200, json_pack("{s:o}", "id", id_json(id)));
	else
		refuse(req, 400, "no such guild, channel or member");
	json_decref(args);
}

static void on_interaction(struct ra_http_request *req, void *ctx)
{
	const struct sim *sim = ctx;
	uint64_t id = 0;
	struct ra_str path = ra_http_param(req, "*");
	size_t skip = strlen(INTERACTIONS);
	if (ra_str_to_u64((struct ra_str){ path.ptr + skip, path.len - skip }, &id) < 0)
		id = 0;
	json_t *json = interactions_json(sim->rest->interactions, id);
	if (json)
		ra_http_reply_json(req, 200, json);
	else
		refuse(req, 404, "no such interaction");
}

/* ---- the door ---- */

static const struct {
	const char *method, *path;
	ra_http_handler handler;
} routes[] = {
	{ "GET", "sessions", on_sessions },
	{ "GET", "counts", on_counts },
	{ "GET", "untold", on_untold },
	{ "GET", "world", on_world },
	{ "GET", "clock", on_clock },
	{ "GET", "replay", on_replay },
	{ "GET", "rest", on_rest },
	{ "POST", "clock", on_set_clock },
	{ "POST", "burst", on_burst },
	{ "POST", "inject", on_inject },
	{ "POST", "fault", on_fault },
	{ "POST", "rest-fault", on_rest_fault },
	{ "POST", "interactions", on_interact },
};

static bool is_local(struct ra_http_request *req)
{
	const char *peer = ra_http_from(req);
	return strncmp(peer, "127.", 4) == 0 || strcmp(peer, "::1") == 0 ||
	       strncmp(peer, "::ffff:127.", 11) == 0;
}

static void on_control(struct ra_http_request *req, void *ctx)
{
	struct ra_str path = ra_http_param(req, "*"), method = ra_http_method(req);
	if (!is_local(req)) {
		refuse(req, 403, "local clients only");
		return;
	}
	for (size_t i = 0; i < RA_COUNT(routes); i++) {
		if (ra_str_is(path, routes[i].path) && ra_str_is(method, routes[i].method)) {
			routes[i].handler(req, ctx);
			return;
		}
	}
	if (ra_str_starts(path, INTERACTIONS))
		on_interaction(req, ctx);
	else
		refuse(req, 404, "there is no such control");
}

void control_routes(struct sim *sim)
{
	ra_http_route(sim->http, NULL, "/_control/*", on_control, sim);
}
