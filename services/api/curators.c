/*
 * curators: the staff of a guild as its managers keep it - who is one by hand
 * or by role, under what name, of which kind and subdivision; and who never
 * is. What they did is curator.c's, taking one off the list curator_archive.c's.
 *
 * A person has a row in each guild they are assigned to. A change can be made
 * in several guilds at once: in all of them, or, when one is not managed by
 * whoever asks, in none.
 */
#include "services/api/audit.h"
#include "services/api/body.h"
#include "services/api/order.h"
#include "services/api/outlet.h"
#include "services/api/page.h"
#include "services/api/sql.h"

#define GUILDS_MAX            50
#define NAME_MAX_CHARS        80
#define KIND_MAX_CHARS        40
#define SUBDIVISION_MAX_CHARS 80
#define REASON_MAX_CHARS      200

/* clang-format off */
/* Administrator and Manage Server are bits 3 and 5. */
#define SQL_MANAGED(account)                                                                       \
	"SELECT m.guild_id FROM app.account_guild m JOIN analytics.guild g USING (guild_id) "      \
	"WHERE m.user_id = " account " AND g.removed_at IS NULL AND (m.is_owner OR m.permissions & 40 <> 0)"

/* $1 guild, $2 account, $3 sort, $4 descending, $5 pattern, $6 id, $7 limit, $8 offset, $9 active,
 * inactive or all, $10 role, hand or all, $11 kind or null, $12 subdivision or null. One row, JSON. */
const char sql_curators[] =
	"WITH person AS ("
	" SELECT user_id, coalesce(nullif(c.name, ''), m.nick, m.global_name, m.username, '') AS shown, "
	"  coalesce(c.name, '') AS own_name, coalesce(m.username, '') AS username, m.avatar, "
	"  coalesce(c.kind, '') AS kind, coalesce(c.subdivision, '') AS subdivision, "
	"  coalesce(c.is_active, true) AS is_active, coalesce(c.is_lead, false) AS is_lead, "
	"  coalesce(s.by_role, false) AS by_role, c.user_id IS NOT NULL AS by_hand, "
	"  m.user_id IS NULL OR m.left_at IS NOT NULL AS has_left, s.started_at AS since, a.at AS last_at "
	" FROM (SELECT * FROM app.curator WHERE guild_id = $1) c "
	" FULL JOIN (SELECT * FROM response.staff WHERE guild_id = $1 AND ended_at IS NULL) s USING (user_id) "
	" LEFT JOIN (SELECT * FROM analytics.member WHERE guild_id = $1) m USING (user_id) "
	" LEFT JOIN LATERAL (SELECT at FROM response.activity WHERE guild_id = $1 "
	"  AND activity.user_id = coalesce(c.user_id, s.user_id) ORDER BY at DESC LIMIT 1) a ON true "
	" WHERE NOT EXISTS (SELECT FROM app.curator_excluded e WHERE e.guild_id = $1 "
	"  AND e.user_id = coalesce(c.user_id, s.user_id))"
	"), listed AS ("
	" SELECT * FROM person WHERE ($9::text = 'all' OR is_active = ($9 = 'active')) "
	"  AND CASE $10::text WHEN 'role' THEN by_role WHEN 'hand' THEN by_hand ELSE true END "
	"  AND ($11::text IS NULL OR kind = $11) AND ($12::text IS NULL OR subdivision = $12) "
	"  AND ($5::text IS NULL OR user_id = $6 OR shown ILIKE $5 OR username ILIKE $5 "
	"   OR kind ILIKE $5 OR subdivision ILIKE $5)"
	"), page AS ("
	" SELECT *, row_number() OVER () AS n FROM (SELECT * FROM (SELECT *, "
	"  CASE $3::text WHEN 'since' THEN since WHEN 'last' THEN last_at END AS rank, "
	"  lower(CASE $3 WHEN 'kind' THEN kind WHEN 'subdivision' THEN subdivision ELSE shown END) AS word "
	"  FROM listed) w ORDER BY CASE WHEN NOT $4::boolean THEN rank END NULLS LAST, "
	"  CASE WHEN $4 THEN rank END DESC NULLS LAST, CASE WHEN rank IS NULL AND NOT $4 THEN word END, "
	"  CASE WHEN rank IS NULL AND $4 THEN word END DESC, lower(shown), user_id LIMIT $7 OFFSET $8) o"
	") "
	"SELECT json_build_object('total', (SELECT count(*) FROM listed), "
	" 'counts', (SELECT json_build_object('active', count(*) FILTER (WHERE is_active), "
	"  'inactive', count(*) FILTER (WHERE NOT is_active), 'by_role', count(*) FILTER (WHERE by_role), "
	"  'by_hand', count(*) FILTER (WHERE by_hand), "
	"  'excluded', (SELECT count(*) FROM app.curator_excluded WHERE guild_id = $1), "
	"  'archives', (SELECT count(*) FROM app.curator_archive WHERE guild_id = $1)) FROM person), "
	" 'kinds', coalesce((SELECT json_agg(DISTINCT kind) FROM person WHERE kind <> ''), '[]'), "
	" 'subdivisions', coalesce((SELECT json_agg(DISTINCT subdivision) FROM person WHERE subdivision <> ''), '[]'), "
	" 'rows', coalesce((SELECT json_agg(json_build_object('id', user_id::text, 'name', shown, "
	"  'own_name', own_name, 'username', username, 'avatar', avatar, 'kind', kind, "
	"  'subdivision', subdivision, 'is_active', is_active, 'is_lead', is_lead, 'by_role', by_role, "
	"  'by_hand', by_hand, 'has_left', has_left, 'since', " SQL_ISO("since") ", "
	"  'last_at', " SQL_ISO("last_at") ", 'guilds', (SELECT coalesce(json_agg(json_build_object("
	"    'id', r.guild_id::text, 'name', g.name, 'is_active', r.is_active) ORDER BY lower(g.name)), '[]') "
	"   FROM app.curator r JOIN analytics.guild g USING (guild_id) "
	"   WHERE r.user_id = page.user_id AND r.guild_id IN (" SQL_MANAGED("$2") "))) ORDER BY n) FROM page), '[]'))";

/* $1 account, $2 person, $3 guilds, $4 name, $5 kind, $6 subdivision, $7 active, $8 lead, $9 now. Nothing
 * happens unless every guild is managed, and the person neither a bot nor excluded there. Returns how many
 * guilds are not managed, is it a bot, is it excluded, how many rows are new. */
const char sql_curator_put[] =
	"WITH mine AS MATERIALIZED (" SQL_MANAGED("$1") "), asked AS ("
	" SELECT DISTINCT g AS guild_id FROM unnest($3::bigint[]) g"
	"), bar AS MATERIALIZED (SELECT "
	"  (SELECT count(*) FROM asked WHERE guild_id NOT IN (SELECT guild_id FROM mine)) AS foreign_guilds, "
	"  EXISTS (SELECT FROM analytics.member WHERE user_id = $2 AND is_bot "
	"   AND guild_id IN (SELECT guild_id FROM asked)) AS is_bot, "
	"  EXISTS (SELECT FROM app.curator_excluded WHERE user_id = $2 "
	"   AND guild_id IN (SELECT guild_id FROM asked)) AS is_excluded"
	"), wanted AS (SELECT guild_id FROM asked, bar WHERE foreign_guilds = 0 AND NOT is_bot AND NOT is_excluded"
	"), before AS MATERIALIZED (SELECT * FROM app.curator WHERE user_id = $2 AND guild_id IN (SELECT guild_id FROM wanted)"
	"), put AS ("
	" INSERT INTO app.curator (guild_id, user_id, name, kind, subdivision, is_active, is_lead, created_at, updated_at) "
	" SELECT guild_id, $2, $4, $5, $6, $7, $8, public.ms_to_ts($9), public.ms_to_ts($9) FROM wanted "
	" ON CONFLICT (guild_id, user_id) DO UPDATE SET name = excluded.name, kind = excluded.kind, "
	"  subdivision = excluded.subdivision, is_active = excluded.is_active, is_lead = excluded.is_lead, "
	"  updated_at = excluded.updated_at RETURNING guild_id, name, kind, subdivision, is_active, is_lead"
	"), noted AS ("
	" INSERT INTO app.audit_log (guild_id, at, actor_id, action, target, before, after) "
	" SELECT p.guild_id, public.ms_to_ts($9), $1, CASE WHEN b.guild_id IS NULL THEN 'curator.create' "
	"   ELSE 'curator.change' END, $2::text, o.told, n.told FROM put p LEFT JOIN before b USING (guild_id) "
	"  CROSS JOIN LATERAL (SELECT CASE WHEN b.guild_id IS NOT NULL THEN jsonb_build_object('name', b.name, "
	"   'kind', b.kind, 'subdivision', b.subdivision, 'is_active', b.is_active, 'is_lead', b.is_lead) END AS told) o "
	"  CROSS JOIN LATERAL (SELECT jsonb_build_object('name', p.name, 'kind', p.kind, "
	"   'subdivision', p.subdivision, 'is_active', p.is_active, 'is_lead', p.is_lead) AS told) n "
	" WHERE o.told IS DISTINCT FROM n.told"
	") "
	"SELECT foreign_guilds, is_bot, is_excluded, (SELECT count(*) FROM put) - (SELECT count(*) FROM before) FROM bar";

/* $1 guild, $2 limit, $3 offset. One row, JSON. */
const char sql_exclusions[] =
	"SELECT json_build_object('total', (SELECT count(*) FROM app.curator_excluded WHERE guild_id = $1), "
	" 'rows', coalesce((SELECT json_agg(json_build_object('id', e.user_id::text, "
	"  'name', coalesce(m.nick, m.global_name, m.username, ''), 'username', coalesce(m.username, ''), "
	"  'avatar', m.avatar, 'reason', e.reason, 'at', " SQL_ISO("e.excluded_at") ", "
	"  'by', json_build_object('id', e.excluded_by::text, 'name', coalesce(a.global_name, a.username, ''))) "
	"  ORDER BY e.excluded_at DESC, e.user_id) FROM (SELECT * FROM app.curator_excluded WHERE guild_id = $1 "
	"   ORDER BY excluded_at DESC, user_id LIMIT $2 OFFSET $3) e "
	"  LEFT JOIN analytics.member m ON m.guild_id = $1 AND m.user_id = e.user_id "
	"  LEFT JOIN app.account a ON a.user_id = e.excluded_by), '[]'))";

/* $1 guild, $2 person, $3 reason, $4 account, $5 now */
const char sql_exclude[] =
	"INSERT INTO app.curator_excluded (guild_id, user_id, reason, excluded_by, excluded_at) "
	"VALUES ($1, $2, $3, $4, public.ms_to_ts($5)) "
	"ON CONFLICT (guild_id, user_id) DO UPDATE SET reason = excluded.reason RETURNING user_id";

/* $1 guild, $2 person, $3 account, $4 now. Noted only when it was so. */
const char sql_include[] =
	"WITH gone AS (DELETE FROM app.curator_excluded WHERE guild_id = $1 AND user_id = $2 RETURNING *) "
	"INSERT INTO app.audit_log (guild_id, at, actor_id, action, target, before) "
	"SELECT guild_id, public.ms_to_ts($4), $3, 'curator.include', user_id::text, "
	" jsonb_build_object('reason', reason) FROM gone RETURNING guild_id";
/* clang-format on */

/* --- lists --- */

static void on_list(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	size_t i;
	json_t *row;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	json_t *json = json_column(rows, 0, 0);
	json_array_foreach(json_object_get(json, "rows"), i, row)
		json_dress_person(visit->api, row);
	ra_http_reply_json(visit->req, 200, json);
}

static int query_word(const struct visit *visit, const char *name, const char *const words[3],
		      const char **out, struct ra_err *err)
{
	const char *text = ra_http_query(visit->req, name);
	*out = words[0];
	for (size_t i = 0; i < 3; i++)
		if (!text || strcmp(text, words[i]) == 0) {
			*out = words[i];
			return 0;
		}
	return ra_fail(err, RA_EINVAL, "Use one of those in the contract.", "%s is not one we know",
		       name);
}

static void add_or_null(struct ra_pg_params *p, const char *text)
{
	if (text && *text)
		ra_pg_text(p, ra_str_of(text));
	else
		ra_pg_null(p);
}

void curators_list(struct visit *visit)
{
	static const char *const sorts[] = { "name", "kind", "subdivision", "since", "last", NULL };
	static const char *const states[] = { "all", "active", "inactive" };
	static const char *const origins[] = { "all", "role", "hand" };
	struct ra_pg_params p = { .arena = visit->arena };
	struct page_of_list page = { 0 };
	struct order order = { 0 };
	struct ra_err err = { 0 };
	const char *state = states[0], *origin = origins[0];
	int rc = page_parse(visit, &page, &err);
	if (rc == 0)
		rc = order_parse(visit, sorts, "name", &order, &err);
	if (rc == 0)
		rc = query_word(visit, "state", states, &state, &err);
	if (rc == 0)
		rc = query_word(visit, "origin", origins, &origin, &err);
	if (rc < 0) {
		reply_bad_argument(visit->req, &err);
		return;
	}
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	order_params(&order, &p);
	ra_pg_i64(&p, page.limit);
	ra_pg_i64(&p, page.offset);
	ra_pg_text(&p, ra_str_of(state));
	ra_pg_text(&p, ra_str_of(origin));
	add_or_null(&p, ra_http_query(visit->req, "kind"));
	add_or_null(&p, ra_http_query(visit->req, "subdivision"));
	if (db_ask(visit->api->db, STMT_curators, &p, on_list, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void exclusions_list(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	struct page_of_list page = { 0 };
	struct ra_err err = { 0 };
	if (page_parse(visit, &page, &err) < 0) {
		reply_bad_argument(visit->req, &err);
		return;
	}
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, page.limit);
	ra_pg_i64(&p, page.offset);
	if (db_ask(visit->api->db, STMT_exclusions, &p, on_list, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- one is made or changed --- */

/* 0, answered with 404, when the path names nobody. */
static uint64_t person_of(struct visit *visit)
{
	uint64_t id = 0;
	if (ra_str_to_u64(ra_http_param(visit->req, "user_id"), &id) == 0 && id > 0 &&
	    id <= INT64_MAX)
		return id;
	ra_http_problem(visit->req, 404, "curator", "No such person",
			"What stands in the address is no id.");
	return 0;
}

/* Missing, null and empty are the same. */
static const char *optional_text(struct body *body, const char *name, size_t max)
{
	const json_t *value = json_object_get(body->json, name);
	if (!json_is_null(value) && value && json_string_length(value) > 0)
		return body_text(body, name, max);
	if (!value || json_is_null(value) || json_is_string(value)) {
		json_object_del(body->json, name);
		return "";
	}
	return body_text(body, name, max); /* which says what is wrong */
}

static void on_put(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (ra_pg_get_i64(rows, 0, 0) > 0)
		ra_http_problem(visit->req, 403, "manage", "You may look, but not change",
				"Nothing was changed: one of the servers is not yours to manage.");
	else if (ra_pg_get_bool(rows, 0, 1))
		ra_http_problem(visit->req, 409, "bot", "A bot is no curator", "Choose a person.");
	else if (ra_pg_get_bool(rows, 0, 2))
		ra_http_problem(visit->req, 409, "excluded", "This person is excluded",
				"Take them off the excluded list first.");
	else
		ra_http_reply_json(
			visit->req, 200,
			json_pack("{s:I}", "created", (json_int_t)ra_pg_get_i64(rows, 0, 3)));
}

/* Without `guilds` the one of the path. */
static void add_guilds(struct visit *visit, json_t *guilds, struct ra_pg_params *p)
{
	uint64_t ids[GUILDS_MAX] = { visit->access->guild.id };
	size_t count = 0, i;
	const json_t *one;
	json_array_foreach(guilds, i, one) if (i < GUILDS_MAX &&
					       ra_str_to_u64(ra_str_of(json_string_value(one)),
							     &ids[count]) == 0) count++;
	ra_pg_u64_array(p, ids, count ? count : 1, sizeof(*ids));
}

void curator_put(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	struct body body;
	uint64_t person = person_of(visit);
	if (!person)
		return;
	body_open(&body, visit);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, (int64_t)person);
	json_t *guilds = body_ids(&body, "guilds", GUILDS_MAX);
	if (body.rc == 0)
		add_guilds(visit, guilds, &p);
	json_decref(guilds);
	ra_pg_text(&p, ra_str_of(optional_text(&body, "name", NAME_MAX_CHARS)));
	ra_pg_text(&p, ra_str_of(optional_text(&body, "kind", KIND_MAX_CHARS)));
	ra_pg_text(&p, ra_str_of(optional_text(&body, "subdivision", SUBDIVISION_MAX_CHARS)));
	ra_pg_bool(&p, body_bool(&body, "is_active", true));
	ra_pg_bool(&p, body_bool(&body, "is_lead", false));
	ra_pg_i64(&p, visit->now_ms);
	if (body_close(&body) && db_ask(visit->api->db, STMT_curator_put, &p, on_put, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- who never is one --- */

static const char *text_of_id(const struct visit *visit, uint64_t id)
{
	return ra_arena_format(visit->arena, "%llu", (unsigned long long)id);
}

void exclusion_put(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	struct body body;
	uint64_t person = person_of(visit);
	if (!person)
		return;
	body_open(&body, visit);
	const char *reason = optional_text(&body, "reason", REASON_MAX_CHARS);
	if (!body_close(&body))
		return;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)person);
	ra_pg_text(&p, ra_str_of(reason));
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	outlet_change(visit, &(struct outlet_change){
				     .stmt = STMT_exclude,
				     .params = &p,
				     .audit = { .action = "curator.exclude",
						.target = text_of_id(visit, person),
						.after = json_pack("{s:s}", "reason", reason) },
				     .done = outlet_reply_gone });
}

static void on_included(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (PQntuples(rows) == 0)
		ra_http_problem(visit->req, 404, "curator", "Not on the list",
				"This person is not excluded.");
	else
		outlet_reply_gone(visit, 0, NULL);
}

void exclusion_delete(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	uint64_t person = person_of(visit);
	if (!person)
		return;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)person);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	if (db_ask(visit->api->db, STMT_include, &p, on_included, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
