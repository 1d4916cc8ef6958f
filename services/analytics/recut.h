/*
 * recut: makes the days of a guild anew from its hours, when the guild has
 * chosen another zone or what makes a member active, or had none yet. One a process, for the guilds
 *of the streams this process folds.
 *
 *	PICK --a guild--> STEP (one transaction) --> PICK ...; every 5 s when there is none
 *
 *	begin   the guild gets a row in analytics.day_work; its days tell nothing from now on
 *	clear   the days of the zone before go, some thousand rows a step
 *	add     hours go in, the newest first, some thousand rows a step; with the last ones
 *	        the row goes and day_zone names the new zone
 *
 * What a step does and how far it got are one transaction, in turn with those
 * who write the guild's hours (sql.c, SQL_TURN); what is told meanwhile counts
 * at once when it is newer than what has been added, else when its turn comes
 * (days_sql.c). So any process may be killed at any moment, and two that pick
 * the same guild only help each other.
 */
#pragma once
#include "libshared/loop/service.h"
#include "libshared/stream/streams.h"

struct recut;

/* `streams` is borrowed. */
struct recut *recut_start(struct ra_service *service, struct ra_streams *streams);
/* Lets go of its connection; the loop runs dry when it is gone. */
void recut_stop(struct recut *recut);
void recut_free(struct recut **recut);
