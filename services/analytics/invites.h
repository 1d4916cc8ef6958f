/*
 * invites: by which invite somebody came. Discord does not say, so after a
 * join the guild's invites are listed and compared with the list before
 * (analytics.explain_joins); what they do not explain stays unknown.
 *
 *	pick a guild -> list its invites -> has it an address of its own? -> its uses
 *	     -> explain its joins -> the next one
 *
 * The address (discord.gg/<name>) is not among the invites; it is compared as one
 * more. Whether a guild may have one is asked at most once an hour.
 *
 * Folding never waits for this: a join is counted first and explained later,
 * in a transaction of its own. Nothing is known but what the tables say, so a
 * crash costs a request.
 */
#pragma once
#include "libshared/discord/rest.h"
#include "libshared/loop/service.h"
#include "libshared/stream/streams.h"

struct invites;

/* NULL without `rest`. Both are borrowed; calls in flight end with `rest`. */
struct invites *invites_start(struct ra_service *service, struct ra_streams *streams,
			      struct ra_rest *rest);
void invites_stop(struct invites *invites);
/* When the loop has run dry. */
void invites_free(struct invites **invites);
