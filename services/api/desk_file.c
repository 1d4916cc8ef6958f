/*
 * desk_file: all that a guild decides about its desk - requests, rules,
 * targets, hours, shifts, curators, points, tasks, notices - as one file, and
 * the way back: the sections a file has take the place of what is set.
 *
 *	read -> what only C can judge (terms, levels) -> app.desk_import, one transaction
 *
 * All of it is good, or nothing changes; a trial is the same transaction,
 * taken back at its end.
 */
#include "libshared/desk/match.h"
#include "libshared/desk/rating.h"
#include "services/api/body.h"
#include "services/api/outlet.h"
#include "services/api/request_rule.h"
#include "services/api/sql.h"

#define KIND    "rations-desk"
#define VERSION 1

/* clang-format off */
/* $1 guild, $2 now */
const char sql_desk_file[] =
	"SELECT jsonb_build_object('kind', '" KIND "', 'version', 1, 'made_at', " SQL_ISO("public.ms_to_ts($2)") ", "
	" 'guild', (SELECT jsonb_build_object('id', guild_id::text, 'name', name) FROM analytics.guild WHERE guild_id = $1), "
	" 'sections', app.desk_file($1))";

/* $1 guild, $2 account, $3 now, $4 sections, $5 whether it is a trial */
const char sql_desk_import[] = "SELECT app.desk_import($1, $2, public.ms_to_ts($3), $4::jsonb, $5)";
/* clang-format on */

struct import {
	struct visit *visit; /* borrowed */
	bool is_trial;
};

void desk_file_get(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, visit->now_ms);
	if (db_ask(visit->api->db, STMT_desk_file, &p, visit_reply_row, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- what only C can judge --- */

static void check_rule(struct body *body, const json_t *rule, size_t number)
{
	struct body one = { .visit = body->visit, .json = json_deep_copy(rule) };
	json_object_del(one.json, "position");
	if (json_is_object(one.json))
		json_decref(request_rule_read(&one));
	if (!json_is_object(one.json) || one.rc < 0)
		body_fail(body, one.err.hint, "rules: number %zu: %s", number + 1,
			  one.rc < 0 ? one.err.msg : "not an object");
	json_decref(one.mistakes);
	json_decref(one.json);
}

static void check_terms(struct body *body, const json_t *sections)
{
	const json_t *rules = json_object_get(sections, "rules"), *one;
	const json_t *words = json_object_get(json_object_get(sections, "tasks"), "keywords");
	struct ra_err err = { 0 };
	size_t i;
	if (json_array_size(rules) > MATCH_RULES_MAX)
		body_fail(body, "Leave some out.", "rules: more than %d", MATCH_RULES_MAX);
	json_array_foreach(rules, i, one) check_rule(body, one, i);
	json_array_foreach(words, i, one)
	{
		struct ra_str word = { json_string_value(one), json_string_length(one) };
		if (!word.ptr || match_check(MATCH_WORD, word, &err) < 0)
			body_fail(body, "Use single words.", "tasks: keyword %zu is none", i + 1);
	}
}

static void check_levels(struct body *body, const json_t *sections)
{
	const json_t *levels = json_object_get(json_object_get(sections, "rating"), "levels");
	struct rating_levels read;
	struct ra_err err = { 0 };
	if (levels && rating_levels_read(levels, &read, &err) < 0)
		body_fail(body, err.hint, "rating: %s", err.msg);
}

/* The sections as text, in the arena; NULL: it is answered. */
static const char *read_sections(struct visit *visit)
{
	struct body body;
	const char *text = "{}";
	body_open(&body, visit);
	json_t *sections = json_incref(json_object_get(body.json, "sections"));
	const char *kind = json_string_value(json_object_get(body.json, "kind"));
	json_int_t version = json_integer_value(json_object_get(body.json, "version"));
	if (body.rc == 0 && (!kind || strcmp(kind, KIND) != 0 || version != VERSION))
		body_fail(&body, "Use one that was saved here.", "this is no file of a desk");
	if (body.rc == 0 && (!json_is_object(sections) || json_object_size(sections) == 0))
		body_fail(&body, "Use one that was saved here.", "the file has no sections");
	json_object_clear(body.json); /* when and where it was made says nothing */
	check_terms(&body, sections);
	check_levels(&body, sections);
	char *dump = json_dumps(sections, JSON_COMPACT | JSON_ENCODE_ANY);
	if (dump)
		text = ra_arena_strdup(visit->arena, ra_str_of(dump));
	free(dump);
	json_decref(sections);
	return body_close(&body) ? text : NULL;
}

/* --- the transaction --- */

/* What PostgreSQL says begins with the SQLSTATE: ours, or those of values that do not fit (classes
 * 22 and 23). */
static void reply_unfit(struct import *import, int status, const struct ra_err *err)
{
	struct visit *visit = import->visit;
	const char *why = strchr(err->msg, ' ');
	bool is_ours = strncmp(err->msg, "RA400", 5) == 0;
	bool is_value = strncmp(err->msg, "22", 2) == 0 || strncmp(err->msg, "23", 2) == 0;
	if (status == RA_EDB && why && (is_ours || is_value))
		ra_http_problem(visit->req, 400, "file",
				"The file does not fit; nothing was changed", why + 1);
	else
		reply_failure(visit->api, visit->req, status);
}

static void on_imported(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct import *import = ctx;
	bool is_good = status == 0 || (import->is_trial && strncmp(err->msg, "RA200", 5) == 0);
	(void)rows;
	if (is_good)
		outlet_reply_gone(import->visit, 0, NULL);
	else
		reply_unfit(import, status, err);
}

static void begin(struct visit *visit, bool is_trial)
{
	struct import *import = ra_arena_new(visit->arena, struct import);
	struct ra_pg_params p = { .arena = visit->arena };
	const char *sections = read_sections(visit);
	*import = (struct import){ visit, is_trial };
	if (!sections)
		return;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	ra_pg_text(&p, ra_str_of(sections));
	ra_pg_bool(&p, is_trial);
	if (db_ask(visit->api->db, STMT_desk_import, &p, on_imported, import) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void desk_file_check(struct visit *visit)
{
	begin(visit, true);
}

void desk_file_put(struct visit *visit)
{
	begin(visit, false);
}
