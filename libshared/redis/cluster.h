/*
 * cluster: what the nodes of a Redis Cluster say about where keys live.
 * https://redis.io/docs/reference/cluster-spec
 *
 * Every node knows every slot's master and answers a command for another's
 * slot with MOVED, so it is enough to know some nodes and to go where they
 * send us; which slot a key is in is for them to work out.
 */
#pragma once
#include "libshared/redis/url.h"
#include <hiredis/hiredis.h>

struct redis_nodes {
	struct redis_node *list; /* owned */
	size_t count;
};

void redis_nodes_fini(struct redis_nodes *nodes);
/* Replaces them by the nodes that CLUSTER SLOTS names; by none when `slots` is an error, as it is
 * without a cluster. A node that does not know its own address is where we `asked`. */
void redis_nodes_learn(struct redis_nodes *nodes, const redisReply *slots,
		       const struct redis_node *asked);

/* Does `error` say that this node does not serve the key, or not now? */
bool redis_is_elsewhere(struct ra_str error);
/* Where a MOVED sends us: *to is yours to free. RA_ENOTFOUND: it says nothing of the kind. */
int redis_moved_to(struct ra_str error, const struct redis_node *asked,
		   struct redis_node *to) RA_MUST_CHECK;
