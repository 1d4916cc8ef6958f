/*
 * rest_bucket: the arithmetic of limits, told the time. Pure.
 *
 * A bucket counts down when a call leaves (`take`) and believes Discord when
 * it answers (`learn`): X-RateLimit-Reset, by Discord's own clock, says which
 * of two answers is the newer; within one window the smaller Remaining is
 * right, whatever order answers arrive in. Calls in the air may or may not be
 * in a newer answer's count, so they are taken off it.
 *
 * The replicas' common bucket in Redis follows the same rules (rest_shared.c).
 */
#pragma once
#include "libshared/discord/rest_limits.h"

#define REST_NEVER UINT64_MAX

struct rest_bucket {
	uint64_t limit;           /* 0: unknown: one call at a time */
	uint64_t left;            /* of this window */
	uint64_t flying;          /* calls in the air */
	uint64_t version_ms;      /* X-RateLimit-Reset of the last answer believed */
	uint64_t reset_at_ms;     /* the window is over */
	uint64_t closed_until_ms; /* a 429 said so */
};

/* Answers that differ by less tell of the same window. */
#define REST_SAME_WINDOW_MS 100
/* Added to every wait: times are rounded, and clocks differ in speed. */
#define REST_MARGIN_MS 15

/* How long until a call may leave; REST_NEVER: when another has been answered. `spare` slots are
 * left to others. */
uint64_t rest_bucket_wait(const struct rest_bucket *bucket, uint64_t spare, uint64_t now_ms);
void rest_bucket_take(struct rest_bucket *bucket, uint64_t now_ms);
/* A call is over, whatever came of it. */
void rest_bucket_land(struct rest_bucket *bucket);
/* What its answer said (limits->has_bucket); after landing. */
void rest_bucket_learn(struct rest_bucket *bucket, const struct rest_limits *limits,
		       uint64_t now_ms);
void rest_bucket_close(struct rest_bucket *bucket, uint64_t until_ms);

/*
 * The global limit, so many calls in a second, is kept twice. The window keeps
 * it whatever the network does: a call is counted from when it leaves until a
 * second after it is over, for somewhere in between Discord counts it. The
 * pace spreads calls within the second, with a little slack for the urgent, so
 * that these need not wait for the end of a burst of others.
 */
#define REST_WINDOW_MS   1000
#define REST_WINDOW_MOST 64 /* more calls a second are not watched over */
struct rest_window {
	uint64_t landed_ms[REST_WINDOW_MOST]; /* the latest, round robin */
	uint64_t landed, flying;
};

uint64_t rest_window_wait(const struct rest_window *window, uint64_t most, uint64_t now_ms);
void rest_window_take(struct rest_window *window);
void rest_window_land(struct rest_window *window, uint64_t now_ms);

struct rest_pace {
	double next_ms; /* when the next call would leave on the beat */
	uint64_t closed_until_ms;
};

/* `slack`: how many calls it may be ahead of the beat. */
uint64_t rest_pace_wait(const struct rest_pace *pace, double rate, unsigned slack, uint64_t now_ms);
void rest_pace_take(struct rest_pace *pace, double rate, uint64_t now_ms);

/* Refusals (401, 403, 429 that are ours) of the last ten minutes. */
#define REST_REFUSALS_MINUTES 10
struct rest_refusals {
	uint64_t minute; /* the newest one counted */
	unsigned counts[REST_REFUSALS_MINUTES];
};

void rest_refusals_add(struct rest_refusals *refusals, uint64_t now_ms);
unsigned rest_refusals_count(struct rest_refusals *refusals, uint64_t now_ms);
bool rest_is_refusal(int status, const struct rest_limits *limits);
