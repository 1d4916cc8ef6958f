/*
 * import_merge: from staging to where our own figures are.
 *
 *	claim      analytics.import_span, first of all: from then on nobody else may import, nor
 *	           read from history, what is about to come
 *	a month    of a guild at a time: rows are deleted from staging and added to the hours in one
 *	           statement, in turn with those who fold the guild's streams; its days are made
 *anew (services/analytics/recut.h), five seconds after the last month came
 *
 * Hours are added to, not replaced: that nothing is there twice is what the
 * claims are for. People who opted out meanwhile are counted as user 1.
 */
#include "services/backup-scheduler/import_internal.h"
#include "services/backup-scheduler/job.h"
#include <stdio.h>

/* clang-format off */

/* --- claim ------------------------------------------------------------------------------------- */

/* Something of what was staged was somebody else's to count by now: $1 import. */
static const char sql_is_stale[] =
	"SELECT EXISTS (SELECT FROM backup.import_seen s JOIN backup.import i USING (import_id) "
	" JOIN analytics.import_span p USING (guild_id, kind, channel_id) "
	" WHERE s.import_id = $1 AND p.import_id <> $1 AND p.claim > i.claims "
	"  AND p.from_id <= s.to_id AND p.to_id >= s.from_id) "
	"OR EXISTS (SELECT FROM backup.import_seen s "
	" JOIN analytics.channel_live l USING (guild_id, channel_id) "
	" LEFT JOIN analytics.history_range r ON r.guild_id = s.guild_id "
	"  AND r.channel_id = s.channel_id AND r.reason = 'start' "
	" WHERE s.import_id = $1 AND s.kind = 'messages' AND s.to_id > least(nullif(l.start_id, 0), "
	"  CASE WHEN r.skipped IS NULL THEN r.after_id ELSE r.cursor_id - 1 END)) "
	"OR EXISTS (SELECT FROM backup.import_seen s LEFT JOIN analytics.guild g USING (guild_id) "
	" WHERE s.import_id = $1 AND (g.guild_id IS NULL OR g.removed_at IS NOT NULL))";

static const char sql_claim[] =
	"INSERT INTO analytics.import_span (guild_id, kind, channel_id, from_id, to_id, import_id) "
	"SELECT s.guild_id, s.kind, s.channel_id, lower(r), upper(r) - 1, s.import_id "
	"FROM backup.import_seen s CROSS JOIN LATERAL ("
	" SELECT range_agg(int8range(p.from_id, p.to_id, '[]')) AS spans FROM analytics.import_span p "
	" WHERE p.guild_id = s.guild_id AND p.kind = s.kind AND p.channel_id = s.channel_id) taken "
	"CROSS JOIN LATERAL unnest(int8multirange(int8range(s.from_id, s.to_id, '[]')) "
	" - coalesce(taken.spans, '{}')) r WHERE s.import_id = $1";

static const char sql_since[] =
	"UPDATE analytics.guild g SET imported_from = least(g.imported_from, n.at) FROM ("
	" SELECT guild_id, min(at) AS at FROM ("
	"  SELECT guild_id, ms_to_ts(CASE kind WHEN 'messages' THEN (from_id >> 22) + 1420070400000 "
	"   ELSE from_id END) AS at FROM backup.import_seen WHERE import_id = $1) s GROUP BY 1) n "
	"WHERE g.guild_id = n.guild_id";

/* --- messages: $1 import, $2 guild, $3 month ------------------------------------------------------ */

#define SQL_TAKE(table, at)                                                                        \
	"WITH gone AS (DELETE FROM backup." table " WHERE import_id = $1::bigint "                  \
	" AND guild_id = $2::bigint AND " at " >= $3::timestamptz "                                  \
	" AND " at " < $3::timestamptz + interval '1 month' RETURNING *), "                          \
	"named AS (SELECT g.*, CASE WHEN u.user_id IS NULL THEN g.user_id ELSE 1 END AS person "     \
	" FROM gone g LEFT JOIN analytics.unnamed u USING (guild_id, user_id)), "

static const char sql_messages[] =
	SQL_TAKE("import_message", "hour")
	"acts AS (SELECT guild_id, hour, channel_id, person, max(author_kind) AS author_kind, "
	" sum(messages)::int AS messages, sum(replies)::int AS replies, "
	" sum(attachments)::int AS attachments, sum(notices)::int AS notices, "
	" sum(characters)::bigint AS characters, bit_or(blocks) AS blocks "
	" FROM named GROUP BY 1, 2, 3, 4), "
	"put AS (INSERT INTO analytics.message_hourly AS m (guild_id, hour, channel_id, user_id, "
	"  author_kind, messages, replies, attachments, notices, characters, blocks, source) "
	" SELECT guild_id, hour, channel_id, person, author_kind, messages, replies, attachments, "
	"  notices, characters, blocks, 2 FROM acts "
	" ON CONFLICT (guild_id, hour, channel_id, user_id, source) DO UPDATE SET "
	"  author_kind = greatest(m.author_kind, EXCLUDED.author_kind), "
	"  messages = m.messages + EXCLUDED.messages, replies = m.replies + EXCLUDED.replies, "
	"  attachments = m.attachments + EXCLUDED.attachments, notices = m.notices + EXCLUDED.notices, "
	"  characters = m.characters + EXCLUDED.characters, blocks = m.blocks | EXCLUDED.blocks) "
	"INSERT INTO analytics.guild_hourly AS h (guild_id, hour, messages, bot_messages, replies, "
	" attachments, source) "
	"SELECT guild_id, hour, coalesce(sum(messages) FILTER (WHERE author_kind = 0), 0), "
	" coalesce(sum(messages) FILTER (WHERE author_kind IN (1, 2)), 0), "
	" coalesce(sum(replies) FILTER (WHERE author_kind = 0), 0), "
	" coalesce(sum(attachments) FILTER (WHERE author_kind = 0), 0), 2 FROM acts GROUP BY 1, 2 "
	"ON CONFLICT (guild_id, hour, source) DO UPDATE SET messages = h.messages + EXCLUDED.messages, "
	" bot_messages = h.bot_messages + EXCLUDED.bot_messages, "
	" replies = h.replies + EXCLUDED.replies, attachments = h.attachments + EXCLUDED.attachments";

static const char sql_voice[] =
	SQL_TAKE("import_voice", "hour")
	"acts AS (SELECT guild_id, hour, channel_id, person, sum(ms)::bigint AS ms "
	" FROM named GROUP BY 1, 2, 3, 4), "
	"put AS (INSERT INTO analytics.voice_hourly AS v (guild_id, hour, channel_id, user_id, raw_ms, "
	"  source) SELECT guild_id, hour, channel_id, person, ms, 2 FROM acts "
	" ON CONFLICT (guild_id, hour, channel_id, user_id) DO UPDATE SET "
	"  raw_ms = v.raw_ms + EXCLUDED.raw_ms) "
	"INSERT INTO analytics.guild_hourly AS h (guild_id, hour, voice_raw_ms, source) "
	"SELECT guild_id, hour, sum(ms), 2 FROM acts GROUP BY 1, 2 "
	"ON CONFLICT (guild_id, hour, source) DO UPDATE SET "
	" voice_raw_ms = h.voice_raw_ms + EXCLUDED.voice_raw_ms";

static const char sql_flows[] =
	SQL_TAKE("import_flow", "at")
	"put AS (INSERT INTO analytics.member_flow (guild_id, at, user_id, kind, is_bot, "
	"  invite_source, source) "
	" SELECT DISTINCT ON (guild_id, at, person, kind) guild_id, at, person, kind, is_bot, "
	"  CASE kind WHEN 'join' THEN 'unknown' END, 2 FROM named "
	" ON CONFLICT DO NOTHING RETURNING guild_id, at, kind, is_bot) "
	"INSERT INTO analytics.guild_hourly AS h (guild_id, hour, joins, leaves, source) "
	"SELECT guild_id, date_trunc('hour', at, 'UTC'), count(*) FILTER (WHERE kind = 'join'), "
	" count(*) FILTER (WHERE kind = 'leave'), 2 FROM put WHERE NOT is_bot GROUP BY 1, 2 "
	"ON CONFLICT (guild_id, hour, source) DO UPDATE SET joins = h.joins + EXCLUDED.joins, "
	" leaves = h.leaves + EXCLUDED.leaves";

/* What only the whole line of somebody's joins and leaves tells. $1 guild. */
static const char sql_stays[] =
	"WITH line AS (SELECT guild_id, user_id, at, seq, kind, is_bot, source, "
	"  lag(kind) OVER w AS was, lag(at) OVER w AS was_at, lead(kind) OVER w AS next, "
	"  lead(at) OVER w AS next_at FROM analytics.member_flow "
	"  WHERE guild_id = $1::bigint AND user_id >= 4194304 "
	"  WINDOW w AS (PARTITION BY user_id ORDER BY at, seq)), "
	"told AS (UPDATE analytics.member_flow f SET is_rejoin = l.kind = 'join' AND l.was IS NOT NULL, "
	"  tenure_ms = CASE WHEN l.kind = 'leave' AND l.was = 'join' "
	"   THEN ts_to_ms(l.at) - ts_to_ms(l.was_at) END "
	"  FROM line l WHERE l.source = 2 AND f.guild_id = l.guild_id AND f.at = l.at "
	"  AND f.user_id = l.user_id AND f.kind = l.kind AND f.seq = l.seq) "
	"INSERT INTO analytics.newcomer (guild_id, user_id, joined_at, left_at, has_firsts) "
	"SELECT guild_id, user_id, at, CASE WHEN next = 'leave' THEN next_at END, false FROM line "
	"WHERE kind = 'join' AND source = 2 AND NOT is_bot ON CONFLICT DO NOTHING";

static const char sql_snapshots[] =
	"WITH gone AS (DELETE FROM backup.import_snapshot WHERE import_id = $1::bigint "
	" AND guild_id = $2::bigint AND at >= $3::timestamptz "
	" AND at < $3::timestamptz + interval '1 month' RETURNING *) "
	"INSERT INTO analytics.guild_snapshot (guild_id, at, members, channels, voice_members, "
	" messages_total, voice_ms_open, source) "
	"SELECT DISTINCT ON (guild_id, at) guild_id, at, members, channels, voice_members, 0, 0, 2 "
	"FROM gone ON CONFLICT DO NOTHING";

/* Discord has described those that are there; the others are there no more. */
static const char sql_channels[] =
	"WITH gone AS (DELETE FROM backup.import_channel WHERE import_id = $1::bigint RETURNING *) "
	"INSERT INTO analytics.channel (guild_id, channel_id, parent_id, kind, name, is_archived, "
	" created_at, deleted_at) "
	"SELECT DISTINCT ON (guild_id, channel_id) guild_id, channel_id, parent_id, kind, name, "
	" kind IN (10, 11, 12), ms_to_ts((channel_id >> 22) + 1420070400000), "
	" CASE WHEN kind NOT IN (10, 11, 12) THEN now() END "
	"FROM gone ON CONFLICT DO NOTHING";

static const char sql_members[] =
	"WITH gone AS (DELETE FROM backup.import_member WHERE import_id = $1::bigint RETURNING *), "
	"named AS (SELECT DISTINCT ON (guild_id, user_id) g.* FROM gone g "
	" WHERE NOT EXISTS (SELECT FROM analytics.unnamed u WHERE u.guild_id = g.guild_id "
	"  AND u.user_id = g.user_id)) "
	"INSERT INTO analytics.member AS m (guild_id, user_id, username, nick, is_bot) "
	"SELECT guild_id, user_id, username, nick, is_bot FROM named "
	"ON CONFLICT (guild_id, user_id) DO UPDATE SET username = EXCLUDED.username WHERE m.username = ''";
/* clang-format on */

/* --- in transactions -----------------------------------------------------------------------------
 */

static int finish(struct import *im, int rc, struct ra_err *err)
{
	rc = rc == 0 ? import_commit(im, err) : rc;
	if (rc < 0)
		import_rollback(im);
	return rc;
}

static int is_stale(struct import *im, const char *const *id, struct ra_err *err)
{
	PGresult *rows = db_query(im->db, err, sql_is_stale, 1, id);
	int rc = !rows ? RA_EDB : 0;
	if (rows && PQgetvalue(rows, 0, 0)[0] == 't')
		rc = ra_fail(err, RA_ELOCKED, "", "some of it was counted otherwise meanwhile");
	PQclear(rows);
	return rc;
}

static int claim_all(struct import *im, const char *const *id, struct ra_err *err)
{
	/* No history is planned in these guilds while we look. */
	int rc = db_run(im->db, err,
			"SELECT analytics.import_turn(guild_id) FROM (SELECT DISTINCT guild_id "
			"FROM backup.import_seen WHERE import_id = $1 ORDER BY 1) g",
			1, id);
	rc = rc == 0 ? is_stale(im, id, err) : rc;
	rc = rc == 0 ? db_run(im->db, err, sql_claim, 1, id) : rc;
	rc = rc == 0 ? db_run(im->db, err, sql_since, 1, id) : rc;
	return rc == 0 ? db_run(im->db, err,
				"UPDATE backup.import SET state = 'importing' "
				"WHERE import_id = $1",
				1, id)
		       : rc;
}

int import_claim(struct import *im, struct ra_err *err)
{
	char text[24];
	const char *id[] = { import_i64_text(text, im->id) };
	int rc = import_begin(im, err);
	rc = rc == 0 ? claim_all(im, id, err) : rc;
	return finish(im, rc, err);
}

struct month {
	char guild[24], from[40];
};

/* The months of guilds that are still staged, and partitions for them. */
static int months_of(struct import *im, const char *table, const char *at, struct month **months,
		     size_t *count, struct ra_err *err)
{
	char text[24];
	const char *id[] = { import_i64_text(text, im->id) };
	char *sql = ra_format("SELECT guild_id, month, analytics.ensure_months(month, month) FROM ("
			      "SELECT DISTINCT guild_id, date_trunc('month', %s, 'UTC') AS month "
			      "FROM backup.%s WHERE import_id = $1) m ORDER BY 1, 2",
			      at, table);
	PGresult *rows = db_query(im->db, err, sql, 1, id);
	ra_free(sql);
	if (!rows)
		return RA_EDB;
	*count = (size_t)PQntuples(rows);
	*months = ra_alloc((*count + 1) * sizeof **months);
	for (size_t i = 0; i < *count; i++) {
		snprintf((*months)[i].guild, 24, "%s", PQgetvalue(rows, (int)i, 0));
		snprintf((*months)[i].from, 40, "%s", PQgetvalue(rows, (int)i, 1));
	}
	PQclear(rows);
	return 0;
}

static int merge_month(struct import *im, const char *sql, const struct month *month,
		       struct ra_err *err)
{
	char id[24];
	const char *guild[] = { month->guild };
	const char *values[] = { import_i64_text(id, im->id), month->guild, month->from };
	int rc = import_begin(im, err);
	rc = rc == 0 ? db_run(im->db, err, "SELECT analytics.import_turn($1)", 1, guild) : rc;
	rc = rc == 0 ? db_run(im->db, err, sql, 3, values) : rc;
	rc = rc == 0 ? db_run(im->db, err, "SELECT analytics.days_anew($1)", 1, guild) : rc;
	return finish(im, rc, err);
}

static int merge_months(struct import *im, const char *table, const char *at, const char *sql,
			struct ra_err *err)
{
	struct month *months = NULL;
	size_t count = 0;
	int rc = months_of(im, table, at, &months, &count, err);
	for (size_t i = 0; i < count && rc == 0; i++) {
		rc = merge_month(im, sql, &months[i], err);
		if (im->job)
			job_progress(im->job, (double)(i + 1) / (double)count);
	}
	ra_free(months);
	return rc;
}

int import_merge_messages(struct import *im, struct ra_err *err)
{
	return merge_months(im, "import_message", "hour", sql_messages, err);
}

int import_merge_voice(struct import *im, struct ra_err *err)
{
	return merge_months(im, "import_voice", "hour", sql_voice, err);
}

int import_merge_snapshots(struct import *im, struct ra_err *err)
{
	return merge_months(im, "import_snapshot", "at", sql_snapshots, err);
}

static int merge_stays(struct import *im, struct ra_err *err)
{
	char text[24];
	const char *id[] = { import_i64_text(text, im->id) };
	PGresult *guilds = db_query(im->db, err,
				    "SELECT guild_id FROM backup.import_seen "
				    "WHERE import_id = $1 AND kind = 'flows'",
				    1, id);
	int rc = guilds ? 0 : RA_EDB;
	for (int i = 0; guilds && i < PQntuples(guilds) && rc == 0; i++) {
		const char *guild[] = { PQgetvalue(guilds, i, 0) };
		rc = import_begin(im, err);
		rc = rc == 0 ? db_run(im->db, err, "SELECT analytics.import_turn($1)", 1, guild)
			     : rc;
		rc = rc == 0 ? db_run(im->db, err, sql_stays, 1, guild) : rc;
		rc = rc == 0 ? db_run(im->db, err, "SELECT analytics.days_anew($1)", 1, guild) : rc;
		rc = finish(im, rc, err);
	}
	PQclear(guilds);
	return rc;
}

int import_merge_flows(struct import *im, struct ra_err *err)
{
	int rc = merge_months(im, "import_flow", "at", sql_flows, err);
	return rc == 0 ? merge_stays(im, err) : rc;
}

int import_merge_channels(struct import *im, struct ra_err *err)
{
	char text[24];
	const char *id[] = { import_i64_text(text, im->id) };
	return db_run(im->db, err, sql_channels, 1, id);
}

int import_merge_members(struct import *im, struct ra_err *err)
{
	char text[24];
	const char *id[] = { import_i64_text(text, im->id) };
	return db_run(im->db, err, sql_members, 1, id);
}
