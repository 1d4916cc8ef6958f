/* session: what a RESUME needs, as Redis holds it in "session:{N.I}". */
#pragma once
#include "services/gateway-ingest/roll.h"

struct session {
	char id[128];         /* Discord's; "" none */
	char resume_url[256]; /* "" none */
	uint64_t seq;         /* last dispatch */
	uint64_t parts;       /* events made under that number so far */
	int64_t alive_at;     /* ms; when the shard was last known connected; 0 never */
	int64_t began_at;     /* ms, our clock; READY; 0 not known */
	struct roll_count guilds;
	int64_t intents;  /* it was begun with; 0 not known */
	int64_t withheld; /* and those it should have been, but Discord disallowed them */
};

static inline bool session_exists(const struct session *s)
{
	return s->id[0] != '\0';
}

/* The same place in the same session. */
static inline bool session_is_at(const struct session *a, const struct session *b)
{
	return strcmp(a->id, b->id) == 0 && a->seq == b->seq && a->parts == b->parts;
}
