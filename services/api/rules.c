/* rules: the alert rules of a guild and what came of them (alerts.h looks at them). */
#include "services/api/alerts.h"
#include "services/api/body.h"
#include "services/api/outlet.h"
#include "services/api/page.h"
#include "services/api/sql.h"
#include <math.h>

#define NAME_MAX_CHARS  80
#define THRESHOLD_MAX   1e15
#define SENSITIVITY_MIN 2.0
#define SENSITIVITY_MAX 10.0
#define FIGURES_MAX     32

static const int64_t windows[] = { 1, 6, 24, 168 };

/* clang-format off */
/* $1 guild. One row, JSON. */
const char sql_rules[] =
	"SELECT coalesce(json_agg(json_build_object("
	" 'id', rule_id::text, 'name', name, 'figure', figure, 'condition', condition, "
	" 'window_hours', window_hours, 'threshold', threshold, 'sensitivity', sensitivity, "
	" 'direction', direction, 'is_on', is_on, 'created_at', " SQL_ISO("created_at") ", "
	" 'firing_since', " SQL_ISO("firing_since") ", 'checked_at', " SQL_ISO("checked_at") ", "
	" 'verdict', verdict, 'value', value, 'expected', expected, 'weeks', weeks) "
	" ORDER BY firing_since IS NULL, name, rule_id), '[]') "
	"FROM app.alert_rule WHERE guild_id = $1";

/* $1 guild, $2 limit, $3 offset, $4 rule or null. */
const char sql_episodes[] =
	"SELECT coalesce(json_agg(json_build_object("
	" 'id', episode_id::text, 'rule_id', rule_id::text, 'name', name, 'figure', figure, "
	" 'condition', condition, 'fired_at', " SQL_ISO("fired_at") ", "
	" 'cleared_at', " SQL_ISO("cleared_at") ", 'value', value, 'extreme', extreme, "
	" 'expected', expected) ORDER BY fired_at DESC, episode_id DESC), '[]'), "
	" (SELECT count(*) FROM app.alert_episode WHERE guild_id = $1 "
	"  AND ($4::bigint IS NULL OR rule_id = $4)) "
	"FROM (SELECT e.*, r.name, r.figure, r.condition "
	" FROM app.alert_episode e JOIN app.alert_rule r USING (rule_id) "
	" WHERE e.guild_id = $1 AND ($4::bigint IS NULL OR e.rule_id = $4) "
	" ORDER BY fired_at DESC, episode_id DESC LIMIT $2 OFFSET $3) e";

/* $1 guild, $2 name, $3 figure, $4 condition, $5 hours, $6 threshold or null, $7 sensitivity or null,
 * $8 direction, $9 on, $10 now, $11 account. Looked at as soon as may be. */
const char sql_rule_create[] =
	"INSERT INTO app.alert_rule (guild_id, name, figure, condition, window_hours, threshold, "
	" sensitivity, direction, is_on, created_at, due_at, created_by) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, public.ms_to_ts($10), public.ms_to_ts($10), $11) "
	"RETURNING rule_id";

/* The same, and $12 rule. An episode of what the rule was ends. */
const char sql_rule_change[] =
	"WITH over AS (UPDATE app.alert_episode SET cleared_at = public.ms_to_ts($10) "
	" WHERE guild_id = $1 AND rule_id = $12 AND cleared_at IS NULL) "
	"UPDATE app.alert_rule SET name = $2, figure = $3, condition = $4, window_hours = $5, "
	" threshold = $6, sensitivity = $7, direction = $8, is_on = $9, due_at = public.ms_to_ts($10), "
	" firing_since = NULL, checked_at = NULL, verdict = NULL, value = NULL, expected = NULL, "
	" weeks = NULL "
	"WHERE guild_id = $1 AND rule_id = $12 AND $11::bigint IS NOT NULL RETURNING rule_id";

/* $1 guild, $2 rule */
const char sql_rule_delete[] = "DELETE FROM app.alert_rule WHERE guild_id = $1 AND rule_id = $2";
/* clang-format on */

struct rule {
	const char *name, *figure, *condition, *direction;
	int64_t hours;
	double threshold, sensitivity; /* NAN: none */
	bool is_on;
};

void rules_list(struct visit *visit)
{
	outlet_reply_list(visit, STMT_rules, "rules");
}

/* --- what came of them --- */

static void on_episodes(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:I, s:o}", "total", (json_int_t)ra_pg_get_i64(rows, 0, 1),
				     "rows", json_column(rows, 0, 0)));
}

void episodes_list(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	struct page_of_list page;
	struct ra_err err = { 0 };
	int64_t rule = 0;
	int rc = page_parse(visit, &page, &err);
	if (rc == 0)
		rc = query_number(visit, "rule", 1, INT64_MAX, &rule, &err);
	if (rc < 0) {
		reply_bad_argument(visit->req, &err);
		return;
	}
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, page.limit);
	ra_pg_i64(&p, page.offset);
	if (rule)
		ra_pg_i64(&p, rule);
	else
		ra_pg_null(&p);
	if (db_ask(visit->api->db, STMT_episodes, &p, on_episodes, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- writing one --- */

static bool is_window(int64_t hours)
{
	for (size_t i = 0; i < RA_COUNT(windows); i++)
		if (windows[i] == hours)
			return true;
	return false;
}

static void read_bounds(struct body *body, struct rule *rule, enum alert_condition condition,
			const struct alert_figure *figure)
{
	size_t direction = 0;
	rule->threshold = rule->sensitivity = NAN;
	rule->hours = body_number(body, "window_hours", 1, 168, 1);
	if (condition != ALERT_UNUSUAL) {
		rule->threshold = body_real(body, "threshold", -THRESHOLD_MAX, THRESHOLD_MAX);
	} else {
		rule->sensitivity =
			body_real(body, "sensitivity", SENSITIVITY_MIN, SENSITIVITY_MAX);
		direction = body_choice(body, "direction", alert_directions,
					RA_COUNT(alert_directions));
	}
	rule->direction = alert_directions[direction];
	if (!is_window(rule->hours) || (condition == ALERT_UNUSUAL && rule->hours != 1))
		body_fail(body, "Use 1, 6, 24 or 168; for unusual 1.",
			  "window_hours is out of range");
	if (condition == ALERT_UNUSUAL && figure->is_state)
		body_fail(body, "Use above or below.",
			  "condition unusual is for what happens in an hour");
}

static bool read_rule(struct visit *visit, struct rule *rule)
{
	const char *names[FIGURES_MAX];
	struct body body;
	for (size_t i = 0; i < alert_figure_count; i++)
		names[i] = alert_figures[i].name;
	body_open(&body, visit);
	rule->name = body_text(&body, "name", NAME_MAX_CHARS);
	const struct alert_figure *figure =
		&alert_figures[body_choice(&body, "figure", names, alert_figure_count)];
	size_t condition =
		body_choice(&body, "condition", alert_conditions, RA_COUNT(alert_conditions));
	rule->figure = figure->name;
	rule->condition = alert_conditions[condition];
	rule->is_on = body_bool(&body, "is_on", true);
	read_bounds(&body, rule, (enum alert_condition)condition, figure);
	return body_close(&body);
}

static void add_real_or_null(struct ra_pg_params *p, double value)
{
	if (isnan(value))
		ra_pg_null(p);
	else
		ra_pg_text(p, ra_str_of(ra_arena_format(p->arena, "%.17g", value)));
}

static void add_params(const struct visit *visit, const struct rule *rule, struct ra_pg_params *p)
{
	ra_pg_i64(p, (int64_t)visit->access->guild.id);
	ra_pg_text(p, ra_str_of(rule->name));
	ra_pg_text(p, ra_str_of(rule->figure));
	ra_pg_text(p, ra_str_of(rule->condition));
	ra_pg_i64(p, rule->hours);
	add_real_or_null(p, rule->threshold);
	add_real_or_null(p, rule->sensitivity);
	ra_pg_text(p, ra_str_of(rule->direction));
	ra_pg_bool(p, rule->is_on);
	ra_pg_i64(p, visit->now_ms);
	ra_pg_i64(p, (int64_t)visit->access->user_id);
}

static json_t *real_or_null(double value)
{
	return isnan(value) ? json_null() : json_real(value);
}

static json_t *rule_json(const struct rule *rule)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:s, s:b}", "name", rule->name, "figure",
			 rule->figure, "condition", rule->condition, "window_hours",
			 (json_int_t)rule->hours, "threshold", real_or_null(rule->threshold),
			 "sensitivity", real_or_null(rule->sensitivity), "direction",
			 rule->direction, "is_on", rule->is_on);
}

static void on_created(struct visit *visit, int64_t id, void *ctx)
{
	(void)ctx;
	ra_http_reply_json(visit->req, 201, json_pack("{s:o}", "id", json_id((uint64_t)id)));
}

static void create(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	const struct rule *rule = ctx;
	struct ra_pg_params p = { .arena = visit->arena };
	(void)id;
	(void)name;
	add_params(visit, rule, &p);
	outlet_change(visit, &(struct outlet_change){ .stmt = STMT_rule_create,
						      .params = &p,
						      .audit = { .action = "alert.create",
								 .target = rule->name,
								 .after = rule_json(rule) },
						      .done = on_created });
}

void rule_create(struct visit *visit)
{
	struct rule *rule = ra_arena_new(visit->arena, struct rule);
	if (read_rule(visit, rule))
		outlet_room(visit, OUTLET_RULE, create, rule);
}

static void change(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	const struct rule *rule = ctx;
	struct ra_pg_params p = { .arena = visit->arena };
	add_params(visit, rule, &p);
	ra_pg_i64(&p, id);
	outlet_change(visit, &(struct outlet_change){
				     .stmt = STMT_rule_change,
				     .params = &p,
				     .audit = { .action = "alert.change",
						.target = name,
						.before = json_pack("{s:s}", "name", name),
						.after = rule_json(rule) },
				     .done = outlet_reply_gone });
}

void rule_put(struct visit *visit)
{
	struct rule *rule = ra_arena_new(visit->arena, struct rule);
	if (read_rule(visit, rule))
		outlet_find(visit, OUTLET_RULE, change, rule);
}

static void erase(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	struct ra_pg_params p = { .arena = visit->arena };
	(void)ctx;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, id);
	outlet_change(visit, &(struct outlet_change){
				     .stmt = STMT_rule_delete,
				     .params = &p,
				     .audit = { .action = "alert.delete",
						.target = name,
						.before = json_pack("{s:s}", "name", name) },
				     .done = outlet_reply_gone });
}

void rule_delete(struct visit *visit)
{
	outlet_find(visit, OUTLET_RULE, erase, NULL);
}
