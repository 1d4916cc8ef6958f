/*
 * events: what flows from gateway-ingest to everybody else. An event is a
 * flat record and a Redis stream entry is a flat record, so an event is an
 * entry, field by field (design, section 3). The list is proto/events.def.
 *
 * Keys: stream "events:{N.I}", session "session:{N.I}" for shard I of N; the
 * set "shards" holds every "N.I" that ever published.
 */
#pragma once
#include "libshared/base/arena.h"
#include "libshared/base/buf.h"
#include "libshared/base/err.h"

enum ra_event_type {
	RA_EVENT_UNKNOWN,
#define EVENT(name, help) RA_EV_##name,
#include "proto/events.def"
	RA_EVENT_TYPES,
};

/* clang-format off */
/* struct ra_ev_message_created and so on: what an event has beyond the common fields. */
#define EVENT(name, help) struct ra_ev_##name { char no_field_;
#define ID(name, help)    uint64_t name;
#define INT(name, help)   int64_t name;
#define TIME(name, help)  int64_t name;
#define FLAG(name, help)  bool name;
#define TEXT(name, help)  struct ra_str name;
#define IDS(name, help)   struct ra_str name;
#define END               };
#include "proto/events.def"
/* clang-format on */

/* One event. Texts are borrowed from where it was read. */
struct ra_event {
	enum ra_event_type type;
	struct ra_str session; /* Discord session id */
	uint64_t seq;          /* of the dispatch it came from */
	uint64_t part;         /* its place among the events of that dispatch, from 0 */
	int64_t at;     /* ms since the epoch: Discord's time where it gives one, else arrival */
	uint64_t guild; /* 0 for the shard's own */
	union {
#define EVENT(name, help) struct ra_ev_##name name;
#include "proto/events.def"
	};
};

const char *ra_event_name(enum ra_event_type type);

/* The event as RESP words, field and value in turn, ready to follow "XADD key *". Returns how many
 * words. */
size_t ra_event_encode(const struct ra_event *event, struct ra_buf *resp_words);

/* Fills *event from `count` words (field, value, field, value ...); texts are borrowed from them.
 * RA_ENOTFOUND: a type this build does not know, skip it. RA_EINVAL: not an event. Unknown fields
 * are skipped; their number is added to *unknown (may be NULL). */
int ra_event_decode(struct ra_event *event, const struct ra_str *words, size_t count,
		    uint64_t *unknown) RA_MUST_CHECK;

/* Walks an IDS field: `for (struct ra_str rest = ids; (id = ra_ids_next(&rest)) != 0;)`. */
uint64_t ra_ids_next(struct ra_str *rest);

/* Order within a session: negative, 0, positive as `a` came before, is the same as, or came after
 * `b`. */
static inline int ra_event_order(uint64_t a_seq, uint64_t a_part, uint64_t b_seq, uint64_t b_part)
{
	if (a_seq != b_seq)
		return a_seq < b_seq ? -1 : 1;
	return a_part < b_part ? -1 : a_part > b_part;
}
