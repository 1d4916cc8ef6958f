/*
 * page: which part of a list is asked for, `limit` and `offset` of every list.
 * An export walks through all of it in larger pages (export.h).
 */
#pragma once
#include "services/api/visit.h"

#define PAGE_ROWS_DEFAULT 25
#define PAGE_ROWS_MAX     100
#define PAGE_OFFSET_MAX   10000000

struct page_of_list {
	int64_t limit, offset;
};

/* RA_EINVAL and a message that names the parameter. */
int page_parse(const struct visit *visit, struct page_of_list *out,
	       struct ra_err *err) RA_MUST_CHECK;
/* A number of the query between two bounds; `out` keeps its value when there is none. */
int query_number(const struct visit *visit, const char *name, int64_t least, int64_t most,
		 int64_t *out, struct ra_err *err) RA_MUST_CHECK;
