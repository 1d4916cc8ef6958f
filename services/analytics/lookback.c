#include "services/analytics/lookback.h"
#include <stdio.h>

void lookback_clear(struct lookback *lookback)
{
	lookback->entries = 0;
}

void lookback_pass(struct lookback *lookback, const char *entry_id)
{
	size_t mark = lookback->entries / LOOKBACK_STEP % LOOKBACK_MARKS;
	if (lookback->entries % LOOKBACK_STEP == 0)
		snprintf(lookback->marks[mark], ENTRY_ID_SIZE, "%s", entry_id);
	lookback->entries++;
}

const char *lookback_oldest(const struct lookback *lookback)
{
	if (lookback->entries == 0)
		return NULL;
	size_t newest = (lookback->entries - 1) / LOOKBACK_STEP;
	return lookback->marks[newest < LOOKBACK_MARKS ? 0 : (newest + 1) % LOOKBACK_MARKS];
}
