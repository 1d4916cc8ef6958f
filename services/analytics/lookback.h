/*
 * lookback: which entry lies so far behind the position as a consumer reads
 * again after a crash, to know repeats. It goes to "needs:{N.I}", so that
 * nobody trims the stream beyond it. A mark is kept every thousand entries,
 * so it may lie a thousand further back than it has to.
 */
#pragma once
#include <stddef.h>

#define LOOKBACK_ENTRIES 20000 /* read again at most */

#define LOOKBACK_STEP  1000
#define LOOKBACK_MARKS (LOOKBACK_ENTRIES / LOOKBACK_STEP + 2)

#define ENTRY_ID_SIZE 48 /* "ms-n" */

struct lookback {
	char marks[LOOKBACK_MARKS][ENTRY_ID_SIZE]; /* a ring */
	size_t entries;                            /* passed since lookback_clear */
};

void lookback_clear(struct lookback *lookback);
/* The next entry of the stream was folded in, or read again. */
void lookback_pass(struct lookback *lookback, const char *entry_id);
/* The oldest entry that would be read again; NULL when none was passed. Borrowed. */
const char *lookback_oldest(const struct lookback *lookback);
