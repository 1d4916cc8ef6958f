/* rows: the rows behind a figure, as they are kept - an hour of somebody in a channel, a join or a
 * leave - newest first. */
#include "services/api/filter.h"
#include "services/api/filter_sql.h"
#include "services/api/page.h"
#include "services/api/reads.h"

/* Nobody pages through more; counting on would only take time. */
#define ROWS_COUNTED "100000"

/* clang-format off */
/* What rows have in common; `own` is a JSON object of the rest. */
#define SQL_ROWS(own)                                                                              \
	"SELECT public.ts_to_ms(p.at), p.channel_id, coalesce(c.name, ''), coalesce(c.kind, 0), "  \
	" p.user_id, coalesce(m.nick, m.global_name, m.username, ''), m.avatar, "                  \
	" m.left_at IS NOT NULL, " own ", w.total "                                                \
	"FROM (SELECT count(*) AS total FROM (SELECT FROM found LIMIT " ROWS_COUNTED ") n) w "     \
	"LEFT JOIN (SELECT * FROM found ORDER BY at DESC, channel_id, user_id LIMIT $13 OFFSET $14) p " \
	" ON true "                                                                                \
	"LEFT JOIN analytics.channel c ON c.guild_id = $1 AND c.channel_id = p.channel_id "        \
	"LEFT JOIN analytics.member m ON m.guild_id = $1 AND m.user_id = p.user_id "               \
	"ORDER BY p.at DESC, p.channel_id, p.user_id"

/* $13 limit, $14 offset. The running hour is not closed: what is in it may still grow. */
const char sql_rows_messages[] =
	"WITH " SQL_FILTER ", found AS ("
	" SELECT hour AS at, h.* FROM analytics.message_hourly h "
	" WHERE guild_id = $1 AND hour >= public.ms_to_ts($2) AND hour < public.ms_to_ts($3) "
	"  AND author_kind = ANY ($9::int[]) AND $4::bigint IS NOT NULL "
	"  AND " SQL_IS_WANTED_PLACE " AND " SQL_IS_WANTED_WHO
	") "
	SQL_ROWS("json_build_object('messages', p.messages, 'replies', p.replies, "
	" 'attachments', p.attachments, 'characters', p.characters, 'edits', p.edits, "
	" 'reactions_given', p.reactions_given, 'reactions_received', p.reactions_received, "
	" 'is_history', p.source = 1)");

const char sql_rows_voice[] =
	"WITH " SQL_FILTER ", found AS ("
	" SELECT hour AS at, h.* FROM analytics.voice_hourly h "
	" WHERE guild_id = $1 AND hour >= public.ms_to_ts($2) AND hour < public.ms_to_ts($3) "
	"  AND 0 = ANY ($9::int[]) AND $4::bigint IS NOT NULL "
	"  AND " SQL_IS_WANTED_PLACE " AND " SQL_IS_WANTED_WHO
	") "
	SQL_ROWS("json_build_object('raw_ms', p.raw_ms, 'present_ms', p.present_ms, "
	" 'engaged_ms', p.engaged_ms, 'talking_ms', p.talking_ms)");

/* Nobody joins in a channel: where is of no matter. */
const char sql_rows_flow[] =
	"WITH " SQL_FILTER ", found AS ("
	" SELECT at, NULL::bigint AS channel_id, user_id, kind, is_rejoin, tenure_ms "
	" FROM analytics.member_flow WHERE guild_id = $1 AND " SQL_IN_SPAN("at")
	"  AND (CASE WHEN is_bot THEN 1 ELSE 0 END) = ANY ($9::int[]) AND $4::bigint IS NOT NULL "
	"  AND " SQL_IS_WANTED_WHO
	") "
	SQL_ROWS("json_build_object('kind', p.kind, 'is_rejoin', p.is_rejoin, "
	" 'tenure_ms', p.tenure_ms)");
/* clang-format on */

enum column {
	AT,
	CHANNEL,
	CHANNEL_NAME,
	CHANNEL_KIND,
	MEMBER,
	MEMBER_NAME,
	AVATAR,
	HAS_LEFT,
	OWN,
	TOTAL
};

static const struct {
	const char *of;
	enum statement stmt;
} kinds[] = {
	{ "messages", STMT_rows_messages },
	{ "voice", STMT_rows_voice },
	{ "flow", STMT_rows_flow },
};

struct rows {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct filter filter;
	struct page_of_list page;
	enum statement stmt;
};

static json_t *channel_json(const PGresult *rows, int row)
{
	if (ra_pg_is_null(rows, row, CHANNEL))
		return json_null();
	return json_pack("{s:o, s:o, s:I}", "id", json_id(ra_pg_get_u64(rows, row, CHANNEL)),
			 "name", json_str(ra_pg_get_str(rows, row, CHANNEL_NAME)), "kind",
			 (json_int_t)ra_pg_get_i64(rows, row, CHANNEL_KIND));
}

static json_t *row_json(const struct rows *r, const PGresult *rows, int row)
{
	uint64_t id = ra_pg_get_u64(rows, row, MEMBER);
	json_t *member = json_pack("{s:o, s:o, s:o, s:b}", "id", json_id(id), "name",
				   json_str(ra_pg_get_str(rows, row, MEMBER_NAME)), "avatar_url",
				   json_avatar(r->visit->api, id, ra_pg_get_str(rows, row, AVATAR)),
				   "has_left", ra_pg_get_bool(rows, row, HAS_LEFT));
	return json_pack("{s:o, s:o, s:o, s:o}", "at", json_instant(ra_pg_get_i64(rows, row, AT)),
			 "channel", channel_json(rows, row), "member", member, "values",
			 json_column(rows, row, OWN));
}

static void on_rows(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct rows *r = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(r->visit->api, r->visit->req, status);
		return;
	}
	json_t *list = json_array();
	for (int row = 0; row < PQntuples(rows); row++)
		if (!ra_pg_is_null(rows, row, AT))
			json_array_append_new(list, row_json(r, rows, row));
	ra_http_reply_json(r->visit->req, 200,
			   json_pack("{s:o, s:I, s:o}", "range", range_json(&r->range->now),
				     "total", (json_int_t)ra_pg_get_i64(rows, 0, TOTAL), "rows",
				     list));
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct rows *r = visit->state;
	struct ra_pg_params p = { .arena = visit->arena };
	r->range = range;
	filter_params(visit, &r->filter, range, &range->now, &p);
	ra_pg_i64(&p, r->page.limit);
	ra_pg_i64(&p, r->page.offset);
	if (reads_ask(visit, r->stmt, &p, on_rows, r) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static int read_kind(struct rows *r, struct ra_err *err)
{
	struct ra_str of = ra_str_of(ra_http_query(r->visit->req, "of"));
	for (size_t i = 0; i < RA_COUNT(kinds); i++) {
		r->stmt = kinds[i].stmt;
		if (ra_str_is(of, kinds[i].of))
			return 0;
	}
	return ra_fail(err, RA_EINVAL, "Use messages, voice or flow.",
		       "of is missing or not one we know");
}

void rows_get(struct visit *visit)
{
	struct rows *r = ra_arena_new(visit->arena, struct rows);
	struct ra_err err = { 0 };
	r->visit = visit;
	visit->state = r;
	if (!filter_read(visit, &r->filter))
		return;
	if (read_kind(r, &err) < 0 || page_parse(visit, &r->page, &err) < 0)
		reply_bad_argument(visit->req, &err);
	else
		range_resolve(visit, &(struct range_wish){ .is_sparkline = true, .is_alone = true },
			      on_range);
}
