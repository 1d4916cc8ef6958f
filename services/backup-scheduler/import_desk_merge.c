/*
 * import_desk_merge: staged rows of a desk go to app and response. A piece at
 * a time, each one transaction: what is taken out is put in, or neither.
 *
 * What the live desk knows stays as it is. A row that is there already is the
 * same one, told again; but a request that was imported without an answer and
 * now has one is answered, and a report that has come further is further.
 *
 * response-tracker needs no word of it: requests it looks up as it goes
 * (load_requests), and what it keeps in memory, the settings and the staff,
 * it reads again when app.desk_version says so, which the tables of app see to
 * themselves. Pages learn it by NOTIFY response.
 */
#include "services/backup-scheduler/import_desk_merge.h"
#include "services/backup-scheduler/job.h"
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
/* $1 import. `staged`: its table. Rows from before the guild's own first moment are wanted, no others. */
#define SQL_TAKE(staged)                                                                           \
	"WITH taken AS MATERIALIZED (DELETE FROM backup." staged " WHERE row_id IN ("              \
	"  SELECT row_id FROM backup." staged " WHERE import_id = $1::bigint ORDER BY row_id LIMIT 10000) RETURNING *" \
	"), live AS MATERIALIZED (SELECT guild_id, response.live_since(guild_id) AS since "        \
	" FROM (SELECT DISTINCT guild_id FROM taken) g), "

/* Pages read anew; and a level somebody reached by what was imported is none to be told of. `put`: what was. */
#define SQL_TELL                                                                                   \
	", changed AS (SELECT DISTINCT guild_id FROM put"                                          \
	"), quiet AS (DELETE FROM response.staff_level l USING changed c WHERE l.guild_id = c.guild_id" \
	"), told AS (SELECT pg_notify('response', format('%s 0 -', guild_id)) FROM changed) "      \
	"SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM put), (SELECT count(*) FROM told)"

/* Who opted out meanwhile has none. A reply is no message as well: one of the originals wrote both. */
static const char sql_activities[] =
	SQL_TAKE("import_activity")
	"wanted AS MATERIALIZED ("
	" SELECT DISTINCT ON (guild_id, user_id, kind, message_id, emoji) t.* FROM taken t JOIN live l USING (guild_id) "
	" WHERE t.at < l.since AND NOT EXISTS (SELECT FROM analytics.unnamed u "
	"  WHERE u.guild_id = t.guild_id AND u.user_id = t.user_id) "
	" ORDER BY guild_id, user_id, kind, message_id, emoji, at"
	"), reply AS MATERIALIZED (SELECT DISTINCT guild_id, user_id, message_id, true AS is_reply FROM wanted WHERE kind = 'reply'"
	"), fresh AS ("
	" SELECT w.* FROM wanted w LEFT JOIN reply USING (guild_id, user_id, message_id) "
	" WHERE w.kind <> 'message' OR (is_reply IS NULL AND NOT EXISTS (SELECT FROM response.activity a "
	"  WHERE a.guild_id = w.guild_id AND a.user_id = w.user_id AND a.kind = 'reply' AND a.message_id = w.message_id AND a.emoji = ''))"
	"), put AS ("
	" INSERT INTO response.activity (guild_id, user_id, at, kind, message_id, emoji, channel_id, target_id, excerpt, source) "
	" SELECT guild_id, user_id, at, kind, message_id, emoji, channel_id, target_id, excerpt, 2 FROM fresh "
	" ON CONFLICT DO NOTHING RETURNING guild_id, user_id, at, kind"
	"), gone AS ("
	" DELETE FROM response.activity a USING reply r WHERE a.guild_id = r.guild_id AND a.user_id = r.user_id "
	"  AND a.kind = 'message' AND a.message_id = r.message_id AND a.emoji = '' AND a.source = 2 "
	" RETURNING a.guild_id, a.user_id, a.at, a.kind"
	"), moved AS (SELECT put.*, 1 AS n FROM put UNION ALL SELECT gone.*, -1 FROM gone"
	"), hours AS ("
	" INSERT INTO response.activity_hourly AS h (guild_id, hour, user_id, messages, replies, reactions, tasks) "
	" SELECT guild_id, date_trunc('hour', at, 'UTC'), user_id, coalesce(sum(n) FILTER (WHERE kind = 'message'), 0), "
	"  coalesce(sum(n) FILTER (WHERE kind = 'reply'), 0), coalesce(sum(n) FILTER (WHERE kind = 'reaction'), 0), "
	"  coalesce(sum(n) FILTER (WHERE kind = 'task_verification'), 0) FROM moved GROUP BY 1, 2, 3 "
	" ON CONFLICT (guild_id, hour, user_id) DO UPDATE SET messages = h.messages + excluded.messages, "
	"  replies = h.replies + excluded.replies, reactions = h.reactions + excluded.reactions, tasks = h.tasks + excluded.tasks)"
	SQL_TELL;

/* Where a request was asked stands beside the act that answered it. */
static const char sql_requests[] =
	SQL_TAKE("import_request")
	"wanted AS MATERIALIZED ("
	" SELECT DISTINCT ON (guild_id, request_id) t.*, coalesce(nullif(t.channel_id, 0), (SELECT a.channel_id "
	"   FROM response.activity a WHERE a.guild_id = t.guild_id AND a.user_id = t.answered_by "
	"   AND a.kind IN ('reply', 'reaction') AND a.message_id IN (t.answer_id, t.request_id) LIMIT 1), 0) AS place, "
	"  response.person(t.guild_id, t.answered_by) AS person "
	" FROM taken t JOIN live l USING (guild_id) WHERE t.asked_at < l.since "
	" ORDER BY guild_id, request_id, answered_at NULLS LAST"
	"), put AS ("
	" INSERT INTO response.request AS r (guild_id, request_id, channel_id, parent_id, author_id, kind, state, asked_at, "
	"  clock_at, answered_at, answered_by, answer_kind, answer_id, closed_at, source) "
	" SELECT guild_id, request_id, place, coalesce((SELECT c.parent_id FROM analytics.channel c "
	"   WHERE c.guild_id = w.guild_id AND c.channel_id = w.place AND c.kind IN (10, 11, 12)), 0), 1, kind, "
	"  CASE WHEN answered_at IS NULL THEN 'resolved' ELSE 'answered' END, asked_at, asked_at, answered_at, person, "
	"  answer_kind, answer_id, CASE WHEN answered_at IS NULL THEN now() END, 2 FROM wanted w "
	" ON CONFLICT (guild_id, request_id) DO UPDATE SET state = 'answered', answered_at = excluded.answered_at, "
	"  answered_by = excluded.answered_by, answer_kind = excluded.answer_kind, answer_id = excluded.answer_id, "
	"  closed_at = NULL, changed_at = now() "
	" WHERE r.source = 2 AND r.state = 'resolved' AND r.reopened = 0 AND r.answered_at IS NULL "
	"  AND excluded.answered_at IS NOT NULL RETURNING guild_id)"
	SQL_TELL;

#define SQL_RANK(t) "array_position(ARRAY['pending', 'reviewing', 'verified', 'archived'], " t ".state)"

static const char sql_task_reports[] =
	SQL_TAKE("import_task_report")
	"wanted AS MATERIALIZED ("
	" SELECT DISTINCT ON (guild_id, report_id) t.*, response.person(t.guild_id, t.author_id) AS author, "
	"  response.person(t.guild_id, t.curator_id) AS curator FROM taken t JOIN live l USING (guild_id) "
	" WHERE t.reported_at < l.since ORDER BY guild_id, report_id, " SQL_RANK("t") " DESC"
	"), put AS ("
	" INSERT INTO response.task_report AS r (guild_id, report_id, channel_id, author_id, reported_at, tasks, state, "
	"  curator_id, claimed_at, approved, verified_at, excerpt, source) "
	" SELECT guild_id, report_id, channel_id, author, reported_at, tasks, state, curator, claimed_at, approved, "
	"  verified_at, excerpt, 2 FROM wanted "
	" ON CONFLICT (guild_id, report_id) DO UPDATE SET state = excluded.state, curator_id = excluded.curator_id, "
	"  claimed_at = excluded.claimed_at, approved = least(excluded.approved, r.tasks), "
	"  verified_at = excluded.verified_at, changed_at = now() "
	" WHERE r.source = 2 AND " SQL_RANK("excluded") " > " SQL_RANK("r") " RETURNING guild_id)"
	SQL_TELL;

/* $1 import, $2 account */
static const char sql_exclusions[] =
	"WITH taken AS (DELETE FROM backup.import_excluded WHERE import_id = $1::bigint RETURNING *"
	"), put AS (INSERT INTO app.curator_excluded (guild_id, user_id, reason, excluded_by, excluded_at) "
	" SELECT DISTINCT ON (guild_id, user_id) guild_id, user_id, reason, $2::bigint, coalesce(excluded_at, now()) "
	" FROM taken ORDER BY guild_id, user_id ON CONFLICT DO NOTHING RETURNING 1) "
	"SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM put)";

/* Who is assigned nowhere is a curator where they worked; bots and the excluded are none. They are staff since they
 * became one, as far as nobody knows better. */
static const char sql_curators[] =
	"WITH taken AS MATERIALIZED (DELETE FROM backup.import_curator WHERE import_id = $1::bigint RETURNING *"
	"), worked AS MATERIALIZED ("
	" SELECT DISTINCT a.guild_id, a.user_id FROM response.activity a JOIN taken t ON t.guild_id = 0 AND t.user_id = a.user_id "
	"  WHERE a.source = 2 "
	" UNION SELECT DISTINCT q.guild_id, q.answered_by FROM response.request q JOIN taken t ON t.guild_id = 0 "
	"  AND t.user_id = q.answered_by WHERE q.source = 2"
	"), wanted AS MATERIALIZED ("
	" SELECT DISTINCT ON (g.guild_id, t.user_id) g.guild_id, t.user_id, name, kind, subdivision, is_active, created_at "
	" FROM taken t CROSS JOIN LATERAL (SELECT t.guild_id WHERE t.guild_id <> 0 "
	"  UNION ALL SELECT w.guild_id FROM worked w WHERE t.guild_id = 0 AND w.user_id = t.user_id) g (guild_id) "
	" WHERE NOT EXISTS (SELECT FROM app.curator_excluded e WHERE e.guild_id = g.guild_id AND e.user_id = t.user_id) "
	"  AND NOT EXISTS (SELECT FROM analytics.member m WHERE m.guild_id = g.guild_id AND m.user_id = t.user_id AND m.is_bot) "
	" ORDER BY g.guild_id, t.user_id, t.row_id DESC"
	"), put AS ("
	" INSERT INTO app.curator (guild_id, user_id, name, kind, subdivision, is_active, created_at) "
	" SELECT guild_id, user_id, name, kind, subdivision, is_active, coalesce(created_at, now()) FROM wanted "
	" ON CONFLICT DO NOTHING RETURNING guild_id, user_id, is_active, created_at"
	"), staff AS ("
	" INSERT INTO response.staff (guild_id, user_id, started_at, by_role, source) "
	" SELECT guild_id, user_id, greatest(created_at, (SELECT max(s.ended_at) FROM response.staff s "
	"   WHERE s.guild_id = put.guild_id AND s.user_id = put.user_id)), false, 2 FROM put WHERE is_active "
	"  AND NOT EXISTS (SELECT FROM response.staff s WHERE s.guild_id = put.guild_id AND s.user_id = put.user_id "
	"   AND s.ended_at IS NULL) ON CONFLICT DO NOTHING"
	"), told AS (SELECT pg_notify('response', format('%s 0 -', guild_id)) FROM (SELECT DISTINCT guild_id FROM put) g) "
	"SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM put), (SELECT count(*) FROM told)";

/* What a guild decided meanwhile counts, for each table by itself. $1 import, $2 account */
#define SQL_DECIDED(table)                                                                         \
	"(SELECT d.guild_id, d.columns AS c FROM backup.import_decision d WHERE d.import_id = $1::bigint " \
	" AND d.target = '" table "' AND NOT EXISTS (SELECT FROM app." table " h WHERE h.guild_id = d.guild_id)) d "
#define SQL_IDS(name) "coalesce((SELECT array_agg(x::bigint) FROM jsonb_array_elements_text(c -> '" name "') x), '{}')"
#define SQL_TEXTS(name) "coalesce((SELECT array_agg(x) FROM jsonb_array_elements_text(c -> '" name "') x), '{}')"
#define SQL_INT(name, otherwise) "coalesce((c ->> '" name "')::int, " #otherwise ")"

static const char *const sql_decisions[] = {
	"INSERT INTO app.desk_settings (guild_id, is_enabled, staff_roles, allowed_channels, good_s, poor_s) "
	"SELECT guild_id, (c ->> 'is_enabled')::boolean, " SQL_IDS("staff_roles") ", " SQL_IDS("allowed_channels") ", "
	SQL_INT("good_s", 60) ", " SQL_INT("poor_s", 300) " FROM " SQL_DECIDED("desk_settings")
	"WHERE $2::bigint IS NOT NULL ON CONFLICT DO NOTHING",
	"INSERT INTO app.request_rule (guild_id, name, kind, is_enabled, words, roles, position) "
	"SELECT guild_id, c ->> 'name', c ->> 'kind', (c ->> 'is_enabled')::boolean, " SQL_TEXTS("words") ", "
	SQL_IDS("roles") ", " SQL_INT("position", 0) " FROM " SQL_DECIDED("request_rule") "WHERE $2::bigint IS NOT NULL",
	"INSERT INTO app.task_settings (guild_id, is_enabled, channels, keywords) "
	"SELECT guild_id, (c ->> 'is_enabled')::boolean, " SQL_IDS("channels") ", " SQL_TEXTS("keywords") " FROM "
	SQL_DECIDED("task_settings") "WHERE $2::bigint IS NOT NULL ON CONFLICT DO NOTHING",
	"INSERT INTO app.notice_settings (guild_id, is_enabled, delay_s, repeat_s, channel_id, channel_guild_id, set_by, roles) "
	"SELECT guild_id, false, " SQL_INT("delay_s", 600) ", " SQL_INT("repeat_s", 0) ", (c ->> 'channel_id')::bigint, "
	" (c ->> 'channel_guild_id')::bigint, $2::bigint, " SQL_IDS("roles") " FROM " SQL_DECIDED("notice_settings")
	"ON CONFLICT DO NOTHING",
	"INSERT INTO app.rating_settings (guild_id, points_message, points_reply, points_reaction, points_task, levels) "
	"SELECT guild_id, " SQL_INT("message", 3) ", " SQL_INT("reply", 2) ", " SQL_INT("reaction", 1) ", "
	SQL_INT("task", 5) ", coalesce(c -> 'levels', '[]') FROM " SQL_DECIDED("rating_settings")
	"WHERE $2::bigint IS NOT NULL ON CONFLICT DO NOTHING",
	"INSERT INTO app.audit_log (guild_id, at, actor_id, action, after) "
	"SELECT guild_id, now(), $2::bigint, 'desk.import', jsonb_object_agg(target, columns) FROM backup.import_decision "
	"WHERE import_id = $1::bigint GROUP BY guild_id",
	"DELETE FROM backup.import_decision WHERE import_id = $1::bigint AND $2::bigint IS NOT NULL",
};
/* clang-format on */

/* How many staged rows it took out; below 0 when it failed. */
static int64_t run(struct import *import, const char *sql, int n, struct ra_err *err)
{
	char id[24], account[24];
	const char *const values[] = { id, account };
	snprintf(id, sizeof(id), "%lld", (long long)import_id(import));
	snprintf(account, sizeof(account), "%lld", (long long)import_asked_by(import));
	PGresult *r = db_query(import_db(import), err, sql, n, values);
	if (!r)
		return RA_EDB;
	int64_t taken = PQntuples(r) > 0 ? strtoll(PQgetvalue(r, 0, 0), NULL, 10) : 0;
	PQclear(r);
	return taken;
}

/* Who chooses to be nobody waits for the end of a piece, or the piece for them. */
static int64_t run_alone(struct import *import, const char *sql, int n, struct ra_err *err)
{
	int64_t taken = run(import, "BEGIN", 0, err);
	if (taken == 0)
		taken = run(import, "SELECT 0 FROM (SELECT response.people_turn()) t", 0, err);
	if (taken == 0)
		taken = run(import, sql, n, err);
	int64_t end = run(import, taken < 0 ? "ROLLBACK" : "COMMIT", 0, taken < 0 ? NULL : err);
	return taken < 0 ? taken : end < 0 ? end : taken;
}

static int in_pieces(struct import *import, const char *sql, struct ra_err *err)
{
	int64_t taken;
	while ((taken = run_alone(import, sql, 1, err)) > 0)
		continue;
	return (int)taken;
}

int merge_activities(struct import *import, struct ra_err *err)
{
	return in_pieces(import, sql_activities, err);
}

int merge_requests(struct import *import, struct ra_err *err)
{
	return in_pieces(import, sql_requests, err);
}

int merge_task_reports(struct import *import, struct ra_err *err)
{
	return in_pieces(import, sql_task_reports, err);
}

int merge_exclusions(struct import *import, struct ra_err *err)
{
	int64_t taken = run_alone(import, sql_exclusions, 2, err);
	return taken < 0 ? (int)taken : 0;
}

int merge_curators(struct import *import, struct ra_err *err)
{
	int64_t taken = run_alone(import, sql_curators, 1, err);
	return taken < 0 ? (int)taken : 0;
}

int merge_decisions(struct import *import, struct ra_err *err)
{
	int64_t rc = run(import, "BEGIN", 0, err);
	for (size_t i = 0; i < RA_COUNT(sql_decisions) && rc == 0; i++)
		rc = run(import, sql_decisions[i], 2, err);
	int64_t end = run(import, rc < 0 ? "ROLLBACK" : "COMMIT", 0, rc < 0 ? NULL : err);
	return (int)(rc < 0 ? rc : end);
}
