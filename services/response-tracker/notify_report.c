/*
 * notify_report: once a day, at the guild's minute of the day, what the desk
 * did in the 24 hours before: a row in the outbox whose nonce is the guild and
 * the day, so that there is one however often it is looked at. One that was
 * missed by hours is not sent any more.
 */
#include "libshared/base/clock.h"
#include "libshared/desk/survival.h"
#include "services/response-tracker/notify_internal.h"
#include <stdio.h>

#define AT_ONCE 5
#define DAY_MS  86400000LL

/* clang-format off */
/* $1 now, $2 shards, $3 how many shards each of their plans has. A report that was only just asked for
 * begins with the next one. */
const char sql_notify_reports[] =
	"SELECT n.guild_id, public.ts_to_ms(due.at), d.day - date '1970-01-01', "
	" to_char(due.at AT TIME ZONE z.zone, 'HH24:MI'), nonce.nonce, "
	" coalesce(nullif(s.language, ''), g.locale, '') "
	"FROM app.notice_settings n LEFT JOIN app.guild_settings s USING (guild_id) "
	"LEFT JOIN analytics.guild g USING (guild_id) "
	"CROSS JOIN LATERAL (SELECT coalesce(nullif(n.zone, ''), s.timezone, 'UTC') AS zone) z "
	"CROSS JOIN LATERAL (SELECT (public.ms_to_ts($1) AT TIME ZONE z.zone)::date - back AS day "
	" FROM unnest('{0,1}'::int[]) back) d "
	"CROSS JOIN LATERAL (SELECT app.local_minute(d.day, n.report_minute, z.zone) AS at) due "
	"CROSS JOIN LATERAL (SELECT format('d%s%s', to_hex(n.guild_id), to_hex(d.day - date '1970-01-01')) AS nonce) nonce "
	"WHERE n.report_minute IS NOT NULL AND coalesce(n.report_channel_id, n.channel_id) IS NOT NULL "
	" AND due.at <= public.ms_to_ts($1) AND due.at > public.ms_to_ts($1) - interval '6 hours' "
	" AND n.updated_at < due.at AND g.removed_at IS NULL "
	" AND EXISTS (SELECT FROM unnest($2::bigint[], $3::bigint[]) h (id, count) "
	"  WHERE (n.guild_id >> 22) % h.count = h.id) "
	" AND NOT EXISTS (SELECT FROM response.notice o WHERE o.nonce = nonce.nonce) "
	"ORDER BY due.at, n.guild_id LIMIT 5";

enum report_column { GUILD, DUE_MS, DAY, TIME, NONCE, LOCALE };

/* $1 guild, $2 from, $3 to. Points as heritage.md gives them, with the guild's cap. */
const char sql_notify_figures[] =
	"WITH worth AS ("
	" SELECT coalesce(points_message, 3) AS message, coalesce(points_reply, 2) AS reply, "
	"  coalesce(points_reaction, 1) AS reaction, coalesce(points_task, 5) AS task, block_cap "
	" FROM (SELECT) one LEFT JOIN app.rating_settings ON guild_id = $1"
	"), blocks AS ("
	" SELECT a.user_id, count(*) AS count, sum(CASE a.kind WHEN 'message' THEN w.message "
	"  WHEN 'reply' THEN w.reply WHEN 'reaction' THEN w.reaction ELSE w.task END) AS points, max(w.block_cap) AS cap "
	" FROM response.activity a, worth w WHERE a.guild_id = $1 "
	"  AND a.at >= public.ms_to_ts($2) AND a.at < public.ms_to_ts($3) "
	" GROUP BY a.user_id, floor(extract(epoch FROM a.at) / 600)"
	"), people AS ("
	" SELECT user_id, sum(count) AS count, sum(least(points, cap)) AS points FROM blocks GROUP BY user_id"
	"), asked AS ("
	" SELECT answered_at, public.ts_to_ms(coalesce(least(answered_at, public.ms_to_ts($3)), closed_at, public.ms_to_ts($3))) "
	"  - public.ts_to_ms(asked_at) AS ms, coalesce(answered_at < public.ms_to_ts($3), false) AS is_answered "
	" FROM response.request WHERE guild_id = $1 AND state NOT IN ('cancelled', 'not_a_request') "
	"  AND asked_at >= public.ms_to_ts($2) AND asked_at < public.ms_to_ts($3)"
	") "
	"SELECT (SELECT coalesce(sum(count), 0) FROM people), (SELECT count(*) FROM people WHERE user_id <> 1), "
	" (SELECT coalesce(sum(points), 0) FROM people), best.user_id, best.points, "
	" (SELECT count(*) FROM asked), (SELECT count(*) FROM asked WHERE is_answered), "
	" (SELECT count(*) FROM response.request WHERE guild_id = $1 AND state = 'open'), "
	" (SELECT json_agg(json_build_array(ms, is_answered)) FROM (SELECT ms, is_answered FROM asked LIMIT 20000) a) "
	"FROM (SELECT) one LEFT JOIN LATERAL (SELECT user_id, points FROM people WHERE user_id <> 1 "
	" ORDER BY points DESC, count DESC, user_id LIMIT 1) best ON true";

enum figure_column { ACTIVITIES, CURATORS, POINTS, BEST, BEST_POINTS, REQUESTS, ANSWERED, WAITING, TIMES };

/* $1 guild, $2 now, $3 payload, $4 nonce */
const char sql_notify_report[] =
	"INSERT INTO response.notice (guild_id, kind, channel_id, payload, nonce, created_at) "
	"SELECT guild_id, 'report', coalesce(report_channel_id, channel_id), $3::jsonb, $4, public.ms_to_ts($2) "
	"FROM app.notice_settings WHERE guild_id = $1 ON CONFLICT (nonce) DO NOTHING";
/* clang-format on */

struct notify_reporter {
	struct notify *notify; /* borrowed */
	int64_t minute;        /* that was looked at */
	bool is_asking;
};

struct report {
	struct notify *notify; /* borrowed */
	struct ra_arena arena;
	uint64_t guild;
	const char *nonce;
	const struct lang *lang; /* borrowed */
	struct text_report text;
	bool is_read;
};

struct notify_reporter *notify_reporter_new(struct notify *notify)
{
	struct notify_reporter *reporter = ra_new(struct notify_reporter);
	reporter->notify = notify;
	return reporter;
}

static void end(struct report *report)
{
	struct notify *n = report->notify;
	ra_arena_fini(&report->arena);
	ra_free(report);
	notify_end(n);
}

/* --- the row --- */

static void on_written(void *ctx, int status, const struct ra_err *err)
{
	struct report *report = ctx;
	if (status < 0)
		ra_warn(report->notify->conf.log, "daily report not written",
			ra_f_u64("guild", report->guild), ra_f_text("why", err->msg));
	end(report);
}

static void write_report(struct report *report)
{
	struct ra_pg_params p = { .arena = &report->arena };
	json_t *message = text_report(report->lang, &report->arena, &report->text);
	char *payload = json_dumps(message, JSON_COMPACT);
	ra_pg_i64(&p, (int64_t)report->guild);
	ra_pg_i64(&p, ra_wall_ms());
	ra_pg_text(&p, ra_str_of(payload));
	ra_pg_text(&p, ra_str_of(report->nonce));
	int rc = ra_pg_send(report->notify->pg, NOTIFY_report, &p, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_sync(report->notify->pg, on_written, report);
	free(payload);
	json_decref(message);
	if (rc < 0)
		end(report);
}

/* --- the figures --- */

static void read_median(struct report *report, struct ra_str json)
{
	json_t *list = json_loadb(json.ptr, json.len, 0, NULL), *one;
	size_t i, count = json_array_size(list);
	struct survival_time *times = ra_arena_alloc(&report->arena, (count + 1) * sizeof(*times));
	const double half = 0.5;
	json_array_foreach(list, i, one) times[i] =
		(struct survival_time){ json_integer_value(json_array_get(one, 0)),
					json_is_true(json_array_get(one, 1)) };
	json_decref(list);
	report->text.is_too_few = count < SURVIVAL_LEAST;
	if (report->text.is_too_few)
		return;
	survival_sort(times, count);
	survival_percentiles(times, count, &half, 1, &report->text.median_ms);
}

static void on_figures(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct report *report = ctx;
	(void)err;
	if (status < 0)
		return; /* on_figures_synced is told, too */
	report->is_read = true;
	report->text.activities = ra_pg_get_i64(rows, 0, ACTIVITIES);
	report->text.curators = ra_pg_get_i64(rows, 0, CURATORS);
	report->text.points = ra_pg_get_i64(rows, 0, POINTS);
	report->text.best = ra_pg_get_u64(rows, 0, BEST);
	report->text.best_points = ra_pg_get_i64(rows, 0, BEST_POINTS);
	report->text.requests = ra_pg_get_i64(rows, 0, REQUESTS);
	report->text.answered = ra_pg_get_i64(rows, 0, ANSWERED);
	report->text.waiting = ra_pg_get_i64(rows, 0, WAITING);
	read_median(report, ra_pg_get_str(rows, 0, TIMES));
}

static void on_figures_synced(void *ctx, int status, const struct ra_err *err)
{
	struct report *report = ctx;
	if (status < 0)
		ra_warn(report->notify->conf.log, "figures of a day not read",
			ra_f_text("why", err->msg));
	if (status < 0 || !report->is_read)
		end(report);
	else
		write_report(report);
}

static void begin_report(struct notify *n, const PGresult *rows, int i)
{
	struct report *report = ra_new(struct report);
	struct ra_pg_params p = { .arena = &report->arena };
	int64_t due_ms = ra_pg_get_i64(rows, i, DUE_MS);
	report->notify = n;
	report->guild = ra_pg_get_u64(rows, i, GUILD);
	report->nonce = notify_copy(&report->arena, rows, i, NONCE);
	report->lang = lang_of(n->langs, ra_pg_get_str(rows, i, LOCALE));
	report->text.day = (int)ra_pg_get_i64(rows, i, DAY);
	report->text.time = notify_copy(&report->arena, rows, i, TIME);
	notify_begin(n);
	ra_pg_i64(&p, (int64_t)report->guild);
	ra_pg_i64(&p, due_ms - DAY_MS);
	ra_pg_i64(&p, due_ms);
	int rc = ra_pg_send(n->pg, NOTIFY_figures, &p, on_figures, report);
	if (rc == 0)
		rc = ra_pg_sync(n->pg, on_figures_synced, report);
	if (rc < 0)
		end(report);
}

/* --- which are due --- */

static void on_reports(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct notify_reporter *reporter = ctx;
	(void)err;
	for (int i = 0; status == 0 && i < PQntuples(rows); i++)
		begin_report(reporter->notify, rows, i);
	if (status < 0 || PQntuples(rows) == AT_ONCE)
		reporter->minute = 0; /* there may be more */
}

static void on_reports_synced(void *ctx, int status, const struct ra_err *err)
{
	struct notify_reporter *reporter = ctx;
	if (status < 0)
		ra_warn(reporter->notify->conf.log, "daily reports not looked at",
			ra_f_text("why", err->msg));
	reporter->is_asking = false;
	notify_end(reporter->notify);
}

void notify_reporter_tick(struct notify_reporter *reporter)
{
	struct notify *n = reporter->notify;
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	int64_t now_ms = ra_wall_ms(), minute = now_ms / 60000;
	if (reporter->is_asking || reporter->minute == minute)
		return;
	ra_pg_i64(&p, now_ms);
	if (!notify_shards(n, &p)) {
		ra_arena_fini(&arena);
		return;
	}
	reporter->is_asking = true;
	reporter->minute = minute;
	notify_begin(n);
	int rc = ra_pg_send(n->pg, NOTIFY_reports, &p, on_reports, reporter);
	if (rc == 0)
		rc = ra_pg_sync(n->pg, on_reports_synced, reporter);
	if (rc < 0) {
		reporter->is_asking = false;
		reporter->minute = 0;
		notify_end(n);
	}
	ra_arena_fini(&arena);
}
