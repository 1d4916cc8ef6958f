/*
 * lookback: which entry lies so far behind the position as a reader reads
 * again after a crash, to know repeats. It goes to "needs:{N.I}", so that
 * nobody trims the stream beyond it. A mark is kept every thousand entries,
 * so it may lie a thousand further back than it has to.
 */
#pragma once
#include "libshared/stream/reading.h"

#define RA_LOOKBACK_ENTRIES 20000 /* read again at most */

#define RA_LOOKBACK_STEP  1000
#define RA_LOOKBACK_MARKS (RA_LOOKBACK_ENTRIES / RA_LOOKBACK_STEP + 2)

struct ra_lookback {
	char marks[RA_LOOKBACK_MARKS][RA_ENTRY_ID_SIZE]; /* a ring */
	size_t entries;                                  /* passed since lookback_clear */
};

void ra_lookback_clear(struct ra_lookback *lookback);
/* The next entry of the stream was folded in, or read again. */
void ra_lookback_pass(struct ra_lookback *lookback, const char *entry_id);
/* The oldest entry that would be read again; NULL when none was passed. Borrowed. */
const char *ra_lookback_oldest(const struct ra_lookback *lookback);
