/*
 * json: the scanner stands between two tokens and never looks behind `end`.
 * What it fails on, it runs away from: `at` jumps to the end, so that every
 * later call finds nothing to read, without a check of its own.
 */
#include "libshared/base/json.h"
#include "libshared/base/err.h"
#include "libshared/base/utf8.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static const struct ra_str nothing = { "", 0 };

static bool fail(struct ra_json *j)
{
	j->failed = true;
	j->at = j->end;
	return false;
}

void ra_json_init(struct ra_json *j, struct ra_str text)
{
	const char *at = text.ptr ? text.ptr : ""; /* NULL can not be counted from */
	*j = (struct ra_json){ .at = at, .end = at + text.len };
}

static void skip_space(struct ra_json *j)
{
	while (j->at < j->end &&
	       (*j->at == ' ' || *j->at == '\n' || *j->at == '\r' || *j->at == '\t'))
		j->at++;
}

/* The first character of the next token, or 0 at the end. */
static char next_char(struct ra_json *j)
{
	skip_space(j);
	return j->at < j->end ? *j->at : '\0';
}

static bool open_bracket(struct ra_json *j, char c)
{
	if (j->depth == RA_JSON_DEPTH)
		return fail(j);
	j->depth++;
	j->objects = j->objects << 1 | (c == '{');
	j->is_first = true;
	return true;
}

static bool close_bracket(struct ra_json *j, char c)
{
	if (j->depth == 0 || (j->objects & 1) != (c == '}'))
		return fail(j);
	j->depth--;
	j->objects >>= 1;
	j->is_first = false;
	return true;
}

/* The first quote at or behind `at`. Most texts are shorter than a call to memchr is long. */
static const char *find_quote(const char *at, const char *end)
{
#ifdef __SSE2__
	const __m128i quotes = _mm_set1_epi8('"');
	for (; end - at >= 16; at += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
		unsigned hits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, quotes));
		if (hits != 0)
			return at + __builtin_ctz(hits);
	}
#endif
	return memchr(at, '"', (size_t)(end - at));
}

/* Behind the quote that ends the string whose content begins at `at`; NULL when none does. */
static const char *string_end(const char *at, const char *end)
{
	const char *quote;
	while ((quote = find_quote(at, end)) != NULL) {
		const char *escapes = quote;
		while (escapes > at && escapes[-1] == '\\')
			escapes--;
		if ((quote - escapes) % 2 == 0)
			return quote + 1;
		at = quote + 1;
	}
	return NULL;
}

/* At an opening quote. */
static bool take_string(struct ra_json *j, struct ra_str *out)
{
	const char *from = j->at + 1;
	const char *behind = string_end(from, j->end);
	if (!behind)
		return fail(j);
	*out = (struct ra_str){ from, (size_t)(behind - from) - 1 };
	j->at = behind;
	return true;
}

/* Runs on until only `depth` brackets are open. */
static void close_to(struct ra_json *j, unsigned depth)
{
	struct ra_str ignored;
	while (j->depth > depth && j->at < j->end) {
		char c = *j->at;
		if (c == '"') {
			take_string(j, &ignored);
			continue;
		}
		j->at++;
		if (c == '{' || c == '[')
			open_bracket(j, c);
		else if (c == '}' || c == ']')
			close_bracket(j, c);
	}
	if (j->depth > depth)
		fail(j);
}

enum ra_json_kind ra_json_peek(struct ra_json *j)
{
	switch (next_char(j)) {
	case '{': return RA_JSON_OBJECT;
	case '[': return RA_JSON_ARRAY;
	case '"': return RA_JSON_STRING;
	case 't':
	case 'f': return RA_JSON_BOOL;
	case 'n': return RA_JSON_NULL;
	case '-':
	case '0' ... '9': return RA_JSON_NUMBER;
	default:
		if (j->at < j->end || j->depth > 0)
			fail(j);
		return RA_JSON_END;
	}
}

static bool take_word(struct ra_json *j, const char *word)
{
	size_t len = strlen(word);
	if ((size_t)(j->end - j->at) < len || memcmp(j->at, word, len) != 0)
		return fail(j);
	j->at += len;
	return true;
}

static struct ra_str take_number(struct ra_json *j)
{
	const char *from = j->at;
	while (j->at < j->end && ((*j->at >= '0' && *j->at <= '9') || *j->at == '-' ||
				  *j->at == '+' || *j->at == '.' || (*j->at | 0x20) == 'e'))
		j->at++;
	return (struct ra_str){ from, (size_t)(j->at - from) };
}

void ra_json_skip(struct ra_json *j)
{
	struct ra_str ignored;
	switch (ra_json_peek(j)) {
	case RA_JSON_END: fail(j); break;
	case RA_JSON_NULL: take_word(j, "null"); break;
	case RA_JSON_BOOL: take_word(j, *j->at == 't' ? "true" : "false"); break;
	case RA_JSON_NUMBER: take_number(j); break;
	case RA_JSON_STRING: take_string(j, &ignored); break;
	case RA_JSON_OBJECT:
	case RA_JSON_ARRAY:
		if (open_bracket(j, *j->at++))
			close_to(j, j->depth - 1);
		break;
	}
}

struct ra_str ra_json_raw(struct ra_json *j)
{
	skip_space(j);
	const char *from = j->at;
	ra_json_skip(j);
	return j->failed ? nothing : (struct ra_str){ from, (size_t)(j->at - from) };
}

static bool enter(struct ra_json *j, char c)
{
	if (next_char(j) == c)
		return open_bracket(j, *j->at++);
	ra_json_skip(j);
	return false;
}

bool ra_json_enter_object(struct ra_json *j)
{
	return enter(j, '{');
}

bool ra_json_enter_array(struct ra_json *j)
{
	return enter(j, '[');
}

/* To the next member of the innermost object or array: false behind the bracket that closes it. */
static bool next_member(struct ra_json *j, char closing)
{
	char c = next_char(j);
	if (c == closing) {
		j->at++;
		close_bracket(j, c);
		return false;
	}
	if (!j->is_first) {
		if (c != ',')
			return fail(j);
		j->at++;
	}
	j->is_first = false;
	return true;
}

bool ra_json_next_key(struct ra_json *j, struct ra_str *key)
{
	*key = nothing;
	if (!next_member(j, '}'))
		return false;
	if (next_char(j) != '"')
		return fail(j);
	if (!take_string(j, key))
		return false;
	if (next_char(j) != ':')
		return fail(j);
	j->at++;
	return true;
}

bool ra_json_next_element(struct ra_json *j)
{
	return next_member(j, ']') && (next_char(j) != '\0' || fail(j));
}

void ra_json_leave(struct ra_json *j)
{
	if (!j->failed && j->depth > 0)
		close_to(j, j->depth - 1);
}

struct ra_str ra_json_string(struct ra_json *j)
{
	struct ra_str text = nothing;
	if (ra_json_peek(j) == RA_JSON_STRING)
		take_string(j, &text);
	else
		ra_json_skip(j);
	return text;
}

/* The text of a number, quoted or not; empty when the value is something else. */
static struct ra_str take_digits(struct ra_json *j)
{
	return ra_json_peek(j) == RA_JSON_NUMBER ? take_number(j) : ra_json_string(j);
}

uint64_t ra_json_u64(struct ra_json *j)
{
	uint64_t value;
	return ra_str_to_u64(take_digits(j), &value) < 0 ? 0 : value;
}

int64_t ra_json_i64(struct ra_json *j)
{
	int64_t value;
	return ra_str_to_i64(take_digits(j), &value) < 0 ? 0 : value;
}

bool ra_json_bool(struct ra_json *j)
{
	bool is_true = next_char(j) == 't';
	ra_json_skip(j);
	return is_true && !j->failed;
}

#define REPLACEMENT 0xfffd

/* Appends what holds no escape. */
static void add_run(struct ra_buf *out, struct ra_str run)
{
	while (run.len) {
		const char *nul = memchr(run.ptr, '\0', run.len);
		size_t len = nul ? (size_t)(nul - run.ptr) : run.len;
		ra_utf8_add_clean(out, (struct ra_str){ run.ptr, len });
		len += nul != NULL;
		run = (struct ra_str){ run.ptr + len, run.len - len };
	}
}

/* Four hex digits; false, and nothing taken, when they are not there. */
static bool take_hex4(struct ra_str *raw, uint32_t *out)
{
	if (raw->len < 4)
		return false;
	uint32_t value = 0;
	for (int i = 0; i < 4; i++) {
		char c = raw->ptr[i];
		char lower = (char)(c | 0x20);
		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			value = value << 4 | (uint32_t)(lower - 'a' + 10);
		else
			return false;
	}
	*raw = (struct ra_str){ raw->ptr + 4, raw->len - 4 };
	*out = value;
	return true;
}

static bool is_low_surrogate(uint32_t c)
{
	return c >= 0xdc00 && c <= 0xdfff;
}

/* Behind "\u". */
static void add_u_escape(struct ra_buf *out, struct ra_str *raw)
{
	uint32_t c, low;
	if (!take_hex4(raw, &c)) {
		ra_utf8_add(out, REPLACEMENT);
		return;
	}
	if (c >= 0xd800 && c <= 0xdbff && ra_str_starts(*raw, "\\u")) {
		struct ra_str rest = { raw->ptr + 2, raw->len - 2 };
		if (take_hex4(&rest, &low) && is_low_surrogate(low)) {
			*raw = rest;
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	if (c >= 0xd800 && c <= 0xdfff)
		c = REPLACEMENT;
	if (c)
		ra_utf8_add(out, c);
}

/* Behind a backslash. */
static void add_escape(struct ra_buf *out, struct ra_str *raw)
{
	static const char letters[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	char c = raw->len ? raw->ptr[0] : '\0';
	if (c)
		*raw = (struct ra_str){ raw->ptr + 1, raw->len - 1 };
	if (c == 'u') {
		add_u_escape(out, raw);
		return;
	}
	for (const char *pair = letters; *pair; pair += 2)
		if (*pair == c) {
			ra_buf_add(out, pair + 1, 1);
			return;
		}
	ra_utf8_add(out, REPLACEMENT);
}

void ra_json_unescape(struct ra_buf *out, struct ra_str raw)
{
	while (raw.len) {
		const char *escape = memchr(raw.ptr, '\\', raw.len);
		size_t run = escape ? (size_t)(escape - raw.ptr) : raw.len;
		add_run(out, (struct ra_str){ raw.ptr, run });
		run += escape != NULL;
		raw = (struct ra_str){ raw.ptr + run, raw.len - run };
		if (escape)
			add_escape(out, &raw);
	}
}
