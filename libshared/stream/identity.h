/*
 * identity: what makes an event the same event, told by another Discord
 * session: its type and its natural ids, neither the time it arrived nor
 * session, seq and part.
 */
#pragma once
#include "proto/events.h"

enum ra_identity_kind {
	/* Part of something else: what a snapshot lists, member_seen, the shard's own. */
	RA_IDENTITY_NONE,
	/* Happens once: a message, its deletion, one edit of it. */
	RA_IDENTITY_UNIQUE,
	/* May happen again: a reaction taken back and given anew, somebody who leaves twice. */
	RA_IDENTITY_REPEATABLE,
	/* How somebody is: told when it changes, and when somebody asks. */
	RA_IDENTITY_DESCRIPTION,
};

/* Fills *identity, a hash, unless the kind is RA_IDENTITY_NONE. */
enum ra_identity_kind ra_event_identity(const struct ra_event *event, uint64_t *identity);
