/*
 * leaderboard: staff of any of my servers by what they did in a range.
 *
 *	which guilds are mine -> the first one's calendar -> range -> settings -> figures -> a page
 *
 * Whoever manages a guild, or is of its staff, sees its board; a guild that is
 * asked for and is neither does not exist. Several guilds have one calendar:
 * that of the first.
 */
#include "services/api/order.h"
#include "services/api/page.h"
#include "services/api/range.h"
#include "services/api/rated.h"
#include "services/api/reads.h"
#include "services/api/staff_guilds.h"
#include <stdlib.h>

struct board {
	struct visit *visit; /* borrowed */
	struct staff_guilds guilds;
	const struct range *range; /* borrowed */
	const struct rating_settings *settings;
	struct page_of_list page;
	struct order order;
	const char *kind; /* only this one; NULL: all */
	bool with_former;
	struct rated now, before;
};

static const char *const sorts[] = { "score",    "base",    "bonus",     "responses", "p50",
				     "messages", "replies", "reactions", "tasks",     "good",
				     "poor",     "name",    NULL };

static double key_of(const struct rated_person *person, const char *sort)
{
	const struct {
		const char *name;
		double value;
	} keys[] = {
		{ "score", (double)person->score },
		{ "base", (double)person->base },
		{ "bonus", (double)person->bonus },
		{ "responses", (double)person->answers.responses },
		{ "p50", person->p50_ms },
		{ "messages", (double)person->work.messages },
		{ "replies", (double)person->work.replies },
		{ "reactions", (double)person->work.reactions },
		{ "tasks", (double)person->work.tasks },
		{ "good", (double)person->answers.good },
		{ "poor", (double)person->answers.poor },
	};
	for (size_t i = 0; i < RA_COUNT(keys); i++)
		if (strcmp(keys[i].name, sort) == 0)
			return keys[i].value;
	return 0;
}

/* Rows without a value come last, whichever way the rest goes; equal ones as the ranks do. */
static int by_wish(const void *a, const void *b, void *ctx)
{
	const struct rated_person *one = a, *other = b;
	const struct order *order = ctx;
	int sign = order->is_descending ? -1 : 1;
	if (strcmp(order->sort, "name") == 0) {
		int way = strcasecmp(one->name, other->name);
		return way ? sign * way : (one->id > other->id) - (one->id < other->id);
	}
	double x = key_of(one, order->sort), y = key_of(other, order->sort);
	if (strcmp(order->sort, "p50") == 0 && (x < 0) != (y < 0))
		return x < 0 ? 1 : -1;
	if (x < y || x > y)
		return x < y ? -sign : sign;
	if (one->score != other->score)
		return one->score > other->score ? -1 : 1;
	return (one->id > other->id) - (one->id < other->id);
}

static bool is_listed(const struct board *board, const struct rated_person *person)
{
	return person->rank > 0 && person->is_found &&
	       (!board->kind || strcmp(board->kind, person->kind) == 0);
}

static json_t *row_json(const struct board *board, const struct rated_person *person)
{
	const struct rated_person *before = rated_find(&board->before, person->id);
	json_t *json = rated_json(board->visit->api, person);
	json_object_set_new(json, "previous_score",
			    board->range->has_before
				    ? json_integer(before ? (json_int_t)before->score : 0)
				    : json_null());
	return json;
}

static json_t *rows_json(struct board *board, size_t *total)
{
	const struct page_of_list *page = &board->page;
	json_t *rows = json_array();
	qsort_r(board->now.people, board->now.count, sizeof(*board->now.people), by_wish,
		&board->order);
	*total = 0;
	for (size_t i = 0; i < board->now.count; i++) {
		const struct rated_person *person = &board->now.people[i];
		if (!is_listed(board, person))
			continue;
		if (*total >= (size_t)page->offset && *total < (size_t)(page->offset + page->limit))
			json_array_append_new(rows, row_json(board, person));
		++*total;
	}
	return rows;
}

static void on_figures(void *ctx, int status, const struct ra_err *err)
{
	struct board *board = ctx;
	size_t total;
	(void)err;
	if (status < 0) {
		reply_failure(board->visit->api, board->visit->req, status);
		return;
	}
	rated_finish(&board->now, board->with_former);
	if (board->range->has_before)
		rated_finish(&board->before, board->with_former);
	json_t *rows = rows_json(board, &total);
	ra_http_reply_json(board->visit->req, 200,
			   json_pack("{s:o, s:o, s:o, s:o, s:b, s:I, s:o}", "range",
				     range_json(&board->range->now), "compare_range",
				     range_json(&board->range->before), "guilds",
				     staff_guilds_json(board->visit->api, &board->guilds), "levels",
				     rated_levels_json(&board->now), "by_answer",
				     board->now.by_answer, "total", (json_int_t)total, "rows",
				     rows));
}

static struct rated figures_of(const struct board *board, const struct span *span)
{
	struct ra_str by = ra_str_of(ra_http_query(board->visit->req, "by"));
	return (struct rated){
		.visit = board->visit,
		.settings = board->settings,
		.guild_count = board->guilds.chosen,
		.from_ms = span->from_ms,
		.to_ms = span->to_ms,
		.pattern = board->order.pattern,
		.by_answer = ra_str_is(by, "answer"),
	};
}

static void on_settings(struct visit *visit, const struct rating_settings *settings)
{
	struct board *board = visit->state;
	struct ra_pg *pg = reads_pick(visit);
	board->settings = settings;
	board->now = figures_of(board, &board->range->now);
	board->before = figures_of(board, &board->range->before);
	int rc = pg ? rated_send(&board->now, pg) : RA_EDOWN;
	if (rc == 0 && board->range->has_before)
		rc = rated_send(&board->before, pg);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_figures, board);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct board *board = visit->state;
	board->range = range;
	rating_settings_ask(visit, board->guilds.ids, board->guilds.chosen, on_settings);
}

/* The visit now is about the first guild, as far as its calendar goes. */
static void on_calendar(void *ctx, int status, const struct access *guest)
{
	struct board *board = ctx;
	struct visit *visit = board->visit;
	struct access *access = ra_arena_new(visit->arena, struct access);
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	*access = *visit->access;
	access->guild = guest->guild;
	visit->access = access;
	range_resolve(visit, &(struct range_wish){ 0 }, on_range);
}

static void reply_empty(const struct board *board)
{
	ra_http_reply_json(board->visit->req, 200,
			   json_pack("{s:n, s:n, s:o, s:[], s:b, s:i, s:[]}", "range",
				     "compare_range", "guilds",
				     staff_guilds_json(board->visit->api, &board->guilds), "levels",
				     "by_answer", 0, "total", 0, "rows"));
}

static void on_guilds(struct visit *visit, const struct staff_guilds *guilds)
{
	struct board *board = visit->state;
	board->guilds = *guilds;
	if (guilds->chosen == 0)
		reply_empty(board);
	else
		access_guest(visit->api, visit->arena, guilds->ids[0], on_calendar, board);
}

void leaderboard_get(struct visit *visit)
{
	struct board *board = ra_arena_new(visit->arena, struct board);
	struct ra_err err = { 0 };
	board->visit = visit;
	visit->state = board;
	board->kind = ra_http_query(visit->req, "kind");
	board->with_former = ra_str_is(ra_str_of(ra_http_query(visit->req, "former")), "true");
	int rc = page_parse(visit, &board->page, &err);
	if (rc == 0)
		rc = order_parse(visit, sorts, "-score", &board->order, &err);
	if (rc < 0)
		reply_bad_argument(visit->req, &err);
	else
		staff_guilds_ask(visit, on_guilds);
}
