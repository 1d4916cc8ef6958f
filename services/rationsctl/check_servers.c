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
	doctor_say(d, mark, "clock", mark == TICK ? "" : "Let both hosts follow NTP: timedatectl",
		   "%.1f s from %s's", (double)apart_ms / 1000, whose);
}

static void judge_postgres(struct doctor *d)
{
	char size[WORDS_MAX];
	struct ra_err err;
	int version = PQserverVersion(d->db);
	int64_t asked_ms = ra_wall_ms();
	PGresult *rows = sql_ask(d->db, &err,
				 "SELECT public.ts_to_ms(clock_timestamp()), "
				 " pg_database_size(current_database()), version()",
				 0, NULL);
	if (version < 150000)
		doctor_say(d, CROSS, "postgresql", "Move to PostgreSQL 15 or newer.",
			   "version %d is too old", version / 10000);
	if (!rows) {
		doctor_say(d, CROSS, "postgresql", err.hint, "%s", err.msg);
		return;
	}
	words_size(size, sql_i64(rows, 0, 1));
	if (version >= 150000)
		doctor_tick(d, "postgresql", "version %d.%d, the database has %s", version / 10000,
			    version % 10000, size);
	judge_clock(d, "PostgreSQL", sql_i64(rows, 0, 0), asked_ms);
	PQclear(rows);
}

static void judge_schema(struct doctor *d)
{
	struct ra_err err;
	struct ra_schema is = { 0 };
	PGresult *row = sql_ask(d->db, &err, RA_SCHEMA_SQL, 0, NULL);
	if (row)
		is = ra_schema_read(row);
	enum ra_schema_fit fit =
		row ? ra_schema_judge(ra_schema_made_for(), &is, &err) : RA_SCHEMA_TOO_OLD;
	PQclear(row);
	if (fit == RA_SCHEMA_TOO_OLD)
		doctor_say(d, CROSS, "schema", "rationsctl migrate", "%s", err.msg);
	else if (fit == RA_SCHEMA_TOO_NEW)
		doctor_say(d, CROSS, "schema", err.hint, "%s", err.msg);
	else if (is.version > ra_schema_made_for())
		doctor_say(d, WARNING, "schema", "Bring all programs up to the newest release.",
			   "it is %d, newer than the %d of these programs, which run on it",
			   is.version, ra_schema_made_for());
	else
		doctor_tick(d, "schema", "%d, as these programs need it", is.version);
}

static void check_postgres(struct doctor *d)
{
	struct ra_err err;
	d->db = sql_open(d->ctl, false, &err);
	if (!d->db) {
		doctor_say(d, CROSS, "postgresql", err.hint, "%s", err.msg);
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
	char used[WORDS_MAX], max[WORDS_MAX];
	int64_t used_bytes = info_number(info, "used_memory");
	int64_t max_bytes = info_number(info, "maxmemory");
	words_size(used, used_bytes);
	words_size(max, max_bytes);
	if (!strstr(info, "maxmemory_policy:noeviction"))
		doctor_say(d, CROSS, "redis", "Set maxmemory-policy noeviction in redis.conf.",
			   "it may throw events away when memory is short (maxmemory-policy)");
	if (max_bytes > 0 && used_bytes > max_bytes / 10 * 9)
		doctor_say(d, WARNING, "redis", "Raise maxmemory (REDIS_MAXMEMORY in .env).",
			   "it uses %s of %s", used, max);
}

static void judge_redis(struct doctor *d, const char *info)
{
	int64_t major = info_number(info, "redis_version");
	if (major < 7)
		doctor_say(d, CROSS, "redis", "Move to Redis 7 or newer.",
			   "version %lld is too old", (long long)major);
	if (info_number(info, "aof_enabled") == 0)
		doctor_say(d, WARNING, "redis", "Set appendonly yes in redis.conf.",
			   "events that are not read yet are lost when it ends (appendonly no)");
	judge_memory(d, info);
	const char *version = strstr(info, "redis_version:");
	if (version && major >= 7)
		doctor_tick(d, "redis", "version %.*s", (int)strcspn(version + 14, "\r\n"),
			    version + 14);
}

static void check_redis(struct doctor *d)
{
	struct ra_err err;
	json_t *info = REDIS_ASK(d->ctl, NULL, &err, RA_STR("INFO"));
	if (!info) {
		doctor_say(d, CROSS, "redis", err.hint, "%s", err.msg);
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
