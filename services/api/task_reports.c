/*
 * task_reports: what members report as done and what curators approve of it:
 * the list, and what it adds up to by week, author and curator. Weeks begin on
 * Monday, on the guild's own clock.
 *
 * Approved are tasks of reports that were verified; the rate is their share
 * of what these reported.
 */
#include "services/api/order.h"
#include "services/api/page.h"
#include "services/api/range.h"
#include "services/api/sql.h"

/* clang-format off */
#define SQL_NAME(member, curator)                                                                  \
	"coalesce(nullif(" curator ".name, ''), " member ".nick, " member ".global_name, "         \
	member ".username, '')"
#define SQL_URL(message)                                                                           \
	"'https://discord.com/channels/' || t.guild_id || '/' || t.channel_id || '/' || " message

/* $1 guild, $2 from, $3 to, $4 now, $5 limit, $6 offset, $7 sort, $8 descending, $9 pattern or null,
 * $10 id or 0, $11 state or null, $12 author or 0, $13 curator or 0, $14 channel or 0. One row. */
const char sql_task_reports[] =
	"WITH found AS ("
	" SELECT t.*, " SQL_NAME("a", "n") " AS author, a.avatar AS author_avatar, "
	"  " SQL_NAME("c", "u") " AS curator, c.avatar AS curator_avatar, coalesce(h.name, '') AS channel "
	" FROM response.task_report t "
	" LEFT JOIN analytics.member a ON a.guild_id = t.guild_id AND a.user_id = t.author_id "
	" LEFT JOIN app.curator n ON n.guild_id = t.guild_id AND n.user_id = t.author_id "
	" LEFT JOIN analytics.member c ON c.guild_id = t.guild_id AND c.user_id = t.curator_id "
	" LEFT JOIN app.curator u ON u.guild_id = t.guild_id AND u.user_id = t.curator_id "
	" LEFT JOIN analytics.channel h ON h.guild_id = t.guild_id AND h.channel_id = t.channel_id "
	" WHERE t.guild_id = $1 AND " SQL_IN_SPAN("t.reported_at") " AND $4::bigint IS NOT NULL "
	"  AND ($11::text IS NULL OR t.state = $11) AND ($12::bigint = 0 OR t.author_id = $12) "
	"  AND ($13::bigint = 0 OR t.curator_id = $13) AND ($14::bigint = 0 OR t.channel_id = $14)"
	"), wanted AS (SELECT * FROM found WHERE $9::text IS NULL OR author ILIKE $9 OR curator ILIKE $9 "
	" OR channel ILIKE $9 OR excerpt ILIKE $9 OR $10::bigint IN (report_id, author_id, curator_id, channel_id)"
	"), keyed AS (SELECT *, CASE $7::text WHEN 'tasks' THEN tasks WHEN 'approved' THEN approved "
	"  WHEN 'verified_at' THEN extract(epoch FROM verified_at) "
	"  ELSE extract(epoch FROM reported_at) END::float8 AS key FROM wanted"
	"), page AS (SELECT *, row_number() OVER (ORDER BY key IS NULL, CASE WHEN $8::boolean THEN -key ELSE key END, "
	"  report_id DESC) AS place FROM keyed ORDER BY place LIMIT $5 OFFSET $6) "
	"SELECT (SELECT count(*) FROM wanted), coalesce(json_agg(json_build_object("
	" 'id', report_id::text, 'state', state, 'author', json_build_object('id', author_id::text, 'name', author, "
	"  'avatar', author_avatar), 'curator', CASE WHEN curator_id IS NOT NULL THEN json_build_object("
	"  'id', curator_id::text, 'name', curator, 'avatar', curator_avatar) END, "
	" 'channel', json_build_object('id', channel_id::text, 'name', channel), "
	" 'reported_at', " SQL_ISO("reported_at") ", 'tasks', tasks, 'approved', approved, "
	" 'claimed_at', " SQL_ISO("claimed_at") ", 'verified_at', " SQL_ISO("verified_at") ", "
	" 'url', " SQL_URL("report_id") ", 'verification_url', " SQL_URL("verification_id") ", "
	" 'excerpt', excerpt) ORDER BY place), '[]') FROM page t";

#define SQL_SUMS                                                                                   \
	"'reports', count(*), 'tasks', coalesce(sum(tasks), 0), "                                  \
	"'pending', count(*) FILTER (WHERE state = 'pending'), "                                   \
	"'reviewing', count(*) FILTER (WHERE state = 'reviewing'), "                               \
	"'verified', count(*) FILTER (WHERE state = 'verified'), "                                 \
	"'archived', count(*) FILTER (WHERE state = 'archived'), "                                 \
	"'checked', coalesce(sum(tasks) FILTER (WHERE approved IS NOT NULL), 0), "                 \
	"'approved', coalesce(sum(approved), 0), "                                                 \
	"'rate', sum(approved)::float8 / nullif(sum(tasks) FILTER (WHERE approved IS NOT NULL), 0)"
#define SQL_PEOPLE(column)                                                                         \
	"SELECT coalesce(json_agg(p.row ORDER BY p.n DESC, p.name), '[]') FROM ("                  \
	" SELECT sum(tasks) AS n, max(" SQL_NAME("m", "u") ") AS name, "                           \
	"  json_build_object('id', " column "::text, 'name', max(" SQL_NAME("m", "u") "), "        \
	"   'avatar', max(m.avatar), " SQL_SUMS ") AS row FROM told t "                            \
	" LEFT JOIN analytics.member m ON m.guild_id = $1 AND m.user_id = t." column " "           \
	" LEFT JOIN app.curator u ON u.guild_id = $1 AND u.user_id = t." column " "                \
	" WHERE " column " IS NOT NULL GROUP BY " column ") p"

/* $1 guild, $2 from, $3 to, $4 now, $5 zone. One row: totals, weeks, authors, curators. */
const char sql_task_summary[] =
	"WITH told AS (SELECT *, date_trunc('week', reported_at AT TIME ZONE $5::text)::date AS week "
	" FROM response.task_report WHERE guild_id = $1 AND " SQL_IN_SPAN("reported_at") " AND $4::bigint IS NOT NULL"
	") "
	"SELECT (SELECT json_build_object(" SQL_SUMS ") FROM told), "
	" (SELECT coalesce(json_agg(w.row ORDER BY w.week DESC), '[]') FROM ("
	"  SELECT week, json_build_object('week', to_char(week, 'YYYY-MM-DD'), " SQL_SUMS ") AS row "
	"  FROM told GROUP BY week) w), "
	" (" SQL_PEOPLE("author_id") "), (" SQL_PEOPLE("curator_id") ")";
/* clang-format on */

static const char *const states[] = { "pending", "reviewing", "verified", "archived", NULL };

/* --- the list --- */

struct listing {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct page_of_list page;
	struct order order;
	const char *state; /* NULL: any */
	int64_t author, curator, channel;
};

static void on_list(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct listing *l = ctx;
	struct visit *visit = l->visit;
	size_t i;
	json_t *row;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	json_t *list = json_column(rows, 0, 1);
	json_array_foreach(list, i, row)
	{
		json_dress_person(visit->api, json_object_get(row, "author"));
		json_dress_person(visit->api, json_object_get(row, "curator"));
	}
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o, s:I, s:o}", "range", range_json(&l->range->now),
				     "total", (json_int_t)ra_pg_get_i64(rows, 0, 0), "rows", list));
}

static void on_list_range(struct visit *visit, const struct range *range)
{
	struct listing *l = visit->state;
	struct ra_pg_params p = { .arena = visit->arena };
	l->range = range;
	range_params(visit, &range->now, &p);
	ra_pg_i64(&p, l->page.limit);
	ra_pg_i64(&p, l->page.offset);
	order_params(&l->order, &p);
	if (l->state)
		ra_pg_text(&p, ra_str_of(l->state));
	else
		ra_pg_null(&p);
	ra_pg_i64(&p, l->author);
	ra_pg_i64(&p, l->curator);
	ra_pg_i64(&p, l->channel);
	if (db_ask(visit->api->db, STMT_task_reports, &p, on_list, l) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static int read_state(const struct visit *visit, const char **out, struct ra_err *err)
{
	const char *text = ra_http_query(visit->req, "state");
	for (size_t i = 0; text && states[i]; i++)
		if (strcmp(text, states[i]) == 0)
			*out = states[i];
	if (!text || *out)
		return 0;
	return ra_fail(err, RA_EINVAL, "Use pending, reviewing, verified or archived.",
		       "state is not one we know");
}

void task_reports_list(struct visit *visit)
{
	static const char *const sorts[] = { "reported_at", "verified_at", "tasks", "approved",
					     NULL };
	struct listing *l = ra_arena_new(visit->arena, struct listing);
	struct ra_err err = { 0 };
	l->visit = visit;
	visit->state = l;
	int rc = page_parse(visit, &l->page, &err);
	if (rc == 0)
		rc = order_parse(visit, sorts, "-reported_at", &l->order, &err);
	if (rc == 0)
		rc = read_state(visit, &l->state, &err);
	if (rc == 0)
		rc = query_number(visit, "author", 1, INT64_MAX, &l->author, &err);
	if (rc == 0)
		rc = query_number(visit, "curator", 1, INT64_MAX, &l->curator, &err);
	if (rc == 0)
		rc = query_number(visit, "channel", 1, INT64_MAX, &l->channel, &err);
	if (rc < 0)
		reply_bad_argument(visit->req, &err);
	else
		range_resolve(visit, &(struct range_wish){ .is_alone = true }, on_list_range);
}

/* --- what it adds up to --- */

struct summary {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
};

static json_t *people_of(const struct api *api, const PGresult *rows, int column)
{
	json_t *people = json_column(rows, 0, column), *person;
	size_t i;
	json_array_foreach(people, i, person) json_dress_person(api, person);
	return people;
}

static void on_summary(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct summary *s = ctx;
	struct visit *visit = s->visit;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o, s:o, s:o, s:o, s:o}", "range",
				     range_json(&s->range->now), "totals", json_column(rows, 0, 0),
				     "weeks", json_column(rows, 0, 1), "authors",
				     people_of(visit->api, rows, 2), "curators",
				     people_of(visit->api, rows, 3)));
}

static void on_summary_range(struct visit *visit, const struct range *range)
{
	struct summary *s = ra_arena_new(visit->arena, struct summary);
	struct ra_pg_params p = { .arena = visit->arena };
	*s = (struct summary){ visit, range };
	range_params(visit, &range->now, &p);
	ra_pg_text(&p, ra_str_of(visit->access->guild.timezone));
	if (db_ask(visit->api->db, STMT_task_summary, &p, on_summary, s) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void task_summary_get(struct visit *visit)
{
	range_resolve(visit, &(struct range_wish){ .is_alone = true }, on_summary_range);
}
