/* alert_facts: see alert_facts.h. */
#include "services/api/alert_facts.h"
#include "services/api/filter.h"
#include "services/api/filter_sql.h"

/* clang-format off */
/* $2 and $3 are there for SQL_FILTER, and are now. */

/* The hours in question (0; for `above` also up to now, -1), and those of earlier weeks on the
 * guild's clock (1 and up). $1 guild, $4 now. */
#define SQL_PARTS(hours, condition)                                                                \
	"asked AS ("                                                                               \
	" SELECT date_trunc('hour', public.ms_to_ts($4), 'UTC') AS full_at, "                      \
	"  make_interval(hours => " hours "::int) AS span, "                                       \
	"  coalesce((SELECT timezone FROM app.guild_settings WHERE guild_id = $1), 'UTC') AS tz"   \
	"), part AS ("                                                                             \
	" SELECT 0 AS week, full_at - span AS from_at, full_at AS to_at FROM asked "               \
	" UNION ALL SELECT -1, full_at - span + interval '1 hour', public.ms_to_ts($4) FROM asked " \
	"  WHERE " condition "::text = 'above' "                                                   \
	" UNION ALL SELECT week, at, at + span FROM asked CROSS JOIN generate_series(1, 12) week " \
	"  CROSS JOIN LATERAL (SELECT ((full_at - span) AT TIME ZONE tz "                          \
	"   - make_interval(days => 7 * week)) AT TIME ZONE tz AS at) back "                       \
	"  WHERE " condition " = 'unusual'"                                                        \
	")"

/* Rows: number of the part, value, whether all of it was watched. */
#define SQL_VALUES(figure, others)                                                                 \
	"SELECT week, CASE " figure "::text WHEN 'members' THEN g.member_count " others " END::float8, " \
	" coalesce(g.first_event_at <= from_at, false) AND NOT EXISTS ("                           \
	" SELECT FROM analytics.gaps_of($1, from_at, to_at) gap WHERE NOT gap.is_healed) "         \
	"FROM part CROSS JOIN analytics.guild g WHERE g.guild_id = $1 AND $2::bigint <= $3::bigint " \
	"ORDER BY week"

#define SQL_IN_PART             "hour >= from_at AND hour < to_at"
#define SQL_OF(figure, column)  "WHEN '" figure "' THEN " column " "
#define SQL_SUM(cases, from)    "(SELECT coalesce(sum(CASE " cases "END), 0) FROM " from ") "
#define SQL_VOICE_OF(before)                                                                       \
	SQL_OF("voice_raw_ms", before "raw_ms") SQL_OF("voice_present_ms", before "present_ms")    \
	SQL_OF("voice_engaged_ms", before "engaged_ms") SQL_OF("voice_talking_ms", before "talking_ms")

/* What nobody is left out of, hour by hour. */
#define SQL_OF_ALL                                                                                 \
	SQL_OF("joins", "joins") SQL_OF("leaves", "leaves") SQL_OF("net_growth", "joins - leaves")  \
	SQL_OF("deletions", "deletions")
#define SQL_HOURS "analytics.guild_hourly h WHERE h.guild_id = $1 AND " SQL_IN_PART

/* What was said in voice, and what is being said. */
#define SQL_VOICE                                                                                  \
	"(SELECT hour, channel_id, user_id, " SQL_ACT_TALKED " FROM analytics.voice_hourly "       \
	" WHERE guild_id = $1 AND " SQL_IN_PART " UNION ALL "                                      \
	" SELECT hour, channel_id, user_id, " SQL_ACT_TALKED " FROM running WHERE " SQL_IN_PART ") v"

/* $5 figure, $6 hours, $7 condition. */
const char sql_alert_facts[] =
	"WITH " SQL_RUNNING ", " SQL_PARTS("$6", "$7") " "
	SQL_VALUES("$5",
		"WHEN 'active_members' THEN (SELECT count(*) FROM ("
		"  SELECT user_id FROM analytics.message_hourly WHERE guild_id = $1 AND " SQL_IN_PART
		"   AND author_kind = 0 AND " SQL_HAS_ACTED("messages", "reactions_given", "0") " "
		"  UNION SELECT user_id FROM " SQL_VOICE " GROUP BY 1 "
		"  HAVING " SQL_HAS_ACTED("0", "0", "sum(present_ms)") ") p) "
		"ELSE " SQL_SUM("$5 " SQL_OF_ALL SQL_OF("messages", "messages")
			SQL_OF("bot_messages", "bot_messages") SQL_OF("replies", "replies")
			SQL_OF("attachments", "attachments") SQL_OF("edits", "edits")
			SQL_OF("reactions", "reactions") SQL_VOICE_OF("voice_"), SQL_HOURS)
		"+ " SQL_SUM("$5 " SQL_VOICE_OF(""), "running WHERE " SQL_IN_PART));

/* What those did who count, where it counts. Bots, too, when they are asked for. */
#define SQL_DID                                                                                    \
	"(SELECT author_kind, " SQL_ACT_NAMES ", user_id FROM ("                                   \
	" SELECT author_kind, channel_id, user_id, " SQL_ACT_WROTE ", 0 AS raw_ms, "               \
	"  0 AS present_ms, 0 AS engaged_ms, 0 AS talking_ms FROM analytics.message_hourly "       \
	" WHERE guild_id = $1 AND " SQL_IN_PART " AND (author_kind = ANY ($9::int[]) "             \
	"  OR $13 = 'bot_messages' AND author_kind IN (1, 2)) UNION ALL "                          \
	" SELECT 0, channel_id, user_id, 0, 0, 0, 0, 0, 0, 0, " SQL_ACT_TALKED " FROM " SQL_VOICE  \
	") a WHERE " SQL_IS_WANTED_WHO " AND " SQL_IS_WANTED_PLACE ") did"

/* The same under what the guild leaves out: parameters of filter_params_left_out, then $13 figure,
 * $14 hours, $15 condition. */
const char sql_alert_facts_left_out[] =
	"WITH " SQL_RUNNING ", " SQL_FILTER ", " SQL_PARTS("$14", "$15") " "
	SQL_VALUES("$13",
		"WHEN 'active_members' THEN (SELECT count(*) FROM ("
		"  SELECT user_id FROM " SQL_DID " GROUP BY 1 HAVING "
		SQL_HAS_ACTED("sum(messages)", "sum(reactions_given)", "sum(present_ms)") ") p) "
		"ELSE " SQL_SUM("$13 " SQL_OF_ALL, SQL_HOURS)
		"+ CASE WHEN $13 IN ('joins', 'leaves', 'net_growth', 'deletions') THEN 0 ELSE "
		SQL_SUM("$13 " SQL_OF("messages", "messages")
			SQL_OF("bot_messages", "CASE WHEN author_kind > 0 THEN messages END")
			SQL_OF("replies", "replies") SQL_OF("attachments", "attachments")
			SQL_OF("edits", "edits") SQL_OF("reactions", "reactions_given")
			SQL_VOICE_OF(""), SQL_DID) "END ");
/* clang-format on */

int alert_facts_ask(struct api *api, struct ra_arena *arena, const struct alert_question *question,
		    ra_pg_result_cb on_rows, void *ctx)
{
	struct ra_pg_params p = { .arena = arena };
	bool is_plain = !question->leaves_out && !question->counts_bots;
	if (is_plain) {
		ra_pg_i64(&p, (int64_t)question->guild_id);
		for (int i = 0; i < 3; i++)
			ra_pg_i64(&p, question->now_ms);
	} else {
		filter_params_left_out(question->guild_id, question->now_ms, question->counts_bots,
				       &p);
	}
	ra_pg_text(&p, ra_str_of(question->figure));
	ra_pg_i64(&p, question->hours);
	ra_pg_text(&p, ra_str_of(question->condition));
	return db_ask(api->db, is_plain ? STMT_alert_facts : STMT_alert_facts_left_out, &p, on_rows,
		      ctx);
}

/* Of the hours in question, the larger of the whole ones and those up to now. */
void alert_facts_read(const PGresult *rows, struct alert_facts *facts)
{
	for (int row = 0; row < PQntuples(rows); row++) {
		int64_t week = ra_pg_get_i64(rows, row, 0);
		double value = ra_pg_get_double(rows, row, 1);
		bool is_known = ra_pg_get_bool(rows, row, 2);
		bool is_first = row == 0;
		if (week > 0 && is_known && facts->weeks < ALERT_WEEKS)
			facts->past[facts->weeks++] = value;
		if (week <= 0 && (is_first || value > facts->value))
			facts->value = value;
		if (week <= 0)
			facts->is_known = is_first ? is_known : facts->is_known && is_known;
	}
}
