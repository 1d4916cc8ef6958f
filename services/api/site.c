/* site: see site.h. */
#include "services/api/site.h"
#include "libshared/loop/service.h"
#include "services/api/bot.h"
#include "services/api/cors.h"
#include "services/api/reply.h"

const char sql_guilds_count[] = "SELECT count(*) FROM analytics.guild WHERE removed_at IS NULL";

struct instance {
	struct api *api;             /* borrowed */
	struct ra_http_request *req; /* borrowed */
};

static json_t *bot_json(const struct api *api, const PGresult *rows)
{
	if (!bot_name(api->bot) || !rows)
		return json_null();
	return json_pack("{s:o, s:o, s:I}", "id", json_id(bot_id(api->bot)), "name",
			 json_text(bot_name(api->bot)), "guilds",
			 (json_int_t)ra_pg_get_i64(rows, 0, 0));
}

/* The landing page shows without a database, too. */
static void reply_instance(struct instance *instance, const PGresult *rows)
{
	const struct api *api = instance->api;
	ra_http_reply_json(instance->req, 200,
			   json_pack("{s:s, s:s, s:b, s:b, s:o, s:s, s:o}", "name", "Rations",
				     "version", ra_version(), "is_demo", api->conf->demo,
				     "is_configured", conf_can_login(api->conf), "invite_url",
				     json_invite(api, 0), "source_url", api->conf->source_url,
				     "bot", bot_json(api, rows)));
}

static void on_count(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	(void)status;
	(void)err;
	reply_instance(ctx, rows);
}

void site_instance(struct ra_http_request *req, void *ctx)
{
	struct api *api = ctx;
	struct instance *instance = ra_arena_new(ra_http_arena(req), struct instance);
	*instance = (struct instance){ api, req };
	reply_set_security_headers(req);
	cors_admit(api, req);
	if (!throttle_address(api, req))
		return;
	if (db_ask(api->db, STMT_guilds_count, NULL, on_count, instance) < 0)
		reply_instance(instance, NULL);
}

void site_health(struct ra_http_request *req, void *ctx)
{
	(void)ctx;
	reply_set_security_headers(req);
	ra_http_reply(req, 200, "text/plain; charset=utf-8", RA_STR("ok\n"));
}

void site_ready(struct ra_http_request *req, void *ctx)
{
	struct api *api = ctx;
	struct ra_buf json = { 0 };
	bool is_ready = ra_service_is_ready(api->service, &json);
	reply_set_security_headers(req);
	ra_http_set_header(req, "cache-control", "no-store");
	ra_http_reply(req, is_ready ? 200 : 503, "application/json", ra_buf_str(&json));
	ra_buf_fini(&json);
}

void site_no_endpoint(struct ra_http_request *req, void *ctx)
{
	reply_set_security_headers(req);
	cors_admit(ctx, req);
	ra_http_problem(req, 404, NULL, "No such endpoint", "proto/api.yaml lists what there is.");
}

static char *csp_of(const struct urls *urls, const char *frame_ancestors)
{
	return ra_format("default-src 'none'; script-src 'self'; style-src 'self'; "
			 "img-src 'self' data: %s; font-src 'self'; connect-src 'self'; "
			 "manifest-src 'self'; base-uri 'none'; form-action 'self'; "
			 "frame-ancestors %s",
			 urls->cdn_origin, frame_ancestors);
}

void site_headers_init(struct site_headers *headers, const struct urls *urls)
{
	headers->csp = csp_of(urls, "'none'");
	headers->embed_csp = csp_of(urls, "*");
	const char *const pairs[] = {
		"content-security-policy",
		headers->csp,
		"x-content-type-options",
		"nosniff",
		"referrer-policy",
		"no-referrer",
		"cross-origin-opener-policy",
		"same-origin",
		urls->is_https ? "strict-transport-security" : NULL,
		"max-age=31536000",
		NULL,
	};
	static const char *const robots[] = { "x-robots-tag", "noindex" };
	_Static_assert(sizeof(pairs) == sizeof(headers->pairs), "room for all");
	memcpy(headers->pairs, pairs, sizeof(pairs));
	memcpy(headers->share_pairs, robots, sizeof(robots));
	memcpy(headers->share_pairs + RA_COUNT(robots), pairs, sizeof(pairs));
	memcpy(headers->embed_pairs, headers->share_pairs, sizeof(headers->embed_pairs));
	headers->embed_pairs[RA_COUNT(robots) + 1] = headers->embed_csp;
}

void site_headers_fini(struct site_headers *headers)
{
	ra_free(headers->csp);
	ra_free(headers->embed_csp);
	headers->csp = headers->embed_csp = NULL;
}
