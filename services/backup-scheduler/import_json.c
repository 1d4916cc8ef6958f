/*
 * import_json: walks a JSON text that does not fit into memory. What the
 * source opens is walked member by member; every other value, and every
 * element of a list, is gathered and handed over as it lies, when it is not
 * longer than IMPORT_VALUE_MAX.
 *
 * The walk only finds where values begin and end; what is in them is checked
 * by whoever reads them (libshared/base/json.h). Nothing is called within
 * itself, so no nesting is too deep for the stack.
 */
#include "services/backup-scheduler/import_internal.h"
#include <stdio.h>

enum { OPEN_MAX = 8, PATH_MAX_BYTES = 200, KEY_MAX = 64, NESTED_MAX = 1000 };

struct frame {
	bool is_object;
	size_t path_len; /* of what is around it */
};

struct walk {
	struct import *im;
	const struct import_json_ops *ops;
	void *ctx;
	char *buf; /* owned; IMPORT_BUFFER bytes */
	size_t at, len;
	int64_t base; /* where in the text buf begins */
	struct frame frames[OPEN_MAX];
	int depth;
	char path[PATH_MAX_BYTES];
	struct ra_buf value; /* owned */
	bool is_too_long;
	struct ra_err *err;
};

static int64_t offset(const struct walk *w)
{
	return w->base + (int64_t)w->at;
}

static int damaged(struct walk *w, const char *what)
{
	return ra_fail(w->err, RA_EPROTO, "Get the file again: this one is not whole.",
		       "the JSON is broken at byte %lld: %s", (long long)offset(w), what);
}

/* 1: there is a byte at buf[at]; 0: the end. */
static int fill(struct walk *w)
{
	if (w->at < w->len)
		return 1;
	w->base += (int64_t)w->len;
	w->at = w->len = 0;
	ssize_t n = import_read(w->im, w->buf, IMPORT_BUFFER, w->err);
	if (n <= 0)
		return (int)n;
	w->len = (size_t)n;
	return 1;
}

/* The next byte that is no space, not consumed; RA_EPROTO at the end. */
static int peek(struct walk *w)
{
	int rc;
	while ((rc = fill(w)) == 1) {
		char c = w->buf[w->at];
		if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
			return (unsigned char)c;
		w->at++;
	}
	return rc < 0 ? rc : damaged(w, "it ends here");
}

static void keep(struct walk *w, size_t from)
{
	if (w->value.len + (w->at - from) > IMPORT_VALUE_MAX)
		w->is_too_long = true;
	else
		ra_buf_add(&w->value, w->buf + from, w->at - from);
}

/* --- values ---------------------------------------------------------------------------------- */

struct scan {
	int depth;
	bool is_string, is_escaped, is_done;
};

static bool ends_scalar(char c)
{
	return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void scan_byte(struct scan *s, char c)
{
	if (s->is_string) {
		if (s->is_escaped)
			s->is_escaped = false;
		else if (c == '\\')
			s->is_escaped = true;
		else if (c == '"')
			s->is_string = false;
	} else if (c == '"') {
		s->is_string = true;
	} else if (c == '{' || c == '[') {
		s->depth++;
	} else if (c == '}' || c == ']') {
		s->depth--;
	}
}

/* The bytes of the value that are in the buffer. */
static void scan_buffer(struct walk *w, struct scan *s, bool is_scalar)
{
	while (w->at < w->len && !s->is_done) {
		char c = w->buf[w->at];
		if (is_scalar && ends_scalar(c)) {
			s->is_done = true;
			return;
		}
		scan_byte(s, c);
		w->at++;
		if (!is_scalar && s->depth <= 0 && !s->is_string)
			s->is_done = true;
		if (s->depth > NESTED_MAX)
			return;
	}
}

/* From its first byte on. */
static int gather(struct walk *w)
{
	char first = w->buf[w->at];
	bool is_scalar = first != '"' && first != '{' && first != '[';
	struct scan s = { 0 };
	ra_buf_clear(&w->value);
	w->is_too_long = false;
	while (!s.is_done) {
		int rc = fill(w);
		if (rc < 0)
			return rc;
		if (rc == 0)
			return damaged(w, "it ends within a value");
		size_t from = w->at;
		scan_buffer(w, &s, is_scalar);
		if (s.depth > NESTED_MAX)
			return damaged(w, "it is nested too deeply");
		keep(w, from);
	}
	if (w->is_too_long)
		ra_buf_clear(&w->value);
	return w->value.len == 0 && !w->is_too_long ? damaged(w, "a value is missing") : 0;
}

/* --- what is open ------------------------------------------------------------------------------
 */

static int open_frame(struct walk *w, size_t path_len)
{
	if (w->depth == OPEN_MAX)
		return damaged(w, "it is nested too deeply");
	w->frames[w->depth++] =
		(struct frame){ .is_object = w->buf[w->at] == '{', .path_len = path_len };
	w->at++;
	return 0;
}

static void close_frame(struct walk *w)
{
	w->path[w->frames[--w->depth].path_len] = '\0';
	w->at++;
}

static int hand_over(struct walk *w)
{
	int rc = gather(w);
	return rc < 0 ? rc
		      : w->ops->value(w->ctx, w->path, ra_buf_str(&w->value), offset(w), w->err);
}

/* At the first byte of a value, its path in w->path. `around`: how long that was outside. */
static int on_value(struct walk *w, size_t around)
{
	char c = w->buf[w->at];
	if ((c == '{' || c == '[') && w->ops->opens(w->ctx, w->path))
		return open_frame(w, around);
	int rc = hand_over(w);
	w->path[around] = '\0';
	return rc;
}

static int read_key(struct walk *w)
{
	if (peek(w) != '"')
		return damaged(w, "a name is missing");
	int rc = gather(w);
	if (rc < 0)
		return rc;
	if (peek(w) != ':')
		return damaged(w, "a colon is missing");
	w->at++;
	return 0;
}

static int on_member(struct walk *w)
{
	size_t around = strlen(w->path);
	int rc = read_key(w);
	if (rc < 0)
		return rc;
	size_t len = w->value.len > 2 ? w->value.len - 2 : 0;
	snprintf(w->path + around, sizeof w->path - around, "%s%.*s", around ? "." : "",
		 (int)(len > KEY_MAX ? KEY_MAX : len), len ? w->value.ptr + 1 : "");
	rc = peek(w);
	return rc < 0 ? rc : on_value(w, around);
}

/* The next member or element of the innermost, or its end. */
static int step(struct walk *w)
{
	const struct frame *f = &w->frames[w->depth - 1];
	int c = peek(w);
	if (c == ',') {
		w->at++;
		c = peek(w);
	}
	if (c < 0)
		return c;
	if (c == (f->is_object ? '}' : ']')) {
		close_frame(w);
		return 0;
	}
	return f->is_object ? on_member(w) : hand_over(w);
}

/* --- the whole
 * ------------------------------------------------------------------------------------ */

static int walk_all(struct walk *w)
{
	int rc = fill(w);
	if (rc == 1 && w->len >= 3 && memcmp(w->buf, "\xEF\xBB\xBF", 3) == 0)
		w->at = 3;
	rc = rc < 0 ? rc : peek(w);
	if (rc != '{' && rc != '[')
		return rc < 0 ? rc : damaged(w, "it begins with neither { nor [");
	rc = on_value(w, 0);
	while (rc == 0 && w->depth > 0)
		rc = step(w);
	while (rc == 0 && (rc = fill(w)) == 1) {
		char c = w->buf[w->at++];
		rc = c == ' ' || c == '\n' || c == '\r' || c == '\t'
			     ? 0
			     : damaged(w, "there is something behind its end");
	}
	return rc;
}

int import_json_walk(struct import *im, const struct import_json_ops *ops, void *ctx,
		     struct ra_err *err)
{
	struct walk w = { .im = im, .ops = ops, .ctx = ctx, .err = err };
	w.buf = ra_alloc(IMPORT_BUFFER);
	int rc = walk_all(&w);
	ra_buf_fini(&w.value);
	ra_free(w.buf);
	return rc;
}
