/* limit: see limit.h. */
#include "services/api/limit.h"
#include <math.h>
#include <sodium.h>

_Static_assert(sizeof((struct limit){ 0 }.key) == crypto_shorthash_KEYBYTES, "siphash key");

void limit_init(struct limit *limit, double per_second, double burst)
{
	*limit = (struct limit){ .per_second = per_second, .burst = burst };
	randombytes_buf(limit->key, sizeof(limit->key));
}

size_t limit_bucket(const struct limit *limit, struct ra_str who)
{
	uint64_t hash;
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)who.ptr, who.len,
			 limit->key);
	return hash % LIMIT_BUCKETS;
}

int64_t limit_take(struct limit *limit, struct ra_str who, int64_t now_ms)
{
	size_t i = limit_bucket(limit, who);
	double refilled = (double)(now_ms - limit->buckets[i].at_ms) / 1000.0 * limit->per_second;
	double used = limit->buckets[i].used - (refilled > 0 ? refilled : 0);
	used = used > 0 ? used : 0;
	if (limit->per_second == 0)
		return 0;
	bool is_allowed = used + 1 <= limit->burst;
	limit->buckets[i].used = is_allowed ? used + 1 : used;
	limit->buckets[i].at_ms = now_ms;
	double missing = used + 1 - limit->burst;
	return is_allowed ? 0 : (int64_t)ceil(missing / limit->per_second * 1000);
}

int limit_left(const struct limit *limit, struct ra_str who)
{
	return (int)(limit->burst - limit->buckets[limit_bucket(limit, who)].used);
}
