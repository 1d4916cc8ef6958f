/*
 * request_groups: requests cut by something (channel, curator, hour ...),
 * with the figures of each part. Pure but for the names, which are looked up
 * by who writes the JSON.
 */
#pragma once
#include "services/api/request_sums.h"

/* Some of the rows; borrows them. */
struct request_set {
	struct request_row **rows;
	size_t count;
};

/* What a row is counted under; REQUEST_NOWHERE: under nothing. */
typedef int64_t (*request_key)(const struct request_row *row, const void *ctx);
#define REQUEST_NOWHERE INT64_MIN

struct request_group {
	int64_t key;
	struct request_set set;
};
/* The parts, by ascending key, in `arena`. `ctx` goes to the key. */
size_t request_groups_of(struct ra_arena *arena, struct request_set set, request_key key,
			 const void *ctx, struct request_group **out);

/* Appends what describes the group under `key` to `row`: id, name ... */
typedef void (*request_describe)(json_t *row, int64_t key, const void *ctx);
/* Schema RequestGroup, the one with the most requests first. */
json_t *request_groups_json(struct ra_arena *arena, struct request_set set, request_key key,
			    request_describe describe, const void *ctx, int64_t now_ms);

/* {"n", "p50_ms"} of 24 hours, and {"n", "p50_ms", "p90_ms"} of 7 x 24. */
json_t *request_hours_json(struct ra_arena *arena, struct request_set set, int64_t now_ms);
json_t *request_week_json(struct ra_arena *arena, struct request_set set, int64_t now_ms);
/* A list of series over buckets that begin at `starts_ms`; of the compared set, where there is one,
 * under "previous"; `before`: NULL where there is none. */
json_t *request_series_json(struct ra_arena *arena, struct request_set now,
			    const struct request_set *before, const struct range *range,
			    int64_t now_ms);
