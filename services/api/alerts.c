/*
 * alerts: see alerts.h.
 *
 *	tick -> take due rules -> each: facts -> judge -> settle
 *	stop -> the timer closed, and what is in flight answered -> stopped()
 */
#include "services/api/alerts.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "services/api/alert_facts.h"
#include "services/api/reply.h"
#include <stdio.h>

#define HOUR_MS  (3600LL * 1000)
#define OFTEN_MS (2LL * 60 * 1000)
#define OURS_MS  (90LL * 1000) /* longer than a look can take */
/* Behind the hour, when all of it has been counted; rules of many guilds are spread out. */
#define SETTLED_MS (3LL * 60 * 1000)
#define SPREAD_MS  (2LL * 60 * 1000)

RA_COUNTER_BY(alert_looks, "rations_api_alert_looks_total", "verdict",
	      "times an alert rule was looked at");

const struct alert_figure alert_figures[] = {
	{ "messages", 1, false },
	{ "bot_messages", 1, false },
	{ "replies", 1, false },
	{ "attachments", 1, false },
	{ "edits", 1, false },
	{ "deletions", 1, false },
	{ "reactions", 1, false },
	{ "active_members", 1, false },
	{ "joins", 1, false },
	{ "leaves", 1, false },
	{ "net_growth", 1, false },
	{ "members", 1, true },
	{ "voice_raw_ms", 60000, false },
	{ "voice_present_ms", 60000, false },
	{ "voice_engaged_ms", 60000, false },
	{ "voice_talking_ms", 60000, false },
};
const size_t alert_figure_count = RA_COUNT(alert_figures);
const char *const alert_conditions[3] = { "above", "below", "unusual" };
const char *const alert_directions[3] = { "both", "up", "down" };
static const char *const verdicts[] = { "fine", "firing", "unknown" };

/* clang-format off */
/* $1 now, $2 until when the rules taken are ours. */
const char sql_alerts_take[] =
	"WITH due AS ("
	" SELECT r.rule_id FROM app.alert_rule r JOIN analytics.guild g USING (guild_id) "
	" WHERE r.is_on AND r.due_at <= public.ms_to_ts($1) AND g.removed_at IS NULL "
	" ORDER BY r.due_at LIMIT 20 FOR UPDATE OF r SKIP LOCKED"
	") "
	"UPDATE app.alert_rule r SET due_at = public.ms_to_ts($2) "
	"FROM due, analytics.guild g LEFT JOIN app.guild_settings s USING (guild_id) "
	"WHERE r.rule_id = due.rule_id AND g.guild_id = r.guild_id "
	"RETURNING r.rule_id, r.guild_id, r.name, r.figure, r.condition, r.window_hours, "
	" r.threshold, r.sensitivity, r.direction, r.firing_since IS NOT NULL, g.name, "
	" coalesce(cardinality(s.excluded_channels) + cardinality(s.excluded_roles) "
	"  + cardinality(s.excluded_members) > 0, false), NOT coalesce(s.excludes_bots, true)";

/* What a look found: only while the rule is still ours. $1 rule, $2 the due time we set, $3 the next,
 * $4 now, $5 verdict, $6 value, $7 expected (null: none), $8 weeks, $9 event (null: nothing changed),
 * $10 what to send about it. */
const char sql_alert_settle[] =
	"WITH rule AS ("
	" UPDATE app.alert_rule SET due_at = public.ms_to_ts($3), checked_at = public.ms_to_ts($4), "
	"  verdict = $5, value = $6, expected = $7, weeks = $8, "
	"  firing_since = CASE $9::text WHEN 'alert.fired' THEN public.ms_to_ts($4) "
	"   WHEN 'alert.cleared' THEN NULL ELSE firing_since END "
	" WHERE rule_id = $1 AND due_at = public.ms_to_ts($2) RETURNING rule_id, guild_id"
	"), opened AS ("
	" INSERT INTO app.alert_episode (rule_id, guild_id, fired_at, value, extreme, expected) "
	" SELECT rule_id, guild_id, public.ms_to_ts($4), $6, $6, $7 FROM rule WHERE $9 = 'alert.fired'"
	"), went_on AS ("
	" UPDATE app.alert_episode e SET "
	"  cleared_at = CASE WHEN $9 = 'alert.cleared' THEN public.ms_to_ts($4) END, "
	"  extreme = CASE WHEN abs($6 - e.expected) > abs(e.extreme - e.expected) "
	"   THEN $6 ELSE e.extreme END "
	" FROM rule WHERE e.rule_id = rule.rule_id AND e.cleared_at IS NULL "
	"  AND $9 IS DISTINCT FROM 'alert.fired' AND $5 <> 'unknown'"
	") "
	"INSERT INTO app.webhook_delivery (webhook_id, guild_id, event, body, created_at, due_at) "
	"SELECT w.webhook_id, w.guild_id, $9, $10, public.ms_to_ts($4), public.ms_to_ts($4) "
	"FROM rule JOIN app.webhook w USING (guild_id) WHERE $9 IS NOT NULL AND w.disabled_at IS NULL";
/* clang-format on */

enum rule_column {
	RULE_ID,
	GUILD_ID,
	NAME,
	FIGURE,
	CONDITION,
	HOURS,
	THRESHOLD,
	SENSITIVITY,
	DIRECTION,
	IS_FIRING,
	GUILD_NAME,
	LEAVES_OUT,
	COUNTS_BOTS,
};

struct alerts {
	struct api *api; /* borrowed */
	uv_timer_t timer;
	int pending; /* the timer handle, and questions in flight */
	bool is_taking, is_stopping;
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

/* One look at one rule. */
struct look {
	struct alerts *alerts; /* borrowed */
	struct ra_arena arena;
	int64_t rule_id, now_ms, ours_until_ms;
	uint64_t guild_id;
	const char *name, *guild_name, *condition;
	const struct alert_figure *figure; /* NULL: no longer known */
	int64_t hours;
	bool leaves_out, counts_bots; /* the guild's settings */
	struct alert_bounds bounds;
	struct alert_facts facts;
};

static void unref(struct alerts *alerts)
{
	if (--alerts->pending > 0)
		return;
	if (alerts->stopped)
		alerts->stopped(alerts->stopped_ctx);
	ra_free(alerts);
}

static void look_free(struct look *look)
{
	struct alerts *alerts = look->alerts;
	ra_arena_fini(&look->arena);
	ra_free(look);
	unref(alerts);
}

/* --- settle --- */

static int64_t next_due(const struct look *look)
{
	int64_t spread = look->rule_id * 7919 % SPREAD_MS;
	if (look->bounds.condition == ALERT_ABOVE)
		return look->now_ms + OFTEN_MS;
	return (look->now_ms - SETTLED_MS) / HOUR_MS * HOUR_MS + HOUR_MS + SETTLED_MS + spread;
}

static const char *event_of(const struct look *look, enum alert_verdict verdict)
{
	if (verdict == ALERT_FIRING && !look->bounds.is_firing)
		return "alert.fired";
	return verdict == ALERT_FINE && look->bounds.is_firing ? "alert.cleared" : NULL;
}

/* For people: time in hours. */
static const char *amount(struct look *look, double value)
{
	bool is_time = look->figure->unit > 1;
	return is_time ? ra_arena_format(&look->arena, "%.1f h", value / (double)HOUR_MS)
		       : ra_arena_format(&look->arena, "%.10g", value);
}

/* `content` and `text` are what chats show (Discord, Slack, Mattermost); nobody is to be pinged by
 * a name somebody chose. */
static const char *body_of(struct look *look, const char *event,
			   const struct alert_finding *finding)
{
	const struct api *api = look->alerts->api;
	char *words =
		ra_arena_format(&look->arena, "%s: %s - %s %s (%s %s)",
				strcmp(event, "alert.fired") == 0 ? "Alert" : "Over", look->name,
				look->figure->name, amount(look, look->facts.value),
				look->bounds.condition == ALERT_UNUSUAL ? "usually" : "bound",
				amount(look, finding->expected));
	json_t *json = json_pack(
		"{s:s, s:o, s:{s:o, s:o}, s:{s:o, s:o, s:s, s:s, s:I}, s:f, s:f, s:o, s:o, s:o, "
		"s:{s:[]}}",
		"event", event, "at", json_instant(look->now_ms), "guild", "id",
		json_id(look->guild_id), "name", json_text(look->guild_name), "rule", "id",
		json_id((uint64_t)look->rule_id), "name", json_text(look->name), "figure",
		look->figure->name, "condition", look->condition, "window_hours",
		(json_int_t)look->hours, "value", look->facts.value, "expected", finding->expected,
		"url",
		json_sprintf("%s/guilds/%llu/alerts", api->urls.public_url,
			     (unsigned long long)look->guild_id),
		"text", json_text(words), "content", json_text(words), "allowed_mentions", "parse");
	char *text = json_dumps(json, JSON_COMPACT);
	const char *copy = ra_arena_strdup(&look->arena, ra_str_of(text));
	free(text);
	json_decref(json);
	return copy;
}

static void on_settled(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct look *look = ctx;
	(void)rows;
	if (status < 0)
		ra_warn(look->alerts->api->log, "alert not settled",
			ra_f_int("rule", look->rule_id), ra_f_text("why", err->msg));
	look_free(look);
}

static void add_text_or_null(struct ra_pg_params *p, const char *text)
{
	if (text)
		ra_pg_text(p, ra_str_of(text));
	else
		ra_pg_null(p);
}

static void add_real(struct ra_pg_params *p, double value)
{
	ra_pg_text(p, ra_str_of(ra_arena_format(p->arena, "%.17g", value)));
}

static void settle(struct look *look, struct alert_finding finding)
{
	struct alerts *alerts = look->alerts;
	struct ra_pg_params p = { .arena = &look->arena };
	const char *event = event_of(look, finding.verdict);
	bool has_expected =
		look->bounds.condition != ALERT_UNUSUAL || finding.verdict != ALERT_UNKNOWN;
	ra_count_by(&alert_looks, verdicts[finding.verdict], 1);
	ra_pg_i64(&p, look->rule_id);
	ra_pg_i64(&p, look->ours_until_ms);
	ra_pg_i64(&p, next_due(look));
	ra_pg_i64(&p, look->now_ms);
	ra_pg_text(&p, ra_str_of(verdicts[finding.verdict]));
	add_real(&p, look->facts.value);
	if (has_expected)
		add_real(&p, finding.expected);
	else
		ra_pg_null(&p);
	ra_pg_i64(&p, (int64_t)look->facts.weeks);
	add_text_or_null(&p, event);
	add_text_or_null(&p, event ? body_of(look, event, &finding) : NULL);
	if (event)
		ra_info(alerts->api->log, "alert changed", ra_f_u64("guild", look->guild_id),
			ra_f_int("rule", look->rule_id), ra_f_text("event", event));
	if (db_ask(alerts->api->db, STMT_alert_settle, &p, on_settled, look) < 0)
		look_free(look); /* another look will find the same */
}

/* --- facts --- */

static void on_facts(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct look *look = ctx;
	if (status < 0) {
		ra_warn(look->alerts->api->log, "alert without facts",
			ra_f_int("rule", look->rule_id), ra_f_text("why", err->msg));
		look_free(look);
		return;
	}
	alert_facts_read(rows, &look->facts);
	look->facts.is_known = look->facts.is_known || look->figure->is_state;
	settle(look, alert_judge(&look->bounds, &look->facts));
}

static void ask_facts(struct look *look)
{
	struct alert_question question = {
		.guild_id = look->guild_id,
		.now_ms = look->now_ms,
		.hours = look->hours,
		.figure = look->figure->name,
		.condition = look->condition,
		.leaves_out = look->leaves_out,
		.counts_bots = look->counts_bots,
	};
	if (alert_facts_ask(look->alerts->api, &look->arena, &question, on_facts, look) < 0)
		look_free(look);
}

/* --- take --- */

static const struct alert_figure *find_figure(struct ra_str name)
{
	for (size_t i = 0; i < alert_figure_count; i++)
		if (ra_str_is(name, alert_figures[i].name))
			return &alert_figures[i];
	return NULL;
}

static size_t word_of(struct ra_str text, const char *const words[3])
{
	size_t i = 0;
	while (i < 2 && !ra_str_is(text, words[i]))
		i++;
	return i;
}

static void begin_look(struct alerts *alerts, const PGresult *rows, int row, int64_t now_ms,
		       int64_t ours_until_ms)
{
	struct look *look = ra_new(struct look);
	size_t condition = word_of(ra_pg_get_str(rows, row, CONDITION), alert_conditions);
	const struct alert_figure *figure = find_figure(ra_pg_get_str(rows, row, FIGURE));
	*look = (struct look){
		.alerts = alerts,
		.rule_id = ra_pg_get_i64(rows, row, RULE_ID),
		.now_ms = now_ms,
		.ours_until_ms = ours_until_ms,
		.guild_id = ra_pg_get_u64(rows, row, GUILD_ID),
		.condition = alert_conditions[condition],
		.figure = figure,
		.hours = ra_pg_get_i64(rows, row, HOURS),
		.leaves_out = ra_pg_get_bool(rows, row, LEAVES_OUT),
		.counts_bots = ra_pg_get_bool(rows, row, COUNTS_BOTS),
		.bounds = {
			.condition = (enum alert_condition)condition,
			.direction = (enum alert_direction)word_of(
				ra_pg_get_str(rows, row, DIRECTION), alert_directions),
			.threshold = ra_pg_get_double(rows, row, THRESHOLD),
			.sensitivity = ra_pg_get_double(rows, row, SENSITIVITY),
			.unit = figure ? figure->unit : 1,
			.is_firing = ra_pg_get_bool(rows, row, IS_FIRING),
		},
	};
	look->name = ra_arena_strdup(&look->arena, ra_pg_get_str(rows, row, NAME));
	look->guild_name = ra_arena_strdup(&look->arena, ra_pg_get_str(rows, row, GUILD_NAME));
	alerts->pending++;
	if (figure)
		ask_facts(look);
	else
		look_free(look);
}

struct taking {
	struct alerts *alerts; /* borrowed */
	int64_t now_ms, ours_until_ms;
};

static void on_taken(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct taking *taking = ctx;
	struct alerts *alerts = taking->alerts;
	alerts->is_taking = false;
	if (status < 0)
		ra_warn(alerts->api->log, "alerts not looked at", ra_f_text("why", err->msg));
	for (int row = 0; status == 0 && !alerts->is_stopping && row < PQntuples(rows); row++)
		begin_look(alerts, rows, row, taking->now_ms, taking->ours_until_ms);
	ra_free(taking);
	unref(alerts);
}

static void on_timer(uv_timer_t *timer)
{
	struct alerts *alerts = ra_container_of(timer, struct alerts, timer);
	struct taking *taking;
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	if (alerts->is_taking)
		return;
	taking = ra_new(struct taking);
	taking->alerts = alerts;
	taking->now_ms = alerts->api->now_ms();
	taking->ours_until_ms = taking->now_ms + OURS_MS;
	ra_pg_i64(&p, taking->now_ms);
	ra_pg_i64(&p, taking->ours_until_ms);
	if (db_ask(alerts->api->db, STMT_alerts_take, &p, on_taken, taking) == 0) {
		alerts->is_taking = true;
		alerts->pending++;
	} else {
		ra_free(taking);
	}
	ra_arena_fini(&arena);
}

/* --- life --- */

struct alerts *alerts_start(struct api *api)
{
	struct alerts *alerts = ra_new(struct alerts);
	uint64_t every_ms = (uint64_t)api->conf->alert_tick;
	alerts->api = api;
	alerts->pending = 1;
	uv_timer_init(api->loop, &alerts->timer);
	if (every_ms > 0)
		uv_timer_start(&alerts->timer, on_timer, every_ms, every_ms);
	return alerts;
}

static void on_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct alerts, timer));
}

void alerts_stop(struct alerts *alerts, void (*stopped)(void *ctx), void *ctx)
{
	alerts->is_stopping = true;
	alerts->stopped = stopped;
	alerts->stopped_ctx = ctx;
	uv_close((uv_handle_t *)&alerts->timer, on_closed);
}
