/*
 * history: whether the past of a guild is to be read, and how far that is.
 * What somebody wants is a row of app.guild_history; analytics looks for such
 * rows, works, and tells in analytics.history*.
 */
#include "services/api/audit.h"

#define DAYS_MAX 10000

/* clang-format off */
/* Of a range: all of it and what is left, in time; ids carry their time (Discord docs, Snowflakes). */
#define SQL_RANGES                                                                                 \
	"SELECT r.*, whole.ms, CASE WHEN r.is_done THEN 0 "                                        \
	"  ELSE least(whole.ms, greatest(((r.cursor_id - lower.id) >> 22)::float8, 0)) END AS ms_left " \
	" FROM analytics.history_range r "                                                         \
	" CROSS JOIN LATERAL (SELECT greatest(r.after_id, r.channel_id) AS id) lower "             \
	" CROSS JOIN LATERAL (SELECT greatest(((r.newest_id - lower.id) >> 22)::float8, 1) AS ms) whole " \
	" WHERE r.guild_id = $1"

/* $1 guild, $2 now. One row, whether somebody wants it or not. */
const char sql_history[] =
	"WITH range AS (" SQL_RANGES "), done AS ("
	" SELECT 0.02 * h.members_done::int "
	"  + 0.08 * (SELECT coalesce(avg(is_done::int), 1) FROM analytics.history_parent p "
	"    WHERE p.guild_id = h.guild_id) "
	"  + 0.90 * coalesce((SELECT 1 - sum(ms_left) / sum(ms) FROM range), 1) AS share "
	" FROM analytics.history h WHERE h.guild_id = $1"
	") "
	"SELECT w.guild_id IS NOT NULL, w.days, public.ts_to_ms(w.since), w.is_paused, "
	" CASE WHEN w.guild_id IS NULL THEN 'off' WHEN w.is_paused THEN 'paused' "
	"  WHEN h.guild_id IS NULL OR h.planned_for <> w.requested_at THEN 'waiting' "
	"  WHEN h.finished_at IS NOT NULL THEN 'done' WHEN NOT h.members_done THEN 'members' "
	"  WHEN EXISTS (SELECT FROM analytics.history_parent p "
	"   WHERE p.guild_id = $1 AND NOT p.is_done) THEN 'threads' ELSE 'messages' END, "
	" CASE WHEN h.finished_at IS NOT NULL THEN 1 ELSE least(coalesce(d.share, 0), 0.99) END, "
	" CASE WHEN h.finished_at IS NULL AND NOT w.is_paused AND d.share > 0.02 AND d.share < 1 "
	"  THEN $2::bigint + (h.busy_ms * (1 - d.share) / d.share)::bigint END, "
	" public.ts_to_ms(h.started_at), public.ts_to_ms(h.finished_at), h.messages, h.requests, "
	" public.ts_to_ms(h.oldest_at), h.members, h.members_skipped, h.trouble "
	"FROM (SELECT) one LEFT JOIN app.guild_history w ON w.guild_id = $1 "
	"LEFT JOIN analytics.history h ON h.guild_id = $1 LEFT JOIN done d ON true";

/* $1 guild. Threads count for their channel. The first reason of several is told. */
const char sql_history_channels[] =
	"WITH range AS (" SQL_RANGES "), rolled AS ("
	" SELECT r.*, CASE WHEN c.kind IN (10, 11, 12) THEN coalesce(c.parent_id, r.channel_id) "
	"  ELSE r.channel_id END AS top_id FROM range r "
	" LEFT JOIN analytics.channel c USING (guild_id, channel_id)"
	") "
	"SELECT r.top_id, coalesce(max(c.name), ''), coalesce(max(c.kind), 0), "
	" coalesce(bool_or(c.deleted_at IS NOT NULL), true), sum(r.messages), "
	" 1 - sum(r.ms_left) / sum(r.ms), bool_and(r.is_done), min(r.skipped), "
	" count(*) FILTER (WHERE r.reason = 'gap' AND r.skipped IS NULL), "
	" count(DISTINCT r.channel_id) FILTER (WHERE r.channel_id <> r.top_id) "
	"FROM rolled r LEFT JOIN analytics.channel c ON c.guild_id = $1 AND c.channel_id = r.top_id "
	"GROUP BY r.top_id ORDER BY max(c.position), r.top_id";

/* $1 guild, $2 days or null, $3 since or null, $4 paused, $5 account, $6 now. Pausing and going on is no
 * new wish. */
const char sql_history_wish[] =
	"INSERT INTO app.guild_history AS w "
	" (guild_id, days, since, is_paused, requested_by, requested_at) "
	"VALUES ($1, $2, public.ms_to_ts($3), $4, $5, public.ms_to_ts($6)) "
	"ON CONFLICT (guild_id) DO UPDATE SET is_paused = excluded.is_paused, "
	" days = excluded.days, requested_by = excluded.requested_by, "
	" since = CASE WHEN w.is_paused <> excluded.is_paused AND w.days IS NOT DISTINCT FROM "
	"  excluded.days THEN w.since ELSE excluded.since END, "
	" requested_at = CASE WHEN w.is_paused <> excluded.is_paused AND w.days IS NOT DISTINCT FROM "
	"  excluded.days THEN w.requested_at ELSE excluded.requested_at END";

const char sql_history_forget[] = "DELETE FROM app.guild_history WHERE guild_id = $1";

/* $1 guild, $2 zone. Only those who are members now: who left again is in nobody's list. */
const char sql_joined[] =
	"SELECT to_char(date_trunc('month', joined_at AT TIME ZONE $2::text), 'YYYY-MM'), count(*), "
	" sum(count(*)) OVER (ORDER BY date_trunc('month', joined_at AT TIME ZONE $2)), "
	" (SELECT h.members_done AND h.members_skipped IS NULL FROM analytics.history h "
	"  WHERE h.guild_id = $1) "
	"FROM analytics.member WHERE guild_id = $1 AND NOT is_bot AND left_at IS NULL "
	" AND joined_at IS NOT NULL "
	"GROUP BY date_trunc('month', joined_at AT TIME ZONE $2) ORDER BY 1";
/* clang-format on */

enum column {
	IS_WANTED,
	DAYS,
	SINCE,
	IS_PAUSED,
	STATE,
	PROGRESS,
	ENDS_AT,
	STARTED_AT,
	FINISHED_AT,
	MESSAGES,
	REQUESTS,
	OLDEST_AT,
	MEMBERS,
	MEMBERS_SKIPPED,
	TROUBLE,
};

enum channel_column {
	ID,
	NAME,
	KIND,
	IS_DELETED,
	READ,
	SHARE,
	IS_DONE,
	SKIPPED,
	GAPS,
	THREADS,
};

struct history {
	struct visit *visit; /* borrowed */
	json_t *json;        /* the answer so far; owned */
};

/* --- telling ------------------------------------------------------------------- */

static json_t *word_json(const PGresult *rows, int row, int column)
{
	return ra_pg_is_null(rows, row, column) ? json_null()
						: json_str(ra_pg_get_str(rows, row, column));
}

static json_t *summary_json(const struct api *api, const PGresult *rows)
{
	json_t *days = ra_pg_is_null(rows, 0, DAYS) ? json_null()
						    : json_integer(ra_pg_get_i64(rows, 0, DAYS));
	return json_pack(
		"{s:b, s:b, s:o, s:o, s:b, s:o, s:f, s:o, s:o, s:o, s:I, s:I, s:o, s:I, s:o, s:o}",
		"is_possible", api->conf->discord_bot_token[0] != '\0', "is_wanted",
		ra_pg_get_bool(rows, 0, IS_WANTED), "days", days, "since",
		json_instant(ra_pg_get_i64(rows, 0, SINCE)), "is_paused",
		ra_pg_get_bool(rows, 0, IS_PAUSED), "state", word_json(rows, 0, STATE), "progress",
		ra_pg_get_double(rows, 0, PROGRESS), "ends_at",
		json_instant(ra_pg_get_i64(rows, 0, ENDS_AT)), "started_at",
		json_instant(ra_pg_get_i64(rows, 0, STARTED_AT)), "finished_at",
		json_instant(ra_pg_get_i64(rows, 0, FINISHED_AT)), "messages",
		(json_int_t)ra_pg_get_i64(rows, 0, MESSAGES), "requests",
		(json_int_t)ra_pg_get_i64(rows, 0, REQUESTS), "oldest_at",
		json_instant(ra_pg_get_i64(rows, 0, OLDEST_AT)), "members",
		(json_int_t)ra_pg_get_i64(rows, 0, MEMBERS), "members_skipped",
		word_json(rows, 0, MEMBERS_SKIPPED), "trouble",
		json_str(ra_pg_get_str(rows, 0, TROUBLE)));
}

static json_t *channel_json(const PGresult *rows, int row)
{
	return json_pack("{s:o, s:o, s:I, s:b, s:I, s:f, s:b, s:o, s:I, s:I}", "id",
			 json_id(ra_pg_get_u64(rows, row, ID)), "name",
			 json_str(ra_pg_get_str(rows, row, NAME)), "kind",
			 (json_int_t)ra_pg_get_i64(rows, row, KIND), "is_deleted",
			 ra_pg_get_bool(rows, row, IS_DELETED), "messages",
			 (json_int_t)ra_pg_get_i64(rows, row, READ), "progress",
			 ra_pg_get_double(rows, row, SHARE), "is_done",
			 ra_pg_get_bool(rows, row, IS_DONE), "skipped",
			 word_json(rows, row, SKIPPED), "gaps",
			 (json_int_t)ra_pg_get_i64(rows, row, GAPS), "threads",
			 (json_int_t)ra_pg_get_i64(rows, row, THREADS));
}

static void fail(struct history *history, int status)
{
	json_decref(history->json);
	reply_failure(history->visit->api, history->visit->req, status);
}

static void on_channels(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct history *history = ctx;
	(void)err;
	if (status < 0) {
		fail(history, status);
		return;
	}
	json_t *channels = json_array();
	for (int row = 0; row < PQntuples(rows); row++)
		json_array_append_new(channels, channel_json(rows, row));
	json_object_set_new(history->json, "channels", channels);
	ra_http_reply_json(history->visit->req, 200, history->json);
}

static void on_summary(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct history *history = ctx;
	struct visit *visit = history->visit;
	(void)err;
	if (status < 0) {
		fail(history, status);
		return;
	}
	history->json = summary_json(visit->api, rows);
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	if (db_ask(visit->api->db, STMT_history_channels, &p, on_channels, history) < 0)
		fail(history, RA_EDOWN);
}

static void tell(struct history *history)
{
	struct visit *visit = history->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, visit->now_ms);
	if (db_ask(visit->api->db, STMT_history, &p, on_summary, history) < 0)
		fail(history, RA_EDOWN);
}

static struct history *history_new(struct visit *visit)
{
	struct history *history = ra_arena_new(visit->arena, struct history);
	history->visit = visit;
	return history;
}

void history_get(struct visit *visit)
{
	tell(history_new(visit));
}

/* --- wishing ------------------------------------------------------------------- */

struct wish {
	bool has_days; /* else all of it */
	int64_t days;
	bool is_paused;
};

static int read_member(struct wish *wish, const char *name, const json_t *value, struct ra_err *err)
{
	if (strcmp(name, "is_paused") == 0 && json_is_boolean(value)) {
		wish->is_paused = json_is_true(value);
	} else if (strcmp(name, "days") == 0 && json_is_integer(value)) {
		wish->has_days = true;
		wish->days = json_integer_value(value);
	} else if (strcmp(name, "days") != 0 || !json_is_null(value)) {
		return ra_fail(err, RA_EINVAL,
			       "Send days (a number, or null for all) and is_paused.",
			       "not a wish we know");
	}
	if (wish->has_days && (wish->days < 1 || wish->days > DAYS_MAX))
		return ra_fail(err, RA_EINVAL, "Use a number from 1 to 10000, or null for all.",
			       "days is out of range");
	return 0;
}

static int read_wish(const struct visit *visit, struct wish *wish, struct ra_err *err)
{
	struct ra_str body = ra_http_body(visit->req);
	json_t *json = json_loadb(body.ptr ? body.ptr : "", body.len, JSON_REJECT_DUPLICATES, NULL);
	const char *name;
	json_t *value;
	int rc = 0;
	if (!json_is_object(json))
		rc = ra_fail(err, RA_EINVAL, "Send an object like {\"days\":90}.",
			     "the body is not a JSON object");
	json_object_foreach(json, name, value) if (rc == 0) rc =
		read_member(wish, name, value, err);
	json_decref(json);
	return rc;
}

static void on_changed(void *ctx, int status, const struct ra_err *err)
{
	struct history *history = ctx;
	(void)err;
	if (status < 0)
		fail(history, status);
	else
		tell(history);
}

/* Takes what `audit` holds. */
static void change(struct visit *visit, enum statement statement, const struct ra_pg_params *p,
		   const struct audit *audit)
{
	struct ra_pg *pg = db_pick(visit->api->db);
	if (!pg || ra_pg_send(pg, (int)statement, p, NULL, NULL) < 0 ||
	    audit_note(pg, visit, audit) < 0 || ra_pg_sync(pg, on_changed, history_new(visit)) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void history_put(struct visit *visit)
{
	struct wish wish = { 0 };
	struct ra_err err = { 0 };
	struct ra_pg_params p = { .arena = visit->arena };
	if (read_wish(visit, &wish, &err) < 0) {
		reply_bad_argument(visit->req, &err);
		return;
	}
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	if (wish.has_days) {
		ra_pg_i64(&p, wish.days);
		ra_pg_i64(&p, visit->now_ms - wish.days * 24 * 3600 * 1000);
	} else {
		ra_pg_null(&p);
		ra_pg_null(&p);
	}
	ra_pg_bool(&p, wish.is_paused);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	ra_info(visit->api->log, "history wanted", ra_f_u64("guild", visit->access->guild.id),
		ra_f_int("days", wish.days), ra_f_int("paused", wish.is_paused));
	json_t *days = wish.has_days ? json_integer(wish.days) : json_string("all");
	change(visit, STMT_history_wish, &p,
	       &(struct audit){ .action = "history.change",
				.after = json_pack("{s:o, s:b}", "days", days, "is_paused",
						   wish.is_paused) });
}

/* What was read stays, and where it stopped: switched on again it goes on from there. */
void history_delete(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_info(visit->api->log, "history not wanted", ra_f_u64("guild", visit->access->guild.id));
	change(visit, STMT_history_forget, &p, &(struct audit){ .action = "history.end" });
}

/* --- when the members of today joined --------------------------------------------- */

static void on_joined(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	json_t *months = json_array();
	bool is_complete = PQntuples(rows) > 0 && ra_pg_get_bool(rows, 0, 3);
	for (int row = 0; row < PQntuples(rows); row++)
		json_array_append_new(months,
				      json_pack("{s:o, s:I, s:I}", "month",
						json_str(ra_pg_get_str(rows, row, 0)), "joined",
						(json_int_t)ra_pg_get_i64(rows, row, 1), "members",
						(json_int_t)ra_pg_get_i64(rows, row, 2)));
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:s, s:b, s:o}", "timezone", visit->access->guild.timezone,
				     "is_complete", is_complete, "months", months));
}

void joined_get(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_text(&p, ra_str_of(visit->access->guild.timezone));
	if (db_ask(visit->api->db, STMT_joined, &p, on_joined, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
