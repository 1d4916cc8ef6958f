/* tally: see tally.h. */
#include "services/api/tally.h"

static size_t slot_of(const struct tally *tally, int64_t unit)
{
	return (size_t)unit % tally->size;
}

/* Empties the slots between the newest unit and `unit`, which becomes the newest. */
static void advance(struct tally *tally, int64_t unit)
{
	int64_t from = unit - (int64_t)tally->size;
	for (int64_t u = tally->newest > from ? tally->newest : from; u < unit;)
		tally->counts[slot_of(tally, ++u)] = 0;
	tally->newest = unit;
}

static bool is_remembered(const struct tally *tally, int64_t unit)
{
	return unit > 0 && unit <= tally->newest && unit > tally->newest - (int64_t)tally->size;
}

void tally_add(struct tally *tally, int64_t unit)
{
	if (unit > tally->newest)
		advance(tally, unit);
	if (is_remembered(tally, unit))
		tally->counts[slot_of(tally, unit)]++;
}

uint32_t tally_at(const struct tally *tally, int64_t unit)
{
	return is_remembered(tally, unit) ? tally->counts[slot_of(tally, unit)] : 0;
}

uint32_t tally_sum(const struct tally *tally, int64_t unit)
{
	uint32_t sum = 0;
	for (int64_t u = unit - (int64_t)tally->size + 1; u <= unit; u++)
		sum += tally_at(tally, u);
	return sum;
}
