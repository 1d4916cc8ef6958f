/*
 * sheet: an answer of ours as rows, for files. Pure.
 *
 *	{starts, series: [{key, values, previous}]}  a row a bucket
 *	{cells: [[...]]}                             a row an hour of the week
 *	{rows: [...]}, or the first array of objects a row an element
 *	anything else                                one row
 *
 * In CSV an object inside a row becomes columns name.member, a list inside is
 * left out. RFC 4180; a text that a spreadsheet would take for a formula gets
 * an apostrophe in front.
 *
 * A spreadsheet also takes an id for a number and keeps 15 of its 19 digits.
 * Where the file is for one, ids are written as ="123", which all of them read
 * as that text; for programs they stay bare.
 */
#pragma once
#include "libshared/base/buf.h"
#include <jansson.h>

/* The rows of an answer: an array of objects, yours to json_decref. */
json_t *sheet_rows(const json_t *answer);

/* The names of the columns these rows have: an array of strings, yours to json_decref. */
json_t *sheet_columns(const json_t *rows);
enum sheet_reader { SHEET_FOR_PROGRAMS, SHEET_FOR_SPREADSHEETS };

/* A line of CSV: the names, or what a row has under them. */
void sheet_add_head(struct ra_buf *out, const json_t *columns);
void sheet_add_row(struct ra_buf *out, const json_t *columns, const json_t *row,
		   enum sheet_reader reader);
/* One cell. */
void sheet_add_text(struct ra_buf *out, struct ra_str text);
