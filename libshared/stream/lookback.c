#include "libshared/stream/lookback.h"
#include <stdio.h>

void ra_lookback_clear(struct ra_lookback *lookback)
{
	lookback->entries = 0;
}

void ra_lookback_pass(struct ra_lookback *lookback, const char *entry_id)
{
	size_t mark = lookback->entries / RA_LOOKBACK_STEP % RA_LOOKBACK_MARKS;
	if (lookback->entries % RA_LOOKBACK_STEP == 0)
		snprintf(lookback->marks[mark], RA_ENTRY_ID_SIZE, "%s", entry_id);
	lookback->entries++;
}

const char *ra_lookback_oldest(const struct ra_lookback *lookback)
{
	if (lookback->entries == 0)
		return NULL;
	size_t newest = (lookback->entries - 1) / RA_LOOKBACK_STEP;
	return lookback->marks[newest < RA_LOOKBACK_MARKS ? 0 : (newest + 1) % RA_LOOKBACK_MARKS];
}
