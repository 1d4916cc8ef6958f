/* patterns: see the header. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "libshared/desk/patterns.h"
#include "libshared/base/buf.h"
#include <pcre2.h>
#include <time.h>

enum {
	STEPS_MAX = 5000, /* from one place of the text */
	DEPTH_MAX = 1000,
	HEAP_MAX_KIB = 256,
	NESTING_MAX = 25, /* parentheses in an expression */
	PLACES = 64,      /* of the text between two looks at the clock */
};
#define MESSAGE_NS 5000000 /* all expressions of one message, CPU time */

struct pattern {
	pcre2_code *code; /* owned */
	uint64_t rules;
};

struct patterns {
	struct pattern *items; /* owned */
	size_t count;
	pcre2_compile_context *compile; /* owned, all three */
	pcre2_match_context *bounds;
	pcre2_match_data *data;
	uint64_t given_up;
};

struct patterns *patterns_new(void)
{
	struct patterns *patterns = ra_new(struct patterns);
	patterns->compile = pcre2_compile_context_create(NULL);
	pcre2_set_parens_nest_limit(patterns->compile, NESTING_MAX);
	patterns->bounds = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(patterns->bounds, STEPS_MAX);
	pcre2_set_depth_limit(patterns->bounds, DEPTH_MAX);
	pcre2_set_heap_limit(patterns->bounds, HEAP_MAX_KIB);
	patterns->data = pcre2_match_data_create(1, NULL);
	return patterns;
}

void patterns_free(struct patterns **where)
{
	struct patterns *patterns = *where;
	if (!patterns)
		return;
	for (size_t i = 0; i < patterns->count; i++)
		pcre2_code_free(patterns->items[i].code);
	pcre2_match_data_free(patterns->data);
	pcre2_match_context_free(patterns->bounds);
	pcre2_compile_context_free(patterns->compile);
	ra_free(patterns->items);
	ra_free(patterns);
	*where = NULL;
}

/* Texts have no ё. */
static void without_yo(struct ra_str text, struct ra_buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		bool is_pair = i + 1 < text.len;
		if (is_pair && (memcmp(text.ptr + i, "\xd1\x91", 2) == 0 ||
				memcmp(text.ptr + i, "\xd0\x81", 2) == 0)) {
			ra_buf_add_text(out, "\xd0\xb5");
			i++;
		} else {
			ra_buf_add(out, text.ptr + i, 1);
		}
	}
}

int patterns_add(struct patterns *patterns, struct ra_str text, uint64_t rules, struct ra_err *err)
{
	enum {
		OPTIONS = PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | PCRE2_NEVER_BACKSLASH_C |
			  PCRE2_USE_OFFSET_LIMIT,
	};
	struct ra_buf expression = { 0 };
	int code = 0;
	size_t at = 0;
	without_yo(text, &expression);
	pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)ra_buf_text(&expression), expression.len,
					     OPTIONS, &code, &at, patterns->compile);
	ra_buf_fini(&expression);
	if (!compiled) {
		char why[160] = "";
		(void)pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
		return ra_fail(err, RA_EINVAL, "Write it as Perl and PCRE2 do.",
			       "no regular expression: %s (at %zu)", why, at);
	}
	patterns->items =
		ra_realloc(patterns->items, (patterns->count + 1) * sizeof(*patterns->items));
	patterns->items[patterns->count++] = (struct pattern){ compiled, rules };
	return 0;
}

static int64_t cpu_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The end of the places that begin at `from`, between two characters. */
static size_t places_end(struct ra_str text, size_t from)
{
	size_t end = from + PLACES;
	while (end < text.len && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
		end++;
	return end < text.len ? end : text.len;
}

/* What pcre2_match says, or PCRE2_ERROR_MATCHLIMIT when `deadline` passes first. */
static int try_pattern(struct patterns *patterns, const pcre2_code *code, struct ra_str text,
		       int64_t deadline)
{
	for (size_t from = 0;;) {
		size_t end = places_end(text, from);
		pcre2_set_offset_limit(patterns->bounds, end == text.len ? PCRE2_UNSET : end - 1);
		int rc = pcre2_match(code, (PCRE2_SPTR)text.ptr, text.len, from, PCRE2_NO_UTF_CHECK,
				     patterns->data, patterns->bounds);
		if (rc != PCRE2_ERROR_NOMATCH || end == text.len)
			return rc;
		if (cpu_ns() > deadline)
			return PCRE2_ERROR_MATCHLIMIT;
		from = end;
	}
}

uint64_t patterns_find(struct patterns *patterns, struct ra_str text, uint64_t wanted)
{
	int64_t deadline = 0;
	uint64_t found = 0;
	for (size_t i = 0; i < patterns->count && wanted; i++) {
		const struct pattern *pattern = &patterns->items[i];
		if (!(pattern->rules & wanted))
			continue;
		if (deadline == 0)
			deadline = cpu_ns() + MESSAGE_NS;
		int rc = try_pattern(patterns, pattern->code, text, deadline);
		if (rc >= 0) {
			uint64_t first = pattern->rules & wanted;
			found |= first;
			first &= -first;
			wanted &= first - 1; /* only what goes before matters now */
		} else if (rc != PCRE2_ERROR_NOMATCH) {
			patterns->given_up++;
		}
	}
	return found;
}

uint64_t patterns_given_up(const struct patterns *patterns)
{
	return patterns->given_up;
}
