/*
 * history_read: what Discord's REST API answers about the past, read into a
 * batch. Pure: JSON in, rows out.
 *
 * Discord docs: Get Channel Messages, List Public Archived Threads, List
 * Guild Members.
 */
#pragma once
#include "services/analytics/batch.h"

enum {
	HISTORY_PAGE = 100, /* messages, or threads, asked for at once */
	HISTORY_MEMBERS_PAGE = 1000,
};

/* A stretch of a channel: newer than `after`, older than `before`. */
struct history_span {
	uint64_t guild, channel, after, before;
};

struct history_page {
	size_t count;      /* elements of the list */
	uint64_t oldest;   /* messages: smallest id below `before`; members: the largest id */
	int64_t counted;   /* messages of the span, of any kind */
	int64_t people;    /* those that count as messages of people; members listed */
	int64_t oldest_at; /* threads: when the last of them was archived; messages: the oldest
			      counted */
	bool has_more;     /* threads */
};

/* One of a page of archived threads. */
struct history_thread {
	uint64_t id, newest;
	int64_t archived_at;
};

/* Each fills *page and the batch; RA_EPROTO when the text is not what Discord sends. */

/* Counts the messages of the span and notes their authors' names. */
int history_read_messages(struct ra_str json, const struct history_span *span, struct batch *batch,
			  struct history_page *page) RA_MUST_CHECK;
/* Describes the threads; `threads` (at least HISTORY_PAGE) takes them. */
int history_read_threads(struct ra_str json, uint64_t guild, struct batch *batch,
			 struct history_thread *threads, struct history_page *page) RA_MUST_CHECK;
/* Members who joined before `joined_before`; later ones are told live. */
int history_read_members(struct ra_str json, uint64_t guild, int64_t joined_before,
			 struct batch *batch, struct history_page *page) RA_MUST_CHECK;
