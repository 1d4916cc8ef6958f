/*
 * handover: while the fleet goes from one number of shards to another, the
 * shards of both plans tell the same events. Those of the old plan are folded
 * first, to the end of their streams; then a stream of the new plan is read
 * from its beginning, and this says of each of its events whether the old
 * plan has told it already.
 *
 * An event is recognised by its identity (identity.h). What happens once is
 * recognised wherever it lies. What may happen again is matched in order: with
 * the oldest telling that does not lie before one that was matched, since
 * Discord tells a guild's events to every session in the same order. The first
 * of a guild, with nothing to go by, is matched with the telling nearest in
 * time: those before it came before the new plan had heard of the guild.
 *
 * Nothing of it is stored: after a crash both are read again, and the same
 * verdicts fall. It lasts until the new stream is ten minutes beyond the end
 * of the old ones (a RESUME may replay that late), then the memory is freed.
 *
 *	read the old streams -> read again what was folded of the new one -> ready
 */
#pragma once
#include "libshared/stream/reading.h"
#include <hiredis/hiredis.h>
#include <uv.h>

struct ra_log;

enum ra_verdict {
	RA_VERDICT_FOLD,
	RA_VERDICT_SKIP,    /* told, and counted */
	RA_VERDICT_HEARSAY, /* describes somebody, from before the old plan's end: what is known
			    since then is better */
};

struct ra_handover;

struct ra_handover_options {
	const char *redis_url; /* borrowed until `done` or handover_free, like stream and log */
	const char *stream;    /* the new one */
	uint32_t shard_count, shard_id;  /* its shard */
	const struct ra_old_stream *old; /* all that were given up, ever */
	size_t old_count;
	const char *from;     /* entry behind which the new stream begins */
	const char *first_id; /* its first entry then */
	const char *position; /* folded in up to here already */
	const struct ra_log *log;
	/* For each event the old streams hold since the new one began, in order. */
	void (*on_old_event)(void *ctx, const struct ra_event *event);
	/* Everything is read; from the loop, once. */
	void (*done)(void *ctx);
	void *ctx;
};

/* NULL when none of the old streams lasted until the new one began: there is nothing to mind. */
struct ra_handover *ra_handover_start(uv_loop_t *loop, const struct ra_handover_options *options);
/* NULLs it, in any state; NULL is fine. */
void ra_handover_free(struct ra_handover **handover);
/* The time up to which all the old streams it minds are folded in. */
int64_t ra_handover_event_at(const struct ra_handover *handover);

/* `is_here`: the guild is available, as far as was folded. Once for each event, in order. */
enum ra_verdict ra_handover_judge(struct ra_handover *handover, const struct ra_event *event,
				  int64_t entry_ms, bool is_here);
/* Nothing of what the new stream tells from that entry on can be of the old plan. */
bool ra_handover_is_over(const struct ra_handover *handover, int64_t entry_ms);
