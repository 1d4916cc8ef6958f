/*
 * export: any answer of a guild as a file. `format=csv` or `format=json` on an
 * endpoint asks the endpoint itself, from inside, and writes down what it
 * says; of a list ({total, rows}) all of it, page after page, as fast as the
 * reader takes it. `bom=true`: for spreadsheets (sheet.h).
 */
#pragma once
#include "services/api/visit.h"

#define EXPORT_PAGE_ROWS 5000
/* At once, in this process; more are told to wait. */
#define EXPORTS_MAX 4

/* Does the query ask for a file? */
bool export_is_wanted(const struct visit *visit);
/* Answers the visit with a file, or with what was wrong. */
void export_begin(struct visit *visit);
