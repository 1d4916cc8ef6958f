#include "services/analytics/invites.h"
#include "libshared/base/clock.h"
#include "libshared/discord/rest.h"
#include "libshared/loop/backoff.h"
#include "libshared/metrics/metrics.h"
#include "libshared/pg/pg.h"
#include "services/analytics/at_ease.h"
#include "services/analytics/conf.h"
#include "services/analytics/sql.h"
#include <jansson.h>
#include <stdio.h>

enum {
	IDLE_MS = 1000,
	INVITES_MAX = 5000, /* Discord allows a guild a thousand */
	TROUBLE_MS = 30 * 1000,
};

RA_COUNTER(invites_listed, "rations_invites_listed_total",
	   "lists of a guild's invites compared with the one before");
RA_COUNTER(invites_refused, "rations_invites_refused_total",
	   "lists Discord does not show: the bot may not Manage Server");
RA_COUNTER(invites_failed, "rations_invites_failures_total",
	   "lists that have to be asked for again");

enum step { DOWN, PICK, LIST, FEATURES, VANITY, STORE, STOPPED };

struct listed {
	struct ra_str code;
	int64_t uses, max_uses, created_at, expires_at;
	uint64_t channel, inviter;
	bool is_temporary;
};

struct invites {
	struct ra_streams *streams; /* borrowed */
	struct ra_pg *pg;           /* owned */
	struct ra_rest *rest;       /* borrowed */
	uv_timer_t timer;
	enum step step;
	bool is_asking; /* a call is in flight; never more than one */
	/* What is being done: */
	uint64_t guild, last_guild, shard_count, shard_id;
	int64_t snapshot_at, until_at; /* until: the newest join to explain */
	bool asks_features, has_vanity;
	json_t *list, *vanity; /* owned; what Discord said; NULL: nothing */
	int status;            /* of the list */
	uint64_t retry_ms;
	struct ra_backoff backoff;
};

static void enter(struct invites *v, enum step step);

static void on_timer(uv_timer_t *timer)
{
	struct invites *v = ra_container_of(timer, struct invites, timer);
	if (v->step == PICK)
		enter(v, PICK);
}

static void pick_later(struct invites *v, uint64_t ms)
{
	v->step = PICK;
	uv_timer_start(&v->timer, on_timer, ms, 0);
}

static void fall_back(struct invites *v, const struct ra_err *err)
{
	if (!ra_pg_is_up(v->pg)) {
		v->step = DOWN;
		return;
	}
	ra_warn(NULL, "joins were not explained", ra_f_text("error", err ? err->msg : ""));
	pick_later(v, ra_backoff_next_ms(&v->backoff));
}

/* --- PICK ------------------------------------------------------------------------- */

static void on_picked(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct invites *v = ctx;
	if (v->step != PICK)
		return;
	if (status < 0) {
		fall_back(v, err);
		return;
	}
	if (PQntuples(rows) == 0) {
		pick_later(v, IDLE_MS);
		return;
	}
	v->guild = v->last_guild = ra_pg_get_u64(rows, 0, 0);
	v->snapshot_at = ra_pg_get_i64(rows, 0, 1);
	v->until_at = ra_pg_get_i64(rows, 0, 2);
	v->shard_count = ra_pg_get_u64(rows, 0, 3);
	v->shard_id = ra_pg_get_u64(rows, 0, 4);
	v->asks_features = ra_pg_get_bool(rows, 0, 5);
	v->has_vanity = ra_pg_get_bool(rows, 0, 6);
	enter(v, LIST);
}

static void enter_pick(struct invites *v)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	if (v->is_asking || !at_ease_add(&p, v->streams)) {
		pick_later(v, IDLE_MS);
		ra_arena_fini(&arena);
		return;
	}
	ra_pg_i64(&p, (int64_t)v->last_guild);
	int rc = ra_pg_send(v->pg, SQL_INVITES_PICK, &p, on_picked, v);
	if (rc == 0)
		rc = ra_pg_sync(v->pg, NULL, NULL);
	if (rc < 0)
		v->step = DOWN;
	ra_arena_fini(&arena);
}

/* --- LIST, FEATURES, VANITY: what Discord says ------------------------------------- */

static void forget(struct invites *v)
{
	json_decref(v->list);
	json_decref(v->vanity);
	v->list = v->vanity = NULL;
}

static void ask(struct invites *v, const char *route, ra_rest_done_cb done)
{
	const struct ra_rest_call call = {
		.route = route,
		.ids = { v->guild },
		.priority = RA_REST_LIVE,
		.deadline_ms = 15000,
	};
	v->is_asking = true;
	ra_rest_send(v->rest, &call, done, v);
}

static json_t *read_answer(int status, const struct ra_rest_answer *answer)
{
	return status == 0 ? json_loadb(answer->body.ptr, answer->body.len, 0, NULL) : NULL;
}

/* False: the database went away meanwhile. */
static bool is_heard(struct invites *v, enum step step)
{
	v->is_asking = false;
	return v->step == step;
}

static void on_list(void *ctx, int status, const struct ra_rest_answer *answer)
{
	struct invites *v = ctx;
	if (!is_heard(v, LIST))
		return;
	v->status = status;
	v->retry_ms = answer->retry_after_ms;
	v->list = read_answer(status, answer);
	if (!json_is_array(v->list))
		enter(v, STORE);
	else
		enter(v, v->asks_features ? FEATURES : v->has_vanity ? VANITY : STORE);
}

static void enter_list(struct invites *v)
{
	forget(v);
	ask(v, "GET /guilds/{guild.id}/invites", on_list);
}

static bool has_feature(const json_t *guild, const char *name)
{
	const json_t *feature;
	size_t at;
	json_array_foreach(json_object_get(guild, "features"), at, feature)
	{
		if (ra_str_is(ra_str_of(json_string_value(feature)), name))
			return true;
	}
	return false;
}

/* Not told: as before, and it is asked again next time. */
static void on_features(void *ctx, int status, const struct ra_rest_answer *answer)
{
	struct invites *v = ctx;
	if (!is_heard(v, FEATURES))
		return;
	json_t *guild = read_answer(status, answer);
	v->asks_features = json_is_object(guild);
	if (v->asks_features)
		v->has_vanity = has_feature(guild, "VANITY_URL");
	json_decref(guild);
	enter(v, v->has_vanity ? VANITY : STORE);
}

static void enter_features(struct invites *v)
{
	ask(v, "GET /guilds/{guild.id}", on_features);
}

static bool is_refused(int status)
{
	return status == RA_EFORBIDDEN || status == RA_ENOTFOUND || status == RA_EINVAL;
}

/* Without its uses a join would be put down to another invite: then all is asked again. */
static void on_vanity(void *ctx, int status, const struct ra_rest_answer *answer)
{
	struct invites *v = ctx;
	if (!is_heard(v, VANITY))
		return;
	v->vanity = read_answer(status, answer);
	if (!v->vanity && !is_refused(status)) {
		v->retry_ms = answer->retry_after_ms;
		forget(v);
	}
	enter(v, STORE);
}

static void enter_vanity(struct invites *v)
{
	ask(v, "GET /guilds/{guild.id}/vanity-url", on_vanity);
}

/* --- STORE: what came of asking, in one transaction ------------------------------- */

static void on_stored(void *ctx, int status, const struct ra_err *err)
{
	struct invites *v = ctx;
	if (v->step != STORE)
		return;
	if (status < 0) {
		fall_back(v, err);
		return;
	}
	ra_backoff_reset(&v->backoff);
	pick_later(v, 0);
}

/* Two connections write a guild's joins, this one and the stream's: in turn. */
static int take_turn(struct invites *v, struct ra_arena *arena)
{
	struct ra_pg_params p = { .arena = arena };
	char stream[48];
	snprintf(stream, sizeof stream, "events:{%llu.%llu}", (unsigned long long)v->shard_count,
		 (unsigned long long)v->shard_id);
	ra_pg_text(&p, ra_str_of(stream));
	return ra_pg_send(v->pg, SQL_TURN, &p, NULL, NULL);
}

static int64_t time_of(const json_t *value)
{
	int64_t ms = 0;
	return ra_iso8601_parse(ra_str_of(json_string_value(value)), &ms) == 0 ? ms : 0;
}

static uint64_t id_of(const json_t *value)
{
	uint64_t id = 0;
	return ra_str_to_u64(ra_str_of(json_string_value(value)), &id) == 0 ? id : 0;
}

static int64_t number_of(const json_t *value)
{
	int64_t number = json_integer_value(value);
	return number < 0 ? 0 : number > INT32_MAX ? INT32_MAX : number;
}

static struct listed read_invite(const json_t *invite)
{
	const json_t *code = json_object_get(invite, "code");
	return (struct listed){
		.code = { json_string_value(code), json_string_length(code) },
		.uses = number_of(json_object_get(invite, "uses")),
		.max_uses = number_of(json_object_get(invite, "max_uses")),
		.created_at = time_of(json_object_get(invite, "created_at")),
		.expires_at = time_of(json_object_get(invite, "expires_at")),
		.channel = id_of(json_object_get(json_object_get(invite, "channel"), "id")),
		.inviter = id_of(json_object_get(json_object_get(invite, "inviter"), "id")),
		.is_temporary = json_is_true(json_object_get(invite, "temporary")),
	};
}

static int send_features(struct invites *v, struct ra_arena *arena)
{
	struct ra_pg_params p = { .arena = arena };
	ra_pg_i64(&p, (int64_t)v->guild);
	ra_pg_bool(&p, v->has_vanity);
	return v->asks_features ? ra_pg_send(v->pg, SQL_INVITES_FEATURES, &p, NULL, NULL) : 0;
}

/* It may have none at the moment: its code is null then. */
static int send_vanity(struct invites *v, struct ra_arena *arena)
{
	struct ra_pg_params p = { .arena = arena };
	struct listed vanity = read_invite(v->vanity);
	if (vanity.code.len == 0)
		return 0;
	json_array_append(v->list, v->vanity);
	ra_pg_i64(&p, (int64_t)v->guild);
	ra_pg_text(&p, vanity.code);
	ra_pg_i64(&p, vanity.uses);
	return ra_pg_send(v->pg, SQL_INVITES_VANITY, &p, NULL, NULL);
}

static int send_explain(struct invites *v, struct ra_arena *arena)
{
	struct listed *all = ra_arena_alloc(arena, (INVITES_MAX + 1) * sizeof *all);
	size_t count = 0, at;
	const json_t *invite;
	json_array_foreach(v->list, at, invite)
	{
		all[count] = read_invite(invite);
		count += all[count].code.len > 0 && count < INVITES_MAX;
	}
	struct ra_pg_params p = { .arena = arena };
	ra_pg_i64(&p, (int64_t)v->guild);
	ra_pg_i64(&p, v->snapshot_at);
	ra_pg_i64(&p, v->until_at);
	ra_pg_text_array(&p, &all->code, count, sizeof *all);
	ra_pg_i64_array(&p, &all->uses, count, sizeof *all);
	ra_pg_i64_array(&p, &all->max_uses, count, sizeof *all);
	ra_pg_u64_array(&p, &all->channel, count, sizeof *all);
	ra_pg_u64_array(&p, &all->inviter, count, sizeof *all);
	ra_pg_i64_array_or_null(&p, &all->created_at, count, sizeof *all, 0);
	ra_pg_i64_array_or_null(&p, &all->expires_at, count, sizeof *all, 0);
	ra_pg_bool_array(&p, &all->is_temporary, count, sizeof *all);
	ra_count(&invites_listed, 1);
	return ra_pg_send(v->pg, SQL_INVITES_EXPLAIN, &p, NULL, NULL);
}

/* Discord does not show them: then nobody knows, and it is asked again some day. */
static int send_skip(struct invites *v, struct ra_arena *arena, const char *why)
{
	struct ra_pg_params p = { .arena = arena };
	ra_pg_i64(&p, (int64_t)v->guild);
	ra_pg_i64(&p, v->snapshot_at);
	ra_pg_text(&p, ra_str_of(why));
	int rc = ra_pg_send(v->pg, SQL_INVITES_SKIP, &p, NULL, NULL);
	p = (struct ra_pg_params){ .arena = arena };
	ra_pg_i64(&p, (int64_t)v->guild);
	ra_pg_i64(&p, v->until_at);
	ra_count(&invites_refused, 1);
	return rc == 0 ? ra_pg_send(v->pg, SQL_INVITES_UNKNOWN, &p, NULL, NULL) : rc;
}

static int send_later(struct invites *v, struct ra_arena *arena)
{
	struct ra_pg_params p = { .arena = arena };
	ra_pg_i64(&p, (int64_t)v->guild);
	ra_pg_i64(&p, v->retry_ms > TROUBLE_MS ? (int64_t)v->retry_ms : TROUBLE_MS);
	ra_count(&invites_failed, 1);
	return ra_pg_send(v->pg, SQL_INVITES_LATER, &p, NULL, NULL);
}

static int send_outcome(struct invites *v, struct ra_arena *arena)
{
	if (is_refused(v->status))
		return send_skip(v, arena, v->status == RA_EFORBIDDEN ? "forbidden" : "gone");
	if (!json_is_array(v->list))
		return send_later(v, arena);
	int rc = send_features(v, arena);
	if (rc == 0)
		rc = send_vanity(v, arena);
	return rc == 0 ? send_explain(v, arena) : rc;
}

static void enter_store(struct invites *v)
{
	struct ra_arena arena = { 0 };
	int rc = take_turn(v, &arena);
	if (rc == 0)
		rc = send_outcome(v, &arena);
	if (rc == 0)
		rc = ra_pg_sync(v->pg, on_stored, v);
	if (rc < 0)
		v->step = DOWN;
	ra_arena_fini(&arena);
}

/* --- the machine ------------------------------------------------------------------ */

static void enter_nothing(struct invites *v)
{
	(void)v;
}

static void (*const steps[])(struct invites *v) = {
	[DOWN] = enter_nothing,      [PICK] = enter_pick,     [LIST] = enter_list,
	[FEATURES] = enter_features, [VANITY] = enter_vanity, [STORE] = enter_store,
	[STOPPED] = enter_nothing,
};

static void enter(struct invites *v, enum step step)
{
	v->step = step;
	steps[step](v);
}

static void on_pg_up(void *ctx)
{
	struct invites *v = ctx;
	if (v->step == DOWN)
		enter(v, PICK);
}

static void on_pg_down(void *ctx, const char *why)
{
	struct invites *v = ctx;
	(void)why;
	if (v->step == STOPPED)
		return;
	uv_timer_stop(&v->timer);
	v->step = DOWN;
}

struct invites *invites_start(struct ra_service *service, struct ra_streams *streams,
			      struct ra_rest *rest)
{
	static const struct ra_pg_ops pg_ops = { .on_up = on_pg_up, .on_down = on_pg_down };
	const struct conf *conf = service->conf;
	if (!rest)
		return NULL;
	struct invites *v = ra_new(struct invites);
	v->streams = streams;
	v->rest = rest;
	v->backoff = (struct ra_backoff){ .min_ms = 200, .max_ms = 10000 };
	uv_timer_init(service->loop, &v->timer);
	/* The URL was checked when the program started: opening can not fail. */
	v->pg = ra_pg_open(service->loop, conf->database_url, "rations-invites", sql_stmts,
			   SQL_COUNT, NULL, &pg_ops, v, NULL);
	return v;
}

void invites_stop(struct invites *v)
{
	if (!v)
		return;
	v->step = STOPPED;
	ra_pg_close(v->pg, NULL, NULL);
	uv_close((uv_handle_t *)&v->timer, NULL);
}

void invites_free(struct invites **invites)
{
	if (*invites)
		forget(*invites);
	ra_free(*invites);
	*invites = NULL;
}
