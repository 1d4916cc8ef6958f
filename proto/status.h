/*
 * status: how the shards and replicas of gateway-ingest are, as they tell in
 * Redis and as the System page and rationsctl show it. The list is
 * proto/status.def.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include <jansson.h>

/* Who is silent for longer is not there any more, whatever it said last. */
#define RA_STATUS_FRESH_MS 15000

/* clang-format off */
/* struct ra_shard_status, struct ra_replica_status */
#define STATUS(name)           struct ra_##name##_status {
#define TEXT(name, size, help) char name[size];
#define INT(name, help)        int64_t name;
#define REAL(name, help)       double name;
#define TIME(name, help)       int64_t name;
#define END                    };
#include "proto/status.def"
/* clang-format on */

/* Adds the JSON object. Texts that are not UTF-8 are mended. */
void ra_shard_status_write(struct ra_buf *out, const struct ra_shard_status *status);
void ra_replica_status_write(struct ra_buf *out, const struct ra_replica_status *status);

/* The reverse. Members that are missing or of another kind stay 0 or empty, unknown ones are
 * skipped, long texts are cut. RA_EINVAL: not a JSON object; *status is zeroed. */
int ra_shard_status_read(struct ra_str json, struct ra_shard_status *status) RA_MUST_CHECK;
int ra_replica_status_read(struct ra_str json, struct ra_replica_status *status) RA_MUST_CHECK;

/* The object as the API and rationsctl give it: `instant` turns a time (ms) into JSON. */
json_t *ra_shard_status_json(const struct ra_shard_status *status, json_t *(*instant)(int64_t ms));
json_t *ra_replica_status_json(const struct ra_replica_status *status,
			       json_t *(*instant)(int64_t ms));
