/*
 * check_servers: PostgreSQL and Redis: that they answer, in a version that
 * will do, set as they have to be, with clocks like ours; and whether the
 * schema is the one these programs were made for.
 */
#include "libshared/base/clock.h"
#include "libshared/pg/schema.h"
#include "services/rationsctl/doctor.h"
#include <stdlib.h>

/* --- PostgreSQL --- */

static void judge_clock(struct doctor *d, const char *whose, int64_t their_ms, int64_t asked_ms)
{
	/* they answered somewhen between asking and now */
	int64_t now_ms = ra_wall_ms();
	int64_t apart_ms = (asked_ms + now_ms) / 2 - their_ms;
	enum mark mark = clock_mark(apart_ms, false);
	if (llabs(apart_ms) < now_ms - asked_ms)
		mark = TICK;
	doctor_say_clock(d, whose, mark, apart_ms);
}

static void say_version(struct doctor *d, int64_t database_bytes)
{
	char version[24];
	int number = PQserverVersion(d->db);
	snprintf(version, sizeof(version), "%d.%d", number / 10000, number % 10000);
	doctor_say(d, number < 150000 ? POSTGRESQL_OLD : POSTGRESQL_OK,
		   json_pack("{s:s, s:I}", "version", version, "database_bytes",
			     (json_int_t)database_bytes));
}

static void judge_postgres(struct doctor *d)
{
	struct ra_err err;
	int64_t asked_ms = ra_wall_ms();
	PGresult *rows = sql_ask(d->db, &err,
				 "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint, "
				 " pg_database_size(current_database())",
				 0, NULL);
	if (!rows) {
		doctor_say_why(d, POSTGRESQL_FAILS, &err);
		return;
	}
	say_version(d, sql_i64(rows, 0, 1));
	judge_clock(d, "PostgreSQL", sql_i64(rows, 0, 0), asked_ms);
	PQclear(rows);
}

static void judge_schema(struct doctor *d)
{
	struct ra_err err;
	struct ra_schema is = { 0 };
	int made_for = ra_schema_made_for();
	PGresult *row = sql_ask(d->db, &err, RA_SCHEMA_SQL, 0, NULL);
	if (row)
		is = ra_schema_read(row);
	enum ra_schema_fit fit = ra_schema_judge(made_for, &is, &err);
	PQclear(row);
	doctor_say(d,
		   fit == RA_SCHEMA_TOO_OLD   ? SCHEMA_OLD
		   : fit == RA_SCHEMA_TOO_NEW ? SCHEMA_TOO_NEW
		   : is.version > made_for    ? SCHEMA_NEWER
					      : SCHEMA_OK,
		   json_pack("{s:i, s:i, s:i}", "schema", is.version, "needs", is.needs, "made_for",
			     made_for));
}

static void check_postgres(struct doctor *d)
{
	struct ra_err err;
	d->db = sql_open(d->ctl, false, &err);
	if (!d->db) {
		doctor_say_why(d, err.code == RA_ECONF ? POSTGRESQL_NO_URL : POSTGRESQL_AWAY, &err);
		return;
	}
	judge_schema(d);
	judge_postgres(d);
}

/* --- Redis --- */

/* "name:value" of INFO, as a number; -1: it is not there. */
static int64_t info_number(const char *info, const char *name)
{
	size_t len = strlen(name);
	for (const char *at = info; (at = strstr(at, name)); at += len)
		if ((at == info || at[-1] == '\n') && at[len] == ':')
			return strtoll(at + len + 1, NULL, 10);
	return -1;
}

static void judge_memory(struct doctor *d, const char *info)
{
	int64_t used_bytes = info_number(info, "used_memory");
	int64_t max_bytes = info_number(info, "maxmemory");
	if (!strstr(info, "maxmemory_policy:noeviction"))
		doctor_say(d, REDIS_EVICTS, NULL);
	if (max_bytes > 0 && used_bytes > max_bytes / 10 * 9)
		doctor_say(d, REDIS_FULL,
			   json_pack("{s:I, s:I}", "used_bytes", (json_int_t)used_bytes,
				     "max_bytes", (json_int_t)max_bytes));
}

static void judge_redis(struct doctor *d, const char *info)
{
	const char *at = strstr(info, "redis_version:");
	char *version = at ? ra_strndup(at + 14, strcspn(at + 14, "\r\n")) : ra_strdup("?");
	if (info_number(info, "aof_enabled") == 0)
		doctor_say(d, REDIS_FORGETS, NULL);
	judge_memory(d, info);
	doctor_say(d, info_number(info, "redis_version") < 7 ? REDIS_OLD : REDIS_FINE,
		   json_pack("{s:o}", "version", doctor_text(version)));
	ra_free(version);
}

static void check_redis(struct doctor *d)
{
	struct ra_err err;
	json_t *info = REDIS_ASK(d->ctl, NULL, &err, RA_STR("INFO"));
	if (!info) {
		doctor_say_why(d, REDIS_AWAY, &err);
		return;
	}
	if (json_is_string(info))
		judge_redis(d, json_string_value(info));
	json_decref(info);
	int64_t asked_ms = ra_wall_ms();
	json_t *time = REDIS_ASK(d->ctl, NULL, &err, RA_STR("TIME"));
	const char *s = json_string_value(json_array_get(time, 0));
	const char *us = json_string_value(json_array_get(time, 1));
	if (s && us)
		judge_clock(d, "Redis", atoll(s) * 1000 + atoll(us) / 1000, asked_ms);
	json_decref(time);
}

void check_servers(struct doctor *d)
{
	check_postgres(d);
	check_redis(d);
}
