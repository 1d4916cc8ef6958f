/* page: see page.h. */
#include "services/api/page.h"
#include <stdio.h>

int query_number(const struct visit *visit, const char *name, int64_t least, int64_t most,
		 int64_t *out, struct ra_err *err)
{
	const char *text = ra_http_query(visit->req, name);
	char hint[96];
	int64_t number;
	if (!text)
		return 0;
	if (ra_str_to_i64(ra_str_of(text), &number) == 0 && number >= least && number <= most) {
		*out = number;
		return 0;
	}
	snprintf(hint, sizeof(hint), "Use a number from %lld to %lld.", (long long)least,
		 (long long)most);
	return ra_fail(err, RA_EINVAL, hint, "%s is out of range", name);
}

int page_parse(const struct visit *visit, struct page_of_list *out, struct ra_err *err)
{
	int64_t most = visit->export_rows ? visit->export_rows : PAGE_ROWS_MAX;
	*out = (struct page_of_list){ .limit = PAGE_ROWS_DEFAULT };
	int rc = query_number(visit, "limit", 1, most, &out->limit, err);
	return rc < 0 ? rc : query_number(visit, "offset", 0, PAGE_OFFSET_MAX, &out->offset, err);
}
