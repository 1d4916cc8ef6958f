/*
 * saved: filters kept under a name - one's own, and those others share with
 * the team. Only whose it is changes it; a manager may take a shared one away.
 */
#include "services/api/body.h"
#include "services/api/filter.h"
#include <string.h>

#define NAME_MAX_CHARACTERS 60
#define SAVED_MAX           "50" /* of one person in one guild */

/* clang-format off */
/* $1 guild, $2 account, $3 whether filters about single people are of use to them. */
const char sql_saved_list[] =
	"SELECT f.filter_id, f.name, f.filter, f.is_shared, f.user_id = $2, "
	" coalesce(m.nick, m.global_name, m.username, a.global_name, a.username, ''), "
	" public.ts_to_ms(f.created_at) "
	"FROM app.saved_filter f LEFT JOIN app.account a ON a.user_id = f.user_id "
	"LEFT JOIN analytics.member m ON m.guild_id = $1 AND m.user_id = f.user_id "
	"WHERE f.guild_id = $1 AND (f.user_id = $2 OR f.is_shared) "
	" AND ($3::boolean OR NOT f.filter ?| '{role,member}') "
	"ORDER BY f.user_id <> $2, lower(f.name), f.filter_id LIMIT 500";

/* $1 guild, $2 account, $3 name, $4 filter, $5 shared, $6 now. Nothing comes back when they have too many. */
const char sql_saved_add[] =
	"INSERT INTO app.saved_filter (guild_id, user_id, name, filter, is_shared, created_at) "
	"SELECT $1, $2, $3, $4::jsonb, $5, public.ms_to_ts($6) "
	"WHERE (SELECT count(*) FROM app.saved_filter WHERE guild_id = $1 AND user_id = $2) < " SAVED_MAX
	" OR EXISTS (SELECT FROM app.saved_filter WHERE guild_id = $1 AND user_id = $2 AND name = $3) "
	"ON CONFLICT (guild_id, user_id, name) DO UPDATE SET filter = excluded.filter, "
	" is_shared = excluded.is_shared RETURNING filter_id";

/* $1 guild, $2 account, $3 filter, $4 name. A row when the filter is theirs: is the name another's of
 * theirs already? */
const char sql_saved_rename[] =
	"WITH own AS (SELECT filter_id, name FROM app.saved_filter WHERE guild_id = $1 AND user_id = $2), "
	"taken AS (SELECT FROM own WHERE name = $4 AND filter_id <> $3), "
	"renamed AS ("
	" UPDATE app.saved_filter f SET name = $4 FROM own "
	" WHERE f.filter_id = own.filter_id AND f.filter_id = $3 AND NOT EXISTS (SELECT FROM taken)"
	") "
	"SELECT EXISTS (SELECT FROM taken) FROM own WHERE filter_id = $3";

/* $1 guild, $2 account, $3 filter, $4 may manage. */
const char sql_saved_remove[] =
	"DELETE FROM app.saved_filter WHERE guild_id = $1 AND filter_id = $3 "
	" AND (user_id = $2 OR (is_shared AND $4::boolean)) RETURNING filter_id";
/* clang-format on */

struct saving {
	struct visit *visit; /* borrowed */
	const char *name, *filter;
	bool is_shared;
};

static json_t *saved_json(const PGresult *rows, int row)
{
	return json_pack(
		"{s:o, s:o, s:o, s:b, s:b, s:o, s:o}", "id", json_id(ra_pg_get_u64(rows, row, 0)),
		"name", json_str(ra_pg_get_str(rows, row, 1)), "filter", json_column(rows, row, 2),
		"is_shared", ra_pg_get_bool(rows, row, 3), "is_mine", ra_pg_get_bool(rows, row, 4),
		"owner", json_str(ra_pg_get_str(rows, row, 5)), "created_at",
		json_instant(ra_pg_get_i64(rows, row, 6)));
}

static void on_list(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	json_t *filters = json_array();
	for (int row = 0; row < PQntuples(rows); row++)
		json_array_append_new(filters, saved_json(rows, row));
	ra_http_reply_json(visit->req, 200, json_pack("{s:o}", "filters", filters));
}

void saved_list(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_bool(&p, visit->access->guild.can_see_people);
	if (db_ask(visit->api->db, STMT_saved_list, &p, on_list, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- keeping one --- */

static bool is_id_list(const json_t *value)
{
	size_t i;
	json_t *one;
	uint64_t id;
	if (!json_is_array(value) || json_array_size(value) == 0 ||
	    json_array_size(value) > FILTER_IDS_MAX)
		return false;
	json_array_foreach(value, i,
			   one) if (!json_is_string(one) ||
				    ra_str_to_u64(ra_str_of(json_string_value(one)), &id) < 0 ||
				    id == 0 || id > INT64_MAX) return false;
	return true;
}

static bool is_one_of(const json_t *value, const char *const *words)
{
	for (; json_is_string(value) && *words; words++)
		if (strcmp(json_string_value(value), *words) == 0)
			return true;
	return false;
}

/* One member of a filter, as proto/api.yaml has it (FilterWish). */
static bool is_part(const char *name, const json_t *value)
{
	static const char *const lists[] = { "channel", "category", "role", "member" };
	for (size_t i = 0; i < RA_COUNT(lists); i++)
		if (strcmp(name, lists[i]) == 0)
			return is_id_list(value);
	if (strcmp(name, "bots") == 0)
		return is_one_of(value, (const char *[]){ "without", "with", "only", NULL });
	if (strcmp(name, "threads") == 0)
		return is_one_of(value, (const char *[]){ "rolled", "apart", NULL });
	return strcmp(name, "rule") == 0 &&
	       is_one_of(value, (const char *[]){ "raw_ms", "present_ms", "engaged_ms",
						  "talking_ms", NULL });
}

static bool is_filter(json_t *filter)
{
	const char *name;
	json_t *value;
	if (!json_is_object(filter) || json_object_size(filter) == 0)
		return false;
	json_object_foreach(filter, name, value) if (!is_part(name, value)) return false;
	return true;
}

/* Taken out of the body; a text of it in the visit's arena. */
static const char *read_filter(struct body *body)
{
	json_t *filter = json_object_get(body->json, "filter");
	char *text = NULL;
	const char *copy = "";
	if (!is_filter(filter)) {
		body_fail(body,
			  "Send an object with some of channel, category, role, member (lists of "
			  "ids), bots, threads and rule.",
			  "filter is not one");
	} else {
		text = json_dumps(filter, JSON_COMPACT | JSON_SORT_KEYS);
		copy = ra_arena_strdup(body->visit->arena, ra_str_of(text));
	}
	free(text);
	json_object_del(body->json, "filter");
	return copy;
}

static void on_added(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct saving *s = ctx;
	struct visit *visit = s->visit;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (PQntuples(rows) == 0)
		ra_http_problem(visit->req, 409, "too-many", "You have saved too many filters",
				"Remove one of your 50 first.");
	else
		saved_list(visit);
}

void saved_add(struct visit *visit)
{
	struct saving *s = ra_arena_new(visit->arena, struct saving);
	struct ra_pg_params p = { .arena = visit->arena };
	struct body body;
	body_open(&body, visit);
	*s = (struct saving){ .visit = visit };
	s->name = body_text(&body, "name", NAME_MAX_CHARACTERS);
	s->filter = read_filter(&body);
	s->is_shared = body_bool(&body, "is_shared", false);
	if (!body_close(&body))
		return;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_text(&p, ra_str_of(s->name));
	ra_pg_text(&p, ra_str_of(s->filter));
	ra_pg_bool(&p, s->is_shared);
	ra_pg_i64(&p, visit->now_ms);
	if (db_ask(visit->api->db, STMT_saved_add, &p, on_added, s) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- another name --- */

static uint64_t asked_id(const struct visit *visit)
{
	uint64_t id;
	int rc = ra_str_to_u64(ra_http_param(visit->req, "filter_id"), &id);
	return rc == 0 && id <= INT64_MAX ? id : 0;
}

static void reply_missing(struct visit *visit)
{
	ra_http_problem(visit->req, 404, "filter", "No such filter",
			"It does not exist, or it is somebody else's.");
}

static void on_changed(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (PQntuples(rows) == 0)
		reply_missing(visit);
	else
		saved_list(visit);
}

static void on_renamed(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	if (status == 0 && PQntuples(rows) > 0 && ra_pg_get_bool(rows, 0, 0))
		ra_http_problem(visit->req, 409, "name-taken", "The name is taken",
				"Another filter of yours has this name.");
	else
		on_changed(ctx, status, rows, err);
}

void saved_rename(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	struct body body;
	body_open(&body, visit);
	const char *name = body_text(&body, "name", NAME_MAX_CHARACTERS);
	if (!body_close(&body))
		return;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, (int64_t)asked_id(visit));
	ra_pg_text(&p, ra_str_of(name));
	if (db_ask(visit->api->db, STMT_saved_rename, &p, on_renamed, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- taking one away --- */

void saved_remove(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, (int64_t)asked_id(visit));
	ra_pg_bool(&p, visit->access->guild.can_manage);
	if (db_ask(visit->api->db, STMT_saved_remove, &p, on_changed, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
