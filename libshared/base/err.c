/* err: see the header. */
#include "libshared/base/err.h"
#include <stdarg.h>
#include <stdio.h>
#include <uv.h>

const char *ra_strerror(int code)
{
	/* not uv_strerror(): it allocates, for good, for a code it does not know */
	switch (code) {
	case 0: return "success";
#define X(name, number, text)                                                                      \
	case RA_##name:                                                                            \
		return text;
#include "libshared/base/err.def"
#undef X
#define X(name, text)                                                                              \
	case UV_##name: return text;
		UV_ERRNO_MAP(X)
#undef X
	default: return "unknown error";
	}
}

int ra_fail(struct ra_err *err, int code, const char *hint, const char *fmt, ...)
{
	if (!err)
		return code;
	err->code = code;
	va_list args;
	va_start(args, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, args);
	va_end(args);
	snprintf(err->hint, sizeof(err->hint), "%s", hint ? hint : "");
	return code;
}
