/*
 * fleet: all replicas of gateway-ingest together hold the bot's shards, each
 * its share. This is our part in it: it says which shards run here, and runs
 * them.
 *
 *   leases in Redis --a script a second--> mine --> shard_start
 *                                          no longer mine --> shard_drop
 *                                          more than my share --> shard_stop, then released
 *
 * A lease says who should run a shard; that nobody else can publish for it is
 * the publisher's fence (publisher.h). So nothing is lost or doubled when the
 * two disagree for a while: the loop was busy, the process was stopped, Redis
 * was away or forgot the last second.
 *
 *   a replica ends            it gives all up at once; the others resume its sessions within a
 *                             second
 *   a replica dies or hangs   its leases end SHARD_LEASE later; the same
 *   a replica is added        the others give it shards, one at a time
 *   Redis is away             everybody goes on with what he has
 *
 * Resharding: a plan of another size is brought up beside the one that
 * serves. All its shards live and with their guilds, the old ones retire:
 * each ends its stream with a last word. When all have, the new plan serves.
 *
 *   next set -> shards of next IDENTIFY beside the old -> settled --all--> retiring
 *            -> old shards shard_retire -> retired --all--> count = next
 */
#pragma once
#include "services/gateway-ingest/plan.h"
#include "services/gateway-ingest/shard.h"

struct fleet;

/* Everything in `env` is borrowed. NULL and *err when the configuration is no good. */
struct fleet *fleet_start(const struct shard_env *env, struct ra_err *err);
/* Gives all shards up. `stopped` comes from the loop, once; the memory goes after it. */
void fleet_stop(struct fleet *f, void (*stopped)(void *ctx), void *ctx);
/* All shards that are ours are live. If not, why. */
bool fleet_is_ready(const struct fleet *f, char why[128]);
