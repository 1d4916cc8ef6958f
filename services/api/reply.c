/* reply: see reply.h. */
#include "services/api/reply.h"
#include "libshared/base/clock.h"
#include "libshared/discord/permissions.h"
#include "services/api/url.h"
#include <stdio.h>

json_t *json_id(uint64_t id)
{
	char digits[20];
	size_t len = ra_u64_digits(id, digits);
	return json_stringn(digits, len);
}

json_t *json_instant(int64_t ms)
{
	char text[33];
	if (ms == 0)
		return json_null();
	ra_iso8601_format(ms, text);
	return json_string(text);
}

json_t *json_str(struct ra_str text)
{
	json_t *json = json_stringn(text.ptr ? text.ptr : "", text.len);
	return json ? json : json_string("");
}

json_t *json_text(const char *text)
{
	return text ? json_str(ra_str_of(text)) : json_null();
}

json_t *json_column(const PGresult *rows, int row, int column)
{
	struct ra_str text = row < PQntuples(rows) ? ra_pg_get_str(rows, row, column) : RA_STR("");
	return json_loadb(text.ptr, text.len, 0, NULL);
}

static json_t *json_image(const struct api *api, const char *folder, uint64_t id,
			  struct ra_str hash)
{
	if (hash.len == 0)
		return json_null();
	return json_sprintf("%s/%s/%llu/%.*s.webp?size=64", api->urls.cdn_base, folder,
			    (unsigned long long)id, (int)hash.len, hash.ptr);
}

json_t *json_avatar(const struct api *api, uint64_t user_id, struct ra_str hash)
{
	return json_image(api, "avatars", user_id, hash);
}

json_t *json_icon(const struct api *api, uint64_t guild_id, struct ra_str hash)
{
	return json_image(api, "icons", guild_id, hash);
}

static bool read_id(const json_t *json, uint64_t *id)
{
	return ra_str_to_u64(ra_str_of(json_string_value(json_object_get(json, "id"))), id) == 0;
}

void json_dress_person(const struct api *api, json_t *person)
{
	uint64_t id;
	const char *hash = json_string_value(json_object_get(person, "avatar"));
	if (!read_id(person, &id))
		return;
	json_object_set_new(person, "avatar_url", json_avatar(api, id, ra_str_of(hash)));
	json_object_del(person, "avatar");
}

void json_dress_guild(const struct api *api, json_t *guild)
{
	uint64_t id;
	const char *hash = json_string_value(json_object_get(guild, "icon"));
	if (!read_id(guild, &id))
		return;
	json_object_set_new(guild, "icon_url", json_icon(api, id, ra_str_of(hash)));
	json_object_del(guild, "icon");
}

json_t *json_invite(const struct api *api, uint64_t guild_id)
{
	if (!*api->conf->discord_client_id)
		return json_null();
	char digits[21] = "";
	struct ra_buf url = { 0 };
	ra_buf_printf(&url, "%s?", api->urls.authorize_url);
	url_add_arg(&url, "client_id", ra_str_of(api->conf->discord_client_id));
	url_add_arg(&url, "scope", RA_STR("bot applications.commands"));
	snprintf(digits, sizeof(digits), "%llu", RA_PERMISSIONS_ALL_WANTED);
	url_add_arg(&url, "permissions", ra_str_of(digits));
	if (guild_id) {
		snprintf(digits, sizeof(digits), "%llu", (unsigned long long)guild_id);
		url_add_arg(&url, "guild_id", ra_str_of(digits));
		url_add_arg(&url, "disable_guild_select", RA_STR("true"));
	}
	json_t *json = json_str(ra_buf_str(&url));
	ra_buf_fini(&url);
	return json;
}

void reply_failure(const struct api *api, struct ra_http_request *req, int status)
{
	switch (status) {
	case RA_EDENIED:
		ra_http_problem(req, 401, "login", "Not logged in",
				"Log in with Discord at /login.");
		return;
	case RA_ENOTFOUND:
		ra_http_problem(
			req, 404, "guild", "No such server",
			"It does not exist, the bot is not in it, or you may not see its figures.");
		return;
	case RA_EHTTP:
		ra_http_problem(req, 503, "discord", "Discord does not answer",
				"What you may see could not be checked with Discord. Try again in "
				"a minute.");
		return;
	case RA_EDOWN:
		ra_http_problem(req, 503, "database", "The database is away",
				"Try again in a moment.");
		return;
	default:
		ra_error(api->log, "request failed", ra_f_str("path", ra_http_path(req)),
			 ra_f_err(status));
		ra_http_problem(req, 500, "internal", "Something went wrong on our side",
				"The log of the api service says what.");
	}
}

void reply_bad_argument(struct ra_http_request *req, const struct ra_err *err)
{
	char *detail = ra_arena_format(ra_http_arena(req), "%s. %s", err->msg, err->hint);
	ra_http_problem(req, 400, "argument", "The question has a mistake", detail);
}

void reply_set_security_headers(struct ra_http_request *req)
{
	ra_http_set_header(req, "x-content-type-options", "nosniff");
	ra_http_set_header(req, "referrer-policy", "no-referrer");
	ra_http_set_header(req, "content-security-policy",
			   "default-src 'none'; frame-ancestors 'none'");
}
