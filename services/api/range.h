/*
 * range: the instants a question is about. Days of the guild's calendar
 * (period.h) become instants in its IANA zone, in PostgreSQL, which knows the
 * zones; with them come the buckets, the compared range, the coverage.
 *
 * Figures are kept by the UTC hour, so an hour counts where it begins. The
 * compared range of a running period ends at the full hour nearest to where
 * the current one has got.
 */
#pragma once
#include "services/api/period.h"
#include "services/api/visit.h"

/* One stretch of time, cut into buckets. */
struct span {
	int64_t from_ms, to_ms; /* to: excluded */
	size_t count;           /* of buckets */
	int64_t *starts_ms;     /* of each; the last ends at to_ms */
	int64_t *days;          /* the local day each begins on */
	int64_t last_day;       /* the local day on which to_ms lies */
	int64_t last_day_ms;    /* when that began */
	bool is_partial;
	struct ra_str json; /* schema Range */
};

struct range {
	struct span now;
	struct span before; /* the compared one; all zero when there is none */
	bool has_before;
	struct days days;
	enum bucket bucket;
};

typedef void (*range_cb)(struct visit *visit, const struct range *range);

/* What an endpoint wants besides the period. */
struct range_wish {
	const char *bucket;      /* as asked for; NULL: auto */
	bool is_sparkline;       /* hours up to two days, else days, whatever `bucket` says */
	bool is_alone;           /* nothing to compare with */
	const struct days *days; /* borrowed; instead of the query's period. NULL: that */
};

/* Reads period, from, to and compare from the query and calls `done` when the range is there;
 * answers the request itself when it can not be. The range lives as long as the visit. */
void range_resolve(struct visit *visit, const struct range_wish *wish, range_cb done);

/* Appends the parameters every statement about a span begins with: $1 guild, $2 from, $3 to, $4
 * now. */
void range_params(const struct visit *visit, const struct span *span, struct ra_pg_params *p);

/* Schema Range; null for a span that is not there. */
json_t *range_json(const struct span *span);
/* A day as "2026-03-29". */
json_t *json_day(int day);
/* Schema Buckets: the ranges, and how the first is cut. */
json_t *range_buckets_json(const struct range *range);
