/*
 * json_fuzz: the scanner against jansson. Whatever jansson accepts, the
 * scanner walks without failing and reads the same values from; whatever it
 * is given, it ends, stays inside, and writes UTF-8.
 */
#include "libshared/base/json.h"
#include "libshared/base/utf8.h"
#include "tests/fuzz/fuzz.h"
#include <jansson.h>

/* --- agreeing with jansson --- */

/* `text` without its NULs, which ra_json_unescape drops. */
static bool is_same_without_nuls(struct ra_str text, struct ra_str without)
{
	size_t at = 0;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] && (at == without.len || text.ptr[i] != without.ptr[at++]))
			return false;
	return at == without.len;
}

static void check_string(struct ra_json *j, const json_t *value)
{
	struct ra_buf text = { 0 };
	ra_json_unescape(&text, ra_json_string(j));
	fuzz_require(is_same_without_nuls(
			     (struct ra_str){ json_string_value(value), json_string_length(value) },
			     ra_buf_str(&text)),
		     "a string reads the same");
	ra_buf_fini(&text);
}

static void check_integer(struct ra_json *j, const json_t *value)
{
	json_int_t expected = json_integer_value(value);
	struct ra_json again = *j;
	fuzz_require(ra_json_i64(j) == expected, "an integer reads the same");
	uint64_t positive = expected > 0 ? (uint64_t)expected : 0;
	fuzz_require(ra_json_u64(&again) == positive, "an unsigned integer reads the same");
}

static void check_real(struct ra_json *j, const json_t *value)
{
	struct ra_str raw = ra_json_raw(j);
	char *text = ra_str_dup(raw);
	fuzz_require(strtod(text, NULL) == json_real_value(value), "a real covers the same text");
	ra_free(text);
}

static void check_value(struct ra_json *j, const json_t *value);

static void check_object(struct ra_json *j, const json_t *object)
{
	struct ra_str raw;
	size_t members = 0;
	fuzz_require(ra_json_enter_object(j), "an object is entered");
	for (; ra_json_next_key(j, &raw); members++) {
		struct ra_buf key = { 0 };
		ra_json_unescape(&key, raw);
		const json_t *value = json_object_get(object, ra_buf_text(&key));
		fuzz_require(value != NULL, "a key reads the same");
		check_value(j, value);
		ra_buf_fini(&key);
	}
	fuzz_require(members == json_object_size(object), "an object has as many members");
}

static void check_array(struct ra_json *j, const json_t *array)
{
	size_t elements = 0;
	fuzz_require(ra_json_enter_array(j), "an array is entered");
	for (; ra_json_next_element(j); elements++)
		check_value(j, json_array_get(array, elements));
	fuzz_require(elements == json_array_size(array), "an array has as many elements");
}

static void check_value(struct ra_json *j, const json_t *value)
{
	enum ra_json_kind kind = ra_json_peek(j);
	switch (json_typeof(value)) {
	case JSON_OBJECT: check_object(j, value); break;
	case JSON_ARRAY: check_array(j, value); break;
	case JSON_STRING: check_string(j, value); break;
	case JSON_INTEGER: check_integer(j, value); break;
	case JSON_REAL: check_real(j, value); break;
	case JSON_TRUE: fuzz_require(ra_json_bool(j), "true is true"); break;
	case JSON_FALSE:
		fuzz_require(kind == RA_JSON_BOOL && !ra_json_bool(j), "false is false");
		break;
	case JSON_NULL:
		fuzz_require(kind == RA_JSON_NULL, "null is null");
		ra_json_skip(j);
		break;
	}
}

static unsigned larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static unsigned depth_of(json_t *value)
{
	unsigned deepest = 0;
	const char *key;
	size_t i;
	json_t *member;
	json_object_foreach(value, key, member) deepest = larger(deepest, depth_of(member));
	json_array_foreach(value, i, member) deepest = larger(deepest, depth_of(member));
	return deepest + (json_is_object(value) || json_is_array(value));
}

static bool skips(struct ra_str input)
{
	struct ra_json j;
	ra_json_init(&j, input);
	ra_json_skip(&j);
	return !j.failed && ra_json_peek(&j) == RA_JSON_END && !j.failed;
}

/* No JSON text holds a NUL, but jansson loses one that follows a number, and accepts the rest. */
static void check_agreement(struct ra_str input)
{
	const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	if (input.len && memchr(input.ptr, '\0', input.len))
		return;
	json_t *any = json_loadb(input.ptr, input.len, flags, NULL);
	json_t *tree = json_loadb(input.ptr, input.len, flags | JSON_REJECT_DUPLICATES, NULL);
	if (any)
		fuzz_require(skips(input) == (depth_of(any) <= RA_JSON_DEPTH),
			     "what jansson accepts is skipped, up to the depth allowed");
	if (tree && depth_of(tree) <= RA_JSON_DEPTH) {
		struct ra_json j;
		ra_json_init(&j, input);
		check_value(&j, tree);
		fuzz_require(!j.failed && ra_json_peek(&j) == RA_JSON_END,
			     "the walk ends at the end");
	}
	json_decref(any);
	json_decref(tree);
}

/* --- never minding what it is --- */

/* Asks for things in an order nobody would, but never out of turn. `choices` decides. */
static void wander(struct ra_json *j, uint64_t *choices, struct ra_str input)
{
	struct ra_str key;
	fuzz_require(j->at >= input.ptr && j->at <= j->end && j->depth <= RA_JSON_DEPTH,
		     "the scanner stays inside");
	uint64_t choice = (*choices = *choices * 6364136223846793005 + 1442695040888963407) >> 60;
	switch (choice) {
	case 0: ra_json_skip(j); return;
	case 1: ra_json_raw(j); return;
	case 2: ra_json_string(j); return;
	case 3: ra_json_u64(j); return;
	case 4: ra_json_bool(j); return;
	case 5: ra_json_peek(j); break;
	default: break;
	}
	bool leaves_early = choice > 12;
	if (ra_json_peek(j) == RA_JSON_ARRAY && ra_json_enter_array(j)) {
		while (ra_json_next_element(j)) {
			wander(j, choices, input);
			if (leaves_early) {
				ra_json_leave(j);
				return;
			}
		}
	} else if (ra_json_enter_object(j)) {
		while (ra_json_next_key(j, &key)) {
			if (leaves_early) {
				ra_json_leave(j);
				return;
			}
			wander(j, choices, input);
		}
	}
}

static bool is_utf8_without_nul(struct ra_str text)
{
	while (text.len) {
		size_t len = ra_utf8_first(text);
		if (len == 0 || text.ptr[0] == '\0')
			return false;
		text = (struct ra_str){ text.ptr + len, text.len - len };
	}
	return true;
}

static void check_unescape(struct ra_str input)
{
	struct ra_buf out = { 0 };
	ra_json_unescape(&out, input);
	fuzz_require(is_utf8_without_nul(ra_buf_str(&out)), "unescaped text is UTF-8 without NULs");
	fuzz_require(out.len <= 3 * input.len, "unescaping at most trebles a text");
	ra_buf_fini(&out);
}

/* Any bytes, quoted, are a string to jansson, and nothing but the bad bytes has changed. */
static void check_quote(struct ra_str input)
{
	struct ra_buf quoted = { 0 }, clean = { 0 };
	ra_buf_add_json_string(&quoted, input);
	ra_utf8_add_clean(&clean, input);
	json_t *value = json_loadb(quoted.ptr, quoted.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	fuzz_require(json_is_string(value), "quoted text is a JSON string");
	fuzz_require(
		ra_str_eq((struct ra_str){ json_string_value(value), json_string_length(value) },
			  ra_buf_str(&clean)),
		"quoted text reads back");
	json_decref(value);
	ra_buf_fini(&quoted);
	ra_buf_fini(&clean);
}

static void fuzz_check(struct ra_str input)
{
	struct ra_json j;
	ra_json_init(&j, input);
	uint64_t choices = input.len;
	wander(&j, &choices, input);
	check_unescape(input);
	check_quote(input);
	check_agreement(input);
}
