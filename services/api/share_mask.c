/* share_mask: see share_mask.h. */
#include "services/api/share_mask.h"

enum group {
	BY_WRITERS,
	BY_REACTERS,
	BY_TALKERS,
	BY_ITSELF, /* it counts people */
	IS_PUBLIC,
};

/* Keys of series and of figures. */
static const struct {
	const char *key;
	enum group group;
} known[] = {
	{ "messages", BY_WRITERS },
	{ "reactions", BY_REACTERS },
	{ "raw_ms", BY_TALKERS },
	{ "present_ms", BY_TALKERS },
	{ "engaged_ms", BY_TALKERS },
	{ "talking_ms", BY_TALKERS },
	{ "voice", BY_TALKERS },
	{ "joins", BY_ITSELF },
	{ "leaves", BY_ITSELF },
	{ "active", BY_ITSELF },
	{ "active_members", BY_ITSELF },
	{ "communicators", BY_ITSELF },
	{ "dau", BY_ITSELF },
	{ "members", IS_PUBLIC }, /* Discord shows it to everybody with an invite */
};

static bool find(const json_t *one, enum group *group)
{
	const char *key = json_string_value(json_object_get(one, "key"));
	for (size_t i = 0; key && i < RA_COUNT(known); i++) {
		*group = known[i].group;
		if (strcmp(known[i].key, key) == 0)
			return true;
	}
	return false;
}

static bool is_of_few(const json_t *value, enum group by, const struct share_group *group)
{
	double number = json_number_value(value);
	double people = by == BY_WRITERS    ? (double)group->writers
			: by == BY_REACTERS ? (double)group->reacters
			: by == BY_TALKERS  ? (double)group->talkers
					    : number;
	return by != IS_PUBLIC && number > 0 && people < SHARE_GROUP_MIN;
}

void share_mask_series(json_t *answer, const struct share_group *groups, size_t count)
{
	json_t *series = json_object_get(answer, "series"), *one;
	for (size_t i = json_array_size(series); i-- > 0;) {
		enum group by;
		one = json_array_get(series, i);
		json_t *values = json_object_get(one, "values");
		json_object_set_new(one, "previous", json_null());
		if (!find(one, &by) || json_array_size(values) > count)
			json_array_remove(series, i);
		for (size_t b = 0; b < json_array_size(values) && b < count; b++)
			if (is_of_few(json_array_get(values, b), by, &groups[b]))
				json_array_set_new(values, b, json_null());
	}
	json_object_set_new(answer, "compare_range", json_null());
}

void share_mask_figures(json_t *answer, const struct share_group *group)
{
	json_t *figures = json_object_get(answer, "figures");
	for (size_t i = json_array_size(figures); i-- > 0;) {
		json_t *one = json_array_get(figures, i);
		enum group by;
		if (!find(one, &by)) {
			json_array_remove(figures, i);
			continue;
		}
		json_object_set_new(one, "previous", json_null());
		json_object_set_new(one, "sparkline", json_array());
		if (is_of_few(json_object_get(one, "value"), by, group))
			json_object_set_new(one, "value", json_null());
	}
	json_object_set_new(answer, "compare_range", json_null());
}

void share_mask_hours(json_t *answer, int64_t writers[SHARE_WEEKDAYS][SHARE_HOURS])
{
	json_t *cells = json_object_get(answer, "cells");
	for (size_t day = 0; day < SHARE_WEEKDAYS; day++)
		for (size_t hour = 0; hour < SHARE_HOURS; hour++) {
			json_t *row = json_array_get(cells, day);
			bool is_quiet = json_integer_value(json_array_get(row, hour)) == 0;
			if (!is_quiet && writers[day][hour] < SHARE_GROUP_MIN)
				json_array_set_new(row, hour, json_null());
		}
}

void share_mask_channels(json_t *answer)
{
	json_t *channels = json_object_get(answer, "channels");
	json_int_t total = 0;
	for (size_t i = json_array_size(channels); i-- > 0;) {
		json_t *one = json_array_get(channels, i);
		json_object_set_new(one, "previous_messages", json_null());
		if (json_integer_value(json_object_get(one, "members")) < SHARE_GROUP_MIN)
			json_array_remove(channels, i);
		else
			total += json_integer_value(json_object_get(one, "messages"));
	}
	/* the true total would tell what is left out */
	json_object_set_new(answer, "total", json_integer(total));
}
