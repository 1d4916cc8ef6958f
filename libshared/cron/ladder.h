/*
 * ladder: which backups are kept: the newest few, and the newest of some
 * hours, days, weeks and months by the clock of the zone. The last good one
 * always is.
 *
 * Steps go to good backups only. One that is not good (damaged, or its drill
 * failed) is kept until there is a newer good one: it may be all there is.
 * What somebody gave a name, uploaded or exported stays until somebody
 * deletes it: it is not on the ladder.
 */
#pragma once
#include "libshared/cron/zone.h"

/* Those it decides about: backup_id, ms, is it good? In the order ladder_mark() wants. */
#define LADDER_SQL                                                                                 \
	"SELECT backup_id, public.ts_to_ms(started_at), "                                          \
	" state = 'ready' AND drill_state IS DISTINCT FROM 'failed' "                              \
	"FROM backup.backup WHERE state IN ('ready', 'damaged') AND name = '' "                    \
	" AND kind IN ('scheduled', 'manual', 'before_restore') "                                  \
	"ORDER BY started_at DESC, backup_id DESC"

struct ladder_rules {
	int last, hourly, daily, weekly, monthly;
};

struct ladder_backup {
	int64_t at_ms;
	bool is_good;
	bool is_kept; /* the answer */
};

/* `list` is in order, the newest first. */
void ladder_mark(struct ladder_backup *list, size_t count, const struct ladder_rules *rules,
		 const struct zone *zone);
