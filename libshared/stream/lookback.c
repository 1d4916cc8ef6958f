#include "libshared/stream/lookback.h"
#include <stdio.h>
#include <stdlib.h>

void ra_lookback_clear(struct ra_lookback *lookback)
{
	lookback->marked = lookback->entries = 0;
	lookback->ms = 0;
}

void ra_lookback_pass(struct ra_lookback *lookback, const char *entry_id)
{
	struct ra_lookback_mark *last =
		&lookback->marks[(lookback->marked + RA_LOOKBACK_MARKS - 1) % RA_LOOKBACK_MARKS];
	int64_t before_ms = lookback->ms;
	lookback->ms = strtoll(entry_id, NULL, 10);
	if (lookback->marked == 0 || lookback->entries - last->number >= RA_LOOKBACK_STEP ||
	    lookback->ms - last->ms >= RA_LOOKBACK_STEP_MS) {
		struct ra_lookback_mark *mark =
			&lookback->marks[lookback->marked++ % RA_LOOKBACK_MARKS];
		snprintf(mark->entry_id, sizeof(mark->entry_id), "%s", entry_id);
		mark->ms = lookback->ms;
		mark->before_ms = before_ms;
		mark->number = lookback->entries;
	}
	lookback->entries++;
}

const char *ra_lookback_oldest(const struct ra_lookback *lookback)
{
	size_t kept = lookback->marked < RA_LOOKBACK_MARKS ? lookback->marked : RA_LOOKBACK_MARKS;
	const struct ra_lookback_mark *mark = NULL;
	for (size_t back = 1; back <= kept; back++) {
		mark = &lookback->marks[(lookback->marked - back) % RA_LOOKBACK_MARKS];
		int64_t age_ms = lookback->ms - mark->ms;
		if (lookback->entries - mark->number >= RA_LOOKBACK_ENTRIES &&
		    age_ms >= RA_LOOKBACK_LEAST_MS)
			break;
		if (lookback->ms - mark->before_ms > RA_LOOKBACK_MS)
			break;
	}
	return mark ? mark->entry_id : NULL;
}
