/*
 * import_desk: see the header. Reading: each record is checked and staged.
 * Merging: import_desk_merge.c.
 */
#include "services/backup-scheduler/import_desk.h"
#include "libshared/base/table.h"
#include "libshared/base/utf8.h"
#include "libshared/desk/excerpt.h"
#include "services/backup-scheduler/import_desk_merge.h"
#include "services/backup-scheduler/job.h"
#include <stdio.h>
#include <stdlib.h>

#define NAME_MAX_CHARS   80 /* as the tables have them */
#define KIND_MAX_CHARS   40
#define REASON_MAX_CHARS 200
#define EMOJI_MAX_CHARS  64
#define TASKS_MAX        1000

const struct import_sink import_activities = {
	"activities",
	"backup.import_activity (import_id, guild_id, user_id, at, kind, message_id, emoji, "
	"channel_id, "
	"target_id, excerpt)",
	merge_activities,
};
const struct import_sink import_requests = {
	"requests",
	"backup.import_request (import_id, guild_id, request_id, channel_id, kind, asked_at, "
	"answered_at, "
	"answered_by, answer_kind, answer_id)",
	merge_requests,
};
const struct import_sink import_task_reports = {
	"task_reports",
	"backup.import_task_report (import_id, guild_id, report_id, channel_id, author_id, "
	"reported_at, tasks, "
	"state, curator_id, claimed_at, approved, verified_at, excerpt)",
	merge_task_reports,
};
const struct import_sink import_exclusions = {
	"excluded",
	"backup.import_excluded (import_id, guild_id, user_id, reason, excluded_at)",
	merge_exclusions,
};
const struct import_sink import_curators = {
	"curators",
	"backup.import_curator (import_id, guild_id, user_id, name, kind, subdivision, is_active, "
	"created_at)",
	merge_curators,
};
const struct import_sink import_desk_decisions = {
	"desk_settings",
	"backup.import_decision (import_id, guild_id, target, columns)",
	merge_decisions,
};

/* --- what is known of a guild's desk --- */

struct desk_guild {
	uint64_t id;
	/* key above */
	int64_t live_ms; /* its own first moment; INT64_MAX: none yet */
	bool wants_excerpts;
};

/* A process imports once: what it asked stays true as long as it lives. */
static struct ra_table guilds = { .row_size = sizeof(struct desk_guild),
				  .key_size = sizeof(uint64_t) };

static void ask_guild(struct import *import, struct desk_guild *guild)
{
	char id[24];
	const char *const values[] = { id };
	snprintf(id, sizeof(id), "%llu", (unsigned long long)guild->id);
	PGresult *r = db_query(import_db(import), NULL,
			       "SELECT public.ts_to_ms(nullif(l.since, 'infinity')), "
			       " coalesce(s.wants_excerpts, false) "
			       "FROM (SELECT response.live_since($1::bigint) AS since) l "
			       "LEFT JOIN app.guild_settings s ON s.guild_id = $1::bigint",
			       1, values);
	bool is_told = r && PQntuples(r) == 1;
	guild->live_ms = INT64_MAX; /* the merge looks once more */
	if (is_told && !PQgetisnull(r, 0, 0))
		guild->live_ms = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	guild->wants_excerpts = is_told && *PQgetvalue(r, 0, 1) == 't';
	PQclear(r);
}

static const struct desk_guild *desk_of(struct import *import, uint64_t id)
{
	bool is_new;
	struct desk_guild *guild = ra_table_row(&guilds, &id, &is_new);
	if (is_new)
		ask_guild(import, guild);
	return guild;
}

/* --- what a record is made of --- */

static struct ra_str sample_of(char out[24], uint64_t id)
{
	int len = snprintf(out, 24, "%llu", (unsigned long long)id);
	return (struct ra_str){ out, (size_t)len };
}

static struct ra_str first_chars(struct ra_str text, size_t max)
{
	size_t at = 0, chars = 0;
	while (at < text.len && chars < max) {
		size_t len = ra_utf8_first((struct ra_str){ text.ptr + at, text.len - at });
		at += len ? len : 1;
		chars++;
	}
	return (struct ra_str){ text.ptr, at };
}

static void id_or_null(struct import *import, uint64_t id)
{
	if (id)
		import_i64(import, (int64_t)id);
	else
		import_null(import);
}

static void time_or_null(struct import *import, int64_t ms)
{
	if (ms)
		import_time(import, ms);
	else
		import_null(import);
}

static void excerpt_or_null(struct import *import, const struct desk_guild *guild,
			    struct ra_str text)
{
	struct ra_arena arena = { 0 };
	struct ra_str excerpt = guild->wants_excerpts ? excerpt_of(&arena, text) : RA_STR("");
	if (excerpt.len > 0)
		import_text(import, excerpt);
	else
		import_null(import);
	ra_arena_fini(&arena);
}

/* Of a guild that has the bot, and from before our own first moment there; NULL: left out, and why.
 */
static const struct desk_guild *wanted(struct import *import, uint64_t guild, int64_t at_ms,
				       uint64_t id)
{
	char sample[24];
	if (!import_has_guild(import, guild, 1))
		return NULL;
	const struct desk_guild *desk = desk_of(import, guild);
	if (at_ms < desk->live_ms)
		return desk;
	import_skip(import, "live", 1, sample_of(sample, id));
	return NULL;
}

/* --- the sinks --- */

void import_curator(struct import *import, const struct import_curator *c)
{
	if (c->guild && !import_has_guild(import, c->guild, 1))
		return;
	import_row(import, &import_curators);
	import_i64(import, (int64_t)c->guild);
	import_i64(import, (int64_t)c->user);
	import_text(import, first_chars(c->name, NAME_MAX_CHARS));
	import_text(import, first_chars(c->kind, KIND_MAX_CHARS));
	import_text(import, first_chars(c->subdivision, NAME_MAX_CHARS));
	import_bool(import, c->is_active);
	time_or_null(import, c->created_ms);
	import_row_end(import);
	import_count(import, &import_curators, c->guild, 0, 1);
}

void import_excluded(struct import *import, const struct import_excluded *e)
{
	if (!import_has_guild(import, e->guild, 1))
		return;
	import_row(import, &import_exclusions);
	import_i64(import, (int64_t)e->guild);
	import_i64(import, (int64_t)e->user);
	import_text(import, first_chars(e->reason, REASON_MAX_CHARS));
	time_or_null(import, e->at_ms);
	import_row_end(import);
	import_count(import, &import_exclusions, e->guild, 0, 1);
}

void import_activity(struct import *import, const struct import_activity *a)
{
	char sample[24];
	const struct desk_guild *guild = wanted(import, a->guild, a->at_ms, a->message);
	if (!guild)
		return;
	if (import_person(import, a->guild, a->user) != a->user) {
		import_skip(import, "opted_out", 1, sample_of(sample, a->message));
		return;
	}
	import_row(import, &import_activities);
	import_i64(import, (int64_t)a->guild);
	import_i64(import, (int64_t)a->user);
	import_time(import, a->at_ms);
	import_text(import, ra_str_of(a->kind));
	import_i64(import, (int64_t)a->message);
	import_text(import, first_chars(a->emoji, EMOJI_MAX_CHARS));
	import_i64(import, (int64_t)a->channel);
	id_or_null(import, a->target);
	excerpt_or_null(import, guild, a->text);
	import_row_end(import);
	import_count(import, &import_activities, a->guild, a->at_ms, 1);
}

void import_request(struct import *import, const struct import_request *q)
{
	bool is_answered = q->answered_by != 0;
	if (!wanted(import, q->guild, q->asked_ms, q->request))
		return;
	import_row(import, &import_requests);
	import_i64(import, (int64_t)q->guild);
	import_i64(import, (int64_t)q->request);
	import_i64(import, (int64_t)q->channel);
	import_text(import, q->is_keyword ? RA_STR("keyword") : RA_STR("mention"));
	import_time(import, q->asked_ms);
	time_or_null(import, is_answered ? q->answered_ms : 0);
	id_or_null(import, is_answered ? import_person(import, q->guild, q->answered_by) : 0);
	if (is_answered)
		import_text(import, ra_str_of(q->answer_kind));
	else
		import_null(import);
	id_or_null(import, is_answered ? q->answer : 0);
	import_row_end(import);
	import_count(import, &import_requests, q->guild, q->asked_ms, 1);
}

void import_task_report(struct import *import, const struct import_task_report *t)
{
	const struct desk_guild *guild = wanted(import, t->guild, t->reported_ms, t->report);
	int64_t tasks = t->tasks < 0 ? 0 : t->tasks > TASKS_MAX ? TASKS_MAX : t->tasks;
	if (!guild)
		return;
	import_row(import, &import_task_reports);
	import_i64(import, (int64_t)t->guild);
	import_i64(import, (int64_t)t->report);
	import_i64(import, (int64_t)t->channel);
	import_i64(import, (int64_t)import_person(import, t->guild, t->author));
	import_time(import, t->reported_ms);
	import_i64(import, tasks);
	import_text(import, ra_str_of(t->state));
	id_or_null(import, t->curator ? import_person(import, t->guild, t->curator) : 0);
	time_or_null(import, t->claimed_ms);
	if (t->approved >= 0)
		import_i64(import, t->approved < tasks ? t->approved : tasks);
	else
		import_null(import);
	time_or_null(import, t->verified_ms);
	excerpt_or_null(import, guild, t->text);
	import_row_end(import);
	import_count(import, &import_task_reports, t->guild, t->reported_ms, 1);
}

/* Has the guild decided that already? */
static bool is_decided(struct import *import, uint64_t guild, const char *table)
{
	char id[24];
	const char *const values[] = { id };
	char *sql = ra_format("SELECT FROM app.%s WHERE guild_id = $1::bigint LIMIT 1", table);
	sample_of(id, guild);
	PGresult *r = db_query(import_db(import), NULL, sql, 1, values);
	bool is_there = r && PQntuples(r) > 0;
	PQclear(r);
	ra_free(sql);
	return is_there;
}

void import_desk_settings(struct import *import, uint64_t guild, const char *table,
			  struct ra_str json)
{
	if (!import_has_guild(import, guild, 1))
		return;
	if (is_decided(import, guild, table)) {
		import_skip(import, "settings_kept", 1, ra_str_of(table));
		return;
	}
	import_row(import, &import_desk_decisions);
	import_i64(import, (int64_t)guild);
	import_text(import, ra_str_of(table));
	import_text(import, json);
	import_row_end(import);
	import_count(import, &import_desk_decisions, guild, 0, 1);
}
