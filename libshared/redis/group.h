/*
 * group: a stream of requests, read in a consumer group, so that any replica
 * takes any of them, and takes over what another had when it died.
 *
 *	XADD --> stream --XREADGROUP--> one replica --> on_entry
 *	                  XAUTOCLAIM--> another, when that one is silent
 *	ra_group_done --> XACK, XDEL: it lies nowhere any more
 *
 * An entry may come twice: to another replica while this one is slow, or again
 * when it was not done in time. That it is carried out once is its reader's
 * affair.
 */
#pragma once
#include "libshared/redis/redis.h"

struct ra_group;

struct ra_group_entry {
	const char *id;
	const struct ra_str *words; /* its fields and values */
	size_t count;               /* of the words; 0 when there are more than anybody writes */
	int64_t age_ms;  /* by Redis's clock, so that it does not matter what ours says */
	bool is_claimed; /* another replica had it before, or we ourselves */
};

struct ra_group_ops {
	/* Texts are borrowed until you return. */
	void (*on_entry)(void *ctx, const struct ra_group_entry *entry);
	/* Whether entries may come now; may be NULL: always. Poke when it turns true. */
	bool (*may_read)(void *ctx);
};

struct ra_group_conf {
	uv_loop_t *loop;
	const char *redis_url;
	const char *stream, *group; /* copied */
	const struct ra_log *log;
	int count;    /* entries at a time */
	int block_ms; /* a turn waits so long for new ones; nothing is acknowledged meanwhile */
	int claim_ms; /* whoever has had one for so long is not working on it */
};

/* Everything but the names is borrowed. NULL and *err when the URL is malformed. */
struct ra_group *ra_group_open(const struct ra_group_conf *conf, const struct ra_group_ops *ops,
			       void *ctx, struct ra_err *err);
/* Nothing comes any more; `closed` (may be NULL) comes from the loop when the memory is gone. */
void ra_group_close(struct ra_group *group, ra_redis_closed_cb closed, void *ctx);

/* It is carried out, or never will be. */
void ra_group_done(struct ra_group *group, const char *id);
/* Reads at once, unless it does already, or may not. */
void ra_group_poke(struct ra_group *group);

const char *ra_group_stream(const struct ra_group *group);
/* For /readyz. */
bool ra_group_is_ready(const struct ra_group *group, char why[128]);
