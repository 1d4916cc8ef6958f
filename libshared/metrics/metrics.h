/*
 * metrics: numbers for Prometheus. Define them as statics next to the code
 * that moves them; they register themselves.
 *
 *	RA_COUNTER(published, "rations_events_published_total", "acknowledged by Redis");
 *	ra_count(&published, 1);
 *
 * One label at most, with values known at compile time or few in number; never user ids.
 */
#pragma once
#include "libshared/base/buf.h"

struct ra_metric {
	const char *name, *help;
	enum { RA_METRIC_COUNTER, RA_METRIC_GAUGE, RA_METRIC_HISTOGRAM } kind;
	const char *label;               /* NULL: no label */
	double value;                    /* unlabelled */
	struct ra_metric_series *series; /* labelled: one per value; owned */
	uint64_t *buckets;               /* unlabelled histogram; owned */
	double sum;
	bool is_registered;
	struct ra_metric *next;
};

#define RA_METRIC_(id, kind_, name_, help_, label_)                                                \
	static struct ra_metric id = {                                                             \
		.name = (name_), .help = (help_), .kind = (kind_), .label = (label_)               \
	};                                                                                         \
	__attribute__((constructor)) static void id##_register_(void)                              \
	{                                                                                          \
		ra_metric_register(&id);                                                           \
	}

#define RA_COUNTER(id, name, help)           RA_METRIC_(id, RA_METRIC_COUNTER, name, help, NULL)
#define RA_COUNTER_BY(id, name, label, help) RA_METRIC_(id, RA_METRIC_COUNTER, name, help, label)
#define RA_GAUGE(id, name, help)             RA_METRIC_(id, RA_METRIC_GAUGE, name, help, NULL)
#define RA_GAUGE_BY(id, name, label, help)   RA_METRIC_(id, RA_METRIC_GAUGE, name, help, label)
/* Seconds, in buckets from 1 ms to 60 s. */
#define RA_HISTOGRAM(id, name, help) RA_METRIC_(id, RA_METRIC_HISTOGRAM, name, help, NULL)

#define RA_HISTOGRAM_BY(id, name, label, help)                                                     \
	RA_METRIC_(id, RA_METRIC_HISTOGRAM, name, help, label)

void ra_metric_register(struct ra_metric *metric);
static inline void ra_count(struct ra_metric *counter, double by)
{
	counter->value += by;
}
static inline void ra_gauge_set(struct ra_metric *gauge, double value)
{
	gauge->value = value;
}
static inline void ra_gauge_add(struct ra_metric *gauge, double by)
{
	gauge->value += by;
}
/* `value` is copied when first seen. */
void ra_count_by(struct ra_metric *counter, const char *label_value, double by);
void ra_gauge_set_by(struct ra_metric *gauge, const char *label_value, double value);
/* Takes a labelled value out: what it told of is elsewhere now. */
void ra_metric_forget(struct ra_metric *metric, const char *label_value);
void ra_observe(struct ra_metric *histogram, double seconds);
void ra_observe_by(struct ra_metric *histogram, const char *label_value, double seconds);

/* Everything registered, in Prometheus text format 0.0.4, and the process's own
 * process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds and
 * process_start_time_seconds. */
void ra_metrics_render(struct ra_buf *out);
/* Frees series and buckets, for a clean exit. */
void ra_metrics_fini(void);
