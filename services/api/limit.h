/*
 * limit: how often somebody may start something. Token buckets in a fixed
 * table, found by a keyed hash of whatever tells them apart: no address is
 * kept, and no flood of addresses makes it grow. Two may share a bucket;
 * nobody can choose whose.
 */
#pragma once
#include "libshared/base/base.h"

#define LIMIT_BUCKETS 4096

struct limit {
	unsigned char key[16];
	double per_second, burst;
	struct {
		double used;
		int64_t at_ms;
	} buckets[LIMIT_BUCKETS];
};

/* `per_second` 0: no limit. */
void limit_init(struct limit *limit, double per_second, double burst);
/* Takes one: 0; or in how many milliseconds there will be one. */
int64_t limit_take(struct limit *limit, struct ra_str who, int64_t now_ms);
/* Which bucket is theirs. */
size_t limit_bucket(const struct limit *limit, struct ra_str who);
/* How many there were left after the last take. */
int limit_left(const struct limit *limit, struct ra_str who);
