/*
 * history: reads what was said before the bot came, and what it was not told,
 * through REST, for guilds whose people want that (app.guild_history). One a
 * process, for the guilds of the streams this process folds.
 *
 *	PICK --a job--> ASK (REST) --answer--> MONTHS -> STORE (one transaction)
 *	 ^  `--plan, finish: nothing to ask--------------^   |
 *	 |                                                   |
 *	 +---- at BACKFILL_RATE; every 2 s when nothing is --+
 *
 * It rests while its streams have something to catch up with. Where live
 * counting ends and history begins is in boundary.h; what a job asks and
 * writes in history_job.h. A page of messages and the cursor behind it are
 * one transaction, so it goes on at the exact message, whoever it is that does.
 */
#pragma once
#include "libshared/discord/rest.h"
#include "libshared/loop/service.h"
#include "libshared/stream/streams.h"

struct history;

/* NULL without `rest`: then there is nobody to ask. Both are borrowed; calls in flight end with
 * `rest`. */
struct history *history_start(struct ra_service *service, struct ra_streams *streams,
			      struct ra_rest *rest);
/* Lets go of its connections; the loop runs dry when they are gone. NULL is fine. */
void history_stop(struct history *history);
void history_free(struct history **history);
