/* shares: the share links of a guild - the list, making one, taking it back (share_page.h). */
#include "services/api/body.h"
#include "services/api/outlet.h"
#include "services/api/share_page.h"
#include "services/api/sql.h"
#include <sodium.h>

#define TITLE_MAX_CHARS 80
#define DAYS_MAX        3650
#define DAY_MS          (24LL * 3600 * 1000)

static const char *const periods[] = { "7d", "28d", "30d", "91d", "12mo" };

/* clang-format off */
/* $1 guild. One row, JSON: those in use first. */
const char sql_shares[] =
	"SELECT coalesce(json_agg(json_build_object("
	" 'id', share_id::text, 'title', title, 'period', period, 'widgets', widgets, "
	" 'is_embeddable', is_embeddable, "
	" 'created_by', created_by::text, 'created_at', " SQL_ISO("created_at") ", "
	" 'expires_at', " SQL_ISO("expires_at") ", 'last_used_at', " SQL_ISO("last_used_at") ", "
	" 'revoked_at', " SQL_ISO("revoked_at") ") "
	" ORDER BY revoked_at IS NOT NULL, created_at DESC), '[]') "
	"FROM (SELECT * FROM app.share_link WHERE guild_id = $1 "
	" ORDER BY revoked_at IS NOT NULL, created_at DESC LIMIT 200) t";

/* $1 guild, $2 hash, $3 title, $4 period, $5 widgets, $6 embeddable, $7 account, $8 now, $9 end or null */
const char sql_share_create[] =
	"INSERT INTO app.share_link (guild_id, token_hash, title, period, widgets, is_embeddable, "
	" created_by, created_at, expires_at) "
	"VALUES ($1, $2, $3, $4, $5::text[], $6, $7, public.ms_to_ts($8), public.ms_to_ts($9)) "
	"RETURNING share_id";

/* $1 guild, $2 link, $3 now */
const char sql_share_revoke[] =
	"UPDATE app.share_link SET revoked_at = coalesce(revoked_at, public.ms_to_ts($3)) "
	"WHERE guild_id = $1 AND share_id = $2";
/* clang-format on */

struct wish {
	const char *title, *period;
	unsigned widgets;
	bool is_embeddable;
	int64_t expires_ms; /* 0: never */
	char token[TOKEN_TEXT_LEN + 1];
};

void shares_list(struct visit *visit)
{
	outlet_reply_list(visit, STMT_shares, "shares");
}

/* --- making one --- */

static json_t *widgets_json(unsigned chosen)
{
	json_t *list = json_array();
	for (size_t i = 0; i < SHARE_WIDGETS; i++)
		if (chosen & 1u << i)
			json_array_append_new(list, json_string(share_widget_names[i]));
	return list;
}

static void on_created(struct visit *visit, int64_t id, void *ctx)
{
	struct wish *wish = ctx;
	const char *base = visit->api->urls.public_url;
	json_t *embed_url =
		wish->is_embeddable ? json_sprintf("%s/embed/%s", base, wish->token) : json_null();
	ra_http_reply_json(visit->req, 201,
			   json_pack("{s:o, s:s, s:o, s:o, s:o}", "id", json_id((uint64_t)id),
				     "title", wish->title, "url",
				     json_sprintf("%s/share/%s", base, wish->token), "embed_url",
				     embed_url, "expires_at", json_instant(wish->expires_ms)));
	sodium_memzero(wish->token, sizeof(wish->token));
}

static void add_params(const struct visit *visit, const struct wish *wish, struct ra_pg_params *p)
{
	unsigned char hash[TOKEN_HASH_BYTES];
	struct ra_str chosen[SHARE_WIDGETS];
	size_t count = 0;
	for (size_t i = 0; i < SHARE_WIDGETS; i++)
		if (wish->widgets & 1u << i)
			chosen[count++] = ra_str_of(share_widget_names[i]);
	token_hash(ra_str_of(wish->token), hash);
	ra_pg_i64(p, (int64_t)visit->access->guild.id);
	ra_pg_bytes(p, (struct ra_str){ (const char *)hash, sizeof(hash) });
	ra_pg_text(p, ra_str_of(wish->title));
	ra_pg_text(p, ra_str_of(wish->period));
	ra_pg_text_array(p, chosen, count, sizeof(*chosen));
	ra_pg_bool(p, wish->is_embeddable);
	ra_pg_i64(p, (int64_t)visit->access->user_id);
	ra_pg_i64(p, visit->now_ms);
	if (wish->expires_ms)
		ra_pg_i64(p, wish->expires_ms);
	else
		ra_pg_null(p);
}

static void create(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	struct wish *wish = ctx;
	struct ra_pg_params p = { .arena = visit->arena };
	(void)id;
	(void)name;
	token_make(wish->token);
	add_params(visit, wish, &p);
	json_t *after = json_pack("{s:s, s:o, s:b, s:o}", "period", wish->period, "widgets",
				  widgets_json(wish->widgets), "is_embeddable", wish->is_embeddable,
				  "expires_at", json_instant(wish->expires_ms));
	outlet_change(visit, &(struct outlet_change){
				     .stmt = STMT_share_create,
				     .params = &p,
				     .audit = { .action = "share.create",
						.target = wish->title,
						.after = after },
				     .done = on_created,
				     .ctx = wish,
			     });
}

void share_create(struct visit *visit)
{
	struct wish *wish = ra_arena_new(visit->arena, struct wish);
	struct body body;
	body_open(&body, visit);
	wish->title = body_text(&body, "title", TITLE_MAX_CHARS);
	wish->period = periods[body_choice(&body, "period", periods, RA_COUNT(periods))];
	wish->widgets = body_choices(&body, "widgets", share_widget_names, SHARE_WIDGETS);
	wish->is_embeddable = body_bool(&body, "is_embeddable", false);
	int64_t days = body_number(&body, "expires_in_days", 1, DAYS_MAX, 0);
	wish->expires_ms = days ? visit->now_ms + days * DAY_MS : 0;
	if (body_close(&body))
		outlet_room(visit, OUTLET_SHARE, create, wish);
}

/* --- taking it back --- */

static void take_back(struct visit *visit, int64_t id, const char *title, void *ctx)
{
	struct ra_pg_params p = { .arena = visit->arena };
	(void)ctx;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, id);
	ra_pg_i64(&p, visit->now_ms);
	outlet_change(visit, &(struct outlet_change){
				     .stmt = STMT_share_revoke,
				     .params = &p,
				     .audit = { .action = "share.revoke",
						.target = title,
						.before = json_pack("{s:s}", "title", title) },
				     .done = outlet_reply_gone,
			     });
}

void share_revoke(struct visit *visit)
{
	outlet_find(visit, OUTLET_SHARE, take_back, NULL);
}
