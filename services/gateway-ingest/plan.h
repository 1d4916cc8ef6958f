/*
 * plan: how many shards the bot has, and which of them this process takes
 * part in, as SHARDS says:
 *
 *	auto     as many as Discord recommends, and more when it must be
 *	8        eight
 *	0-3/8    eight, of which this process takes part in the first four
 */
#pragma once
#include "libshared/base/base.h"

#define PLAN_MAX_SHARDS 16384

struct plan {
	unsigned count;       /* 0: auto */
	unsigned first, last; /* of them; all: 0 and PLAN_MAX_SHARDS */
	char text[40];        /* as in SHARDS, written one way only */
};

/* 0 or RA_EINVAL. */
int plan_parse(struct plan *plan, const char *shards) RA_MUST_CHECK;
