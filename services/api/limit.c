/* limit: see limit.h. */
#include "services/api/limit.h"
#include <arpa/inet.h>
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

static bool is_private_v4(const unsigned char a[4])
{
	return a[0] == 127 || a[0] == 10 || (a[0] == 192 && a[1] == 168) ||
	       (a[0] == 172 && (a[1] & 0xf0) == 16);
}

bool limit_is_private(const char *address)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	unsigned char a[16];
	if (inet_pton(AF_INET, address, a) == 1)
		return is_private_v4(a);
	if (inet_pton(AF_INET6, address, a) != 1)
		return false;
	if (memcmp(a, mapped, sizeof(mapped)) == 0)
		return is_private_v4(a + 12);
	return (a[0] & 0xfe) == 0xfc || memcmp(a, &in6addr_loopback, sizeof(a)) == 0;
}
