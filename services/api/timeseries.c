/* timeseries: the values of one metric bucket by bucket, the compared range beside them. */
#include "services/api/figures.h"

#define SERIES_MAX 4

static const struct metric {
	const char *name;
	unsigned what;
	struct {
		const char *key; /* NULL after the last */
		enum figure figure;
	} series[SERIES_MAX];
} metrics[] = {
	{ "messages",
	  FIGURES_HOURS,
	  { { "messages", FIGURE_MESSAGES },
	    { "bot_messages", FIGURE_BOT_MESSAGES },
	    { "reactions", FIGURE_REACTIONS } } },
	{ "members",
	  FIGURES_FLOW | FIGURES_PEOPLE,
	  { { "members", FIGURE_MEMBERS },
	    { "joins", FIGURE_JOINS },
	    { "leaves", FIGURE_LEAVES },
	    { "active", FIGURE_ACTIVE } } },
	{ "voice",
	  FIGURES_HOURS,
	  { { "raw_ms", FIGURE_VOICE_RAW },
	    { "present_ms", FIGURE_VOICE_PRESENT },
	    { "engaged_ms", FIGURE_VOICE_ENGAGED },
	    { "talking_ms", FIGURE_VOICE_TALKING } } },
};

struct timeseries {
	struct visit *visit;         /* borrowed */
	const struct metric *metric; /* static */
	const struct range *range;   /* borrowed */
	struct filter filter;
	struct figures_pair figures;
};

static const struct metric *find_metric(const char *name)
{
	for (size_t i = 0; name && i < RA_COUNT(metrics); i++)
		if (strcmp(metrics[i].name, name) == 0)
			return &metrics[i];
	return NULL;
}

/* `count` values, whatever the span has: the longer of two days of different length is cut, the
 * shorter filled up with null. */
static json_t *values_json(const struct figures *f, enum figure figure, size_t count)
{
	json_t *values = json_array();
	for (size_t b = 0; b < count; b++)
		json_array_append_new(values, b < f->span->count ? figure_json(f->values[figure][b])
								 : json_null());
	return values;
}

static json_t *series_json(const struct timeseries *t)
{
	size_t count = t->range->now.count;
	json_t *series = json_array();
	for (int i = 0; i < SERIES_MAX && t->metric->series[i].key; i++) {
		enum figure figure = t->metric->series[i].figure;
		json_t *previous = t->range->has_before
					   ? values_json(&t->figures.before, figure, count)
					   : json_null();
		json_array_append_new(series, json_pack("{s:s, s:o, s:o}", "key",
							t->metric->series[i].key, "values",
							values_json(&t->figures.now, figure, count),
							"previous", previous));
	}
	return series;
}

static void on_figures(void *ctx, int status, const struct ra_err *err)
{
	struct timeseries *t = ctx;
	const struct span *span = &t->range->now;
	(void)err;
	if (status < 0) {
		reply_failure(t->visit->api, t->visit->req, status);
		return;
	}
	json_t *starts = json_array();
	for (size_t b = 0; b < span->count; b++)
		json_array_append_new(starts, json_instant(span->starts_ms[b]));
	ra_http_reply_json(
		t->visit->req, 200,
		json_pack("{s:o, s:o, s:s, s:s, s:o, s:b, s:o}", "range", range_json(span),
			  "compare_range", range_json(&t->range->before), "metric", t->metric->name,
			  "bucket", bucket_name(t->range->bucket), "starts", starts,
			  "is_last_partial", span->is_partial, "series", series_json(t)));
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct timeseries *t = visit->state;
	t->range = range;
	int rc = figures_send_pair(&t->figures, visit, range, &t->filter, t->metric->what,
				   on_figures, t);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

void timeseries_get(struct visit *visit)
{
	struct timeseries *t = ra_arena_new(visit->arena, struct timeseries);
	struct range_wish wish = { .bucket = ra_http_query(visit->req, "bucket") };
	struct ra_err err = { 0 };
	t->visit = visit;
	t->metric = find_metric(ra_http_query(visit->req, "metric"));
	visit->state = t;
	if (!t->metric) {
		ra_fail(&err, RA_EINVAL, "Use messages, members or voice.",
			"metric is missing or not one we know");
		reply_bad_argument(visit->req, &err);
	} else if (filter_read(visit, &t->filter)) {
		range_resolve(visit, &wish, on_range);
	}
}
