/*
 * seen: which names have been sent. A fixed table of fingerprints of (guild,
 * user, names): a collision only means that names are sent once more, so it
 * needs neither chains nor eviction.
 */
#pragma once
#include "services/gateway-ingest/objects.h"

struct seen;

struct seen *seen_new(void);
void seen_free(struct seen **seen);
/* true the first time, and whenever a name, the avatar or the join time changed. */
bool seen_is_news(struct seen *seen, uint64_t guild, const struct user *user,
		  const struct member *member);
/* Forgets everything: what was sent may have been lost. */
void seen_clear(struct seen *seen);
