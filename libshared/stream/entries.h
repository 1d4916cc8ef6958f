/*
 * entries: what XREAD answers, decoded. Texts are copied into an arena, since
 * folding waits for the database and Redis's reply does not.
 */
#pragma once
#include "libshared/stream/reading.h"
#include <hiredis/hiredis.h>

struct ra_entry {
	char id[RA_ENTRY_ID_SIZE];
	bool is_event; /* false: not for us (unknown type, malformed); only its id counts */
	struct ra_event event;
};

struct ra_entries {
	struct ra_entry *list; /* owned */
	size_t count, cap;
};

/* Appends the entries of one stream. Malformed ones are counted, logged once, and kept as ids only.
 */
void ra_entries_read(struct ra_entries *entries, struct ra_arena *arena, const redisReply *list);
void ra_entries_clear(struct ra_entries *entries);
void ra_entries_fini(struct ra_entries *entries);

/* One entry as it lies in the reply. 0, or what ra_event_decode said. */
int ra_entries_decode(const redisReply *entry, struct ra_event *event) RA_MUST_CHECK;
/* "ms-n" ids in stream order: negative, 0, positive. */
int ra_entries_compare_ids(const char *a, const char *b);
/* What XINFO STREAM says of a stream. */
struct ra_stream_info {
	const char *last_id, *first_id; /* borrowed from the reply; "0-0": none */
	int64_t length;
	int64_t added; /* entries it ever had */
};

/* All zero when there is no such stream. */
void ra_entries_info(const redisReply *reply, struct ra_stream_info *info);
