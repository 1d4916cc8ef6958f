/* inbox_stream: see inbox_stream.h. libshared/redis/group.h reads; what is too old is dropped here.
 */
#include "services/api/inbox_stream.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/group.h"

#define ANSWER_MS 3000 /* Discord docs: Responding to an Interaction */
#define MARGIN_MS 100  /* an answer is on its way for that long */

RA_COUNTER(claimed, "rations_interactions_claimed_total",
	   "commands taken over from a replica that did not answer")
RA_COUNTER(dropped, "rations_interactions_dropped_total",
	   "commands nobody could answer within Discord's three seconds")

struct inbox_stream {
	const struct inbox_conf *conf; /* borrowed */
	struct ra_group *group;        /* owned */
	void (*closed)(void *ctx);
	void *closed_ctx; /* borrowed */
};

static void on_entry(void *ctx, const struct ra_group_entry *entry)
{
	struct inbox_stream *s = ctx;
	struct inbox_place place;
	struct ra_interaction interaction;
	snprintf(place.key, sizeof(place.key), "%s", inbox_stream_key(s));
	snprintf(place.entry, sizeof(place.entry), "%s", entry->id);
	int64_t left_ms = ANSWER_MS - MARGIN_MS - entry->age_ms;
	if (entry->is_claimed)
		ra_count(&claimed, 1);
	if (left_ms > 0 && ra_interaction_decode(&interaction, entry->words, entry->count) == 0) {
		s->conf->ops->on_interaction(s->conf->ctx, &place, &interaction, (uint64_t)left_ms,
					     entry->is_claimed);
		return;
	}
	ra_count(&dropped, 1);
	inbox_stream_done(s, place.entry);
}

void inbox_stream_done(struct inbox_stream *s, const char *entry)
{
	ra_group_done(s->group, entry);
}

const char *inbox_stream_key(const struct inbox_stream *s)
{
	return ra_group_stream(s->group);
}

/* --- life --- */

struct inbox_stream *inbox_stream_open(const struct inbox_conf *conf, const char *key,
				       struct ra_err *err)
{
	static const struct ra_group_ops ops = { .on_entry = on_entry };
	struct inbox_stream *s = ra_new(struct inbox_stream);
	s->conf = conf;
	/* Nobody works on one for so long without telling Discord. */
	s->group = ra_group_open(&(struct ra_group_conf){ .loop = conf->loop,
							  .redis_url = conf->redis_url,
							  .stream = key,
							  .group = "api",
							  .log = conf->log,
							  .count = 16,
							  .block_ms = 500,
							  .claim_ms = 1200 },
				 &ops, s, err);
	if (!s->group)
		ra_free(s);
	return s;
}

static void on_closed(void *ctx)
{
	struct inbox_stream *s = ctx;
	s->closed(s->closed_ctx);
	ra_free(s);
}

void inbox_stream_close(struct inbox_stream *s, void (*closed)(void *ctx), void *ctx)
{
	s->closed = closed;
	s->closed_ctx = ctx;
	ra_group_close(s->group, on_closed, s);
}
