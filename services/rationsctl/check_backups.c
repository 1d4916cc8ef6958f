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
	char age[WORDS_MAX], size[WORDS_MAX];
	int64_t ms = sql_i64(row, 0, AGE);
	words_age(age, ms);
	words_size(size, sql_i64(row, 0, SIZE));
	if (PQgetisnull(row, 0, AGE))
		doctor_say(d, *PQgetvalue(row, 0, IS_OLD) == 't' ? CROSS : WARNING, "backups",
			   "rationsctl backup now", "there is none");
	else if (ms > 7 * DAY_MS)
		doctor_say(d, CROSS, "backups", "rationsctl backup now", "the newest is %s old",
			   age);
	else if (ms > 2 * DAY_MS)
		doctor_say(d, WARNING, "backups", "rationsctl backup now", "the newest is %s old",
			   age);
	else
		doctor_tick(d, "backups", "the newest is %s old and has %s", age, size);
	if (*PQgetvalue(row, 0, IS_ENABLED) != 't')
		doctor_say(d, WARNING, "backups", "Switch the schedule on, on the page Backups.",
			   "none is made by itself");
}

static void judge_drill(struct doctor *d, const PGresult *row)
{
	char age[WORDS_MAX];
	words_age(age, sql_i64(row, 0, DRILL_AGE));
	if (PQgetisnull(row, 0, AGE))
		return;
	if (PQgetisnull(row, 0, DRILL))
		doctor_say(d, WARNING, "drill", "rationsctl backup drill",
			   "no backup has ever been restored to see whether it is whole");
	else if (strcmp(PQgetvalue(row, 0, DRILL), "passed") != 0)
		doctor_say(d, CROSS, "drill", "The page Backups tells what differed.",
			   "the last one failed, %s ago", age);
	else
		doctor_tick(d, "drill", "the last one passed, %s ago", age);
}

/* Room for twice the last one, or a fifth of the database where there is none. */
static void judge_disk(struct doctor *d, const PGresult *row)
{
	const char *folder = d->ctl->conf->backup_dir;
	char left[WORDS_MAX];
	struct statvfs fs;
	if (!*folder || statvfs(folder, &fs) < 0)
		return; /* not to be seen from here: backup-scheduler raises an alarm itself */
	int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	int64_t needed = PQgetisnull(row, 0, SIZE) ? sql_i64(row, 0, DATABASE) / 5
						   : 2 * sql_i64(row, 0, SIZE);
	words_size(left, free_bytes);
	if (free_bytes < needed)
		doctor_say(d, CROSS, "disk",
			   "Make room in BACKUP_DIR, or keep fewer backups (page Backups).",
			   "%s are free where backups lie, the next needs more", left);
	else if (fs.f_bavail < fs.f_blocks / 20)
		doctor_say(d, WARNING, "disk", "Make room on the disk of BACKUP_DIR.",
			   "%s are free where backups lie, less than a twentieth", left);
	else
		doctor_tick(d, "disk", "%s are free where backups lie", left);
}

static void judge_alarms(struct doctor *d)
{
	struct ra_err err;
	PGresult *rows = sql_ask(
		d->db, &err,
		"SELECT kind, why, times FROM backup.alarm WHERE ended_at IS NULL ORDER BY 1", 0,
		NULL);
	for (int i = 0; rows && i < PQntuples(rows); i++)
		doctor_say(d, CROSS, "backups", "The page Backups tells more.", "%s: %s (%s times)",
			   PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2));
	PQclear(rows);
}

void check_backups(struct doctor *d)
{
	struct ra_err err;
	if (!d->db)
		return;
	PGresult *row = sql_ask(d->db, &err, backups_sql, 0, NULL);
	if (!row) {
		doctor_say(d, CROSS, "backups", err.hint, "%s", err.msg);
		return;
	}
	judge_age(d, row);
	judge_drill(d, row);
	judge_alarms(d);
	judge_disk(d, row);
	PQclear(row);
}
