/* rest_bucket: see the header. */
#include "libshared/discord/rest_bucket.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The window's end is not known before its first answer (REST_NEVER); when nobody is left to bring
 * one, it is over. */
static bool is_over(const struct rest_bucket *bucket, uint64_t now_ms)
{
	return bucket->reset_at_ms == REST_NEVER ? bucket->flying == 0
						 : now_ms >= bucket->reset_at_ms;
}

uint64_t rest_bucket_wait(const struct rest_bucket *bucket, uint64_t spare, uint64_t now_ms)
{
	if (now_ms < bucket->closed_until_ms)
		return bucket->closed_until_ms - now_ms;
	if (bucket->limit == 0)
		return bucket->flying == 0 ? 0 : REST_NEVER;
	if (is_over(bucket, now_ms) || bucket->left > smaller(spare, bucket->limit - 1))
		return 0;
	return bucket->reset_at_ms == REST_NEVER ? REST_NEVER : bucket->reset_at_ms - now_ms;
}

void rest_bucket_take(struct rest_bucket *bucket, uint64_t now_ms)
{
	if (bucket->limit > 0 && is_over(bucket, now_ms)) {
		bucket->left = bucket->limit - smaller(bucket->limit, bucket->flying);
		bucket->reset_at_ms = REST_NEVER;
		bucket->version_ms = 0;
	}
	bucket->left -= bucket->left > 0;
	bucket->flying++;
}

void rest_bucket_land(struct rest_bucket *bucket)
{
	bucket->flying -= bucket->flying > 0;
}

void rest_bucket_learn(struct rest_bucket *bucket, const struct rest_limits *limits,
		       uint64_t now_ms)
{
	uint64_t reset_at_ms = now_ms + limits->reset_after_ms + REST_MARGIN_MS;
	bool is_opened_by_us = bucket->reset_at_ms == REST_NEVER;
	bool is_newer = bucket->version_ms == 0 ||
			limits->reset_ms > bucket->version_ms + REST_SAME_WINDOW_MS;
	bucket->limit = limits->limit;
	if (is_opened_by_us) { /* every call of this window was counted */
		bucket->left = smaller(bucket->left, limits->remaining);
		bucket->reset_at_ms = reset_at_ms;
	} else if (is_newer) {
		bucket->left = limits->remaining - smaller(limits->remaining, bucket->flying);
		bucket->reset_at_ms = reset_at_ms;
	} else if (limits->reset_ms + REST_SAME_WINDOW_MS >= bucket->version_ms) {
		bucket->left = smaller(bucket->left, limits->remaining);
		bucket->reset_at_ms = larger(bucket->reset_at_ms, reset_at_ms);
	}
	bucket->version_ms = larger(bucket->version_ms, limits->reset_ms);
}

void rest_bucket_close(struct rest_bucket *bucket, uint64_t until_ms)
{
	bucket->closed_until_ms = larger(bucket->closed_until_ms, until_ms);
}

uint64_t rest_window_wait(const struct rest_window *window, uint64_t most, uint64_t now_ms)
{
	if (most > REST_WINDOW_MOST)
		return 0;
	if (window->flying >= most)
		return REST_NEVER;
	/* so many of the last to land may still count beside the flying */
	uint64_t room = most - window->flying;
	if (window->landed < room)
		return 0;
	uint64_t over_ms = window->landed_ms[(window->landed - room) % REST_WINDOW_MOST] +
			   REST_WINDOW_MS + REST_MARGIN_MS;
	return over_ms > now_ms ? over_ms - now_ms : 0;
}

void rest_window_take(struct rest_window *window)
{
	window->flying++;
}

void rest_window_land(struct rest_window *window, uint64_t now_ms)
{
	window->flying--;
	window->landed_ms[window->landed++ % REST_WINDOW_MOST] = now_ms;
}

uint64_t rest_pace_wait(const struct rest_pace *pace, double rate, unsigned slack, uint64_t now_ms)
{
	double early_ms = pace->next_ms - slack * 1000 / rate - (double)now_ms;
	if (now_ms < pace->closed_until_ms)
		return pace->closed_until_ms - now_ms;
	return early_ms > 0 ? (uint64_t)early_ms + 1 : 0;
}

void rest_pace_take(struct rest_pace *pace, double rate, uint64_t now_ms)
{
	/* 1: what rounding to milliseconds loses is kept */
	if (pace->next_ms < (double)now_ms - 1)
		pace->next_ms = (double)now_ms - 1;
	pace->next_ms += 1000 / rate;
}

/* Forgets the minutes that are over. */
static void turn(struct rest_refusals *refusals, uint64_t now_ms)
{
	uint64_t minute = now_ms / 60000;
	for (unsigned i = 0; i < REST_REFUSALS_MINUTES && refusals->minute < minute; i++) {
		refusals->minute = larger(refusals->minute + 1, minute - REST_REFUSALS_MINUTES + 1);
		refusals->counts[refusals->minute % REST_REFUSALS_MINUTES] = 0;
	}
}

void rest_refusals_add(struct rest_refusals *refusals, uint64_t now_ms)
{
	turn(refusals, now_ms);
	refusals->counts[refusals->minute % REST_REFUSALS_MINUTES]++;
}

unsigned rest_refusals_count(struct rest_refusals *refusals, uint64_t now_ms)
{
	unsigned count = 0;
	turn(refusals, now_ms);
	for (unsigned i = 0; i < REST_REFUSALS_MINUTES; i++)
		count += refusals->counts[i];
	return count;
}

bool rest_is_refusal(int status, const struct rest_limits *limits)
{
	return status == 401 || status == 403 ||
	       (status == 429 && limits->limited != REST_LIMITED_SHARED);
}
