/* lang: see lang.h. The files are those the dashboard's texts are kept in, area by area. */
#include "libshared/discord/lang.h"
#include "libshared/base/buf.h"
#include "libshared/base/day.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NBSP "\u00a0"

static const struct {
	const char *code;
	const char *thousands, *percent; /* between groups of digits; after a number */
} kinds[] = {
	{ "en", ",", "%" },
	{ "ru", NBSP, NBSP "%" },
};

struct lang {
	const char *code, *thousands, *percent;
	json_t *texts; /* owned */
};

struct langs {
	struct lang list[RA_COUNT(kinds)];
	const struct lang *all[RA_COUNT(kinds) + 1];
};

static int load(struct lang *lang, const char *dir, const char *area, struct ra_err *err)
{
	json_error_t error;
	char *path = ra_format("%s/%s/%s.json", dir, lang->code, area);
	json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	lang->texts = json_incref(json_object_get(file, area));
	if (!lang->texts)
		ra_fail(err, RA_ECONF, "Set LOCALES_DIR to the folder locales of Rations.",
			"cannot read %s: %s", path,
			file ? "not the texts of its name" : error.text);
	json_decref(file);
	ra_free(path);
	return lang->texts ? 0 : RA_ECONF;
}

struct langs *langs_load(const char *dir, const char *area, struct ra_err *err)
{
	struct langs *langs = ra_new(struct langs);
	int rc = 0;
	for (size_t i = 0; i < RA_COUNT(kinds) && rc == 0; i++) {
		langs->list[i] =
			(struct lang){ kinds[i].code, kinds[i].thousands, kinds[i].percent, NULL };
		langs->all[i] = &langs->list[i];
		rc = load(&langs->list[i], dir, area, err);
	}
	if (rc == 0)
		return langs;
	langs_free(langs);
	return NULL;
}

void langs_free(struct langs *langs)
{
	for (size_t i = 0; langs && i < RA_COUNT(kinds); i++)
		json_decref(langs->list[i].texts);
	ra_free(langs);
}

const struct lang *lang_of(const struct langs *langs, struct ra_str locale)
{
	for (size_t i = 0; i < RA_COUNT(kinds); i++)
		if (locale.len >= 2 && memcmp(locale.ptr, kinds[i].code, 2) == 0 &&
		    (locale.len == 2 || locale.ptr[2] == '-'))
			return &langs->list[i];
	return &langs->list[0];
}

const struct lang *const *langs_all(const struct langs *langs)
{
	return langs->all;
}

const char *lang_code(const struct lang *lang)
{
	return lang->code;
}

/* --- texts --- */

/* "a.b.c", a level a dot. */
static const char *find(const struct lang *lang, const char *key)
{
	const json_t *at = lang->texts;
	while (at) {
		size_t len = strcspn(key, ".");
		char *name = ra_strndup(key, len);
		at = json_object_get(at, name);
		ra_free(name);
		if (key[len] == '\0')
			return json_string_value(at);
		key += len + 1;
	}
	return NULL;
}

const char *lang_text(const struct lang *lang, const char *key)
{
	const char *text = find(lang, key);
	return text ? text : key;
}

static const char *value_of(struct ra_str name, const struct lang_arg *args, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ra_str_is(name, args[i].name))
			return args[i].value;
	return "";
}

char *lang_say(const struct lang *lang, struct ra_arena *arena, const char *key,
	       const struct lang_arg *args, size_t count)
{
	struct ra_buf out = { 0 };
	const char *at = lang_text(lang, key), *open, *close;
	while ((open = strstr(at, "{{")) && (close = strstr(open, "}}"))) {
		ra_buf_add(&out, at, (size_t)(open - at));
		struct ra_str name = { open + 2, (size_t)(close - open) - 2 };
		ra_buf_add_text(&out, value_of(name, args, count));
		at = close + 2;
	}
	ra_buf_add_text(&out, at);
	char *text = ra_arena_strdup(arena, ra_buf_str(&out));
	ra_buf_fini(&out);
	return text;
}

const char *plural_form(const char *code, int64_t count)
{
	int64_t n = count < 0 ? -count : count, tens = n % 100, ones = n % 10;
	if (strcmp(code, "ru") != 0)
		return n == 1 ? "one" : "other";
	if (ones == 1 && tens != 11)
		return "one";
	return ones >= 2 && ones <= 4 && (tens < 12 || tens > 14) ? "few" : "many";
}

char *lang_count(const struct lang *lang, struct ra_arena *arena, const char *key, int64_t count)
{
	char *form = ra_arena_format(arena, "%s_%s", key, plural_form(lang->code, count));
	struct lang_arg number = { "count", lang_number(lang, arena, count) };
	return lang_say(lang, arena, form, &number, 1);
}

/* --- numbers --- */

char *lang_number(const struct lang *lang, struct ra_arena *arena, int64_t value)
{
	struct ra_buf out = { 0 };
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu",
			   (unsigned long long)(value < 0 ? -(uint64_t)value : (uint64_t)value));
	if (value < 0)
		ra_buf_add_text(&out, "\u2212"); /* minus */
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			ra_buf_add_text(&out, lang->thousands);
		ra_buf_add(&out, &digits[i], 1);
	}
	char *text = ra_arena_strdup(arena, ra_buf_str(&out));
	ra_buf_fini(&out);
	return text;
}

char *lang_change(const struct lang *lang, struct ra_arena *arena, double now, double before)
{
	if (before <= 0)
		return ra_arena_strdup(arena, RA_STR(""));
	double percent = (now - before) * 100 / before;
	const char *sign = percent > 0 ? "+" : percent < 0 ? "\u2212" : "\u00b1";
	int64_t size = (int64_t)llround(fabs(percent));
	return ra_arena_format(arena, "%s%s%s", sign, lang_number(lang, arena, size),
			       lang->percent);
}

char *lang_duration(const struct lang *lang, struct ra_arena *arena, int64_t ms)
{
	int64_t minutes = (ms + 30000) / 60000, hours = minutes / 60;
	const char *h = lang_text(lang, "unit.hours"), *min = lang_text(lang, "unit.minutes");
	minutes %= 60;
	if (hours == 0)
		return ra_arena_format(arena, "%d" NBSP "%s", (int)minutes, min);
	char *whole = ra_arena_format(arena, "%s" NBSP "%s", lang_number(lang, arena, hours), h);
	if (minutes == 0 || hours >= 100)
		return whole;
	return ra_arena_format(arena, "%s %d" NBSP "%s", whole, (int)minutes, min);
}

char *lang_date(const struct lang *lang, struct ra_arena *arena, int day, bool has_year)
{
	int year, month, mday;
	char key[24];
	day_split(day, &year, &month, &mday);
	snprintf(key, sizeof(key), "month.%d", month);
	if (has_year)
		return ra_arena_format(arena, "%d" NBSP "%s" NBSP "%d", mday, lang_text(lang, key),
				       year);
	return ra_arena_format(arena, "%d" NBSP "%s", mday, lang_text(lang, key));
}
