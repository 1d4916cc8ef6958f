/*
 * request_list: the requests of a range one by one, and the story of a single
 * one: who asked, who claimed, who answered, what Discord was told.
 */
#include "services/api/order.h"
#include "services/api/page.h"
#include "services/api/request_rows.h"
#include "services/api/sql.h"
#include <string.h>

/* clang-format off */
#define SQL_WHO(id, m)                                                                          \
	"CASE WHEN " id " IS NULL THEN NULL ELSE json_build_object('id', " id "::text, "           \
	"'name', coalesce(" m ".nick, " m ".global_name, " m ".username, ''), "                    \
	"'avatar', " m ".avatar) END"
/* One of response.request as r, with its joins, as the contract's Request; $now is $4. */
#define SQL_REQUEST                                                                                \
	"json_build_object('id', r.request_id::text, 'guild_id', r.guild_id::text, "               \
	" 'kind', r.kind, 'priority', (ARRAY['low', 'normal', 'high', 'urgent'])[r.priority], "    \
	" 'state', r.state, 'asked_at', " SQL_ISO("r.asked_at") ", "                               \
	" 'waited_ms', greatest(1000, public.ts_to_ms(coalesce(r.answered_at, r.closed_at, "       \
	"   public.ms_to_ts($4))) - public.ts_to_ms(r.asked_at)), "                                \
	" 'answered_at', " SQL_ISO("r.answered_at") ", 'answer_kind', r.answer_kind, "             \
	" 'community_at', " SQL_ISO("r.community_at") ", 'claimed_at', " SQL_ISO("r.claimed_at") ", " \
	" 'closed_at', " SQL_ISO("r.closed_at") ", 'reopened', r.reopened, 'messages', r.messages, " \
	" 'excerpt', r.excerpt, 'target_s', t.first_response_s, 'is_business_target', t.is_business, " \
	" 'rule', CASE WHEN rule.rule_id IS NULL THEN NULL "                                       \
	"   ELSE json_build_object('id', rule.rule_id::text, 'name', rule.name) END, "             \
	" 'channel', json_build_object('id', r.channel_id::text, 'name', coalesce(c.name, ''), "   \
	"   'parent', root.name), "                                                                \
	" 'author', " SQL_WHO("r.author_id", "a") ", 'answered_by', " SQL_WHO("r.answered_by", "b") ", " \
	" 'community_by', " SQL_WHO("r.community_by", "d") ", 'claimed_by', " SQL_WHO("r.claimed_by", "e") ", " \
	" 'is_imported', r.source = 2, 'url', CASE WHEN r.channel_id <> 0 THEN "                   \
	" 'https://discord.com/channels/' || r.guild_id || '/' || r.channel_id || '/' || r.request_id END)"
#define SQL_REQUEST_JOINS                                                                          \
	"LEFT JOIN analytics.channel c ON c.guild_id = r.guild_id AND c.channel_id = r.channel_id " \
	"LEFT JOIN analytics.channel root ON root.guild_id = r.guild_id AND root.channel_id = nullif(r.parent_id, 0) " \
	"LEFT JOIN analytics.member a ON a.guild_id = r.guild_id AND a.user_id = r.author_id "     \
	"LEFT JOIN analytics.member b ON b.guild_id = r.guild_id AND b.user_id = r.answered_by "   \
	"LEFT JOIN analytics.member d ON d.guild_id = r.guild_id AND d.user_id = r.community_by "  \
	"LEFT JOIN analytics.member e ON e.guild_id = r.guild_id AND e.user_id = r.claimed_by "    \
	"LEFT JOIN app.request_rule rule ON rule.rule_id = r.rule_id AND rule.guild_id = r.guild_id " \
	"LEFT JOIN LATERAL app.target_of(r.guild_id, r.channel_id, r.parent_id, "                  \
	" CASE r.parent_id WHEN 0 THEN c.parent_id ELSE root.parent_id END, r.priority) t ON true "

/* $1 guild, $2 from, $3 to, $4 now, $5 limit, $6 offset, $7 sort, $8 descending, $9 pattern, $10 id
 * (of q), $11 state (null: all but what is no request), $12 who answered, $13 channels, $14
 * categories, $15 rules, $16 priorities, $17 curators, $18 kinds. One row: how many, and a page. */
const char sql_requests[] =
	"WITH found AS MATERIALIZED ("
	" SELECT r.request_id, r.asked_at, r.priority, "
	"  coalesce(r.answered_at, r.closed_at, public.ms_to_ts($4)) - r.asked_at AS waited "
	" FROM response.request r "
	" LEFT JOIN analytics.channel p ON p.guild_id = r.guild_id "
	"  AND p.channel_id = CASE r.parent_id WHEN 0 THEN r.channel_id ELSE r.parent_id END "
	" LEFT JOIN analytics.member a ON a.guild_id = r.guild_id AND a.user_id = r.author_id "
	" WHERE r.guild_id = $1 AND " SQL_IN_SPAN("r.asked_at")
	"  AND CASE WHEN $11::text IS NULL THEN r.state <> 'not_a_request' ELSE r.state = $11 END "
	"  AND CASE $12::text WHEN 'staff' THEN r.answered_at IS NOT NULL "
	"   WHEN 'community' THEN r.answered_at IS NULL AND r.community_at IS NOT NULL "
	"   WHEN 'nobody' THEN r.answered_at IS NULL AND r.community_at IS NULL ELSE true END "
	"  AND (cardinality($13::bigint[]) = 0 OR r.channel_id = ANY ($13) OR r.parent_id = ANY ($13)) "
	"  AND (cardinality($14::bigint[]) = 0 OR p.parent_id = ANY ($14)) "
	"  AND (cardinality($15::bigint[]) = 0 OR r.rule_id = ANY ($15)) "
	"  AND (cardinality($16::bigint[]) = 0 OR r.priority = ANY ($16)) "
	"  AND (cardinality($17::bigint[]) = 0 OR r.answered_by = ANY ($17)) "
	"  AND ($18::text[] IS NULL OR r.kind = ANY ($18)) "
	"  AND ($9::text IS NULL OR r.excerpt ILIKE $9 OR a.nick ILIKE $9 OR a.global_name ILIKE $9 "
	"   OR a.username ILIKE $9 OR $10::bigint IN (r.request_id, r.author_id, r.answered_by))"
	"), page AS ("
	" SELECT *, row_number() OVER (ORDER BY "
	"  CASE WHEN NOT $8::boolean THEN CASE $7::text WHEN 'waited' THEN extract(epoch FROM waited) "
	"   WHEN 'priority' THEN priority ELSE extract(epoch FROM asked_at) END END, "
	"  CASE WHEN $8 THEN CASE $7 WHEN 'waited' THEN extract(epoch FROM waited) "
	"   WHEN 'priority' THEN priority ELSE extract(epoch FROM asked_at) END END DESC, request_id DESC) AS n "
	" FROM found ORDER BY n LIMIT $5 OFFSET $6"
	") "
	"SELECT (SELECT count(*) FROM found), coalesce(json_agg(" SQL_REQUEST " ORDER BY page.n), '[]') "
	"FROM page JOIN response.request r ON r.guild_id = $1 AND r.request_id = page.request_id "
	SQL_REQUEST_JOINS;

#define SQL_EVENT(kind, at, who, what)                                                             \
	"SELECT " at " AS at, '" kind "' AS kind, " who " AS who, " what " AS what "

/* $1 guild, $2 request, $3 nothing, $4 now. One row: the request, and what happened, in order; none
 * when there is no such request. */
const char sql_request[] =
	"WITH r AS (SELECT * FROM response.request WHERE guild_id = $1 AND request_id = $2 AND $3::bigint IS NULL), "
	"event AS ("
	SQL_EVENT("asked", "asked_at", "author_id", "kind") "FROM r UNION ALL "
	SQL_EVENT("claimed", "claimed_at", "claimed_by", "NULL") "FROM r WHERE claimed_at IS NOT NULL UNION ALL "
	SQL_EVENT("community", "community_at", "community_by", "NULL") "FROM r WHERE community_at IS NOT NULL UNION ALL "
	SQL_EVENT("answered", "answered_at", "answered_by", "answer_kind") "FROM r WHERE answered_at IS NOT NULL UNION ALL "
	SQL_EVENT("reopened", "o.reopened_at", "o.by_id", "NULL")
	"FROM response.reopening o WHERE o.guild_id = $1 AND o.request_id = $2 UNION ALL "
	SQL_EVENT("answered_again", "o.answered_at", "o.answered_by", "o.answer_kind")
	"FROM response.reopening o WHERE o.guild_id = $1 AND o.request_id = $2 AND o.answered_at IS NOT NULL UNION ALL "
	SQL_EVENT("command", "m.at", "m.actor_id", "m.kind || ' ' || m.outcome")
	"FROM response.command m WHERE m.guild_id = $1 AND m.target_id = $2 UNION ALL "
	SQL_EVENT("notice", "coalesce(n.finished_at, n.created_at)", "NULL::bigint", "n.kind || ' ' || n.state")
	"FROM response.notice n WHERE n.guild_id = $1 AND $2 = ANY (n.requests) UNION ALL "
	SQL_EVENT("closed", "closed_at", "closed_by", "state") "FROM r WHERE closed_at IS NOT NULL"
	") "
	"SELECT " SQL_REQUEST ", (SELECT json_agg(json_build_object('at', " SQL_ISO("v.at") ", 'kind', v.kind, "
	"  'what', v.what, 'member', " SQL_WHO("v.who", "m") ") ORDER BY v.at) "
	" FROM event v LEFT JOIN analytics.member m ON m.guild_id = $1 AND m.user_id = v.who) "
	"FROM r " SQL_REQUEST_JOINS;
/* clang-format on */

/* --- rows --- */

static void dress_request(const struct api *api, json_t *row)
{
	static const char *const people[] = { "author", "answered_by", "community_by",
					      "claimed_by" };
	for (size_t i = 0; i < RA_COUNT(people); i++)
		json_dress_person(api, json_object_get(row, people[i]));
}

/* --- the list --- */

static const char *const sorts[] = { "asked", "waited", "priority", NULL };
static const char *const states[] = { "open",      "answered",      "resolved",
				      "cancelled", "not_a_request", NULL };
static const char *const answerers[] = { "staff", "community", "nobody", NULL };

struct listing {
	struct visit *visit;       /* borrowed */
	const struct range *range; /* borrowed */
	struct request_wish wish;
	struct page_of_list page;
	struct order order;
	const char *state, *who; /* NULL: all */
};

/* One of `words`, or NULL when the query does not say. */
static int read_word(const struct visit *visit, const char *name, const char *const *words,
		     const char **out, struct ra_err *err)
{
	const char *text = ra_http_query(visit->req, name);
	*out = NULL;
	if (!text || !*text)
		return 0;
	for (; *words; words++)
		if (strcmp(*words, text) == 0) {
			*out = *words;
			return 0;
		}
	return ra_fail(err, RA_EINVAL, "Use one of those in the contract.", "%s is not one we know",
		       name);
}

static void on_list(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct listing *l = ctx;
	struct visit *visit = l->visit;
	json_t *list, *row;
	size_t i;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	list = json_column(rows, 0, 1);
	json_array_foreach(list, i, row) dress_request(visit->api, row);
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o, s:I, s:o}", "range", range_json(&l->range->now),
				     "total", (json_int_t)ra_pg_get_i64(rows, 0, 0), "rows", list));
}

static void text_or_null(struct ra_pg_params *p, const char *text)
{
	if (text)
		ra_pg_text(p, ra_str_of(text));
	else
		ra_pg_null(p);
}

static void on_range(struct visit *visit, const struct range *range)
{
	struct listing *l = visit->state;
	struct ra_pg_params p = { .arena = visit->arena };
	const struct filter_ids *lists[] = { &l->wish.channels, &l->wish.categories, &l->wish.rules,
					     &l->wish.priorities, &l->wish.curators };
	l->range = range;
	range_params(visit, &range->now, &p);
	ra_pg_i64(&p, l->page.limit);
	ra_pg_i64(&p, l->page.offset);
	order_params(&l->order, &p);
	text_or_null(&p, l->state);
	text_or_null(&p, l->who);
	for (size_t i = 0; i < RA_COUNT(lists); i++)
		ra_pg_i64_array(&p, lists[i]->ids, lists[i]->count, sizeof(int64_t));
	text_or_null(&p, l->wish.kinds);
	if (db_ask(visit->api->db, STMT_requests, &p, on_list, l) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void requests_list(struct visit *visit)
{
	struct listing *l = ra_arena_new(visit->arena, struct listing);
	struct ra_err err = { 0 };
	l->visit = visit;
	visit->state = l;
	if (!request_wish_read(visit, &l->wish))
		return;
	if (page_parse(visit, &l->page, &err) < 0 ||
	    order_parse(visit, sorts, "-asked", &l->order, &err) < 0 ||
	    read_word(visit, "state", states, &l->state, &err) < 0 ||
	    read_word(visit, "who", answerers, &l->who, &err) < 0)
		reply_bad_argument(visit->req, &err);
	else
		range_resolve(visit, &(struct range_wish){ .is_alone = true }, on_range);
}

/* --- one of them --- */

static void on_story(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	json_t *request, *events, *event;
	size_t i;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	if (PQntuples(rows) == 0) {
		ra_http_problem(visit->req, 404, "missing", "There is no such request",
				"It is of another server, or was erased.");
		return;
	}
	request = json_column(rows, 0, 0);
	events = json_column(rows, 0, 1);
	dress_request(visit->api, request);
	json_array_foreach(events, i, event)
		json_dress_person(visit->api, json_object_get(event, "member"));
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o, s:o}", "request", request, "events", events));
}

void request_get(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	uint64_t id = 0;
	if (ra_str_to_u64(ra_http_param(visit->req, "request_id"), &id) < 0 || id > INT64_MAX)
		id = 0; /* nobody's */
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)id);
	ra_pg_null(&p);
	ra_pg_i64(&p, visit->now_ms);
	if (db_ask(visit->api->db, STMT_request, &p, on_story, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
