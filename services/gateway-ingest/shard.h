/*
 * shard: one of the bot's shards: keeps a Discord session alive across
 * connections, restarts and mishaps, and hands every dispatch to the
 * normaliser and its events to the publisher.
 *
 * A process holds several; they share the gateway, the WebSocket context and
 * the table of names. Which ones is the fleet's business (fleet.h).
 */
#pragma once
#include "proto/status.h"
#include "services/gateway-ingest/budget.h"
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
	struct budget *budget;
	struct websocket_context *websockets;
	struct seen *seen;
	const struct id_set *wants_text; /* guilds (normalise.h); the fleet's */
};

/* The shard is over: it was stopped, or somebody else was found to have it. Once, from the loop;
 * its memory goes after it. */
typedef void (*shard_ended_cb)(void *ctx, struct shard *s);

/* Shard `index` of `count`. NULL and *err when the configuration is no good. */
struct shard *shard_start(const struct shard_env *env, unsigned index, unsigned count,
			  shard_ended_cb ended, void *ctx, struct ra_err *err);
/* Publishes what is in hand and leaves so that the next holder can resume; `ended` follows. Any
 * time, and more than once. */
void shard_stop(struct shard *s);
/* The same without a word to the readers: somebody else has the shard already. */
void shard_drop(struct shard *s);
/* Its plan is given up for another: tells the readers that nothing will follow, ends the session at
 * Discord; `ended` follows. Needs no session: what was not connected ends as well. */
void shard_retire(struct shard *s);
/* In `ended`: that is in Redis. */
bool shard_is_retired(const struct shard *s);
/* Live, and Discord has told about every guild of its session. */
bool shard_is_settled(const struct shard *s);
/* Discord wants more shards than there are. */
bool shard_is_crowded(const struct shard *s);
/* How it is, but for who holds it and when that was written. To be asked about once a second: it
 * measures the rate, and sets the shard's metrics. false: it is all but over, there is nothing to
 * tell. */
bool shard_status(struct shard *s, struct ra_shard_status *status);
/* Another plan tells the same now: its stream is not to be trimmed (trim.h). */
void shard_hold_stream(struct shard *s, bool is_held);
/* What the bot is seen watching (presence.h): told to Discord when it is news. */
void shard_show(struct shard *s, const char *line);
/* In a live session, and Redis takes what comes. If not, why. */
bool shard_is_ready(const struct shard *s, char why[128]);
