/*
 * reading: how far a stream was read, and which of the events that come next
 * count. An event counts once: not when its (session, seq, part) was folded in
 * before, not when the shards of the plan before have told it already
 * (handover.h). Pure: no I/O, no clock.
 */
#pragma once
#include "proto/events.h"

#define RA_ENTRY_ID_SIZE 48 /* "ms-n" */

/* How far a stream is folded in; what <name>.position holds. */
struct ra_position {
	char entry_id[RA_ENTRY_ID_SIZE];
	char session[72]; /* "": nothing was read yet */
	uint64_t seq, part;
	int64_t event_at; /* the stream's clock: newest event, or tick */
	int64_t entries;  /* the entry's number among all the stream ever had; -1 not known */
	char handover_from[RA_ENTRY_ID_SIZE]; /* see handover.h; "" none */
	bool is_finished;    /* given up for those of another plan, and folded to the end */
	int64_t restored_at; /* ms; when a restore put us here, and nothing was folded since; or 0
			      */
};

/* Another stream, folded to its end. */
struct ra_old_stream {
	char name[48]; /* "events:{N.I}" */
	uint32_t shard_count, shard_id;
	char last_id[RA_ENTRY_ID_SIZE];
	int64_t event_at; /* of its newest event */
};

struct ra_reading {
	uint32_t shard_id, shard_count;
	struct ra_position position;
	struct ra_old_stream *old; /* owned; all of them */
	size_t old_count;
	struct ra_handover *handover; /* owned; NULL: none */
	/* Of the entry that is being folded: */
	int64_t entry_ms;      /* when it was added to the stream; 0 unknown */
	bool is_cut_off;       /* entries before it were discarded unread */
	uint64_t lost_entries; /* how many */
};

struct ra_reader_ops;

void ra_reading_init(struct ra_reading *reading, uint32_t shard_id, uint32_t shard_count);
void ra_reading_fini(struct ra_reading *reading);

/* Was it, or one behind it in the same Discord session, folded in? */
bool ra_reading_has_seen(const struct ra_reading *reading, const struct ra_event *event);
/* Is it of the same Discord session, and beyond all of it that was folded in? */
bool ra_reading_is_ahead(const struct ra_reading *reading, const struct ra_event *event);
/* The stream's clock goes on; never back. */
void ra_reading_pass_time(struct ra_reading *reading, int64_t at);

enum ra_taken {
	RA_TAKEN,
	RA_TAKEN_HEARSAY, /* folded in as such */
	RA_NOT_TAKEN,     /* counted before */
};

/* Folds one event by ops->event, unless it counted before. */
enum ra_taken ra_reading_take(struct ra_reading *reading, const struct ra_event *event,
			      const struct ra_reader_ops *ops, void *fold);
