/*
 * members: the table of members, those who left too; and what is known of one
 * of them.
 */
#include "services/api/filter_sql.h"
#include "services/api/list.h"
#include "services/api/members_best.h"

/* clang-format off */
/*
 * Activity blocks are kept by the member's day; where the question is about
 * some places only, or about a part of a day, they are counted from the hours:
 * a block in two channels is one block.
 */
#define SQL_BLOCKS                                                                                 \
	"block AS ("                                                                               \
	" SELECT user_id, analytics.total(blocks) AS blocks FROM ("                                            \
	"  SELECT a.user_id, a.blocks::bigint FROM analytics.member_daily a "                      \
	"  WHERE " SQL_ACT_IN_DAYS " AND (SELECT is_everywhere FROM setting) "                     \
	"   AND ((SELECT is_named FROM setting) OR a.day < (SELECT first_month FROM setting) "     \
	"    OR a.day >= (SELECT end_month FROM setting)) "                                        \
	"  UNION ALL "                                                                             \
	"  SELECT a.user_id, a.blocks::bigint FROM analytics.member_monthly a WHERE " SQL_IN_MONTHS " " \
	"  UNION ALL "                                                                             \
	"  SELECT user_id, bit_count(bit_or(blocks::int::bit(6))) FROM analytics.message_hourly "  \
	"  WHERE guild_id = $1 AND blocks <> 0 AND hour < public.ms_to_ts($3) "                    \
	"   AND hour >= (SELECT CASE WHEN is_everywhere THEN hours_from ELSE public.ms_to_ts($2) END " \
	"    FROM setting) AND " SQL_IS_WANTED_PLACE                                               \
	"  GROUP BY user_id, hour) b "                                                             \
	" WHERE " SQL_IS_WANTED_WHO " GROUP BY 1"                                                  \
	")"

/* $19: members who left: 'with' those that did something, 'without', or 'only'. */
const char sql_members[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT_BESIDE_MONTHS ", " SQL_BLOCKS ", spent AS ("
	" SELECT user_id, day, max(author_kind) AS kind, " SQL_ACT_SUMS " FROM act GROUP BY 1, 2"
	"), sums AS ("
	" SELECT user_id, max(kind) AS kind, analytics.total(active_days) AS active_days, " SQL_ACT_SUMS " FROM ("
	"  SELECT user_id, kind, " SQL_IS_ACTIVE "::int AS active_days, " SQL_ACT_NAMES " FROM spent "
	"  UNION ALL "
	"  SELECT user_id, is_bot::int, active_days, " SQL_ACT_NAMES " FROM analytics.member_monthly a "
	"  WHERE " SQL_IN_MONTHS " AND is_bot::int = ANY ($9) AND " SQL_IS_WANTED_WHO
	" ) s GROUP BY 1"
	"), listed AS ("
	" SELECT user_id AS key, coalesce(m.nick, m.global_name, m.username, '') AS name, "
	"  coalesce(m.username, '') AS username, m.avatar, "
	"  coalesce(m.is_bot, s.kind > 0) AS is_bot, public.ts_to_ms(m.joined_at) AS joined_at, "
	"  public.ts_to_ms(m.left_at) AS left_at, coalesce(m.roles, '{}') AS roles, "
	"  coalesce(b.blocks, 0) AS blocks, coalesce(s.active_days, 0) AS active_days, "
	"  coalesce(messages, 0) AS messages, coalesce(replies, 0) AS replies, "
	"  coalesce(attachments, 0) AS attachments, coalesce(characters, 0) AS characters, "
	"  coalesce(edits, 0) AS edits, coalesce(reactions_given, 0) AS reactions_given, "
	"  coalesce(reactions_received, 0) AS reactions_received, coalesce(raw_ms, 0) AS raw_ms, "
	"  coalesce(present_ms, 0) AS present_ms, coalesce(engaged_ms, 0) AS engaged_ms, "
	"  coalesce(talking_ms, 0) AS talking_ms "
	" FROM (SELECT * FROM analytics.member WHERE guild_id = $1) m FULL JOIN sums s USING (user_id) "
	"  LEFT JOIN block b USING (user_id) "
	" WHERE (s.user_id IS NOT NULL OR (m.left_at IS NULL OR $19::text = 'only') "
	"   AND CASE WHEN m.is_bot THEN 1 = ANY ($9) ELSE 0 = ANY ($9) END) "
	"  AND ($15::text IS NULL OR m.nick ILIKE $15 OR m.global_name ILIKE $15 "
	"   OR m.username ILIKE $15 OR user_id = $16) "
	"  AND CASE $19 WHEN 'without' THEN m.left_at IS NULL WHEN 'only' THEN m.left_at IS NOT NULL "
	"   ELSE true END AND " SQL_IS_WANTED_WHO
	"), page AS ("
	" SELECT *, row_number() OVER () AS n FROM (SELECT * FROM (SELECT *, CASE $13::text "
	SQL_LIST_SORTS " WHEN 'blocks' THEN blocks WHEN 'active_days' THEN active_days "
	"   WHEN 'joined' THEN joined_at END AS rank FROM listed) r "
	" ORDER BY CASE WHEN $14::boolean THEN -rank ELSE rank END NULLS LAST, "
	"  CASE WHEN $13 = 'name' AND NOT $14 THEN lower(name) END, "
	"  CASE WHEN $13 = 'name' AND $14 THEN lower(name) END DESC, messages DESC, key "
	" LIMIT $17 OFFSET $18) o"
	"), whole AS (SELECT " SQL_LIST_TOTALS " FROM listed) "
	"SELECT p.key, w.*, " SQL_LIST_FIGURES "p.name, p.username, p.avatar, p.is_bot, p.joined_at, "
	" p.left_at, array_to_json(p.roles::text[]), p.blocks, p.active_days "
	"FROM whole w LEFT JOIN page p ON true ORDER BY n";

/* $1 guild, $2 pattern, $3 an id, $4 limit. */
const char sql_members_found[] =
	"SELECT user_id FROM analytics.member WHERE guild_id = $1 "
	" AND (nick ILIKE $2 OR global_name ILIKE $2 OR username ILIKE $2) "
	"UNION SELECT $3::bigint WHERE $3 > 0 LIMIT $4";

const char sql_members_beside[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT_OF_PEOPLE ", " SQL_BUCKETS("$14") " "
	"SELECT array_position($13::bigint[], user_id), bucket, CASE $15::text " SQL_LIST_SORTS
	" ELSE messages END, " SQL_ACT_NAMES " "
	"FROM (SELECT user_id, " SQL_BUCKET_OF("at") " AS bucket, " SQL_ACT_SUMS " FROM act GROUP BY 1, 2) s "
	"WHERE user_id = ANY ($13) AND $16::text IS NOT NULL";

/* $1 guild, $2 member. Somebody the directory never saw is known by what they did. */
const char sql_member[] =
	"SELECT one.user_id, coalesce(m.nick, m.global_name, m.username, ''), coalesce(m.username, ''), "
	" m.avatar, coalesce(m.is_bot, false), public.ts_to_ms(m.joined_at), public.ts_to_ms(m.left_at), "
	" public.ts_to_ms(m.boosting_since), public.ts_to_ms(m.timeout_until), "
	" (SELECT coalesce(json_agg(json_build_object('id', r.role_id::text, 'name', r.name, "
	"   'color', r.color) ORDER BY r.position DESC, r.role_id), '[]') FROM analytics.role r "
	"  WHERE r.guild_id = $1 AND r.role_id = ANY (m.roles) AND r.deleted_at IS NULL), "
	" (SELECT coalesce(json_agg(json_build_object('at', " SQL_ISO("f.at") ", 'kind', f.kind, "
	"   'is_rejoin', f.is_rejoin, 'tenure_ms', f.tenure_ms) ORDER BY f.at DESC, f.seq DESC), '[]') "
	"  FROM (SELECT * FROM analytics.member_flow WHERE guild_id = $1 AND user_id = $2 "
	"   ORDER BY at DESC LIMIT 100) f), "
	" to_char((SELECT min(month) FROM analytics.member_monthly d WHERE d.guild_id = $1 "
	"  AND d.user_id = $2), 'YYYY-MM-DD'), "
	" to_char((SELECT max(day) FROM analytics.member_daily d WHERE d.guild_id = $1 "
	"  AND d.user_id = $2), 'YYYY-MM-DD') "
	"FROM (SELECT $2::bigint AS user_id) one "
	"LEFT JOIN analytics.member m ON m.guild_id = $1 AND m.user_id = $2 "
	"WHERE m.user_id IS NOT NULL OR EXISTS (SELECT FROM analytics.member_monthly d "
	" WHERE d.guild_id = $1 AND d.user_id = $2)";
/* clang-format on */

static const char *const sorts[] = { LIST_SORTS, "blocks", "active_days", "joined", "name", NULL };

static json_t *array_json(const PGresult *rows, int row, int column)
{
	json_t *json = json_column(rows, row, column);
	return json ? json : json_array();
}

static json_t *member_row(const struct list *list, const PGresult *rows, int row, int column)
{
	uint64_t id = ra_pg_get_u64(rows, row, 0);
	return json_pack("{s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:I, s:I}", "id", json_id(id),
			 "name", json_str(ra_pg_get_str(rows, row, column)), "username",
			 json_str(ra_pg_get_str(rows, row, column + 1)), "avatar_url",
			 json_avatar(list->visit->api, id, ra_pg_get_str(rows, row, column + 2)),
			 "is_bot", ra_pg_get_bool(rows, row, column + 3), "joined_at",
			 json_instant(ra_pg_get_i64(rows, row, column + 4)), "left_at",
			 json_instant(ra_pg_get_i64(rows, row, column + 5)), "roles",
			 array_json(rows, row, column + 6), "blocks",
			 (json_int_t)ra_pg_get_i64(rows, row, column + 7), "active_days",
			 (json_int_t)ra_pg_get_i64(rows, row, column + 8));
}

/* Whoever has a row has passed the filter. */
static void narrow(const struct list *list, struct filter *filter)
{
	filter->roles = (struct filter_ids){ 0 };
	filter->members = list->ids;
}

static const struct list_kind members_kind = {
	.sorts = sorts,
	.usual_sort = "-messages",
	.page = STMT_members,
	.found = STMT_members_found,
	.has_short = members_best_know,
	.best = STMT_members_best,
	.whole = STMT_members_whole,
	.best_params = members_best_params,
	.whole_params = members_whole_params,
	.beside = STMT_members_beside,
	.narrow = narrow,
	.row = member_row,
};

void members_list(struct visit *visit)
{
	struct ra_str left = ra_str_of(ra_http_query(visit->req, "left"));
	struct ra_err err = { 0 };
	if (left.len == 0 || ra_str_is(left, "with")) {
		list_get(visit, &members_kind, "with");
	} else if (ra_str_is(left, "without") || ra_str_is(left, "only")) {
		list_get(visit, &members_kind, left.ptr);
	} else {
		ra_fail(&err, RA_EINVAL, "Use with, without or only.", "left is not one we know");
		reply_bad_argument(visit->req, &err);
	}
}

/* --- one --- */

static json_t *word_json(const PGresult *rows, int column)
{
	return ra_pg_is_null(rows, 0, column) ? json_null()
					      : json_str(ra_pg_get_str(rows, 0, column));
}

static void on_member(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	if (PQntuples(rows) == 0) {
		ra_http_problem(visit->req, 404, "member", "No such member",
				"Nobody with that id was ever seen in this server.");
		return;
	}
	uint64_t id = ra_pg_get_u64(rows, 0, 0);
	ra_http_reply_json(
		visit->req, 200,
		json_pack("{s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
			  json_id(id), "name", json_str(ra_pg_get_str(rows, 0, 1)), "username",
			  json_str(ra_pg_get_str(rows, 0, 2)), "avatar_url",
			  json_avatar(visit->api, id, ra_pg_get_str(rows, 0, 3)), "is_bot",
			  ra_pg_get_bool(rows, 0, 4), "joined_at",
			  json_instant(ra_pg_get_i64(rows, 0, 5)), "left_at",
			  json_instant(ra_pg_get_i64(rows, 0, 6)), "boosting_since",
			  json_instant(ra_pg_get_i64(rows, 0, 7)), "timeout_until",
			  json_instant(ra_pg_get_i64(rows, 0, 8)), "roles", array_json(rows, 0, 9),
			  "flow", array_json(rows, 0, 10), "first_month", word_json(rows, 11),
			  "last_day", word_json(rows, 12)));
}

void member_get(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	uint64_t id;
	if (ra_str_to_u64(ra_http_param(visit->req, "user_id"), &id) < 0 || id > INT64_MAX)
		id = 0;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)id);
	if (db_ask(visit->api->db, STMT_member, &p, on_member, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
