/* ladder: see the header. */
#include "services/backup-scheduler/ladder.h"
#include "libshared/base/clock.h"
#include "libshared/base/day.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/remove.h"
#include <stdio.h>
#include <stdlib.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

/* --- which are kept ------------------------------------------------------------------- */

static int64_t floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

/* Numbers that are the same within one hour, day, week or month, and no other. */
static int64_t hour_of(int64_t local_ms)
{
	return floor_div(local_ms, HOUR_MS);
}

static int64_t day_number(int64_t local_ms)
{
	return floor_div(local_ms, DAY_MS);
}

static int64_t week_of(int64_t local_ms)
{
	return day_week_start((int)day_number(local_ms), 1);
}

static int64_t month_of(int64_t local_ms)
{
	int year, month, mday;
	day_split((int)day_number(local_ms), &year, &month, &mday);
	return year * 12 + month;
}

static void keep_newest(struct ladder_backup *list, size_t count, int most)
{
	for (size_t i = 0; i < count && most > 0; i++)
		if (list[i].is_good) {
			list[i].is_kept = true;
			most--;
		}
}

/* The newest of each of the `most` last spans that have one. */
static void keep_spans(struct ladder_backup *list, size_t count, int most, const struct zone *zone,
		       int64_t (*span_of)(int64_t local_ms))
{
	int64_t last = INT64_MIN;
	for (size_t i = 0; i < count && most > 0; i++) {
		int64_t span = span_of(zone_local_ms(zone, list[i].at_ms));
		if (!list[i].is_good || span == last)
			continue;
		list[i].is_kept = true;
		last = span;
		most--;
	}
}

void ladder_mark(struct ladder_backup *list, size_t count, const struct ladder_rules *rules,
		 const struct zone *zone)
{
	bool is_any_good = false;
	for (size_t i = 0; i < count; i++) {
		list[i].is_kept = !is_any_good; /* up to the last good one, and that itself */
		is_any_good |= list[i].is_good;
	}
	keep_newest(list, count, rules->last);
	keep_spans(list, count, rules->hourly, zone, hour_of);
	keep_spans(list, count, rules->daily, zone, day_number);
	keep_spans(list, count, rules->weekly, zone, week_of);
	keep_spans(list, count, rules->monthly, zone, month_of);
}

/* --- and the others go -------------------------------------------------------------------- */

/* clang-format off */
static const char sql_on_it[] =
	"SELECT backup_id, public.ts_to_ms(started_at), state = 'ready' AND drill_state IS DISTINCT FROM 'failed' "
	"FROM backup.backup WHERE state IN ('ready', 'damaged') AND name = '' "
	" AND kind IN ('scheduled', 'manual', 'before_restore') ORDER BY started_at DESC, backup_id DESC";

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
	PGresult *rows = db_query(job->db, err, sql_on_it, 0, NULL);
	if (!rows)
		return err->code;
	struct ladder_backup *list = ra_alloc(((size_t)PQntuples(rows) + 1) * sizeof(*list));
	int rc = mark_rows(job, list, rows, err);
	if (rc == 0)
		rc = remove_rows(job, list, rows, err);
	ra_free(list);
	PQclear(rows);
	return rc;
}
