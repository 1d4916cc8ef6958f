/*
 * trial: a rule is tried on the messages of the last days (workbench.c): read
 * from Discord, matched, told, forgotten.
 *
 *	PAGE -> PAGE ... -> DONE
 *
 * The channels take turns, those with the newest messages first, a page of a
 * hundred each; it ends when all are read or a bound is met, and says what it
 * covered. Who leaves the stream ends it. A trial lives on its own: its request
 * may be gone before the page that was asked for comes.
 */
#pragma once
#include "libshared/desk/match.h"
#include "services/api/visit.h"

enum { TRIAL_DAYS = 7 };

struct trial_channel {
	struct match_message place; /* no text, no roles */
	const char *name;
	bool is_forum_post;
	uint64_t before; /* the oldest message read; 0: none yet */
	bool is_done;
};

struct trial_match {
	uint64_t channel, author;
	int64_t at;
};

struct trial {
	struct api *api; /* borrowed */
	struct ra_arena arena;
	uint64_t guild, rule_id;
	int64_t now_ms, since_ms;
	json_t *draft;              /* owned */
	struct ra_http_stream *out; /* NULL: whoever asked has left */
	struct match_rules *rule, *others;
	const char **other_names; /* by place, as their ids below */
	uint64_t *other_ids;
	size_t other_count;
	struct ra_str staff_roles, allowed, denied, silent;
	int64_t merge_ms;
	struct trial_channel *channels;
	size_t channel_count, next, read;
	int64_t expected; /* messages of people, as they were counted */
	int64_t messages, shown, known;
	struct trial_match *found; /* owned */
	size_t found_count, found_cap;
	bool is_cut; /* a bound was met */
};

/* NULL: there are as many as this process bears; `draft` is taken otherwise. */
struct trial *trial_new(const struct visit *visit, json_t *draft);
/* Answers with a stream, and reads until it ends. What is asked for and where is known by then.
 * `t` is gone when that is over. */
void trial_start(struct trial *t, struct ra_http_request *req);
void trial_free(struct trial *t);
