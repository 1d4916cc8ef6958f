/*
 * request_figures: what the requests of a range say about who answers, and
 * how fast.
 *
 *	wish -> guilds, where others are asked for -> range -> rows -> business hours, names,
 *reopenings -> sums
 *
 * Rows are read once (request_rows.h); every figure is a sum over them.
 */
#include "libshared/desk/survival.h"
#include "services/api/reads.h"
#include "services/api/request_groups.h"
#include "services/api/sql.h"
#include "services/api/staff_guilds.h"
#include <stdlib.h>

/* clang-format off */
/* $1 guilds, $2 from, $3 to. Rows: guild, open from, to. */
const char sql_request_hours[] =
	"SELECT g, public.ts_to_ms(o.open_at), public.ts_to_ms(o.close_at) FROM unnest($1::bigint[]) g "
	"CROSS JOIN LATERAL app.open_hours(g, public.ms_to_ts($2), public.ms_to_ts($3)) o ORDER BY 1, 2";

/* $1 guilds. What may have to be named: kind (0 channel, 1 curator, 2 rule, 3 guild), id, guild, name,
 * picture. */
const char sql_request_names[] =
	"SELECT 0, channel_id, guild_id, name, NULL FROM analytics.channel "
	"WHERE guild_id = ANY ($1::bigint[]) AND kind NOT IN (10, 11, 12) "
	"UNION ALL "
	"SELECT DISTINCT ON (s.user_id) 1, s.user_id, s.guild_id, "
	" coalesce(nullif(c.name, ''), m.nick, m.global_name, m.username, ''), m.avatar "
	"FROM response.staff s LEFT JOIN app.curator c USING (guild_id, user_id) "
	"LEFT JOIN analytics.member m USING (guild_id, user_id) WHERE s.guild_id = ANY ($1) "
	"UNION ALL "
	"SELECT 2, rule_id, guild_id, name, NULL FROM app.request_rule WHERE guild_id = ANY ($1) "
	"UNION ALL "
	"SELECT 3, guild_id, guild_id, name, icon FROM analytics.guild WHERE guild_id = ANY ($1)";

/* $1 guilds, $2 requests. Rows: reopened, answered (null: not). */
const char sql_request_reopenings[] =
	"SELECT public.ts_to_ms(o.reopened_at), public.ts_to_ms(o.answered_at), public.ts_to_ms(r.closed_at) "
	"FROM response.reopening o JOIN response.request r USING (guild_id, request_id) "
	"WHERE o.guild_id = ANY ($1::bigint[]) AND o.request_id = ANY ($2::bigint[])";

/* $1 guild. One row: JSON. */
const char sql_request_desk[] =
	"SELECT json_build_object('is_enabled', coalesce(s.is_enabled, false), "
	" 'good_s', coalesce(s.good_s, 60), 'poor_s', coalesce(s.poor_s, 300), "
	" 'horizon_s', coalesce(s.horizon_s, 86400), "
	" 'has_schedule', EXISTS (SELECT FROM app.schedule WHERE guild_id = $1), "
	" 'has_targets', EXISTS (SELECT FROM app.response_target WHERE guild_id = $1)) "
	"FROM (SELECT) one LEFT JOIN app.desk_settings s ON s.guild_id = $1";
/* clang-format on */

enum { NAME_CHANNEL, NAME_CURATOR, NAME_RULE, NAME_GUILD };

struct name {
	int64_t kind, id, guild;
	const char *name, *picture; /* picture: NULL when there is none */
};

struct figures {
	struct visit *visit; /* borrowed */
	struct request_wish wish;
	const struct range *range; /* borrowed */
	struct request_rows rows;
	struct name *names;
	size_t name_count;
	struct survival_time *reopenings;
	size_t reopening_count;
	json_t *desk; /* owned */
	int status;
};

/* --- names --- */

static int by_id(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static const struct name *find_name(const struct figures *f, int64_t kind, int64_t id)
{
	struct name key = { .kind = kind, .id = id };
	return f->name_count ? bsearch(&key, f->names, f->name_count, sizeof(*f->names), by_id)
			     : NULL;
}

static void describe(const struct figures *f, json_t *row, int64_t kind, int64_t id)
{
	const struct name *name = find_name(f, kind, id);
	json_object_set_new(row, "id", json_id((uint64_t)id));
	json_object_set_new(row, "name", name ? json_text(name->name) : json_null());
	if (name && kind == NAME_CHANNEL)
		json_object_set_new(row, "guild_id", json_id((uint64_t)name->guild));
	if (kind == NAME_CURATOR)
		json_object_set_new(row, "avatar",
				    name && name->picture ? json_avatar(f->visit->api, (uint64_t)id,
									ra_str_of(name->picture))
							  : json_null());
}

static void describe_channel(json_t *row, int64_t key, const void *ctx)
{
	describe(ctx, row, NAME_CHANNEL, key);
}
static void describe_curator(json_t *row, int64_t key, const void *ctx)
{
	describe(ctx, row, NAME_CURATOR, key);
}
static void describe_rule(json_t *row, int64_t key, const void *ctx)
{
	describe(ctx, row, NAME_RULE, key);
}
static void describe_guild(json_t *row, int64_t key, const void *ctx)
{
	describe(ctx, row, NAME_GUILD, key);
}
static void describe_kind(json_t *row, int64_t key, const void *ctx)
{
	(void)ctx;
	json_object_set_new(row, "id", json_string(request_kinds[key]));
}
static void describe_priority(json_t *row, int64_t key, const void *ctx)
{
	(void)ctx;
	json_object_set_new(row, "id", json_string(request_priorities[key - 1]));
}

/* --- what they are counted under --- */

static int64_t channel_key(const struct request_row *row, const void *ctx)
{
	(void)ctx;
	return row->channel;
}
static int64_t guild_key(const struct request_row *row, const void *ctx)
{
	(void)ctx;
	return row->guild;
}
static int64_t curator_key(const struct request_row *row, const void *ctx)
{
	(void)ctx;
	return row->answered_by ? row->answered_by : REQUEST_NOWHERE;
}
static int64_t rule_key(const struct request_row *row, const void *ctx)
{
	(void)ctx;
	return row->rule ? row->rule : REQUEST_NOWHERE;
}
static int64_t kind_key(const struct request_row *row, const void *ctx)
{
	(void)ctx;
	return row->kind;
}
static int64_t priority_key(const struct request_row *row, const void *ctx)
{
	(void)ctx;
	return row->priority;
}

static const struct {
	const char *name;
	request_key key;
	request_describe describe;
} cuts[] = {
	{ "channels", channel_key, describe_channel },
	{ "guilds", guild_key, describe_guild },
	{ "curators", curator_key, describe_curator },
	{ "rules", rule_key, describe_rule },
	{ "kinds", kind_key, describe_kind },
	{ "priorities", priority_key, describe_priority },
};

/* --- the answer --- */

static struct request_set set_of(const struct figures *f, bool is_before)
{
	struct ra_arena *arena = f->visit->arena;
	struct request_set set = {
		ra_arena_alloc(arena, (f->rows.count + 1) * sizeof(struct request_row *)), 0
	};
	for (size_t i = 0; i < f->rows.count; i++)
		if (f->rows.list[i].is_before == is_before)
			set.rows[set.count++] = &f->rows.list[i];
	return set;
}

static int64_t cancelled_in(struct request_set set)
{
	int64_t count = 0;
	for (size_t i = 0; i < set.count; i++)
		count += set.rows[i]->state == REQUEST_CANCELLED;
	return count;
}

static json_t *set_sums_json(const struct figures *f, struct request_set set)
{
	struct sums sums;
	json_t *json;
	sums_of(&sums, set.rows, set.count, f->visit->now_ms);
	json = sums_json(&sums);
	json_object_set_new(json, "cancelled", json_integer(cancelled_in(set)));
	return json;
}

/* Reopenings have a clock of their own: from then to the answer that followed. */
static json_t *reopenings_json(const struct figures *f)
{
	static const double half = 0.5;
	int64_t median_ms = SURVIVAL_NOT_REACHED;
	size_t answered = 0;
	for (size_t i = 0; i < f->reopening_count; i++)
		answered += f->reopenings[i].is_answered;
	survival_sort(f->reopenings, f->reopening_count);
	if (f->reopening_count >= SURVIVAL_LEAST)
		survival_percentiles(f->reopenings, f->reopening_count, &half, 1, &median_ms);
	return json_pack("{s:I, s:I, s:o}", "n", (json_int_t)f->reopening_count, "answered",
			 (json_int_t)answered, "p50_ms",
			 median_ms < 0 ? json_null() : json_integer(median_ms));
}

/* The compared range must have been watched from its beginning. */
static bool knows_before(const struct figures *f)
{
	int64_t first_ms = f->visit->access->guild.first_event_ms;
	return f->range->has_before && first_ms != 0 && f->range->before.from_ms >= first_ms;
}

static void answer(struct figures *f)
{
	struct visit *visit = f->visit;
	struct request_set now = set_of(f, false), before = set_of(f, true);
	json_t *json = range_buckets_json(f->range), *cut = json_object();
	json_object_set_new(json, "by", json_string(f->wish.is_by_answer ? "answered" : "asked"));
	json_object_set_new(json, "is_cut", json_boolean(f->rows.is_cut));
	json_object_set_new(json, "desk", f->desk);
	json_object_set_new(json, "figures", set_sums_json(f, now));
	json_object_set_new(json, "previous",
			    knows_before(f) ? set_sums_json(f, before) : json_null());
	json_object_set_new(json, "reopenings", reopenings_json(f));
	json_object_set_new(json, "histogram", sums_histogram_json(now.rows, now.count));
	json_object_set_new(json, "curve", sums_curve_json(now.rows, now.count));
	json_object_set_new(json, "hours", request_hours_json(visit->arena, now, visit->now_ms));
	json_object_set_new(json, "week", request_week_json(visit->arena, now, visit->now_ms));
	json_object_set_new(json, "series",
			    request_series_json(visit->arena, now, knows_before(f) ? &before : NULL,
						f->range, visit->now_ms));
	for (size_t i = 0; i < RA_COUNT(cuts); i++)
		json_object_set_new(cut, cuts[i].name,
				    request_groups_json(visit->arena, now, cuts[i].key,
							cuts[i].describe, f, visit->now_ms));
	json_object_set_new(json, "cut", cut);
	ra_http_reply_json(visit->req, 200, json);
}

/* --- what stands beside the rows --- */

static void on_hours(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct figures *f = ctx;
	int count = status < 0 ? 0 : PQntuples(result), from = 0;
	struct hours_span *spans =
		ra_arena_alloc(f->visit->arena, ((size_t)count + 1) * sizeof(*spans));
	(void)err;
	for (int i = 0; i < count; i++)
		spans[i] = (struct hours_span){ .from_ms = ra_pg_get_i64(result, i, 1),
						.to_ms = ra_pg_get_i64(result, i, 2) };
	for (size_t g = 0; g < f->wish.guilds.count; g++)
		request_rows_wait(&f->rows, f->wish.guilds.ids[g], &(struct hours){ 0 },
				  f->visit->now_ms);
	for (int i = 0; i < count; i++) {
		int64_t guild = ra_pg_get_i64(result, i, 0);
		if (i + 1 < count && ra_pg_get_i64(result, i + 1, 0) == guild)
			continue;
		struct hours hours = hours_count(spans + from, (size_t)(i + 1 - from));
		request_rows_wait(&f->rows, guild, &hours, f->visit->now_ms);
		from = i + 1;
	}
}

static void on_names(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct figures *f = ctx;
	struct ra_arena *arena = f->visit->arena;
	(void)err;
	f->name_count = status < 0 ? 0 : (size_t)PQntuples(result);
	f->names = ra_arena_alloc(arena, (f->name_count + 1) * sizeof(*f->names));
	for (size_t i = 0; i < f->name_count; i++)
		f->names[i] = (struct name){
			.kind = ra_pg_get_i64(result, (int)i, 0),
			.id = ra_pg_get_i64(result, (int)i, 1),
			.guild = ra_pg_get_i64(result, (int)i, 2),
			.name = ra_arena_strdup(arena, ra_pg_get_str(result, (int)i, 3)),
			.picture =
				ra_pg_is_null(result, (int)i, 4)
					? NULL
					: ra_arena_strdup(arena, ra_pg_get_str(result, (int)i, 4)),
		};
	if (f->name_count > 1)
		qsort(f->names, f->name_count, sizeof(*f->names), by_id);
}

static void on_reopenings(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct figures *f = ctx;
	(void)err;
	f->reopening_count = status < 0 ? 0 : (size_t)PQntuples(result);
	f->reopenings =
		ra_arena_alloc(f->visit->arena, (f->reopening_count + 1) * sizeof(*f->reopenings));
	for (size_t i = 0; i < f->reopening_count; i++) {
		int64_t from_ms = ra_pg_get_i64(result, (int)i, 0);
		int64_t answered_ms = ra_pg_get_i64(result, (int)i, 1);
		int64_t closed_ms = ra_pg_get_i64(result, (int)i, 2);
		int64_t seen_ms = answered_ms           ? answered_ms
				  : closed_ms > from_ms ? closed_ms
							: f->visit->now_ms;
		f->reopenings[i] = (struct survival_time){ seen_ms - from_ms, answered_ms != 0 };
	}
}

static void on_desk(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct figures *f = ctx;
	(void)err;
	if (status == 0) {
		f->desk = json_column(result, 0, 0);
	}
}

static void on_all(void *ctx, int status, const struct ra_err *err)
{
	struct figures *f = ctx;
	(void)err;
	if (status == 0) {
		answer(f);
		return;
	}
	json_decref(f->desk);
	reply_failure(f->visit->api, f->visit->req, status);
}

/* From the first request on, up to now: what is open later nobody asks. */
static int send_hours(struct figures *f, struct ra_pg *pg)
{
	struct ra_pg_params p = { .arena = f->visit->arena };
	int64_t from_ms = f->visit->now_ms;
	for (size_t i = 0; i < f->rows.count; i++)
		if (f->rows.list[i].asked_ms < from_ms)
			from_ms = f->rows.list[i].asked_ms;
	ra_pg_i64_array(&p, f->wish.guilds.ids, f->wish.guilds.count, sizeof(int64_t));
	ra_pg_i64(&p, from_ms);
	ra_pg_i64(&p, f->visit->now_ms);
	return ra_pg_send(pg, STMT_request_hours, &p, on_hours, f);
}

static int send_names(struct figures *f, struct ra_pg *pg)
{
	struct ra_pg_params p = { .arena = f->visit->arena };
	ra_pg_i64_array(&p, f->wish.guilds.ids, f->wish.guilds.count, sizeof(int64_t));
	return ra_pg_send(pg, STMT_request_names, &p, on_names, f);
}

static int send_reopenings(struct figures *f, struct ra_pg *pg)
{
	struct ra_arena *arena = f->visit->arena;
	struct ra_pg_params p = { .arena = arena };
	int64_t *ids = ra_arena_alloc(arena, (f->rows.count + 1) * sizeof(*ids));
	size_t count = 0;
	for (size_t i = 0; i < f->rows.count; i++)
		if (f->rows.list[i].reopened > 0 && !f->rows.list[i].is_before)
			ids[count++] = f->rows.list[i].id;
	ra_pg_i64_array(&p, f->wish.guilds.ids, f->wish.guilds.count, sizeof(int64_t));
	ra_pg_i64_array(&p, ids, count, sizeof(*ids));
	return ra_pg_send(pg, STMT_request_reopenings, &p, on_reopenings, f);
}

static int send_desk(struct figures *f, struct ra_pg *pg)
{
	struct ra_pg_params p = { .arena = f->visit->arena };
	ra_pg_i64(&p, (int64_t)f->visit->access->guild.id);
	return ra_pg_send(pg, STMT_request_desk, &p, on_desk, f);
}

static void on_rows(void *ctx, int status, const struct request_rows *rows)
{
	struct figures *f = ctx;
	struct ra_pg *pg = reads_pick(f->visit);
	f->rows = *rows;
	if (status < 0) {
		reply_failure(f->visit->api, f->visit->req, status);
		return;
	}
	if (!pg || send_hours(f, pg) < 0 || send_names(f, pg) < 0 || send_reopenings(f, pg) < 0 ||
	    send_desk(f, pg) < 0 || ra_pg_sync(pg, on_all, f) < 0)
		reply_failure(f->visit->api, f->visit->req, RA_EDOWN);
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct figures *f = visit->state;
	f->range = range;
	if (request_rows_ask(visit, &f->wish, range, on_rows, f) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static void begin(struct visit *visit)
{
	range_resolve(visit, &(struct range_wish){ .bucket = ra_http_query(visit->req, "bucket") },
		      on_range);
}

/* Several guilds in one sum, on the calendar of the path's. */
static void on_guilds(struct visit *visit, const struct staff_guilds *guilds)
{
	struct figures *f = visit->state;
	struct filter_ids *ids = &f->wish.guilds;
	ids->ids = ra_arena_alloc(visit->arena, (guilds->chosen + 1) * sizeof(*ids->ids));
	ids->count = guilds->chosen;
	for (size_t i = 0; i < guilds->chosen; i++)
		ids->ids[i] = (int64_t)guilds->ids[i];
	begin(visit);
}

void request_figures(struct visit *visit)
{
	struct figures *f = ra_arena_new(visit->arena, struct figures);
	const char *guilds = ra_http_query(visit->req, "guilds");
	f->visit = visit;
	visit->state = f;
	if (!request_wish_read(visit, &f->wish))
		return;
	if (guilds && *guilds)
		staff_guilds_ask(visit, on_guilds);
	else
		begin(visit);
}
