/* value: see the header. */
#include "libshared/conf/value.h"
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

struct unit {
	const char *name;
	int64_t scale;
};

/* Largest last. */
static const struct unit durations[] = {
	{ "ms", 1 },      { "s", 1000 },     { "m", 60000 },
	{ "h", 3600000 }, { "d", 86400000 }, { NULL, 0 },
};
static const struct unit sizes[] = {
	{ "", 1 }, { "k", 1 << 10 }, { "m", 1 << 20 }, { "g", 1 << 30 }, { NULL, 0 },
};
static const struct unit plain[] = { { "", 1 }, { NULL, 0 } };

static const struct unit *units_of(enum ra_conf_kind kind)
{
	return kind == RA_CONF_duration ? durations : kind == RA_CONF_size ? sizes : plain;
}

bool ra_option_is_text(const struct ra_option *option)
{
	switch (option->kind) {
	case RA_CONF_int:
	case RA_CONF_duration:
	case RA_CONF_size:
	case RA_CONF_bool: return false;
	case RA_CONF_text:
	case RA_CONF_secret:
	case RA_CONF_url:
	case RA_CONF_folder:
	case RA_CONF_choice: break;
	}
	return true;
}

/* Digits and one of `units`; 0 alone needs none. */
static bool parse_number(const struct unit *units, const char *text, int64_t *out)
{
	size_t digits = strspn(text, "-0123456789");
	int64_t number;
	if (ra_str_to_i64((struct ra_str){ text, digits }, &number) < 0)
		return false;
	if (number == 0 && text[digits] == '\0') {
		*out = 0;
		return true;
	}
	for (; units->name; units++)
		if (strcasecmp(units->name, text + digits) == 0)
			return !__builtin_mul_overflow(number, units->scale, out);
	return false;
}

static bool in_range(const struct ra_option *option, int64_t value)
{
	const struct unit *units = units_of(option->kind);
	int64_t limit;
	if (option->min && parse_number(units, option->min, &limit) && value < limit)
		return false;
	return !(option->max && parse_number(units, option->max, &limit) && value > limit);
}

static bool parse_bool(const char *text, bool *out)
{
	static const char *const words[][2] = {
		{ "false", "true" },
		{ "no", "yes" },
		{ "off", "on" },
		{ "0", "1" },
	};
	for (size_t i = 0; i < RA_COUNT(words); i++)
		for (int value = 0; value < 2; value++)
			if (strcasecmp(words[i][value], text) == 0) {
				*out = value;
				return true;
			}
	return false;
}

/* True when `word` is one of the space-separated `words`. */
static bool is_among(struct ra_str word, const char *words)
{
	while (*words) {
		size_t len = strcspn(words, " ");
		if (ra_str_eq(word, (struct ra_str){ words, len }))
			return true;
		words += len + (words[len] == ' ');
	}
	return false;
}

static bool is_url(const char *text, const char *schemes)
{
	const char *colon = strstr(text, "://");
	if (!colon || colon == text || colon[3] == '\0')
		return false;
	for (const char *c = text; *c; c++)
		if (isspace((unsigned char)*c) || iscntrl((unsigned char)*c))
			return false;
	return !schemes || is_among((struct ra_str){ text, (size_t)(colon - text) }, schemes);
}

static bool is_allowed_text(const struct ra_option *option, const char *text)
{
	switch (option->kind) {
	case RA_CONF_url: return *text == '\0' || is_url(text, option->min);
	case RA_CONF_choice: return is_among(ra_str_of(text), option->min);
	default: return true;
	}
}

static bool store(const struct ra_option *option, const char *text, void *conf)
{
	void *place = (char *)conf + option->offset;
	if (option->kind == RA_CONF_bool)
		return parse_bool(text, place);
	if (!ra_option_is_text(option))
		return parse_number(units_of(option->kind), text, place) &&
		       in_range(option, *(int64_t *)place);
	if (!is_allowed_text(option, text))
		return false;
	ra_free(*(char **)place);
	*(char **)place = ra_strdup(text);
	return true;
}

int ra_option_parse(const struct ra_option *option, const char *text, void *conf,
		    struct ra_err *err)
{
	if (store(option, text, conf))
		return 0;
	struct ra_buf expected = { 0 };
	ra_option_add_expected(option, &expected);
	char *hint =
		ra_format("Set %s to %s: %s.", option->name, ra_buf_text(&expected), option->help);
	bool is_quotable = option->kind != RA_CONF_secret && option->kind != RA_CONF_url;
	int rc = is_quotable ? ra_fail(err, RA_ECONF, hint, "%s: \"%.60s\" is not %s", option->name,
				       text, ra_buf_text(&expected))
			     : ra_fail(err, RA_ECONF, hint, "%s: the value is not %s", option->name,
				       ra_buf_text(&expected));
	ra_free(hint);
	ra_buf_fini(&expected);
	return rc;
}

static void add_range(const struct ra_option *option, struct ra_buf *out)
{
	if (option->min && option->max)
		ra_buf_printf(out, " from %s to %s", option->min, option->max);
	else if (option->min)
		ra_buf_printf(out, " of at least %s", option->min);
	else if (option->max)
		ra_buf_printf(out, " of at most %s", option->max);
}

/* "a, b or c" of "a b c", each with `suffix`. */
static void add_alternatives(const char *words, const char *suffix, struct ra_buf *out)
{
	while (*words) {
		size_t len = strcspn(words, " ");
		ra_buf_add(out, words, len);
		ra_buf_add_text(out, suffix);
		words += len + (words[len] == ' ');
		if (*words)
			ra_buf_add_text(out, strchr(words, ' ') ? ", " : " or ");
	}
}

void ra_option_add_expected(const struct ra_option *option, struct ra_buf *out)
{
	switch (option->kind) {
	case RA_CONF_int: ra_buf_add_text(out, "a whole number"); break;
	case RA_CONF_duration:
		ra_buf_add_text(out, "a duration like 250ms, 30s, 10m, 24h or 7d");
		break;
	case RA_CONF_size: ra_buf_add_text(out, "a size in bytes like 512, 64k, 10m or 2g"); break;
	case RA_CONF_bool: ra_buf_add_text(out, "true or false"); break;
	case RA_CONF_text: ra_buf_add_text(out, "a text"); break;
	case RA_CONF_secret: ra_buf_add_text(out, "a secret"); break;
	case RA_CONF_folder: ra_buf_add_text(out, "the path of a folder"); break;
	case RA_CONF_url:
		ra_buf_add_text(out, "a URL");
		if (option->min) {
			ra_buf_add_text(out, " beginning with ");
			add_alternatives(option->min, "://", out);
		}
		break;
	case RA_CONF_choice: add_alternatives(option->min, "", out); break;
	}
	if (!ra_option_is_text(option))
		add_range(option, out);
}

/* In the largest unit that divides it. */
static void add_number(const struct unit *units, int64_t value, struct ra_buf *out)
{
	const struct unit *best = units;
	for (const struct unit *unit = units; unit->name; unit++)
		if (value && value % unit->scale == 0)
			best = unit;
	ra_buf_add_i64(out, value / best->scale);
	ra_buf_add_text(out, best->name);
}

static void add_url_without_password(const char *url, struct ra_buf *out)
{
	const char *colon = strstr(url, "://");
	const char *host = colon ? colon + 3 : url;
	const char *at = host + strcspn(host, "/?#");
	while (at > host && *at != '@')
		at--;
	const char *password = memchr(host, ':', (size_t)(at - host));
	if (!password) {
		ra_buf_add_text(out, url);
		return;
	}
	ra_buf_add(out, url, (size_t)(password - url) + 1);
	ra_buf_add_text(out, "***");
	ra_buf_add_text(out, at);
}

void ra_option_add_value(const struct ra_option *option, const void *conf, struct ra_buf *out)
{
	const void *place = (const char *)conf + option->offset;
	if (option->kind == RA_CONF_bool) {
		ra_buf_add_text(out, *(const bool *)place ? "true" : "false");
		return;
	}
	if (!ra_option_is_text(option)) {
		add_number(units_of(option->kind), *(const int64_t *)place, out);
		return;
	}
	const char *text = *(char *const *)place;
	if (option->kind == RA_CONF_secret)
		ra_buf_add_text(out, *text ? "set" : "unset");
	else if (option->kind == RA_CONF_url)
		add_url_without_password(text, out);
	else
		ra_buf_add_text(out, text);
}
