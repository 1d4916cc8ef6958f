/*
 * desk_row: one request for help as Inbox, its live stream and its acts show
 * it. The row is made by PostgreSQL: SQL_DESK_ROW of a response.request `r`
 * and what SQL_DESK_JOINS hangs on it; desk_row_dress adds what only we know.
 */
#pragma once
#include "services/api/sql.h"
#include "services/api/visit.h"

#define INBOX_ROWS_MAX 500

/* clang-format off */
/* Guilds whose desk somebody may see (access.h, ACCESS_STAFF): m is their app.account_guild. */
#define SQL_IS_DESK_OPEN_TO                                                                        \
	"(m.is_owner OR m.permissions & 40 <> 0 OR EXISTS (SELECT FROM response.staff f "          \
	" WHERE f.guild_id = m.guild_id AND f.user_id = m.user_id AND f.ended_at IS NULL)) "
#define SQL_DESK_JOINS                                                                             \
	"JOIN analytics.guild g ON g.guild_id = r.guild_id AND g.removed_at IS NULL "              \
	"LEFT JOIN analytics.channel c ON c.guild_id = r.guild_id AND c.channel_id = r.channel_id " \
	"LEFT JOIN analytics.channel p ON p.guild_id = r.guild_id AND p.channel_id = r.parent_id "  \
	"LEFT JOIN analytics.member asker ON asker.guild_id = r.guild_id AND asker.user_id = r.author_id " \
	"LEFT JOIN analytics.member claimer ON claimer.guild_id = r.guild_id AND claimer.user_id = r.claimed_by " \
	"LEFT JOIN analytics.member answerer ON answerer.guild_id = r.guild_id AND answerer.user_id = r.answered_by " \
	"LEFT JOIN analytics.member closer ON closer.guild_id = r.guild_id AND closer.user_id = r.closed_by " \
	"LEFT JOIN app.request_rule u ON u.guild_id = r.guild_id AND u.rule_id = r.rule_id "       \
	"LEFT JOIN LATERAL (SELECT t.first_response_s, t.is_business, "                            \
	"  CASE WHEN t.is_business THEN app.open_after(r.guild_id, r.clock_at, t.first_response_s * interval '0.75 s') " \
	"   ELSE r.clock_at + t.first_response_s * interval '0.75 s' END AS risk_at, "             \
	"  CASE WHEN t.is_business THEN app.open_after(r.guild_id, r.clock_at, t.first_response_s * interval '1 s') " \
	"   ELSE r.clock_at + t.first_response_s * interval '1 s' END AS due_at "                  \
	" FROM app.target_of(r.guild_id, r.channel_id, r.parent_id, coalesce(p.parent_id, c.parent_id, 0), r.priority) t) " \
	" aim ON true "
/* A slash command left no message to jump to. */
#define SQL_DESK_URL                                                                               \
	"'https://discord.com/channels/' || r.guild_id || '/' || r.channel_id "                    \
	" || CASE r.kind WHEN 'command' THEN '' ELSE '/' || r.request_id END"
#define SQL_DESK_ROW                                                                               \
	"json_build_object('guild', json_build_object('id', r.guild_id::text, 'name', g.name, 'icon', g.icon), " \
	" 'id', r.request_id::text, 'kind', r.kind, 'priority', r.priority, 'state', r.state, "    \
	" 'channel', " SQL_CHANNEL("r.channel_id", "c") ", "                                       \
	" 'parent', " SQL_CHANNEL("nullif(r.parent_id, 0)", "p") ", "                              \
	" 'author', " SQL_PERSON("r.author_id", "asker") ", "                                      \
	" 'rule', CASE WHEN u.rule_id IS NULL THEN NULL ELSE json_build_object('id', u.rule_id::text, 'name', u.name) END, " \
	" 'asked_at', " SQL_ISO("r.asked_at") ", 'clock_at', " SQL_ISO("r.clock_at") ", "          \
	" 'changed_at', " SQL_ISO("r.changed_at") ", 'messages', r.messages, 'excerpt', r.excerpt, " \
	" 'url', " SQL_DESK_URL ", 'reopened', r.reopened, "                                       \
	" 'answered_at', " SQL_ISO("r.answered_at") ", 'answered_by', " SQL_PERSON("r.answered_by", "answerer") ", " \
	" 'answer_kind', r.answer_kind, "                                                          \
	" 'claimed_at', " SQL_ISO("r.claimed_at") ", 'claimed_by', " SQL_PERSON("r.claimed_by", "claimer") ", " \
	" 'closed_at', " SQL_ISO("r.closed_at") ", 'closed_by', " SQL_PERSON("r.closed_by", "closer") ", " \
	" 'snoozed_until', " SQL_ISO("r.snoozed_until") ", "                                       \
	" 'target', CASE WHEN aim.first_response_s IS NULL THEN NULL ELSE json_build_object("      \
	"  'seconds', aim.first_response_s, 'is_business', aim.is_business, "                      \
	"  'risk_at', " SQL_ISO("aim.risk_at") ", 'due_at', " SQL_ISO("aim.due_at") ") END)"
/* clang-format on */

/* Addresses of pictures, in place of their hashes. */
void desk_row_dress(const struct api *api, json_t *row);

/* The rows of these requests of one or several guilds, as pairs; those that are gone are null. They
 * are yours in `done`, which comes unless this returns RA_EDOWN. */
struct desk_ref {
	uint64_t guild, request;
};
typedef void (*desk_rows_cb)(void *ctx, int status, json_t *rows);
int desk_rows_ask(struct api *api, const struct desk_ref *refs, size_t count, desk_rows_cb done,
		  void *ctx) RA_MUST_CHECK;
