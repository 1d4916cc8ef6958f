/*
 * standby: see standby.h.
 *
 *	every tick:  ask each connection how far it has replayed  --> judge
 *	             ask the primary where its log ends           --> a mark
 *
 * In this order: the standby has had a tick for the mark before. So what is
 * known of one that keeps up is one to two ticks old.
 */
#include "services/api/standby.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include <stdio.h>

#define TICK_MS 500 /* the shortest bound is four of them */

RA_GAUGE(links_wanted, "rations_replica_connections", "connections to the read replica we want")
RA_GAUGE(links_used, "rations_replica_connections_used",
	 "those that are up and not too far behind: questions go there")
RA_GAUGE(lag_seconds, "rations_replica_lag_seconds",
	 "how far the read replica is behind at most; grows while it is away")

/* Where the log ends, then whose it is: the cluster, its timeline, and which database (a restore
 * takes another one's name, and a connection to a standby outlives that). What is written is what a
 * standby can have, and a commit that was told is. */
const char sql_primary_place[] =
	"SELECT (pg_current_wal_lsn() - '0/0')::bigint, "
	" (SELECT system_identifier FROM pg_control_system()), "
	" ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int, "
	" (SELECT oid::bigint FROM pg_database WHERE datname = current_database())";

/* The timeline is the one of its last restart point or of what it wrote to disk since: it may be
 * told late, never early. */
const char sql_standby_place[] =
	"SELECT (pg_last_wal_replay_lsn() - '0/0')::bigint, "
	" (SELECT system_identifier FROM pg_control_system()), "
	" (SELECT greatest(c.timeline_id, r.min_recovery_end_timeline) "
	"   FROM pg_control_checkpoint() c, pg_control_recovery() r), "
	" (SELECT oid::bigint FROM pg_database WHERE datname = current_database()), "
	" pg_is_in_recovery()";

enum column { PLACE, SYSTEM, TIMELINE, DATABASE, IS_STANDBY };

struct identity {
	int64_t system, timeline, database;
};

struct link {
	struct standby *standby; /* borrowed: it owns us */
	struct ra_pg *pg;        /* owned */
	enum standby_state state;
	bool is_asked;         /* an answer is coming */
	uint64_t asked_for_ms; /* the youngest mark when we asked */
	bool is_known;         /* young_ms is of this connection */
	bool has_all;          /* it had reached the youngest mark */
	uint64_t young_ms;     /* what was committed before is there */
};

struct standby {
	struct db *db;            /* borrowed */
	const struct ra_log *log; /* borrowed */
	uint64_t max_lag_ms;
	struct link *links; /* owned */
	int count;
	struct standby_marks marks;
	struct identity primary;
	bool is_asking_primary;
	uint64_t asked_ms; /* the primary */
	enum standby_state state;
	uv_timer_t tick;
	int pending; /* the timer, connections not yet closed, an answer of the primary */
	ra_pg_closed_cb closed;
	void *closed_ctx; /* borrowed */
};

/* ---- Marks. ---- */

void standby_marks_add(struct standby_marks *marks, struct standby_mark mark)
{
	marks->ring[marks->count++ % STANDBY_MARKS] = mark;
}

uint64_t standby_marks_reached(const struct standby_marks *marks, int64_t place)
{
	for (size_t back = 1; back <= marks->count && back <= STANDBY_MARKS; back++) {
		const struct standby_mark *mark =
			&marks->ring[(marks->count - back) % STANDBY_MARKS];
		if (mark->place <= place)
			return mark->at_ms;
	}
	return 0;
}

/* ---- What it all comes to. ---- */

static bool is_used(const struct link *link)
{
	return ra_pg_is_up(link->pg) && link->state == STANDBY_USED && link->is_known &&
	       ra_monotonic_ms() - link->young_ms < link->standby->max_lag_ms;
}

static enum standby_state state_of(const struct link *link)
{
	if (!ra_pg_is_up(link->pg))
		return STANDBY_AWAY;
	return link->state == STANDBY_USED && !is_used(link) ? STANDBY_BEHIND : link->state;
}

enum standby_state standby_state(const struct standby *standby)
{
	enum standby_state best = STANDBY_AWAY;
	for (int i = 0; i < standby->count; i++) {
		enum standby_state state = state_of(&standby->links[i]);
		best = state < best ? state : best;
	}
	return best;
}

static int count_used(const struct standby *standby)
{
	int used = 0;
	for (int i = 0; i < standby->count; i++)
		used += is_used(&standby->links[i]);
	return used;
}

int64_t standby_lag_ms(const struct standby *standby)
{
	uint64_t lag_ms = 0, now_ms = ra_monotonic_ms();
	for (int i = 0; i < standby->count; i++) {
		const struct link *link = &standby->links[i];
		bool is_level = ra_pg_is_up(link->pg) && link->is_known && link->has_all;
		if (!is_level && now_ms - link->young_ms > lag_ms)
			lag_ms = now_ms - link->young_ms;
	}
	return (int64_t)lag_ms;
}

static const struct {
	const char *name, *why;
} words[] = {
	[STANDBY_USED] = { "used", "" },
	[STANDBY_BEHIND] = { "behind", "" /* and by how much: below */ },
	[STANDBY_FOREIGN] = { "foreign",
			      "it does not follow our primary; questions go to the primary" },
	[STANDBY_LEADS] = { "leads", "it is no standby; questions go to the primary" },
	[STANDBY_AWAY] = { "away", "away, questions go to the primary" },
};

json_t *standby_json(const struct standby *standby)
{
	return json_pack("{s:s, s:I, s:I, s:i, s:i}", "state", words[standby_state(standby)].name,
			 "lag_ms", (json_int_t)standby_lag_ms(standby), "max_lag_ms",
			 (json_int_t)standby->max_lag_ms, "connections", standby->count,
			 "connections_used", count_used(standby));
}

bool standby_is_used(void *ctx, char why[128])
{
	const struct standby *standby = ctx;
	enum standby_state state = standby_state(standby);
	if (state == STANDBY_BEHIND)
		snprintf(why, 128, "behind by %.0f s, questions go to the primary",
			 (double)standby_lag_ms(standby) / 1000);
	else
		snprintf(why, 128, "%s", words[state].why);
	return state == STANDBY_USED;
}

/* One line for a change; the metrics. */
static void tell(struct standby *standby)
{
	char why[128];
	enum standby_state state = standby_state(standby);
	ra_gauge_set(&links_used, count_used(standby));
	ra_gauge_set(&lag_seconds, (double)standby_lag_ms(standby) / 1000);
	if (state == standby->state)
		return;
	if (standby_is_used(standby, why))
		ra_info(standby->log, "replica used");
	else if (standby->state == STANDBY_USED)
		ra_warn(standby->log, "replica not used", ra_f_text("why", why),
			ra_f_text("hint", "Questions go to the primary until it is back."));
	else
		ra_info(standby->log, "replica still not used", ra_f_text("why", why));
	standby->state = state;
}

/* ---- Asking. ---- */

static void unref(struct standby *standby)
{
	if (--standby->pending > 0)
		return;
	ra_gauge_add(&links_wanted, -standby->count);
	if (standby->closed)
		standby->closed(standby->closed_ctx);
	ra_free(standby->links);
	ra_free(standby);
}

static struct identity identity_of(const PGresult *rows)
{
	return (struct identity){ ra_pg_get_i64(rows, 0, SYSTEM), ra_pg_get_i64(rows, 0, TIMELINE),
				  ra_pg_get_i64(rows, 0, DATABASE) };
}

/* Its answer, about a connection that is up. */
static void judge(struct link *link, const PGresult *rows)
{
	struct standby *standby = link->standby;
	const struct identity *primary = &standby->primary;
	struct identity own = identity_of(rows);
	int64_t place = ra_pg_get_i64(rows, 0, PLACE);

	if (standby->marks.count == 0) {
		link->state = STANDBY_BEHIND; /* nothing to judge by yet */
	} else if (!ra_pg_get_bool(rows, 0, IS_STANDBY)) {
		link->state = STANDBY_LEADS;
	} else if (own.system != primary->system || own.timeline != primary->timeline) {
		link->state = STANDBY_FOREIGN;
	} else if (own.database != primary->database) {
		link->state = STANDBY_FOREIGN;
		ra_pg_reset(link->pg, "the database has become another one");
	} else {
		uint64_t reached_ms = standby_marks_reached(&standby->marks, place);
		link->state = STANDBY_USED;
		link->has_all = reached_ms >= link->asked_for_ms;
		link->is_known |= reached_ms > 0;
		if (reached_ms > link->young_ms)
			link->young_ms = reached_ms;
	}
	if (link->state != STANDBY_USED)
		link->is_known = false;
}

static void on_standby_place(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct link *link = ctx;
	(void)err;
	link->is_asked = false;
	if (status == 0)
		judge(link, rows);
	else
		link->is_known = false;
}

static void ask_standby(struct link *link)
{
	if (link->is_asked ||
	    ra_pg_send(link->pg, STMT_standby_place, NULL, on_standby_place, link) < 0)
		return;
	link->is_asked = true;
	link->asked_for_ms = standby_marks_reached(&link->standby->marks, INT64_MAX);
	if (ra_pg_sync(link->pg, NULL, NULL) < 0)
		ra_pg_reset(link->pg, "sync refused");
}

/* Another primary's marks say nothing about this one's. */
static void forget(struct standby *standby)
{
	standby->marks.count = 0;
	for (int i = 0; i < standby->count; i++)
		standby->links[i].is_known = false;
}

static void take_mark(struct standby *standby, const PGresult *rows)
{
	struct identity own = identity_of(rows);
	if (memcmp(&own, &standby->primary, sizeof(own)) != 0)
		forget(standby);
	standby->primary = own;
	standby_marks_add(&standby->marks, (struct standby_mark){ standby->asked_ms,
								  ra_pg_get_i64(rows, 0, PLACE) });
}

static void on_primary_place(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct standby *standby = ctx;
	(void)err;
	standby->is_asking_primary = false;
	if (status == 0)
		take_mark(standby, rows);
	unref(standby);
}

static void ask_primary(struct standby *standby)
{
	uint64_t now_ms = ra_monotonic_ms();
	if (standby->is_asking_primary ||
	    db_ask(standby->db, STMT_primary_place, NULL, on_primary_place, standby) < 0)
		return;
	standby->is_asking_primary = true;
	standby->pending++;
	standby->asked_ms = now_ms;
}

static void on_tick(uv_timer_t *timer)
{
	struct standby *standby = ra_container_of(timer, struct standby, tick);
	tell(standby);
	for (int i = 0; i < standby->count; i++)
		ask_standby(&standby->links[i]);
	ask_primary(standby);
}

/* ---- Life. ---- */

static struct ra_pg *spare(void *ctx)
{
	const struct link *link = ctx;
	return db_pick(link->standby->db);
}

static void on_up(void *ctx)
{
	ask_standby(ctx);
}

static void on_down(void *ctx, const char *why)
{
	struct link *link = ctx;
	(void)why;
	link->is_known = false;
}

struct standby *standby_open(uv_loop_t *loop, const char *url, int size, int64_t max_lag_ms,
			     struct db *db, const struct ra_log *log, struct ra_err *err)
{
	static const struct ra_pg_ops ops = { .on_up = on_up, .on_down = on_down };
	struct standby *standby = ra_new(struct standby);
	*standby = (struct standby){ .db = db,
				     .log = log,
				     .max_lag_ms = (uint64_t)max_lag_ms,
				     .links = ra_alloc((size_t)size * sizeof(struct link)),
				     .state = STANDBY_AWAY,
				     .pending = 1 };
	uv_timer_init(loop, &standby->tick);
	uv_timer_start(&standby->tick, on_tick, 0, TICK_MS);
	for (; standby->count < size; standby->count++) {
		struct link *link = &standby->links[standby->count];
		*link = (struct link){ .standby = standby,
				       .state = STANDBY_BEHIND,
				       .young_ms = ra_monotonic_ms() };
		link->pg = ra_pg_open(loop, url, "rations-api-replica", db_statements,
				      STATEMENT_COUNT, log, &ops, link, err);
		if (!link->pg)
			goto fail;
		ra_pg_set_spare(link->pg, spare, link);
		standby->pending++;
		ra_gauge_add(&links_wanted, 1);
	}
	return standby;
fail:
	standby_close(standby, NULL, NULL);
	return NULL;
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of(handle, struct standby, tick));
}

static void on_link_closed(void *ctx)
{
	unref(((struct link *)ctx)->standby);
}

void standby_close(struct standby *standby, ra_pg_closed_cb closed, void *ctx)
{
	standby->closed = closed;
	standby->closed_ctx = ctx;
	uv_close((uv_handle_t *)&standby->tick, on_timer_closed);
	for (int i = 0; i < standby->count; i++)
		ra_pg_close(standby->links[i].pg, on_link_closed, &standby->links[i]);
}

struct ra_pg *standby_pick(struct standby *standby)
{
	struct ra_pg *best = NULL;
	for (int i = 0; i < standby->count; i++) {
		struct ra_pg *pg = standby->links[i].pg;
		if (is_used(&standby->links[i]) &&
		    (!best || ra_pg_in_flight(pg) < ra_pg_in_flight(best)))
			best = pg;
	}
	return best;
}
