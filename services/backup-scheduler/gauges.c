/* gauges: see the header. */
#include "services/backup-scheduler/gauges.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "libshared/pg/pg.h"

#define EVERY_MS 5000

RA_GAUGE(last_success, "rations_backup_last_success_timestamp_seconds",
	 "when the newest backup was finished; 0: there is none")
RA_GAUGE(last_duration, "rations_backup_last_duration_seconds", "how long it took")
RA_GAUGE(last_size, "rations_backup_last_size_bytes", "how large its file is")
RA_GAUGE(last_rows, "rations_backup_last_rows", "how many rows are in it")
RA_GAUGE(next, "rations_backup_next_timestamp_seconds",
	 "when the schedule calls next; 0: it does not")
RA_COUNTER(failures, "rations_backup_failures_total", "backups that failed")
RA_GAUGE(drill_success, "rations_backup_drill_last_success_timestamp_seconds",
	 "when a backup was last restored and found whole; 0: never")
RA_GAUGE(drill_is_ok, "rations_backup_drill_ok", "1 where the last drill passed, or none was made")
RA_GAUGE(kept, "rations_backup_kept", "backups that are there")
RA_GAUGE_BY(alarms, "rations_backup_alarm", "kind", "1 while something is wrong")
RA_GAUGE(disk_free, "rations_backup_disk_free_bytes",
	 "room left in the folder of the backups; 0 of 0: they have none")
RA_GAUGE(disk_size, "rations_backup_disk_size_bytes", "room in it, taken or not")
RA_GAUGE(database_size, "rations_database_size_bytes", "what the database takes on its disk")

/* clang-format off */
const char gauges_sql[] =
	"WITH own AS (SELECT * FROM backup.backup WHERE kind IN ('scheduled', 'manual', 'before_restore')), "
	"last AS (SELECT * FROM own WHERE state IN ('ready', 'deleted') AND finished_at IS NOT NULL "
	" ORDER BY finished_at DESC LIMIT 1) "
	"SELECT (SELECT extract(epoch FROM finished_at) FROM last), "
	" (SELECT extract(epoch FROM finished_at - started_at) FROM last), (SELECT size_bytes FROM last), "
	" (SELECT manifest->>'rows' FROM last), "
	" (SELECT extract(epoch FROM next_at) FROM backup.plan WHERE kind = 'backup'), "
	" (SELECT count(*) FROM own WHERE state = 'failed'), "
	" (SELECT extract(epoch FROM max(drilled_at)) FROM own WHERE drill_state = 'passed'), "
	" (SELECT drill_state = 'passed' FROM own WHERE drilled_at IS NOT NULL ORDER BY drilled_at DESC LIMIT 1), "
	" (SELECT count(*) FROM own WHERE state = 'ready'), "
	" (SELECT count(*) FROM backup.alarm WHERE kind = 'backup_failed' AND ended_at IS NULL), "
	" (SELECT count(*) FROM backup.alarm WHERE kind = 'drill_failed' AND ended_at IS NULL), "
	" (SELECT count(*) FROM backup.alarm WHERE kind = 'no_space' AND ended_at IS NULL), "
	" pg_database_size(current_database())";
/* clang-format on */

enum column {
	SUCCESS,
	DURATION,
	SIZE,
	ROWS,
	NEXT,
	FAILURES,
	DRILL_SUCCESS,
	DRILL_OK,
	KEPT,
	ALARM_BACKUPS,
	ALARM_DRILLS,
	ALARM_ROOM,
	DATABASE_SIZE
};

bool gauges_are_due(void)
{
	static uint64_t asked_ms;
	uint64_t now_ms = ra_monotonic_ms();
	if (asked_ms && now_ms - asked_ms < EVERY_MS)
		return false;
	asked_ms = now_ms;
	return true;
}

void gauges_set(const PGresult *rows)
{
	if (PQntuples(rows) != 1)
		return;
	ra_gauge_set(&last_success, ra_pg_get_double(rows, 0, SUCCESS));
	ra_gauge_set(&last_duration, ra_pg_get_double(rows, 0, DURATION));
	ra_gauge_set(&last_size, ra_pg_get_double(rows, 0, SIZE));
	ra_gauge_set(&last_rows, ra_pg_get_double(rows, 0, ROWS));
	ra_gauge_set(&next, ra_pg_get_double(rows, 0, NEXT));
	failures.value = ra_pg_get_double(rows, 0, FAILURES);
	ra_gauge_set(&drill_success, ra_pg_get_double(rows, 0, DRILL_SUCCESS));
	ra_gauge_set(&drill_is_ok,
		     ra_pg_is_null(rows, 0, DRILL_OK) || ra_pg_get_bool(rows, 0, DRILL_OK));
	ra_gauge_set(&kept, ra_pg_get_double(rows, 0, KEPT));
	ra_gauge_set_by(&alarms, "backup_failed", ra_pg_get_double(rows, 0, ALARM_BACKUPS));
	ra_gauge_set_by(&alarms, "drill_failed", ra_pg_get_double(rows, 0, ALARM_DRILLS));
	ra_gauge_set_by(&alarms, "no_space", ra_pg_get_double(rows, 0, ALARM_ROOM));
	ra_gauge_set(&database_size, ra_pg_get_double(rows, 0, DATABASE_SIZE));
}

static void on_disk(uv_fs_t *request)
{
	const uv_statfs_t *fs = request->ptr;
	if (request->result == 0) {
		ra_gauge_set(&disk_free, (double)fs->f_bavail * (double)fs->f_bsize);
		ra_gauge_set(&disk_size, (double)fs->f_blocks * (double)fs->f_bsize);
	}
	uv_fs_req_cleanup(request);
	request->data = NULL;
}

/* A disk may be far away and slow: one question at a time, and not on the loop. */
void gauges_look_at_disk(uv_loop_t *loop, const char *dir)
{
	static uv_fs_t request;
	if (!*dir || request.data)
		return;
	if (uv_fs_statfs(loop, &request, dir, on_disk) == 0)
		request.data = &request;
}
