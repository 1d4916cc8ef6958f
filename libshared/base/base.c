/* base: see the header. */
#include "libshared/base/base.h"
#include "libshared/base/err.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void *or_die(void *ptr)
{
	if (!ptr) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return ptr;
}

void *ra_alloc(size_t size)
{
	return or_die(calloc(1, size ? size : 1));
}

void *ra_realloc(void *ptr, size_t size)
{
	return or_die(realloc(ptr, size ? size : 1));
}

void ra_free(void *ptr)
{
	free(ptr);
}

char *ra_strdup(const char *text)
{
	return text ? ra_strndup(text, strlen(text)) : NULL;
}

char *ra_strndup(const char *text, size_t len)
{
	char *copy = ra_alloc(len + 1);
	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *ra_format(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, fmt);
	int len = vasprintf(&text, fmt, args);
	va_end(args);
	return or_die(len < 0 ? NULL : text);
}

bool ra_str_starts(struct ra_str text, const char *prefix)
{
	struct ra_str p = ra_str_of(prefix);
	return text.len >= p.len && ra_str_eq((struct ra_str){ text.ptr, p.len }, p);
}

char *ra_str_dup(struct ra_str text)
{
	return ra_strndup(text.ptr, text.len);
}

int ra_str_to_u64(struct ra_str text, uint64_t *out)
{
	uint64_t value = 0;
	if (text.len == 0)
		return RA_EINVAL;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)(unsigned char)text.ptr[i] - '0';
		if (digit > 9)
			return RA_EINVAL;
		/* nineteen digits always fit */
		if (i >= 19 && (__builtin_mul_overflow(value, 10u, &value) ||
				__builtin_add_overflow(value, digit, &value)))
			return RA_EINVAL;
		if (i < 19)
			value = value * 10 + digit;
	}
	*out = value;
	return 0;
}

int ra_str_to_i64(struct ra_str text, int64_t *out)
{
	bool negative = text.len > 0 && text.ptr[0] == '-';
	if (negative)
		text = (struct ra_str){ text.ptr + 1, text.len - 1 };
	uint64_t value;
	int rc = ra_str_to_u64(text, &value);
	if (rc < 0 || value > (uint64_t)INT64_MAX + negative)
		return RA_EINVAL;
	/* negated as unsigned: INT64_MIN has no positive twin */
	*out = (int64_t)(negative ? 0 - value : value);
	return 0;
}

size_t ra_u64_digits(uint64_t value, char out[20])
{
	char reversed[20];
	size_t len = 0;
	do
		reversed[len++] = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	for (size_t i = 0; i < len; i++)
		out[i] = reversed[len - 1 - i];
	return len;
}
