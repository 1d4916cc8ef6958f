/*
 * lookback: which entry lies so far behind the position as a reader reads
 * again after a crash, to know repeats: 20,000 entries and two minutes, or a
 * day where these are fewer. Two minutes, since another plan of shards may
 * just have begun to tell the same (handover.h). It goes to "needs:{N.I}", so
 * that nobody trims the stream beyond it, and what is older may go. A mark is
 * kept every thousand entries and every hour, so it may lie that much further
 * back than it has to.
 */
#pragma once
#include "libshared/stream/reading.h"

#define RA_LOOKBACK_ENTRIES  20000 /* read again at most, by the reader itself */
#define RA_LOOKBACK_LEAST_MS (120LL * 1000)
#define RA_LOOKBACK_MS       (24LL * 3600 * 1000)

#define RA_LOOKBACK_STEP    1000
#define RA_LOOKBACK_STEP_MS (3600LL * 1000)
/* Enough for two minutes at 2,000 events a second. */
#define RA_LOOKBACK_MARKS 256

struct ra_lookback {
	struct ra_lookback_mark {
		char entry_id[RA_ENTRY_ID_SIZE];
		int64_t ms, before_ms; /* of the entry, and of the one before it */
		size_t number;         /* among those passed */
	} marks[RA_LOOKBACK_MARKS];    /* a ring */
	size_t marked;                 /* since ra_lookback_clear */
	size_t entries;                /* passed since then */
	int64_t ms;                    /* of the newest */
};

void ra_lookback_clear(struct ra_lookback *lookback);
/* The next entry of the stream was folded in, or read again. */
void ra_lookback_pass(struct ra_lookback *lookback, const char *entry_id);
/* The oldest entry that would be read again; NULL when none was passed. Borrowed. */
const char *ra_lookback_oldest(const struct ra_lookback *lookback);
