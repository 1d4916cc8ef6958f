/* request_rules: what makes a message a request in a guild (app.request_rule,
 * libshared/desk/match.h). */
#include "libshared/desk/match.h"
#include "services/api/body.h"
#include "services/api/outlet.h"
#include "services/api/request_rule.h"
#include "services/api/sql.h"

#define NAME_MAX_CHARS 80
#define IDS_MAX        100
#define COUNTED_DAYS   "30"

/* clang-format off */
#define SQL_IDS(column) "to_jsonb(r." column "::text[])"

/* $1 guild, $2 now. One row, JSON: {"rules"}, the rules in their order; what each found in the last days, and how much
 * of that was marked as no request. */
const char sql_request_rules[] =
	"SELECT json_build_object('rules', coalesce(json_agg(json_build_object('id', r.rule_id::text, 'name', r.name, "
	" 'kind', r.kind, 'is_enabled', r.is_enabled, 'priority', r.priority, "
	" 'roles', " SQL_IDS("roles") ", 'words', r.words, 'stems', r.stems, "
	" 'phrases', r.phrases, 'patterns', r.patterns, "
	" 'allowed_channels', " SQL_IDS("allowed_channels") ", "
	" 'denied_channels', " SQL_IDS("denied_channels") ", "
	" 'updated_at', " SQL_ISO("r.updated_at") ", 'requests', q.requests, 'marked', q.marked, "
	" 'last_request_at', " SQL_ISO("q.last_at") ") ORDER BY r.position, r.rule_id), '[]')) "
	"FROM app.request_rule r CROSS JOIN LATERAL ("
	" SELECT count(*) AS requests, count(*) FILTER (WHERE state = 'not_a_request') AS marked, "
	"  max(asked_at) AS last_at "
	" FROM response.request q WHERE q.guild_id = r.guild_id AND q.rule_id = r.rule_id "
	"  AND q.asked_at >= public.ms_to_ts($2) - interval '" COUNTED_DAYS " days') q "
	"WHERE r.guild_id = $1";

#define SQL_COLUMNS                                                                                \
	"name, kind, is_enabled, priority, roles, words, stems, phrases, patterns, "               \
	"allowed_channels, denied_channels"
#define SQL_VALUES                                                                                 \
	"n.name, n.kind, n.is_enabled, n.priority, n.roles, n.words, n.stems, n.phrases, "         \
	"n.patterns, n.allowed_channels, n.denied_channels"

/* $1 guild, $2 the rule, JSON, $3 now. The last in order. */
const char sql_request_rule_create[] =
	"INSERT INTO app.request_rule (guild_id, position, created_at, updated_at, " SQL_COLUMNS ") "
	"SELECT $1, (SELECT coalesce(max(position), 0) + 1 FROM app.request_rule WHERE guild_id = $1), "
	" public.ms_to_ts($3), public.ms_to_ts($3), " SQL_VALUES " "
	"FROM jsonb_populate_record(NULL::app.request_rule, $2::jsonb) n RETURNING rule_id";

/* The same, and $4 rule. */
const char sql_request_rule_change[] =
	"UPDATE app.request_rule SET (updated_at, " SQL_COLUMNS ") = (public.ms_to_ts($3), " SQL_VALUES ") "
	"FROM jsonb_populate_record(NULL::app.request_rule, $2::jsonb) n "
	"WHERE request_rule.guild_id = $1 AND request_rule.rule_id = $4 RETURNING request_rule.rule_id";

/* $1 guild, $2 rule */
const char sql_request_rule_delete[] =
	"DELETE FROM app.request_rule WHERE guild_id = $1 AND rule_id = $2";

/* $1 guild, $2 ids, JSON. Are these all of the rules, once each? */
const char sql_request_rules_all[] =
	"SELECT (SELECT array_agg(id::bigint ORDER BY id::bigint) FROM jsonb_array_elements_text($2::jsonb) id) "
	" IS NOT DISTINCT FROM "
	" (SELECT array_agg(rule_id ORDER BY rule_id) FROM app.request_rule WHERE guild_id = $1)";

/* $1 guild, $2 ids in order, JSON. */
const char sql_request_rules_order[] =
	"UPDATE app.request_rule r SET position = w.n "
	"FROM jsonb_array_elements_text($2::jsonb) WITH ORDINALITY w (id, n) "
	"WHERE r.guild_id = $1 AND r.rule_id = w.id::bigint";
/* clang-format on */

static const char *const kinds[] = { "mention", "keyword", "forum" };

void request_rules_list(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, visit->now_ms);
	if (db_ask(visit->api->db, STMT_request_rules, &p, visit_reply_row, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- reading one --- */

static size_t read_terms(struct body *body, json_t *rule, const char *name, enum match_term kind)
{
	bool is_pattern = kind == MATCH_PATTERN;
	json_t *terms = body_texts(body, name, is_pattern ? MATCH_PATTERNS_MAX : MATCH_TERMS_MAX,
				   is_pattern ? MATCH_PATTERN_CHARS : MATCH_TERM_CHARS);
	size_t i;
	const json_t *term;
	json_array_foreach(terms, i, term)
	{
		struct ra_err err;
		struct ra_str text = { json_string_value(term), json_string_length(term) };
		if (text.ptr && match_check(kind, text, &err) < 0)
			body_fail(body, err.hint, "%s: \"%.60s\": %s", name, text.ptr, err.msg);
	}
	json_object_set_new(rule, name, terms);
	return json_array_size(terms);
}

static void read_ids(struct body *body, json_t *rule, const char *name)
{
	json_t *ids = body_ids(body, name, IDS_MAX);
	json_object_set_new(rule, name, ids ? ids : json_array());
}

json_t *request_rule_read(struct body *body)
{
	json_t *rule = json_object();
	size_t kind, terms;
	json_object_set_new(rule, "name", json_string(body_text(body, "name", NAME_MAX_CHARS)));
	kind = body_choice(body, "kind", kinds, RA_COUNT(kinds));
	json_object_set_new(rule, "kind", json_string(kinds[kind]));
	json_object_set_new(rule, "is_enabled", json_boolean(body_bool(body, "is_enabled", false)));
	json_object_set_new(rule, "priority", json_integer(body_number(body, "priority", 1, 4, 2)));
	read_ids(body, rule, "roles");
	terms = read_terms(body, rule, "words", MATCH_WORD);
	terms += read_terms(body, rule, "stems", MATCH_STEM);
	terms += read_terms(body, rule, "phrases", MATCH_PHRASE);
	terms += read_terms(body, rule, "patterns", MATCH_PATTERN);
	read_ids(body, rule, "allowed_channels");
	read_ids(body, rule, "denied_channels");
	if (kind == MATCH_KEYWORD && terms == 0)
		body_fail(body, "Add a word, a phrase or an expression.",
			  "the rule has nothing to look for");
	return rule;
}

/* NULL: answered already. */
static json_t *read_rule(struct visit *visit)
{
	struct body body;
	json_t *rule = NULL;
	body_open(&body, visit);
	if (body.rc == 0)
		rule = request_rule_read(&body);
	if (body_close(&body))
		return rule;
	json_decref(rule);
	return NULL;
}

static void add_rule(const struct visit *visit, const json_t *rule, struct ra_pg_params *p)
{
	char *text = json_dumps(rule, JSON_COMPACT);
	ra_pg_i64(p, (int64_t)visit->access->guild.id);
	ra_pg_text(p, ra_str_of(text));
	ra_pg_i64(p, visit->now_ms);
	free(text);
}

/* --- changes --- */

static void on_created(struct visit *visit, int64_t id, void *ctx)
{
	(void)ctx;
	ra_http_reply_json(visit->req, 201, json_pack("{s:o}", "id", json_id((uint64_t)id)));
}

static void create(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	json_t *rule = ctx;
	struct ra_pg_params p = { .arena = visit->arena };
	(void)id;
	(void)name;
	add_rule(visit, rule, &p);
	outlet_change(visit,
		      &(struct outlet_change){
			      .stmt = STMT_request_rule_create,
			      .params = &p,
			      .audit = { .action = "request_rule.create",
					 .target = json_string_value(json_object_get(rule, "name")),
					 .after = rule },
			      .done = on_created });
}

static void change(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	json_t *rule = ctx;
	struct ra_pg_params p = { .arena = visit->arena };
	add_rule(visit, rule, &p);
	ra_pg_i64(&p, id);
	outlet_change(visit, &(struct outlet_change){
				     .stmt = STMT_request_rule_change,
				     .params = &p,
				     .audit = { .action = "request_rule.change",
						.target = name,
						.before = json_pack("{s:s}", "name", name),
						.after = rule },
				     .done = outlet_reply_gone });
}

static void erase(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	struct ra_pg_params p = { .arena = visit->arena };
	(void)ctx;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, id);
	outlet_change(visit, &(struct outlet_change){
				     .stmt = STMT_request_rule_delete,
				     .params = &p,
				     .audit = { .action = "request_rule.delete",
						.target = name,
						.before = json_pack("{s:s}", "name", name) },
				     .done = outlet_reply_gone });
}

void request_rule_create(struct visit *visit)
{
	json_t *rule = read_rule(visit);
	if (rule)
		outlet_room(visit, OUTLET_REQUEST_RULE, create, rule);
}

void request_rule_put(struct visit *visit)
{
	json_t *rule = read_rule(visit);
	if (rule)
		outlet_find(visit, OUTLET_REQUEST_RULE, change, rule);
}

void request_rule_delete(struct visit *visit)
{
	outlet_find(visit, OUTLET_REQUEST_RULE, erase, NULL);
}

/* --- their order --- */

struct ordering {
	struct visit *visit; /* borrowed */
	json_t *ids;         /* owned until it is audited */
};

static void add_ids(const struct ordering *o, struct ra_pg_params *p)
{
	char *text = json_dumps(o->ids, JSON_COMPACT);
	ra_pg_i64(p, (int64_t)o->visit->access->guild.id);
	ra_pg_text(p, ra_str_of(text));
	free(text);
}

static void on_all(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct ordering *o = ctx;
	struct visit *visit = o->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	(void)err;
	if (status < 0) {
		json_decref(o->ids);
		reply_failure(visit->api, visit->req, status);
	} else if (!ra_pg_get_bool(rows, 0, 0)) {
		json_decref(o->ids);
		ra_http_problem(visit->req, 409, "changed", "The rules are others by now",
				"Name every rule of the server once; read them again first.");
	} else {
		add_ids(o, &p);
		outlet_change(visit,
			      &(struct outlet_change){
				      .stmt = STMT_request_rules_order,
				      .params = &p,
				      .audit = { .action = "request_rule.order",
						 .after = json_pack("{s:o}", "ids", o->ids) },
				      .done = outlet_reply_gone });
	}
}

void request_rules_order(struct visit *visit)
{
	struct ordering *o = ra_arena_new(visit->arena, struct ordering);
	struct ra_pg_params p = { .arena = visit->arena };
	struct body body;
	body_open(&body, visit);
	*o = (struct ordering){ visit, body_ids(&body, "ids", MATCH_RULES_MAX) };
	if (!o->ids)
		body_fail(&body, "Name every rule once.", "ids is missing");
	if (!body_close(&body)) {
		json_decref(o->ids);
		return;
	}
	add_ids(o, &p);
	if (db_ask(visit->api->db, STMT_request_rules_all, &p, on_all, o) < 0) {
		json_decref(o->ids);
		reply_failure(visit->api, visit->req, RA_EDOWN);
	}
}
