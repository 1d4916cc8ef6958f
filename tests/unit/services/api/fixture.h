/*
 * fixture: a whole api in this process: real PostgreSQL and Redis, a Discord
 * of a few routes, a clock that stands still until a test moves it, and a
 * browser that keeps cookies.
 *
 *	fixture_open();
 *	fixture_sql("INSERT ...");
 *	fixture_log_in(ALICE);
 *	struct page page = get("/api/v1/me");
 *	...
 *	page_free(&page);
 *	fixture_close();
 */
#pragma once
#include "libshared/base/clock.h"
#include "libshared/http/client.h"
#include "services/api/api.h"
#include "services/api/session.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define ALICE        101ULL /* owns GUILD, and NO_BOT_GUILD where the bot is not */
#define GUILD        4194304000ULL
#define OTHER_GUILD  8388608000ULL
#define NO_BOT_GUILD 12582912000ULL

#define SECRET "0123456789abcdef0123456789abcdef"

/* fail_msg, for readers who do not know that it never returns. */
#define give_up(...)                                                                               \
	do {                                                                                       \
		fail_msg(__VA_ARGS__);                                                             \
		abort();                                                                           \
	} while (0)

/* What an answer was. */
struct page {
	int status;
	json_t *json;  /* owned; NULL when the body is none */
	char *body;    /* owned */
	char *headers; /* owned; lines */
	char location[1024];
	bool is_done;
};

/* What the Discord of this test answers, and what it was asked. */
struct fake_discord {
	struct ra_http_server *server;
	int status;          /* of /users/@me/guilds */
	const char *guilds;  /* JSON */
	const char *granted; /* refresh token the token endpoint takes */
	char challenge[64];  /* of the authorize request */
	int guild_calls, token_calls, refusals;
	char last_form[2048], last_auth[256];
};

static struct fixture {
	uv_loop_t loop;
	struct test_pg pg, replica;
	struct test_redis redis;
	PGconn *conn; /* superuser, blocking */
	struct fake_discord discord;
	struct conf conf;
	struct api *api;
	struct ra_http_client *browser;
	char cookie[2048], csrf[64], pg_url[160], replica_url[160], api_base[64];
	char bearer[64];       /* an API token, shown where it is set */
	const char *origin;    /* of the page that asks; NULL: none is told */
	const char *forwarded; /* for whom a proxy asks, where it is set */
	bool is_closed;
} fx;

static int64_t fixture_now_ms;

/* Set before fixture_open: how often alerts and webhooks are looked for (0: never), and where
 * webhooks may go. */
static int64_t fixture_alert_tick_ms;
static bool fixture_webhook_private;
/* Set before fixture_open: how far a replica may be behind; 0: there is none. */
static int64_t fixture_replica_lag_ms;

static inline int64_t fixture_now(void)
{
	return fixture_now_ms;
}

static inline void set_now(const char *iso)
{
	assert_int_equal(ra_iso8601_parse(ra_str_of(iso), &fixture_now_ms), 0);
}

static inline void fixture_sql(const char *sql)
{
	PGresult *result = PQexec(fx.conn, sql);
	ExecStatusType status = PQresultStatus(result);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(fx.conn));
	PQclear(result);
}

/* --- Discord --- */

#define ALICE_JSON                                                                                 \
	"{\"id\":\"101\",\"username\":\"alice\",\"global_name\":\"Alice\",\"avatar\":\"abc\"}"
#define TOKENS_JSON                                                                                \
	"{\"access_token\":\"access-%d\",\"token_type\":\"Bearer\",\"expires_in\":604800,"         \
	"\"refresh_token\":\"refresh-%d\",\"scope\":\"identify guilds\"}"

static inline void on_fake_token(struct ra_http_request *req, void *ctx)
{
	struct fake_discord *d = ctx;
	struct ra_str body = ra_http_body(req), auth = ra_http_header(req, "authorization");
	snprintf(d->last_form, sizeof(d->last_form), "%.*s", (int)body.len, body.ptr);
	snprintf(d->last_auth, sizeof(d->last_auth), "%.*s", (int)auth.len, auth.ptr);
	d->token_calls++;
	const char *refresh = ra_http_form(req, "refresh_token");
	const char *code = ra_http_form(req, "code");
	bool is_good = refresh ? d->granted && strcmp(refresh, d->granted) == 0
			       : code && strcmp(code, "good-code") == 0;
	if (!is_good) {
		d->refusals++;
		ra_http_reply(req, 400, "application/json",
			      RA_STR("{\"error\":\"invalid_grant\"}"));
		return;
	}
	char *json = ra_format(TOKENS_JSON, d->token_calls, d->token_calls);
	ra_http_reply(req, 200, "application/json", ra_str_of(json));
	ra_free(json);
}

static inline void on_fake_me(struct ra_http_request *req, void *ctx)
{
	(void)ctx;
	if (ra_str_is(ra_http_header(req, "authorization"), "Bot bot-token"))
		ra_http_reply(req, 200, "application/json",
			      RA_STR("{\"id\":\"7\",\"username\":\"Rations Bot\"}"));
	else
		ra_http_reply(req, 200, "application/json", RA_STR(ALICE_JSON));
}

/* Alice's, as hers alone or as her team's; asked by the bot. */
static inline void on_fake_application(struct ra_http_request *req, void *ctx)
{
	(void)ctx;
	if (ra_str_is(ra_http_header(req, "authorization"), "Bot bot-token"))
		ra_http_reply(
			req, 200, "application/json",
			RA_STR("{\"id\":\"42\",\"owner\":{\"id\":\"5\"},\"team\":{\"members\":"
			       "[{\"user\":{\"id\":\"101\"}},{\"user\":null},7]}}"));
	else
		ra_http_reply(req, 401, "application/json", RA_STR("{}"));
}

static inline void on_fake_guilds(struct ra_http_request *req, void *ctx)
{
	struct fake_discord *d = ctx;
	d->guild_calls++;
	ra_http_set_header(req, "via", "1.1 test");
	if (d->status == 429)
		ra_http_set_header(req, "retry-after", "1.2");
	ra_http_reply(req, d->status, "application/json", ra_str_of(d->guilds));
}

/* Alice owns one guild, manages one without the bot, and may look at a third only as anybody may.
 */
#define ALICE_GUILDS                                                                               \
	"[{\"id\":\"4194304000\",\"name\":\"Mine\",\"icon\":\"i1\",\"owner\":true,"                \
	"\"permissions\":\"0\"},"                                                                  \
	"{\"id\":\"12582912000\",\"name\":\"No "                                                   \
	"bot\",\"icon\":null,\"owner\":false,\"permissions\":\"32\"},"                             \
	"{\"id\":\"8388608000\",\"name\":\"Other\",\"icon\":null,\"owner\":false,\"permissions\":" \
	"\"68608\"}]"

static inline void fake_discord_start(struct fake_discord *d)
{
	struct ra_err err = { 0 };
	*d = (struct fake_discord){ .status = 200, .guilds = ALICE_GUILDS };
	struct ra_http_options options = { .host = "127.0.0.1" };
	d->server = ra_http_server_start(&fx.loop, &options, NULL, &err);
	assert_non_null(d->server);
	ra_http_route(d->server, "POST", "/api/v10/oauth2/token", on_fake_token, d);
	ra_http_route(d->server, "GET", "/api/v10/users/@me", on_fake_me, d);
	ra_http_route(d->server, "GET", "/api/v10/users/@me/guilds", on_fake_guilds, d);
	ra_http_route(d->server, "GET", "/api/v10/applications/@me", on_fake_application, d);
}

/* --- life --- */

static inline void fixture_open(void)
{
	struct ra_err err = { 0 };
	memset(&fx, 0, sizeof(fx));
	set_now("2026-03-30T10:20:00Z");
	test_pg_start(&fx.pg, false, true);
	test_redis_start(&fx.redis, TEST_AOF_OFF, NULL);
	if (fixture_replica_lag_ms > 0) {
		test_pg_follow(&fx.replica, &fx.pg);
		test_pg_url(&fx.replica, "rations_api", fx.replica_url);
	}
	fx.conn = test_pg_connect(&fx.pg);
	/* before the api prepares its statements: both want locks on everything */
	fixture_sql("SELECT analytics.ensure_months('2025-12-01Z', '2026-12-31Z')");
	test_pg_url(&fx.pg, "rations_api", fx.pg_url);
	test_loop_open(&fx.loop);
	fake_discord_start(&fx.discord);
	snprintf(fx.api_base, sizeof(fx.api_base), "http://127.0.0.1:%u/api/v10",
		 ra_http_server_port(fx.discord.server));
	fx.conf = (struct conf){
		.host = "127.0.0.1",
		.public_url = "http://rations.test",
		.trusted_proxies = "127.0.0.1",
		.cors_origins = "",
		.forwarded_header = "x-forwarded-for",
		.database_url = fx.pg_url,
		.database_pool = 1, /* up is up: none is still preparing when a test locks tables */
		.replica_url = fx.replica_url,
		.replica_lag = fixture_replica_lag_ms,
		.redis_url = fx.redis.url,
		.discord_client_id = "42",
		.discord_client_secret = "hush",
		.discord_bot_token = "bot-token",
		.owner_ids = "",
		.discord_api_base = fx.api_base,
		.discord_authorize_url = "",
		.discord_cdn_base = "https://cdn.test",
		.session_secret = SECRET,
		.alert_tick = fixture_alert_tick_ms,
		.webhook_private = fixture_webhook_private,
		.dashboard_dir = "tests/unit/services/api",
		.locales_dir = "locales",
		.source_url = "https://source.test",
	};
	fx.api = ra_new(struct api);
	*fx.api = (struct api){ .conf = &fx.conf, .loop = &fx.loop, .now_ms = fixture_now };
	if (api_open(fx.api, &err) < 0)
		fail_msg("%s: %s", err.msg, err.hint);
	fx.browser = ra_http_client_open(&fx.loop, "test", NULL);
	char why[128];
	test_run_until(&fx.loop, db_is_ready(fx.api->db, why));
}

static inline void on_fixture_closed(void *ctx)
{
	*(bool *)ctx = true;
}

static inline void on_fixture_gone(void *ctx)
{
	*(bool *)ctx = false;
}

static inline void fixture_close(void)
{
	bool has_browser = true, has_discord = true;
	if (!fx.is_closed)
		api_close(fx.api, on_fixture_closed, &fx.is_closed);
	test_run_until(&fx.loop, fx.is_closed);
	ra_http_client_close(fx.browser, on_fixture_gone, &has_browser);
	ra_http_server_stop(fx.discord.server, 0, on_fixture_gone, &has_discord);
	test_run_until(&fx.loop, !has_browser && !has_discord);
	test_loop_close(&fx.loop);
	ra_free(fx.api);
	PQfinish(fx.conn);
	test_redis_stop(&fx.redis);
	if (fixture_replica_lag_ms > 0)
		test_pg_stop(&fx.replica);
	test_pg_stop(&fx.pg);
}

/* --- the browser --- */

static inline void page_free(struct page *page)
{
	json_decref(page->json);
	ra_free(page->body);
	ra_free(page->headers);
}

static inline void on_page(void *ctx, int status, const struct ra_http_answer *answer,
			   const struct ra_err *err)
{
	struct page *page = ctx;
	if (status < 0)
		give_up("no answer: %s", err->msg);
	struct ra_str location = ra_http_find_header(answer->headers, "location");
	page->status = answer->status;
	page->body = ra_str_dup(answer->body);
	page->headers = ra_str_dup(answer->headers);
	page->json = json_loadb(answer->body.ptr, answer->body.len, JSON_DECODE_ANY, NULL);
	snprintf(page->location, sizeof(page->location), "%.*s", (int)location.len, location.ptr);
	page->is_done = true;
}

/* Sends without waiting; page->is_done says when. */
static inline void begin(struct page *page, const char *method, const char *path, const char *body)
{
	char *url = ra_format("http://127.0.0.1:%u%s", ra_http_server_port(fx.api->server), path);
	char *cookie = ra_format("Cookie: %s", fx.cookie);
	char *csrf = ra_format("X-CSRF-Token: %s", fx.csrf);
	char *bearer = *fx.bearer ? ra_format("Authorization: Bearer %s", fx.bearer) : NULL;
	char *forwarded = fx.forwarded ? ra_format("X-Forwarded-For: %s", fx.forwarded) : NULL;
	char *origin = fx.origin ? ra_format("Origin: %s", fx.origin) : NULL;
	const char *headers[7] = { cookie, csrf, "Content-Type: application/json" };
	const char *more[] = { bearer, forwarded, origin };
	for (size_t i = 0, count = 3; i < RA_COUNT(more); i++)
		if (more[i])
			headers[count++] = more[i];
	struct ra_http_call call = {
		.method = method, .url = url, .headers = headers, .body = ra_str_of(body)
	};
	*page = (struct page){ .status = 0 };
	ra_http_send(fx.browser, &call, on_page, page);
	ra_free(origin);
	ra_free(forwarded);
	ra_free(bearer);
	ra_free(csrf);
	ra_free(cookie);
	ra_free(url);
}

static inline struct page ask(const char *method, const char *path, const char *body)
{
	struct page page;
	begin(&page, method, path, body);
	test_run_until(&fx.loop, page.is_done);
	return page;
}

static inline struct page get(const char *path)
{
	return ask("GET", path, NULL);
}

/* Only the status matters. */
static inline int status_of(const char *method, const char *path, const char *body)
{
	struct page page = ask(method, path, body);
	page_free(&page);
	return page.status;
}

/* --- accounts --- */

/* A session for `user` as a login leaves it behind, guilds fetched just now. */
static inline void fixture_log_in(uint64_t user)
{
	unsigned char hash[TOKEN_HASH_BYTES];
	char token[TOKEN_TEXT_LEN + 1], hex[2 * TOKEN_HASH_BYTES + 1];
	struct ra_arena arena = { 0 };
	char access[512], refresh[512];
	token_make(token);
	token_hash(ra_str_of(token), hash);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	struct ra_str a = seal(fx.api->keys.tokens, RA_STR("access-0"), &arena);
	struct ra_str r = seal(fx.api->keys.tokens, RA_STR("refresh-0"), &arena);
	sodium_bin2hex(access, sizeof(access), (const unsigned char *)a.ptr, a.len);
	sodium_bin2hex(refresh, sizeof(refresh), (const unsigned char *)r.ptr, r.len);
	char *sql = ra_format("INSERT INTO app.account (user_id, username, access_sealed, "
			      "refresh_sealed, token_expires_at, "
			      " guilds_fetched_at) VALUES (%llu, 'alice', '\\x%s', '\\x%s', "
			      "ms_to_ts(%lld) + '7 d', "
			      " ms_to_ts(%lld)) ON CONFLICT (user_id) DO UPDATE SET "
			      "guilds_fetched_at = excluded.guilds_fetched_at, "
			      "access_sealed = excluded.access_sealed, "
			      "refresh_sealed = excluded.refresh_sealed, "
			      "token_expires_at = excluded.token_expires_at;"
			      "INSERT INTO app.session (token_hash, user_id, csrf_token, "
			      "created_at, last_seen_at, expires_at) "
			      "VALUES ('\\x%s', %llu, 'csrf-of-alice', ms_to_ts(%lld), "
			      "ms_to_ts(%lld), ms_to_ts(%lld) + '30 d');",
			      (unsigned long long)user, access, refresh, (long long)fixture_now_ms,
			      (long long)fixture_now_ms, hex, (unsigned long long)user,
			      (long long)fixture_now_ms, (long long)fixture_now_ms,
			      (long long)fixture_now_ms);
	fixture_sql(sql);
	ra_free(sql);
	ra_arena_fini(&arena);
	snprintf(fx.cookie, sizeof(fx.cookie), "rations_session=%s", token);
	snprintf(fx.csrf, sizeof(fx.csrf), "csrf-of-alice");
}

/* GUILD, watched since the beginning of 2026, with a zone; Alice owns it and may see nothing else.
 * Its hours are read until fixture_days() has made days of them. */
static inline void fixture_guild(const char *timezone_name)
{
	char *sql = ra_format(
		"INSERT INTO analytics.guild (guild_id, name, member_count, first_event_at, "
		"last_event_at, day_zone) VALUES "
		"(%llu, 'Mine', 50, '2026-01-01Z', '2026-03-30 10:19Z', ''), (%llu, 'Other', 9, "
		"'2026-01-01Z', NULL, '');"
		"INSERT INTO analytics.shard_service VALUES (1, 0, '2026-01-01Z', NULL);"
		"INSERT INTO app.account (user_id, username) VALUES (101, 'alice');"
		"INSERT INTO app.account_guild VALUES (%llu, %llu, 'Mine', NULL, true, 0), "
		"(%llu, %llu, 'Other', NULL, false, 68608);"
		"INSERT INTO app.guild_settings (guild_id, timezone) VALUES (%llu, '%s');",
		GUILD, OTHER_GUILD, ALICE, GUILD, ALICE, OTHER_GUILD, GUILD, timezone_name);
	fixture_sql(sql);
	ra_free(sql);
}

/* For cmocka_run_group_tests: that guild in UTC, Alice logged in; and the end of any fixture. */
static inline int fixture_of_alice(void **state)
{
	(void)state;
	fixture_open();
	fixture_guild("UTC");
	fixture_log_in(ALICE);
	return 0;
}

static inline int fixture_end(void **state)
{
	(void)state;
	fixture_close();
	return 0;
}

/* Days and months from the hours laid so far. */
static inline void fixture_days(void)
{
	static char *sql;
	size_t size = 0;
	if (!sql) {
		FILE *file = fopen("tests/harness/make_days.sql", "r");
		assert_non_null(file);
		assert_true(getdelim(&sql, &size, '\0', file) > 0);
		fclose(file);
	}
	fixture_sql(sql);
}

/* As while they are made anew: there are none. */
static inline void fixture_no_days(void)
{
	fixture_sql("UPDATE analytics.guild SET day_zone = ''");
}

/* --- JSON --- */

/* A member deep inside: "range.coverage", "series.0.values.3". Fails the test when it is not there.
 */
static inline json_t *at(const json_t *json, const char *path)
{
	char *copy = ra_strdup(path), *rest = copy, *step;
	json_t *found = (json_t *)json;
	while (found && (step = strsep(&rest, ".")))
		found = json_is_array(found) ? json_array_get(found, (size_t)atoi(step))
					     : json_object_get(found, step);
	if (!found) {
		char *text = json_dumps(json, JSON_INDENT(1));
		give_up("no %s in %s", path, text);
	}
	ra_free(copy);
	return found;
}

static inline long long number(const struct page *page, const char *path)
{
	return json_integer_value(at(page->json, path));
}

static inline const char *text(const struct page *page, const char *path)
{
	return json_string_value(at(page->json, path));
}

/* The figure of an overview with this key. */
static inline json_t *figure(const struct page *page, const char *key)
{
	json_t *figures = at(page->json, "figures");
	for (size_t i = 0; i < json_array_size(figures); i++)
		if (strcmp(json_string_value(at(json_array_get(figures, i), "key")), key) == 0)
			return json_array_get(figures, i);
	give_up("no figure %s", key);
}

static inline double value(const struct page *page, const char *key)
{
	return json_number_value(at(figure(page, key), "value"));
}

static inline double previous(const struct page *page, const char *key)
{
	return json_number_value(at(figure(page, key), "previous"));
}

/* An array of numbers as "1 2 null 4". */
static inline void assert_values(const json_t *array, const char *expected)
{
	struct ra_buf out = { 0 };
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *v = json_array_get(array, i);
		ra_buf_printf(&out, i ? " " : "");
		if (json_is_null(v))
			ra_buf_add_text(&out, "null");
		else
			ra_buf_printf(&out, "%g", json_number_value(v));
	}
	assert_string_equal(ra_buf_text(&out), expected);
	ra_buf_fini(&out);
}

#define GUILD_PATH "/api/v1/guilds/4194304000"
