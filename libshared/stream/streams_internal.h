/* streams_internal: what streams.c, which shares out, and streams_drop.c, which takes away, have in
 * common. */
#pragma once
#include "libshared/redis/redis.h"
#include "libshared/stream/errand.h"
#include "libshared/stream/reader_sql.h"
#include "libshared/stream/share.h"
#include "libshared/stream/streams.h"

struct stream {
	struct ra_streams *streams; /* borrowed */
	struct ra_reader_conf conf;
	char name[48];            /* "events:{4.0}" */
	char last_id[48];         /* as far as it is folded in; "" not at all */
	struct ra_reader *reader; /* owned; NULL: somebody else's, or nobody's */
	struct ra_errand *errand; /* owned; NULL: none under way */
	int64_t first_ms;
	bool is_stopping;
	bool is_claimed;  /* in needs:{N.I}, before there was a position */
	bool is_listed;   /* in the set "shards" */
	bool is_finished; /* folded to its end */
	bool is_held;
	bool is_done;           /* our reader has seen its end, under this plan */
	bool is_old;            /* ended long enough ago to be dropped */
	uint64_t kept_until_ms; /* monotonic; others read it still: ask again then */
	struct stream *next;
};

struct ra_streams {
	uv_loop_t *loop;
	struct ra_streams_conf conf;
	char connection_name[48];
	struct reader_sql_table roster;
	struct ra_redis *redis; /* owned; the set "shards" */
	struct ra_redis *fleet; /* owned; the fleet's plan */
	struct ra_pg *pg;       /* owned; our presence */
	uv_timer_t timer;
	struct stream *list; /* owned */
	struct ra_share_plan plan;
	size_t replicas, rank;
	size_t round; /* questions not answered yet */
	bool has_looked, is_stopping;
};

/* The stream was read to its end long ago: we need it no more, and who needs it last drops it. */
void streams_let_go(struct ra_streams *s, struct stream *stream);
