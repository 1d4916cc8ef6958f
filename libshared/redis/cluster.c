/* cluster: see the header. */
#include "libshared/redis/cluster.h"

#define NODES_MAX 64 /* enough to find the way back to a cluster of any size */

void redis_nodes_fini(struct redis_nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++)
		ra_free(nodes->list[i].host);
	ra_free(nodes->list);
	*nodes = (struct redis_nodes){ 0 };
}

static bool is_known(const struct redis_nodes *nodes, struct ra_str host, int port)
{
	for (size_t i = 0; i < nodes->count; i++)
		if (nodes->list[i].port == port && ra_str_is(host, nodes->list[i].host))
			return true;
	return false;
}

static void add(struct redis_nodes *nodes, struct ra_str host, int port)
{
	if (nodes->count == NODES_MAX || is_known(nodes, host, port))
		return;
	if (!nodes->list)
		nodes->list = ra_alloc(NODES_MAX * sizeof(*nodes->list));
	nodes->list[nodes->count++] = (struct redis_node){ ra_str_dup(host), port };
}

/* A node: host, port, id, and more since Redis 7. */
static void learn_node(struct redis_nodes *nodes, const redisReply *node,
		       const struct redis_node *asked)
{
	if (node->type != REDIS_REPLY_ARRAY || node->elements < 2 ||
	    node->element[1]->type != REDIS_REPLY_INTEGER)
		return;
	const redisReply *host = node->element[0];
	bool has_host = host->type == REDIS_REPLY_STRING && host->len > 0;
	add(nodes, has_host ? (struct ra_str){ host->str, host->len } : ra_str_of(asked->host),
	    (int)node->element[1]->integer);
}

/* A range of slots: first, last, its master, its replicas. */
void redis_nodes_learn(struct redis_nodes *nodes, const redisReply *slots,
		       const struct redis_node *asked)
{
	redis_nodes_fini(nodes);
	if (slots->type != REDIS_REPLY_ARRAY)
		return;
	for (size_t i = 0; i < slots->elements; i++) {
		const redisReply *range = slots->element[i];
		for (size_t n = 2; range->type == REDIS_REPLY_ARRAY && n < range->elements; n++)
			learn_node(nodes, range->element[n], asked);
	}
}

/* The words a node begins such an error with. The first two are also said without a cluster, by a
 * replica, as is UNBLOCKED by a master that has just become one. */
bool redis_is_elsewhere(struct ra_str error)
{
	static const char *const words[] = {
		"READONLY ", "MASTERDOWN ", "LOADING ",   "MOVED ",
		"ASK ",      "TRYAGAIN ",   "UNBLOCKED ", "CLUSTERDOWN ",
	};
	static const char from_exec[] = "EXECABORT Transaction discarded because of: ";
	if (ra_str_starts(error, from_exec))
		error = (struct ra_str){ error.ptr + strlen(from_exec),
					 error.len - strlen(from_exec) };
	for (size_t i = 0; i < RA_COUNT(words); i++)
		if (ra_str_starts(error, words[i]))
			return true;
	return false;
}

/* "MOVED 3999 127.0.0.1:6381"; the host may be a name, an IPv6 address, or empty. */
int redis_moved_to(struct ra_str error, const struct redis_node *asked, struct redis_node *to)
{
	const char *end = error.ptr + error.len;
	const char *space = error.len ? memrchr(error.ptr, ' ', error.len) : NULL;
	const char *colon = space ? memrchr(space, ':', (size_t)(end - space)) : NULL;
	uint64_t port;
	if (!ra_str_starts(error, "MOVED ") || !colon ||
	    ra_str_to_u64((struct ra_str){ colon + 1, (size_t)(end - colon - 1) }, &port) < 0 ||
	    port < 1 || port > 65535)
		return RA_ENOTFOUND;
	struct ra_str host = { space + 1, (size_t)(colon - space - 1) };
	*to = (struct redis_node){ ra_str_dup(host.len > 0 ? host : ra_str_of(asked->host)),
				   (int)port };
	return 0;
}
