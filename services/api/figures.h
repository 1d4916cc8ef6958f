/*
 * figures: every number of a span, bucket by bucket, defined as in
 * docs/metrics. Overview and time series are both views of this.
 */
#pragma once
#include "services/api/filter.h"

enum figure {
	/* from the guild's hours */
	FIGURE_MESSAGES,
	FIGURE_BOT_MESSAGES,
	FIGURE_REACTIONS,
	FIGURE_VOICE_RAW,
	FIGURE_VOICE_PRESENT,
	FIGURE_VOICE_ENGAGED,
	FIGURE_VOICE_TALKING,
	/* from the members' hours */
	FIGURE_ACTIVE,
	FIGURE_COMMUNICATORS,
	/* from joins and leaves */
	FIGURE_JOINS,
	FIGURE_LEAVES,
	FIGURE_NET_GROWTH,
	FIGURE_MEMBERS, /* at the end of the bucket */
	FIGURES,
};

/* What to ask for. People come of two statements where that takes long: those kept by the day, and
 * those who have to be counted from hours. */
#define FIGURES_HOURS   1u
#define FIGURES_FLOW    2u
#define FIGURES_KEPT    4u
#define FIGURES_COUNTED 8u
#define FIGURES_PEOPLE  (FIGURES_KEPT | FIGURES_COUNTED)
#define FIGURES_SPAN    16u /* with people: those of the whole span, too, not of its buckets alone */

#define FIGURE_UNKNOWN INT64_MIN

struct figures {
	const struct visit *visit; /* borrowed */
	const struct span *span;   /* borrowed */
	int64_t *values[FIGURES];  /* span->count each; FIGURE_UNKNOWN: not counted then */
	int64_t active,
		communicators; /* over the whole span; with FIGURES_SPAN, like the next one */
	int64_t day_sum;       /* active members of its days, added up */
	bool is_by_day;
	unsigned what; /* asked for, all in all */
};

/* Adds the statements to the open group of `pg`; *figures is whole when that group has synced. */
int figures_send(struct figures *figures, struct ra_pg *pg, const struct visit *visit,
		 const struct range *range, const struct span *span, unsigned what) RA_MUST_CHECK;

/* The same under a filter (figures_filtered.c), together with the one above where nothing asked for
 * keeps it from being told. */
int figures_send_filtered(struct figures *figures, struct ra_pg *pg, const struct visit *visit,
			  const struct range *range, const struct span *span,
			  const struct filter *filter, unsigned what) RA_MUST_CHECK;

/* A range and the one it is compared with. */
struct figures_pair {
	struct figures now, before;
	int pending; /* groups under way */
	int status;  /* the first failure */
	ra_pg_synced_cb done;
	void *ctx; /* borrowed */
};

/* Asks for both at once, and for what of them is to be counted from hours, each through a
 * connection of its own: none waits for another. Returns 0, then calls `done` once; or returns what
 * failed, and does not. `before` is left alone where the range is not compared. */
int figures_send_pair(struct figures_pair *pair, const struct visit *visit,
		      const struct range *range, const struct filter *filter, unsigned what,
		      ra_pg_synced_cb done, void *ctx) RA_MUST_CHECK;

/* Since when the figure is counted; 0: not yet. History knows messages and who wrote them, nothing
 * else. */
int64_t figure_first_ms(const struct visit *visit, enum figure figure);
/* The sum over the buckets; unknown when that is known of none. */
int64_t figures_sum(const struct figures *figures, enum figure figure);
/* The value in the last bucket. */
int64_t figures_last(const struct figures *figures, enum figure figure);
/* Mean of the active members of its days. */
double figures_dau(const struct figures *figures);
/* null for FIGURE_UNKNOWN. */
json_t *figure_json(int64_t value);

/* For who fills them: all values 0, or unknown where nothing was counted. */
void figures_begin(struct figures *figures, const struct visit *visit, const struct span *span,
		   unsigned what);
void figures_set(struct figures *figures, enum figure figure, size_t bucket, int64_t value);
/* Adds to what is known: answers come in any order, and some figures from two of them. */
void figures_add(struct figures *figures, enum figure figure, size_t bucket, int64_t value);
/* Days of the span on which was counted. */
int64_t figures_days(const struct figures *figures);
