#include "libshared/desk/hours.h"

struct hours hours_count(struct hours_span *list, size_t count)
{
	int64_t open_ms = 0;
	for (size_t i = 0; i < count; i++) {
		list[i].before_ms = open_ms;
		open_ms += list[i].to_ms - list[i].from_ms;
	}
	return (struct hours){ list, count };
}

/* How many spans begin at or before `at_ms`. */
static size_t begun(const struct hours *hours, int64_t at_ms)
{
	size_t least = 0, most = hours->count;
	while (least < most) {
		size_t middle = least + (most - least) / 2;
		if (hours->list[middle].from_ms <= at_ms)
			least = middle + 1;
		else
			most = middle;
	}
	return least;
}

/* What was open before `at_ms`. */
static int64_t open_until(const struct hours *hours, int64_t at_ms)
{
	size_t n = begun(hours, at_ms);
	if (n == 0)
		return 0;
	const struct hours_span *last = &hours->list[n - 1];
	return last->before_ms + (at_ms < last->to_ms ? at_ms : last->to_ms) - last->from_ms;
}

int64_t hours_between(const struct hours *hours, int64_t from_ms, int64_t to_ms)
{
	return from_ms < to_ms ? open_until(hours, to_ms) - open_until(hours, from_ms) : 0;
}

int64_t hours_next_opening(const struct hours *hours, int64_t at_ms)
{
	size_t n = begun(hours, at_ms);
	if (n > 0 && at_ms < hours->list[n - 1].to_ms)
		return at_ms;
	return n < hours->count ? hours->list[n].from_ms : HOURS_NEVER;
}

int64_t hours_after(const struct hours *hours, int64_t from_ms, int64_t open_ms)
{
	int64_t wanted = open_until(hours, from_ms) + open_ms;
	size_t least = 0, most = hours->count; /* the span in which that much is reached */
	while (least < most) {
		size_t middle = least + (most - least) / 2;
		const struct hours_span *span = &hours->list[middle];
		if (span->before_ms + span->to_ms - span->from_ms < wanted)
			least = middle + 1;
		else
			most = middle;
	}
	if (open_ms <= 0)
		return from_ms;
	if (least == hours->count)
		return HOURS_NEVER;
	return hours->list[least].from_ms + wanted - hours->list[least].before_ms;
}
