/*
 * carry: a command (proto/command.h) becomes one transaction:
 *
 *	command_take   notes it; a second reader waits here for the first's end
 *	its own        does it, unless it was done before, and says what came of it
 *
 * Whoever adds a kind gives it a statement of the form
 * SELECT response.command_done($1, <text>, <request or 0>) WHERE response.command_is_new($1).
 */
#pragma once
#include "libshared/pg/pg.h"
#include "proto/command.h"

/* Sends the transaction; `carried` comes once, `status` as of ra_pg_synced_cb. 0, or RA_EDOWN and
 * no callback. `now`: wall clock. */
int carry_send(struct ra_pg *pg, const struct ra_command *command, int64_t now,
	       ra_pg_synced_cb carried, void *ctx) RA_MUST_CHECK;
