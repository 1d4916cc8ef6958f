/*
 * entries: what XREAD answers, decoded. Texts are copied into an arena, since
 * folding waits for the database and Redis's reply does not.
 */
#pragma once
#include "proto/events.h"
#include <hiredis/hiredis.h>

struct entry {
	char id[48];
	bool is_event; /* false: not for us (unknown type, malformed); only its id counts */
	struct ra_event event;
};

struct entries {
	struct entry *list; /* owned */
	size_t count, cap;
};

/* Appends the entries of one stream. Malformed ones are counted, logged once, and kept as ids only.
 */
void entries_read(struct entries *entries, struct ra_arena *arena, const redisReply *list);
void entries_clear(struct entries *entries);
void entries_fini(struct entries *entries);

/* One entry as it lies in the reply. 0, or what ra_event_decode said. */
int entries_decode(const redisReply *entry, struct ra_event *event) RA_MUST_CHECK;
/* "ms-n" ids in stream order: negative, 0, positive. */
int entries_compare_ids(const char *a, const char *b);
/* What XINFO STREAM says of a stream. */
struct stream_info {
	const char *last_id, *first_id; /* borrowed from the reply; "0-0": none */
	int64_t length;
	int64_t added; /* entries it ever had */
};

/* All zero when there is no such stream. */
void entries_info(const redisReply *reply, struct stream_info *info);
