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

/* Nineteen digits always fit. */
#define SAFE_DIGITS 19

static unsigned digit_of(char c)
{
	return (unsigned)(unsigned char)c - '0';
}

int ra_str_to_u64(struct ra_str text, uint64_t *out)
{
	uint64_t value = 0;
	size_t i = 0, safe = text.len < SAFE_DIGITS ? text.len : SAFE_DIGITS;
	for (; i < safe && digit_of(text.ptr[i]) <= 9; i++)
		value = value * 10 + digit_of(text.ptr[i]);
	for (; i < text.len && digit_of(text.ptr[i]) <= 9; i++)
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, digit_of(text.ptr[i]), &value))
			return RA_EINVAL;
	if (i == 0 || i < text.len)
		return RA_EINVAL;
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

static size_t count_digits(uint64_t value)
{
	size_t count = 1;
	for (; value >= 10000; value /= 10000)
		count += 4;
	return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* From the last digit, two a division: divisions are what writing a number costs. */
size_t ra_u64_digits(uint64_t value, char out[20])
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	size_t len = count_digits(value), at = len;
	for (; at >= 2; value /= 100)
		memcpy(out + (at -= 2), pairs + value % 100 * 2, 2);
	if (at)
		out[0] = (char)('0' + value);
	return len;
}
