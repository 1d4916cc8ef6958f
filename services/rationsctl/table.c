/* table: see the header. */
#include "services/rationsctl/table.h"
#include "services/rationsctl/doctor.h"
#include <inttypes.h>

enum { COLUMNS_MAX = 12, CELL_MAX = 60 };

/* Characters, not bytes. */
static int width_of(const char *text)
{
	int width = 0;
	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static char *cell_of(const json_t *row, const struct table_column *column)
{
	const json_t *value = json_object_get(row, column->key);
	char size[WORDS_MAX];
	if (column->kind == TABLE_BYTES && json_is_integer(value)) {
		words_size(size, json_integer_value(value));
		return ra_strdup(size);
	}
	if (column->kind == TABLE_TIME && json_is_string(value)) {
		char *time = ra_format("%.16s", json_string_value(value));
		if (strlen(time) > 10)
			time[10] = ' ';
		return time;
	}
	if (json_is_string(value))
		return ra_strdup(json_string_value(value));
	if (json_is_integer(value))
		return ra_format("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (json_is_boolean(value))
		return ra_strdup(json_is_true(value) ? "yes" : "no");
	return ra_strdup("-");
}

static void print_cell(FILE *out, const char *text, int width, bool is_right, bool is_last)
{
	int gap = width - width_of(text);
	fprintf(out, "%*s", is_right && gap > 0 ? gap : 0, "");
	ctl_print_plain(out, text);
	if (is_last)
		fputc('\n', out);
	else
		fprintf(out, "%*s", (is_right || gap < 0 ? 0 : gap) + 2, "");
}

static void print_rows(FILE *out, const json_t *list, const struct table_column *columns)
{
	int widths[COLUMNS_MAX] = { 0 }, count = 0;
	size_t i;
	const json_t *row;
	for (; columns[count].key; count++) {
		widths[count] = width_of(columns[count].head);
		json_array_foreach(list, i, row)
		{
			char *cell = cell_of(row, &columns[count]);
			int width = width_of(cell);
			widths[count] = width > widths[count] ? width : widths[count];
			ra_free(cell);
		}
	}
	for (int c = 0; c < count; c++)
		print_cell(out, columns[c].head, widths[c],
			   columns[c].kind == TABLE_NUMBER || columns[c].kind == TABLE_BYTES,
			   c + 1 == count);
	json_array_foreach(list, i, row) for (int c = 0; c < count; c++)
	{
		char *cell = cell_of(row, &columns[c]);
		print_cell(out, cell, widths[c],
			   columns[c].kind == TABLE_NUMBER || columns[c].kind == TABLE_BYTES,
			   c + 1 == count);
		ra_free(cell);
	}
}

int table_print(const struct ctl *ctl, json_t *list, const struct table_column *columns,
		const char *nothing)
{
	if (ctl->is_json) {
		ctl_print_json(ctl, list);
		return CTL_OK;
	}
	if (json_array_size(list) == 0)
		fprintf(ctl->out, "%s\n", nothing);
	else
		print_rows(ctl->out, list, columns);
	json_decref(list);
	return CTL_OK;
}
