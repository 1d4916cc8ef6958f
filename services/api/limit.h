/*
 * limit: how often one address may start something. Token buckets in a fixed
 * table, found by a keyed hash: no address is kept, and no flood of addresses
 * makes it grow. Two addresses may share a bucket; nobody can choose whose.
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

void limit_init(struct limit *limit, double per_second, double burst);
/* Takes one; false when the bucket is empty. */
bool limit_take(struct limit *limit, struct ra_str address, int64_t now_ms);

/* Is this address text loopback or private (RFC 1918, RFC 4193)? */
bool limit_is_private(const char *address);
