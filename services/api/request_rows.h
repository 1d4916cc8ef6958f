/*
 * request_rows: the requests a question is about, each with all its figures
 * need to know of it, read once and summed up in C (request_sums.h).
 *
 * Messages that staff marked as no request are nobody's; cancelled ones come
 * along to be counted, and are in no other figure. More than
 * REQUEST_ROWS_MAX are not read: the newest are, and the answer says so.
 */
#pragma once
#include "libshared/desk/hours.h"
#include "services/api/filter.h"

#define REQUEST_ROWS_MAX 100000

enum request_state { REQUEST_OPEN, REQUEST_ANSWERED, REQUEST_RESOLVED, REQUEST_CANCELLED };

struct request_row {
	int64_t guild, id, channel, rule, kind; /* channel: a thread's; rule: 0 none */
	int64_t asked_ms, answered_ms, community_ms, closed_ms; /* 0: never */
	int64_t answered_by, priority;
	int64_t good_ms, poor_ms, horizon_ms; /* of its guild */
	int64_t target_ms;                    /* 0: none */
	int64_t weekday, hour, reopened;      /* local, of the moment it is attributed to */
	int64_t at_ms;                        /* that moment */
	enum request_state state;
	bool is_before; /* of the compared range */
	bool is_business_target;
	/* Once business time is known: until the answer, or until it was last seen without one. */
	int64_t wait_ms, business_ms;
};

/* What is asked for, from the query. */
struct request_wish {
	bool is_by_answer; /* by=answered: attributed to when it was answered */
	struct filter_ids guilds, channels, categories, rules, priorities, curators;
	const char *kinds; /* "{mention,forum}"; NULL: all */
};
/* Reads by, channel, category, rule, priority, kind and curator; 400 where that fails. The guild is
 * the path's. */
bool request_wish_read(struct visit *visit, struct request_wish *out) RA_MUST_CHECK;

struct request_rows {
	struct request_row *list; /* in the visit's arena */
	size_t count;
	bool is_cut;
};

/* The words of kinds, and of priorities from 1 on; NULL ends. */
extern const char *const request_kinds[], *const request_priorities[];

/* Asks and reads; `done` with a failed status answers nothing. */
typedef void (*request_rows_cb)(void *ctx, int status, const struct request_rows *rows);
int request_rows_ask(struct visit *visit, const struct request_wish *wish,
		     const struct range *range, request_rows_cb done, void *ctx) RA_MUST_CHECK;

/* The last moment it was seen: of its answer, its closing, or now. */
int64_t request_seen_ms(const struct request_row *row, int64_t now_ms);
/* Fills in the waits. */
void request_rows_wait(struct request_rows *rows, int64_t guild, const struct hours *hours,
		       int64_t now_ms);
