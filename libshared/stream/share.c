#include "libshared/stream/share.h"

bool ra_share_is_left(const struct ra_share_plan *plan, uint32_t shard_count)
{
	return plan->count != 0 && shard_count != plan->count && shard_count != plan->next;
}

bool ra_share_needs_order(const struct ra_share_plan *plan, const struct ra_share_stream *streams,
			  size_t count)
{
	uint32_t left = 0;
	for (size_t i = 0; i < count; i++) {
		const struct ra_share_stream *s = &streams[i];
		if (s->is_finished || !ra_share_is_left(plan, s->shard_count))
			continue;
		if (left != 0 && left != s->shard_count)
			return true;
		left = s->shard_count;
	}
	return false;
}

/* When the plan of the stream began, as far as known. */
static int64_t began_ms(const struct ra_share_stream *streams, size_t count, uint32_t shard_count)
{
	int64_t first_ms = 0;
	for (size_t i = 0; i < count; i++) {
		const struct ra_share_stream *s = &streams[i];
		if (s->shard_count == shard_count && s->first_ms != 0 &&
		    (first_ms == 0 || s->first_ms < first_ms))
			first_ms = s->first_ms;
	}
	return first_ms;
}

static bool is_before(const struct ra_share_stream *streams, size_t count,
		      const struct ra_share_stream *a, const struct ra_share_stream *b)
{
	int64_t a_ms = began_ms(streams, count, a->shard_count);
	int64_t b_ms = began_ms(streams, count, b->shard_count);
	return a_ms != 0 && b_ms != 0 && a_ms < b_ms;
}

bool ra_share_may_read(const struct ra_share_plan *plan, const struct ra_share_stream *streams,
		       size_t count, size_t which)
{
	const struct ra_share_stream *s = &streams[which];
	bool is_left = ra_share_is_left(plan, s->shard_count);
	if (is_left && s->is_finished)
		return false;
	if (plan->count == 0)
		return true;
	for (size_t i = 0; i < count; i++) {
		const struct ra_share_stream *other = &streams[i];
		if (other->is_finished || other->shard_count == s->shard_count)
			continue;
		bool is_other_left = ra_share_is_left(plan, other->shard_count);
		if (!is_left && is_other_left)
			return false;
		if (s->shard_count == plan->next && other->shard_count == plan->count)
			return false;
		if (is_left && is_other_left && !is_before(streams, count, s, other))
			return false;
	}
	return true;
}

size_t ra_share_of(size_t wanted, size_t replicas, size_t rank)
{
	return replicas == 0 ? wanted : wanted / replicas + (rank < wanted % replicas);
}
