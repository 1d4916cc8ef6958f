#include "libshared/stream/streams.h"
#include "libshared/fleet/view.h"
#include "libshared/metrics/metrics.h"
#include "libshared/stream/streams_internal.h"
#include <stdio.h>
#include <stdlib.h>

enum { IDLE_TICK_MS = 1000 };

RA_GAUGE(streams_held, "rations_streams_held", "streams whose locks this replica holds");

/* --- readers ------------------------------------------------------------------- */

static void on_stopped(void *ctx)
{
	struct stream *stream = ctx;
	stream->reader = NULL;
	stream->is_stopping = false;
}

static void give_up(struct stream *stream)
{
	if (!stream->reader || stream->is_stopping)
		return;
	stream->is_stopping = true;
	ra_reader_stop(stream->reader, on_stopped, stream);
}

/* Stopped in the next round, not from within. */
static void on_done(void *ctx)
{
	struct stream *stream = ctx;
	stream->is_done = true;
}

static void take(struct ra_streams *s, struct stream *stream)
{
	stream->reader = ra_reader_start(s->loop, &stream->conf);
}

/* --- a round: what there is, and what is ours ----------------------------------------- */

static void on_first(void *ctx, const redisReply *reply)
{
	struct stream *stream = ctx;
	stream->errand = NULL;
	bool has_entry = reply->type == REDIS_REPLY_ARRAY && reply->elements == 1;
	stream->first_ms = has_entry ? strtoll(reply->element[0]->element[0]->str, NULL, 10) : 1;
}

static void ask_first(struct ra_streams *s, struct stream *stream)
{
	const char *const words[] = { "XRANGE", stream->name, "-", "+", "COUNT", "1" };
	if (stream->first_ms == 0 && !stream->errand)
		stream->errand = ra_errand_run(s->loop, s->conf.redis_url, stream->name, words,
					       RA_COUNT(words), on_first, stream);
}

static void on_claimed(void *ctx, const redisReply *reply)
{
	struct stream *stream = ctx;
	stream->errand = NULL;
	stream->is_claimed = reply->type == REDIS_REPLY_INTEGER;
}

/* It may be long until we read it (another plan's come first), and others may be faster: it is not
 * to be trimmed to what they need. */
static void claim(struct ra_streams *s, struct stream *stream)
{
	static const char script[] = "#!lua flags=allow-oom\n"
				     "return redis.call('HSETNX', KEYS[1], ARGV[1], '0-0')";
	char needs[48];
	snprintf(needs, sizeof(needs), "needs%s", stream->name + strlen("events"));
	const char *const words[] = { "EVAL", script, "1", needs, s->conf.ops->name };
	if (!stream->is_claimed && !stream->errand)
		stream->errand = ra_errand_run(s->loop, s->conf.redis_url, stream->name, words,
					       RA_COUNT(words), on_claimed, stream);
}

static size_t count_streams(const struct ra_streams *s)
{
	size_t count = 0;
	for (const struct stream *stream = s->list; stream; stream = stream->next)
		count++;
	return count;
}

/* In the order of the list. */
static struct ra_share_stream *survey(const struct ra_streams *s, size_t count)
{
	struct ra_share_stream *all = ra_alloc((count + 1) * sizeof(*all));
	size_t i = 0;
	for (const struct stream *stream = s->list; stream; stream = stream->next)
		all[i++] = (struct ra_share_stream){
			.shard_count = stream->conf.shard_count,
			.shard_id = stream->conf.shard_id,
			.first_ms = stream->first_ms,
			.is_finished = stream->is_finished || !stream->is_listed,
			.is_held = stream->is_held,
			.is_mine = stream->reader != NULL,
		};
	return all;
}

/* All streams of the plan that serves are being read: who of them has to mind what former plans
 * told has said so (handover_from), and is_old knows. */
static bool has_begun(const struct ra_streams *s)
{
	uint32_t begun = 0;
	for (const struct stream *stream = s->list; stream; stream = stream->next)
		begun += stream->conf.shard_count == s->plan.count && stream->last_id[0] != '\0' &&
			 !stream->is_finished; /* not in a former life */
	return s->plan.count != 0 && begun == s->plan.count && s->plan.next == 0;
}

/* Somebody else was faster. */
static bool is_in_vain(const struct stream *stream)
{
	return stream->is_held && !ra_reader_holds(stream->reader);
}

static void share_out(struct ra_streams *s)
{
	size_t count = count_streams(s), wanted = 0, mine = 0, held = 0, i = 0;
	struct ra_share_stream *all = survey(s, count);
	bool begun = has_begun(s);
	bool needs_order = ra_share_needs_order(&s->plan, all, count);
	for (struct stream *stream = s->list; stream; stream = stream->next, i++) {
		bool is_left = ra_share_is_left(&s->plan, stream->conf.shard_count);
		bool may_read = stream->is_listed && !stream->is_done &&
				ra_share_may_read(&s->plan, all, count, i);
		if (needs_order && is_left)
			ask_first(s, stream);
		if (stream->is_listed && stream->last_id[0] == '\0')
			claim(s, stream);
		if (stream->is_finished && stream->is_old && is_left && begun)
			streams_let_go(s, stream);
		if (stream->reader)
			ra_reader_set_abandoned(stream->reader, is_left);
		if (stream->reader && (!may_read || is_in_vain(stream)))
			give_up(stream);
		all[i].is_finished = !may_read; /* from here on: not to be had */
		wanted += may_read;
		mine += may_read && stream->reader && !stream->is_stopping;
		held += stream->reader && ra_reader_holds(stream->reader);
	}
	size_t share = ra_share_of(wanted, s->replicas, s->rank);
	ra_gauge_set(&streams_held, (double)held);
	i = 0;
	for (struct stream *stream = s->list; stream; stream = stream->next, i++) {
		if (mine > share && stream->reader && !stream->is_stopping) {
			give_up(stream);
			break; /* one a round */
		}
		if (mine < share && !all[i].is_finished && !stream->reader && !stream->is_held) {
			take(s, stream);
			mine++;
		}
	}
	ra_free(all);
}

static void end_round(struct ra_streams *s)
{
	s->round = 0;
	s->has_looked = true;
	if (!s->is_stopping)
		share_out(s);
}

static void on_looked(void *ctx, int status, const struct ra_err *err)
{
	struct ra_streams *s = ctx;
	if (status == 0) {
		end_round(s);
		return;
	}
	s->round = 0;
	if (status == RA_EDB)
		ra_error(NULL, "cannot see who reads which stream", ra_f_text("error", err->msg));
}

static struct stream *find(const struct ra_streams *s, struct ra_str name)
{
	for (struct stream *stream = s->list; stream; stream = stream->next)
		if (ra_str_is(name, stream->name))
			return stream;
	return NULL;
}

static void on_roster(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	struct ra_streams *s = ctx;
	(void)err;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		struct stream *stream = find(s, ra_pg_get_str(r, i, 2));
		s->replicas = (size_t)ra_pg_get_i64(r, i, 0);
		s->rank = (size_t)ra_pg_get_i64(r, i, 1);
		if (!stream)
			continue;
		struct ra_str last_id = ra_pg_get_str(r, i, 6);
		stream->is_held = ra_pg_get_bool(r, i, 3);
		stream->is_finished = ra_pg_get_bool(r, i, 4);
		stream->is_old = ra_pg_get_bool(r, i, 5);
		snprintf(stream->last_id, sizeof(stream->last_id), "%.*s", (int)last_id.len,
			 last_id.ptr);
	}
}

static void ask_roster(struct ra_streams *s)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	size_t count = 0;
	struct ra_str *names =
		ra_arena_alloc(&arena, (count_streams(s) + 1) * sizeof(struct ra_str));
	for (const struct stream *stream = s->list; stream; stream = stream->next)
		names[count++] = ra_str_of(stream->name);
	ra_pg_text_array(&p, names, count, sizeof(struct ra_str));
	ra_pg_i64(&p, s->conf.retired_keep_ms);
	int rc = ra_pg_send(s->pg, ROSTER_LOOK, &p, on_roster, s);
	if (rc == 0)
		rc = ra_pg_sync(s->pg, on_looked, s);
	if (rc < 0)
		s->round = 0;
	ra_arena_fini(&arena);
}

static uint32_t number_of(const redisReply *reply)
{
	uint64_t number = 0;
	int rc = ra_str_to_u64(ra_reply_str(reply), &number);
	return rc == 0 && number <= RA_FLEET_SHARDS_MAX ? (uint32_t)number : 0;
}

static void on_fleet(void *ctx, const redisReply *reply)
{
	struct ra_streams *s = ctx;
	if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
		s->round = 0;
		return;
	}
	struct ra_share_plan plan = { .count = number_of(reply->element[0]),
				      .next = number_of(reply->element[1]) };
	bool is_another = plan.count != s->plan.count || plan.next != s->plan.next;
	for (struct stream *stream = s->list; is_another && stream; stream = stream->next)
		stream->is_done = false; /* the shard may live again */
	s->plan = plan;
	ask_roster(s);
}

static void add(struct ra_streams *s, uint32_t count, uint32_t id)
{
	struct stream *stream = ra_new(struct stream);
	stream->streams = s;
	snprintf(stream->name, sizeof(stream->name), "events:{%u.%u}", count, id);
	stream->conf = (struct ra_reader_conf){
		.redis_url = s->conf.redis_url,
		.database_url = s->conf.database_url,
		.ops = s->conf.ops,
		.shard_id = id,
		.shard_count = count,
		.batch_entries = s->conf.batch_entries,
		.idle_tick_ms = IDLE_TICK_MS,
		.done = on_done,
		.done_ctx = stream,
		.ctx = s->conf.ctx,
	};
	stream->next = s->list;
	stream->is_listed = true;
	s->list = stream;
	ra_info(NULL, "shard found", ra_f_u64("shard_id", id), ra_f_u64("shard_count", count));
}

static void on_shards(void *ctx, const redisReply *reply)
{
	struct ra_streams *s = ctx;
	if (!reply || reply->type != REDIS_REPLY_ARRAY) {
		s->round = 0;
		return;
	}
	for (struct stream *stream = s->list; stream; stream = stream->next)
		stream->is_listed = false;
	for (size_t i = 0; i < reply->elements; i++) {
		unsigned count, id;
		if (!reply->element[i]->str ||
		    sscanf(reply->element[i]->str, "%u.%u", &count, &id) != 2 || id >= count ||
		    count > RA_FLEET_SHARDS_MAX)
			continue;
		char name[48];
		snprintf(name, sizeof(name), "events:{%u.%u}", count, id);
		struct stream *known = find(s, ra_str_of(name));
		if (known)
			known->is_listed = true;
		else
			add(s, count, id);
	}
	if (ra_redis_sendf(s->fleet, on_fleet, s, "HMGET " RA_FLEET_KEY " count next") < 0)
		s->round = 0;
}

static void look(struct ra_streams *s)
{
	if (s->round > 0 || s->is_stopping || !ra_redis_is_up(s->redis) ||
	    !ra_redis_is_up(s->fleet) || !ra_pg_is_up(s->pg))
		return;
	s->round = 1;
	if (ra_redis_sendf(s->redis, on_shards, s, "SMEMBERS shards") < 0)
		s->round = 0;
}

static void on_timer(uv_timer_t *timer)
{
	look(ra_container_of(timer, struct ra_streams, timer));
}

static void on_redis_up(void *ctx)
{
	look(ctx);
}

static void on_pg_up(void *ctx)
{
	struct ra_streams *s = ctx;
	int rc = ra_pg_send(s->pg, ROSTER_JOIN, NULL, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_sync(s->pg, NULL, NULL);
	if (rc == 0)
		look(s);
}

/* --- life --------------------------------------------------------------------------- */

struct ra_streams *ra_streams_start(uv_loop_t *loop, const struct ra_streams_conf *conf)
{
	static const struct ra_redis_ops ops = { .on_up = on_redis_up };
	static const struct ra_pg_ops pg_ops = { .on_up = on_pg_up };
	struct ra_streams *s = ra_new(struct ra_streams);
	s->loop = loop;
	s->conf = *conf;
	roster_sql_init(&s->roster, conf->ops);
	snprintf(s->connection_name, sizeof(s->connection_name), "rations-%s-roster",
		 conf->ops->name);
	s->redis = ra_redis_open(loop, s->conf.redis_url, "shards", NULL, &ops, s, NULL);
	s->fleet = ra_redis_open(loop, s->conf.redis_url, RA_FLEET_KEY, NULL, &ops, s, NULL);
	s->pg = ra_pg_open(loop, s->conf.database_url, s->connection_name, s->roster.stmts,
			   s->roster.count, NULL, &pg_ops, s, NULL);
	uv_timer_init(loop, &s->timer);
	uv_timer_start(&s->timer, on_timer, (uint64_t)s->conf.discover_ms,
		       (uint64_t)s->conf.discover_ms);
	return s;
}

void ra_streams_stop(struct ra_streams *s)
{
	s->is_stopping = true;
	uv_close((uv_handle_t *)&s->timer, NULL);
	ra_redis_close(s->redis, NULL, NULL);
	ra_redis_close(s->fleet, NULL, NULL);
	ra_pg_close(s->pg, NULL, NULL);
	for (struct stream *stream = s->list; stream; stream = stream->next) {
		ra_errand_cancel(&stream->errand);
		give_up(stream);
	}
}

void ra_streams_free(struct ra_streams **streams)
{
	struct ra_streams *s = *streams;
	while (s && s->list) {
		struct stream *stream = s->list;
		s->list = stream->next;
		ra_free(stream);
	}
	if (s)
		reader_sql_fini(&s->roster);
	ra_free(s);
	*streams = NULL;
}

size_t ra_streams_at_ease(const struct ra_streams *s, int64_t *shard_ids, int64_t *shard_counts,
			  size_t max)
{
	size_t count = 0;
	for (const struct stream *stream = s->list; stream && count < max; stream = stream->next) {
		if (!stream->reader || stream->is_stopping || !ra_reader_is_at_ease(stream->reader))
			continue;
		shard_ids[count] = stream->conf.shard_id;
		shard_counts[count++] = stream->conf.shard_count;
	}
	return count;
}

void ra_streams_load_anew(struct ra_streams *s)
{
	for (struct stream *stream = s->list; stream; stream = stream->next)
		if (stream->reader && !stream->is_stopping)
			ra_reader_load_anew(stream->reader);
}

static bool is_connected(const struct ra_streams *s, char why[128])
{
	if (!ra_redis_is_up(s->redis))
		snprintf(why, 128, "Redis: %s", ra_redis_trouble(s->redis));
	else if (!ra_redis_is_up(s->fleet))
		snprintf(why, 128, "Redis: %s", ra_redis_trouble(s->fleet));
	else if (!ra_pg_is_up(s->pg))
		snprintf(why, 128, "PostgreSQL: %s", ra_pg_trouble(s->pg));
	else if (!s->has_looked || !s->list)
		snprintf(why, 128, "no shard has published yet");
	else
		return true;
	return false;
}

bool ra_streams_are_ready(void *ctx, char why[128])
{
	const struct ra_streams *s = ctx;
	if (!is_connected(s, why))
		return false;
	for (const struct stream *stream = s->list; stream; stream = stream->next) {
		if (stream->reader && !stream->is_stopping &&
		    !ra_reader_is_ready(stream->reader, why))
			return false;
	}
	return true;
}
