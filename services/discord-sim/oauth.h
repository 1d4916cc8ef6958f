/*
 * oauth: who may act for whom (sheet, 13). A consent gives a code, a code a
 * grant, a grant its access and refresh tokens.
 *
 * Codes are forgotten by a restart, grants are not (logins.h).
 */
#pragma once
#include "libshared/base/base.h"

struct oauth;
struct ra_http_request;
struct sim;

struct grant {
	uint64_t user_id;
	char *scope; /* owned; space-separated */
	int64_t expires_at_ms;
};

struct oauth *oauth_new(struct sim *sim);
void oauth_free(struct oauth **oauth);
/* /oauth2/authorize for browsers, /api/[v10/]oauth2/... for programs. */
void oauth_routes(struct oauth *oauth);
/* The grant behind a valid access token; NULL. Borrowed, until the next call into oauth. */
const struct grant *oauth_grant(struct oauth *oauth, struct ra_str access_token);
bool grant_has(const struct grant *grant, const char *scope);

/* What was asked at the consent page. */
struct consent {
	const char *scope, *redirect_uri, *state,
		*challenge; /* borrowed; challenge NULL: no PKCE */
};
/* A code for that user, NUL-terminated, valid until the next call; good once, for a minute. */
const char *oauth_code(struct oauth *oauth, uint64_t user_id, const struct consent *consent);
bool oauth_knows_redirect(const struct oauth *oauth, const char *redirect_uri);
bool oauth_knows_scope(const char *scope);

/* base64url(sha256(verifier)) == challenge, and the verifier long enough (RFC 7636, 4.6). */
bool pkce_matches(const char *verifier, const char *challenge);
