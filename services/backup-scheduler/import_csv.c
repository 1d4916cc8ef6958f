/*
 * import_csv: counts from anywhere, as a table of text. For systems that
 * export tables but do not say how (Statbot does not document its own), a
 * form everybody can bring their numbers into:
 *
 *	guild_id,channel_id,user_id,timestamp,messages
 *	81384788765712384,381870553235193857,80351110224678912,2025-03-01T14:00:00Z,12
 *
 * The first line names the columns, in any order; others are not read.
 * `timestamp` begins an hour in UTC (ISO 8601, or seconds since 1970), and
 * the line tells all the messages of that hour. Separated by comma or
 * semicolon, "quoted" where needed (RFC 4180).
 */
#include "services/backup-scheduler/import_internal.h"

#define HOUR_MS 3600000LL

enum column { GUILD, CHANNEL, USER, TIMESTAMP, MESSAGES, COLUMNS };

enum { LINE_MAX_BYTES = 64 << 10, FIELDS_MAX = 64 };

static const char *const names[COLUMNS] = { "guild_id", "channel_id", "user_id", "timestamp",
					    "messages" };

struct csv {
	struct import *im;
	char separator;
	int places[COLUMNS]; /* which field; -1: none */
	struct ra_buf buf;   /* owned; what is read and not yet taken */
	struct ra_buf field; /* owned */
	size_t taken;        /* bytes of buf that are done with */
	int64_t at;          /* where in the file they end */
	bool is_ended;
};

/* --- lines and fields
 * ------------------------------------------------------------------------------ */

/* The next field of the line, its quotes undone; false when there is none. */
static bool next_field(struct csv *c, struct ra_str *line, struct ra_str *out)
{
	bool is_quoted = false;
	size_t i = 0;
	if (!line->ptr)
		return false;
	ra_buf_clear(&c->field);
	for (; i < line->len; i++) {
		char byte = line->ptr[i];
		if (byte == '"')
			is_quoted = !is_quoted;
		else if (byte == c->separator && !is_quoted)
			break;
		else
			ra_buf_add(&c->field, &byte, 1);
	}
	*out = ra_buf_str(&c->field);
	while (out->len && (out->ptr[0] == ' ' || out->ptr[0] == '\t'))
		*out = (struct ra_str){ out->ptr + 1, out->len - 1 };
	bool is_last = i == line->len;
	*line = is_last ? (struct ra_str){ NULL, 0 }
			: (struct ra_str){ line->ptr + i + 1, line->len - i - 1 };
	return true;
}

static bool read_names(struct csv *c, struct ra_str line)
{
	struct ra_str field;
	int found = 0;
	for (int i = 0; i < COLUMNS; i++)
		c->places[i] = -1;
	for (int place = 0; place < FIELDS_MAX && next_field(c, &line, &field); place++)
		for (int i = 0; i < COLUMNS; i++)
			if (c->places[i] < 0 && ra_str_is(field, names[i])) {
				c->places[i] = place;
				found++;
			}
	return found == COLUMNS;
}

static struct ra_str first_line(struct ra_str text)
{
	if (text.len >= 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0)
		text = (struct ra_str){ text.ptr + 3, text.len - 3 };
	const char *end = text.len ? memchr(text.ptr, '\n', text.len) : NULL;
	size_t len = end ? (size_t)(end - text.ptr) : text.len;
	while (len && text.ptr[len - 1] == '\r')
		len--;
	return (struct ra_str){ text.ptr, len };
}

static char separator_of(struct ra_str line)
{
	return line.len && memchr(line.ptr, ';', line.len) ? ';' : ',';
}

static bool is_mine(struct ra_str head)
{
	struct ra_str line = first_line(head);
	struct csv c = { .separator = separator_of(line) };
	bool is = line.len > 0 && line.len < LINE_MAX_BYTES && read_names(&c, line);
	ra_buf_fini(&c.field);
	return is;
}

/* --- a line
 * ------------------------------------------------------------------------------------------- */

static int parse_time(struct ra_str text, int64_t *ms)
{
	int64_t seconds;
	if (ra_str_to_i64(text, &seconds) == 0) {
		*ms = seconds > 0 && seconds < 100000000000LL ? seconds * 1000 : -1;
		return *ms < 0 ? RA_EINVAL : 0;
	}
	return import_parse_time(text, ms);
}

static int read_fields(struct csv *c, struct ra_str line, struct import_message *m, int64_t *at)
{
	struct ra_str field;
	int read = 0;
	for (int place = 0; place < FIELDS_MAX && next_field(c, &line, &field); place++) {
		uint64_t count;
		int rc = 0;
		if (place == c->places[GUILD])
			rc = ra_str_to_u64(field, &m->guild);
		else if (place == c->places[CHANNEL])
			rc = ra_str_to_u64(field, &m->channel);
		else if (place == c->places[USER])
			rc = ra_str_to_u64(field, &m->user);
		else if (place == c->places[TIMESTAMP])
			rc = parse_time(field, at);
		else if (place == c->places[MESSAGES] && (rc = ra_str_to_u64(field, &count)) == 0)
			m->messages = count > INT32_MAX ? INT32_MAX : (int64_t)count;
		else if (rc == 0)
			continue;
		read += rc == 0;
	}
	return read == COLUMNS ? 0 : RA_EINVAL;
}

static void take_line(struct csv *c, struct ra_str line)
{
	struct import_message m = { 0 };
	int64_t at = 0;
	if (line.len == 0)
		return;
	if (read_fields(c, line, &m, &at) < 0) {
		import_skip(c->im, "broken", 1, line);
		return;
	}
	if (m.messages == 0)
		return;
	at -= at % HOUR_MS;
	m.id = import_id_at(at);
	m.covers_ms = HOUR_MS;
	import_message(c->im, &m);
}

/* --- the file
 * -------------------------------------------------------------------------------------------- */

static int fill(struct csv *c, struct ra_err *err)
{
	ra_buf_consume(&c->buf, c->taken);
	c->taken = 0;
	char *to = ra_buf_reserve(&c->buf, LINE_MAX_BYTES);
	ssize_t n = import_read(c->im, to, LINE_MAX_BYTES, err);
	if (n < 0)
		return (int)n;
	c->buf.len += (size_t)n;
	c->is_ended = n == 0;
	return 0;
}

/* 1: a line, and *behind is where the next one begins; 0: more has to be read. */
static int find_line(const struct csv *c, struct ra_str *line, size_t *behind, struct ra_err *err)
{
	struct ra_str left = { c->buf.ptr + c->taken, c->buf.len - c->taken };
	const char *end = left.len ? memchr(left.ptr, '\n', left.len) : NULL;
	if (!end && !c->is_ended)
		return left.len < LINE_MAX_BYTES
			       ? 0
			       : ra_fail(err, RA_EPROTO, "Is it a table?",
					 "the line at byte %lld is too long", (long long)c->at);
	*behind = end ? (size_t)(end - left.ptr) + 1 : left.len;
	*line = first_line((struct ra_str){ left.ptr, *behind });
	return 1;
}

static int read_lines(struct csv *c, struct ra_err *err)
{
	int64_t begin_at = import_cursor(c->im).at;
	bool has_names = false;
	while (!c->is_ended || c->buf.len > c->taken) {
		struct ra_str line = { 0 };
		size_t behind = 0;
		int rc = find_line(c, &line, &behind, err);
		rc = rc == 0 ? fill(c, err) : rc;
		if (rc < 0)
			return rc;
		if (rc == 0)
			continue;
		int64_t end = c->at + (int64_t)behind;
		if (!has_names) {
			c->separator = separator_of(line);
			has_names = read_names(c, line);
		} else if (end > begin_at) {
			take_line(c, line);
			rc = import_checkpoint(c->im, (struct import_cursor){ .at = end }, err);
		}
		if (rc < 0)
			return rc;
		c->taken += behind;
		c->at = end;
	}
	return 0;
}

static int read_all(struct import *im, struct ra_err *err)
{
	struct csv c = { .im = im };
	int rc = read_lines(&c, err);
	ra_buf_fini(&c.buf);
	ra_buf_fini(&c.field);
	return rc;
}

const struct import_source import_csv = { .name = "csv", .is_mine = is_mine, .read = read_all };
