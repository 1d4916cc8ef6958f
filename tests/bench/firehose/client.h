/*
 * client: one TCP connection to the firehose: a few REST answers, or after
 * the upgrade a gateway connection that takes what stream.h has packed.
 *
 *   request -> answer, again and again
 *   upgrade -> HELLO -> IDENTIFY -> READY and guilds -> client_go -> events -> the end
 */
#pragma once
#include "tests/bench/firehose/stream.h"
#include <uv.h>

struct hose {
	uv_loop_t *loop; /* borrowed */
	struct mix mix;
	const char *compress;   /* borrowed; all connections must ask for it */
	struct stream *streams; /* owned; one a shard */
	bool is_paced;          /* as the mix says; else as fast as it is taken */
	int port;
	struct client **shards; /* owned list; who is connected as each, or NULL */
};

struct client;

/* Takes the connection that waits at `listener`; it frees itself when it is over. */
void client_accept(struct hose *hose, uv_stream_t *listener);
/* The events begin. */
void client_go(struct client *client);

/* Milliseconds since the epoch, with their fraction. */
double hose_now_ms(void);
/* A line for whoever runs us. */
void hose_say(const char *fmt, ...) RA_PRINTF(1, 2);
