#include "services/discord-sim/ratelimit.h"
#include <stdio.h>
#include <uthash.h>

/* Buckets that have nothing to say any more are swept when there are this many. */
#define SWEEP_AT 4096

struct bucket {
	char *key;     /* owned: "name/who" */
	unsigned used; /* in this window; or the calls ever made, when sliding */
	uint64_t ends_at_ms;
	uint64_t *calls; /* owned; sliding: when the last `limit` calls were, round robin */
	UT_hash_handle hh;
};

struct limits {
	struct bucket *buckets; /* owned */
};

struct limits *limits_new(void)
{
	return ra_new(struct limits);
}

static void bucket_free(struct limits *limits, struct bucket *bucket)
{
	HASH_DEL(limits->buckets, bucket);
	ra_free(bucket->key);
	ra_free(bucket->calls);
	ra_free(bucket);
}

static void sweep(struct limits *limits, uint64_t now_ms)
{
	struct bucket *bucket, *next;
	HASH_ITER(hh, limits->buckets, bucket, next)
	{
		if (bucket->ends_at_ms <= now_ms)
			bucket_free(limits, bucket);
	}
}

void limits_free(struct limits **limits)
{
	if (!*limits)
		return;
	sweep(*limits, UINT64_MAX);
	ra_free(*limits);
	*limits = NULL;
}

static struct bucket *find(struct limits *limits, const struct limit_rule *rule, const char *who,
			   uint64_t now_ms)
{
	struct bucket *bucket;
	char *key = ra_format("%s/%s", rule->name, who);
	HASH_FIND_STR(limits->buckets, key, bucket);
	if (bucket) {
		ra_free(key);
		return bucket;
	}
	if (HASH_COUNT(limits->buckets) >= SWEEP_AT)
		sweep(limits, now_ms);
	bucket = ra_new(struct bucket);
	bucket->key = key;
	if (rule->is_sliding)
		bucket->calls = ra_alloc(rule->limit * sizeof(*bucket->calls));
	HASH_ADD_KEYPTR(hh, limits->buckets, bucket->key, strlen(bucket->key), bucket);
	return bucket;
}

static struct limit_verdict take_fixed(struct bucket *bucket, const struct limit_rule *rule,
				       uint64_t now_ms)
{
	if (now_ms >= bucket->ends_at_ms) {
		bucket->used = 0;
		bucket->ends_at_ms = now_ms + rule->window_ms;
	}
	struct limit_verdict verdict = {
		.is_allowed = bucket->used < rule->limit,
		.reset_after_ms = bucket->ends_at_ms - now_ms,
	};
	if (verdict.is_allowed)
		bucket->used++;
	verdict.remaining = rule->limit - bucket->used;
	return verdict;
}

static unsigned calls_within(const struct bucket *bucket, const struct limit_rule *rule,
			     uint64_t now_ms)
{
	unsigned known = bucket->used < rule->limit ? bucket->used : rule->limit;
	unsigned count = 0;
	for (unsigned i = 0; i < known; i++)
		if (now_ms - bucket->calls[i] < rule->window_ms)
			count++;
	return count;
}

static struct limit_verdict take_sliding(struct bucket *bucket, const struct limit_rule *rule,
					 uint64_t now_ms)
{
	uint64_t *oldest = &bucket->calls[bucket->used % rule->limit];
	unsigned taken = calls_within(bucket, rule, now_ms);
	if (taken == rule->limit)
		return (struct limit_verdict){
			.reset_after_ms = *oldest + rule->window_ms - now_ms,
		};
	*oldest = now_ms;
	bucket->used++;
	bucket->ends_at_ms = now_ms + rule->window_ms;
	return (struct limit_verdict){
		.is_allowed = true,
		.remaining = rule->limit - taken - 1,
		.reset_after_ms = rule->window_ms,
	};
}

struct limit_verdict limits_take(struct limits *limits, const struct limit_rule *rule,
				 const char *who, uint64_t now_ms)
{
	struct bucket *bucket = find(limits, rule, who, now_ms);
	return rule->is_sliding ? take_sliding(bucket, rule, now_ms)
				: take_fixed(bucket, rule, now_ms);
}

/* FNV-1a, twice with different starts. */
static uint64_t hash(const char *text, uint64_t h)
{
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3ULL;
	return h;
}

void limit_bucket_hash(const struct limit_rule *rule, char out[33])
{
	snprintf(out, 33, "%016llx%016llx",
		 (unsigned long long)hash(rule->name, 0xcbf29ce484222325ULL),
		 (unsigned long long)hash(rule->name, 0x9e3779b97f4a7c15ULL));
}
