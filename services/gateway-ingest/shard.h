/*
 * shard: one of the bot's shards: keeps a Discord session alive across
 * connections, restarts and mishaps, and hands every dispatch to the
 * normaliser and its events to the publisher.
 *
 * A process holds one or several; they share the gateway, the WebSocket
 * context and the table of names.
 */
#pragma once
#include "services/gateway-ingest/conf.h"
#include "services/gateway-ingest/gateway.h"
#include "services/gateway-ingest/seen.h"
#include "services/gateway-ingest/websocket.h"

struct shard;

/* What shards share. All borrowed, must outlive them. */
struct shard_env {
	uv_loop_t *loop;
	const struct conf *conf;
	struct gateway *gateway;
	struct websocket_context *websockets;
	struct seen *seen;
};

/* Shard `index` of `count`. NULL and *err when the configuration is no good. */
struct shard *shard_start(const struct shard_env *env, unsigned index, unsigned count,
			  struct ra_err *err);
/* Leaves so that the next process can resume. `stopped` comes from the loop, once; the memory goes
 * after it. */
void shard_stop(struct shard *s, void (*stopped)(void *ctx), void *ctx);
/* In a live session, and Redis takes what comes. If not, why. */
bool shard_is_ready(const struct shard *s, char why[128]);
