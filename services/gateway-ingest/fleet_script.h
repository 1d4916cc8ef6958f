/*
 * fleet_script: the one script with which replicas share shards out, run in
 * Redis by every replica about once a second. Here is how it is asked and
 * what it answers; the rules stand in the Lua.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include "services/gateway-ingest/plan.h"
#include <hiredis/hiredis.h>

#define FLEET_KEY    "fleet:{fleet}"
#define FLEET_STATUS "status:{fleet}"

/* Shard `index` of a plan of `count`: "count.index" in Redis. */
struct fleet_shard {
	unsigned count, index;
};

struct fleet_shards {
	struct fleet_shard *list; /* owned */
	size_t count, cap;
};

void fleet_shards_add(struct fleet_shards *shards, struct fleet_shard shard);
bool fleet_shards_have(const struct fleet_shards *shards, struct fleet_shard shard);
void fleet_shards_fini(struct fleet_shards *shards);

struct fleet_request {
	const char *replica;     /* borrowed; REPLICA_ID */
	const char *nonce;       /* borrowed; of this process */
	const struct plan *plan; /* borrowed */
	unsigned wanted;         /* shards there should be; 0 not known */
	unsigned more;           /* at least so many there must be; 0: there are enough */
	int64_t lease_ms;
	bool is_new;                  /* the first time this process asks */
	bool is_leaving;              /* takes no more */
	struct fleet_shards held;     /* run here */
	struct fleet_shards settled;  /* and have all their guilds */
	struct fleet_shards retired;  /* have ended their streams, and run no more */
	struct fleet_shards released; /* run no more; those as well */
};

/* Appends the EVAL. */
void fleet_request_write(struct ra_buf *out, const struct fleet_request *request);

struct fleet_answer {
	enum fleet_verdict {
		FLEET_MEMBER,    /* `mine` are ours to run */
		FLEET_UNPLANNED, /* nobody has said yet how many shards there are: say `wanted` */
		FLEET_TWIN,      /* another process calls itself like us */
		FLEET_REFUSED,   /* the others have another SHARDS; `rule` */
	} verdict;
	char rule[40];
	unsigned count, next; /* the plan that serves, the one being brought up; 0 none */
	unsigned surplus, surplus_of_next; /* so many of each are more than our share */
	struct fleet_shards mine;          /* owned, in order */
	int64_t now_ms;                    /* by Redis' clock */
	bool is_retiring;      /* the next plan is there: those of `count` are to be retired */
	unsigned ignored_wish; /* a number of shards an operator wished and does not get; 0 none */
};

/* 0, or RA_EPROTO with *why: an error of Redis, or no answer of the script. */
int fleet_answer_read(struct fleet_answer *answer, const redisReply *reply,
		      const char **why) RA_MUST_CHECK;
void fleet_answer_fini(struct fleet_answer *answer);
