/*
 * channels: the table of channels, or of threads, or of categories; and what is
 * known of one of them.
 */
#include "services/api/filter_sql.h"
#include "services/api/list.h"
#include "services/api/tops_days.h"

/* clang-format off */
#define SQL_KEY(group)                                                                             \
	"CASE " group "::text WHEN 'thread' THEN channel_id WHEN 'category' THEN coalesce(category_id, 0) " \
	"ELSE top_id END"

/* Nobody writes in a category, so a category that sums up its channels has their writers. */
#define SQL_SPENT(group)                                                                           \
	"spent AS ("                                                                               \
	" SELECT " SQL_KEY(group) " AS key, user_id, " SQL_ACT_SUMS " "                            \
	" FROM act JOIN place USING (channel_id) GROUP BY 1, 2"                                    \
	"), sums AS ("                                                                             \
	" SELECT key, count(*) FILTER (WHERE messages > 0) AS writers, "                           \
	"  count(*) FILTER (WHERE present_ms > 0) AS talkers, " SQL_ACT_SUMS " "                   \
	" FROM spent GROUP BY 1"                                                                   \
	")"

/* From `sums`, `place` and `wanted_place`. */
#define SQL_CHANNELS_PAGE                                                                          \
	"keys AS ("                                                                                \
	" SELECT " SQL_KEY("$19") " AS key FROM place p JOIN wanted_place USING (channel_id) "     \
	"  JOIN analytics.channel c USING (channel_id) "                                           \
	" WHERE c.guild_id = $1 AND c.deleted_at IS NULL "                                         \
	" UNION SELECT key FROM sums WHERE messages + reactions_given + reactions_received + raw_ms > 0" \
	"), listed AS ("                                                                           \
	" SELECT k.key, coalesce(c.name, '') AS name, coalesce(c.kind, 0) AS kind, "               \
	"  c.deleted_at IS NOT NULL AS is_deleted, coalesce(c.is_archived, false) AS is_archived, " \
	"  p.channel_id AS parent_id, p.name AS parent_name, p.kind AS parent_kind, "              \
	"  row_number() OVER (ORDER BY CASE c.kind WHEN 4 THEN c.position "                        \
	"    ELSE coalesce(CASE p.kind WHEN 4 THEN p.position ELSE g.position END, -1) END, "      \
	"   CASE c.kind WHEN 4 THEN -1 WHEN 10 THEN p.position WHEN 11 THEN p.position "           \
	"    WHEN 12 THEN p.position ELSE c.position END, c.kind IN (2, 13), k.key) AS position, " \
	"  coalesce(s.writers, 0) AS writers, coalesce(s.talkers, 0) AS talkers, "                 \
	"  coalesce(messages, 0) AS messages, coalesce(replies, 0) AS replies, "                   \
	"  coalesce(attachments, 0) AS attachments, coalesce(characters, 0) AS characters, "       \
	"  coalesce(edits, 0) AS edits, coalesce(reactions_given, 0) AS reactions_given, "         \
	"  coalesce(reactions_received, 0) AS reactions_received, coalesce(raw_ms, 0) AS raw_ms, " \
	"  coalesce(present_ms, 0) AS present_ms, coalesce(engaged_ms, 0) AS engaged_ms, "         \
	"  coalesce(talking_ms, 0) AS talking_ms "                                                 \
	" FROM keys k LEFT JOIN sums s USING (key) "                                               \
	" LEFT JOIN analytics.channel c ON c.guild_id = $1 AND c.channel_id = k.key "              \
	" LEFT JOIN analytics.channel p ON p.guild_id = $1 AND p.channel_id = c.parent_id "        \
	" LEFT JOIN analytics.channel g ON g.guild_id = $1 AND g.channel_id = p.parent_id "        \
	" WHERE $15::text IS NULL OR c.name ILIKE $15 OR k.key = $16"                              \
	"), page AS ("                                                                             \
	" SELECT *, row_number() OVER () AS n FROM (SELECT * FROM (SELECT *, CASE $13::text "      \
	SQL_LIST_SORTS " WHEN 'writers' THEN writers WHEN 'talkers' THEN talkers "                 \
	"   WHEN 'position' THEN position END AS rank FROM listed) r "                             \
	" ORDER BY CASE WHEN $14::boolean THEN -rank ELSE rank END, "                              \
	"  CASE WHEN $13 = 'name' AND NOT $14 THEN lower(name) END, "                              \
	"  CASE WHEN $13 = 'name' AND $14 THEN lower(name) END DESC, position "                    \
	" LIMIT $17 OFFSET $18) o"                                                                 \
	"), whole AS (SELECT " SQL_LIST_TOTALS " FROM listed) "                                    \
	"SELECT p.key, w.*, " SQL_LIST_FIGURES "p.name, p.kind, p.is_deleted, p.is_archived, "     \
	" p.parent_id, p.parent_name, p.parent_kind, p.writers, p.talkers "                        \
	"FROM whole w LEFT JOIN page p ON true ORDER BY n"

const char sql_channels[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT ", " SQL_SPENT("$19") ", " SQL_CHANNELS_PAGE;

const char sql_channels_beside[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT ", " SQL_BUCKETS("$14") " "
	"SELECT array_position($13::bigint[], key), bucket, CASE $15::text " SQL_LIST_SORTS
	" ELSE messages END, " SQL_ACT_NAMES " "
	"FROM (SELECT " SQL_KEY("$16") " AS key, " SQL_BUCKET_OF("at") " AS bucket, " SQL_ACT_SUMS " "
	" FROM act JOIN place USING (channel_id) GROUP BY 1, 2) s WHERE key = ANY ($13)";

/*
 * The same of days nobody filters, threads being their channels'. Nobody keeps by the channel how much
 * was written, how many reactions were received and who talked: that is added up from days of people.
 */
#define SQL_IN_DAYS_ASKED                                                                          \
	"a.guild_id = $1 AND a.day >= " SQL_DAY("$10") " AND a.day < " SQL_DAY("$11")
/* Over a hundred days it is faster to read everything than to look for each channel. */
#define SQL_IS_LONG "($11::int - $10::int > 100)"
#define SQL_TEXT_SUMS                                                                              \
	"analytics.total(characters) AS characters, analytics.total(reactions_received) AS received " \
	"FROM analytics.activity_daily a WHERE " SQL_IN_DAYS_ASKED " AND author_kind = ANY ($9::int[])"
#define SQL_KEPT(has_text)                                                                         \
	"kept AS ("                                                                                \
	" SELECT channel_id, a.day::timestamp AT TIME ZONE $12 AS at, messages, replies, attachments, " \
	"  0 AS characters, edits, reactions AS reactions_given, 0 AS reactions_received, "        \
	"  voice_raw_ms AS raw_ms, voice_present_ms AS present_ms, voice_engaged_ms AS engaged_ms, " \
	"  voice_talking_ms AS talking_ms FROM analytics.channel_daily a WHERE " SQL_IN_DAYS_ASKED   \
	" UNION ALL "                                                                              \
	" SELECT channel_id, day::timestamp AT TIME ZONE $12, 0, 0, 0, characters, 0, 0, received, 0, 0, 0, 0 " \
	" FROM (SELECT w.channel_id, a.* FROM wanted_place w CROSS JOIN LATERAL ("                 \
	"   SELECT a.day, " SQL_TEXT_SUMS " AND a.channel_id = w.channel_id AND NOT " SQL_IS_LONG  \
	"    AND " has_text " GROUP BY 1) a "                                                      \
	"  UNION ALL SELECT a.channel_id, a.day, " SQL_TEXT_SUMS " AND " SQL_IS_LONG " AND " has_text \
	"   GROUP BY 1, 2) t "                                                                     \
	" UNION ALL "                                                                              \
	" SELECT channel_id, at, " SQL_ACT_NAMES " FROM (" SQL_ACT_HOURS ") h "                    \
	"  (at, day, channel_id, user_id, author_kind, " SQL_ACT_NAMES ") WHERE author_kind = ANY ($9::int[])" \
	")"

/* A channel's writers are those who had been away from it since before the range. */
const char sql_channels_days[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_KEPT("true") ", writer AS ("
	" SELECT key, analytics.total(a.members) AS writers FROM ("
	"  SELECT DISTINCT top_id AS key FROM analytics.channel_daily a JOIN place USING (channel_id) "
	"  WHERE " SQL_IN_DAYS_ASKED " AND messages > 0) c "
	" CROSS JOIN generate_series($10::int, $11::int - 1) d "
	" JOIN LATERAL (SELECT members FROM analytics.channel_people_daily a WHERE a.guild_id = $1 "
	"  AND a.channel_id = key AND a.day = " SQL_DAY("d") " AND a.was_from < " SQL_DAY("$10") ") a ON true "
	" GROUP BY 1"
	"), voiced AS MATERIALIZED ("
	" SELECT channel_id FROM analytics.channel_daily a WHERE " SQL_IN_DAYS_ASKED " AND voice_present_ms > 0 GROUP BY 1"
	"), talker AS ("
	" SELECT key, count(*) AS talkers FROM ("
	"  SELECT top_id AS key, user_id FROM ("
	"   SELECT a.channel_id, a.user_id FROM voiced v CROSS JOIN LATERAL ("
	"    SELECT a.channel_id, a.user_id FROM analytics.activity_daily a WHERE a.channel_id = v.channel_id "
	"     AND " SQL_IN_DAYS_ASKED " AND present_ms > 0 AND author_kind = ANY ($9::int[]) GROUP BY 1, 2) a "
	"   UNION ALL "
	"   SELECT channel_id, user_id FROM running WHERE present_ms > 0 AND " SQL_IN_SPAN("hour")
	"  ) t JOIN place USING (channel_id) GROUP BY 1, 2) u GROUP BY 1"
	"), sums AS ("
	" SELECT s.*, writers, talkers FROM ("
	"  SELECT " SQL_KEY("$19") " AS key, " SQL_ACT_SUMS " FROM kept JOIN place USING (channel_id) GROUP BY 1) s "
	" LEFT JOIN writer USING (key) LEFT JOIN talker USING (key)"
	"), " SQL_CHANNELS_PAGE;

/* Of the range itself only what the list is sorted by is shown, bucket by bucket. */
const char sql_channels_beside_days[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", "
	SQL_KEPT("($15::text IN ('characters', 'reactions_received') OR cardinality($14::bigint[]) = 1)") ", " SQL_BUCKETS("$14") " "
	"SELECT array_position($13::bigint[], key), bucket, CASE $15::text " SQL_LIST_SORTS
	" ELSE messages END, " SQL_ACT_NAMES " "
	"FROM (SELECT " SQL_KEY("$16") " AS key, " SQL_BUCKET_OF("at") " AS bucket, " SQL_ACT_SUMS " "
	" FROM kept JOIN place USING (channel_id) GROUP BY 1, 2) s WHERE key = ANY ($13)";

/* $1 guild, $2 channel. Its line upwards, and how many threads it has. */
const char sql_channel[] =
	"SELECT c.channel_id, c.name, c.kind, c.is_archived, c.is_nsfw, "
	" public.ts_to_ms(coalesce(c.created_at, "
	"  public.ms_to_ts((c.channel_id >> 22) + 1420070400000))), public.ts_to_ms(c.deleted_at), "
	" p.channel_id, p.name, p.kind, g.channel_id, g.name, g.kind, "
	" (SELECT count(*) FROM analytics.channel t WHERE t.guild_id = $1 AND t.parent_id = $2 "
	"  AND t.kind IN (10, 11, 12)) "
	"FROM analytics.channel c "
	"LEFT JOIN analytics.channel p ON p.guild_id = $1 AND p.channel_id = c.parent_id "
	"LEFT JOIN analytics.channel g ON g.guild_id = $1 AND g.channel_id = p.parent_id "
	"WHERE c.guild_id = $1 AND c.channel_id = $2";
/* clang-format on */

static const char *const sorts[] = { LIST_SORTS, "writers", "talkers", "name", "position", NULL };

static json_t *place_json(const PGresult *rows, int row, int column)
{
	if (ra_pg_is_null(rows, row, column))
		return json_null();
	return json_pack("{s:o, s:o, s:I}", "id", json_id(ra_pg_get_u64(rows, row, column)), "name",
			 json_str(ra_pg_get_str(rows, row, column + 1)), "kind",
			 (json_int_t)ra_pg_get_i64(rows, row, column + 2));
}

static json_t *channel_row(const struct list *list, const PGresult *rows, int row, int column)
{
	uint64_t id = ra_pg_get_u64(rows, row, 0);
	(void)list;
	return json_pack(
		"{s:o, s:o, s:I, s:b, s:b, s:o, s:I, s:I}", "id", id ? json_id(id) : json_null(),
		"name", json_str(ra_pg_get_str(rows, row, column)), "kind",
		(json_int_t)ra_pg_get_i64(rows, row, column + 1), "is_deleted",
		ra_pg_get_bool(rows, row, column + 2), "is_archived",
		ra_pg_get_bool(rows, row, column + 3), "parent", place_json(rows, row, column + 4),
		"writers", (json_int_t)ra_pg_get_i64(rows, row, column + 7), "talkers",
		(json_int_t)ra_pg_get_i64(rows, row, column + 8));
}

/* Where nobody asked for places, those of the rows are all that is read. */
static void narrow(const struct list *list, struct filter *filter)
{
	if (filter->has_where)
		return;
	if (strcmp(list->group, "category") != 0)
		filter->channels = list->ids;
}

static bool has_days(const struct list *list)
{
	const struct range *range = list->range;
	return !list->filter.is_any && strcmp(list->group, "channel") == 0 &&
	       range->bucket != BUCKET_HOUR && tops_have_days(list->visit, range);
}

static const struct list_kind channels_kind = {
	.sorts = sorts,
	.usual_sort = "-messages",
	.page = STMT_channels,
	.beside = STMT_channels_beside,
	.has_days = has_days,
	.page_of_days = STMT_channels_days,
	.beside_of_days = STMT_channels_beside_days,
	.narrow = narrow,
	.row = channel_row,
};

void channels_list(struct visit *visit)
{
	struct ra_str by = ra_str_of(ra_http_query(visit->req, "by"));
	struct ra_err err = { 0 };
	bool is_apart = ra_str_is(ra_str_of(ra_http_query(visit->req, "threads")), "apart");
	if (by.len > 0 && !ra_str_is(by, "channel") && !ra_str_is(by, "category")) {
		ra_fail(&err, RA_EINVAL, "Use channel or category.", "by is not one we know");
		reply_bad_argument(visit->req, &err);
		return;
	}
	list_get(visit, &channels_kind,
		 ra_str_is(by, "category") ? "category"
		 : is_apart                ? "thread"
					   : "channel");
}

/* --- one --- */

static void on_channel(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	if (PQntuples(rows) == 0) {
		ra_http_problem(visit->req, 404, "channel", "No such channel",
				"This server has none with that id.");
		return;
	}
	bool is_thread = ra_pg_get_i64(rows, 0, 2) >= 10 && ra_pg_get_i64(rows, 0, 2) <= 12;
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o, s:o, s:I, s:b, s:b, s:o, s:o, s:o, s:o, s:I}", "id",
				     json_id(ra_pg_get_u64(rows, 0, 0)), "name",
				     json_str(ra_pg_get_str(rows, 0, 1)), "kind",
				     (json_int_t)ra_pg_get_i64(rows, 0, 2), "is_archived",
				     ra_pg_get_bool(rows, 0, 3), "is_nsfw",
				     ra_pg_get_bool(rows, 0, 4), "created_at",
				     json_instant(ra_pg_get_i64(rows, 0, 5)), "deleted_at",
				     json_instant(ra_pg_get_i64(rows, 0, 6)), "channel",
				     is_thread ? place_json(rows, 0, 7) : json_null(), "category",
				     place_json(rows, 0, is_thread ? 10 : 7), "threads",
				     (json_int_t)ra_pg_get_i64(rows, 0, 13)));
}

void channel_get(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	uint64_t id;
	if (ra_str_to_u64(ra_http_param(visit->req, "channel_id"), &id) < 0 || id > INT64_MAX)
		id = 0;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)id);
	if (db_ask(visit->api->db, STMT_channel, &p, on_channel, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
