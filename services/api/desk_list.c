/*
 * desk_list: Inbox, the requests that wait for an answer in all guilds whose
 * desk somebody may see.
 *
 * Beside what waits stands what the reader has claimed and not resolved: a
 * claim may count as the answer, but whoever made it is not done. What has
 * waited for more than a week is counted apart: nobody will answer it soon.
 */
#include "services/api/desk_row.h"
#include "services/api/filter.h"
#include "services/api/order.h"
#include "services/api/page.h"

/* clang-format off */
#define SQL_MINE                                                                                   \
	"mine AS MATERIALIZED ("                                                                   \
	" SELECT m.guild_id, (m.is_owner OR m.permissions & 40 <> 0) AS can_manage, g.name, g.icon, "    \
	"  coalesce(d.is_enabled, false) AS is_enabled "                                           \
	" FROM app.account_guild m JOIN analytics.guild g ON g.guild_id = m.guild_id AND g.removed_at IS NULL " \
	" LEFT JOIN app.desk_settings d ON d.guild_id = m.guild_id "                               \
	" WHERE m.user_id = $1 AND " SQL_IS_DESK_OPEN_TO                                           \
	"), waiting AS MATERIALIZED ("                                                             \
	" SELECT r.*, coalesce(r.snoozed_until > public.ms_to_ts($2), false) AS is_snoozed, "      \
	"  r.state <> 'open' AS is_only_mine, "                                                    \
	"  r.clock_at < public.ms_to_ts($2) - interval '7 days' AS is_old FROM mine JOIN response.request r USING (guild_id) "  \
	" WHERE r.state = 'open' OR (r.state = 'answered' AND r.claimed_by = $1 "                  \
	"  AND r.claimed_at > public.ms_to_ts($2) - interval '1 day')"                             \
	") "

/* $1 reader, $2 now, $3 guilds, $4 channels, categories or threads, $5 priorities (empty: all), $6 kinds
 * (null: all), $7 claimed by me, nobody or others ('': all), $8 overdue or at_risk ('': all), $9 snoozed
 * with, without or only, $10 sort, $11 descending, $12 limit, $13 offset. */
const char sql_inbox[] =
	"WITH " SQL_MINE ", aimed AS MATERIALIZED ("
	" SELECT r.guild_id, r.request_id, r.clock_at, r.priority, aim.due_at, " SQL_DESK_ROW " AS row "
	" FROM waiting r " SQL_DESK_JOINS
	" WHERE (cardinality($3::bigint[]) = 0 OR r.guild_id = ANY ($3)) "
	"  AND (cardinality($4::bigint[]) = 0 OR r.channel_id = ANY ($4) OR r.parent_id = ANY ($4) "
	"   OR coalesce(p.parent_id, c.parent_id) = ANY ($4)) "
	"  AND (cardinality($5::bigint[]) = 0 OR r.priority = ANY ($5)) "
	"  AND ($6::text[] IS NULL OR r.kind = ANY ($6)) "
	"  AND CASE $7::text WHEN '' THEN true WHEN 'me' THEN coalesce(r.claimed_by = $1, false) "
	"   WHEN 'nobody' THEN r.claimed_by IS NULL ELSE coalesce(r.claimed_by <> $1, false) END "
	"  AND CASE $8::text WHEN '' THEN true WHEN 'overdue' THEN coalesce(aim.due_at <= public.ms_to_ts($2), false) "
	"   ELSE coalesce(aim.risk_at <= public.ms_to_ts($2) AND aim.due_at > public.ms_to_ts($2), false) END "
	"  AND ($9::text = 'with' OR r.is_snoozed = ($9 = 'only'))"
	"), page AS (SELECT a.*, row_number() OVER (ORDER BY "
	"  CASE WHEN $10::text = 'age' AND NOT $11::boolean THEN clock_at END, "
	"  CASE WHEN $10 = 'age' AND $11 THEN clock_at END DESC, "
	"  CASE WHEN $10 = 'target' AND NOT $11 THEN due_at END, "
	"  CASE WHEN $10 = 'target' AND $11 THEN due_at END DESC NULLS LAST, "
	"  CASE WHEN $10 = 'priority' AND NOT $11 THEN priority END, "
	"  CASE WHEN $10 = 'priority' AND $11 THEN priority END DESC, clock_at, request_id) AS n "
	" FROM aimed a ORDER BY n LIMIT $12 OFFSET $13) "
	"SELECT (SELECT count(*) FROM aimed), (SELECT coalesce(json_agg(row ORDER BY n), '[]') FROM page), "
	" (SELECT coalesce(json_agg(json_build_object('id', guild_id::text, 'name', name, 'icon', icon, "
	"   'is_enabled', is_enabled, 'can_manage', can_manage) ORDER BY name, guild_id), '[]') FROM mine)";

/* $1 reader, $2 now */
const char sql_inbox_count[] =
	"WITH " SQL_MINE ", counted AS ("
	" SELECT aim.*, NOT r.is_only_mine AND NOT r.is_snoozed AND NOT r.is_old AS is_open, "
	"  NOT r.is_only_mine AND r.is_snoozed AS is_later, "
	"  NOT r.is_only_mine AND NOT r.is_snoozed AND r.is_old AS is_old, "
	"  coalesce(r.claimed_by = $1, false) AS is_mine "
	" FROM waiting r " SQL_DESK_JOINS ") "
	"SELECT count(*) FILTER (WHERE is_open), "
	" count(*) FILTER (WHERE is_open AND due_at <= public.ms_to_ts($2)), "
	" count(*) FILTER (WHERE is_open AND risk_at <= public.ms_to_ts($2) AND due_at > public.ms_to_ts($2)), "
	" count(*) FILTER (WHERE is_old), count(*) FILTER (WHERE is_later), count(*) FILTER (WHERE is_mine) "
	"FROM counted";
/* clang-format on */

#define KINDS_MAX 64

/* --- Inbox --- */

static void on_inbox(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	json_t *requests = json_column(rows, 0, 1), *guilds = json_column(rows, 0, 2), *one;
	size_t i;
	json_array_foreach(requests, i, one) desk_row_dress(visit->api, one);
	json_array_foreach(guilds, i, one) json_dress_guild(visit->api, one);
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o, s:I, s:o, s:o}", "now", json_instant(visit->now_ms),
				     "total", (json_int_t)ra_pg_get_i64(rows, 0, 0), "rows",
				     requests, "guilds", guilds));
}

/* One of the words; none: the first. */
static int read_word(const struct visit *visit, const char *name, const char *const *words,
		     const char **out, struct ra_err *err)
{
	const char *text = ra_http_query(visit->req, name);
	*out = words[0];
	if (!text)
		return 0;
	for (; *words; words++) {
		*out = *words;
		if (strcmp(text, *words) == 0)
			return 0;
	}
	return ra_fail(err, RA_EINVAL, "Use one of those in the contract.", "%s is not one we know",
		       name);
}

/* "mention,forum" as an array of PostgreSQL's; letters and commas hold no surprises. */
static int read_kinds(const struct visit *visit, const char **out, struct ra_err *err)
{
	const char *text = ra_http_query(visit->req, "kind");
	*out = NULL;
	if (!text || !*text)
		return 0;
	if (strlen(text) > KINDS_MAX || text[strspn(text, "abcdefghijklmnopqrstuvwxyz,")])
		return ra_fail(err, RA_EINVAL, "Use mention, keyword, forum, command or menu.",
			       "kind is not one we know");
	*out = ra_arena_format(visit->arena, "{%s}", text);
	return 0;
}

struct wish {
	struct filter_ids guilds, channels, priorities;
	const char *kinds, *claimed, *risk, *snoozed;
	struct order order;
	struct page_of_list page;
};

static int read_wish(struct visit *visit, struct wish *wish, struct ra_err *err)
{
	static const char *const sorts[] = { "age", "target", "priority", NULL };
	static const char *const claims[] = { "", "me", "nobody", "others", NULL };
	static const char *const risks[] = { "", "overdue", "at_risk", NULL };
	static const char *const snoozes[] = { "without", "with", "only", NULL };
	int64_t most = INBOX_ROWS_MAX;
	int rc = filter_read_ids(visit, "guilds", &wish->guilds, err);
	if (rc == 0)
		rc = filter_read_ids(visit, "channel", &wish->channels, err);
	if (rc == 0)
		rc = filter_read_ids(visit, "priority", &wish->priorities, err);
	if (rc == 0)
		rc = read_kinds(visit, &wish->kinds, err);
	if (rc == 0)
		rc = read_word(visit, "claimed", claims, &wish->claimed, err);
	if (rc == 0)
		rc = read_word(visit, "risk", risks, &wish->risk, err);
	if (rc == 0)
		rc = read_word(visit, "snoozed", snoozes, &wish->snoozed, err);
	if (rc == 0)
		rc = order_parse(visit, sorts, "age", &wish->order, err);
	wish->page.limit = PAGE_ROWS_MAX;
	if (rc == 0)
		rc = query_number(visit, "limit", 1, most, &wish->page.limit, err);
	return rc < 0 ? rc
		      : query_number(visit, "offset", 0, PAGE_OFFSET_MAX, &wish->page.offset, err);
}

static void ids_param(const struct filter_ids *ids, struct ra_pg_params *p)
{
	ra_pg_i64_array(p, ids->ids, ids->count, sizeof(*ids->ids));
}

void inbox_get(struct visit *visit)
{
	struct wish wish = { .kinds = NULL };
	struct ra_err err = { 0 };
	struct ra_pg_params p = { .arena = visit->arena };
	if (read_wish(visit, &wish, &err) < 0) {
		reply_bad_argument(visit->req, &err);
		return;
	}
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	ids_param(&wish.guilds, &p);
	ids_param(&wish.channels, &p);
	ids_param(&wish.priorities, &p);
	if (wish.kinds)
		ra_pg_text(&p, ra_str_of(wish.kinds));
	else
		ra_pg_null(&p);
	ra_pg_text(&p, ra_str_of(wish.claimed));
	ra_pg_text(&p, ra_str_of(wish.risk));
	ra_pg_text(&p, ra_str_of(wish.snoozed));
	ra_pg_text(&p, ra_str_of(wish.order.sort));
	ra_pg_bool(&p, wish.order.is_descending);
	ra_pg_i64(&p, wish.page.limit);
	ra_pg_i64(&p, wish.page.offset);
	if (db_ask(visit->api->db, STMT_inbox, &p, on_inbox, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static void on_count(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	static const char *const names[] = {
		"open", "overdue", "at_risk", "old", "snoozed", "mine"
	};
	struct visit *visit = ctx;
	json_t *counts = json_object();
	(void)err;
	for (int i = 0; status == 0 && i < (int)RA_COUNT(names); i++)
		json_object_set_new(counts, names[i], json_integer(ra_pg_get_i64(rows, 0, i)));
	if (status == 0) {
		ra_http_reply_json(visit->req, 200, counts);
		return;
	}
	json_decref(counts);
	reply_failure(visit->api, visit->req, status);
}

void inbox_count(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	if (db_ask(visit->api->db, STMT_inbox_count, &p, on_count, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
