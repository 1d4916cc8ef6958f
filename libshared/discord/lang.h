/*
 * lang: what the bot says in Discord, in the languages of locales/: texts by
 * key with {{blanks}}, plurals, numbers, durations and dates as the language
 * writes them. Loaded once, read by everybody.
 *
 *	lang_say(lang, arena, "top.more", &(struct lang_arg){ "count", "12" }, 1)
 */
#pragma once
#include "libshared/base/arena.h"
#include "libshared/base/err.h"
#include <jansson.h>

struct langs;
struct lang;

/* Every language of `dir`/<code>/`area`.json, below the key `area`. NULL and *err when a file is
 * not there or is no JSON. */
struct langs *langs_load(const char *dir, const char *area, struct ra_err *err);
void langs_free(struct langs *langs);

/* The language of a Discord locale ("ru", "en-GB"); English where we have none like it. */
const struct lang *lang_of(const struct langs *langs, struct ra_str locale);
/* All of them, English first; NULL ends them. */
const struct lang *const *langs_all(const struct langs *langs);
/* "en" */
const char *lang_code(const struct lang *lang);

struct lang_arg {
	const char *name, *value;
};

/* The text as it stands; the key itself when there is none. */
const char *lang_text(const struct lang *lang, const char *key);
/* Its blanks filled in. */
char *lang_say(const struct lang *lang, struct ra_arena *arena, const char *key,
	       const struct lang_arg *args, size_t count);
/* The form of `key` for so many: key_one, key_few ...; {{count}} is the number. */
char *lang_count(const struct lang *lang, struct ra_arena *arena, const char *key, int64_t count);

/* 1,234 */
char *lang_number(const struct lang *lang, struct ra_arena *arena, int64_t value);
/* +12 %, with its sign; "" when `before` is 0: there is no such number. */
char *lang_change(const struct lang *lang, struct ra_arena *arena, double now, double before);
/* 12 h 30 min */
char *lang_duration(const struct lang *lang, struct ra_arena *arena, int64_t ms);
/* 16 Nov 2026; `day` since 1970-01-01 */
char *lang_date(const struct lang *lang, struct ra_arena *arena, int day, bool has_year);

/* one, few, many, other: CLDR's cardinal rules for whole numbers. Pure. */
const char *plural_form(const char *code, int64_t count);
