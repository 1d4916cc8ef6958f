/* consumer_commit: what was read becomes rows and a position, in one transaction. */
#include "libshared/base/clock.h"
#include "services/analytics/consumer_internal.h"
#include "services/analytics/handover.h"
#include "services/analytics/load.h"
#include "services/analytics/sql.h"
#include "services/analytics/write.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Older than this when committed: there is more to catch up with. */
enum { BEHIND_MS = 60 * 1000 };

RA_COUNTER(events_folded, "rations_events_folded_total", "events committed to the rollups");
RA_COUNTER(batches_committed, "rations_batches_committed_total", "transactions committed");
RA_HISTOGRAM(commit_seconds, "rations_commit_seconds", "from sending a batch to its commit");
RA_HISTOGRAM(lag_seconds, "rations_event_to_commit_seconds",
	     "age of a batch's newest event when committed");

/* --- LOOK_UP: what must be known of members before their joins and leaves count --- */

static void fold_all(struct consumer *c)
{
	struct position *position = &c->state.position;
	for (size_t i = 0; i < c->entries.count; i++) {
		struct ra_entry *entry = &c->entries.list[i];
		c->fold.entry_ms = (int64_t)strtoull(entry->id, NULL, 10);
		if (c->handover && handover_is_over(c->handover, c->fold.entry_ms))
			consumer_end_handover(c);
		if (entry->is_event)
			fold_event(&c->fold, &entry->event);
		snprintf(position->entry_id, sizeof position->entry_id, "%s", entry->id);
		position->entries += position->entries >= 0;
		lookback_pass(&c->lookback, entry->id);
	}
	bool is_full = (int64_t)c->entries.count >= c->asked_entries;
	c->batch_entries += (int64_t)c->entries.count;
	bool has_room = c->batch_entries < c->conf->batch_entries;
	ra_entries_clear(&c->entries);
	/* A guild's snapshot is one thing: it is committed whole, or read again. */
	bool reads_on = c->state.open_snapshots > 0 || (is_full && has_room);
	consumer_enter(c, reads_on ? READ : MONTHS);
}

static void on_looked_up(void *ctx, int status, const struct ra_err *err)
{
	struct consumer *c = ctx;
	if (c->step != LOOK_UP)
		return;
	if (status < 0) {
		consumer_fall_back(c, err);
		return;
	}
	fold_known_loaded(&c->fold);
	fold_all(c);
}

void consumer_enter_look_up(struct consumer *c)
{
	size_t known_before = c->fold.known.count;
	for (size_t i = 0; i < c->entries.count; i++) {
		if (c->entries.list[i].is_event)
			fold_wants(&c->fold, &c->entries.list[i].event);
	}
	if (c->fold.known.count == known_before) {
		fold_all(c);
		return;
	}
	int rc = load_known(c->pg, &c->fold);
	if (rc == 0)
		rc = ra_pg_sync(c->pg, on_looked_up, c);
	if (rc < 0)
		c->step = CONNECT;
}

/* --- MONTHS: partitions, in a transaction of their own because of their locks ------ */

/* When the month of that time begins, or one of those after it. */
static int64_t month_of(int64_t at, int months_later)
{
	time_t seconds = at / 1000;
	struct tm tm;
	gmtime_r(&seconds, &tm);
	struct tm first = { .tm_year = tm.tm_year,
			    .tm_mon = tm.tm_mon + months_later,
			    .tm_mday = 1 };
	return (int64_t)timegm(&first) * 1000;
}

static void on_months(void *ctx, int status, const struct ra_err *err)
{
	struct consumer *c = ctx;
	if (c->step != MONTHS)
		return;
	if (status < 0) {
		consumer_fall_back(c, err);
		return;
	}
	c->ready_from = month_of(c->batch.first_hour, 0);
	c->ready_to = month_of(c->batch.last_hour, 1);
	consumer_enter(c, COMMIT);
}

void consumer_enter_months(struct consumer *c)
{
	struct batch *b = &c->batch;
	if (b->first_hour == 0 || (b->first_hour >= c->ready_from && b->last_hour < c->ready_to)) {
		consumer_enter(c, COMMIT);
		return;
	}
	if (c->ready_from && c->ready_from < b->first_hour)
		b->first_hour = c->ready_from;
	if (c->ready_to > b->last_hour)
		b->last_hour = c->ready_to - 1;
	struct ra_pg_params p = { .arena = &b->arena };
	ra_pg_i64(&p, b->first_hour);
	ra_pg_i64(&p, b->last_hour);
	int rc = ra_pg_send(c->pg, SQL_ENSURE_MONTHS, &p, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_sync(c->pg, on_months, c);
	if (rc < 0)
		c->step = CONNECT;
}

/* --- COMMIT ---------------------------------------------------------------------- */

/* What a start after a crash would read again. */
static void note_needed(struct consumer *c)
{
	const struct position *position = &c->state.position;
	const char *oldest = lookback_oldest(&c->lookback);
	if (position->handover_from[0])
		oldest = position->handover_from;
	snprintf(c->needed, sizeof c->needed, "%s", oldest ? oldest : position->entry_id);
}

static void on_committed(void *ctx, int status, const struct ra_err *err)
{
	struct consumer *c = ctx;
	if (c->step != COMMIT)
		return;
	if (status < 0) {
		consumer_fall_back(c, err);
		return;
	}
	ra_backoff_reset(&c->backoff);
	ra_count(&events_folded, (double)c->batch.events);
	ra_count(&batches_committed, 1);
	if (c->batch.events > 0)
		c->is_current = ra_wall_ms() - c->state.position.event_at < BEHIND_MS;
	ra_observe(&commit_seconds, (double)(ra_monotonic_ms() - c->sent_at_ms) / 1000.0);
	if (c->batch.events > 0)
		ra_observe(&lag_seconds,
			   (double)(ra_wall_ms() - c->state.position.event_at) / 1000.0);
	batch_clear(&c->batch);
	c->batch_entries = 0;
	ra_table_clear(&c->fold.known);
	note_needed(c);
	consumer_enter(c, c->state.position.is_finished ? DONE : READ);
}

void consumer_enter_commit(struct consumer *c)
{
	c->sent_at_ms = ra_monotonic_ms();
	int rc = write_batch(c->pg, c->stream, &c->state, &c->batch);
	if (rc == 0)
		rc = ra_pg_sync(c->pg, on_committed, c);
	if (rc < 0)
		c->step = CONNECT;
}
