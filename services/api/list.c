/*
 * list: see list.h.
 *
 *	range -> the page -> beside: compared range and sparkline, in one group -> answer
 *
 * Where a search can be for a few only, they are found first, and nobody else
 * is added up. Where a kind knows a shorter way to a page, that and its sums are asked for at
 * once, on two connections; then the long way, where it did not go so far.
 *
 * A page's statement takes the filter's parameters, $13 sort, $14 descending,
 * $15 pattern, $16 id, $17 limit, $18 offset, $19 group. Its columns: id, rows
 * in all, sums over all of them of every figure, the row's figures, then what
 * the kind of list adds. A page behind the last has one row, whose id is null.
 *
 * Beside them: the filter's parameters, $13 ids, $14 starts of the buckets,
 * $15 sort, $16 group. Columns: place in $13 from 1, bucket, what it is sorted
 * by, the figures.
 */
#include "services/api/list.h"
#include "services/api/figures.h"
#include "services/api/reads.h"

#define LIST_NAME(name) #name,
static const char *const figure_names[] = { LIST_FIGURES(LIST_NAME) };

/* The shorter way: how long its lists are at first, and how much longer the second time. */
#define BEST_ROWS   100
#define BEST_GROWTH 20

enum column {
	ID,
	TOTAL,
	SUMS,
	FIGURES_AT = SUMS + LIST_FIGURE_COUNT,
	MORE = FIGURES_AT + LIST_FIGURE_COUNT
};
enum beside_column { PLACE, BUCKET, VALUE, BESIDE_FIGURES };

static void fail(struct list *list, int status)
{
	json_decref(list->json);
	reply_failure(list->visit->api, list->visit->req, status);
}

static bool has_days(const struct list *list)
{
	return list->kind->has_days && list->kind->has_days(list);
}

static json_t *row_beside(const struct list *list, const PGresult *rows, int row)
{
	return json_array_get(list->rows, (size_t)ra_pg_get_i64(rows, row, PLACE) - 1);
}

/* The compared range must have been watched from its beginning. */
static bool is_compared(const struct list *list)
{
	int64_t first_ms = list->visit->access->guild.first_message_ms;
	return list->range->has_before && first_ms != 0 && list->range->before.from_ms >= first_ms;
}

static json_t *figures_json(const PGresult *rows, int row, int column)
{
	json_t *json = json_object();
	for (int i = 0; i < LIST_FIGURE_COUNT; i++)
		json_object_set_new(
			json, figure_names[i],
			json_integer(row < 0 ? 0 : ra_pg_get_i64(rows, row, column + i)));
	return json;
}

/* --- beside the rows --- */

static void on_now(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct list *list = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		json_t *one = row_beside(list, rows, row);
		json_array_set_new(json_object_get(one, "sparkline"),
				   (size_t)ra_pg_get_i64(rows, row, BUCKET),
				   json_integer(ra_pg_get_i64(rows, row, VALUE)));
	}
}

static void on_before(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct list *list = ctx;
	(void)err;
	for (int row = 0; status == 0 && row < PQntuples(rows); row++) {
		json_t *one = row_beside(list, rows, row);
		json_object_set_new(one, "previous", figures_json(rows, row, BESIDE_FIGURES));
	}
}

static void on_beside(void *ctx, int status, const struct ra_err *err)
{
	struct list *list = ctx;
	(void)err;
	if (status < 0)
		fail(list, status);
	else
		ra_http_reply_json(list->visit->req, 200, list->json);
}

static int send_beside(struct list *list, struct ra_pg *pg, const struct span *span,
		       const int64_t *starts, size_t count, ra_pg_result_cb result)
{
	struct ra_pg_params p = { .arena = list->visit->arena };
	struct filter filter = list->filter;
	list->kind->narrow(list, &filter);
	filter_params(list->visit, &filter, list->range, span, &p);
	ra_pg_i64_array(&p, list->ids.ids, list->ids.count, sizeof(*list->ids.ids));
	ra_pg_i64_array(&p, starts, count, sizeof(*starts));
	ra_pg_text(&p, ra_str_of(list->order.sort));
	ra_pg_text(&p, ra_str_of(list->group));
	return ra_pg_send(pg,
			  (int)(has_days(list) ? list->kind->beside_of_days : list->kind->beside),
			  &p, result, list);
}

static void ask_beside(struct list *list)
{
	const struct range *range = list->range;
	struct ra_pg *pg = reads_pick(list->visit);
	int rc = pg ? send_beside(list, pg, &range->now, range->now.starts_ms, range->now.count,
				  on_now)
		    : RA_EDOWN;
	if (rc == 0 && is_compared(list))
		rc = send_beside(list, pg, &range->before, &range->before.from_ms, 1, on_before);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_beside, list);
	if (rc < 0)
		fail(list, rc);
}

/* --- the page --- */

static json_t *sparkline_of(const struct list *list)
{
	json_t *values = json_array();
	for (size_t b = 0; b < list->range->now.count; b++)
		json_array_append_new(values, json_integer(0));
	return values;
}

static json_t *row_json(const struct list *list, const PGresult *rows, int row)
{
	json_t *json = list->kind->row(list, rows, row, MORE);
	json_t *figures = figures_json(rows, row, FIGURES_AT);
	json_object_update(json, figures);
	json_decref(figures);
	json_object_set_new(json, "sparkline", sparkline_of(list));
	json_object_set_new(json, "previous",
			    is_compared(list) ? figures_json(NULL, -1, 0) : json_null());
	return json;
}

static void read_rows(struct list *list, const PGresult *rows, int first)
{
	int count = PQntuples(rows);
	list->rows = json_array();
	list->ids.count = 0;
	list->ids.ids = ra_arena_alloc(list->visit->arena, ((size_t)count + 1) * sizeof(int64_t));
	for (int row = first; row < count; row++) {
		list->ids.ids[list->ids.count++] = ra_pg_get_i64(rows, row, ID);
		json_array_append_new(list->rows, row_json(list, rows, row));
	}
	json_object_set_new(list->json, "rows", list->rows);
}

/* How many there are and their sums, from the first row, from `column` on. */
static void read_sums(struct list *list, const PGresult *rows, int column)
{
	bool is_there = PQntuples(rows) > 0;
	json_object_set_new(list->json, "total",
			    json_integer(is_there ? ra_pg_get_i64(rows, 0, column) : 0));
	json_object_set_new(list->json, "totals",
			    figures_json(rows, is_there ? 0 : -1, column + 1));
}

static void answer(struct list *list)
{
	if (list->ids.count == 0)
		ra_http_reply_json(list->visit->req, 200, list->json);
	else
		ask_beside(list);
}

static void on_page(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct list *list = ctx;
	(void)err;
	if (status < 0) {
		fail(list, status);
		return;
	}
	/* A page beyond the last is empty, and says so by the number of rows there are. */
	read_rows(list, rows, PQntuples(rows) > 0 && ra_pg_is_null(rows, 0, ID));
	read_sums(list, rows, TOTAL);
	answer(list);
}

static void ask_page(struct list *list)
{
	struct visit *visit = list->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	struct filter filter = list->filter;
	if (list->found.count > 0)
		filter.members = list->found;
	filter_params(visit, &filter, list->range, &list->range->now, &p);
	order_params(&list->order, &p);
	ra_pg_i64(&p, list->page.limit);
	ra_pg_i64(&p, list->page.offset);
	ra_pg_text(&p, ra_str_of(list->group));
	struct ra_pg *pg = reads_pick(visit);
	int rc = pg ? reads_roomy(pg) : RA_EDOWN;
	if (rc == 0)
		rc = db_ask_on(pg, has_days(list) ? list->kind->page_of_days : list->kind->page, &p,
			       on_page, list);
	if (rc < 0)
		fail(list, rc);
}

/* --- a search --- */

static void on_found(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct list *list = ctx;
	(void)err;
	if (status < 0) {
		fail(list, status);
		return;
	}
	size_t count = (size_t)PQntuples(rows);
	if (count <= LIST_FOUND_MAX) {
		int64_t *ids = ra_arena_alloc(list->visit->arena, (count + 1) * sizeof(*ids));
		for (size_t i = 0; i < count; i++)
			ids[i] = ra_pg_get_i64(rows, (int)i, 0);
		/* nobody: 0 is nobody's id */
		list->found = (struct filter_ids){ .ids = ids, .count = count ? count : 1 };
	}
	ask_page(list);
}

static bool can_find(const struct list *list)
{
	const struct filter *filter = &list->filter;
	return list->kind->found && list->order.pattern &&
	       filter->roles.count + filter->members.count == 0;
}

static void ask_found(struct list *list)
{
	struct ra_pg_params p = { .arena = list->visit->arena };
	ra_pg_i64(&p, (int64_t)list->visit->access->guild.id);
	ra_pg_text(&p, ra_str_of(list->order.pattern));
	ra_pg_i64(&p, list->order.id);
	ra_pg_i64(&p, LIST_FOUND_MAX + 1);
	if (reads_ask(list->visit, list->kind->found, &p, on_found, list) < 0)
		fail(list, RA_EDOWN);
}

/* --- a shorter way to it --- */

static void ask_best(struct list *list);

static void on_best(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	(void)err;
	if (status == 0)
		read_rows(ctx, rows, 0);
}

static void on_whole(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	(void)err;
	if (status == 0)
		read_sums(ctx, rows, 0);
}

static void on_short(void *ctx, int status, const struct ra_err *err)
{
	struct list *list = ctx;
	(void)err;
	if (status < 0 && list->status == 0)
		list->status = status;
	if (--list->pending > 0)
		return;
	if (list->status < 0) {
		fail(list, list->status);
	} else if (list->ids.count > 0) {
		answer(list);
	} else if (list->best_rows == BEST_ROWS) {
		list->best_rows *= BEST_GROWTH;
		ask_best(list);
	} else {
		ask_page(list);
	}
}

static int send_short(struct list *list, enum statement stmt, const struct ra_pg_params *p,
		      ra_pg_result_cb result)
{
	struct ra_pg *pg = reads_pick(list->visit);
	int rc = pg ? reads_roomy(pg) : RA_EDOWN;
	if (rc == 0)
		rc = ra_pg_send(pg, (int)stmt, p, result, list);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_short, list);
	list->pending += rc == 0;
	if (rc < 0)
		list->status = rc;
	return rc;
}

static void ask_best(struct list *list)
{
	struct ra_pg_params p = { .arena = list->visit->arena };
	list->kind->best_params(list, list->best_rows, &p);
	if (send_short(list, list->kind->best, &p, on_best) < 0 && list->pending == 0)
		fail(list, list->status);
}

static void ask_short(struct list *list)
{
	struct ra_pg_params p = { .arena = list->visit->arena };
	list->best_rows = BEST_ROWS;
	list->kind->whole_params(list, &p);
	if (send_short(list, list->kind->whole, &p, on_whole) < 0)
		fail(list, list->status);
	else
		ask_best(list);
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct list *list = visit->state;
	list->range = range;
	list->json = json_pack("{s:o, s:o}", "range", range_json(&range->now), "compare_range",
			       range_json(&range->before));
	if (list->kind->has_short && list->kind->has_short(list))
		ask_short(list);
	else if (can_find(list))
		ask_found(list);
	else
		ask_page(list);
}

void list_get(struct visit *visit, const struct list_kind *kind, const char *group)
{
	struct list *list = ra_arena_new(visit->arena, struct list);
	struct ra_err err = { 0 };
	*list = (struct list){ .visit = visit, .kind = kind, .group = group };
	visit->state = list;
	if (!filter_read(visit, &list->filter))
		return;
	int rc = order_parse(visit, kind->sorts, kind->usual_sort, &list->order, &err);
	if (rc == 0)
		rc = page_parse(visit, &list->page, &err);
	if (rc < 0)
		reply_bad_argument(visit->req, &err);
	else
		range_resolve(visit, &(struct range_wish){ .is_sparkline = true }, on_range);
}
