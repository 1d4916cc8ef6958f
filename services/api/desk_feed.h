/*
 * desk_feed: what response-tracker says of its commits (NOTIFY response), to
 * whoever wants to hear it: orders that wait for their outcome, and the
 * readers of Inbox, as server-sent events.
 *
 *	event     data
 *	anew      {}          read everything: the stream has just begun, or was deaf meanwhile
 *	request   the row     of GET /inbox; what is no longer open, too
 *	gone      {guild, id} nobody keeps it any more
 *
 * A reader hears of the guilds whose desk they may see, as Discord and
 * response.staff said within the last minute.
 */
#pragma once
#include "services/api/visit.h"

struct desk_feed;

struct desk_feed *desk_feed_start(struct api *api, struct ra_err *err);
/* Call when no stream is left. `stopped` comes from the loop when the memory is gone. */
void desk_feed_stop(struct desk_feed *feed, void (*stopped)(void *ctx), void *ctx);
