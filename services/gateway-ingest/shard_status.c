/* shard_status: how a shard is, for the System page and for Prometheus. */
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "services/gateway-ingest/intents.h"
#include "services/gateway-ingest/shard_internal.h"
#include <stdio.h>

#define RATE_MS 60000

RA_GAUGE_BY(live, "rations_shard_live", "shard", "1 when the shard is in a live session")
RA_GAUGE_BY(guilds, "rations_shard_guilds", "shard", "guilds the shard has")
RA_GAUGE_BY(unavailable, "rations_shard_unavailable_guilds", "shard",
	    "guilds announced and not there yet, or in an outage")
RA_GAUGE_BY(rate, "rations_shard_events_per_second", "shard",
	    "events published, mean of the last minute")
RA_GAUGE_BY(latency, "rations_shard_heartbeat_seconds", "shard",
	    "from the last heartbeat to its acknowledgement")
RA_GAUGE_BY(last_event, "rations_shard_last_event_timestamp_seconds", "shard",
	    "when the newest dispatch came")
RA_GAUGE_BY(seq, "rations_shard_seq", "shard", "number of the last dispatch")
RA_GAUGE_BY(buffered, "rations_shard_buffered_bytes", "shard", "bytes waiting for Redis")

static struct ra_metric *const by_shard[] = { &live,    &guilds,     &unavailable, &rate,
					      &latency, &last_event, &seq,         &buffered };

/* Of the last minute, or as long as we know. */
static double events_per_s(struct shard *s, uint64_t events)
{
	struct shard_figures *f = &s->figures;
	struct sample now = { ra_monotonic_ms(), events };
	struct sample oldest = now;
	f->samples[f->sampled++ % SHARD_SAMPLES] = now;
	for (size_t i = 0; i < SHARD_SAMPLES && i < f->sampled; i++)
		if (f->samples[i].at_ms < oldest.at_ms &&
		    f->samples[i].at_ms + RATE_MS >= now.at_ms)
			oldest = f->samples[i];
	double seconds = (double)(now.at_ms - oldest.at_ms) / 1000;
	return seconds > 0 ? (double)(now.events - oldest.events) / seconds : 0;
}

static void set_metrics(const struct shard *s, const struct ra_shard_status *status)
{
	ra_gauge_set_by(&live, s->name, s->step == LIVE);
	ra_gauge_set_by(&guilds, s->name, (double)status->guilds);
	ra_gauge_set_by(&unavailable, s->name, (double)status->unavailable_guilds);
	ra_gauge_set_by(&rate, s->name, status->events_per_s);
	ra_gauge_set_by(&latency, s->name, (double)status->latency_ms / 1000);
	ra_gauge_set_by(&last_event, s->name, (double)status->last_event_at / 1000);
	ra_gauge_set_by(&seq, s->name, (double)publisher_session(s->publisher)->seq);
	ra_gauge_set_by(&buffered, s->name, (double)status->buffered_bytes);
}

void shard_forget_metrics(const struct shard *s)
{
	for (size_t i = 0; i < RA_COUNT(by_shard); i++)
		ra_metric_forget(by_shard[i], s->name);
}

bool shard_status(struct shard *s, struct ra_shard_status *status)
{
	if (s->pending > 0) /* its parts are going */
		return false;
	const struct session *session = publisher_session(s->publisher);
	const struct shard_figures *f = &s->figures;
	struct publisher_figures published = publisher_figures(s->publisher);
	*status = (struct ra_shard_status){
		.guilds = session->guilds.present,
		.unavailable_guilds = session->guilds.pending + session->guilds.away,
		.events_per_s = events_per_s(s, published.events),
		.events = (int64_t)published.events,
		.latency_ms = (int64_t)connection_latency_ms(s->connection),
		.last_event_at = f->last_event_at,
		.live_since = f->live_since,
		.session_started_at = session->began_at,
		.resumes = f->resumes,
		.identifies = f->identifies,
		.reconnects = f->endings,
		.publish_ms = (int64_t)published.publish_ms,
		.buffered_bytes = (int64_t)published.buffered_bytes,
		.stream_entries = (int64_t)publisher_stream_entries(s->publisher),
		.fence = (int64_t)published.fence,
	};
	char why[128] = "";
	snprintf(status->shard, sizeof(status->shard), "%s", s->name);
	snprintf(status->state, sizeof(status->state), "%s", shard_state(s));
	if (!shard_is_ready(s, why))
		snprintf(status->trouble, sizeof(status->trouble), "%s", why);
	snprintf(status->last_cause, sizeof(status->last_cause), "%s",
		 f->last_cause ? f->last_cause : "");
	status->intents = s->intents;
	intents_describe(s->withheld, status->intents_withheld);
	set_metrics(s, status);
	return true;
}
