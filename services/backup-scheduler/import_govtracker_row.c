/* import_govtracker_row: see the header. */
#include "services/backup-scheduler/import_govtracker_row.h"
#include "libshared/base/utf8.h"
#include "libshared/discord/snowflake.h"
#include "services/backup-scheduler/import.h"
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#define DAY_MS     (24 * 3600 * 1000LL)
#define FIRST_MS   RA_DISCORD_EPOCH_MS /* nothing of Discord's is older */
#define SECONDS_TO 100000000000LL      /* a smaller number of time is one of seconds */

void gov_row_clear(struct gov_row *row)
{
	ra_arena_reset(&row->arena);
	row->count = 0;
}

void gov_row_fini(struct gov_row *row)
{
	ra_arena_fini(&row->arena);
	row->count = 0;
}

static size_t add_name(char *out, size_t at, struct ra_str name)
{
	for (size_t i = 0; i < name.len && at + 1 < GOV_NAME_MAX; i++)
		if (name.ptr[i] != '_')
			out[at++] = (char)tolower((unsigned char)name.ptr[i]);
	return at;
}

/* What PostgreSQL takes: well-formed and without NULs. */
static struct ra_str clean(struct ra_arena *arena, struct ra_str text)
{
	struct ra_buf buf = { 0 };
	size_t len = text.len < GOV_TEXT_MAX ? text.len : GOV_TEXT_MAX, kept = 0;
	ra_utf8_add_clean(&buf, (struct ra_str){ text.ptr, len });
	for (size_t i = 0; i < buf.len; i++)
		if (buf.ptr[i])
			buf.ptr[kept++] = buf.ptr[i];
	char *copy = ra_arena_strdup(arena, (struct ra_str){ buf.ptr ? buf.ptr : "", kept });
	ra_buf_fini(&buf);
	return (struct ra_str){ copy, kept };
}

void gov_row_add(struct gov_row *row, struct ra_str within, struct ra_str name, struct ra_str text)
{
	if (row->count == GOV_FIELDS_MAX)
		return;
	struct gov_field *field = &row->fields[row->count++];
	size_t at = add_name(field->name, 0, within);
	at = add_name(field->name, at, name);
	field->name[at] = '\0';
	field->text = clean(&row->arena, text);
}

static const struct gov_field *find(const struct gov_row *row, struct ra_str name)
{
	for (size_t i = 0; i < row->count; i++)
		if (row->fields[i].text.len > 0 && ra_str_is(name, row->fields[i].name))
			return &row->fields[i];
	return NULL;
}

struct ra_str gov_text(const struct gov_row *row, const char *names)
{
	while (*names) {
		size_t len = strcspn(names, " ");
		const struct gov_field *field = find(row, (struct ra_str){ names, len });
		if (field)
			return field->text;
		names += len + (names[len] == ' ');
	}
	return RA_STR("");
}

uint64_t gov_id_of(struct ra_str text, int64_t now_ms)
{
	uint64_t id;
	if (ra_str_to_u64(text, &id) < 0 || id > INT64_MAX)
		return 0;
	int64_t born_ms = ra_snowflake_ms(id);
	return born_ms > FIRST_MS + DAY_MS && born_ms < now_ms + DAY_MS ? id : 0;
}

uint64_t gov_id(const struct gov_row *row, const char *names, int64_t now_ms)
{
	return gov_id_of(gov_text(row, names), now_ms);
}

bool gov_number(const struct gov_row *row, const char *names, int64_t *out)
{
	struct ra_str text = gov_text(row, names);
	const char *point = text.len ? memchr(text.ptr, '.', text.len) : NULL;
	if (point)
		text.len = (size_t)(point - text.ptr);
	return ra_str_to_i64(text, out) == 0;
}

bool gov_bool(const struct gov_row *row, const char *names, bool otherwise)
{
	static const char *const words[] = { "f", "t",  "false", "true", "0",
					     "1", "no", "yes",   "off",  "on" };
	struct ra_str text = gov_text(row, names);
	for (size_t i = 0; i < RA_COUNT(words); i++)
		if (text.len == strlen(words[i]) && strncasecmp(text.ptr, words[i], text.len) == 0)
			return i % 2 == 1;
	return otherwise;
}

/* PostgreSQL leaves out the minutes of a zone that has none. */
static int parse_time(struct ra_str text, int64_t *ms)
{
	char whole[48];
	bool is_short = text.len > 20 && text.len < 40 && strchr("+-", text.ptr[text.len - 3]);
	if (!is_short)
		return import_parse_time(text, ms);
	snprintf(whole, sizeof(whole), "%.*s:00", (int)text.len, text.ptr);
	return import_parse_time(ra_str_of(whole), ms);
}

bool gov_time(const struct gov_row *row, const char *names, int64_t now_ms, int64_t *ms)
{
	struct ra_str text = gov_text(row, names);
	int64_t at_ms;
	if (parse_time(text, &at_ms) < 0) {
		if (!gov_number(row, names, &at_ms))
			return false;
		if (at_ms < SECONDS_TO)
			at_ms = at_ms < 0 ? 0 : at_ms * 1000;
	}
	if (at_ms < FIRST_MS || at_ms > now_ms + DAY_MS)
		return false;
	*ms = at_ms;
	return true;
}

bool gov_list_next(struct ra_str *list, struct ra_str *item)
{
	static const char around[] = " \t\r\n,[]{}";
	while (list->len > 0 && strchr(around, *list->ptr)) {
		list->ptr++;
		list->len--;
	}
	if (list->len == 0)
		return false;
	bool is_quoted = *list->ptr == '"';
	const char *from = list->ptr + is_quoted, *end = list->ptr + list->len, *to = from;
	while (to < end && (is_quoted ? *to != '"' : !strchr(",]}", *to)))
		to++;
	list->len = (size_t)(end - to);
	list->ptr = to;
	if (is_quoted && list->len > 0) {
		list->ptr++;
		list->len--;
	}
	while (to > from && strchr(" \t\r\n", to[-1]))
		to--;
	*item = (struct ra_str){ from, (size_t)(to - from) };
	return true;
}
