/*
 * annotations: marks on the time line. People write them; downtime, boosts and
 * waves of joins or leaves are found when somebody looks, from what analytics
 * keeps, so there is nothing to take back when more becomes known.
 */
#include "libshared/base/clock.h"
#include "services/api/audit.h"
#include "services/api/body.h"
#include "services/api/range.h"
#include "services/api/sql.h"

#define TEXT_MAX    200
#define PER_GUILD   1000
#define DOWNTIME_MS "600000"
#define FOUND_MAX   "60" /* of each kind */
#define DAY_MS      (24LL * 3600 * 1000)
#define FUTURE_MS   (366 * DAY_MS)

/* clang-format off */
/* $1 guild, $2 from, $3 to, $4 now, $5 first event, $6 zone. One row: JSON, oldest first. */
const char sql_annotations[] =
	"WITH written AS ("
	" SELECT a.at, a.until_at, a.kind, a.text, a.annotation_id, NULL::bigint AS count, NULL::text AS cause, "
	"  coalesce(c.global_name, c.username) AS author "
	" FROM app.annotation a LEFT JOIN app.account c ON c.user_id = a.created_by "
	" WHERE a.guild_id = $1 AND a.at < public.ms_to_ts($3) "
	"  AND coalesce(a.until_at, a.at) >= public.ms_to_ts($2)"
	"), down AS ("
	" SELECT started_at AS at, ended_at AS until_at, 'downtime' AS kind, NULL::text AS text, "
	"  NULL::bigint AS annotation_id, NULL::bigint AS count, cause, NULL::text AS author "
	" FROM analytics.gaps_of($1, greatest(public.ms_to_ts($2), public.ms_to_ts($5)), public.ms_to_ts($3)) "
	" WHERE NOT is_healed AND ended_at - started_at >= " DOWNTIME_MS " * interval '1 millisecond' "
	"  AND $4::bigint IS NOT NULL "
	" ORDER BY ended_at - started_at DESC LIMIT " FOUND_MAX
	"), boosted AS ("
	" SELECT min(at), NULL::timestamptz, 'boost', NULL::text, NULL::bigint, count(*), NULL::text, NULL::text "
	" FROM analytics.boost_flow WHERE guild_id = $1 AND kind = 'start' AND " SQL_IN_SPAN("at")
	" GROUP BY (at AT TIME ZONE $6)::date ORDER BY 6 DESC, 1 DESC LIMIT " FOUND_MAX
	"), hours AS ("
	" SELECT hour, joins, leaves, joins >= 10 AND joins >= 6 * usual_joins AS is_coming "
	" FROM analytics.wave WHERE guild_id = $1 AND " SQL_IN_SPAN("hour")
	"), waves AS ("
	" SELECT is_coming, min(hour) AS at, max(hour) + interval '1 hour' AS until_at, "
	"  sum(joins) AS joins, sum(leaves) AS leaves "
	" FROM (SELECT *, hour - row_number() OVER (PARTITION BY is_coming ORDER BY hour) * interval '1 hour' AS run "
	"  FROM hours) h GROUP BY is_coming, run ORDER BY sum(joins) + sum(leaves) DESC LIMIT " FOUND_MAX
	"), flooded AS ("
	" SELECT w.at, w.until_at, "
	"  CASE WHEN NOT is_coming THEN 'leave_wave' WHEN gone.n * 2 >= joins THEN 'raid' ELSE 'join_wave' END, "
	"  NULL::text, NULL::bigint, CASE WHEN is_coming THEN joins ELSE leaves END, NULL::text, NULL::text "
	" FROM waves w CROSS JOIN LATERAL (SELECT count(DISTINCT j.user_id) AS n "
	"  FROM analytics.member_flow j JOIN analytics.member_flow l "
	"   ON l.guild_id = j.guild_id AND l.user_id = j.user_id AND l.kind = 'leave' "
	"   AND l.at >= j.at AND l.at < j.at + interval '1 day' "
	"   AND l.at >= w.at AND l.at < w.until_at + interval '1 day' "
	"  WHERE w.is_coming AND j.guild_id = $1 AND j.kind = 'join' AND NOT j.is_bot "
	"   AND j.at >= w.at AND j.at < w.until_at) gone"
	") "
	"SELECT coalesce(json_agg(json_build_object('id', annotation_id::text, 'at', " SQL_ISO("at") ", "
	" 'until_at', " SQL_ISO("until_at") ", 'kind', kind, 'text', text, 'count', count, 'cause', cause, "
	" 'author', author) ORDER BY at, kind), '[]') "
	"FROM (SELECT * FROM written UNION ALL SELECT * FROM down UNION ALL SELECT * FROM boosted "
	" UNION ALL SELECT * FROM flooded) a";

/* $1 guild, $2 id. One row, or none. */
const char sql_annotation[] =
	"SELECT public.ts_to_ms(at), public.ts_to_ms(until_at), kind, text "
	"FROM app.annotation WHERE guild_id = $1 AND annotation_id = $2";

const char sql_annotation_count[] = "SELECT count(*) FROM app.annotation WHERE guild_id = $1";

/* $1 guild, $2 at, $3 until or null, $4 kind, $5 text, $6 account, $7 now */
const char sql_annotation_create[] =
	"INSERT INTO app.annotation (guild_id, at, until_at, kind, text, created_by, created_at) "
	"VALUES ($1, public.ms_to_ts($2), public.ms_to_ts($3), $4, $5, $6, public.ms_to_ts($7)) "
	"RETURNING annotation_id";

/* $1 guild, $2 id, $3 at, $4 until or null, $5 kind, $6 text */
const char sql_annotation_update[] =
	"UPDATE app.annotation SET at = public.ms_to_ts($3), until_at = public.ms_to_ts($4), kind = $5, text = $6 "
	"WHERE guild_id = $1 AND annotation_id = $2";

/* $1 guild, $2 id */
const char sql_annotation_delete[] =
	"DELETE FROM app.annotation WHERE guild_id = $1 AND annotation_id = $2";
/* clang-format on */

/* --- the list --- */

struct listing {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
};

static void on_list(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct listing *l = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(l->visit->api, l->visit->req, status);
		return;
	}
	ra_http_reply_json(l->visit->req, 200,
			   json_pack("{s:o, s:o}", "range", range_json(&l->range->now), "rows",
				     json_column(rows, 0, 0)));
}

static void on_range(struct visit *visit, const struct range *range)
{
	const struct access_guild *guild = &visit->access->guild;
	struct listing *l = ra_arena_new(visit->arena, struct listing);
	struct ra_pg_params p = { .arena = visit->arena };
	*l = (struct listing){ visit, range };
	range_params(visit, &range->now, &p);
	ra_pg_i64(&p, guild->first_event_ms ? guild->first_event_ms : visit->now_ms);
	ra_pg_text(&p, ra_str_of(guild->timezone));
	if (db_ask(visit->api->db, STMT_annotations, &p, on_list, l) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void annotations_list(struct visit *visit)
{
	range_resolve(visit, &(struct range_wish){ .is_alone = true }, on_range);
}

/* --- changes --- */

static const char *const kinds[] = {
	"note", "downtime", "raid", "boost", "join_wave", "leave_wave"
};

struct mark {
	int64_t at_ms, until_ms; /* until: 0: a moment */
	const char *kind, *text; /* in the visit's arena, or static */
};

struct change {
	struct visit *visit; /* borrowed */
	uint64_t id;         /* 0: a new one */
	bool is_removal;
	struct mark was, is;
};

static int64_t body_time(struct body *body, const char *name)
{
	int64_t ms = 0, latest_ms = body->visit->now_ms + FUTURE_MS;
	const char *text = body_text(body, name, 40);
	bool is_time = ra_iso8601_parse(ra_str_of(text), &ms) == 0;
	if (!is_time || ms <= 0 || ms > latest_ms)
		body_fail(body, "Use an instant like 2026-11-21T10:15:00Z, within a year from now.",
			  "%s is not a time", name);
	return ms;
}

/* False: answered already. */
static bool read_mark(struct visit *visit, struct mark *mark)
{
	struct body body;
	body_open(&body, visit);
	mark->at_ms = body_time(&body, "at");
	mark->until_ms = body_has(&body, "until_at") ? body_time(&body, "until_at") : 0;
	mark->kind = kinds[0];
	if (body_has(&body, "kind"))
		mark->kind = kinds[body_choice(&body, "kind", kinds, RA_COUNT(kinds))];
	mark->text = body_text(&body, "text", TEXT_MAX);
	if (mark->until_ms && mark->until_ms < mark->at_ms)
		body_fail(&body, "Let it end after it begins.", "until_at is before at");
	if (!body_has(&body, "until_at"))
		body_bool(&body, "until_at", false); /* null: taken out */
	return body_close(&body);
}

static json_t *mark_json(const struct mark *mark)
{
	return json_pack("{s:o, s:o, s:s, s:s}", "at", json_instant(mark->at_ms), "until_at",
			 json_instant(mark->until_ms), "kind", mark->kind, "text", mark->text);
}

static void add_mark(struct ra_pg_params *p, const struct mark *mark)
{
	ra_pg_i64(p, mark->at_ms);
	if (mark->until_ms)
		ra_pg_i64(p, mark->until_ms);
	else
		ra_pg_null(p);
	ra_pg_text(p, ra_str_of(mark->kind));
	ra_pg_text(p, ra_str_of(mark->text));
}

static void on_created(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct change *change = ctx;
	(void)err;
	if (status == 0 && PQntuples(rows) == 1)
		change->id = ra_pg_get_u64(rows, 0, 0);
}

static void on_changed(void *ctx, int status, const struct ra_err *err)
{
	struct change *change = ctx;
	struct visit *visit = change->visit;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
	} else if (change->is_removal) {
		ra_http_reply(visit->req, 204, NULL, RA_STR(""));
	} else {
		json_t *answer = mark_json(&change->is);
		json_object_set_new(answer, "id", json_id(change->id));
		ra_http_reply_json(visit->req, change->was.text ? 200 : 201, answer);
	}
}

/* The statement, the note of it, one commit. */
static void commit(struct change *change, enum statement stmt, const struct ra_pg_params *p,
		   const char *action)
{
	struct visit *visit = change->visit;
	struct ra_pg *pg = db_pick(visit->api->db);
	const struct audit audit = {
		.action = action,
		.target = change->was.text ? change->was.text : change->is.text,
		.before = change->was.text ? mark_json(&change->was) : NULL,
		.after = change->is_removal ? NULL : mark_json(&change->is),
	};
	bool is_new = change->id == 0;
	if (!pg || ra_pg_send(pg, (int)stmt, p, is_new ? on_created : NULL, change) < 0 ||
	    audit_note(pg, visit, &audit) < 0 || ra_pg_sync(pg, on_changed, change) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static void create(struct change *change)
{
	struct visit *visit = change->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	add_mark(&p, &change->is);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	commit(change, STMT_annotation_create, &p, "annotation.create");
}

static void on_count(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct change *change = ctx;
	struct visit *visit = change->visit;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (ra_pg_get_i64(rows, 0, 0) >= PER_GUILD)
		ra_http_problem(visit->req, 409, "full", "There are enough of these",
				"There are 1000 annotations. Delete one first.");
	else
		create(change);
}

void annotation_create(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	struct ra_pg_params p = { .arena = visit->arena };
	change->visit = visit;
	if (!read_mark(visit, &change->is))
		return;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	if (db_ask(visit->api->db, STMT_annotation_count, &p, on_count, change) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static void change_found(struct change *change)
{
	struct visit *visit = change->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)change->id);
	if (change->is_removal) {
		commit(change, STMT_annotation_delete, &p, "annotation.delete");
		return;
	}
	add_mark(&p, &change->is);
	commit(change, STMT_annotation_update, &p, "annotation.change");
}

static void on_found(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct change *change = ctx;
	struct visit *visit = change->visit;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
	} else if (PQntuples(rows) == 0) {
		ra_http_problem(visit->req, 404, "missing", "There is no such annotation",
				"It was deleted, or belongs to another server.");
	} else {
		change->was = (struct mark){
			.at_ms = ra_pg_get_i64(rows, 0, 0),
			.until_ms = ra_pg_get_i64(rows, 0, 1),
			.kind = ra_arena_strdup(visit->arena, ra_pg_get_str(rows, 0, 2)),
			.text = ra_arena_strdup(visit->arena, ra_pg_get_str(rows, 0, 3)),
		};
		change_found(change);
	}
}

static void find(struct change *change)
{
	struct visit *visit = change->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	if (ra_str_to_u64(ra_http_param(visit->req, "annotation_id"), &change->id) < 0 ||
	    change->id == 0 || change->id > INT64_MAX)
		change->id = INT64_MAX; /* nobody's */
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)change->id);
	if (db_ask(visit->api->db, STMT_annotation, &p, on_found, change) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void annotation_patch(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	change->visit = visit;
	if (read_mark(visit, &change->is))
		find(change);
}

void annotation_delete(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	*change = (struct change){ .visit = visit, .is_removal = true };
	find(change);
}
