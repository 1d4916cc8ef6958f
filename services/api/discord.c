/* discord: see discord.h. Calls outlive whoever began them; they end with the client. */
#include "services/api/discord.h"
#include "libshared/metrics/metrics.h"
#include "services/api/url.h"
#include <sodium.h>

#define RETRY_DEFAULT_MS 5000

/* People wait for these: a page must not hang because Discord does. */
#define DEADLINE_MS 15000
#define PATIENCE_MS 1000

RA_COUNTER_BY(discord_calls, "rations_discord_calls_total", "outcome",
	      "calls to Discord's REST API for people who log in");

struct call {
	const struct ra_log *log; /* borrowed */
	bool is_token_call;
	discord_cb done;
	void *ctx; /* borrowed */
};

static struct call *call_new(struct api *api, bool is_token_call, discord_cb done, void *ctx)
{
	struct call *call = ra_new(struct call);
	*call = (struct call){ api->log, is_token_call, done, ctx };
	return call;
}

static void finish(struct call *call, int status, const struct discord_answer *answer)
{
	ra_count_by(&discord_calls,
		    status == 0            ? "ok"
		    : status == RA_EDENIED ? "denied"
					   : "failed",
		    1);
	call->done(call->ctx, status, answer);
	ra_free(call);
}

/* The token endpoint says 400 to a bad code or refresh token, and 401 when it is our own client id
 * or secret that is wrong; the others say 401 to a bad token. */
static bool is_denial(const struct call *call, int status)
{
	return call->is_token_call ? status == RA_EINVAL
				   : status == RA_EDENIED || status == RA_EFORBIDDEN;
}

static void log_trouble(const struct call *call, int status, const struct ra_rest_answer *rest)
{
	if (call->is_token_call && status == RA_EDENIED)
		ra_error(call->log, "discord refuses DISCORD_CLIENT_ID or DISCORD_CLIENT_SECRET");
	else
		ra_warn(call->log, "discord does not answer", ra_f_text("why", rest->why),
			ra_f_int("status", rest->http_status));
}

static void on_answer(void *ctx, int status, const struct ra_rest_answer *rest)
{
	struct call *call = ctx;
	struct discord_answer out = {
		.retry_ms = rest->retry_after_ms ? rest->retry_after_ms : RETRY_DEFAULT_MS,
	};
	if (is_denial(call, status)) {
		ra_info(call->log, "discord says no", ra_f_int("status", rest->http_status));
		finish(call, RA_EDENIED, &out);
		return;
	}
	json_t *body = status == 0 ? json_loadb(rest->body.ptr, rest->body.len, 0, NULL) : NULL;
	out.body = body;
	if (!body && status != RA_ESTOPPED)
		log_trouble(call, status, rest);
	finish(call, body ? 0 : RA_EHTTP, &out);
	json_decref(body);
}

static void basic_auth(const struct conf *conf, struct ra_buf *out)
{
	char *pair = ra_format("%s:%s", conf->discord_client_id, conf->discord_client_secret);
	size_t len = strlen(pair);
	size_t size = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
	ra_buf_add_text(out, "Basic ");
	sodium_bin2base64(ra_buf_reserve(out, size), size, (const unsigned char *)pair, len,
			  sodium_base64_VARIANT_ORIGINAL);
	out->len += size - 1;
	sodium_memzero(pair, len);
	ra_free(pair);
}

static void post_form(struct api *api, struct ra_buf *form, discord_cb done, void *ctx)
{
	struct ra_buf auth = { 0 };
	basic_auth(api->conf, &auth);
	ra_rest_send(api->rest,
		     &(struct ra_rest_call){
			     .route = "POST /oauth2/token",
			     .authorization = ra_buf_text(&auth),
			     .content_type = "application/x-www-form-urlencoded",
			     .body = ra_buf_str(form),
			     .priority = RA_REST_PEOPLE,
			     .deadline_ms = DEADLINE_MS,
			     .patience_ms = PATIENCE_MS,
		     },
		     on_answer, call_new(api, true, done, ctx));
	sodium_memzero(auth.ptr, auth.len);
	ra_buf_fini(&auth);
}

void discord_exchange(struct api *api, const char *code, const char *verifier, discord_cb done,
		      void *ctx)
{
	struct ra_buf form = { 0 };
	url_add_arg(&form, "grant_type", RA_STR("authorization_code"));
	url_add_arg(&form, "code", ra_str_of(code));
	url_add_arg(&form, "redirect_uri", ra_str_of(api->urls.redirect_uri));
	url_add_arg(&form, "code_verifier", ra_str_of(verifier));
	post_form(api, &form, done, ctx);
	ra_buf_fini(&form);
}

void discord_refresh(struct api *api, struct ra_str refresh, discord_cb done, void *ctx)
{
	struct ra_buf form = { 0 };
	url_add_arg(&form, "grant_type", RA_STR("refresh_token"));
	url_add_arg(&form, "refresh_token", refresh);
	post_form(api, &form, done, ctx);
	ra_buf_fini(&form);
}

int discord_read_tokens(const json_t *body, struct discord_tokens *out)
{
	const json_t *expires = json_object_get(body, "expires_in");
	*out = (struct discord_tokens){
		.access = discord_text(body, "access_token"),
		.refresh = discord_text(body, "refresh_token"),
		.expires_in_ms = json_is_integer(expires) ? json_integer_value(expires) * 1000 : 0,
	};
	return out->access.len && out->refresh.len && out->expires_in_ms > 0 ? 0 : RA_EPROTO;
}

void discord_ask_user(struct api *api, struct ra_str access, const char *route, const char *query,
		      discord_cb done, void *ctx)
{
	char *bearer = ra_format("Bearer %.*s", (int)access.len, access.ptr);
	ra_rest_send(api->rest,
		     &(struct ra_rest_call){
			     .route = route,
			     .query = query,
			     .authorization = bearer,
			     .priority = RA_REST_PEOPLE,
			     .deadline_ms = DEADLINE_MS,
			     .patience_ms = PATIENCE_MS,
		     },
		     on_answer, call_new(api, false, done, ctx));
	sodium_memzero(bearer, strlen(bearer));
	ra_free(bearer);
}

void discord_ask_bot(struct api *api, const char *route, discord_cb done, void *ctx)
{
	ra_rest_send(api->rest, &(struct ra_rest_call){ .route = route, .priority = RA_REST_LIVE },
		     on_answer, call_new(api, false, done, ctx));
}

uint64_t discord_id(const json_t *object, const char *name)
{
	uint64_t id = 0;
	int rc = ra_str_to_u64(discord_text(object, name), &id);
	return rc == 0 && id <= INT64_MAX ? id : 0;
}

struct ra_str discord_text(const json_t *object, const char *name)
{
	const json_t *text = json_object_get(object, name);
	return (struct ra_str){ json_string_value(text) ? json_string_value(text) : "",
				json_string_length(text) };
}
