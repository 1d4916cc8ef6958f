/*
 * registry: see registry.h.
 *
 *	APPLICATION  GET /applications/@me: whose commands
 *	CLAIM        a row in app.command_set: one replica looks, the others wait for it
 *	LOOK         GET .../commands; as wanted --> NOTE
 *	TELL         PUT .../commands
 *	NOTE         the row says it is done
 *
 * Any failure: from the beginning, after a while. One call at most is in
 * flight; stopping waits for it.
 */
#include "services/api/registry.h"
#include "libshared/loop/backoff.h"
#include "libshared/metrics/metrics.h"
#include "services/api/command.h"
#include "services/api/discord.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define OTHERS_MS   45000 /* then look whether the replica that claimed it has done it */
#define DATABASE_MS 200
#define OPTION_TEXT 3
#define ASKED_MAX   1000 /* characters */

RA_COUNTER_BY(registrations, "rations_commands_registrations_total", "outcome",
	      "looks at the commands Discord has of us")

/* $1 application, $2 digest of the commands, $3 now. Who dies over it loses his claim. */
const char sql_command_claim[] =
	"WITH claim AS ("
	" INSERT INTO app.command_set AS s (application_id, digest, checked_at) "
	" VALUES ($1, $2, public.ms_to_ts($3)) "
	" ON CONFLICT (application_id) DO UPDATE SET digest = excluded.digest, "
	"  checked_at = excluded.checked_at, is_done = false "
	" WHERE s.is_done AND (s.digest <> excluded.digest "
	"   OR s.checked_at < excluded.checked_at - interval '10 minutes') "
	"  OR NOT s.is_done AND s.checked_at < excluded.checked_at - interval '30 seconds' "
	" RETURNING 1) "
	"SELECT EXISTS (SELECT FROM claim), EXISTS (SELECT FROM app.command_set "
	" WHERE application_id = $1 AND digest = $2 AND is_done)";

/* $1 application, $2 digest */
const char sql_command_done[] =
	"UPDATE app.command_set SET is_done = true WHERE application_id = $1 AND digest = $2";

struct registry {
	struct api *api; /* borrowed */
	json_t *wanted;  /* owned */
	char digest[33];
	uint64_t application;
	uv_timer_t timer;
	struct ra_backoff backoff;
	int pending; /* the timer handle, and a call in flight */
	bool is_stopping;
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

static void on_timer(uv_timer_t *timer);

/* --- what they are --- */

static const char *text_of(const struct lang *lang, const char *what, const char *name,
			   const char *member)
{
	char key[96];
	snprintf(key, sizeof(key), "%s.%s%s%s", what, name, member ? "." : "",
		 member ? member : "");
	return lang_text(lang, key);
}

/* {"ru": "..."}: English is what stands without one. */
static json_t *elsewhere(const struct langs *langs, const char *what, const char *name,
			 const char *member)
{
	json_t *all = json_object();
	for (const struct lang *const *lang = langs_all(langs) + 1; *lang; lang++)
		json_object_set_new(all, lang_code(*lang),
				    json_string(text_of(*lang, what, name, member)));
	return all;
}

static json_t *named(const struct langs *langs, const char *what, const char *name)
{
	const struct lang *english = *langs_all(langs);
	return json_pack("{s:s, s:o, s:s, s:o}", "name", text_of(english, what, name, "name"),
			 "name_localizations", elsewhere(langs, what, name, "name"), "description",
			 text_of(english, what, name, "description"), "description_localizations",
			 elsewhere(langs, what, name, "description"));
}

static json_t *option_json(const struct langs *langs, const char *name, const char *const *values)
{
	json_t *option = named(langs, "option", name), *choices = json_array();
	for (; *values; values++)
		json_array_append_new(choices,
				      json_pack("{s:s, s:o, s:s}", "name",
						text_of(*langs_all(langs), name, *values, NULL),
						"name_localizations",
						elsewhere(langs, name, *values, NULL), "value",
						*values));
	json_object_set_new(option, "type", json_integer(OPTION_TEXT));
	json_object_set_new(option, "choices", choices);
	return option;
}

/* Of the menu of a message: a name, nothing else. */
static json_t *menu_json(const struct langs *langs, const struct command_kind *kind)
{
	return json_pack("{s:s, s:o, s:i, s:[i]}", "name", kind->menu_name, "name_localizations",
			 elsewhere(langs, "command", kind->name, "name"), "type",
			 RA_INTERACTION_ON_MESSAGE, "contexts", 0);
}

static json_t *text_option_json(const struct langs *langs)
{
	json_t *option = named(langs, "option", "text");
	json_object_set_new(option, "type", json_integer(OPTION_TEXT));
	json_object_set_new(option, "required", json_true());
	json_object_set_new(option, "max_length", json_integer(ASKED_MAX));
	return option;
}

static json_t *command_json(const struct langs *langs, const struct command_kind *kind)
{
	static const char *const periods[] = { "today", "yesterday", "7d", "28d",
					       "91d",   "12mo",      NULL };
	static const char *const whats[] = { "channels", "members", "voice", NULL };
	json_t *command = named(langs, "command", kind->name), *options = json_array();
	if (kind->options & COMMAND_TEXT)
		json_array_append_new(options, text_option_json(langs));
	if (kind->options & COMMAND_WHAT)
		json_array_append_new(options, option_json(langs, "what", whats));
	if (kind->options & COMMAND_PERIOD)
		json_array_append_new(options, option_json(langs, "period", periods));
	json_object_set_new(command, "type", json_integer(1));
	json_object_set_new(command, "options", options);
	/* in servers, and what needs none in direct messages as well */
	json_object_set_new(command, "contexts",
			    kind->need == COMMAND_NOTHING ? json_pack("[i, i]", 0, 1)
							  : json_pack("[i]", 0));
	return command;
}

json_t *registry_commands(const struct langs *langs)
{
	json_t *all = json_array();
	for (const struct command_kind *kind = command_kinds; kind->name; kind++)
		json_array_append_new(all, kind->menu_name ? menu_json(langs, kind)
							   : command_json(langs, kind));
	return all;
}

/* --- whether they are there --- */

static bool has_members(const json_t *there, const json_t *wanted)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)wanted, name, value)
	{
		const json_t *other = json_object_get(there, name);
		bool is_nothing = json_is_array(value) && json_array_size(value) == 0 && !other;
		if (!is_nothing && !registry_has(other, value))
			return false;
	}
	return json_is_object(there);
}

static const json_t *find_named(const json_t *list, const json_t *like)
{
	size_t i;
	json_t *one;
	json_array_foreach(list, i, one) if (json_equal(json_object_get(one, "name"),
							json_object_get(like, "name"))) return one;
	return NULL;
}

/* Commands come in any order, options and choices in theirs. */
static bool has_elements(const json_t *there, const json_t *wanted)
{
	size_t i;
	json_t *one;
	json_array_foreach(wanted, i, one)
	{
		const json_t *other = json_object_get(one, "name") ? find_named(there, one)
								   : json_array_get(there, i);
		if (!registry_has(other, one))
			return false;
	}
	return json_array_size(there) == json_array_size(wanted);
}

bool registry_has(const json_t *there, const json_t *wanted)
{
	if (json_is_object(wanted))
		return has_members(there, wanted);
	if (json_is_array(wanted))
		return json_is_array(there) && has_elements(there, wanted);
	return json_equal(there, wanted);
}

/* --- telling Discord --- */

static void unref(struct registry *r)
{
	if (--r->pending > 0)
		return;
	if (r->stopped)
		r->stopped(r->stopped_ctx);
	json_decref(r->wanted);
	ra_free(r);
}

static void again_in(struct registry *r, uint64_t ms)
{
	if (!r->is_stopping)
		uv_timer_start(&r->timer, on_timer, ms, 0);
	unref(r);
}

static void fail(struct registry *r, const char *why, uint64_t retry_ms)
{
	uint64_t ms = ra_backoff_next_ms(&r->backoff);
	ra_count_by(&registrations, "failed", 1);
	if (!r->is_stopping)
		ra_warn(r->api->log, "commands not registered", ra_f_text("why", why));
	again_in(r, ms > retry_ms ? ms : retry_ms);
}

static void add_key(const struct registry *r, struct ra_pg_params *p)
{
	ra_pg_i64(p, (int64_t)r->application);
	ra_pg_text(p, ra_str_of(r->digest));
}

static void on_noted(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct registry *r = ctx;
	(void)rows;
	if (status < 0)
		fail(r, err ? err->msg : "", 0);
	else
		unref(r);
}

static void note(struct registry *r)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	add_key(r, &p);
	if (r->is_stopping || db_ask(r->api->db, STMT_command_done, &p, on_noted, r) < 0)
		fail(r, "the database is away", 0);
	ra_arena_fini(&arena);
}

static void on_told(void *ctx, int status, const struct ra_rest_answer *rest)
{
	struct registry *r = ctx;
	if (status < 0) {
		fail(r, rest->why, rest->retry_after_ms);
		return;
	}
	ra_count_by(&registrations, "told", 1);
	ra_info(r->api->log, "commands registered",
		ra_f_u64("commands", json_array_size(r->wanted)));
	note(r);
}

static void tell(struct registry *r)
{
	char *body = json_dumps(r->wanted, JSON_COMPACT);
	ra_rest_send(r->api->rest,
		     &(struct ra_rest_call){ .route = "PUT /applications/{application.id}/commands",
					     .ids = { r->application },
					     .body = ra_str_of(body),
					     .priority = RA_REST_LIVE },
		     on_told, r);
	free(body);
}

static void on_list(void *ctx, int status, const struct ra_rest_answer *rest)
{
	struct registry *r = ctx;
	if (status < 0) {
		fail(r, rest->why, rest->retry_after_ms);
		return;
	}
	json_t *there = json_loadb(rest->body.ptr, rest->body.len, 0, NULL);
	bool is_there = registry_has(there, r->wanted);
	json_decref(there);
	if (is_there) {
		ra_count_by(&registrations, "as_wanted", 1);
		note(r);
	} else {
		tell(r);
	}
}

static void on_claim(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct registry *r = ctx;
	if (status < 0)
		fail(r, err ? err->msg : "", 0);
	else if (ra_pg_get_bool(rows, 0, 0))
		ra_rest_send(r->api->rest,
			     &(struct ra_rest_call){
				     .route = "GET /applications/{application.id}/commands",
				     .ids = { r->application },
				     .query = "with_localizations=true",
				     .priority = RA_REST_LIVE },
			     on_list, r);
	else if (ra_pg_get_bool(rows, 0, 1))
		unref(r);
	else
		again_in(r, OTHERS_MS);
}

static void claim(struct registry *r)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	add_key(r, &p);
	ra_pg_i64(&p, r->api->now_ms());
	if (db_ask(r->api->db, STMT_command_claim, &p, on_claim, r) < 0)
		fail(r, "the database is away", 0);
	ra_arena_fini(&arena);
}

static void on_application(void *ctx, int status, const struct discord_answer *answer)
{
	struct registry *r = ctx;
	r->application = status == 0 ? discord_id(answer->body, "id") : 0;
	if (status == RA_EDENIED)
		unref(r); /* the token is no good: bot.c says so */
	else if (r->application == 0 || r->is_stopping)
		fail(r, "Discord does not say who we are", answer->retry_ms);
	else
		claim(r);
}

static void on_timer(uv_timer_t *timer)
{
	struct registry *r = ra_container_of(timer, struct registry, timer);
	if (!db_pick(r->api->db)) { /* we have just started: it is coming */
		uv_timer_start(&r->timer, on_timer, DATABASE_MS, 0);
		return;
	}
	r->pending++;
	discord_ask_bot(r->api, "GET /applications/@me", on_application, r);
}

struct registry *registry_start(struct api *api)
{
	struct registry *r = ra_new(struct registry);
	unsigned char hash[16];
	r->api = api;
	r->wanted = registry_commands(api->langs);
	r->backoff = (struct ra_backoff){ .min_ms = 1000, .max_ms = 300000 };
	char *text = json_dumps(r->wanted, JSON_COMPACT | JSON_SORT_KEYS);
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)text, strlen(text), NULL, 0);
	sodium_bin2hex(r->digest, sizeof(r->digest), hash, sizeof(hash));
	free(text);
	r->pending = 1;
	uv_timer_init(api->loop, &r->timer);
	uv_timer_start(&r->timer, on_timer, 0, 0);
	return r;
}

static void on_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct registry, timer));
}

void registry_stop(struct registry *r, void (*stopped)(void *ctx), void *ctx)
{
	r->is_stopping = true;
	r->stopped = stopped;
	r->stopped_ctx = ctx;
	uv_close((uv_handle_t *)&r->timer, on_closed);
}
