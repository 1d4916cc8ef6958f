/*
 * view: see view.h. Four questions go out together; the last answer completes
 * the picture.
 */
#include "libshared/fleet/view.h"
#include <stdio.h>
#include <stdlib.h>

#define REPLICA_PREFIX "replica:"

struct ask {
	struct ra_fleet_view view;
	int status;
	unsigned pending; /* answers to come */
	ra_fleet_view_cb done;
	void *ctx; /* borrowed */
};

/* Redis hashes: field and value in turn. */

static struct ra_str word(const redisReply *pairs, size_t i)
{
	return ra_reply_str(pairs->element[i]);
}

static int64_t number(const redisReply *pairs, const char *name)
{
	int64_t value = 0;
	for (size_t i = 0; i + 1 < pairs->elements; i += 2)
		if (ra_str_is(word(pairs, i), name) &&
		    ra_str_to_i64(word(pairs, i + 1), &value) == 0)
			return value;
	return 0;
}

static int64_t shards_within_reason(int64_t count)
{
	return count > 0 && count <= RA_FLEET_SHARDS_MAX ? count : 0;
}

static void read_time(struct ask *ask, const redisReply *reply)
{
	int64_t s = 0, us = 0;
	if (reply->elements == 2 && ra_str_to_i64(word(reply, 0), &s) == 0 &&
	    ra_str_to_i64(word(reply, 1), &us) == 0)
		ask->view.now_ms = s * 1000 + us / 1000;
}

static void read_plan(struct ask *ask, const redisReply *reply)
{
	ask->view.count = shards_within_reason(number(reply, "count"));
	ask->view.next = shards_within_reason(number(reply, "next"));
	ask->view.next_since_ms = ask->view.next ? number(reply, "next_since") : 0;
}

static void read_identify(struct ask *ask, const redisReply *reply)
{
	ask->view.identify.remaining = number(reply, "remaining");
	ask->view.identify.total = number(reply, "total");
	ask->view.identify.used = number(reply, "used");
	ask->view.identify.resets_at_ms = number(reply, "resets_at");
	ask->view.identify.max_concurrency = number(reply, "max_concurrency");
}

/* Shards and replicas. */

static void add_plan(struct ra_fleet_view *view, int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		struct ra_shard_status *shard = &view->shards[view->shard_count++];
		snprintf(shard->shard, sizeof(shard->shard), "%u/%u", (unsigned)i, (unsigned)count);
		snprintf(shard->state, sizeof(shard->state), "unassigned");
	}
}

/* "N.I" */
static struct ra_shard_status *find(struct ra_fleet_view *view, struct ra_str field)
{
	char name[24];
	unsigned count, index;
	snprintf(name, sizeof(name), "%.*s", (int)(field.len < 23 ? field.len : 23), field.ptr);
	if (sscanf(name, "%u.%u", &count, &index) != 2 || index >= count)
		return NULL;
	if (count == view->count)
		return &view->shards[index];
	return count == view->next ? &view->shards[view->count + index] : NULL;
}

static bool is_fresh(const struct ra_fleet_view *view, int64_t updated_at)
{
	return view->now_ms - updated_at <= RA_STATUS_FRESH_MS;
}

static void read_shard(struct ra_fleet_view *view, struct ra_str field, struct ra_str json)
{
	struct ra_shard_status *shard = find(view, field), told;
	if (!shard || ra_shard_status_read(json, &told) < 0)
		return;
	memcpy(told.shard, shard->shard, sizeof(told.shard));
	if (!is_fresh(view, told.updated_at)) {
		snprintf(told.state, sizeof(told.state), "lost");
		told.live_since = 0;
		told.events_per_s = 0;
	}
	*shard = told;
}

static void read_replica(struct ra_fleet_view *view, struct ra_str json)
{
	struct ra_replica_status *replica = &view->replicas[view->replica_count];
	if (ra_replica_status_read(json, replica) == 0 && is_fresh(view, replica->updated_at))
		view->replica_count++;
}

static int by_id(const void *a, const void *b)
{
	const struct ra_replica_status *left = a, *right = b;
	return strcmp(left->id, right->id);
}

static void read_status(struct ask *ask, const redisReply *reply)
{
	struct ra_fleet_view *view = &ask->view;
	view->shards = ra_alloc((size_t)(view->count + view->next + 1) * sizeof(*view->shards));
	view->replicas = ra_alloc((reply->elements / 2 + 1) * sizeof(*view->replicas));
	add_plan(view, view->count);
	add_plan(view, view->next);
	for (size_t i = 0; i + 1 < reply->elements; i += 2) {
		if (ra_str_starts(word(reply, i), REPLICA_PREFIX))
			read_replica(view, word(reply, i + 1));
		else
			read_shard(view, word(reply, i), word(reply, i + 1));
	}
	qsort(view->replicas, view->replica_count, sizeof(*view->replicas), by_id);
}

/* Asking. */

static void answered(struct ask *ask)
{
	if (--ask->pending > 0)
		return;
	ask->done(ask->ctx, ask->status, ask->status == 0 ? &ask->view : NULL);
	ra_free(ask->view.shards);
	ra_free(ask->view.replicas);
	ra_free(ask);
}

static void take(struct ask *ask, const redisReply *reply,
		 void (*read)(struct ask *ask, const redisReply *reply))
{
	if (!reply)
		ask->status = RA_EDOWN;
	else if (reply->type != REDIS_REPLY_ARRAY)
		ask->status = RA_EPROTO;
	else if (ask->status == 0)
		read(ask, reply);
	answered(ask);
}

static void on_time(void *ctx, const redisReply *reply)
{
	take(ctx, reply, read_time);
}

static void on_plan(void *ctx, const redisReply *reply)
{
	take(ctx, reply, read_plan);
}

static void on_identify(void *ctx, const redisReply *reply)
{
	take(ctx, reply, read_identify);
}

static void on_status(void *ctx, const redisReply *reply)
{
	take(ctx, reply, read_status);
}

static const struct {
	struct ra_str words[2];
	size_t count;
	ra_redis_reply_cb on_reply;
} questions[] = {
	{ { RA_STR("TIME") }, 1, on_time },
	{ { RA_STR("HGETALL"), RA_STR("fleet:{fleet}") }, 2, on_plan },
	{ { RA_STR("HGETALL"), RA_STR("identify:{fleet}") }, 2, on_identify },
	{ { RA_STR("HGETALL"), RA_STR("status:{fleet}") }, 2, on_status },
};

int ra_fleet_view_ask(struct ra_redis *redis, ra_fleet_view_cb done, void *ctx)
{
	struct ask *ask = ra_new(struct ask);
	*ask = (struct ask){ .done = done, .ctx = ctx };
	for (size_t i = 0; i < RA_COUNT(questions) && ask->status == 0; i++) {
		ask->status = ra_redis_send(redis, questions[i].on_reply, ask, questions[i].count,
					    questions[i].words);
		ask->pending += ask->status == 0;
	}
	if (ask->pending > 0)
		return 0;
	ra_free(ask);
	return RA_EDOWN;
}

/* Telling. */

json_t *ra_fleet_view_json(const struct ra_fleet_view *view, json_t *(*instant)(int64_t ms))
{
	json_t *shards = json_array(), *replicas = json_array();
	for (size_t i = 0; i < view->shard_count; i++)
		json_array_append_new(shards, ra_shard_status_json(&view->shards[i], instant));
	for (size_t i = 0; i < view->replica_count; i++)
		json_array_append_new(replicas,
				      ra_replica_status_json(&view->replicas[i], instant));
	return json_pack(
		"{s:o, s:I, s:I, s:o, s:{s:I, s:I, s:I, s:o, s:I}, s:o, s:o}", "at",
		instant(view->now_ms), "shard_count", (json_int_t)view->count, "next_shard_count",
		(json_int_t)view->next, "next_since", instant(view->next_since_ms), "identify",
		"remaining", (json_int_t)view->identify.remaining, "total",
		(json_int_t)view->identify.total, "used", (json_int_t)view->identify.used,
		"resets_at", instant(view->identify.resets_at_ms), "max_concurrency",
		(json_int_t)view->identify.max_concurrency, "shards", shards, "replicas", replicas);
}
