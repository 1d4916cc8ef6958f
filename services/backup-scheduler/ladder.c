/* ladder: see the header. */
#include "services/backup-scheduler/ladder.h"
#include "libshared/base/clock.h"
#include "libshared/base/log.h"
#include "libshared/cron/ladder.h"
#include "services/backup-scheduler/remove.h"
#include <stdio.h>
#include <stdlib.h>

#define DAY_MS (24 * INT64_C(3600000))

/* clang-format off */
static const char sql_rules[] =
	"SELECT keep_last, keep_hourly, keep_daily, keep_weekly, keep_monthly, zone FROM app.backup_settings";
/* clang-format on */

static int load_zone(struct job *job, struct zone *zone, const char *name, int64_t oldest_ms,
		     struct ra_err *err)
{
	char from[24], to[24];
	long long from_ms = oldest_ms - DAY_MS, to_ms = ra_wall_ms() + DAY_MS;
	snprintf(from, sizeof(from), "%lld", from_ms);
	snprintf(to, sizeof(to), "%lld", to_ms);
	PGresult *rows = db_query(job->db, err, zone_sql, DB_VALUES(name, from, to));
	if (!rows)
		return err->code;
	zone_load(zone, rows);
	PQclear(rows);
	return 0;
}

static int mark_rows(struct job *job, struct ladder_backup *list, const PGresult *rows,
		     struct ra_err *err)
{
	size_t count = (size_t)PQntuples(rows);
	struct zone zone = { 0 };
	PGresult *said = db_query(job->db, err, sql_rules, 0, NULL);
	int rc = said ? 0 : err->code;
	for (size_t i = 0; i < count; i++) {
		list[i].at_ms = atoll(PQgetvalue(rows, (int)i, 1));
		list[i].is_good = *PQgetvalue(rows, (int)i, 2) == 't';
		list[i].is_kept = true;
	}
	if (rc == 0 && PQntuples(said) == 1 && count > 0) {
		const struct ladder_rules rules = { atoi(PQgetvalue(said, 0, 0)),
						    atoi(PQgetvalue(said, 0, 1)),
						    atoi(PQgetvalue(said, 0, 2)),
						    atoi(PQgetvalue(said, 0, 3)),
						    atoi(PQgetvalue(said, 0, 4)) };
		rc = load_zone(job, &zone, PQgetvalue(said, 0, 5), list[count - 1].at_ms, err);
		if (rc == 0)
			ladder_mark(list, count, &rules, &zone);
	}
	PQclear(said);
	zone_fini(&zone);
	return rc;
}

static int remove_rows(struct job *job, const struct ladder_backup *list, const PGresult *rows,
		       struct ra_err *err)
{
	struct places places;
	int rc = places_open(&places, job->conf, true, err);
	for (int i = 0; rc == 0 && i < PQntuples(rows); i++)
		if (!list[i].is_kept)
			rc = backup_remove(job->db, &places, PQgetvalue(rows, i, 0), err);
	places_close(&places);
	return rc;
}

int ladder_climb_down(struct job *job, struct ra_err *err)
{
	PGresult *rows = db_query(job->db, err, LADDER_SQL, 0, NULL);
	if (!rows)
		return err->code;
	struct ladder_backup *list = ra_alloc(((size_t)PQntuples(rows) + 1) * sizeof(*list));
	int rc = mark_rows(job, list, rows, err);
	if (rc == 0)
		rc = remove_rows(job, list, rows, err);
	if (rc == 0)
		rc = remove_traces(job->db, err);
	ra_free(list);
	PQclear(rows);
	return rc;
}
