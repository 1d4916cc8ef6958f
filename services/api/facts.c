/*
 * facts: the lists of a community beside its talk - bans and timeouts, boosts,
 * invites, scheduled events, commands. Each is one statement that gives one
 * row: how many there are, and a page of them as JSON. Acts are of those the
 * guild's settings let count; joins are of everybody, as everywhere.
 */
#include "libshared/base/utf8.h"
#include "services/api/filter_sql.h"
#include "services/api/page.h"
#include "services/api/range.h"
#include "services/api/reads.h"

#define SEARCH_MAX 100

/* clang-format off */
/* Statements take $1 guild, $2 from, $3 to, $4 now, $5 limit, $6 offset, $7 sort, $8 search ('': none). */
#define SQL_FOUND(text) "($8::text = '' OR strpos(lower(" text "), lower($8)) > 0)"
#define SQL_NAME(m) "coalesce(" m ".nick, '') || ' ' || coalesce(" m ".global_name, '') || ' ' || coalesce(" m ".username, '')"
#define SQL_SORT(key, what)                                                                        \
	"CASE WHEN $7 = '" key "' THEN " what " END, CASE WHEN $7 = '-" key "' THEN " what " END DESC NULLS LAST"
/* The page of all_rows in that order, numbered, as p. */
#define SQL_PAGE(order)                                                                            \
	"(SELECT a.*, row_number() OVER (ORDER BY " order ") AS n FROM all_rows a "                \
	"ORDER BY n LIMIT $5 OFFSET $6) p"
/* Of the rows `all_rows` and the page `shown` (row, n). */
#define SQL_LIST                                                                                   \
	"SELECT (SELECT count(*) FROM all_rows), "                                                 \
	" (SELECT coalesce(json_agg(row ORDER BY n), '[]') FROM shown), NULL"

const char sql_facts_moderation[] =
	"WITH all_rows AS (SELECT x.*, " SQL_PERSON("x.user_id", "m") " AS member "
	" FROM analytics.moderation x LEFT JOIN analytics.member m USING (guild_id, user_id) "
	" WHERE x.guild_id = $1 AND " SQL_IN_SPAN("x.at") " AND $4::bigint IS NOT NULL "
	"  AND " SQL_COUNTS_WHO("x.user_id") " AND " SQL_FOUND(SQL_NAME("m"))
	"), shown AS (SELECT p.n, json_build_object('at', " SQL_ISO("at") ", 'kind', kind, "
	"  'until_at', " SQL_ISO("until_at") ", 'member', member) AS row "
	" FROM " SQL_PAGE(SQL_SORT("at", "at") ", user_id") ") "
	SQL_LIST;

const char sql_facts_boosts[] =
	"WITH all_rows AS (SELECT x.*, " SQL_PERSON("x.user_id", "m") " AS member, m.boosting_since "
	" FROM analytics.boost_flow x LEFT JOIN analytics.member m USING (guild_id, user_id) "
	" WHERE x.guild_id = $1 AND " SQL_IN_SPAN("x.at") " AND $4::bigint IS NOT NULL "
	"  AND " SQL_COUNTS_WHO("x.user_id") " AND " SQL_FOUND(SQL_NAME("m"))
	"), shown AS (SELECT p.n, json_build_object('at', " SQL_ISO("at") ", 'kind', kind, "
	"  'boosting_since', " SQL_ISO("boosting_since") ", 'member', member) AS row "
	" FROM " SQL_PAGE(SQL_SORT("at", "at") ", user_id") ") "
	SQL_LIST;

const char sql_facts_commands[] =
	"WITH all_rows AS (SELECT bot_id, name, sum(uses) AS uses, count(DISTINCT nullif(user_id, 0)) AS members "
	" FROM analytics.command_hourly WHERE guild_id = $1 AND " SQL_IN_SPAN("hour") " AND $4::bigint IS NOT NULL "
	"  AND " SQL_COUNTS_WHO("command_hourly.user_id") " AND " SQL_FOUND("name") " GROUP BY 1, 2"
	"), shown AS (SELECT p.n, json_build_object('bot', " SQL_PERSON("bot_id", "m") ", "
	"  'is_ours', bot_id IN (SELECT bot_id FROM analytics.shard), "
	"  'name', name, 'uses', uses, 'members', members) AS row "
	" FROM " SQL_PAGE(SQL_SORT("uses", "uses") ", " SQL_SORT("name", "name") ", " SQL_SORT("members", "members") ", name, bot_id")
	" LEFT JOIN (SELECT * FROM analytics.member WHERE guild_id = $1) m ON m.user_id = p.bot_id) "
	SQL_LIST;

/* Beside them: did the guild opt in, and is the bot told at all? */
const char sql_facts_games[] =
	"WITH all_rows AS (SELECT game AS name, count(DISTINCT user_id) AS players, count(*) AS hours "
	" FROM analytics.game_hourly WHERE guild_id = $1 AND " SQL_IN_SPAN("hour") " AND $4::bigint IS NOT NULL "
	"  AND " SQL_COUNTS_WHO("game_hourly.user_id") " AND " SQL_FOUND("game") " GROUP BY 1"
	"), shown AS (SELECT p.n, json_build_object('name', name, 'players', players, 'hours', hours) AS row "
	" FROM " SQL_PAGE(SQL_SORT("players", "players") ", " SQL_SORT("hours", "hours") ", " SQL_SORT("name", "name") ", hours DESC, name") ") "
	"SELECT (SELECT count(*) FROM all_rows), (SELECT coalesce(json_agg(row ORDER BY n), '[]') FROM shown), "
	" json_build_object('is_wanted', coalesce((SELECT wants_presence FROM app.guild_settings WHERE guild_id = $1), false), "
	"  'is_told', EXISTS (SELECT FROM analytics.event_hourly WHERE guild_id = $1 AND type = 'presence_changed' "
	"   AND " SQL_IN_SPAN("hour") "))";

/* Events that touch the range, and while it runs those to come; one without an end lasts until it is over. */
const char sql_facts_events[] =
	"WITH all_rows AS (SELECT * FROM analytics.scheduled_event "
	" WHERE guild_id = $1 AND (starts_at < public.ms_to_ts($3) OR $3 >= $4) "
	"  AND (coalesce(ends_at, starts_at) >= public.ms_to_ts($2) OR status = 2) "
	"  AND " SQL_COUNTS_WHERE("scheduled_event.channel_id") " AND " SQL_FOUND("name")
	"), shown AS (SELECT p.n, json_build_object('id', event_id::text, 'name', p.name, "
	"  'status', (ARRAY['scheduled', 'active', 'completed', 'canceled'])[least(p.status, 4)], "
	"  'is_deleted', p.deleted_at IS NOT NULL, "
	"  'starts_at', " SQL_ISO("starts_at") ", 'ends_at', " SQL_ISO("ends_at") ", 'interested', interested, "
	"  'channel', " SQL_CHANNEL("p.channel_id", "c") ", 'creator', " SQL_PERSON("p.user_id", "m") ") AS row "
	" FROM " SQL_PAGE(SQL_SORT("starts_at", "starts_at") ", " SQL_SORT("interested", "interested") ", event_id")
	" LEFT JOIN analytics.channel c ON c.guild_id = $1 AND c.channel_id = p.channel_id "
	" LEFT JOIN analytics.member m ON m.guild_id = $1 AND m.user_id = p.user_id) "
	SQL_LIST;

/* Invites by which somebody came in the range, or that could be used in it; beside them, how many came and by
 * how many of them nobody knows. */
const char sql_facts_invites[] =
	"WITH came AS MATERIALIZED (SELECT f.user_id, f.invite_code, f.invite_source, m.left_at IS NULL AS is_here "
	" FROM analytics.member_flow f LEFT JOIN analytics.member m USING (guild_id, user_id) "
	" WHERE f.guild_id = $1 AND f.kind = 'join' AND NOT f.is_bot AND " SQL_IN_SPAN("f.at") " AND $4::bigint IS NOT NULL"
	"), by_code AS (SELECT invite_code AS code, count(*) AS joins, count(DISTINCT user_id) FILTER (WHERE is_here) AS stayed "
	" FROM came WHERE invite_code IS NOT NULL GROUP BY 1"
	"), all_rows AS (SELECT i.*, coalesce(b.joins, 0) AS joins, coalesce(b.stayed, 0) AS stayed, "
	"  i.deleted_at IS NULL AND (i.expires_at IS NULL OR i.expires_at > public.ms_to_ts($4)) AS is_valid, "
	"  " SQL_PERSON("i.inviter_id", "m") " AS inviter, " SQL_CHANNEL("i.channel_id", "c") " AS channel "
	" FROM analytics.invite i LEFT JOIN by_code b USING (code) "
	" LEFT JOIN analytics.member m ON m.guild_id = $1 AND m.user_id = i.inviter_id "
	" LEFT JOIN analytics.channel c ON c.guild_id = $1 AND c.channel_id = i.channel_id "
	" WHERE i.guild_id = $1 AND (b.joins > 0 OR coalesce(least(i.deleted_at, i.expires_at), 'infinity') >= public.ms_to_ts($2)) "
	"  AND coalesce(i.created_at, '-infinity') < public.ms_to_ts($3) "
	"  AND " SQL_FOUND("i.code || ' ' || " SQL_NAME("m"))
	"), shown AS (SELECT p.n, json_build_object('code', code, 'inviter', inviter, 'channel', channel, "
	"  'created_at', " SQL_ISO("created_at") ", 'expires_at', " SQL_ISO("expires_at") ", 'max_uses', max_uses, 'uses', uses, "
	"  'joins', joins, 'stayed', stayed, 'is_valid', is_valid, 'is_vanity', is_vanity) AS row "
	" FROM " SQL_PAGE(SQL_SORT("joins", "joins") ", " SQL_SORT("uses", "uses") ", " SQL_SORT("created_at", "created_at") ", uses DESC, code") ") "
	"SELECT (SELECT count(*) FROM all_rows), (SELECT coalesce(json_agg(row ORDER BY n), '[]') FROM shown), "
	" (SELECT json_build_object('joins', count(*), 'unknown', count(*) FILTER (WHERE invite_code IS NULL), "
	"   'pending', count(*) FILTER (WHERE invite_source IS NULL), "
	"   'can_see_invites', coalesce((SELECT w.looked_at IS NOT NULL AND w.skipped IS NULL FROM analytics.invite_watch w "
	"     WHERE w.guild_id = $1), false)) FROM came)";
/* clang-format on */

static const struct list {
	const char *name;
	enum statement stmt;
	const char *sorts[7]; /* the first is the default; NULL after the last */
} lists[] = {
	{ "moderation", STMT_facts_moderation, { "-at", "at" } },
	{ "boosts", STMT_facts_boosts, { "-at", "at" } },
	{ "commands",
	  STMT_facts_commands,
	  { "-uses", "uses", "name", "-name", "-members", "members" } },
	{ "events", STMT_facts_events, { "-starts_at", "starts_at", "-interested", "interested" } },
	{ "games",
	  STMT_facts_games,
	  { "-players", "players", "-hours", "hours", "name", "-name" } },
	{ "invites",
	  STMT_facts_invites,
	  { "-joins", "joins", "-uses", "uses", "-created_at", "created_at" } },
};

struct listing {
	struct visit *visit;       /* borrowed */
	const struct list *list;   /* static */
	const struct range *range; /* borrowed */
	struct page_of_list page;
	const char *sort, *search; /* borrowed */
};

static json_t *rows_json(const struct listing *l, const PGresult *rows)
{
	static const char *const people[] = { "member", "inviter", "creator", "bot" };
	json_t *list = json_column(rows, 0, 1), *row;
	size_t at;
	json_array_foreach(list, at, row) for (size_t i = 0; i < RA_COUNT(people); i++)
		json_dress_person(l->visit->api, json_object_get(row, people[i]));
	return list;
}

static void on_rows(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct listing *l = ctx;
	(void)err;
	if (status < 0 || PQntuples(rows) != 1) {
		reply_failure(l->visit->api, l->visit->req, status < 0 ? status : RA_EDB);
		return;
	}
	json_t *answer =
		json_pack("{s:o, s:I, s:o}", "range", range_json(&l->range->now), "total",
			  (json_int_t)ra_pg_get_i64(rows, 0, 0), "rows", rows_json(l, rows));
	json_t *more = json_column(rows, 0, 2); /* NULL: there is nothing beside them */
	json_object_update(answer, more);
	json_decref(more);
	ra_http_reply_json(l->visit->req, 200, answer);
}

static int read_sort(struct listing *l, struct ra_err *err)
{
	const char *asked = ra_http_query(l->visit->req, "sort");
	l->sort = l->list->sorts[0];
	if (!asked)
		return 0;
	for (size_t i = 0; i < RA_COUNT(l->list->sorts) && l->list->sorts[i]; i++)
		if (strcmp(asked, l->list->sorts[i]) == 0) {
			l->sort = asked;
			return 0;
		}
	return ra_fail(err, RA_EINVAL, "Use one of those in the contract, with - for most first.",
		       "sort is not one we know");
}

static int read_search(struct listing *l, struct ra_err *err)
{
	struct ra_buf clean = { 0 };
	ra_utf8_add_clean(&clean, ra_str_of(ra_http_query(l->visit->req, "q")));
	l->search = ra_arena_strdup(l->visit->arena, ra_buf_str(&clean));
	ra_buf_fini(&clean);
	if (strlen(l->search) <= SEARCH_MAX)
		return 0;
	return ra_fail(err, RA_EINVAL, "Search for less than 100 characters.", "q is too long");
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct listing *l = ra_arena_new(visit->arena, struct listing);
	struct ra_pg_params p = { .arena = visit->arena };
	struct ra_err err = { 0 };
	const char *path = strrchr(visit->endpoint->path, '/') + 1;
	l->visit = visit;
	l->range = range;
	for (size_t i = 0; i < RA_COUNT(lists); i++)
		if (strcmp(path, lists[i].name) == 0)
			l->list = &lists[i];
	if (page_parse(visit, &l->page, &err) < 0 || read_sort(l, &err) < 0 ||
	    read_search(l, &err) < 0) {
		reply_bad_argument(visit->req, &err);
		return;
	}
	range_params(visit, &range->now, &p);
	ra_pg_i64(&p, l->page.limit);
	ra_pg_i64(&p, l->page.offset);
	ra_pg_text(&p, ra_str_of(l->sort));
	ra_pg_text(&p, ra_str_of(l->search));
	if (reads_ask(visit, l->list->stmt, &p, on_rows, l) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void facts_list(struct visit *visit)
{
	range_resolve(visit, &(struct range_wish){ .is_alone = true }, on_range);
}
