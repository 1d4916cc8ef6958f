/* command: see command.h. */
#include "services/api/command.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "proto/events.h"
#include "services/api/multipart.h"
#include <stdio.h>
#include <stdlib.h>

#define CALLBACK_MESSAGE  4
#define CALLBACK_DEFERRED 5
#define FLAG_HIDDEN       64
#define FLAG_LOADING      128
#define UNKNOWN           10062 /* Discord has given up */
#define ANSWERED          40060 /* by somebody before us, or by us and we do not know */
#define EDIT_MS           15000

RA_COUNTER_BY(commands_used, "rations_commands_total", "name", "uses of our slash commands")
RA_COUNTER_BY(commands_ended, "rations_commands_ended_total", "outcome", "how answering them ended")
RA_HISTOGRAM(command_seconds, "rations_command_seconds",
	     "from the moment a command was taken to the moment Discord had the answer")

const struct command_kind command_kinds[] = {
	{ "analytics", COMMAND_FIGURES, false, COMMAND_PERIOD, command_analytics, NULL },
	{ "stats", COMMAND_FIGURES, false, COMMAND_PERIOD, command_analytics, NULL },
	{ "top", COMMAND_FIGURES, false, COMMAND_WHAT | COMMAND_PERIOD, command_top, NULL },
	{ "me", COMMAND_MEMBER, true, COMMAND_PERIOD, command_me, NULL },
	{ "help", COMMAND_NOTHING, true, 0, command_help, NULL },
	{ "invite", COMMAND_NOTHING, true, 0, command_invite, NULL },
	{ "privacy", COMMAND_NOTHING, true, 0, command_privacy, NULL },
	{ "ask", COMMAND_MEMBER, false, COMMAND_TEXT, command_ask, NULL },
	{ "mark", COMMAND_STAFF, true, 0, command_mark, "Mark as request" },
	{ 0 },
};
const struct command_kind command_button = { "button", COMMAND_STAFF,       true,
					     0,        command_desk_button, NULL };

/* $1 guild, $2 roles: may somebody with these look on? */
const char sql_command_viewer[] =
	"SELECT count(*) FROM app.guild_settings "
	"WHERE guild_id = $1 AND ($1 = ANY(viewer_roles) OR viewer_roles && $2::bigint[])";

/* $1 guild, $2 user */
const char sql_command_staff[] = "SELECT EXISTS (SELECT FROM response.staff WHERE guild_id = $1 "
				 "AND user_id = $2 AND ended_at IS NULL)";

/* --- the end --- */

static void finish(struct command *c, const char *outcome)
{
	ra_count_by(&commands_ended, outcome, 1);
	ra_observe(&command_seconds, (double)(ra_monotonic_ms() - c->taken_at_ms) / 1e3);
	c->done(c->ctx, c);
	json_decref(c->options);
	json_decref(c->message);
	ra_buf_fini(&c->png);
	ra_arena_fini(&c->arena);
	ra_free(c);
}

static void finish_failed(struct command *c, int status, const struct ra_rest_answer *rest)
{
	if (rest->code == UNKNOWN) {
		finish(c, "late");
		return;
	}
	if (status != RA_ESTOPPED)
		ra_warn(c->api->log, "command not answered", ra_f_trace(c->it.traceparent),
			ra_f_text("command", c->kind->name), ra_f_text("why", rest->why),
			ra_f_int("status", rest->http_status), ra_f_int("code", rest->code));
	finish(c, "failed");
}

/* --- to Discord --- */

static uint64_t left_ms(const struct command *c)
{
	uint64_t now_ms = ra_monotonic_ms();
	return c->give_up_at_ms > now_ms ? c->give_up_at_ms - now_ms : 1;
}

/* The first answer, with a type; twice does no harm, Discord takes one. */
static void call_back(struct command *c, const char *type, struct ra_str body, ra_rest_done_cb done)
{
	ra_rest_send(c->api->rest,
		     &(struct ra_rest_call){
			     .route = "POST /interactions/{interaction.id}/{interaction.token}/"
				      "callback",
			     .ids = { c->it.id },
			     .texts = { c->it.token.ptr },
			     .body = body,
			     .content_type = type,
			     .priority = RA_REST_PEOPLE,
			     .is_repeatable = true,
			     .deadline_ms = left_ms(c),
		     },
		     done, c);
}

/* The message as it is sent: alone, or with its chart. Returns the content type. */
static const char *write_body(const struct command *c, json_t *json, struct ra_buf *out)
{
	char *text = json_dumps(json, JSON_COMPACT);
	if (c->png.len > 0)
		multipart_write(out, ra_str_of(text), EMBED_CHART, ra_buf_str(&c->png));
	else
		ra_buf_add_text(out, text);
	free(text);
	return c->png.len > 0 ? MULTIPART_TYPE : "application/json";
}

static void on_edited(void *ctx, int status, const struct ra_rest_answer *rest)
{
	if (status == 0)
		finish(ctx, "edited");
	else
		finish_failed(ctx, status, rest);
}

static void edit(struct command *c)
{
	struct ra_buf body = { 0 };
	const char *type = write_body(c, c->message, &body);
	ra_rest_send(c->api->rest,
		     &(struct ra_rest_call){
			     .route = "PATCH /webhooks/{webhook.id}/{webhook.token}/messages/"
				      "@original",
			     .ids = { c->it.application_id },
			     .texts = { c->it.token.ptr },
			     .body = ra_buf_str(&body),
			     .content_type = type,
			     .priority = RA_REST_PEOPLE,
			     .is_repeatable = true,
			     .deadline_ms = EDIT_MS,
		     },
		     on_edited, c);
	ra_buf_fini(&body);
}

/* Who had it before told Discord to wait and died, or answered and died: only the former is still
 * loading. */
static void on_original(void *ctx, int status, const struct ra_rest_answer *rest)
{
	struct command *c = ctx;
	json_t *message = status == 0 ? json_loadb(rest->body.ptr, rest->body.len, 0, NULL) : NULL;
	json_int_t flags = json_integer_value(json_object_get(message, "flags"));
	json_decref(message);
	if (status == RA_ENOTFOUND || (status == 0 && flags & FLAG_LOADING))
		edit(c);
	else if (status == 0)
		finish(c, "answered_before");
	else
		finish_failed(c, status, rest);
}

static void look_at_original(struct command *c)
{
	ra_rest_send(c->api->rest,
		     &(struct ra_rest_call){
			     .route = "GET /webhooks/{webhook.id}/{webhook.token}/messages/"
				      "@original",
			     .ids = { c->it.application_id },
			     .texts = { c->it.token.ptr },
			     .priority = RA_REST_PEOPLE,
			     .deadline_ms = EDIT_MS,
		     },
		     on_original, c);
}

static void on_answered(void *ctx, int status, const struct ra_rest_answer *rest)
{
	struct command *c = ctx;
	if (status == 0)
		finish(c, "answered");
	else if (rest->code == ANSWERED && c->is_second)
		look_at_original(c);
	else if (rest->code == ANSWERED)
		finish(c, "answered_before");
	else
		finish_failed(c, status, rest);
}

static void answer(struct command *c)
{
	struct ra_buf body = { 0 };
	if (c->has_deferred) {
		edit(c);
		return;
	}
	if (c->is_hidden)
		json_object_set_new(c->message, "flags", json_integer(FLAG_HIDDEN));
	json_t *whole = json_pack("{s:i, s:O}", "type", CALLBACK_MESSAGE, "data", c->message);
	const char *type = write_body(c, whole, &body);
	call_back(c, type, ra_buf_str(&body), on_answered);
	json_decref(whole);
	ra_buf_fini(&body);
}

static void on_deferred(void *ctx, int status, const struct ra_rest_answer *rest)
{
	struct command *c = ctx;
	c->is_deferring = false;
	c->has_deferred = status == 0;
	if (c->is_ready)
		answer(c); /* refused, it says how things are */
	(void)rest;
}

void command_tick(struct command *c)
{
	bool is_due = ra_monotonic_ms() - c->taken_at_ms >= COMMAND_DEFER_MS;
	if (!is_due || c->is_ready || c->is_deferring || c->has_deferred || c->is_second)
		return;
	char body[64];
	snprintf(body, sizeof(body), "{\"type\":%d,\"data\":{\"flags\":%d}}", CALLBACK_DEFERRED,
		 c->is_hidden ? FLAG_HIDDEN : 0);
	c->is_deferring = true;
	call_back(c, "application/json", ra_str_of(body), on_deferred);
}

/* --- from the command --- */

static void hand_over(struct command *c)
{
	c->is_ready = true;
	if (!c->is_deferring)
		answer(c);
}

static void on_drawn(void *ctx, struct ra_str png)
{
	struct command *c = ctx;
	if (png.len > 0) {
		ra_buf_add_str(&c->png, png);
		embed_expect_chart(c->message);
	}
	hand_over(c);
}

void command_reply(struct command *c, json_t *message, struct picture *picture)
{
	c->message = message;
	c->picture = picture;
	if (picture)
		picture_start(c->api->loop, picture, on_drawn, c);
	else
		hand_over(c);
}

void command_refuse(struct command *c, const char *key)
{
	c->is_hidden = true;
	command_reply(c, embed_message(embed_new(NULL, NULL, lang_text(c->lang, key))), NULL);
}

const char *command_option(const struct command *c, const char *name, const char *otherwise)
{
	const char *value = json_string_value(json_object_get(c->options, name));
	return value ? value : otherwise;
}

const char *command_url(struct command *c, const char *rest)
{
	return ra_arena_format(&c->arena, "%s/guilds/%llu%s", c->api->urls.public_url,
			       (unsigned long long)c->it.guild, rest);
}

/* --- the beginning --- */

static void on_viewer(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct command *c = ctx;
	(void)err;
	if (status < 0)
		command_refuse(c, "refused.trouble");
	else if (ra_pg_get_i64(rows, 0, 0) == 0)
		command_refuse(c, "refused.figures");
	else
		c->kind->run(c);
}

static void ask_viewer(struct command *c)
{
	struct ra_pg_params p = { .arena = &c->arena };
	struct ra_str rest = c->it.roles;
	size_t count = 0;
	int64_t *roles = ra_arena_alloc(&c->arena, (rest.len + 1) * sizeof(*roles));
	for (uint64_t id; (id = ra_ids_next(&rest)) != 0;)
		roles[count++] = (int64_t)id;
	ra_pg_i64(&p, (int64_t)c->it.guild);
	ra_pg_i64_array(&p, roles, count, sizeof(*roles));
	if (db_ask(c->api->db, STMT_command_viewer, &p, on_viewer, c) < 0)
		command_refuse(c, "refused.trouble");
}

static void on_staff(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct command *c = ctx;
	(void)err;
	if (status < 0)
		command_refuse(c, "refused.trouble");
	else if (!ra_pg_get_bool(rows, 0, 0))
		command_refuse(c, "refused.staff");
	else
		c->kind->run(c);
}

static void ask_staff(struct command *c)
{
	struct ra_pg_params p = { .arena = &c->arena };
	ra_pg_i64(&p, (int64_t)c->it.guild);
	ra_pg_i64(&p, (int64_t)c->it.user);
	if (db_ask(c->api->db, STMT_command_staff, &p, on_staff, c) < 0)
		command_refuse(c, "refused.trouble");
}

/* Discord says what somebody may do in the channel they ask in; administrators and the owner have
 * every bit. */
static void on_guild(void *ctx, int status, const struct access *guest)
{
	struct command *c = ctx;
	uint64_t permissions = (uint64_t)c->it.permissions;
	struct access *access = ra_arena_new(&c->arena, struct access);
	if (status < 0) {
		command_refuse(c, status == RA_ENOTFOUND ? "refused.unknown" : "refused.trouble");
		return;
	}
	*access = *guest;
	access->user_id = c->it.user;
	access->guild.can_see_people = access_may_see(false, permissions);
	access->guild.can_manage = access_may_manage(false, permissions);
	c->access = access;
	bool is_staff_needed = c->kind->need == COMMAND_STAFF && !access->guild.can_manage;
	bool is_viewer_needed = c->kind->need == COMMAND_FIGURES && !access->guild.can_see_people;
	if (is_staff_needed)
		ask_staff(c);
	else if (!is_viewer_needed)
		c->kind->run(c);
	else
		ask_viewer(c);
}

static struct ra_str copy(struct command *c, struct ra_str text)
{
	return (struct ra_str){ ra_arena_strdup(&c->arena, text), text.len };
}

/* [{"name": "period", "value": "7d"}] */
static json_t *read_options(struct ra_str text)
{
	json_t *list = text.len ? json_loadb(text.ptr, text.len, 0, NULL) : NULL, *option;
	json_t *options = json_object();
	size_t i;
	json_array_foreach(list, i, option)
	{
		const char *name = json_string_value(json_object_get(option, "name"));
		json_t *value = json_object_get(option, "value");
		if (name && value)
			json_object_set(options, name, value);
	}
	json_decref(list);
	return options;
}

struct command *command_new(struct api *api, const struct langs *langs,
			    const struct command_kind *kind, const struct ra_interaction *it)
{
	struct command *c = ra_new(struct command);
	*c = (struct command){
		.api = api,
		.kind = kind,
		.lang = lang_of(langs, it->locale),
		.it = *it,
		.options = read_options(it->options),
		.now_ms = api->now_ms(),
		.taken_at_ms = ra_monotonic_ms(),
		.is_hidden = kind->is_hidden,
	};
	c->it.token = copy(c, it->token);
	c->it.roles = copy(c, it->roles);
	c->it.name = copy(c, it->name);
	c->it.target_text = copy(c, it->target_text);
	c->it.traceparent = copy(c, it->traceparent);
	ra_debug(api->log, "command taken", ra_f_text("command", kind->name),
		 ra_f_trace(c->it.traceparent));
	ra_count_by(&commands_used, kind->name, 1);
	return c;
}

void command_begin(struct command *c, void (*done)(void *ctx, struct command *command), void *ctx)
{
	c->done = done;
	c->ctx = ctx;
	if (c->kind->need == COMMAND_NOTHING)
		c->kind->run(c);
	else if (c->it.guild == 0)
		command_refuse(c, "refused.guild");
	else
		access_guest(c->api, &c->arena, c->it.guild, on_guild, c);
}
