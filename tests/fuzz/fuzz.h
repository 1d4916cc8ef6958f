/*
 * fuzz: what every fuzz program is: a check of one input that aborts when a
 * promise is broken, and a maker of inputs. By itself it runs a bounded number
 * of inputs from a fixed seed, the same ones every time:
 *
 *	json_fuzz [inputs [seed]]
 *
 * Compiled by clang with -fsanitize=fuzzer -DLIBFUZZER the check is
 * libFuzzer's, which makes better inputs for as long as you let it.
 */
#pragma once
#include "libshared/base/buf.h"
#include <stdio.h>
#include <stdlib.h>

/* Defined by each program. libFuzzer needs the check alone. */
static void fuzz_check(struct ra_str input);
/* `made` is empty; add an input to it. */
static void fuzz_make(struct ra_buf *made) __attribute__((unused));
/* After the last input: tells whether the inputs were worth it, 0 when they were. */
static int fuzz_report(void) __attribute__((unused));

static uint64_t fuzz_state;

/* splitmix64: the seed decides everything. */
static inline uint64_t fuzz_random(uint64_t bound)
{
	uint64_t z = fuzz_state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return bound ? (z ^ z >> 31) % bound : 0;
}

static struct ra_str fuzz_input;

static inline void fuzz_require(bool is_true, const char *promise)
{
	if (is_true)
		return;
	struct ra_buf text = { 0 };
	ra_buf_add_json_string(&text, fuzz_input);
	fprintf(stderr, "broken: %s\non: %s\n", promise, ra_buf_text(&text));
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The check runs on a copy of exactly the input's size, so that the sanitizer sees every byte read
 * before or behind it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *exact = ra_realloc(NULL, len);
	if (len)
		memcpy(exact, data, len);
	fuzz_input = (struct ra_str){ exact, len };
	fuzz_check(fuzz_input);
	ra_free(exact);
	return 0;
}

/* Changes `buf` in one place: a bit, a byte, a run removed, doubled or cut off. `alphabet` are the
 * bytes that mean something. */
static inline void fuzz_mutate(struct ra_buf *buf, struct ra_str alphabet)
{
	if (buf->len == 0)
		return;
	size_t at = fuzz_random(buf->len);
	size_t run = 1 + fuzz_random(buf->len - at < 16 ? buf->len - at : 16);
	run = run > buf->len - at ? buf->len - at : run;
	switch (fuzz_random(6)) {
	case 0: buf->ptr[at] = (char)(buf->ptr[at] ^ 1 << fuzz_random(8)); break;
	case 1:
	case 2: buf->ptr[at] = alphabet.ptr[fuzz_random(alphabet.len)]; break;
	case 3:
		memmove(buf->ptr + at, buf->ptr + at + run, buf->len - at - run);
		buf->len -= run;
		break;
	case 4:
		ra_buf_reserve(buf, run);
		memmove(buf->ptr + at + run, buf->ptr + at, buf->len - at);
		buf->len += run;
		break;
	default: buf->len = at; break;
	}
}

#ifndef LIBFUZZER
int main(int argc, char **argv)
{
	unsigned long inputs = argc > 1 ? strtoul(argv[1], NULL, 10) : 50000;
	fuzz_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	for (unsigned long i = 0; i < inputs; i++) {
		struct ra_buf made = { 0 };
		fuzz_make(&made);
		LLVMFuzzerTestOneInput((const uint8_t *)made.ptr, made.len);
		ra_buf_fini(&made);
	}
	printf("%lu inputs; ", inputs);
	return fuzz_report();
}
#endif
