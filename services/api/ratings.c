/*
 * ratings: what the work of a guild's staff is worth, and what other settings
 * would change for whom. Nothing is stored but the settings: scores are sums
 * made when somebody asks.
 */
#include "services/api/audit.h"
#include "services/api/body.h"
#include "services/api/outlet.h"
#include "services/api/range.h"
#include "services/api/rated.h"
#include "services/api/reads.h"

/* clang-format off */
/* $1 guild, $2 message, $3 reply, $4 reaction, $5 task, $6 cap (0: none), $7 levels, $8 now */
const char sql_rating_put[] =
	"INSERT INTO app.rating_settings AS r (guild_id, points_message, points_reply, points_reaction, "
	" points_task, block_cap, levels, updated_at) "
	"VALUES ($1, $2, $3, $4, $5, nullif($6, 0), $7::jsonb, public.ms_to_ts($8)) "
	"ON CONFLICT (guild_id) DO UPDATE SET points_message = excluded.points_message, "
	" points_reply = excluded.points_reply, points_reaction = excluded.points_reaction, "
	" points_task = excluded.points_task, block_cap = excluded.block_cap, levels = excluded.levels, "
	" updated_at = excluded.updated_at";
/* $1 guild */
const char sql_rating_reset[] = "DELETE FROM app.rating_settings WHERE guild_id = $1";
/* clang-format on */

struct rerating {
	struct visit *visit; /* borrowed */
	struct rating_settings was, wish;
	const struct range *range; /* borrowed; of a preview */
	struct rated before, after;
};

static json_t *settings_json(const struct rating_settings *settings)
{
	const struct rating_points *points = &settings->points;
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:o, s:o, s:b}", "points_message",
		(json_int_t)points->message, "points_reply", (json_int_t)points->reply,
		"points_reaction", (json_int_t)points->reaction, "points_task",
		(json_int_t)points->task, "block_cap",
		points->block_cap ? json_integer((json_int_t)points->block_cap) : json_null(),
		"levels", rating_levels_json(&settings->levels), "is_default", !settings->is_own);
}

/* --- as it is --- */

static void on_now(struct visit *visit, const struct rating_settings *settings)
{
	ra_http_reply_json(visit->req, 200, settings_json(settings));
}

void rating_get(struct visit *visit)
{
	rating_settings_ask(visit, &visit->access->guild.id, 1, on_now);
}

/* --- as it is wanted --- */

static void read_levels(struct body *body, struct rating_levels *out)
{
	struct ra_err err = { 0 };
	json_t *levels = json_incref(json_object_get(body->json, "levels"));
	json_object_del(body->json, "levels");
	*out = rating_levels_default;
	if (levels && rating_levels_read(levels, out, &err) < 0)
		body_fail(body, err.hint, "%s", err.msg);
	json_decref(levels);
}

static bool read_wish(struct visit *visit, struct rating_settings *out)
{
	struct rating_points *points = &out->points;
	struct body body;
	body_open(&body, visit);
	*out = (struct rating_settings){ .guild_id = visit->access->guild.id, .is_own = true };
	points->message = body_number(&body, "points_message", 0, RATING_POINTS_MAX, BODY_REQUIRED);
	points->reply = body_number(&body, "points_reply", 0, RATING_POINTS_MAX, BODY_REQUIRED);
	points->reaction =
		body_number(&body, "points_reaction", 0, RATING_POINTS_MAX, BODY_REQUIRED);
	points->task = body_number(&body, "points_task", 0, RATING_POINTS_MAX, BODY_REQUIRED);
	points->block_cap = body_has(&body, "block_cap")
				    ? body_number(&body, "block_cap", 1, RATING_CAP_MAX, 1)
				    : body_number(&body, "block_cap", 0, 0, 0);
	read_levels(&body, &out->levels);
	return body_close(&body);
}

/* The answer: as it is now. */
static void on_changed(struct visit *visit, int64_t id, void *ctx)
{
	(void)id;
	(void)ctx;
	rating_settings_ask(visit, &visit->access->guild.id, 1, on_now);
}

static void put(struct visit *visit, const struct rating_settings *was)
{
	const struct rerating *r = visit->state;
	const struct rating_points *points = &r->wish.points;
	struct ra_pg_params p = { .arena = visit->arena };
	json_t *levels = rating_levels_json(&r->wish.levels);
	char *text = json_dumps(levels, JSON_COMPACT);
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, points->message);
	ra_pg_i64(&p, points->reply);
	ra_pg_i64(&p, points->reaction);
	ra_pg_i64(&p, points->task);
	ra_pg_i64(&p, points->block_cap);
	ra_pg_text(&p, ra_str_of(ra_arena_strdup(visit->arena, ra_str_of(text))));
	ra_pg_i64(&p, visit->now_ms);
	free(text);
	json_decref(levels);
	outlet_change(visit, &(struct outlet_change){ .stmt = STMT_rating_put,
						      .params = &p,
						      .audit = { .action = "rating.change",
								 .before = settings_json(was),
								 .after = settings_json(&r->wish) },
						      .done = on_changed });
}

void rating_put(struct visit *visit)
{
	struct rerating *r = ra_arena_new(visit->arena, struct rerating);
	visit->state = r;
	if (read_wish(visit, &r->wish))
		rating_settings_ask(visit, &visit->access->guild.id, 1, put);
}

static void reset(struct visit *visit, const struct rating_settings *was)
{
	const struct rating_settings usual = { .points = RATING_POINTS_DEFAULT,
					       .levels = rating_levels_default };
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	outlet_change(visit, &(struct outlet_change){ .stmt = STMT_rating_reset,
						      .params = &p,
						      .audit = { .action = "rating.reset",
								 .before = settings_json(was),
								 .after = settings_json(&usual) },
						      .done = on_changed });
}

void rating_reset(struct visit *visit)
{
	rating_settings_ask(visit, &visit->access->guild.id, 1, reset);
}

/* --- what it would change --- */

static json_t *standing_json(const struct rated_person *person)
{
	return json_pack("{s:I, s:I, s:I}", "score", (json_int_t)person->score, "level",
			 (json_int_t)person->level, "rank", (json_int_t)person->rank);
}

static void on_preview(void *ctx, int status, const struct ra_err *err)
{
	struct rerating *r = ctx;
	struct visit *visit = r->visit;
	json_t *rows = json_array();
	(void)err;
	if (status < 0) {
		json_decref(rows);
		reply_failure(visit->api, visit->req, status);
		return;
	}
	rated_finish(&r->before, false);
	rated_finish(&r->after, false);
	for (size_t i = 0; i < r->after.count && r->after.people[i].rank; i++) {
		const struct rated_person *after = &r->after.people[i];
		const struct rated_person *before = rated_find(&r->before, after->id);
		if (before)
			json_array_append_new(rows, json_pack("{s:o, s:o, s:o, s:o}", "id",
							      json_id(after->id), "name",
							      json_text(after->name), "before",
							      standing_json(before), "after",
							      standing_json(after)));
	}
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o, s:o, s:o, s:o}", "range", range_json(&r->range->now),
				     "levels_before", rated_levels_json(&r->before), "levels_after",
				     rated_levels_json(&r->after), "rows", rows));
}

static struct rated rated_by(const struct rerating *r, const struct rating_settings *settings)
{
	return (struct rated){ .visit = r->visit,
			       .settings = settings,
			       .guild_count = 1,
			       .from_ms = r->range->now.from_ms,
			       .to_ms = r->range->now.to_ms };
}

static void compare(struct visit *visit, const struct rating_settings *was)
{
	struct rerating *r = visit->state;
	struct ra_pg *pg = reads_pick(visit);
	r->was = *was;
	r->wish.good_s = was->good_s;
	r->wish.poor_s = was->poor_s;
	r->before = rated_by(r, &r->was);
	r->after = rated_by(r, &r->wish);
	int rc = pg ? rated_send(&r->before, pg) : RA_EDOWN;
	if (rc == 0)
		rc = rated_send(&r->after, pg);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_preview, r);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct rerating *r = visit->state;
	r->range = range;
	rating_settings_ask(visit, &visit->access->guild.id, 1, compare);
}

void rating_preview(struct visit *visit)
{
	struct rerating *r = ra_arena_new(visit->arena, struct rerating);
	visit->state = r;
	r->visit = visit;
	if (read_wish(visit, &r->wish))
		range_resolve(visit, &(struct range_wish){ .is_alone = true }, on_range);
}
