/*
 * online: how many members of a guild are online, where the guild opted in to
 * presence. Discord counts them and tells the number alone, roughly, without
 * saying who; so nothing of anybody is kept, and no intent is needed.
 *
 *	pick a guild that is due -> ask for its counts -> add a look to its hour
 *
 * A guild is looked at every ten minutes. Whoever picks it moves that time, so
 * a crash costs a look, and an hour of which we saw little says so by `looks`.
 */
#pragma once
#include "libshared/discord/rest.h"
#include "libshared/loop/service.h"
#include "libshared/stream/streams.h"

struct online;

/* NULL without `rest`. Both are borrowed; calls in flight end with `rest`. */
struct online *online_start(struct ra_service *service, struct ra_streams *streams,
			    struct ra_rest *rest);
void online_stop(struct online *online);
/* When the loop has run dry. */
void online_free(struct online **online);
