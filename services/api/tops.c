/*
 * tops: the channels and the members a range's messages come from, most first. Channels
 * are asked for in two steps: which they are, then how many people each of them had. So is
 * everything where a guild leaves something out: first the range, then what these had before.
 */
#include "services/api/filter.h"
#include "services/api/filter_sql.h"
#include "services/api/page.h"
#include "services/api/range.h"
#include "services/api/reads.h"
#include "services/api/tops_days.h"

#define LIMIT_DEFAULT 10
/* Lists of the most active (tops_days.c): at first, and how much longer the next time. */
#define LIST_ROWS     100
#define LIST_GROWTH   20
#define LIST_ROWS_MAX 1000000000

/* clang-format off */
/* $5, $6: the compared range (null: none), $7 limit. A thread counts for its channel. Nothing here
 * needs now, but every parameter must have a type. */
const char sql_top_channels[] =
	"WITH place AS ("
	" SELECT channel_id, CASE WHEN kind IN (10, 11, 12) THEN coalesce(parent_id, channel_id) "
	"  ELSE channel_id END AS top_id FROM analytics.channel WHERE guild_id = $1"
	"), wrote AS ("
	" SELECT coalesce(top_id, channel_id) AS channel_id, user_id, sum(messages) AS messages "
	" FROM analytics.message_hourly LEFT JOIN place USING (channel_id) "
	" WHERE guild_id = $1 AND author_kind = 0 AND messages > 0 AND " SQL_IN_SPAN("hour")
	"  AND $4::bigint IS NOT NULL GROUP BY 1, 2"
	"), ranked AS ("
	" SELECT channel_id, sum(messages) AS messages, count(*) AS members, "
	"  sum(sum(messages)) OVER () AS total "
	" FROM wrote GROUP BY 1"
	"), before AS ("
	" SELECT coalesce(top_id, channel_id) AS channel_id, sum(messages) AS before FROM ("
	"  SELECT channel_id, sum(messages) AS messages FROM analytics.message_hourly "
	"  WHERE guild_id = $1 AND author_kind = 0 AND " SQL_IN_COMPARED("hour") " GROUP BY 1"
	" ) m LEFT JOIN place USING (channel_id) GROUP BY 1"
	") "
	"SELECT channel_id, coalesce(c.name, ''), coalesce(c.kind, 0), c.deleted_at IS NOT NULL, "
	" messages, members, coalesce(before, 0), total "
	"FROM ranked LEFT JOIN before USING (channel_id) "
	"LEFT JOIN (SELECT * FROM analytics.channel WHERE guild_id = $1) c USING (channel_id) "
	"ORDER BY messages DESC, channel_id LIMIT $7";

/* The same parameters; $8: order by voice instead of messages. */
const char sql_top_members[] =
	"WITH " SQL_RUNNING ", wrote AS ("
	" SELECT user_id, "
	"  sum(messages) FILTER (WHERE " SQL_IN_SPAN("hour") ") AS messages, "
	"  sum(replies) FILTER (WHERE " SQL_IN_SPAN("hour") ") AS replies, "
	"  sum(reactions_given) FILTER (WHERE " SQL_IN_SPAN("hour") ") AS reactions, "
	"  sum(messages) FILTER (WHERE " SQL_IN_COMPARED("hour") ") AS before "
	" FROM analytics.message_hourly "
	" WHERE guild_id = $1 AND author_kind = 0 AND " SQL_IN_EITHER("hour")
	" GROUP BY 1"
	"), talked AS ("
	" SELECT user_id, sum(present_ms) AS voice_ms FROM ("
	"  SELECT user_id, present_ms FROM analytics.voice_hourly "
	"  WHERE guild_id = $1 AND " SQL_IN_SPAN("hour")
	"  UNION ALL SELECT user_id, present_ms FROM running WHERE " SQL_IN_SPAN("hour")
	" ) v GROUP BY 1"
	"), ranked AS ("
	" SELECT user_id, coalesce(messages, 0) AS messages, coalesce(replies, 0) AS replies, "
	"  coalesce(reactions, 0) AS reactions, coalesce(voice_ms, 0) AS voice_ms, "
	"  coalesce(before, 0) AS before, "
	"  CASE WHEN $8::boolean THEN coalesce(voice_ms, 0) ELSE coalesce(messages, 0) END AS rank "
	" FROM wrote FULL JOIN talked USING (user_id)"
	") "
	"SELECT w.user_id, coalesce(nick, global_name, username, ''), avatar, left_at IS NOT NULL, "
	" messages, replies, reactions, voice_ms, before "
	"FROM (SELECT * FROM ranked WHERE rank > 0 ORDER BY rank DESC, messages DESC, user_id LIMIT $7) w "
	SQL_NAMED("w.user_id") "ORDER BY rank DESC, messages DESC, w.user_id";

/* $13 limit. */
const char sql_top_channels_filtered[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT ", written AS ("
	" SELECT top_id AS channel_id, user_id, sum(messages) AS messages "
	" FROM act JOIN place USING (channel_id) GROUP BY 1, 2"
	"), ranked AS ("
	" SELECT channel_id, sum(messages) AS messages, "
	"  count(*) FILTER (WHERE messages > 0) AS members, sum(sum(messages)) OVER () AS total "
	" FROM written GROUP BY 1"
	") "
	"SELECT channel_id, coalesce(c.name, ''), coalesce(c.kind, 0), c.deleted_at IS NOT NULL, "
	" messages, members, 0, total "
	"FROM ranked LEFT JOIN (SELECT * FROM analytics.channel WHERE guild_id = $1) c USING (channel_id) "
	"WHERE messages > 0 ORDER BY messages DESC, channel_id LIMIT $13";

/* $13 limit, $14: order by voice. */
const char sql_top_members_filtered[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT_OF_PEOPLE ", ranked AS ("
	" SELECT *, CASE WHEN $14::boolean THEN present_ms ELSE messages END AS rank "
	" FROM (SELECT user_id, " SQL_ACT_SUMS " FROM act GROUP BY 1) a"
	") "
	"SELECT w.user_id, coalesce(nick, global_name, username, ''), avatar, left_at IS NOT NULL, "
	" messages, replies, reactions_given, present_ms, 0 "
	"FROM (SELECT * FROM ranked WHERE rank > 0 ORDER BY rank DESC, messages DESC, user_id LIMIT $13) w "
	SQL_NAMED("w.user_id") "ORDER BY rank DESC, messages DESC, w.user_id";

/* $13 whose. */
const char sql_top_channels_before[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT " SELECT top_id, sum(messages) "
	"FROM act JOIN place USING (channel_id) WHERE top_id = ANY ($13::bigint[]) GROUP BY 1";
const char sql_top_members_before[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_ACT_OF_PEOPLE " SELECT user_id, sum(messages) "
	"FROM act WHERE user_id = ANY ($13::bigint[]) GROUP BY 1";
/* clang-format on */

struct top {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct filter filter;
	int64_t limit, list_rows;
	bool is_by_voice;
	json_t *json, *rows; /* the answer; rows: of it */
	int pending, status; /* groups under way that fill the rows; the first failure */
};

static int read_limit(struct visit *visit, int64_t *limit, struct ra_err *err)
{
	struct page_of_list page;
	int rc = page_parse(visit, &page, err);
	*limit = ra_http_query(visit->req, "limit") ? page.limit : LIMIT_DEFAULT;
	return rc;
}

static int read_order(struct visit *visit, bool *is_by_voice, struct ra_err *err)
{
	struct ra_str by = ra_str_of(ra_http_query(visit->req, "by"));
	*is_by_voice = ra_str_is(by, "voice");
	if (by.len == 0 || *is_by_voice || ra_str_is(by, "messages"))
		return 0;
	return ra_fail(err, RA_EINVAL, "Use messages or voice.", "by is not one we know");
}

/* The compared range must have been watched from its beginning. */
static json_t *previous_json(const struct top *top, int64_t messages)
{
	int64_t first_ms = top->visit->access->guild.first_message_ms;
	const struct range *range = top->range;
	bool is_known = range->has_before && first_ms != 0 && range->before.from_ms >= first_ms;
	return is_known ? json_integer(messages) : json_null();
}

static void add_params(const struct top *top, int64_t limit, struct ra_pg_params *p)
{
	range_params(top->visit, &top->range->now, p);
	if (top->range->has_before) {
		ra_pg_i64(p, top->range->before.from_ms);
		ra_pg_i64(p, top->range->before.to_ms);
	} else {
		ra_pg_null(p);
		ra_pg_null(p);
	}
	ra_pg_i64(p, limit);
}

static struct top *top_new(struct visit *visit, const struct range *range)
{
	struct top *top = ra_arena_new(visit->arena, struct top);
	*top = (struct top){ .visit = visit,
			     .range = range,
			     .filter = filter_of_guild(visit),
			     .list_rows = LIST_ROWS };
	return top;
}

static void answer(struct top *top)
{
	ra_http_reply_json(top->visit->req, 200, top->json);
}

static void give_up(struct top *top, int status)
{
	json_decref(top->json);
	reply_failure(top->visit->api, top->visit->req, status);
}

/* From rows of an id and a number: the number of those of the answer, by name. */
static void fill(struct top *top, const char *name, const PGresult *rows)
{
	json_t *one;
	size_t i;
	json_array_foreach(top->rows, i, one)
	{
		struct ra_str id = ra_str_of(json_string_value(json_object_get(one, "id")));
		for (int row = 0; row < PQntuples(rows); row++)
			if (ra_str_eq(id, ra_pg_get_str(rows, row, 0)))
				json_object_set_new(one, name,
						    json_integer(ra_pg_get_i64(rows, row, 1)));
	}
}

/* --- where something is left out --- */

static int ask_filtered(struct top *top, enum statement stmt, bool has_order, ra_pg_result_cb done)
{
	struct visit *visit = top->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	filter_params(visit, &top->filter, top->range, &top->range->now, &p);
	ra_pg_i64(&p, top->limit);
	if (has_order)
		ra_pg_bool(&p, top->is_by_voice);
	return reads_ask(visit, stmt, &p, done, top);
}

/* Those without a row had nothing before, as their rows say already. */
static void on_before(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct top *top = ctx;
	(void)err;
	if (status < 0) {
		give_up(top, status);
		return;
	}
	fill(top, "previous_messages", rows);
	answer(top);
}

static int ask_before(struct top *top, const PGresult *rows, enum statement stmt)
{
	struct visit *visit = top->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	size_t count = (size_t)PQntuples(rows);
	int64_t *ids = ra_arena_alloc(visit->arena, (count + 1) * sizeof(*ids));
	for (size_t i = 0; i < count; i++)
		ids[i] = ra_pg_get_i64(rows, (int)i, 0);
	filter_params(visit, &top->filter, top->range, &top->range->before, &p);
	ra_pg_i64_array(&p, ids, count, sizeof(*ids));
	return reads_ask(visit, stmt, &p, on_before, top);
}

/* The first step is done; a second one where something before can be told. */
static void finish(struct top *top, const PGresult *rows, enum statement before)
{
	json_t *first = json_array_get(top->rows, 0);
	bool has_before = first && json_is_integer(json_object_get(first, "previous_messages"));
	if (!top->filter.is_any || !has_before) {
		answer(top);
	} else if (ask_before(top, rows, before) < 0) {
		give_up(top, RA_EDOWN);
	}
}

/* --- channels --- */

static json_t *channel_json(const struct top *top, const PGresult *rows, int row)
{
	return json_pack(
		"{s:o, s:o, s:I, s:b, s:I, s:I, s:o}", "id", json_id(ra_pg_get_u64(rows, row, 0)),
		"name", json_str(ra_pg_get_str(rows, row, 1)), "kind",
		(json_int_t)ra_pg_get_i64(rows, row, 2), "is_deleted", ra_pg_get_bool(rows, row, 3),
		"messages", (json_int_t)ra_pg_get_i64(rows, row, 4), "members",
		(json_int_t)ra_pg_get_i64(rows, row, 5), "previous_messages",
		previous_json(top, ra_pg_get_i64(rows, row, 6)));
}

static void set_channels(struct top *top, const PGresult *rows)
{
	int64_t total = PQntuples(rows) > 0 ? ra_pg_get_i64(rows, 0, 7) : 0;
	top->rows = json_array();
	for (int row = 0; row < PQntuples(rows); row++)
		json_array_append_new(top->rows, channel_json(top, rows, row));
	top->json = json_pack("{s:o, s:I, s:o}", "range", range_json(&top->range->now), "total",
			      (json_int_t)total, "channels", top->rows);
}

static void on_channels(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct top *top = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(top->visit->api, top->visit->req, status);
		return;
	}
	set_channels(top, rows);
	finish(top, rows, STMT_top_channels_before);
}

static void on_people(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	(void)err;
	if (status == 0)
		fill(ctx, "members", rows);
}

static void on_people_group(void *ctx, int status, const struct ra_err *err)
{
	struct top *top = ctx;
	(void)err;
	if (status < 0 && top->status == 0)
		top->status = status;
	if (--top->pending > 0)
		return;
	if (top->status < 0)
		give_up(top, top->status);
	else
		answer(top);
}

/* The people of every second channel, from the one at `first` on. */
static void ask_people(struct top *top, const PGresult *rows, int first)
{
	struct visit *visit = top->visit;
	struct filter_ids some = { 0 };
	some.ids = ra_arena_alloc(visit->arena, (size_t)PQntuples(rows) * sizeof(*some.ids));
	for (int row = first; row < PQntuples(rows); row += 2)
		some.ids[some.count++] = ra_pg_get_i64(rows, row, 0);
	int rc = some.count ? tops_days_ask_people(visit, top->range, &some, on_people,
						   on_people_group, top)
			    : 0;
	top->pending += rc == 0 && some.count;
	top->status = rc;
}

/* Who wrote there takes longest to say, so two connections are asked at once. */
static void on_channels_days(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct top *top = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(top->visit->api, top->visit->req, status);
		return;
	}
	set_channels(top, rows);
	for (int half = 0; half < 2 && top->status == 0; half++)
		ask_people(top, rows, half);
	if (top->pending == 0 && top->status < 0)
		give_up(top, top->status);
	else if (top->pending == 0)
		answer(top);
}

static int ask_channels(struct top *top)
{
	struct visit *visit = top->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	bool has_days = tops_have_days(visit, top->range);
	if (top->filter.is_any)
		return ask_filtered(top, STMT_top_channels_filtered, false, on_channels);
	if (has_days)
		tops_days_params(visit, top->range, top->limit, &p);
	else
		add_params(top, top->limit, &p);
	return reads_ask(visit, has_days ? STMT_top_channels_days : STMT_top_channels, &p,
			 has_days ? on_channels_days : on_channels, top);
}

static void on_channels_range(struct visit *visit, const struct range *range)
{
	struct top *top = top_new(visit, range);
	struct ra_err err;
	if (read_limit(visit, &top->limit, &err) < 0)
		reply_bad_argument(visit->req, &err);
	else if (ask_channels(top) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void top_channels(struct visit *visit)
{
	range_resolve(visit, &(struct range_wish){ .is_sparkline = true }, on_channels_range);
}

/* --- members --- */

static json_t *member_json(const struct top *top, const PGresult *rows, int row)
{
	uint64_t id = ra_pg_get_u64(rows, row, 0);
	return json_pack("{s:o, s:o, s:o, s:b, s:I, s:I, s:I, s:I, s:o}", "id", json_id(id), "name",
			 json_str(ra_pg_get_str(rows, row, 1)), "avatar_url",
			 json_avatar(top->visit->api, id, ra_pg_get_str(rows, row, 2)), "has_left",
			 ra_pg_get_bool(rows, row, 3), "messages",
			 (json_int_t)ra_pg_get_i64(rows, row, 4), "replies",
			 (json_int_t)ra_pg_get_i64(rows, row, 5), "reactions_given",
			 (json_int_t)ra_pg_get_i64(rows, row, 6), "voice_ms",
			 (json_int_t)ra_pg_get_i64(rows, row, 7), "previous_messages",
			 previous_json(top, ra_pg_get_i64(rows, row, 8)));
}

static void on_members(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct top *top = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(top->visit->api, top->visit->req, status);
		return;
	}
	top->rows = json_array();
	for (int row = 0; row < PQntuples(rows); row++)
		json_array_append_new(top->rows, member_json(top, rows, row));
	top->json = json_pack("{s:o, s:o}", "range", range_json(&top->range->now), "members",
			      top->rows);
	finish(top, rows, STMT_top_members_before);
}

static int ask_members(struct top *top);

/* Or with longer lists again, until nobody can have been missed. */
static void on_members_days(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct top *top = ctx;
	bool is_sure = status < 0 || PQntuples(rows) == 0 || ra_pg_get_bool(rows, 0, 9) ||
		       top->list_rows == LIST_ROWS_MAX;
	if (is_sure) {
		on_members(ctx, status, rows, err);
		return;
	}
	top->list_rows = top->list_rows == LIST_ROWS ? LIST_ROWS * LIST_GROWTH : LIST_ROWS_MAX;
	if (ask_members(top) < 0)
		reply_failure(top->visit->api, top->visit->req, RA_EDOWN);
}

static int ask_members(struct top *top)
{
	struct visit *visit = top->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	bool has_days = tops_have_days(visit, top->range);
	if (top->filter.is_any)
		return ask_filtered(top, STMT_top_members_filtered, true, on_members);
	if (has_days)
		tops_days_params(visit, top->range, top->limit, &p);
	else
		add_params(top, top->limit, &p);
	ra_pg_bool(&p, top->is_by_voice);
	if (has_days)
		ra_pg_i64(&p, top->list_rows);
	return reads_ask(visit, has_days ? STMT_top_members_days : STMT_top_members, &p,
			 has_days ? on_members_days : on_members, top);
}

static void on_members_range(struct visit *visit, const struct range *range)
{
	struct top *top = top_new(visit, range);
	struct ra_err err;
	if (read_limit(visit, &top->limit, &err) < 0 ||
	    read_order(visit, &top->is_by_voice, &err) < 0)
		reply_bad_argument(visit->req, &err);
	else if (ask_members(top) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void top_members(struct visit *visit)
{
	range_resolve(visit, &(struct range_wish){ .is_sparkline = true }, on_members_range);
}
