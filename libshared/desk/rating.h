/*
 * rating: what the work of staff is worth (heritage: Rating). Pure; whole
 * numbers throughout, so that no limit is missed by a rounding.
 *
 *	base  = points of every message, reply, reaction and verified task
 *	bonus = good - poor answers, and more for many of either
 *	score = base + bonus, which lies in a level
 */
#pragma once
#include "libshared/base/err.h"
#include <jansson.h>

#define RATING_POINTS_MAX     1000
#define RATING_CAP_MAX        10000
#define RATING_LEVELS_MAX     10
#define RATING_SCORE_MAX      1000000000
#define RATING_NAME_MAX_CHARS 40

struct rating_points {
	int64_t message, reply, reaction, task;
	int64_t block_cap; /* most points of one person in ten minutes of the clock; 0: no cap */
};
#define RATING_POINTS_DEFAULT                                                                      \
	((struct rating_points){ .message = 3, .reply = 2, .reaction = 1, .task = 5 })

struct rating_work {
	int64_t messages, replies, reactions, tasks;
};

/* What the cap does is not in here: it needs to know when (rated.c). */
int64_t rating_base(const struct rating_points *points, const struct rating_work *work);

struct rating_answers {
	int64_t responses, good, poor;
};
int64_t rating_bonus(const struct rating_answers *answers);

struct rating_level {
	int64_t from; /* of the last one: whatever is left, its `from` says nothing */
	char ru[4 * RATING_NAME_MAX_CHARS + 1], en[4 * RATING_NAME_MAX_CHARS + 1];
	const char *colour; /* static */
};
struct rating_levels {
	size_t count; /* 2 at least */
	struct rating_level level[RATING_LEVELS_MAX];
};
extern const struct rating_levels rating_levels_default;

/* Which level a score lies in; 0 is the best. */
size_t rating_level_of(const struct rating_levels *levels, int64_t score);
/* [{"from": 50, "ru": ..., "en": ..., "colour": "green"}, ...], best first, the last one's `from`
 * null; an empty array stands for the defaults. RA_EINVAL says what is wrong. */
int rating_levels_read(const json_t *json, struct rating_levels *out,
		       struct ra_err *err) RA_MUST_CHECK;
json_t *rating_levels_json(const struct rating_levels *levels);

/* Of `count` scores, the most first: the rank of the one at `place`. Equal scores share the better
 * rank; the next one goes on behind them. */
size_t rating_rank(const int64_t *scores, size_t count, size_t place);
/* How many in a hundred of the others have less; -1 where there are no others. */
int rating_percentile(const int64_t *scores, size_t count, size_t place);
