/* cron: see the header. */
#include "libshared/cron/cron.h"
#include "libshared/base/day.h"
#include <stdio.h>
#include <strings.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_MS    (1440 * MINUTE_MS)
#define LOOK_DAYS (9 * 366) /* a 29th of February may be eight years off */

/* --- reading it -------------------------------------------------------------------- */

static const char *const month_names[] = { "jan", "feb", "mar", "apr", "may", "jun",
					   "jul", "aug", "sep", "oct", "nov", "dec" };
static const char *const weekday_names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };

struct field {
	const char *name;
	int first, last;
	const char *const *names; /* three letters each, from `first` on; NULL: none */
	int name_count;
};

enum { MINUTE, HOUR, MDAY, MONTH, WEEKDAY, FIELDS };

static const struct field fields[FIELDS] = {
	[MINUTE] = { .name = "minute", .first = 0, .last = 59 },
	[HOUR] = { .name = "hour", .first = 0, .last = 23 },
	[MDAY] = { .name = "day", .first = 1, .last = 31 },
	[MONTH] = { .name = "month", .first = 1, .last = 12, month_names, 12 },
	[WEEKDAY] = { .name = "weekday", .first = 0, .last = 7, weekday_names, 7 },
};

static int read_name(const struct field *field, const char **at)
{
	for (int i = 0; i < field->name_count; i++)
		if (strncasecmp(*at, field->names[i], 3) == 0) {
			*at += 3;
			return field->first + i;
		}
	return -1;
}

/* Up to three digits, or a name; -1 when there is neither. */
static int read_number(const struct field *field, const char **at)
{
	int value = 0, digits = 0;
	for (; **at >= '0' && **at <= '9' && digits < 3; digits++)
		value = value * 10 + (*(*at)++ - '0');
	return digits ? value : read_name(field, at);
}

/* "*", "7", "1-5", each with "/2" behind it: their bits; 0 when it is none of them. */
static uint64_t read_range(const struct field *field, const char **at)
{
	int low = field->first, high = field->last, step = 1;
	uint64_t bits = 0;
	bool is_one = false;
	if (**at == '*') {
		(*at)++;
	} else {
		low = high = read_number(field, at);
		is_one = true;
		if (low >= 0 && **at == '-') {
			(*at)++;
			high = read_number(field, at);
			is_one = false;
		}
	}
	if (low >= 0 && **at == '/') {
		(*at)++;
		step = read_number(&(struct field){ 0 }, at);
		high = is_one ? field->last : high;
	}
	if (low < field->first || high > field->last || low > high || step < 1)
		return 0;
	for (int value = low; value <= high; value += step)
		bits |= UINT64_C(1) << value;
	return bits;
}

/* Ranges with commas between, up to a blank. */
static uint64_t read_field(const struct field *field, const char *text)
{
	uint64_t bits = 0;
	for (const char *at = text;; at++) {
		uint64_t more = read_range(field, &at);
		bits |= more;
		if (more == 0 || (*at != ',' && *at != '\0'))
			return 0;
		if (*at == '\0')
			return bits;
	}
}

static const char *preset(const char *text)
{
	static const char *const presets[][2] = {
		{ "@hourly", "0 * * * *" }, { "@4h", "0 */4 * * *" },   { "@12h", "0 */12 * * *" },
		{ "@daily", "0 2 * * *" },  { "@weekly", "0 2 * * 0" }, { "@monthly", "0 2 1 * *" },
	};
	for (size_t i = 0; i < RA_COUNT(presets); i++)
		if (strcmp(text, presets[i][0]) == 0)
			return presets[i][1];
	return text;
}

static int fail(struct ra_err *err, const char *what)
{
	return ra_fail(err, RA_EINVAL,
		       "Write minute, hour, day, month and weekday, like 0 2 * * * for each day at "
		       "02:00.",
		       "%s", what);
}

int cron_parse(struct cron *cron, const char *text, struct ra_err *err)
{
	char words[CRON_TEXT_MAX + 1], what[80], *save = NULL;
	uint64_t bits[FIELDS] = { 0 };
	bool is_any[FIELDS] = { false };
	int count = 0;
	text = preset(text);
	if (strlen(text) > CRON_TEXT_MAX)
		return fail(err, "the schedule is too long");
	memcpy(words, text, strlen(text) + 1);
	for (char *w = strtok_r(words, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		if (count == FIELDS)
			return fail(err, "the schedule has more than five fields");
		bits[count] = read_field(&fields[count], w);
		is_any[count] = *w == '*' && w[1] == '\0';
		snprintf(what, sizeof(what), "the schedule's %s makes no sense",
			 fields[count].name);
		if (bits[count++] == 0)
			return fail(err, what);
	}
	if (count < FIELDS)
		return fail(err, "the schedule has fewer than five fields");
	*cron = (struct cron){
		.minutes = bits[MINUTE],
		.hours = (uint32_t)bits[HOUR],
		.mdays = (uint32_t)bits[MDAY],
		.months = (uint16_t)bits[MONTH],
		.weekdays = (uint8_t)((bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f),
		.is_any_mday = is_any[MDAY],
		.is_any_weekday = is_any[WEEKDAY],
	};
	return 0;
}

/* --- when it fires ------------------------------------------------------------------- */

static int64_t floor_to(int64_t value, int64_t unit)
{
	return value - ((value % unit) + unit) % unit;
}

static bool is_day(const struct cron *cron, int64_t local_ms)
{
	int year, month, mday, day = (int)(floor_to(local_ms, DAY_MS) / DAY_MS);
	day_split(day, &year, &month, &mday);
	if (!(cron->months >> month & 1))
		return false;
	bool by_mday = cron->mdays >> mday & 1;
	bool by_weekday = cron->weekdays >> ((day_weekday(day) + 1) % 7) & 1;
	return cron->is_any_mday || cron->is_any_weekday ? by_mday && by_weekday
							 : by_mday || by_weekday;
}

static bool is_minute(const struct cron *cron, int64_t local_ms)
{
	int minute = (int)((local_ms - floor_to(local_ms, DAY_MS)) / MINUTE_MS);
	return (cron->hours >> (minute / 60) & 1) && (cron->minutes >> (minute % 60) & 1);
}

/* Does it fire at a local time in [from, to)? */
static bool is_within(const struct cron *cron, int64_t from_ms, int64_t to_ms)
{
	for (int64_t at = from_ms; at < to_ms; at += MINUTE_MS)
		if (is_day(cron, at) && is_minute(cron, at))
			return true;
	return false;
}

/* At the beginning of `span` the clock may have been changed: local times that were there before
 * are passed over; those that never come fire at once. */
static bool fires(const struct cron *cron, const struct zone *zone, const struct zone_span *span,
		  int64_t at_ms)
{
	int64_t offset_ms = span ? span->offset_s * 1000 : 0, jump_ms = 0;
	if (span && span > zone->spans)
		jump_ms = offset_ms - span[-1].offset_s * 1000;
	if (jump_ms < 0 && at_ms < span->from_ms - jump_ms)
		return false; /* the second time */
	if (jump_ms > 0 && at_ms == span->from_ms &&
	    is_within(cron, at_ms + offset_ms - jump_ms, at_ms + offset_ms))
		return true;
	return is_day(cron, at_ms + offset_ms) && is_minute(cron, at_ms + offset_ms);
}

/* The next moment that may fire: a minute on, or the day after a day that does not. */
static int64_t step(const struct cron *cron, const struct zone *zone, const struct zone_span *span,
		    int64_t at_ms)
{
	int64_t offset_ms = span ? span->offset_s * 1000 : 0, local_ms = at_ms + offset_ms;
	if (is_day(cron, local_ms))
		return at_ms + MINUTE_MS;
	int64_t next_ms = floor_to(local_ms, DAY_MS) + DAY_MS - offset_ms;
	bool has_next = span && span + 1 < zone->spans + zone->count;
	return has_next && span[1].from_ms > at_ms && span[1].from_ms < next_ms ? span[1].from_ms
										: next_ms;
}

int cron_next(const struct cron *cron, const struct zone *zone, int64_t after_ms, int64_t *next_ms)
{
	int64_t at_ms = floor_to(after_ms, MINUTE_MS) + MINUTE_MS;
	int64_t end_ms = at_ms + LOOK_DAYS * DAY_MS;
	while (at_ms < end_ms) {
		const struct zone_span *span = zone_at(zone, at_ms);
		if (fires(cron, zone, span, at_ms)) {
			*next_ms = at_ms;
			return 0;
		}
		at_ms = step(cron, zone, span, at_ms);
	}
	return RA_ENOTFOUND;
}
