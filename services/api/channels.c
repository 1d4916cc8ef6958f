/*
 * channels: the table of channels, or of threads, or of categories; and what is
 * known of one of them.
 */
#include "services/api/filter_sql.h"
#include "services/api/list.h"

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

const char sql_channels[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT ", " SQL_SPENT("$19") ", keys AS ("
	" SELECT " SQL_KEY("$19") " AS key FROM place p JOIN wanted_place USING (channel_id) "
	"  JOIN analytics.channel c USING (channel_id) "
	" WHERE c.guild_id = $1 AND c.deleted_at IS NULL "
	" UNION SELECT key FROM sums WHERE messages + reactions_given + reactions_received + raw_ms > 0"
	"), listed AS ("
	" SELECT k.key, coalesce(c.name, '') AS name, coalesce(c.kind, 0) AS kind, "
	"  c.deleted_at IS NOT NULL AS is_deleted, coalesce(c.is_archived, false) AS is_archived, "
	"  p.channel_id AS parent_id, p.name AS parent_name, p.kind AS parent_kind, "
	"  row_number() OVER (ORDER BY CASE c.kind WHEN 4 THEN c.position "
	"    ELSE coalesce(CASE p.kind WHEN 4 THEN p.position ELSE g.position END, -1) END, "
	"   CASE c.kind WHEN 4 THEN -1 WHEN 10 THEN p.position WHEN 11 THEN p.position "
	"    WHEN 12 THEN p.position ELSE c.position END, c.kind IN (2, 13), k.key) AS position, "
	"  coalesce(s.writers, 0) AS writers, coalesce(s.talkers, 0) AS talkers, "
	"  coalesce(messages, 0) AS messages, coalesce(replies, 0) AS replies, "
	"  coalesce(attachments, 0) AS attachments, coalesce(characters, 0) AS characters, "
	"  coalesce(edits, 0) AS edits, coalesce(reactions_given, 0) AS reactions_given, "
	"  coalesce(reactions_received, 0) AS reactions_received, coalesce(raw_ms, 0) AS raw_ms, "
	"  coalesce(present_ms, 0) AS present_ms, coalesce(engaged_ms, 0) AS engaged_ms, "
	"  coalesce(talking_ms, 0) AS talking_ms "
	" FROM keys k LEFT JOIN sums s USING (key) "
	" LEFT JOIN analytics.channel c ON c.guild_id = $1 AND c.channel_id = k.key "
	" LEFT JOIN analytics.channel p ON p.guild_id = $1 AND p.channel_id = c.parent_id "
	" LEFT JOIN analytics.channel g ON g.guild_id = $1 AND g.channel_id = p.parent_id "
	" WHERE $15::text IS NULL OR c.name ILIKE $15 OR k.key = $16"
	"), page AS ("
	" SELECT *, row_number() OVER () AS n FROM (SELECT * FROM (SELECT *, CASE $13::text "
	SQL_LIST_SORTS " WHEN 'writers' THEN writers WHEN 'talkers' THEN talkers "
	"   WHEN 'position' THEN position END AS rank FROM listed) r "
	" ORDER BY CASE WHEN $14::boolean THEN -rank ELSE rank END, "
	"  CASE WHEN $13 = 'name' AND NOT $14 THEN lower(name) END, "
	"  CASE WHEN $13 = 'name' AND $14 THEN lower(name) END DESC, position "
	" LIMIT $17 OFFSET $18) o"
	"), whole AS (SELECT " SQL_LIST_TOTALS " FROM listed) "
	"SELECT p.key, w.*, " SQL_LIST_FIGURES "p.name, p.kind, p.is_deleted, p.is_archived, "
	" p.parent_id, p.parent_name, p.parent_kind, p.writers, p.talkers "
	"FROM whole w LEFT JOIN page p ON true ORDER BY n";

const char sql_channels_beside[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT ", " SQL_BUCKETS("$14") " "
	"SELECT array_position($13::bigint[], key), bucket, CASE $15::text " SQL_LIST_SORTS
	" ELSE messages END, " SQL_ACT_NAMES " "
	"FROM (SELECT " SQL_KEY("$16") " AS key, " SQL_BUCKET_OF("at") " AS bucket, " SQL_ACT_SUMS " "
	" FROM act JOIN place USING (channel_id) GROUP BY 1, 2) s WHERE key = ANY ($13)";

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

static const struct list_kind channels_kind = {
	.sorts = sorts,
	.usual_sort = "-messages",
	.page = STMT_channels,
	.beside = STMT_channels_beside,
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
