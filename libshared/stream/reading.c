#include "libshared/stream/reading.h"
#include "libshared/discord/snowflake.h"
#include "libshared/metrics/metrics.h"
#include "libshared/stream/handover.h"
#include "libshared/stream/reader.h"
#include <stdio.h>

/* A simulated clock (EVENT_CLOCK=frame) may run ahead of Redis's by days, not by years. */
#define CLOCKS_DIFFER_MS (31LL * 24 * 3600 * 1000)

RA_COUNTER(events_duplicate, "rations_events_duplicate_total",
	   "entries skipped: their session and seq were folded in already");
RA_COUNTER(events_of_both_plans, "rations_events_of_both_plans_total",
	   "entries skipped: the shards of the plan before have told the same");
RA_COUNTER(events_untimed, "rations_events_untimed_total",
	   "events with a time that can not be, folded in at the stream's time");

void ra_reading_init(struct ra_reading *reading, uint32_t shard_id, uint32_t shard_count)
{
	*reading = (struct ra_reading){
		.shard_id = shard_id,
		.shard_count = shard_count,
		.position = { .entry_id = "0-0" },
	};
}

void ra_reading_fini(struct ra_reading *reading)
{
	ra_handover_free(&reading->handover);
	ra_free(reading->old);
	reading->old = NULL;
	reading->old_count = 0;
}

bool ra_reading_has_seen(const struct ra_reading *reading, const struct ra_event *event)
{
	const struct ra_position *position = &reading->position;
	return ra_str_is(event->session, position->session) &&
	       ra_event_order(event->seq, event->part, position->seq, position->part) <= 0;
}

bool ra_reading_is_ahead(const struct ra_reading *reading, const struct ra_event *event)
{
	return ra_str_is(event->session, reading->position.session) &&
	       !ra_reading_has_seen(reading, event);
}

void ra_reading_pass_time(struct ra_reading *reading, int64_t at)
{
	if (at > reading->position.event_at)
		reading->position.event_at = at;
}

/* Before Discord there was nothing, and nobody tells of what is still to come: such a time is a
 * mistake, and the stream's own clock takes its place. */
static struct ra_event at_a_possible_time(const struct ra_reading *reading,
					  const struct ra_event *event)
{
	struct ra_event timed = *event;
	int64_t event_at = reading->position.event_at;
	bool is_ahead = reading->entry_ms > RA_DISCORD_EPOCH_MS &&
			event->at > reading->entry_ms + CLOCKS_DIFFER_MS;
	if (timed.at < RA_DISCORD_EPOCH_MS || is_ahead) {
		ra_count(&events_untimed, 1);
		timed.at = event_at ? event_at : RA_DISCORD_EPOCH_MS;
	}
	return timed;
}

static void note_position(struct ra_position *position, const struct ra_event *event)
{
	snprintf(position->session, sizeof(position->session), "%.*s", (int)event->session.len,
		 event->session.ptr ? event->session.ptr : "");
	position->seq = event->seq;
	position->part = event->part;
}

static enum ra_verdict judge(struct ra_reading *reading, const struct ra_event *event,
			     const struct ra_reader_ops *ops, const void *fold)
{
	if (!reading->handover)
		return RA_VERDICT_FOLD;
	bool is_here = ops->is_here && ops->is_here(fold, event->guild);
	return ra_handover_judge(reading->handover, event, reading->entry_ms, is_here);
}

enum ra_taken ra_reading_take(struct ra_reading *reading, const struct ra_event *told,
			      const struct ra_reader_ops *ops, void *fold)
{
	if (ra_reading_has_seen(reading, told)) {
		ra_count(&events_duplicate, 1);
		return RA_NOT_TAKEN;
	}
	enum ra_verdict verdict = judge(reading, told, ops, fold);
	if (verdict == RA_VERDICT_SKIP) {
		ra_count(&events_of_both_plans, 1);
		note_position(&reading->position, told);
		return RA_NOT_TAKEN;
	}
	struct ra_event event = at_a_possible_time(reading, told);
	ops->event(fold, &event, verdict == RA_VERDICT_HEARSAY);
	ra_reading_pass_time(reading, event.at);
	reading->is_cut_off = false;
	reading->position.restored_at = 0;
	note_position(&reading->position, &event);
	return verdict == RA_VERDICT_HEARSAY ? RA_TAKEN_HEARSAY : RA_TAKEN;
}
