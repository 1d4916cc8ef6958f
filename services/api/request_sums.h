/*
 * request_sums: the figures of some requests (metrics.md, Requests and
 * answers). Pure: everything comes in with the rows.
 *
 * Percentiles are over all of them, those without an answer censored. The
 * plain averages over the answered ones are what the originals showed; they
 * are kept beside them, and called so.
 */
#pragma once
#include "services/api/reply.h"
#include "services/api/request_rows.h"

enum { SUMS_P50, SUMS_P75, SUMS_P90, SUMS_P95, SUMS_PERCENTILES };

struct sums {
	int64_t n, answered, open, closed; /* closed: without an answer, nobody waits any more */
	int64_t old, unanswered; /* older than the horizon; of these without answer in it */
	int64_t calendar_ms[SUMS_PERCENTILES], business_ms[SUMS_PERCENTILES];
	int64_t mean_ms, median_ms, fastest_ms, slowest_ms; /* over the answered ones; -1: none */
	int64_t good, average, poor;
	int64_t staff, community, nobody, community_first;
	int64_t met, missed, pending, at_risk;
	int64_t reopened;
};

/* Cancelled ones are left out; rows have their waits. `now_ms` decides what is old. */
void sums_of(struct sums *out, struct request_row *const *rows, size_t count, int64_t now_ms);
/* Schema RequestSums. */
json_t *sums_json(const struct sums *sums);

/* How many were answered within each bound, but not within the one before; the last is beyond all
 * bounds, then those without an answer. */
json_t *sums_histogram_json(struct request_row *const *rows, size_t count);
/* The share answered within each bound, by the estimator: the curve of waiting. */
json_t *sums_curve_json(struct request_row *const *rows, size_t count);
