/*
 * check_servers: PostgreSQL and Redis: that they answer, in a version that
 * will do, set as they have to be, with clocks like ours; and whether the
 * schema is the one these programs were made for.
 */
#include "libshared/base/clock.h"
#include "services/rationsctl/doctor.h"
#include "services/rationsctl/schema.h"
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
	int64_t wanted = schema_newest_file(d->ctl->conf->migrations_dir);
	int64_t is = schema_of(d->db, &err);
	if (is < 0)
		doctor_say(d, CROSS, "schema", "rationsctl migrate",
			   "it is older than these programs: %s", err.msg);
	else if (wanted > is)
		doctor_say(d, CROSS, "schema", "rationsctl migrate",
			   "it is %lld, these programs need %lld", (long long)is,
			   (long long)wanted);
	else if (wanted > 0 && wanted < is)
		doctor_say(d, WARNING, "schema", "Bring all programs up to the newest release.",
			   "it is %lld, newer than the %lld of these programs", (long long)is,
			   (long long)wanted);
	else if (wanted < 0)
		doctor_say(d, WARNING, "schema", "Set MIGRATIONS_DIR to the folder of migrations.",
			   "it is %lld; what these programs need is not known", (long long)is);
	else
		doctor_tick(d, "schema", "%lld, as these programs need it", (long long)is);
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
