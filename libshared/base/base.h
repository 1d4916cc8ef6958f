/*
 * base: the few words every file uses: memory that never fails, strings with
 * a length, and the compiler's help.
 *
 * Running out of memory ends the process (what outsiders control in size is
 * capped first), so no caller checks for NULL.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RA_MUST_CHECK        __attribute__((warn_unused_result))
#define RA_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define RA_COUNT(array)      (sizeof(array) / sizeof((array)[0]))

#define ra_container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* One zeroed object; release with ra_free. */
#define ra_new(type) ((type *)ra_alloc(sizeof(type)))

/* `size` zeroed bytes, or the process ends. */
void *ra_alloc(size_t size);
/* Like realloc; new bytes are not zeroed. */
void *ra_realloc(void *ptr, size_t size);
void ra_free(void *ptr);
/* NULL gives NULL. */
char *ra_strdup(const char *text);
char *ra_strndup(const char *text, size_t len);
/* snprintf into a fresh string; yours to ra_free. */
char *ra_format(const char *fmt, ...) RA_PRINTF(1, 2);

/* A borrowed run of bytes: not NUL-terminated, may hold NULs. */
struct ra_str {
	const char *ptr;
	size_t len;
};

#define RA_STR(literal) ((struct ra_str){ (literal), sizeof(literal) - 1 })

/* NULL gives the empty string. */
static inline struct ra_str ra_str_of(const char *text)
{
	return (struct ra_str){ text ? text : "", text ? strlen(text) : 0 };
}

static inline bool ra_str_eq(struct ra_str a, struct ra_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool ra_str_is(struct ra_str a, const char *text)
{
	return ra_str_eq(a, ra_str_of(text));
}

bool ra_str_starts(struct ra_str text, const char *prefix);
/* A NUL-terminated copy; yours to ra_free. */
char *ra_str_dup(struct ra_str text);

/* The whole of `text` as a decimal number. 0, or RA_EINVAL and *out untouched
 * when it is empty, has another character, or does not fit. */
int ra_str_to_u64(struct ra_str text, uint64_t *out) RA_MUST_CHECK;
int ra_str_to_i64(struct ra_str text, int64_t *out) RA_MUST_CHECK;

/* Writes decimal digits, returns their number (at most 20); no NUL. */
size_t ra_u64_digits(uint64_t value, char out[20]);
