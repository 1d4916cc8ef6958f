/* request_groups: see the header. */
#include "services/api/request_groups.h"
#include "libshared/desk/survival.h"
#include <stdlib.h>

#define DAY_HOURS  24
#define WEEK_HOURS 168

struct keyed {
	int64_t key;
	struct request_row *row;
};

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	return (x->key > y->key) - (x->key < y->key);
}

size_t request_groups_of(struct ra_arena *arena, struct request_set set, request_key key,
			 const void *ctx, struct request_group **out)
{
	struct keyed *keyed = ra_alloc((set.count + 1) * sizeof(*keyed));
	struct request_row **rows =
		ra_arena_alloc(arena, (set.count + 1) * sizeof(struct request_row *));
	size_t count = 0, found = 0;
	for (size_t i = 0; i < set.count; i++) {
		int64_t k = key(set.rows[i], ctx);
		if (k != REQUEST_NOWHERE && set.rows[i]->state != REQUEST_CANCELLED)
			keyed[count++] = (struct keyed){ k, set.rows[i] };
	}
	if (count > 1)
		qsort(keyed, count, sizeof(*keyed), by_key);
	*out = ra_arena_alloc(arena, (count + 1) * sizeof(**out));
	for (size_t i = 0; i < count; i++) {
		rows[i] = keyed[i].row;
		if (i == 0 || keyed[i].key != keyed[i - 1].key)
			(*out)[found++] = (struct request_group){ keyed[i].key, { &rows[i], 0 } };
		(*out)[found - 1].set.count++;
	}
	ra_free(keyed);
	return found;
}

/* --- lists --- */

static int by_size(const void *a, const void *b)
{
	const struct request_group *x = a, *y = b;
	if (x->set.count != y->set.count)
		return x->set.count < y->set.count ? 1 : -1;
	return (x->key > y->key) - (x->key < y->key);
}

json_t *request_groups_json(struct ra_arena *arena, struct request_set set, request_key key,
			    request_describe describe, const void *ctx, int64_t now_ms)
{
	struct request_group *groups;
	json_t *json = json_array();
	size_t count = request_groups_of(arena, set, key, ctx, &groups);
	if (count > 1)
		qsort(groups, count, sizeof(*groups), by_size);
	for (size_t i = 0; i < count; i++) {
		struct sums sums;
		json_t *row = json_object(), *figures;
		sums_of(&sums, groups[i].set.rows, groups[i].set.count, now_ms);
		figures = sums_json(&sums);
		describe(row, groups[i].key, ctx);
		json_object_update(row, figures);
		json_decref(figures);
		json_array_append_new(json, row);
	}
	return json;
}

/* --- hours --- */

static json_t *percentile_json(const struct sums *s, int percentile)
{
	int64_t ms = s->calendar_ms[percentile];
	return s->n < SURVIVAL_LEAST || ms < 0 ? json_null() : json_integer(ms);
}

static int64_t hour_key(const struct request_row *row, const void *ctx)
{
	(void)ctx;
	return row->hour;
}

static int64_t week_key(const struct request_row *row, const void *ctx)
{
	(void)ctx;
	return row->weekday * DAY_HOURS + row->hour;
}

/* The sums of each key from 0 on; those nobody has are empty. */
static struct sums *sums_by(struct ra_arena *arena, struct request_set set, request_key key,
			    const void *ctx, size_t keys, int64_t now_ms)
{
	struct request_group *groups;
	struct sums *sums = ra_arena_alloc(arena, (keys + 1) * sizeof(*sums));
	size_t count = request_groups_of(arena, set, key, ctx, &groups);
	memset(sums, 0, (keys + 1) * sizeof(*sums));
	for (size_t i = 0; i < count; i++)
		if (groups[i].key >= 0 && groups[i].key < (int64_t)keys)
			sums_of(&sums[groups[i].key], groups[i].set.rows, groups[i].set.count,
				now_ms);
	return sums;
}

json_t *request_hours_json(struct ra_arena *arena, struct request_set set, int64_t now_ms)
{
	struct sums *sums = sums_by(arena, set, hour_key, NULL, DAY_HOURS, now_ms);
	json_t *n = json_array(), *p50 = json_array();
	for (size_t h = 0; h < DAY_HOURS; h++) {
		json_array_append_new(n, json_integer(sums[h].n));
		json_array_append_new(p50, percentile_json(&sums[h], SUMS_P50));
	}
	return json_pack("{s:o, s:o}", "n", n, "p50_ms", p50);
}

json_t *request_week_json(struct ra_arena *arena, struct request_set set, int64_t now_ms)
{
	struct sums *sums = sums_by(arena, set, week_key, NULL, WEEK_HOURS, now_ms);
	json_t *n = json_array(), *p50 = json_array(), *p90 = json_array();
	for (size_t day = 0; day < WEEK_HOURS / DAY_HOURS; day++) {
		json_t *ns = json_array(), *p50s = json_array(), *p90s = json_array();
		for (size_t h = day * DAY_HOURS; h < (day + 1) * DAY_HOURS; h++) {
			json_array_append_new(ns, json_integer(sums[h].n));
			json_array_append_new(p50s, percentile_json(&sums[h], SUMS_P50));
			json_array_append_new(p90s, percentile_json(&sums[h], SUMS_P90));
		}
		json_array_append_new(n, ns);
		json_array_append_new(p50, p50s);
		json_array_append_new(p90, p90s);
	}
	return json_pack("{s:o, s:o, s:o}", "n", n, "p50_ms", p50, "p90_ms", p90);
}

/* --- over time --- */

/* The last bucket that begins at or before the moment. */
static int64_t bucket_key(const struct request_row *row, const void *ctx)
{
	const struct span *span = ctx;
	size_t least = 0, most = span->count;
	while (least < most) {
		size_t middle = least + (most - least) / 2;
		if (span->starts_ms[middle] <= row->at_ms)
			least = middle + 1;
		else
			most = middle;
	}
	return least == 0 ? REQUEST_NOWHERE : (int64_t)least - 1;
}

static json_t *requests_value(const struct sums *s)
{
	return json_integer(s->n);
}
static json_t *answered_value(const struct sums *s)
{
	return json_integer(s->answered);
}
static json_t *waiting_value(const struct sums *s)
{
	return json_integer(s->n - s->answered);
}
static json_t *p50_value(const struct sums *s)
{
	return percentile_json(s, SUMS_P50);
}
static json_t *p90_value(const struct sums *s)
{
	return percentile_json(s, SUMS_P90);
}
static json_t *met_value(const struct sums *s)
{
	int64_t judged = s->met + s->missed;
	return judged > 0 ? json_real((double)s->met / (double)judged) : json_null();
}

static const struct {
	const char *key;
	json_t *(*value)(const struct sums *s);
} series[] = {
	{ "requests", requests_value },
	{ "answered", answered_value },
	{ "without_answer", waiting_value },
	{ "p50_ms", p50_value },
	{ "p90_ms", p90_value },
	{ "target_rate", met_value },
};

static json_t *values_json(const struct sums *sums, size_t count, size_t which)
{
	json_t *values = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(values, series[which].value(&sums[i]));
	return values;
}

json_t *request_series_json(struct ra_arena *arena, struct request_set now,
			    const struct request_set *before, const struct range *range,
			    int64_t now_ms)
{
	const struct span *span = &range->now, *old = &range->before;
	size_t count = span->count;
	struct sums *sums = sums_by(arena, now, bucket_key, span, count, now_ms);
	struct sums *past =
		before ? sums_by(arena, *before, bucket_key, old, old->count, now_ms) : NULL;
	size_t past_count = old->count < count ? old->count : count;
	json_t *json = json_array();
	for (size_t i = 0; i < RA_COUNT(series); i++)
		json_array_append_new(
			json, json_pack("{s:s, s:o, s:o}", "key", series[i].key, "values",
					values_json(sums, count, i), "previous",
					past ? values_json(past, past_count, i) : json_null()));
	return json;
}
