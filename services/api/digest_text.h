/*
 * digest_text: what stands out in a period, and why: told from the figures of
 * the period, of the one before, and of those before that. Pure.
 */
#pragma once
#include "libshared/discord/lang.h"

#define DIGEST_HISTORY 8 /* periods looked back on */
#define DIGEST_UNKNOWN INT64_MIN

struct digest_figure {
	const char *key; /* "figure.<key>" is its name */
	bool is_time;    /* milliseconds */
	int64_t value, before;
	int64_t history[DIGEST_HISTORY]; /* earlier weeks, or the same weekday in them; the nearest
					    first */
	size_t count;                    /* of them that are known */
};

enum digest_kind {
	DIGEST_NOTHING,
	DIGEST_HIGH, /* more than in all of history */
	DIGEST_LOW,
	DIGEST_ABOVE, /* far from the usual */
	DIGEST_BELOW,
	DIGEST_CHANGED, /* against the period before */
};

struct digest_finding {
	enum digest_kind kind;
	double weight; /* how much it stands out */
};

struct digest_finding digest_judge(const struct digest_figure *figure);
/* The sentence of a finding; `every`: "day" or "week". */
const char *digest_say(const struct lang *lang, struct ra_arena *arena,
		       const struct digest_figure *figure, enum digest_kind kind,
		       const char *every);
