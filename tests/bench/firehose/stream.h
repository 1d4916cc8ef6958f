/*
 * stream: one shard's whole connection, packed ahead: every payload
 * compressed in one context, as Discord does it, and framed for WebSocket,
 * so that sending is nothing but writing. Whoever connects gets the same bytes.
 */
#pragma once
#include "tests/bench/firehose/payloads.h"

struct stream {
	struct ra_buf bytes;  /* owned */
	size_t hello_end;     /* bytes before IDENTIFY */
	size_t guilds_end;    /* READY and the guilds end here */
	size_t *event_ends;   /* owned; where each event ends */
	uint64_t event_count; /* the end among them */
	uint64_t last_seq;
	uint64_t payload_bytes; /* of the events, before compression */
};

/* "zstd-stream", "zlib-stream" or "none"; false when it is something else. */
bool stream_knows(const char *compress);
void stream_build(struct stream *stream, const struct mix *mix, unsigned shard,
		  const char *compress, uint64_t events, int port);
void stream_fini(struct stream *stream);

/* One frame; `opcode` as RFC 6455 has it. */
void stream_add_frame(struct ra_buf *out, unsigned opcode, struct ra_str payload);
