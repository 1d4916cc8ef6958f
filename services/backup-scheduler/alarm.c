/* alarm: see the header. */
#include "services/backup-scheduler/alarm.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/job.h"
#include <stdio.h>

static void write_row(PGconn *db, const char *sql, const char *kind, const char *backup_id,
		      const char *why)
{
	struct ra_err err;
	char now[24];
	snprintf(now, sizeof(now), "%lld", (long long)ra_wall_ms());
	int rc = why ? db_run(db, &err, sql, DB_VALUES(kind, now, backup_id, why))
		     : db_run(db, &err, sql, DB_VALUES(kind, now));
	if (rc < 0)
		ra_error(NULL, "alarm not written", ra_f_text("kind", kind),
			 ra_f_text("why", err.msg));
}

void alarm_raise(PGconn *db, const char *kind, const char *backup_id, const char *why)
{
	ra_error(NULL, "alarm", ra_f_text("kind", kind),
		 ra_f_text("backup", backup_id ? backup_id : ""), ra_f_text("why", why));
	write_row(
		db,
		"INSERT INTO backup.alarm (kind, backup_id, why, raised_at, last_at) "
		"VALUES ($1, $3, $4, public.ms_to_ts($2::bigint), public.ms_to_ts($2::bigint)) "
		"ON CONFLICT (kind) WHERE ended_at IS NULL DO UPDATE SET times = alarm.times + 1, "
		" backup_id = excluded.backup_id, why = excluded.why, last_at = excluded.last_at",
		kind, backup_id, why);
}

void alarm_end(PGconn *db, const char *kind)
{
	write_row(db,
		  "UPDATE backup.alarm SET ended_at = public.ms_to_ts($2::bigint) "
		  "WHERE kind = $1 AND ended_at IS NULL",
		  kind, NULL, NULL);
}
