/* sheet: see sheet.h. */
#include "services/api/sheet.h"
#include <stdio.h>

#define EXACT_DIGITS 15 /* of a number in a spreadsheet */

/* --- rows --- */

static json_t *series_rows(const json_t *starts, const json_t *series)
{
	json_t *rows = json_array();
	size_t at, i;
	json_t *start, *one;
	json_array_foreach(starts, at, start)
	{
		json_t *row = json_pack("{s:O}", "at", start);
		json_array_foreach(series, i, one)
		{
			const char *key = json_string_value(json_object_get(one, "key"));
			json_t *before = json_array_get(json_object_get(one, "previous"), at);
			char name[64];
			if (!key)
				continue;
			json_object_set(row, key,
					json_array_get(json_object_get(one, "values"), at));
			snprintf(name, sizeof(name), "previous_%s", key);
			if (before)
				json_object_set(row, name, before);
		}
		json_array_append_new(rows, row);
	}
	return rows;
}

/* Monday is 1, as ISO 8601 counts. */
static json_t *cell_rows(const json_t *cells)
{
	json_t *rows = json_array();
	size_t day, hour;
	json_t *hours, *value;
	json_array_foreach(cells, day, hours)
	{
		json_array_foreach(hours, hour, value) json_array_append_new(
			rows, json_pack("{s:I, s:I, s:O}", "weekday", (json_int_t)day + 1, "hour",
					(json_int_t)hour, "value", value));
	}
	return rows;
}

static bool is_list_of_objects(const json_t *value)
{
	return json_is_array(value) &&
	       (json_array_size(value) == 0 || json_is_object(json_array_get(value, 0)));
}

/* The first that has any, else the first. */
static json_t *find_list(const json_t *answer)
{
	json_t *found = json_object_get(answer, "rows");
	const char *name;
	json_t *value;
	if (is_list_of_objects(found))
		return found;
	found = NULL;
	json_object_foreach((json_t *)answer, name, value)
	{
		if (!is_list_of_objects(value))
			continue;
		if (json_array_size(value) > 0)
			return value;
		found = found ? found : value;
	}
	return found;
}

json_t *sheet_rows(const json_t *answer)
{
	const json_t *starts = json_object_get(answer, "starts");
	const json_t *series = json_object_get(answer, "series");
	const json_t *cells = json_object_get(answer, "cells");
	json_t *list = find_list(answer);
	if (json_is_array(starts) && json_is_array(series))
		return series_rows(starts, series);
	if (json_is_array(cells) && json_is_array(json_array_get(cells, 0)))
		return cell_rows(cells);
	if (list)
		return json_incref(list);
	return json_pack("[O]", answer);
}

/* --- CSV --- */

/* Notes the columns of one row, in the order they are met: false for one that is an object in some
 * rows and null in others, for which the object's members stand. */
static void note_columns(json_t *columns, const json_t *row)
{
	const char *name, *inner;
	json_t *value, *member;
	char column[128];
	json_object_foreach((json_t *)row, name, value)
	{
		if (json_is_object(value))
			json_object_set_new(columns, name, json_false());
		else if (!json_is_array(value) && !json_object_get(columns, name))
			json_object_set_new(columns, name, json_true());
		json_object_foreach(value, inner, member)
		{
			snprintf(column, sizeof(column), "%s.%s", name, inner);
			if (!json_is_object(member) && !json_is_array(member))
				json_object_set_new(columns, column, json_true());
		}
	}
}

json_t *sheet_columns(const json_t *rows)
{
	json_t *columns = json_object(), *names = json_array();
	size_t i;
	const char *name;
	json_t *row, *is_column;
	json_array_foreach(rows, i, row) note_columns(columns, row);
	json_object_foreach(columns, name, is_column) if (json_is_true(is_column))
		json_array_append_new(names, json_string(name));
	json_decref(columns);
	return names;
}

/* A name may begin like a formula; a spreadsheet must not run it. */
static bool is_like_formula(struct ra_str text)
{
	return text.len > 0 && text.ptr[0] != '\0' && strchr("=+-@\t\r", text.ptr[0]);
}

static bool needs_quotes(struct ra_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '\0' && strchr("\",\r\n", text.ptr[i]))
			return true;
	return false;
}

void sheet_add_text(struct ra_buf *out, struct ra_str text)
{
	bool is_quoted = needs_quotes(text);
	if (is_quoted)
		ra_buf_add_text(out, "\"");
	if (is_like_formula(text))
		ra_buf_add_text(out, "'");
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"')
			ra_buf_add_text(out, "\"");
		ra_buf_add(out, &text.ptr[i], 1);
	}
	if (is_quoted)
		ra_buf_add_text(out, "\"");
}

static bool is_long_number(struct ra_str text)
{
	size_t digits = 0;
	while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
		digits++;
	return digits == text.len && digits > EXACT_DIGITS;
}

static void add_value(struct ra_buf *out, const json_t *value, enum sheet_reader reader)
{
	const char *text = json_string_value(value);
	if (reader == SHEET_FOR_SPREADSHEETS && text && is_long_number(ra_str_of(text)))
		ra_buf_printf(out, "\"=\"\"%s\"\"\"", text);
	else if (json_is_string(value))
		sheet_add_text(out, (struct ra_str){ json_string_value(value),
						     json_string_length(value) });
	else if (json_is_integer(value))
		ra_buf_add_i64(out, json_integer_value(value));
	else if (json_is_real(value))
		ra_buf_printf(out, "%.12g", json_real_value(value));
	else if (json_is_boolean(value))
		ra_buf_add_text(out, json_is_true(value) ? "true" : "false");
}

void sheet_add_head(struct ra_buf *out, const json_t *columns)
{
	size_t i;
	const json_t *name;
	json_array_foreach(columns, i, name)
	{
		if (i > 0)
			ra_buf_add_text(out, ",");
		add_value(out, name, SHEET_FOR_PROGRAMS);
	}
	ra_buf_add_text(out, "\r\n");
}

/* "a.b" is member b of the object a. */
static const json_t *find_value(const json_t *row, const char *column)
{
	const char *dot = strchr(column, '.');
	char name[64];
	if (!dot || (size_t)(dot - column) >= sizeof(name))
		return json_object_get(row, column);
	snprintf(name, sizeof(name), "%.*s", (int)(dot - column), column);
	return json_object_get(json_object_get(row, name), dot + 1);
}

void sheet_add_row(struct ra_buf *out, const json_t *columns, const json_t *row,
		   enum sheet_reader reader)
{
	size_t i;
	const json_t *name;
	json_array_foreach(columns, i, name)
	{
		if (i > 0)
			ra_buf_add_text(out, ",");
		add_value(out, find_value(row, json_string_value(name)), reader);
	}
	ra_buf_add_text(out, "\r\n");
}
