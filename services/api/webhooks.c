/* webhooks: where a guild wants alerts sent, and what was (courier.h sends). */
#include "libshared/http/address.h"
#include "services/api/body.h"
#include "services/api/courier.h"
#include "services/api/outlet.h"
#include "services/api/page.h"
#include "services/api/sql.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sodium.h>

#define NAME_MAX_CHARS 80
#define URL_MAX_CHARS  2000
#define SECRET_PREFIX  "whs_"

/* clang-format off */
/* $1 guild. One row, JSON. */
const char sql_webhooks[] =
	"SELECT coalesce(json_agg(json_build_object("
	" 'id', webhook_id::text, 'name', name, 'host', host, "
	" 'created_at', " SQL_ISO("created_at") ", 'failing_since', " SQL_ISO("failing_since") ", "
	" 'disabled_at', " SQL_ISO("disabled_at") ") ORDER BY name, webhook_id), '[]') "
	"FROM app.webhook WHERE guild_id = $1";

/* $1 guild, $2 name, $3 sealed address, $4 host, $5 sealed secret, $6 account, $7 now */
const char sql_webhook_create[] =
	"INSERT INTO app.webhook (guild_id, name, url_sealed, host, secret_sealed, created_by, "
	" created_at) VALUES ($1, $2, $3, $4, $5, $6, public.ms_to_ts($7)) RETURNING webhook_id";

/* $1 guild, $2 webhook, $3 on, $4 now. What waited is not sent when it is on again. */
const char sql_webhook_switch[] =
	"WITH old AS (UPDATE app.webhook_delivery SET due_at = NULL, trouble = 'switched off' "
	" WHERE guild_id = $1 AND webhook_id = $2 AND due_at IS NOT NULL AND NOT $3::boolean) "
	"UPDATE app.webhook SET failing_since = NULL, "
	" disabled_at = CASE WHEN $3 THEN NULL ELSE coalesce(disabled_at, public.ms_to_ts($4)) END "
	"WHERE guild_id = $1 AND webhook_id = $2";

/* $1 guild, $2 webhook */
const char sql_webhook_delete[] = "DELETE FROM app.webhook WHERE guild_id = $1 AND webhook_id = $2";

/* $1 guild, $2 webhook, $3 body, $4 now. Nothing when it is off. */
const char sql_webhook_test[] =
	"INSERT INTO app.webhook_delivery (webhook_id, guild_id, event, body, created_at, due_at) "
	"SELECT webhook_id, guild_id, 'test', $3, public.ms_to_ts($4), public.ms_to_ts($4) "
	"FROM app.webhook WHERE guild_id = $1 AND webhook_id = $2 AND disabled_at IS NULL "
	"RETURNING delivery_id";

/* $1 guild, $2 webhook, $3 limit, $4 offset */
const char sql_deliveries[] =
	"SELECT coalesce(json_agg(json_build_object("
	" 'id', delivery_id::text, 'event', event, 'created_at', " SQL_ISO("created_at") ", "
	" 'attempts', attempts, 'http_status', http_status, 'trouble', trouble, "
	" 'next_at', " SQL_ISO("due_at") ", 'delivered_at', " SQL_ISO("delivered_at") ") "
	" ORDER BY created_at DESC, delivery_id DESC), '[]'), "
	" (SELECT count(*) FROM app.webhook_delivery WHERE guild_id = $1 AND webhook_id = $2) "
	"FROM (SELECT * FROM app.webhook_delivery WHERE guild_id = $1 AND webhook_id = $2 "
	" ORDER BY created_at DESC, delivery_id DESC LIMIT $3 OFFSET $4) d";
/* clang-format on */

struct wish {
	const char *name, *url, *host;
	char secret[sizeof(SECRET_PREFIX) + TOKEN_TEXT_LEN];
};

void webhooks_list(struct visit *visit)
{
	outlet_reply_list(visit, STMT_webhooks, "webhooks");
}

/* --- making one --- */

static const char *part_of(CURLU *url, CURLUPart part, struct ra_arena *arena)
{
	char *text = NULL;
	curl_url_get(url, part, &text, 0);
	const char *copy = text ? ra_arena_strdup(arena, ra_str_of(text)) : "";
	curl_free(text);
	return copy;
}

/* An address written as a number is judged now; a name when it is connected to. */
static bool is_forbidden_number(const char *host)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	char bare[64];
	size_t len = strlen(host);
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
		return !ra_address_is_public((struct sockaddr *)&v4);
	if (host[0] != '[' || len - 1 > sizeof(bare))
		return false;
	snprintf(bare, sizeof(bare), "%.*s", (int)(len - 2), host + 1);
	return inet_pton(AF_INET6, bare, &v6.sin6_addr) == 1 &&
	       !ra_address_is_public((struct sockaddr *)&v6);
}

static void check_url(struct body *body, struct wish *wish)
{
	struct visit *visit = body->visit;
	bool is_trusting = visit->api->conf->webhook_private;
	CURLU *url = curl_url();
	bool is_url =
		curl_url_set(url, CURLUPART_URL, wish->url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
	const char *scheme = part_of(url, CURLUPART_SCHEME, visit->arena);
	bool is_http = strcmp(scheme, "https") == 0 || (is_trusting && strcmp(scheme, "http") == 0);
	wish->host = part_of(url, CURLUPART_HOST, visit->arena);
	if (!is_url || !is_http || !*wish->host)
		body_fail(body, "Use an address like https://example.org/hook.",
			  "url is not an https address");
	else if (*part_of(url, CURLUPART_USER, visit->arena))
		body_fail(body, "Leave name and password out.", "url holds a login");
	else if (!is_trusting && is_forbidden_number(wish->host))
		body_fail(body, "Use one that the whole internet can reach.",
			  "url is not a public address");
	curl_url_cleanup(url);
}

static void on_created(struct visit *visit, int64_t id, void *ctx)
{
	struct wish *wish = ctx;
	ra_http_reply_json(visit->req, 201,
			   json_pack("{s:o, s:s, s:s, s:s}", "id", json_id((uint64_t)id), "name",
				     wish->name, "host", wish->host, "secret", wish->secret));
	sodium_memzero(wish->secret, sizeof(wish->secret));
}

static void create(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	struct wish *wish = ctx;
	const unsigned char *key = visit->api->keys.webhooks;
	struct ra_pg_params p = { .arena = visit->arena };
	char random[TOKEN_TEXT_LEN + 1];
	(void)id;
	(void)name;
	token_make(random);
	snprintf(wish->secret, sizeof(wish->secret), SECRET_PREFIX "%s", random);
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_text(&p, ra_str_of(wish->name));
	ra_pg_bytes(&p, seal(key, ra_str_of(wish->url), visit->arena));
	ra_pg_text(&p, ra_str_of(wish->host));
	ra_pg_bytes(&p, seal(key, ra_str_of(wish->secret), visit->arena));
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	outlet_change(visit, &(struct outlet_change){
				     .stmt = STMT_webhook_create,
				     .params = &p,
				     .audit = { .action = "webhook.create",
						.target = wish->name,
						.after = json_pack("{s:s}", "host", wish->host) },
				     .done = on_created,
				     .ctx = wish,
			     });
}

void webhook_create(struct visit *visit)
{
	struct wish *wish = ra_arena_new(visit->arena, struct wish);
	struct body body;
	body_open(&body, visit);
	wish->name = body_text(&body, "name", NAME_MAX_CHARS);
	wish->url = body_text(&body, "url", URL_MAX_CHARS);
	check_url(&body, wish);
	if (body_close(&body))
		outlet_room(visit, OUTLET_WEBHOOK, create, wish);
}

/* --- changing one --- */

static void add_ids(const struct visit *visit, int64_t id, struct ra_pg_params *p)
{
	ra_pg_i64(p, (int64_t)visit->access->guild.id);
	ra_pg_i64(p, id);
}

static void turn(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	bool is_on = *(bool *)ctx;
	struct ra_pg_params p = { .arena = visit->arena };
	add_ids(visit, id, &p);
	ra_pg_bool(&p, is_on);
	ra_pg_i64(&p, visit->now_ms);
	outlet_change(visit, &(struct outlet_change){
				     .stmt = STMT_webhook_switch,
				     .params = &p,
				     .audit = { .action = "webhook.switch",
						.target = name,
						.after = json_pack("{s:b}", "is_on", is_on) },
				     .done = outlet_reply_gone,
			     });
}

void webhook_patch(struct visit *visit)
{
	bool *is_on = ra_arena_new(visit->arena, bool);
	struct body body;
	body_open(&body, visit);
	if (!body_has(&body, "is_on"))
		body_fail(&body, "Send {\"is_on\":true} or false.", "is_on is missing");
	*is_on = body_bool(&body, "is_on", true);
	if (body_close(&body))
		outlet_find(visit, OUTLET_WEBHOOK, turn, is_on);
}

static void erase(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	struct ra_pg_params p = { .arena = visit->arena };
	(void)ctx;
	add_ids(visit, id, &p);
	outlet_change(visit, &(struct outlet_change){
				     .stmt = STMT_webhook_delete,
				     .params = &p,
				     .audit = { .action = "webhook.delete",
						.target = name,
						.before = json_pack("{s:s}", "name", name) },
				     .done = outlet_reply_gone,
			     });
}

void webhook_delete(struct visit *visit)
{
	outlet_find(visit, OUTLET_WEBHOOK, erase, NULL);
}

/* --- trying it --- */

static void on_test(struct visit *visit, int64_t id, void *ctx)
{
	(void)ctx;
	if (id)
		ra_http_reply_json(visit->req, 202,
				   json_pack("{s:o}", "delivery_id", json_id((uint64_t)id)));
	else
		ra_http_problem(visit->req, 409, "off", "This webhook is switched off",
				"Switch it on first.");
}

static void test(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	struct ra_pg_params p = { .arena = visit->arena };
	const struct access_guild *guild = &visit->access->guild;
	char *words = ra_arena_format(visit->arena, "Test of the webhook %s: it works", name);
	(void)ctx;
	json_t *json = json_pack("{s:s, s:o, s:{s:o, s:o}, s:s, s:s, s:{s:[]}}", "event", "test",
				 "at", json_instant(visit->now_ms), "guild", "id",
				 json_id(guild->id), "name", json_text(guild->name), "text", words,
				 "content", words, "allowed_mentions", "parse");
	char *text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	add_ids(visit, id, &p);
	ra_pg_text(&p, ra_str_of(ra_arena_strdup(visit->arena, ra_str_of(text))));
	free(text);
	ra_pg_i64(&p, visit->now_ms);
	outlet_change(visit, &(struct outlet_change){
				     .stmt = STMT_webhook_test,
				     .params = &p,
				     .audit = { .action = "webhook.test",
						.target = name,
						.after = json_object() },
				     .done = on_test,
			     });
}

void webhook_test(struct visit *visit)
{
	outlet_find(visit, OUTLET_WEBHOOK, test, NULL);
}

/* --- what was sent --- */

static void on_deliveries(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:I, s:o}", "total", (json_int_t)ra_pg_get_i64(rows, 0, 1),
				     "rows", json_column(rows, 0, 0)));
}

static void list_deliveries(struct visit *visit, int64_t id, const char *name, void *ctx)
{
	const struct page_of_list *page = ctx;
	struct ra_pg_params p = { .arena = visit->arena };
	(void)name;
	add_ids(visit, id, &p);
	ra_pg_i64(&p, page->limit);
	ra_pg_i64(&p, page->offset);
	if (db_ask(visit->api->db, STMT_deliveries, &p, on_deliveries, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void deliveries_list(struct visit *visit)
{
	struct page_of_list *page = ra_arena_new(visit->arena, struct page_of_list);
	struct ra_err err = { 0 };
	if (page_parse(visit, page, &err) < 0)
		reply_bad_argument(visit->req, &err);
	else
		outlet_find(visit, OUTLET_WEBHOOK, list_deliveries, page);
}
