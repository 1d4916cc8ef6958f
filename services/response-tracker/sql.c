#include "services/response-tracker/sql.h"

/* The steps of a request's life are functions of schema response
 * (migrations/0018_response_desk.sql): the stream and people's commands take the same ones. */
const struct ra_pg_stmt sql_stmts[SQL_COUNT] = {
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
	[SQL_COMMAND_UNKNOWN] = { "SELECT response.command_done($1::text, 'unknown', 0) "
				  "WHERE response.command_is_new($1::text)",
				  1 },
	[SQL_COMMANDS_OLD] = { "DELETE FROM response.command WHERE at < ms_to_ts($1::bigint)", 1 },
};
