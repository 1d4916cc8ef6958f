/*
 * interaction: somebody used a command of ours. What gateway-ingest hands to
 * whichever service answers it.
 *
 * It holds the token that answers, good for 15 minutes, so it does not lie
 * among the events for every reader: it has a stream of its own beside them,
 * "interactions:{N.I}", written in the same MULTI, short, gone after a minute
 * of silence. Who answers reads it in a consumer group and deletes what is
 * answered. https://discord.com/developers/docs/interactions/receiving-and-responding
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include <stdio.h>

#define RA_INTERACTIONS_KEPT      1000  /* entries in a stream, answered or not */
#define RA_INTERACTIONS_KEPT_MS   60000 /* after the newest, the stream goes */
#define RA_INTERACTION_COMMAND    2     /* its kind */
#define RA_INTERACTION_BUTTON     3
#define RA_INTERACTION_ON_MESSAGE 3 /* its command_kind: of the menu of a message */
#define RA_INTERACTION_KEY_MAX    48

/* Texts are borrowed from where it was read. */
struct ra_interaction {
	uint64_t id, application_id;
	uint64_t guild, channel, user; /* guild 0: a direct message */
	uint64_t parent;               /* the channel of the thread it is in; 0: it is none */
	int64_t kind;
	int64_t command_kind;   /* 1 slash, 2 of a user's menu, 3 of a message's */
	uint64_t target;        /* of a menu: what it was opened on */
	uint64_t target_author; /* of that message; 0: nobody, or no person */
	int64_t at;             /* ms, gateway-ingest's clock: when it came in */
	int64_t permissions;    /* of the user, in that channel; bits */
	struct ra_str token;
	struct ra_str name;        /* of the command; custom_id of a component */
	struct ra_str options;     /* a JSON array as Discord sent it, or empty */
	struct ra_str target_text; /* of that message */
	struct ra_str roles;       /* of the user; IDS */
	struct ra_str locale, guild_locale;
	struct ra_str traceparent; /* of its way through our services, to be logged */
};

static inline void ra_interaction_key(char key[RA_INTERACTION_KEY_MAX], unsigned shards,
				      unsigned shard)
{
	snprintf(key, RA_INTERACTION_KEY_MAX, "interactions:{%u.%u}", shards, shard);
}

/* As RESP words, field and value in turn, ready to follow "XADD key *". Returns how many words. */
size_t ra_interaction_encode(const struct ra_interaction *interaction, struct ra_buf *resp_words);
/* RA_EINVAL: it has no id or no token. Unknown fields are skipped. */
int ra_interaction_decode(struct ra_interaction *interaction, const struct ra_str *words,
			  size_t count) RA_MUST_CHECK;
