/*
 * digests: see digests.h. Every few seconds:
 *
 *	PLAN  what is due gets a row in the outbox, and the next time is noted, in one transaction;
 *	      of several missed in a time of silence, the last
 *	TAKE  one row that waits, held for some minutes --> digest_post --> NOTE what became of it
 *	      and at once the next, until there is none
 */
#include "services/api/digests.h"
#include "libshared/metrics/metrics.h"
#include "services/api/digest_post.h"
#include <stdio.h>

#define TICK_MS      2000
#define HOLD_MS      120000 /* longer than any post takes */
#define TRIES_MAX    40
#define RETRY_MS     30000 /* and longer each time */
#define RETRY_MAX_MS 1800000

RA_COUNTER_BY(digests_posted, "rations_digests_total", "outcome",
	      "digests, and what became of them")

/* $1 now */
const char sql_digest_plan[] =
	"WITH due AS ("
	" SELECT d.*, coalesce(s.timezone, 'UTC') AS zone FROM app.digest d "
	" JOIN analytics.guild g USING (guild_id) LEFT JOIN app.guild_settings s USING (guild_id) "
	" WHERE d.next_at <= public.ms_to_ts($1) AND g.removed_at IS NULL "
	" ORDER BY d.next_at LIMIT 100 FOR UPDATE OF d SKIP LOCKED"
	"), posted AS ("
	" INSERT INTO app.digest_post (guild_id, channel_id, every, due_at) "
	" SELECT guild_id, channel_id, every, "
	"  app.digest_last(zone, every, weekday, hour, public.ms_to_ts($1)) FROM due "
	" ON CONFLICT DO NOTHING"
	") "
	"UPDATE app.digest d SET "
	" next_at = app.digest_next(due.zone, d.every, d.weekday, d.hour, public.ms_to_ts($1)) "
	"FROM due WHERE d.guild_id = due.guild_id";

/* $1 now, $2 for how long it is held. */
const char sql_digest_take[] =
	"UPDATE app.digest_post p SET tries = p.tries + 1, "
	" held_until = public.ms_to_ts($1::bigint + $2::bigint) "
	"FROM (SELECT w.digest_post_id, coalesce(s.timezone, 'UTC') AS zone, "
	"  coalesce(nullif(s.language, ''), g.locale, '') AS locale "
	" FROM app.digest_post w LEFT JOIN app.guild_settings s USING (guild_id) "
	" LEFT JOIN analytics.guild g USING (guild_id) "
	" WHERE w.state = 'waiting' "
	"  AND (w.held_until IS NULL OR w.held_until <= public.ms_to_ts($1)) "
	" ORDER BY w.due_at LIMIT 1 FOR UPDATE OF w SKIP LOCKED) t "
	"WHERE p.digest_post_id = t.digest_post_id "
	"RETURNING p.digest_post_id, p.guild_id, p.channel_id, p.every, public.ts_to_ms(p.due_at), "
	" public.ts_to_ms(p.attempted_at), p.is_test, p.tries, "
	" (p.due_at AT TIME ZONE t.zone)::date - date '1970-01-01', t.locale";

enum column { ID, GUILD, CHANNEL, EVERY, DUE, ATTEMPTED, IS_TEST, TRIES, DUE_DAY, LOCALE };

/* $1 post, $2 state, $3 why, $4 message or 0, $5 now, $6 not again before. */
const char sql_digest_note[] =
	"UPDATE app.digest_post SET state = $2, why = $3, message_id = nullif($4::bigint, 0), "
	" held_until = public.ms_to_ts($6), "
	" finished_at = CASE WHEN $2 <> 'waiting' THEN public.ms_to_ts($5) END "
	"WHERE digest_post_id = $1";

struct digests {
	struct api *api; /* borrowed */
	uv_timer_t timer;
	bool is_busy; /* planning, taking or posting */
	bool is_stopping;
	bool is_closing;
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

static void take(struct digests *d);

static void on_closed(uv_handle_t *handle)
{
	struct digests *d = ra_container_of((uv_timer_t *)handle, struct digests, timer);
	d->stopped(d->stopped_ctx);
	ra_free(d);
}

static void rest(struct digests *d)
{
	d->is_busy = false;
	if (!d->is_stopping || d->is_closing)
		return;
	d->is_closing = true;
	uv_close((uv_handle_t *)&d->timer, on_closed);
}

/* --- NOTE --- */

static void on_noted(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct digests *d = ctx;
	(void)rows;
	(void)err; /* not noted: it is taken again when it is held no longer, and found in the
		      channel */
	if (status < 0)
		rest(d);
	else
		take(d);
}

static int64_t next_try_ms(const struct digest_row *row, const struct digest_result *result)
{
	int64_t ms = row->tries < 7 ? (int64_t)RETRY_MS << (row->tries - 1) : RETRY_MAX_MS;
	return (int64_t)result->retry_ms > ms ? (int64_t)result->retry_ms : ms;
}

static void on_posted(void *ctx, const struct digest_row *row, const struct digest_result *result)
{
	static const char *const states[] = { "sent", "failed", "waiting" };
	struct digests *d = ctx;
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	bool is_given_up = result->outcome == DIGEST_LATER && row->tries >= TRIES_MAX;
	const char *state = is_given_up ? "failed" : states[result->outcome];
	int64_t now_ms = d->api->now_ms();
	ra_count_by(&digests_posted, is_given_up ? "given_up" : state, 1);
	if (result->outcome != DIGEST_SENT)
		ra_warn(d->api->log, "digest not posted", ra_f_u64("guild", row->guild),
			ra_f_text("why", result->why), ra_f_int("tries", row->tries));
	ra_pg_i64(&p, row->id);
	ra_pg_text(&p, ra_str_of(state));
	ra_pg_text(&p, ra_str_of(result->why));
	ra_pg_i64(&p, (int64_t)result->message_id);
	ra_pg_i64(&p, now_ms);
	ra_pg_i64(&p, now_ms + next_try_ms(row, result));
	if (db_ask(d->api->db, STMT_digest_note, &p, on_noted, d) < 0)
		rest(d);
	ra_arena_fini(&arena);
}

/* --- TAKE --- */

static void copy(char *to, size_t size, struct ra_str text)
{
	snprintf(to, size, "%.*s", (int)text.len, text.ptr);
}

static void on_taken(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct digests *d = ctx;
	(void)err;
	if (status < 0 || PQntuples(rows) == 0 || d->is_stopping) {
		rest(d);
		return;
	}
	struct digest_row row = {
		.id = ra_pg_get_i64(rows, 0, ID),
		.guild = ra_pg_get_u64(rows, 0, GUILD),
		.channel = ra_pg_get_u64(rows, 0, CHANNEL),
		.due_ms = ra_pg_get_i64(rows, 0, DUE),
		.attempted_ms = ra_pg_get_i64(rows, 0, ATTEMPTED),
		.is_test = ra_pg_get_bool(rows, 0, IS_TEST),
		.tries = (int)ra_pg_get_i64(rows, 0, TRIES),
		.due_day = (int)ra_pg_get_i64(rows, 0, DUE_DAY),
	};
	copy(row.every, sizeof(row.every), ra_pg_get_str(rows, 0, EVERY));
	copy(row.locale, sizeof(row.locale), ra_pg_get_str(rows, 0, LOCALE));
	digest_post(d->api, &row, on_posted, d);
}

static void take(struct digests *d)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_i64(&p, d->api->now_ms());
	ra_pg_i64(&p, HOLD_MS);
	if (d->is_stopping || db_ask(d->api->db, STMT_digest_take, &p, on_taken, d) < 0)
		rest(d);
	ra_arena_fini(&arena);
}

/* --- PLAN --- */

static void on_planned(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct digests *d = ctx;
	(void)rows;
	(void)err;
	if (status < 0)
		rest(d);
	else
		take(d);
}

static void on_timer(uv_timer_t *timer)
{
	struct digests *d = ra_container_of(timer, struct digests, timer);
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	if (d->is_busy)
		return;
	ra_pg_i64(&p, d->api->now_ms());
	d->is_busy = true;
	if (db_ask(d->api->db, STMT_digest_plan, &p, on_planned, d) < 0)
		rest(d);
	ra_arena_fini(&arena);
}

/* --- life --- */

struct digests *digests_start(struct api *api)
{
	struct digests *d = ra_new(struct digests);
	d->api = api;
	uv_timer_init(api->loop, &d->timer);
	if (*api->conf->discord_bot_token)
		uv_timer_start(&d->timer, on_timer, TICK_MS, TICK_MS);
	return d;
}

void digests_stop(struct digests *d, void (*stopped)(void *ctx), void *ctx)
{
	d->is_stopping = true;
	d->stopped = stopped;
	d->stopped_ctx = ctx;
	uv_timer_stop(&d->timer);
	if (!d->is_busy)
		rest(d);
}
