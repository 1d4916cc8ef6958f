/*
 * batch: XADD commands in RESP, ready to be sent, and where they bring the
 * session. Events are encoded straight into one buffer; a command's head is
 * written in front of its words when their number is known, so small gaps
 * lie between commands.
 */
#pragma once
#include "proto/events.h"
#include "proto/interaction.h"
#include "services/gateway-ingest/session.h"

struct batch {
	struct ra_buf bytes; /* owned */
	struct ra_buf head;  /* owned; of the command being made */
	struct batch_command {
		size_t from, to;         /* in bytes */
		enum ra_event_type type; /* RA_EVENT_UNKNOWN: no event */
	} * commands;                    /* owned */
	size_t count, cap;
	uint64_t oldest_ns; /* when its first event came in; uv_hrtime */
	struct session end; /* after it */
};

struct batch_mark {
	size_t bytes, count;
};

void batch_fini(struct batch *batch);
void batch_clear(struct batch *batch);
/* `trim` above 0: the stream is cut to about as many entries. */
void batch_add(struct batch *batch, struct ra_str stream, int64_t trim,
	       const struct ra_event *event);
/* Two commands: the entry, and that its stream is to go when nothing follows. */
void batch_add_interaction(struct batch *batch, const char *stream,
			   const struct ra_interaction *interaction);
struct ra_str batch_command(const struct batch *batch, size_t i);

static inline struct batch_mark batch_mark(const struct batch *batch)
{
	return (struct batch_mark){ batch->bytes.len, batch->count };
}

/* Forgets what was added since. */
static inline void batch_rewind(struct batch *batch, struct batch_mark mark)
{
	batch->bytes.len = mark.bytes;
	batch->count = mark.count;
}
