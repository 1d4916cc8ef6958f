/*
 * check_backups: that there is a backup, a new one, that it was tried, that
 * nothing of the kind has gone wrong, and that there is room for the next.
 */
#include "services/rationsctl/doctor.h"
#include <stdlib.h>
#include <sys/statvfs.h>

enum { HOUR_MS = 3600000 };
#define DAY_MS (24LL * HOUR_MS)

enum column { AGE, SIZE, DRILL, DRILL_AGE, IS_ENABLED, IS_OLD, DATABASE };

/* clang-format off */
static const char backups_sql[] =
	"WITH own AS (SELECT * FROM backup.backup WHERE kind IN ('scheduled', 'manual', 'before_restore')), "
	"last AS (SELECT * FROM own WHERE state = 'ready' ORDER BY finished_at DESC LIMIT 1), "
	"drilled AS (SELECT * FROM own WHERE drilled_at IS NOT NULL ORDER BY drilled_at DESC LIMIT 1) "
	"SELECT (SELECT (extract(epoch FROM now() - finished_at) * 1000)::bigint FROM last), "
	" (SELECT size_bytes FROM last), (SELECT drill_state FROM drilled), "
	" (SELECT (extract(epoch FROM now() - drilled_at) * 1000)::bigint FROM drilled), "
	" (SELECT is_enabled FROM app.backup_settings), "
	" (SELECT min(applied_at) < now() - interval '2 days' FROM public.schema_migration), "
	" pg_database_size(current_database())";
/* clang-format on */

static void judge_age(struct doctor *d, const PGresult *row)
{
	int64_t age_ms = sql_i64(row, 0, AGE);
	bool is_old_installation = *PQgetvalue(row, 0, IS_OLD) == 't';
	if (PQgetisnull(row, 0, AGE))
		doctor_say(d, is_old_installation ? BACKUPS_NONE : BACKUPS_NONE_YET, NULL);
	else
		doctor_say(d,
			   age_ms > 7 * DAY_MS   ? BACKUPS_TOO_OLD
			   : age_ms > 2 * DAY_MS ? BACKUPS_OLD
						 : BACKUPS_OK,
			   json_pack("{s:I, s:I}", "age_ms", (json_int_t)age_ms, "size_bytes",
				     (json_int_t)sql_i64(row, 0, SIZE)));
	if (*PQgetvalue(row, 0, IS_ENABLED) != 't')
		doctor_say(d, BACKUPS_OFF, NULL);
}

static void judge_drill(struct doctor *d, const PGresult *row)
{
	bool has_passed = strcmp(PQgetvalue(row, 0, DRILL), "passed") == 0;
	if (PQgetisnull(row, 0, AGE))
		return;
	if (PQgetisnull(row, 0, DRILL))
		doctor_say(d, DRILL_NEVER, NULL);
	else
		doctor_say(d, has_passed ? DRILL_OK : DRILL_FAILED,
			   doctor_number("age_ms", sql_i64(row, 0, DRILL_AGE)));
}

/* Room for twice the last one, or a fifth of the database where there is none. */
static void judge_disk(struct doctor *d, const PGresult *row)
{
	const char *folder = d->ctl->conf->backup_dir;
	struct statvfs fs;
	if (!*folder || statvfs(folder, &fs) < 0)
		return; /* not to be seen from here: backup-scheduler raises an alarm itself */
	int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	int64_t needed = PQgetisnull(row, 0, SIZE) ? sql_i64(row, 0, DATABASE) / 5
						   : 2 * sql_i64(row, 0, SIZE);
	doctor_say(d,
		   free_bytes < needed              ? DISK_SHORT
		   : fs.f_bavail < fs.f_blocks / 20 ? DISK_LOW
						    : DISK_OK,
		   doctor_number("free_bytes", free_bytes));
}

static void judge_alarms(struct doctor *d)
{
	struct ra_err err;
	PGresult *rows = sql_ask(
		d->db, &err,
		"SELECT kind, why, times FROM backup.alarm WHERE ended_at IS NULL ORDER BY 1", 0,
		NULL);
	for (int i = 0; rows && i < PQntuples(rows); i++)
		doctor_say(d, BACKUP_ALARM,
			   json_pack("{s:s, s:s, s:I}", "alarm", PQgetvalue(rows, i, 0), "why",
				     PQgetvalue(rows, i, 1), "times",
				     (json_int_t)sql_i64(rows, i, 2)));
	PQclear(rows);
}

void check_backups(struct doctor *d)
{
	struct ra_err err;
	if (!d->db)
		return;
	PGresult *row = sql_ask(d->db, &err, backups_sql, 0, NULL);
	if (!row) {
		doctor_say_why(d, BACKUPS_UNKNOWN, &err);
		return;
	}
	judge_age(d, row);
	judge_drill(d, row);
	judge_alarms(d);
	judge_disk(d, row);
	PQclear(row);
}
