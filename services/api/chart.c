/* chart: see chart.h. */
#include "services/api/chart.h"
#include "libshared/base/clock.h"
#include <stdio.h>

#define HOUR_MS 3600000LL
#define DAY_MS  (24 * HOUR_MS)

int chart_days(const struct access_guild *guild, const char *name, struct days *out)
{
	struct ra_err err;
	struct period period;
	int rc = period_parse(name, NULL, NULL, NULL, &period, &err);
	return rc < 0 ? rc : period_days(&period, guild->today, guild->first_day, out, &err);
}

static const json_t *find_series(const json_t *timeseries, const char *key)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(timeseries, "series"), i, one)
	{
		const char *name = json_string_value(json_object_get(one, "key"));
		if (name && strcmp(name, key) == 0)
			return one;
	}
	return NULL;
}

static int64_t *read_values(struct ra_arena *arena, const json_t *list, size_t count)
{
	int64_t *values = ra_arena_alloc(arena, count * sizeof(*values));
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_array_get(list, i);
		values[i] =
			json_is_number(value) ? (int64_t)json_number_value(value) : PICTURE_UNKNOWN;
	}
	return values;
}

static int64_t instant_of(const json_t *text)
{
	int64_t ms = 0;
	struct ra_str iso = { json_string_value(text), json_string_length(text) };
	return iso.ptr && ra_iso8601_parse(iso, &ms) == 0 ? ms : 0;
}

/*
 * The first start is midnight of the first day, which tells the zone's offset
 * then; days, weeks and months begin at a midnight, too, which is within hours
 * of that offset whatever the clocks did meanwhile.
 */
static const char **make_labels(const struct lang *lang, struct ra_arena *arena,
				const json_t *timeseries, int first)
{
	const json_t *starts = json_object_get(timeseries, "starts");
	const char *bucket = json_string_value(json_object_get(timeseries, "bucket"));
	size_t count = json_array_size(starts);
	const char **labels = ra_arena_alloc(arena, count * sizeof(*labels));
	int64_t offset_ms = first * DAY_MS - instant_of(json_array_get(starts, 0));
	for (size_t i = 0; i < count; i++) {
		int64_t local_ms = instant_of(json_array_get(starts, i)) + offset_ms;
		if (bucket && strcmp(bucket, "hour") == 0)
			labels[i] =
				ra_arena_format(arena, "%d:00", (int)(local_ms % DAY_MS / HOUR_MS));
		else
			labels[i] = lang_date(lang, arena, (int)((local_ms + 4 * HOUR_MS) / DAY_MS),
					      false);
	}
	return labels;
}

struct picture *chart_read(const struct lang *lang, struct ra_arena *arena,
			   const json_t *timeseries, const char *key, int first)
{
	const json_t *series = find_series(timeseries, key);
	const json_t *values = json_object_get(series, "values");
	const json_t *previous = json_object_get(series, "previous");
	size_t count = json_array_size(json_object_get(timeseries, "starts"));
	if (count == 0 || count > PICTURE_MAX || json_array_size(values) != count)
		return NULL;
	struct picture *picture = ra_arena_new(arena, struct picture);
	*picture = (struct picture){
		.lang = lang,
		.count = count,
		.has_before = json_is_array(previous),
		.now = read_values(arena, values, count),
		.before = read_values(arena, previous, count),
		.labels = make_labels(lang, arena, timeseries, first),
	};
	return picture;
}
