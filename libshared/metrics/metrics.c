/*
 * metrics: a list of everything registered, ordered by name. Registration
 * happens before main(); values live in the metrics themselves.
 */
#include "libshared/metrics/metrics.h"
#include "libshared/base/buf.h"
#include "libshared/metrics/format.h"
#include "libshared/metrics/process.h"
#include <assert.h>
#include <math.h>

struct ra_metric_series {
	char *label_value; /* owned */
	double value;
	uint64_t *buckets; /* of a histogram; owned */
	double sum;
	struct ra_metric_series *next;
};

static const double bounds[] = { 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
				 0.5,   1,      2.5,   5,    10,    30,   60 };
#define BUCKETS (RA_COUNT(bounds) + 1) /* the last one is without bound */

static struct ra_metric *metrics;

void ra_metric_register(struct ra_metric *metric)
{
	if (metric->is_registered)
		return;
	struct ra_metric **place = &metrics;
	while (*place && strcmp((*place)->name, metric->name) < 0)
		place = &(*place)->next;
	assert(!*place || strcmp((*place)->name, metric->name) != 0);
	metric->next = *place;
	metric->is_registered = true;
	*place = metric;
}

static struct ra_metric_series *series_of(struct ra_metric *metric, const char *label_value)
{
	assert(metric->label);
	struct ra_metric_series **place = &metric->series;
	while (*place && strcmp((*place)->label_value, label_value) < 0)
		place = &(*place)->next;
	if (*place && strcmp((*place)->label_value, label_value) == 0)
		return *place;
	struct ra_metric_series *series = ra_new(struct ra_metric_series);
	series->label_value = ra_strdup(label_value);
	series->next = *place;
	*place = series;
	return series;
}

void ra_count_by(struct ra_metric *counter, const char *label_value, double by)
{
	series_of(counter, label_value)->value += by;
}

void ra_gauge_set_by(struct ra_metric *gauge, const char *label_value, double value)
{
	series_of(gauge, label_value)->value = value;
}

static void free_series(struct ra_metric_series *series)
{
	ra_free(series->label_value);
	ra_free(series->buckets);
	ra_free(series);
}

void ra_metric_forget(struct ra_metric *metric, const char *label_value)
{
	for (struct ra_metric_series **place = &metric->series; *place; place = &(*place)->next)
		if (strcmp((*place)->label_value, label_value) == 0) {
			struct ra_metric_series *series = *place;
			*place = series->next;
			free_series(series);
			return;
		}
}

static void put(uint64_t **buckets, double *sum, double seconds)
{
	if (!*buckets)
		*buckets = ra_alloc(BUCKETS * sizeof(**buckets));
	size_t i = 0;
	while (i < RA_COUNT(bounds) && seconds > bounds[i])
		i++;
	(*buckets)[i]++;
	*sum += seconds;
}

void ra_observe(struct ra_metric *histogram, double seconds)
{
	assert(histogram->kind == RA_METRIC_HISTOGRAM && !histogram->label);
	put(&histogram->buckets, &histogram->sum, seconds);
}

void ra_observe_by(struct ra_metric *histogram, const char *label_value, double seconds)
{
	assert(histogram->kind == RA_METRIC_HISTOGRAM);
	struct ra_metric_series *series = series_of(histogram, label_value);
	put(&series->buckets, &series->sum, seconds);
}

static void render_histogram(const struct ra_metric *metric, const char *label_value,
			     const uint64_t *buckets, double sum, struct ra_buf *out)
{
	uint64_t total = 0;
	for (size_t i = 0; i < BUCKETS; i++) {
		total += buckets ? buckets[i] : 0;
		ra_format_bucket(out, metric->name, metric->label, label_value,
				 i < RA_COUNT(bounds) ? bounds[i] : INFINITY, (double)total);
	}
	ra_format_sample(out, metric->name, "_sum", metric->label, label_value, sum);
	ra_format_sample(out, metric->name, "_count", metric->label, label_value, (double)total);
}

static void render(const struct ra_metric *metric, struct ra_buf *out)
{
	static const char *const types[] = {
		[RA_METRIC_COUNTER] = "counter",
		[RA_METRIC_GAUGE] = "gauge",
		[RA_METRIC_HISTOGRAM] = "histogram",
	};
	ra_format_head(out, metric->name, types[metric->kind], metric->help);
	bool is_histogram = metric->kind == RA_METRIC_HISTOGRAM;
	if (is_histogram && !metric->label)
		render_histogram(metric, NULL, metric->buckets, metric->sum, out);
	else if (!metric->label)
		ra_format_sample(out, metric->name, "", NULL, NULL, metric->value);
	for (const struct ra_metric_series *series = metric->series; series; series = series->next)
		if (is_histogram)
			render_histogram(metric, series->label_value, series->buckets, series->sum,
					 out);
		else
			ra_format_sample(out, metric->name, "", metric->label, series->label_value,
					 series->value);
}

void ra_metrics_render(struct ra_buf *out)
{
	for (const struct ra_metric *metric = metrics; metric; metric = metric->next)
		render(metric, out);
	ra_process_render(out);
}

static void free_values(struct ra_metric *metric)
{
	while (metric->series) {
		struct ra_metric_series *series = metric->series;
		metric->series = series->next;
		free_series(series);
	}
	ra_free(metric->buckets);
	metric->buckets = NULL;
}

void ra_metrics_fini(void)
{
	for (struct ra_metric *metric = metrics; metric; metric = metric->next)
		free_values(metric);
}
