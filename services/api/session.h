/*
 * session: a login that lasts. The browser holds 32 random bytes in a cookie,
 * the table app.session their SHA-256; 30 days at most, 7 days without use.
 * It holds no rights of its own: what somebody may do is asked anew on every
 * request (access.h). Lists and endings of one's own: sessions.c.
 */
#pragma once
#include "services/api/api.h"

#define SESSION_COOKIE   "rations_session"
#define SESSION_MAX_MS   (30LL * 24 * 3600 * 1000)
#define SESSION_IDLE_MS  (7LL * 24 * 3600 * 1000)
#define SESSION_TOUCH_MS (60LL * 1000)
#define SESSIONS_MAX     50 /* of one account */

/* The hash of the cookie a request brought; false when it brought none that could be ours. */
bool session_of(const struct ra_http_request *req, unsigned char hash[TOKEN_HASH_BYTES]);

/* Adds to the open group: ends the session `req` came with and what is too many, opens a new one.
 * `token` is for session_set_cookie once the group has committed. */
int session_send_open(struct api *api, struct ra_pg *pg, struct ra_http_request *req,
		      uint64_t user_id, char token[TOKEN_TEXT_LEN + 1]) RA_MUST_CHECK;
void session_set_cookie(const struct api *api, struct ra_http_request *req, const char *token);
void session_clear_cookie(const struct api *api, struct ra_http_request *req);

/* Notes that it is in use. Fire and forget. */
void session_touch(struct api *api, const unsigned char hash[TOKEN_HASH_BYTES]);

/* Any cookie of ours: HttpOnly, SameSite=Lax, Secure on https. `path` is below the base path. */
void cookie_set(const struct api *api, struct ra_http_request *req, const char *name,
		const char *value, const char *path, long long max_age_s);
