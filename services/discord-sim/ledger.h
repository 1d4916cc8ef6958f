/*
 * ledger: everything that was told, in order, as a file anybody can read: one
 * JSON object a line, {"at": milliseconds of world time, "t": dispatch, "d": its
 * data}. A GUILD_CREATE stands here with all its members, whatever a session
 * was shown of them; {"t": "GAP"} says when the bot was last told of a guild it
 * was then not told of. Other programs do their own sums with it
 * (tests/numbers).
 */
#pragma once
#include "libshared/base/err.h"
#include "services/discord-sim/world.h"

struct ledger;

/* A new file; NULL and *err when it can not be written. An empty path is no ledger: NULL, no error.
 * Nothing below minds a ledger that is NULL. */
struct ledger *ledger_open(const char *path, struct ra_err *err);
void ledger_close(struct ledger **ledger);

/* Those of oracle.h, told at the same moments. */
void ledger_dispatch(struct ledger *ledger, const struct world *world,
		     const struct dispatch *dispatch);
void ledger_snapshot(struct ledger *ledger, const struct world *world, const struct guild *guild,
		     int64_t at_ms);
void ledger_gap(struct ledger *ledger, uint64_t guild_id, int64_t at_ms);
