/* words: what figures mean, and how they are said (doctor.h). Pure. */
#include "services/rationsctl/doctor.h"
#include <inttypes.h>
#include <stdlib.h>

void words_age(char out[WORDS_MAX], int64_t ms)
{
	int64_t s = ms > 0 ? ms / 1000 : 0;
	if (s < 120)
		snprintf(out, WORDS_MAX, "%" PRId64 " s", s);
	else if (s < 7200)
		snprintf(out, WORDS_MAX, "%" PRId64 " min", s / 60);
	else if (s < 172800)
		snprintf(out, WORDS_MAX, "%" PRId64 " h", s / 3600);
	else
		snprintf(out, WORDS_MAX, "%" PRId64 " d", s / 86400);
}

void words_size(char out[WORDS_MAX], int64_t bytes)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
	double size = (double)bytes;
	size_t unit = 0;
	while (size >= 1000 && unit + 1 < RA_COUNT(units)) {
		size /= 1000;
		unit++;
	}
	snprintf(out, WORDS_MAX, unit == 0 || size >= 100 ? "%.0f %s" : "%.1f %s", size,
		 units[unit]);
}

/* By what the name ends in. */
static void show(struct ra_buf *out, const char *name, const json_t *value)
{
	char words[WORDS_MAX];
	const char *unit = strrchr(name, '_');
	if (json_is_string(value))
		ra_buf_add(out, json_string_value(value), json_string_length(value));
	else if (unit && strcmp(unit, "_ms") == 0)
		words_age(words, json_integer_value(value));
	else if (unit && strcmp(unit, "_bytes") == 0)
		words_size(words, json_integer_value(value));
	else
		snprintf(words, WORDS_MAX, "%" PRId64, (int64_t)json_integer_value(value));
	if (!json_is_string(value))
		ra_buf_add(out, words, strlen(words));
}

char *words_fill(const char *text, const json_t *params)
{
	struct ra_buf out = { 0 };
	while (*text) {
		size_t plain = strcspn(text, "{");
		ra_buf_add(&out, text, plain);
		text += plain;
		if (!*text)
			break;
		char *name = ra_strndup(text + 1, strcspn(text + 1, "}"));
		show(&out, name, json_object_get(params, name));
		text += strlen(name) + 2;
		ra_free(name);
	}
	char *filled = ra_strdup(ra_buf_text(&out));
	ra_buf_fini(&out);
	return filled;
}

enum mark clock_mark(int64_t apart_ms, bool is_in_seconds)
{
	int64_t apart = llabs(apart_ms);
	if (apart > 60000)
		return CROSS;
	return apart > (is_in_seconds ? 5000 : 2000) ? WARNING : TICK;
}

static bool read_entry(const char *id, int64_t *ms, int64_t *n)
{
	const char *dash = id ? strchr(id, '-') : NULL;
	return dash && ra_str_to_i64((struct ra_str){ id, (size_t)(dash - id) }, ms) == 0 &&
	       ra_str_to_i64(ra_str_of(dash + 1), n) == 0;
}

int64_t entry_ms(const char *entry_id)
{
	int64_t ms, n;
	return read_entry(entry_id, &ms, &n) ? ms : -1;
}

bool entry_is_before(const char *a, const char *b)
{
	int64_t a_ms, a_n, b_ms, b_n;
	if (!read_entry(a, &a_ms, &a_n) || !read_entry(b, &b_ms, &b_n))
		return false;
	return a_ms < b_ms || (a_ms == b_ms && a_n < b_n);
}

int64_t intents_withheld(int64_t asked, int64_t flags)
{
	/* https://discord.com/developers/docs/resources/application: flags, each also as
	 * _LIMITED for applications in fewer than 100 guilds */
	static const struct {
		int64_t intent, flags;
	} privileged[] = {
		{ 1 << 1, 1 << 14 | 1 << 15 },  /* members */
		{ 1 << 8, 1 << 12 | 1 << 13 },  /* presences */
		{ 1 << 15, 1 << 18 | 1 << 19 }, /* message content */
	};
	int64_t withheld = 0;
	for (size_t i = 0; i < RA_COUNT(privileged); i++)
		if ((asked & privileged[i].intent) && !(flags & privileged[i].flags))
			withheld |= privileged[i].intent;
	return withheld;
}
