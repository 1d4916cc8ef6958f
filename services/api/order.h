/*
 * order: how a long list is sorted and searched, `sort` and `q` of the query.
 * Which part of it is asked for is page.h's.
 */
#pragma once
#include "services/api/visit.h"

#define SEARCH_MAX 400 /* bytes */

struct order {
	const char *sort;    /* one of the names known */
	bool is_descending;  /* it had a minus before it */
	const char *pattern; /* of q, for ILIKE; NULL: everything */
	int64_t id;          /* q, where that is an id; else 0 */
};

/* `sorts`: the names known, NULL after the last; `usual` as in a query, "-messages". RA_EINVAL and
 * a message that names the parameter. */
int order_parse(const struct visit *visit, const char *const *sorts, const char *usual,
		struct order *out, struct ra_err *err) RA_MUST_CHECK;

/* Appends: sort, descending, pattern or null, id. */
void order_params(const struct order *order, struct ra_pg_params *p);
