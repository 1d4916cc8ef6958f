/*
 * normalise: turns a dispatch into the events it stands for (proto/events.def).
 *
 *	normalise.c          dispatch name -> handler
 *	normalise_guild.c    guilds, snapshots, channels, threads, roles
 *	normalise_member.c   members, voice, presence, bans
 *	normalise_message.c  messages, reactions, invites, the rest
 *
 * What is counted comes first, names (member_seen) last: a replay by a
 * process that has sent the names already still numbers the counted events
 * alike (struct ra_event, part), and readers tell by that number what they
 * have had.
 */
#pragma once
#include "libshared/base/log.h"
#include "proto/events.h"
#include "services/gateway-ingest/id_set.h"
#include "services/gateway-ingest/objects.h"
#include "services/gateway-ingest/seen.h"

struct normaliser;

struct dispatch {
	struct ra_str type; /* "MESSAGE_CREATE" */
	struct ra_str d;    /* JSON */
	int64_t at;         /* when it was sent or came in, ms */
};

/* An event is complete but for session, seq and part. Its texts live until you return. */
typedef void (*event_cb)(void *ctx, struct ra_event *event);

/* All but `emit` is borrowed. `wants_text`: the guilds whose messages are told with their text;
 * NULL: none. */
struct normaliser *normaliser_new(struct seen *seen, const struct id_set *wants_text,
				  const struct ra_log *log, event_cb emit, void *ctx);
void normaliser_free(struct normaliser **normaliser);

/* A new Discord session: these guilds will be announced, they are not news. `guilds` is READY's
 * array. Those that were there before and are not in it were left meanwhile: guild_removed, at
 * `at`. */
void normaliser_begin(struct normaliser *n, struct ra_str guilds, int64_t at);

/* Calls `emit` for each event. 0, also for dispatches we do not know or have no use for; RA_EINVAL
 * when it is not what it says: forget what was emitted. Counted and, once a type, logged. */
int normalise(struct normaliser *n, const struct dispatch *dispatch) RA_MUST_CHECK;

/* Adds what was received since the last call to the metrics. */
void normaliser_report(struct normaliser *n);
