/*
 * rng: chance that repeats. xoshiro256** (https://prng.di.unimi.it), seeded by
 * splitmix64: the same seed gives the same draws for ever. So never draw twice
 * in one expression: C leaves the order to the compiler.
 */
#pragma once
#include "libshared/base/base.h"

struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *rng, uint64_t seed);
uint64_t rng_next(struct rng *rng);
/* Uniform in [0, bound); 0 for a bound of 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);
/* Uniform in [low, high]. */
int64_t rng_between(struct rng *rng, int64_t low, int64_t high);
/* Uniform in [0, 1). */
double rng_unit(struct rng *rng);
bool rng_chance(struct rng *rng, double probability);
/* Exponential: the wait for something that comes every `mean` on average. */
double rng_wait(struct rng *rng, double mean);
/* Log-normal around a median: most near it, a few far above. sigma 1: two thirds within a factor of
 * e. */
double rng_spread(struct rng *rng, double median, double sigma);
/* 32 hex digits, as the hash of an image. */
void rng_hex(struct rng *rng, char out[33]);
/* A number that belongs to (a, b), without a generator. */
uint64_t rng_mix(uint64_t a, uint64_t b);
