#include "services/discord-sim/rng.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void rng_seed(struct rng *rng, uint64_t seed)
{
	for (size_t i = 0; i < RA_COUNT(rng->s); i++)
		rng->s[i] = splitmix(&seed);
}

uint64_t rng_mix(uint64_t a, uint64_t b)
{
	uint64_t state = splitmix(&a) ^ b;
	return splitmix(&state);
}

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

uint64_t rng_next(struct rng *rng)
{
	uint64_t *s = rng->s;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint64_t rng_below(struct rng *rng, uint64_t bound)
{
	return (uint64_t)((unsigned __int128)rng_next(rng) * bound >> 64);
}

int64_t rng_between(struct rng *rng, int64_t low, int64_t high)
{
	return low + (int64_t)rng_below(rng, (uint64_t)(high - low + 1));
}

double rng_unit(struct rng *rng)
{
	return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

bool rng_chance(struct rng *rng, double probability)
{
	return rng_unit(rng) < probability;
}

void rng_hex(struct rng *rng, char out[33])
{
	uint64_t high = rng_next(rng);
	snprintf(out, 33, "%016" PRIx64 "%016" PRIx64, high, rng_next(rng));
}

double rng_wait(struct rng *rng, double mean)
{
	return -log(1 - rng_unit(rng)) * mean;
}

double rng_spread(struct rng *rng, double median, double sigma)
{
	/* Box-Muller; the second of the pair is not worth keeping */
	double radius = sqrt(-2 * log(1 - rng_unit(rng)));
	double angle = 6.283185307179586 * rng_unit(rng);
	return median * exp(sigma * radius * cos(angle));
}
