#include "services/response-tracker/sql.h"
#include "services/response-tracker/batch.h"

_Static_assert(SQL_ACTIVITY == SQL_ACT + ACT_KINDS, "a statement for every act");

#define OURS "(guild_id >> 22) % $2::bigint = $1::bigint"

/* Guilds with settings of the desk, of task reports, or curators. */
#define WATCHED                                                                                    \
	"(SELECT guild_id FROM app.desk_settings UNION SELECT guild_id FROM app.task_settings "    \
	"UNION SELECT guild_id FROM app.curator) w"

/* The steps of a request's life are functions of schema response
 * (migrations/0018_response_desk.sql): the stream and people's commands take the same ones. */
const struct ra_pg_stmt sql_stmts[SQL_COUNT] = {
	/* --- load --- */
	[SQL_LOAD_VERSIONS] = { "SELECT d.version, r.version FROM app.desk_version d CROSS JOIN "
				"app.rules r",
				0 },
	[SQL_SYNC_STAFF] = { "SELECT response.sync_staff($1::text, $2::bigint, $3::bigint, "
			     "ms_to_ts($4::bigint))",
			     4 },
	[SQL_LOAD_GUILDS] = { "SELECT guild_id, coalesce(d.is_enabled, false), "
			      "coalesce(g.wants_excerpts, false), "
			      "d.counts_replies, d.counts_threads, d.counts_reactions, "
			      "d.merge_window_s, "
			      "d.reopen_window_s, array_to_string(d.staff_roles, ' '), "
			      "array_to_string(d.ignored_users, ' '), "
			      "array_to_string(d.allowed_channels, ' '), "
			      "array_to_string(d.denied_channels, ' ') "
			      "FROM " WATCHED " LEFT JOIN app.desk_settings d USING (guild_id) "
			      "LEFT JOIN app.guild_settings g USING (guild_id) "
			      "WHERE " OURS,
			      2 },
	[SQL_LOAD_PEOPLE] = { "SELECT guild_id, user_id, bool_or(is_staff), bool_or(by_role), "
			      "bool_or(by_hand), "
			      "bool_or(is_barred), bool_or(is_unnamed) FROM ("
			      "SELECT guild_id, user_id, true AS is_staff, by_role, false AS "
			      "by_hand, "
			      "false AS is_barred, false AS is_unnamed FROM response.staff WHERE "
			      "ended_at IS NULL "
			      "UNION ALL SELECT guild_id, user_id, false, false, is_active, false, "
			      "false "
			      "FROM app.curator "
			      "UNION ALL SELECT guild_id, user_id, false, false, false, true, "
			      "false "
			      "FROM response.not_staff "
			      "UNION ALL SELECT guild_id, user_id, false, false, false, false, "
			      "true "
			      "FROM analytics.unnamed JOIN " WATCHED " USING (guild_id)) p "
			      "WHERE " OURS " GROUP BY 1, 2",
			      2 },
	[SQL_LOAD_CHANNELS] = { "SELECT guild_id, channel_id, coalesce(parent_id, 0), kind "
				"FROM analytics.channel JOIN app.desk_settings d USING (guild_id) "
				"WHERE d.is_enabled AND deleted_at IS NULL AND NOT is_archived "
				"AND " OURS,
				2 },
	[SQL_LOAD_RULES] = { "SELECT guild_id, rule_id, kind, priority, "
			     "array_to_string(CASE roles WHEN '{}' THEN staff_roles ELSE roles "
			     "END, ' '), "
			     "array_to_string(r.allowed_channels, ' '), "
			     "array_to_string(r.denied_channels, ' '), "
			     "array_to_string(words, E'\\n'), array_to_string(stems, E'\\n'), "
			     "array_to_string(phrases, E'\\n'), array_to_string(patterns, E'\\n') "
			     "FROM app.request_rule r JOIN app.desk_settings d USING (guild_id) "
			     "WHERE r.is_enabled AND d.is_enabled AND " OURS
			     " ORDER BY guild_id, position, rule_id",
			     2 },
	/* Bursts that may go on: whether they do is decided by their times, and their requests. */
	[SQL_LOAD_BURSTS] = { "SELECT guild_id, channel_id, author_id, request_id, "
			      "coalesce(burst_id, request_id) FROM response.request "
			      "WHERE " OURS " AND source = 0 "
			      "AND kind IN ('mention', 'keyword', 'forum') "
			      "AND asked_at > (SELECT event_at - interval '1 day' FROM "
			      "response.position "
			      "WHERE stream = $3::text) ORDER BY request_id",
			      3 },
	[SQL_LOAD_REQUESTS] = { "SELECT guild_id, message_id, request_id, author_id, channel_id, "
				"state, "
				"ts_to_ms(closed_at) "
				"FROM unnest($1::bigint[], $2::bigint[]) AS n (guild_id, "
				"message_id) "
				"JOIN response.request_message USING (guild_id, message_id) "
				"JOIN response.request USING (guild_id, request_id)",
				2 },

	[SQL_LOAD_TASKS] = { "SELECT guild_id, array_to_string(t.channels, ' '), "
			     "array_to_string(t.keywords, E'\\n'), t.needs_call, "
			     "array_to_string(d.staff_roles, ' ') "
			     "FROM app.task_settings t LEFT JOIN app.desk_settings d USING "
			     "(guild_id) WHERE t.is_enabled AND " OURS,
			     2 },

	/* Words are looked for, or the beginnings of messages are kept. */
	[SQL_WANTS_TEXT] = { "SELECT guild_id FROM app.desk_settings d LEFT JOIN "
			     "app.guild_settings g USING "
			     "(guild_id) WHERE d.is_enabled AND (g.wants_excerpts OR EXISTS "
			     "(SELECT FROM "
			     "app.request_rule r WHERE r.guild_id = d.guild_id AND r.is_enabled "
			     "AND r.kind = "
			     "'keyword')) UNION SELECT guild_id FROM app.task_settings WHERE "
			     "is_enabled",
			     0 },

	/* --- write --- */
	[SQL_TASK_STEP] = { "SELECT response.task_step($1::text, $2::bigint, $3::bigint, "
			    "$4::bigint, $5::bigint, $6::bigint, $7::bigint, $8::text, "
			    "ms_to_ts($9::bigint), ms_to_ts($10::bigint))",
			    10 },
	[SQL_TURN] = { "SELECT response.settings_turn($1::bigint, $2::bigint)", 2 },
	[SQL_ACT + ACT_ASK] = { "SELECT response.ask(jsonb_populate_record(NULL::response.request, "
				"jsonb_build_object('guild_id', $1::bigint, 'request_id', "
				"$2::bigint, 'author_id', "
				"$3::bigint, 'channel_id', $4::bigint, 'parent_id', $5::bigint, "
				"'thread_id', "
				"nullif($6::bigint, 0), 'rule_id', $7::bigint, 'priority', "
				"$8::bigint, 'kind', "
				"$9::text, 'excerpt', $10::text, 'asked_at', "
				"ms_to_ts($11::bigint), 'changed_at', "
				"ms_to_ts($12::bigint))))",
				12 },
	[SQL_ACT + ACT_MERGE] = { "SELECT response.merge($1::bigint, $2::bigint, $3::bigint, "
				  "$4::boolean, "
				  "ms_to_ts($5::bigint))",
				  5 },
	[SQL_ACT + ACT_ANSWER] = { "SELECT response.answer($1::bigint, $2::bigint, $3::bigint, "
				   "$4::text, "
				   "ms_to_ts($5::bigint), $6::bigint, ms_to_ts($7::bigint))",
				   7 },
	[SQL_ACT + ACT_COMMUNITY] = { "SELECT response.community_answer($1::bigint, $2::bigint, "
				      "$3::bigint, "
				      "ms_to_ts($4::bigint), $5::bigint, $6::boolean, "
				      "ms_to_ts($7::bigint))",
				      7 },
	[SQL_ACT + ACT_REOPEN] = { "SELECT response.author_reopens($1::bigint, $2::bigint, "
				   "$3::bigint, "
				   "ms_to_ts($4::bigint), ms_to_ts($5::bigint))",
				   5 },
	[SQL_ACT + ACT_CANCEL] = { "SELECT response.cancel($1::bigint, $2::bigint, "
				   "ms_to_ts($3::bigint), "
				   "ms_to_ts($4::bigint))",
				   4 },
	[SQL_ACT + ACT_CANCEL_CHANNEL] = { "SELECT response.cancel_channel($1::bigint, $2::bigint, "
					   "ms_to_ts($3::bigint), "
					   "ms_to_ts($4::bigint))",
					   4 },
	[SQL_ACT +
		ACT_THREAD] = { "SELECT response.thread_made($1::bigint, $2::bigint, $3::bigint, "
				"ms_to_ts($4::bigint))",
				4 },
	[SQL_ACT + ACT_SHOWN] = { "SELECT response.shown($1::bigint, $2::bigint, $3::bigint, "
				  "ms_to_ts($4::bigint))",
				  4 },
	[SQL_ACT + ACT_STAFF_BEGINS] = { "SELECT response.staff_begins($1::bigint, $2::bigint, "
					 "ms_to_ts($3::bigint), "
					 "$4::boolean)",
					 4 },
	[SQL_ACT + ACT_STAFF_ENDS] = { "SELECT response.staff_ends($1::bigint, $2::bigint, "
				       "ms_to_ts($3::bigint))",
				       3 },
	[SQL_ACT + ACT_ROLE_GONE] = { "SELECT response.role_gone($1::bigint, $2::bigint, "
				      "ms_to_ts($3::bigint))",
				      3 },
	/* The hours count what is new, so that what is told twice counts once. */
	[SQL_ACTIVITY] = { "WITH new AS (INSERT INTO response.activity (guild_id, user_id, at, "
			   "kind, message_id, "
			   "emoji, channel_id, target_id, target_user_id, excerpt) "
			   "SELECT guild_id, user_id, ms_to_ts(at), kind, message_id, "
			   "coalesce(emoji, ''), "
			   "channel_id, target_id, target_user_id, excerpt "
			   "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], "
			   "$5::bigint[], "
			   "$6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::text[]) "
			   "AS n (guild_id, user_id, at, kind, message_id, emoji, channel_id, "
			   "target_id, "
			   "target_user_id, excerpt) "
			   "ON CONFLICT DO NOTHING RETURNING guild_id, user_id, at, kind) "
			   "INSERT INTO response.activity_hourly AS h (guild_id, hour, user_id, "
			   "messages, replies, "
			   "reactions) "
			   "SELECT guild_id, date_trunc('hour', at, 'UTC'), user_id, "
			   "count(*) FILTER (WHERE kind = 'message'), count(*) FILTER (WHERE kind "
			   "= 'reply'), "
			   "count(*) FILTER (WHERE kind = 'reaction') FROM new GROUP BY 1, 2, 3 "
			   "ON CONFLICT (guild_id, hour, user_id) DO UPDATE SET "
			   "messages = h.messages + EXCLUDED.messages, replies = h.replies + "
			   "EXCLUDED.replies, "
			   "reactions = h.reactions + EXCLUDED.reactions",
			   10 },

	/* --- commands --- */
	[SQL_COMMAND_TAKE] = { "SELECT response.command_take($1::text, $2::bigint, $3::bigint, "
			       "$4::text, "
			       "$5::bigint, ms_to_ts($6::bigint))",
			       6 },
	[SQL_COMMAND_ACT] = { "SELECT response.command_done($1::text, "
			      "response.act_on_request($2::bigint, "
			      "$3::bigint, $4::bigint, $5::text, $6::bigint, ms_to_ts($7::bigint), "
			      "ms_to_ts($8::bigint)), $3::bigint) WHERE "
			      "response.command_is_new($1::text)",
			      8 },
	[SQL_COMMAND_ASK] = { "SELECT response.command_done($1::text, response.ask_by_command("
			      "jsonb_populate_record(NULL::response.request, "
			      "jsonb_build_object('guild_id', "
			      "$2::bigint, 'request_id', $3::bigint, 'channel_id', $4::bigint, "
			      "'parent_id', "
			      "$5::bigint, 'author_id', $6::bigint, 'kind', $7::text, 'priority', "
			      "2, 'excerpt', "
			      "$8::text, 'asked_at', ms_to_ts($9::bigint), 'changed_at', "
			      "ms_to_ts($10::bigint)))), "
			      "$3::bigint) WHERE response.command_is_new($1::text)",
			      10 },
	[SQL_COMMAND_NOTICE_TEST] = { "SELECT response.command_done($1::text, "
				      "response.notice_test($1::text, $2::bigint, $3::bigint, "
				      "ms_to_ts($4::bigint)), 0) "
				      "WHERE response.command_is_new($1::text)",
				      4 },
	[SQL_COMMAND_TASK] = { "SELECT response.command_done($1::text, "
			       "response.act_on_task($2::bigint, $3::bigint, $4::bigint, "
			       "$5::text, $6::bigint, $7::text, ms_to_ts($8::bigint), "
			       "ms_to_ts($9::bigint)), 0) WHERE "
			       "response.command_is_new($1::text)",
			       9 },
	[SQL_COMMAND_UNKNOWN] = { "SELECT response.command_done($1::text, 'unknown', 0) "
				  "WHERE response.command_is_new($1::text)",
				  1 },
};
