/* order: see order.h. */
#include "services/api/order.h"
#include <string.h>

static int read_sort(const struct visit *visit, const char *const *sorts, const char *usual,
		     struct order *out, struct ra_err *err)
{
	const char *text = ra_http_query(visit->req, "sort");
	if (!text)
		text = usual;
	out->is_descending = *text == '-';
	for (text += out->is_descending; *sorts; sorts++) {
		out->sort = *sorts;
		if (strcmp(*sorts, text) == 0)
			return 0;
	}
	return ra_fail(err, RA_EINVAL, "Use a column of the list, with a minus for the most first.",
		       "sort is not one we know");
}

/* What stands for itself must not act as a pattern. */
static const char *pattern_of(struct ra_arena *arena, const char *text)
{
	char *pattern = ra_arena_alloc(arena, 2 * strlen(text) + 3), *at = pattern;
	*at++ = '%';
	for (; *text; text++) {
		if (strchr("\\%_", *text))
			*at++ = '\\';
		*at++ = *text;
	}
	*at++ = '%';
	*at = '\0';
	return pattern;
}

int order_parse(const struct visit *visit, const char *const *sorts, const char *usual,
		struct order *out, struct ra_err *err)
{
	const char *text = ra_http_query(visit->req, "q");
	uint64_t id;
	*out = (struct order){ 0 };
	int rc = read_sort(visit, sorts, usual, out, err);
	if (rc < 0 || !text || !*text)
		return rc;
	if (strlen(text) > SEARCH_MAX)
		return ra_fail(err, RA_EINVAL, "Use a part of a name, or an id.", "q is too long");
	out->pattern = pattern_of(visit->arena, text);
	if (ra_str_to_u64(ra_str_of(text), &id) == 0 && id <= INT64_MAX)
		out->id = (int64_t)id;
	return 0;
}

void order_params(const struct order *order, struct ra_pg_params *p)
{
	ra_pg_text(p, ra_str_of(order->sort));
	ra_pg_bool(p, order->is_descending);
	if (order->pattern)
		ra_pg_text(p, ra_str_of(order->pattern));
	else
		ra_pg_null(p);
	ra_pg_i64(p, order->id);
}
