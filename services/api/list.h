/*
 * list: a sorted, paged, searchable table of channels or members. Two steps:
 * the page, then what stands beside its rows - the same over the compared
 * range, and a sparkline of what the list is sorted by.
 */
#pragma once
#include "services/api/filter.h"
#include "services/api/order.h"
#include "services/api/page.h"

/* The figures every row has, in the order of the statements' columns. */
#define LIST_FIGURES(X)                                                                            \
	X(messages)                                                                                \
	X(replies)                                                                                 \
	X(attachments)                                                                             \
	X(characters)                                                                              \
	X(edits)                                                                                   \
	X(reactions_given)                                                                         \
	X(reactions_received)                                                                      \
	X(raw_ms)                                                                                  \
	X(present_ms)                                                                              \
	X(engaged_ms)                                                                              \
	X(talking_ms)
#define LIST_ONE(name) +1
/* What every list can be sorted by. */
#define LIST_SORTS                                                                                 \
	"messages", "replies", "attachments", "characters", "edits", "reactions_given",            \
		"reactions_received", "raw_ms", "present_ms", "engaged_ms", "talking_ms"
enum { LIST_FIGURE_COUNT = 0 LIST_FIGURES(LIST_ONE) };

struct list;

/* More than these are not looked up one by one. */
#define LIST_FOUND_MAX 1000

struct list_kind {
	const char *const *sorts; /* NULL after the last; first those of LIST_FIGURES */
	const char *usual_sort;
	enum statement page, beside; /* their parameters: list.c */
	/* The same statements for lists they can be said of from what is kept of days; NULL: none.
	 */
	bool (*has_days)(const struct list *list);
	enum statement page_of_days, beside_of_days;
	/* A shorter way to the usual pages, where there is one: whether it goes for this list, the
	 * page without its sums (no row: it does not go so far), those, and their parameters. */
	bool (*has_short)(const struct list *list);
	enum statement best, whole;
	void (*best_params)(const struct list *list, int64_t rows, struct ra_pg_params *p);
	void (*whole_params)(const struct list *list, struct ra_pg_params *p);
	/* Whom a search is about, where they can be found first: guild, pattern, id, limit. 0: no
	 * such statement. */
	enum statement found;
	/* The filter that leaves only the rows with these ids. */
	void (*narrow)(const struct list *list, struct filter *filter);
	/* What a row says besides its figures; its columns begin with `column`. */
	json_t *(*row)(const struct list *list, const PGresult *rows, int row, int column);
};

struct list {
	struct visit *visit;          /* borrowed */
	const struct list_kind *kind; /* static */
	const struct range *range;    /* borrowed */
	struct filter filter;
	struct page_of_list page;
	struct order order;
	const char
		*group; /* channels: channel, thread or category; members: left with or without */
	json_t *json, *rows;     /* the answer so far; owned, rows by json */
	struct filter_ids ids;   /* of the rows */
	struct filter_ids found; /* whom the search is about; empty: not known */
	int64_t best_rows;       /* of the shorter way: how long its lists are (best_sql.h) */
	int pending, status;     /* its groups under way; the first failure */
};

/* Answers the request. */
void list_get(struct visit *visit, const struct list_kind *kind, const char *group);
