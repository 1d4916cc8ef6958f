/* notice_log: what Discord was told or is to be (response.notice), which channels can not be told,
 * and a test of the settings. */
#include "services/api/body.h"
#include "services/api/desk_order.h"
#include "services/api/page.h"
#include "services/api/sql.h"

/* clang-format off */
/* $1 guild, $2 limit, $3 offset, $4 state or '', $5 kind or '' */
const char sql_notice_log[] =
	"SELECT json_build_object('total', (SELECT count(*) FROM response.notice WHERE guild_id = $1 "
	"  AND ($4 = '' OR state = $4) AND ($5 = '' OR kind = $5)), "
	" 'rows', coalesce(json_agg(json_build_object('id', notice_id::text, 'kind', n.kind, "
	"  'requests', to_json(n.requests::text[]), 'step', n.step, 'channel_id', n.channel_id::text, "
	"  'channel_name', c.name, 'webhook', w.name, 'state', n.state, 'why', nullif(n.why, ''), "
	"  'tries', n.tries, 'created_at', " SQL_ISO("n.created_at") ", "
	"  'finished_at', " SQL_ISO("n.finished_at") ", "
	"  'retry_at', CASE WHEN n.state = 'waiting' AND n.tries > 0 AND n.why <> '' THEN " SQL_ISO("n.held_until") " END, "
	"  'message_url', CASE WHEN n.message_id IS NOT NULL THEN format('https://discord.com/channels/%s/%s/%s', "
	"   coalesce(c.guild_id, n.guild_id), n.channel_id, n.message_id) END) ORDER BY n.notice_id DESC), '[]')) "
	"FROM (SELECT * FROM response.notice WHERE guild_id = $1 AND ($4 = '' OR state = $4) "
	"  AND ($5 = '' OR kind = $5) ORDER BY notice_id DESC LIMIT $2 OFFSET $3) n "
	"LEFT JOIN app.notice_settings s ON s.guild_id = $1 "
	"LEFT JOIN LATERAL (SELECT guild_id, name FROM analytics.channel h WHERE h.channel_id = n.channel_id "
	"  AND h.guild_id IN ($1, s.channel_guild_id) LIMIT 1) c ON true "
	"LEFT JOIN app.webhook w ON w.webhook_id = n.webhook_id AND w.guild_id = $1";

/* $1 guild */
const char sql_notice_trouble[] =
	"SELECT json_build_object('rows', coalesce(json_agg(json_build_object("
	" 'channel_id', t.channel_id::text, 'channel_name', c.name, 'why', t.why, "
	" 'since', " SQL_ISO("t.since") ", 'retry_at', " SQL_ISO("t.retry_at") ", "
	" 'waiting', (SELECT count(*) FROM response.notice n WHERE n.guild_id = $1 "
	"   AND n.channel_id = t.channel_id AND n.state = 'waiting')) ORDER BY t.since, t.channel_id), '[]')) "
	"FROM response.channel_trouble t LEFT JOIN app.notice_settings s ON s.guild_id = $1 "
	"LEFT JOIN LATERAL (SELECT name FROM analytics.channel h WHERE h.channel_id = t.channel_id "
	"  AND h.guild_id IN ($1, s.channel_guild_id) LIMIT 1) c ON true "
	"WHERE t.guild_id = $1 OR t.channel_id = s.channel_id";
/* clang-format on */

/* --- looking --- */

static void ask(struct visit *visit, enum statement stmt, const struct ra_pg_params *p)
{
	if (db_ask(visit->api->db, stmt, p, visit_reply_row, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static bool is_word(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* One of the words, or "" for all; NULL: something else. */
static const char *query_word(const struct visit *visit, const char *name, const char *const *words,
			      size_t count)
{
	const char *word = ra_http_query(visit->req, name);
	if (!word || !*word)
		return "";
	return is_word(word, words, count) ? word : NULL;
}

void notice_log(struct visit *visit)
{
	static const char *const states[] = { "waiting", "sent", "failed", "dropped" };
	static const char *const kinds[] = { "reminder", "escalation", "storm", "report",
					     "system",   "level_up",   "test" };
	struct page_of_list page;
	struct ra_err err = { 0 };
	const char *state = query_word(visit, "state", states, RA_COUNT(states));
	const char *kind = query_word(visit, "kind", kinds, RA_COUNT(kinds));
	int rc = page_parse(visit, &page, &err);
	if (rc == 0 && (!state || !kind))
		rc = ra_fail(&err, RA_EINVAL, "See the contract for what there is.",
			     "no such state or kind");
	if (rc < 0) {
		reply_bad_argument(visit->req, &err);
		return;
	}
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, page.limit);
	ra_pg_i64(&p, page.offset);
	ra_pg_text(&p, ra_str_of(state));
	ra_pg_text(&p, ra_str_of(kind));
	ask(visit, STMT_notice_log, &p);
}

void notice_trouble(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ask(visit, STMT_notice_trouble, &p);
}

/* --- trying --- */

static void on_outcome(void *ctx, int status, const char *outcome)
{
	struct visit *visit = ctx;
	if (status == RA_ETIMEOUT)
		ra_http_reply_json(visit->req, 202, json_pack("{s:s}", "outcome", "pending"));
	else if (status < 0)
		ra_http_problem(visit->req, 503, "desk", "It is not known whether that was done",
				"Look again in a moment.");
	else if (strcmp(outcome, "done") == 0)
		ra_http_reply_json(visit->req, 200, json_pack("{s:s}", "outcome", "done"));
	else
		ra_http_problem(visit->req, 409, "outcome", "There is nowhere to send it",
				"Choose a channel and save first.");
}

/* By the settings that are saved; the log tells what became of it. */
void notice_test(struct visit *visit)
{
	const struct ra_command command = { .kind = RA_COMMAND_notice_test,
					    .guild = visit->access->guild.id,
					    .actor = visit->access->user_id,
					    .traceparent = ra_http_traceparent(visit->req) };
	if (desk_order(visit->api->orders, command, on_outcome, visit) < 0)
		on_outcome(visit, RA_EDOWN, NULL);
}
