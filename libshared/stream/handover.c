#include "libshared/stream/handover.h"
#include "libshared/base/log.h"
#include "libshared/base/table.h"
#include "libshared/discord/snowflake.h"
#include "libshared/stream/entries.h"
#include "libshared/stream/identity.h"
#include "libshared/stream/walk.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	/* One plan may be behind the other: what the old one told before the new one's READY may
	 * have been told to both. */
	BEFORE_MS = 60 * 1000,
	LAG_MS = 60 * 1000, /* of one plan behind the other */
	AFTER_MS = 10 * 60 * 1000,
};

#define NONE UINT32_MAX

/* An event of the old plan not matched yet. Its number is its place in the order. */
struct telling {
	int64_t at;
	uint32_t next; /* of the same identity; NONE */
};

/* Tellings of one identity, oldest first. */
struct queue {
	uint64_t identity;
	/* key above */
	uint32_t first, last; /* + 1; 0: none */
};

struct told_guild {
	uint64_t guild;
	/* key above */
	uint32_t mark;    /* tellings before this number can not come any more */
	bool is_skipping; /* a snapshot that is no news */
};

struct ra_handover {
	uv_loop_t *loop;
	struct ra_handover_options options;
	char from[48], position[48];
	struct ra_old_stream *old; /* owned; those that lasted until the new one began */
	size_t old_count, reading;
	int64_t first_ms, over_ms;
	struct ra_walk *walk;     /* owned */
	struct telling *tellings; /* owned */
	uint32_t count, cap;
	struct ra_table queues, guilds;
	/* The newest event of the stream being read. */
	char session[128];
	uint64_t seq, part;
};

/* --- what the old plan told --------------------------------------------------- */

static uint32_t add_telling(struct ra_handover *h, int64_t at)
{
	if (h->count == h->cap) {
		h->cap = h->cap ? 2 * h->cap : 1024;
		h->tellings = ra_realloc(h->tellings, h->cap * sizeof(*h->tellings));
	}
	h->tellings[h->count] = (struct telling){ .at = at, .next = NONE };
	return h->count++;
}

static void note_told(struct ra_handover *h, const struct ra_event *event)
{
	uint64_t identity;
	if (ra_event_identity(event, &identity) == RA_IDENTITY_NONE)
		return;
	uint32_t number = add_telling(h, event->at);
	bool is_new;
	struct queue *queue = ra_table_row(&h->queues, &identity, &is_new);
	if (queue->first == 0)
		queue->first = number + 1;
	else
		h->tellings[queue->last - 1].next = number;
	queue->last = number + 1;
}

/* --- is it the same? ------------------------------------------------------------ */

static void take_first(struct ra_handover *h, struct queue *queue)
{
	uint32_t next = h->tellings[queue->first - 1].next;
	queue->first = next == NONE ? 0 : next + 1;
}

/* Of a guild of which nothing was matched yet: what came before the new plan heard of the guild is
 * not told again. So it is the telling nearest in time, and that must be near. */
static bool skip_to_nearest(struct ra_handover *h, struct queue *queue, int64_t at)
{
	uint32_t nearest = 0;
	int64_t nearest_ms = LAG_MS;
	for (uint32_t n = queue->first; n != 0;) {
		const struct telling *telling = &h->tellings[n - 1];
		int64_t apart = telling->at > at ? telling->at - at : at - telling->at;
		if (apart <= nearest_ms) {
			nearest = n;
			nearest_ms = apart;
		}
		n = telling->next == NONE ? 0 : telling->next + 1;
	}
	while (nearest != 0 && queue->first != nearest)
		take_first(h, queue);
	return nearest != 0;
}

static bool skip_to_mark(struct ra_handover *h, struct queue *queue, uint32_t mark)
{
	while (queue->first != 0 && queue->first - 1 < mark)
		take_first(h, queue);
	return queue->first != 0;
}

static bool was_told(struct ra_handover *h, const struct ra_event *event, struct told_guild *guild)
{
	uint64_t identity;
	enum ra_identity_kind kind = ra_event_identity(event, &identity);
	struct queue *queue =
		kind == RA_IDENTITY_NONE ? NULL : ra_table_find(&h->queues, &identity);
	if (!queue || queue->first == 0)
		return false;
	if (kind != RA_IDENTITY_UNIQUE && !(guild->mark ? skip_to_mark(h, queue, guild->mark)
							: skip_to_nearest(h, queue, event->at)))
		return false;
	if (kind != RA_IDENTITY_DESCRIPTION && queue->first > guild->mark)
		guild->mark = queue->first; /* behind it, that is */
	take_first(h, queue);
	return true;
}

/* Did the old plan see the guild go after what is told now? */
static bool will_go(const struct ra_handover *h, const struct ra_event *available)
{
	const enum ra_event_type ways[] = { RA_EV_guild_unavailable, RA_EV_guild_removed };
	for (size_t i = 0; i < RA_COUNT(ways); i++) {
		struct ra_event going = { .type = ways[i], .guild = available->guild };
		uint64_t identity;
		ra_event_identity(&going, &identity);
		const struct queue *queue = ra_table_find(&h->queues, &identity);
		for (uint32_t n = queue ? queue->first : 0; n != 0;) {
			const struct telling *telling = &h->tellings[n - 1];
			if (telling->at > available->at)
				return true;
			n = telling->next == NONE ? 0 : telling->next + 1;
		}
	}
	return false;
}

static int64_t ms_of(const char *entry_id)
{
	return (int64_t)strtoull(entry_id, NULL, 10);
}

/* When the stream of the old plan that served the guild ended. */
static int64_t end_of(const struct ra_handover *h, uint64_t guild)
{
	int64_t end_ms = 0;
	for (size_t i = 0; i < h->old_count; i++) {
		const struct ra_old_stream *old = &h->old[i];
		if (ra_shard_of(guild, old->shard_count) == old->shard_id &&
		    ms_of(old->last_id) > end_ms)
			end_ms = ms_of(old->last_id);
	}
	return end_ms;
}

static bool is_of_snapshot(const struct ra_event *event)
{
	switch (event->type) {
	case RA_EV_guild_available:
	case RA_EV_guild_synced: return true;
	case RA_EV_channel_upserted: return event->channel_upserted.snapshot;
	case RA_EV_role_upserted: return event->role_upserted.snapshot;
	case RA_EV_member_updated: return event->member_updated.snapshot;
	case RA_EV_voice_state_changed: return event->voice_state_changed.snapshot;
	case RA_EV_scheduled_event_changed: return event->scheduled_event_changed.snapshot;
	default: return false;
	}
}

static enum ra_verdict judge_snapshot(struct ra_handover *h, struct told_guild *guild,
				      const struct ra_event *event, int64_t entry_ms, bool is_here)
{
	if (event->type == RA_EV_guild_available)
		guild->is_skipping =
			entry_ms <= end_of(h, event->guild) && (is_here || will_go(h, event));
	enum ra_verdict verdict = guild->is_skipping ? RA_VERDICT_SKIP : RA_VERDICT_FOLD;
	if (event->type == RA_EV_guild_synced)
		guild->is_skipping = false;
	return verdict;
}

enum ra_verdict ra_handover_judge(struct ra_handover *h, const struct ra_event *event,
				  int64_t entry_ms, bool is_here)
{
	if (event->guild == 0 || ra_handover_is_over(h, entry_ms))
		return RA_VERDICT_FOLD;
	struct told_guild *guild = ra_table_row(&h->guilds, &event->guild, NULL);
	if (is_of_snapshot(event))
		return judge_snapshot(h, guild, event, entry_ms, is_here);
	if (was_told(h, event, guild))
		return RA_VERDICT_SKIP;
	/* Names come along with what their owners do, which the old plan may have told, too. */
	int64_t lag_ms = event->type == RA_EV_member_seen ? LAG_MS : 0;
	bool describes = event->type == RA_EV_member_seen || event->type == RA_EV_member_updated;
	bool is_old = entry_ms <= end_of(h, event->guild) + lag_ms;
	return describes && is_old ? RA_VERDICT_HEARSAY : RA_VERDICT_FOLD;
}

bool ra_handover_is_over(const struct ra_handover *h, int64_t entry_ms)
{
	return entry_ms > h->over_ms;
}

int64_t ra_handover_event_at(const struct ra_handover *h)
{
	int64_t event_at = h->old[0].event_at;
	for (size_t i = 1; i < h->old_count; i++)
		event_at = h->old[i].event_at < event_at ? h->old[i].event_at : event_at;
	return event_at;
}

/* --- reading --------------------------------------------------------------------- */

/* The entry's event, unless it is none, or Discord replayed it: then it was not folded twice, and
 * is not judged twice. */
static bool read_event(struct ra_handover *h, const redisReply *entry, struct ra_event *event)
{
	if (ra_entries_decode(entry, event) < 0)
		return false;
	if (ra_str_is(event->session, h->session) &&
	    ra_event_order(event->seq, event->part, h->seq, h->part) <= 0)
		return false;
	snprintf(h->session, sizeof(h->session), "%.*s", (int)event->session.len,
		 event->session.ptr);
	h->seq = event->seq;
	h->part = event->part;
	return true;
}

static void on_old_entry(void *ctx, const redisReply *entry)
{
	struct ra_handover *h = ctx;
	struct ra_event event;
	if (!read_event(h, entry, &event) || event.guild == 0 ||
	    ra_shard_of(event.guild, h->options.shard_count) != h->options.shard_id)
		return;
	note_told(h, &event);
	h->options.on_old_event(h->options.ctx, &event);
}

/* What was folded already: only so that it is not matched again. */
static void on_own_entry(void *ctx, const redisReply *entry)
{
	struct ra_handover *h = ctx;
	struct ra_event event;
	if (read_event(h, entry, &event))
		ra_handover_judge(h, &event, ms_of(entry->element[0]->str), true);
}

static void read_next(struct ra_handover *h);

static void on_read(void *ctx)
{
	struct ra_handover *h = ctx;
	h->walk = NULL;
	h->reading++;
	read_next(h);
}

static void read_next(struct ra_handover *h)
{
	static const struct ra_walk_ops old_ops = { .on_entry = on_old_entry, .on_end = on_read };
	static const struct ra_walk_ops own_ops = { .on_entry = on_own_entry, .on_end = on_read };
	const struct ra_handover_options *o = &h->options;
	if (h->reading < h->old_count) {
		const struct ra_old_stream *old = &h->old[h->reading];
		char after[48];
		snprintf(after, sizeof(after), "%lld-0", (long long)(h->first_ms - BEFORE_MS));
		h->walk = ra_walk_start(h->loop, o->redis_url, old->name, after, old->last_id,
					o->log, &old_ops, h);
	} else if (h->reading == h->old_count && ra_entries_compare_ids(h->position, h->from) > 0) {
		h->walk = ra_walk_start(h->loop, o->redis_url, o->stream, h->from, h->position,
					o->log, &own_ops, h);
	} else {
		ra_info(o->log, "stream takes over from another plan",
			ra_f_u64("old_streams", h->old_count), ra_f_u64("events_told", h->count));
		o->done(o->ctx);
	}
}

/* By their ends: of two that served a guild one after the other, the first comes first. */
static int by_end(const void *a, const void *b)
{
	const struct ra_old_stream *x = a, *y = b;
	int order = ra_entries_compare_ids(x->last_id, y->last_id);
	return order ? order : strcmp(x->name, y->name);
}

struct ra_handover *ra_handover_start(uv_loop_t *loop, const struct ra_handover_options *options)
{
	struct ra_handover *h = ra_new(struct ra_handover);
	*h = (struct ra_handover){
		.loop = loop,
		.options = *options,
		.first_ms = ms_of(options->first_id),
		.queues = RA_TABLE_OF(struct queue, uint64_t),
		.guilds = RA_TABLE_OF(struct told_guild, uint64_t),
	};
	snprintf(h->from, sizeof(h->from), "%s", options->from);
	snprintf(h->position, sizeof(h->position), "%s", options->position);
	h->old = ra_alloc((options->old_count + 1) * sizeof(*h->old));
	for (size_t i = 0; i < options->old_count; i++) {
		int64_t end_ms = ms_of(options->old[i].last_id);
		if (end_ms < h->first_ms || options->old[i].shard_count == options->shard_count)
			continue; /* over before we began, or of our own plan */
		h->old[h->old_count++] = options->old[i];
		if (end_ms + AFTER_MS > h->over_ms)
			h->over_ms = end_ms + AFTER_MS;
	}
	if (h->old_count == 0) {
		ra_handover_free(&h);
		return NULL;
	}
	qsort(h->old, h->old_count, sizeof(*h->old), by_end);
	read_next(h);
	return h;
}

void ra_handover_free(struct ra_handover **handover)
{
	struct ra_handover *h = *handover;
	*handover = NULL;
	if (!h)
		return;
	ra_walk_cancel(&h->walk);
	ra_table_fini(&h->queues);
	ra_table_fini(&h->guilds);
	ra_free(h->tellings);
	ra_free(h->old);
	ra_free(h);
}
