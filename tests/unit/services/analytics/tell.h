/* tell: an event as the reader hands it to a fold: once, and at a time that can be. */
#pragma once
#include "libshared/stream/reader.h"
#include "services/analytics/fold.h"

static void tell_fold(void *fold, const struct ra_event *event, bool is_hearsay)
{
	fold_event(fold, event, is_hearsay);
}

static inline bool tell_event(struct fold *fold, const struct ra_event *event)
{
	static const struct ra_reader_ops ops = { .event = tell_fold };
	fold_wants(fold, event);
	return ra_reading_take(fold->reading, event, &ops, fold) != RA_NOT_TAKEN;
}
