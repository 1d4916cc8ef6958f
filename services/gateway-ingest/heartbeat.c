/* heartbeat: see heartbeat.h. */
#include "services/gateway-ingest/heartbeat.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"

RA_HISTOGRAM(ack_seconds, "rations_gateway_heartbeat_seconds",
	     "from a heartbeat to its acknowledgement")

static void on_timer(uv_timer_t *timer)
{
	struct heartbeat *h = ra_container_of(timer, struct heartbeat, timer);
	if (h->sent_at_ms != 0 && !h->is_acked && !h->has_life) {
		heartbeat_stop(h);
		h->died(h->ctx);
		return;
	}
	h->is_acked = false;
	h->has_life = false;
	h->sent_at_ms = ra_monotonic_ms();
	if (!h->beat(h->ctx))
		h->is_acked = true;
}

void heartbeat_init(struct heartbeat *h, uv_loop_t *loop, bool (*beat)(void *ctx),
		    void (*died)(void *ctx), void *ctx)
{
	*h = (struct heartbeat){ .beat = beat, .died = died, .ctx = ctx };
	uv_timer_init(loop, &h->timer);
}

void heartbeat_close(struct heartbeat *h, uv_close_cb closed)
{
	uv_close((uv_handle_t *)&h->timer, closed);
}

void heartbeat_start(struct heartbeat *h, uint64_t interval_ms)
{
	h->interval_ms = interval_ms;
	h->sent_at_ms = 0;
	/* the first beat is scattered, so that a restarted fleet does not beat in step */
	uv_timer_start(&h->timer, on_timer, ra_random(interval_ms), interval_ms);
}

void heartbeat_stop(struct heartbeat *h)
{
	uv_timer_stop(&h->timer);
}

void heartbeat_ack(struct heartbeat *h)
{
	h->has_life = true;
	if (h->is_acked || h->sent_at_ms == 0)
		return;
	h->is_acked = true;
	h->latency_ms = ra_monotonic_ms() - h->sent_at_ms;
	ra_observe(&ack_seconds, (double)h->latency_ms / 1000);
}
