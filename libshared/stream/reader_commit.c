/* reader_commit: what was read becomes rows and a position, in one transaction. */
#include "libshared/base/clock.h"
#include "libshared/stream/reader_internal.h"
#include <stdio.h>
#include <stdlib.h>

/* Older than this when committed: there is more to catch up with. */
enum { BEHIND_MS = 60 * 1000 };

RA_COUNTER(events_folded, "rations_events_folded_total", "events folded in and committed");
RA_COUNTER(batches_committed, "rations_batches_committed_total", "transactions committed");
RA_HISTOGRAM(commit_seconds, "rations_commit_seconds", "from sending a batch to its commit");
RA_HISTOGRAM(lag_seconds, "rations_event_to_commit_seconds",
	     "age of a batch's newest event when committed");

/* --- LOOK_UP: what the service must know before it folds --- */

static void fold_all(struct ra_reader *r)
{
	struct ra_reading *reading = &r->reading;
	struct ra_position *position = &reading->position;
	for (size_t i = 0; i < r->entries.count; i++) {
		struct ra_entry *entry = &r->entries.list[i];
		reading->entry_ms = (int64_t)strtoull(entry->id, NULL, 10);
		if (reading->handover && ra_handover_is_over(reading->handover, reading->entry_ms))
			reader_end_handover(r);
		if (entry->is_event)
			r->batch_events += ra_reading_take(reading, &entry->event, r->ops,
							   r->fold) == RA_TAKEN;
		snprintf(position->entry_id, sizeof position->entry_id, "%s", entry->id);
		position->entries += position->entries >= 0;
		ra_lookback_pass(&r->lookback, entry->id);
	}
	bool is_full = (int64_t)r->entries.count >= r->asked_entries;
	r->batch_entries += (int64_t)r->entries.count;
	bool has_room = r->batch_entries < r->conf->batch_entries;
	ra_entries_clear(&r->entries);
	bool reads_on = !reader_is_whole(r) || (is_full && has_room);
	reader_enter(r, reads_on ? READ : PREPARE);
}

static void on_looked_up(void *ctx, int status, const struct ra_err *err)
{
	struct ra_reader *r = ctx;
	if (r->step != LOOK_UP)
		return;
	if (status < 0) {
		reader_fall_back(r, err);
		return;
	}
	r->ops->looked_up(r->fold);
	fold_all(r);
}

void reader_enter_look_up(struct ra_reader *r)
{
	int rc = r->ops->look_up ? r->ops->look_up(r->fold, r->pg, &r->entries) : 0;
	if (rc == 0) {
		fold_all(r);
		return;
	}
	if (rc > 0)
		rc = ra_pg_sync(r->pg, on_looked_up, r);
	if (rc < 0)
		r->step = CONNECT;
}

/* --- PREPARE: in a transaction of its own, because of its locks ------------------------ */

static void on_prepared(void *ctx, int status, const struct ra_err *err)
{
	struct ra_reader *r = ctx;
	if (r->step != PREPARE)
		return;
	if (status < 0) {
		reader_fall_back(r, err);
		return;
	}
	r->ops->prepared(r->fold);
	reader_enter(r, COMMIT);
}

void reader_enter_prepare(struct ra_reader *r)
{
	int rc = r->ops->prepare ? r->ops->prepare(r->fold, r->pg) : 0;
	if (rc == 0) {
		reader_enter(r, COMMIT);
		return;
	}
	if (rc > 0)
		rc = ra_pg_sync(r->pg, on_prepared, r);
	if (rc < 0)
		r->step = CONNECT;
}

/* --- COMMIT ---------------------------------------------------------------------- */

/* What a start after a crash would read again. */
static void note_needed(struct ra_reader *r)
{
	const struct ra_position *position = &r->reading.position;
	const char *oldest = ra_lookback_oldest(&r->lookback);
	if (position->handover_from[0])
		oldest = position->handover_from;
	snprintf(r->needed, sizeof r->needed, "%s", oldest ? oldest : position->entry_id);
}

static void on_committed(void *ctx, int status, const struct ra_err *err)
{
	struct ra_reader *r = ctx;
	if (r->step != COMMIT)
		return;
	if (status < 0) {
		reader_fall_back(r, err);
		return;
	}
	ra_backoff_reset(&r->backoff);
	ra_count(&events_folded, (double)r->batch_events);
	ra_count(&batches_committed, 1);
	if (r->batch_events > 0)
		r->is_current = ra_wall_ms() - r->reading.position.event_at < BEHIND_MS;
	ra_debug(&r->log, "batch committed", ra_f_text("session", r->reading.position.session),
		 ra_f_u64("seq", r->reading.position.seq), ra_f_u64("events", r->batch_events));
	ra_observe(&commit_seconds, (double)(ra_monotonic_ms() - r->sent_at_ms) / 1000.0);
	if (r->batch_events > 0)
		ra_observe(&lag_seconds,
			   (double)(ra_wall_ms() - r->reading.position.event_at) / 1000.0);
	r->ops->committed(r->fold);
	ra_arena_reset(&r->arena);
	r->batch_entries = 0;
	r->batch_events = 0;
	note_needed(r);
	reader_enter(r, r->reading.position.is_finished ? DONE : READ);
}

static int send_position(struct ra_reader *r)
{
	const struct ra_position *position = &r->reading.position;
	struct ra_pg_params p = { .arena = &r->arena };
	ra_pg_text(&p, ra_str_of(r->stream));
	ra_pg_text(&p, ra_str_of(position->entry_id));
	ra_pg_text(&p, ra_str_of(position->session));
	ra_pg_i64(&p, (int64_t)position->seq);
	ra_pg_i64(&p, (int64_t)position->part);
	ra_pg_i64(&p, position->event_at);
	ra_pg_i64(&p, position->entries);
	ra_pg_text(&p, ra_str_of(position->handover_from));
	ra_pg_bool(&p, position->is_finished);
	ra_pg_i64(&p, position->restored_at);
	return ra_pg_send(r->pg, reader_sql(r->ops, READER_POSITION), &p, NULL, NULL);
}

void reader_enter_commit(struct ra_reader *r)
{
	r->sent_at_ms = ra_monotonic_ms();
	int rc = r->ops->write(r->fold, r->pg);
	if (rc >= 0)
		rc = send_position(r);
	if (rc == 0)
		rc = ra_pg_sync(r->pg, on_committed, r);
	if (rc < 0)
		r->step = CONNECT;
}
