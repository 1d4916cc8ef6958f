/*
 * patterns: regular expressions that outsiders write (PCRE2), tried on texts
 * that outsiders write.
 *
 * PCRE2 bounds the steps from one place of the text, not of a text: with four
 * thousand places an expression within that bound took seconds. So a text is
 * gone through some places at a time and what a message may cost in all is
 * looked at in between. The interpreter, not JIT: JIT knows no depth limit.
 */
#pragma once
#include "libshared/base/err.h"

struct patterns;

struct patterns *patterns_new(void);
void patterns_free(struct patterns **patterns);

/* RA_EINVAL with *err (may be NULL) filled when `text` is no expression; it is compared with texts
 * as words.h reads them, so case and ё do not matter. `rules` is what a match of it is worth. */
int patterns_add(struct patterns *patterns, struct ra_str text, uint64_t rules,
		 struct ra_err *err) RA_MUST_CHECK;

/* The rules of the expressions found in `text`, well-formed UTF-8; those with none of `wanted` are
 * not tried, nor are any when one with the lowest bit of `wanted` is found. */
uint64_t patterns_find(struct patterns *patterns, struct ra_str text, uint64_t wanted);

/* How often one was given up because it needed more than its bounds. */
uint64_t patterns_given_up(const struct patterns *patterns);
