/*
 * bench: times a piece of code and prints nanoseconds a call: the best of
 * several rounds, because what else the machine does only ever adds. Nothing
 * is asserted.
 */
#pragma once
#include "libshared/base/base.h"
#include <stdio.h>
#include <time.h>

#define BENCH_ROUNDS   9
#define BENCH_ROUND_NS 60e6

static inline double bench_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline double bench_round_ns(void (*call)(void *ctx), void *ctx)
{
	unsigned long calls = 0;
	double from = bench_now_ns(), spent;
	do {
		for (int i = 0; i < 100; i++)
			call(ctx);
		calls += 100;
		spent = bench_now_ns() - from;
	} while (spent < BENCH_ROUND_NS);
	return spent / (double)calls;
}

static inline void bench(const char *name, void (*call)(void *ctx), void *ctx)
{
	double best = bench_round_ns(call, ctx);
	for (int i = 1; i < BENCH_ROUNDS; i++) {
		double ns = bench_round_ns(call, ctx);
		best = ns < best ? ns : best;
	}
	printf("bench %s %.0f ns\n", name, best);
}

/* Keeps the compiler from leaving out what computes `value`. */
static inline void bench_use(uint64_t value)
{
	__asm__ volatile("" : : "r"(value));
}
