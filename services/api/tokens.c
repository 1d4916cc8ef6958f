/* tokens: the API tokens of a guild - the list, making one, taking it back (bearer.h). */
#include "services/api/bearer.h"
#include "services/api/body.h"
#include "services/api/outlet.h"
#include "services/api/sql.h"
#include <sodium.h>

#define NAME_MAX_CHARS 80
#define DAYS_MAX       3650
#define DAY_MS         (24LL * 3600 * 1000)
#define ENDING_CHARS   4

static const char *const scopes[] = { "figures", "people" };
enum { FIGURES = 1, PEOPLE = 2 };

/* clang-format off */
/* $1 guild. One row, JSON: those in use first. */
const char sql_tokens[] =
	"SELECT coalesce(json_agg(json_build_object("
	" 'id', token_id::text, 'name', name, 'ending', ending, "
	" 'scopes', array_remove(ARRAY[CASE WHEN sees_figures THEN 'figures' END, "
	"  CASE WHEN sees_people THEN 'people' END], NULL), "
	" 'created_by', created_by::text, 'created_at', " SQL_ISO("created_at") ", "
	" 'expires_at', " SQL_ISO("expires_at") ", 'last_used_at', " SQL_ISO("last_used_at") ", "
	" 'revoked_at', " SQL_ISO("revoked_at") ") "
	" ORDER BY revoked_at IS NOT NULL, created_at DESC), '[]') "
	"FROM (SELECT * FROM app.api_token WHERE guild_id = $1 "
	" ORDER BY revoked_at IS NOT NULL, created_at DESC LIMIT 200) t";

/* $1 guild, $2 hash, $3 name, $4 ending, $5 figures, $6 people, $7 account, $8 now, $9 end or null */
const char sql_token_create[] =
	"INSERT INTO app.api_token (guild_id, token_hash, name, ending, sees_figures, sees_people, "
	" created_by, created_at, expires_at) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, public.ms_to_ts($8), public.ms_to_ts($9)) "
	"RETURNING token_id";

/* $1 guild, $2 token, $3 now */
const char sql_token_revoke[] =
	"UPDATE app.api_token SET revoked_at = coalesce(revoked_at, public.ms_to_ts($3)) "
	"WHERE guild_id = $1 AND token_id = $2";
/* clang-format on */

struct wish {
	const char *name;
	unsigned scopes;
	int64_t expires_ms; /* 0: never */
	char token[BEARER_TEXT_LEN + 1];
};

void tokens_list(struct visit *visit)
{
	outlet_reply_list(visit, STMT_tokens, "tokens");
}

/* --- making one --- */

static json_t *scopes_json(unsigned chosen)
{
	json_t *list = json_array();
	for (size_t i = 0; i < RA_COUNT(scopes); i++)
		if (chosen & 1u << i)
			json_array_append_new(list, json_string(scopes[i]));
	return list;
}

static void on_created(struct visit *visit, int64_t id, void *ctx)
{
	struct wish *wish = ctx;
	ra_http_reply_json(visit->req, 201,
			   json_pack("{s:o, s:s, s:s, s:o, s:o}", "id", json_id((uint64_t)id),
				     "name", wish->name, "token", wish->token, "scopes",
				     scopes_json(wish->scopes), "expires_at",
				     json_instant(wish->expires_ms)));
	sodium_memzero(wish->token, sizeof(wish->token));
}

static void create(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	struct wish *wish = ctx;
	unsigned char hash[TOKEN_HASH_BYTES];
	struct ra_pg_params p = { .arena = visit->arena };
	(void)id;
	(void)name;
	bearer_make(wish->token);
	token_hash(ra_str_of(wish->token), hash);
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_bytes(&p, (struct ra_str){ (const char *)hash, sizeof(hash) });
	ra_pg_text(&p, ra_str_of(wish->name));
	ra_pg_text(&p, ra_str_of(wish->token + BEARER_TEXT_LEN - ENDING_CHARS));
	ra_pg_bool(&p, wish->scopes & FIGURES);
	ra_pg_bool(&p, wish->scopes & PEOPLE);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	if (wish->expires_ms)
		ra_pg_i64(&p, wish->expires_ms);
	else
		ra_pg_null(&p);
	outlet_change(visit,
		      &(struct outlet_change){
			      .stmt = STMT_token_create,
			      .params = &p,
			      .audit = { .action = "token.create",
					 .target = wish->name,
					 .after = json_pack("{s:o, s:o}", "scopes",
							    scopes_json(wish->scopes), "expires_at",
							    json_instant(wish->expires_ms)) },
			      .done = on_created,
			      .ctx = wish,
		      });
}

void token_create(struct visit *visit)
{
	struct wish *wish = ra_arena_new(visit->arena, struct wish);
	struct body body;
	body_open(&body, visit);
	wish->name = body_text(&body, "name", NAME_MAX_CHARS);
	wish->scopes = body_choices(&body, "scopes", scopes, RA_COUNT(scopes));
	int64_t days = body_number(&body, "expires_in_days", 1, DAYS_MAX, 0);
	wish->expires_ms = days ? visit->now_ms + days * DAY_MS : 0;
	if (body_close(&body))
		outlet_room(visit, OUTLET_TOKEN, create, wish);
}

/* --- taking it back --- */

static void take_back(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	struct ra_pg_params p = { .arena = visit->arena };
	(void)ctx;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, id);
	ra_pg_i64(&p, visit->now_ms);
	outlet_change(visit, &(struct outlet_change){
				     .stmt = STMT_token_revoke,
				     .params = &p,
				     .audit = { .action = "token.revoke",
						.target = name,
						.before = json_pack("{s:s}", "name", name) },
				     .done = outlet_reply_gone,
			     });
}

void token_revoke(struct visit *visit)
{
	outlet_find(visit, OUTLET_TOKEN, take_back, NULL);
}
