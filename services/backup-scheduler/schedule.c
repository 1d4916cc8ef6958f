/*
 * schedule: see the header. A look, every now and then:
 *
 *	LOOK   which kinds are to be planned anew, or are due
 *	ZONE   what the clocks of the settings' zone do
 *	PLAN   when each comes next; what is due becomes a job
 */
#include "services/backup-scheduler/schedule.h"
#include "libshared/base/clock.h"
#include "libshared/cron/cron.h"
#include "libshared/metrics/metrics.h"
#include "libshared/pg/pg.h"
#include "services/backup-scheduler/conf.h"
#include "services/backup-scheduler/gauges.h"
#include "services/backup-scheduler/queue.h"
#include <stdio.h>

enum { LOOK_MS = 500, KINDS = 2 };

#define DAY_MS   (24 * INT64_C(3600000))
#define AHEAD_MS (9 * 366 * DAY_MS)

RA_COUNTER_BY(fired, "rations_backup_scheduled_total", "kind", "jobs made because it was time")

enum { SQL_LOOK, SQL_ZONE, SQL_PLAN, SQL_UNPLAN, SQL_FIRE, SQL_GAUGES, SQL_COUNT };

/* clang-format off */
static const struct ra_pg_stmt stmts[] = {
	/* $1 whether drills can be made. No schedule: not to be planned. */
	[SQL_LOOK] = {
		"SELECT k.kind, k.schedule, s.zone, public.ts_to_ms(p.next_at), p.kind IS NOT NULL, "
		" p.schedule IS NOT DISTINCT FROM k.schedule AND p.zone = s.zone "
		"FROM app.backup_settings s CROSS JOIN LATERAL (VALUES "
		" ('backup', CASE WHEN is_enabled THEN s.schedule END), "
		" ('drill', CASE WHEN is_enabled AND drill = 'nightly' AND $1::boolean "
		"  THEN format('%s %s * * *', drill_minute % 60, drill_minute / 60) END)) k (kind, schedule) "
		"LEFT JOIN backup.plan p USING (kind)", 1 },
	[SQL_ZONE] = { zone_sql, 3 },
	/* $1 kind, $2 schedule, $3 zone, $4 next or NULL, $5 why */
	[SQL_PLAN] = {
		"INSERT INTO backup.plan (kind, schedule, zone, next_at, why) VALUES ($1, $2, $3, public.ms_to_ts($4), $5) "
		"ON CONFLICT (kind) DO UPDATE SET schedule = excluded.schedule, zone = excluded.zone, "
		" next_at = excluded.next_at, why = excluded.why", 5 },
	[SQL_UNPLAN] = { "DELETE FROM backup.plan WHERE kind = $1", 1 },
	/* $1 kind, $2 the time that is due, $3 next or NULL, $4 now. Not beside one that still waits. */
	[SQL_FIRE] = {
		"WITH due AS ("
		" UPDATE backup.plan SET next_at = public.ms_to_ts($3) WHERE kind = $1 AND public.ts_to_ms(next_at) = $2 RETURNING kind"
		") "
		"INSERT INTO backup.job (kind, parameters, created_at) "
		"SELECT kind, CASE kind WHEN 'backup' THEN '{\"kind\": \"scheduled\"}'::jsonb ELSE '{}' END, public.ms_to_ts($4) "
		"FROM due WHERE NOT EXISTS (SELECT FROM backup.job j WHERE j.kind = due.kind "
		" AND j.command_id IS NULL AND j.state IN ('waiting', 'running'))", 4 },
	[SQL_GAUGES] = { gauges_sql, 0 },
};
/* clang-format on */

enum look_column { L_KIND, L_SCHEDULE, L_ZONE, L_NEXT, L_IS_PLANNED, L_IS_SAME };

/* One kind that has something to be done about it. */
struct entry {
	char kind[16], schedule[CRON_TEXT_MAX + 1], zone[64];
	int64_t due_ms; /* 0: not due, only to be planned */
	bool is_off;    /* not to be planned any more */
};

struct schedule {
	const struct conf *conf; /* borrowed */
	struct queue *queue;     /* borrowed */
	struct ra_pg *pg;        /* owned */
	uv_timer_t timer;
	int64_t now_ms; /* of this look */
	struct entry entries[KINDS];
	size_t count;
	struct zone zone; /* owned */
	bool is_asking, is_stopped;
};

/* --- PLAN ------------------------------------------------------------------------------ */

static void copy(char *out, size_t size, struct ra_str text)
{
	snprintf(out, size, "%.*s", (int)text.len, text.ptr);
}

static int send_plan(struct schedule *s, const struct entry *entry, const int64_t *next_ms,
		     const char *why)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_text(&p, ra_str_of(entry->kind));
	ra_pg_text(&p, ra_str_of(entry->schedule));
	ra_pg_text(&p, ra_str_of(entry->zone));
	if (next_ms)
		ra_pg_i64(&p, *next_ms);
	else
		ra_pg_null(&p);
	ra_pg_text(&p, ra_str_of(why));
	int rc = ra_pg_send(s->pg, SQL_PLAN, &p, NULL, NULL);
	ra_arena_fini(&arena);
	return rc;
}

static int send_unplan(struct schedule *s, const struct entry *entry)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_text(&p, ra_str_of(entry->kind));
	int rc = ra_pg_send(s->pg, SQL_UNPLAN, &p, NULL, NULL);
	ra_arena_fini(&arena);
	return rc;
}

static int send_fire(struct schedule *s, const struct entry *entry, const int64_t *next_ms)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_text(&p, ra_str_of(entry->kind));
	ra_pg_i64(&p, entry->due_ms);
	if (next_ms)
		ra_pg_i64(&p, *next_ms);
	else
		ra_pg_null(&p);
	ra_pg_i64(&p, s->now_ms);
	int rc = ra_pg_send(s->pg, SQL_FIRE, &p, NULL, NULL);
	ra_count_by(&fired, entry->kind, 1);
	ra_info(NULL, "it is time", ra_f_text("kind", entry->kind));
	ra_arena_fini(&arena);
	return rc;
}

static int plan(struct schedule *s, const struct entry *entry)
{
	struct cron cron;
	struct ra_err err = { 0 };
	int64_t next_ms;
	if (entry->is_off)
		return send_unplan(s, entry);
	int rc = cron_parse(&cron, entry->schedule, &err);
	if (rc == 0 && cron_next(&cron, &s->zone, s->now_ms, &next_ms) < 0)
		rc = ra_fail(&err, RA_ENOTFOUND, "", "the schedule never comes");
	if (rc < 0)
		ra_error(NULL, "schedule makes no sense", ra_f_text("kind", entry->kind),
			 ra_f_text("why", err.msg));
	const int64_t *next = rc == 0 ? &next_ms : NULL;
	return entry->due_ms ? send_fire(s, entry, next)
			     : send_plan(s, entry, next, rc < 0 ? err.msg : "");
}

static void on_planned(void *ctx, int status, const struct ra_err *err)
{
	struct schedule *s = ctx;
	s->is_asking = false;
	if (status < 0)
		ra_warn(NULL, "schedule not written",
			ra_f_text("why", err ? err->msg : "connection lost"));
	else
		queue_poke(s->queue);
}

static void plan_all(struct schedule *s)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < s->count; i++)
		rc = plan(s, &s->entries[i]);
	if (rc == 0)
		rc = ra_pg_sync(s->pg, on_planned, s);
	s->is_asking = rc == 0;
}

/* --- ZONE ------------------------------------------------------------------------------ */

static void on_zone(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct schedule *s = ctx;
	(void)err;
	if (status == 0)
		zone_load(&s->zone, rows);
}

/* A zone that PostgreSQL does not know: then never, and that is said. */
static void on_zone_known(void *ctx, int status, const struct ra_err *err)
{
	struct schedule *s = ctx;
	s->is_asking = false;
	if (status == 0) {
		plan_all(s);
	} else if (status == RA_EDB && strncmp(err->msg, "22", 2) == 0) {
		int rc = 0;
		for (size_t i = 0; rc == 0 && i < s->count; i++)
			rc = s->entries[i].is_off
				     ? send_unplan(s, &s->entries[i])
				     : send_plan(s, &s->entries[i], NULL, "the zone is not known");
		if (rc == 0)
			rc = ra_pg_sync(s->pg, on_planned, s);
		s->is_asking = rc == 0;
	}
}

static void ask_zone(struct schedule *s)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_text(&p, ra_str_of(s->entries[0].zone));
	ra_pg_i64(&p, s->now_ms - DAY_MS);
	ra_pg_i64(&p, s->now_ms + AHEAD_MS);
	int rc = ra_pg_send(s->pg, SQL_ZONE, &p, on_zone, s);
	if (rc == 0)
		rc = ra_pg_sync(s->pg, on_zone_known, s);
	s->is_asking = rc == 0;
	ra_arena_fini(&arena);
}

/* --- LOOK ------------------------------------------------------------------------------ */

static void look_at(struct schedule *s, const PGresult *rows, int i)
{
	struct entry *entry = &s->entries[s->count];
	bool is_off = ra_pg_is_null(rows, i, L_SCHEDULE);
	bool is_same = ra_pg_get_bool(rows, i, L_IS_SAME);
	bool is_never = ra_pg_is_null(rows, i, L_NEXT);
	int64_t next_ms = ra_pg_get_i64(rows, i, L_NEXT);
	bool is_due = is_same && !is_never && next_ms <= s->now_ms;
	if (is_off ? !ra_pg_get_bool(rows, i, L_IS_PLANNED) : is_same && !is_due)
		return;
	*entry = (struct entry){ .is_off = is_off, .due_ms = !is_off && is_due ? next_ms : 0 };
	copy(entry->kind, sizeof(entry->kind), ra_pg_get_str(rows, i, L_KIND));
	copy(entry->schedule, sizeof(entry->schedule), ra_pg_get_str(rows, i, L_SCHEDULE));
	copy(entry->zone, sizeof(entry->zone), ra_pg_get_str(rows, i, L_ZONE));
	s->count++;
}

static void on_look(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct schedule *s = ctx;
	(void)err;
	s->count = 0;
	for (int i = 0; status == 0 && i < PQntuples(rows) && s->count < KINDS; i++)
		look_at(s, rows, i);
}

static void on_gauges(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	(void)ctx, (void)err;
	if (status == 0)
		gauges_set(rows);
}

static void on_looked(void *ctx, int status, const struct ra_err *err)
{
	struct schedule *s = ctx;
	(void)err;
	s->is_asking = false;
	if (status == 0 && s->count > 0 && !s->is_stopped && queue_is_leader(s->queue))
		ask_zone(s);
}

static void look(struct schedule *s)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	if (s->is_asking || s->is_stopped || !ra_pg_is_up(s->pg))
		return;
	s->now_ms = ra_wall_ms();
	ra_pg_bool(&p, *s->conf->admin_url != '\0');
	int rc = ra_pg_send(s->pg, SQL_LOOK, &p, on_look, s);
	if (rc == 0 && gauges_are_due()) {
		rc = ra_pg_send(s->pg, SQL_GAUGES, NULL, on_gauges, s);
		gauges_look_at_disk(s->timer.loop, s->conf->backup_dir);
	}
	if (rc == 0)
		rc = ra_pg_sync(s->pg, on_looked, s);
	s->is_asking = rc == 0;
	ra_arena_fini(&arena);
}

static void on_timer(uv_timer_t *timer)
{
	look(ra_container_of(timer, struct schedule, timer));
}

/* --- life -------------------------------------------------------------------------------- */

static void on_down(void *ctx, const char *why)
{
	struct schedule *s = ctx;
	(void)why;
	s->is_asking = false;
}

struct schedule *schedule_start(struct ra_service *service, struct queue *queue)
{
	static const struct ra_pg_ops ops = { .on_down = on_down };
	struct schedule *s = ra_new(struct schedule);
	s->conf = service->conf;
	s->queue = queue;
	uv_timer_init(service->loop, &s->timer);
	uv_timer_start(&s->timer, on_timer, LOOK_MS, LOOK_MS);
	/* The URL was checked when the program started: opening can not fail. */
	s->pg = ra_pg_open(service->loop, s->conf->database_url, "rations-backup-schedule", stmts,
			   SQL_COUNT, NULL, &ops, s, NULL);
	return s;
}

void schedule_stop(struct schedule *s)
{
	s->is_stopped = true;
	uv_timer_stop(&s->timer);
	uv_close((uv_handle_t *)&s->timer, NULL);
	ra_pg_close(s->pg, NULL, NULL);
}

void schedule_free(struct schedule **schedule)
{
	zone_fini(&(*schedule)->zone);
	ra_free(*schedule);
	*schedule = NULL;
}
