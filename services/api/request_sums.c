/* request_sums: see the header. */
#include "services/api/request_sums.h"
#include "libshared/desk/survival.h"
#include <stdlib.h>

#define SECOND_MS     1000LL
#define MINUTE_MS     (60 * SECOND_MS)
#define HOUR_MS       (60 * MINUTE_MS)
#define DAY_MS        (24 * HOUR_MS)
#define AT_RISK_SHARE 0.75

/* Bounds of the distribution. */
static const int64_t bounds_ms[] = {
	30 * SECOND_MS, MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 15 * MINUTE_MS,
	30 * MINUTE_MS, HOUR_MS,   2 * HOUR_MS,   4 * HOUR_MS,   8 * HOUR_MS,    DAY_MS,
};

static bool counts(const struct request_row *row)
{
	return row->state != REQUEST_CANCELLED;
}

/* --- one request --- */

static void count_band(struct sums *s, const struct request_row *row)
{
	if (row->wait_ms <= row->good_ms)
		s->good++;
	else if (row->wait_ms >= row->poor_ms)
		s->poor++;
	else
		s->average++;
}

static void count_who(struct sums *s, const struct request_row *row)
{
	if (row->answered_ms)
		s->staff++;
	else if (row->community_ms)
		s->community++;
	else
		s->nobody++;
	s->community_first +=
		row->answered_ms && row->community_ms && row->community_ms < row->answered_ms;
}

/* An answer that came after the horizon came too late to count here. */
static void count_horizon(struct sums *s, const struct request_row *row, int64_t now_ms)
{
	if (now_ms - row->asked_ms <= row->horizon_ms)
		return;
	s->old++;
	s->unanswered += !row->answered_ms || row->wait_ms > row->horizon_ms;
}

/* Still waiting past its target is missed already. */
static void count_target(struct sums *s, const struct request_row *row)
{
	int64_t used_ms = row->is_business_target ? row->business_ms : row->wait_ms;
	if (row->target_ms == 0)
		return;
	if (used_ms > row->target_ms)
		s->missed++;
	else if (row->answered_ms)
		s->met++;
	else if (row->state == REQUEST_OPEN)
		s->pending++;
	if (row->state == REQUEST_OPEN && !row->answered_ms && used_ms <= row->target_ms)
		s->at_risk += (double)used_ms >= AT_RISK_SHARE * (double)row->target_ms;
}

static void count_one(struct sums *s, const struct request_row *row, int64_t now_ms)
{
	s->n++;
	s->reopened += row->reopened > 0;
	count_who(s, row);
	count_horizon(s, row, now_ms);
	count_target(s, row);
	if (row->answered_ms) {
		s->answered++;
		count_band(s, row);
	} else if (row->state == REQUEST_OPEN) {
		s->open++;
	} else {
		s->closed++;
	}
}

/* --- all of them --- */

static const double shares[SUMS_PERCENTILES] = { 0.5, 0.75, 0.9, 0.95 };

static size_t waits_of(struct request_row *const *rows, size_t count, bool is_business,
		       struct survival_time *out)
{
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		if (counts(rows[i]))
			out[n++] = (struct survival_time){
				is_business ? rows[i]->business_ms : rows[i]->wait_ms,
				rows[i]->answered_ms != 0,
			};
	survival_sort(out, n);
	return n;
}

static void average(struct sums *s, const struct survival_time *times, size_t count)
{
	int64_t sum_ms = 0, seen = 0, middle[2] = { 0 };
	s->mean_ms = s->median_ms = s->fastest_ms = s->slowest_ms = -1;
	for (size_t i = 0; i < count; i++) {
		if (!times[i].is_answered)
			continue;
		if (s->fastest_ms < 0)
			s->fastest_ms = times[i].ms;
		s->slowest_ms = times[i].ms;
		sum_ms += times[i].ms;
		if (seen == (s->answered - 1) / 2)
			middle[0] = times[i].ms;
		if (seen == s->answered / 2)
			middle[1] = times[i].ms;
		seen++;
	}
	if (seen == 0)
		return;
	s->mean_ms = sum_ms / seen;
	s->median_ms = (middle[0] + middle[1]) / 2;
}

void sums_of(struct sums *out, struct request_row *const *rows, size_t count, int64_t now_ms)
{
	struct survival_time *times = ra_alloc((count + 1) * sizeof(*times));
	*out = (struct sums){ 0 };
	for (size_t i = 0; i < count; i++)
		if (counts(rows[i]))
			count_one(out, rows[i], now_ms);
	size_t n = waits_of(rows, count, true, times);
	survival_percentiles(times, n, shares, SUMS_PERCENTILES, out->business_ms);
	n = waits_of(rows, count, false, times);
	survival_percentiles(times, n, shares, SUMS_PERCENTILES, out->calendar_ms);
	average(out, times, n);
	ra_free(times);
}

/* --- JSON --- */

static json_t *ms_json(int64_t ms)
{
	return ms < 0 ? json_null() : json_integer(ms);
}

static json_t *percentiles_json(const int64_t ms[SUMS_PERCENTILES], bool is_hidden)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "p50_ms", ms_json(is_hidden ? -1 : ms[SUMS_P50]),
			 "p75_ms", ms_json(is_hidden ? -1 : ms[SUMS_P75]), "p90_ms",
			 ms_json(is_hidden ? -1 : ms[SUMS_P90]), "p95_ms",
			 ms_json(is_hidden ? -1 : ms[SUMS_P95]));
}

static json_t *share_json(int64_t part, int64_t whole)
{
	return whole > 0 ? json_real((double)part / (double)whole) : json_null();
}

static json_t *target_json(const struct sums *s)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:o}", "met", (json_int_t)s->met, "missed",
			 (json_int_t)s->missed, "pending", (json_int_t)s->pending, "at_risk",
			 (json_int_t)s->at_risk, "rate", share_json(s->met, s->met + s->missed));
}

json_t *sums_json(const struct sums *s)
{
	bool is_hidden = s->n < SURVIVAL_LEAST;
	json_t *json = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:b, s:o, s:o}", "n",
				 (json_int_t)s->n, "answered", (json_int_t)s->answered, "open",
				 (json_int_t)s->open, "closed", (json_int_t)s->closed, "old",
				 (json_int_t)s->old, "unanswered", (json_int_t)s->unanswered,
				 "unanswered_rate", share_json(s->unanswered, s->old), "is_hidden",
				 is_hidden, "calendar", percentiles_json(s->calendar_ms, is_hidden),
				 "business", percentiles_json(s->business_ms, is_hidden));
	json_object_set_new(json, "plain",
			    json_pack("{s:o, s:o, s:o, s:o}", "mean_ms", ms_json(s->mean_ms),
				      "median_ms", ms_json(s->median_ms), "fastest_ms",
				      ms_json(s->fastest_ms), "slowest_ms",
				      ms_json(s->slowest_ms)));
	json_object_set_new(json, "bands",
			    json_pack("{s:I, s:I, s:I}", "good", (json_int_t)s->good, "average",
				      (json_int_t)s->average, "poor", (json_int_t)s->poor));
	json_object_set_new(json, "who",
			    json_pack("{s:I, s:I, s:I, s:I}", "staff", (json_int_t)s->staff,
				      "community", (json_int_t)s->community, "nobody",
				      (json_int_t)s->nobody, "community_first",
				      (json_int_t)s->community_first));
	json_object_set_new(json, "target", target_json(s));
	json_object_set_new(json, "reopened", json_integer(s->reopened));
	return json;
}

json_t *sums_histogram_json(struct request_row *const *rows, size_t count)
{
	int64_t found[RA_COUNT(bounds_ms) + 1] = { 0 }, waiting = 0;
	json_t *json = json_array();
	for (size_t i = 0; i < count; i++) {
		size_t b = 0;
		if (!counts(rows[i]))
			continue;
		while (b < RA_COUNT(bounds_ms) && rows[i]->wait_ms > bounds_ms[b])
			b++;
		if (rows[i]->answered_ms)
			found[b]++;
		else
			waiting++;
	}
	for (size_t b = 0; b <= RA_COUNT(bounds_ms); b++)
		json_array_append_new(json,
				      json_pack("{s:o, s:I}", "upto_ms",
						b < RA_COUNT(bounds_ms) ? json_integer(bounds_ms[b])
									: json_null(),
						"count", (json_int_t)found[b]));
	return json_pack("{s:o, s:I}", "bins", json, "without_answer", (json_int_t)waiting);
}

json_t *sums_curve_json(struct request_row *const *rows, size_t count)
{
	struct survival_time *times = ra_alloc((count + 1) * sizeof(*times));
	json_t *json = json_array();
	size_t n = waits_of(rows, count, false, times);
	for (size_t b = 0; n >= SURVIVAL_LEAST && b < RA_COUNT(bounds_ms); b++)
		json_array_append_new(
			json, json_pack("{s:I, s:f}", "within_ms", (json_int_t)bounds_ms[b],
					"share", survival_answered_within(times, n, bounds_ms[b])));
	ra_free(times);
	return json;
}
