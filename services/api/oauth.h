/* oauth: /login and /callback, the OAuth2 code flow with state and PKCE (RFC 6749, 7636, 9700). */
#pragma once
#include "services/api/api.h"

void oauth_login(struct ra_http_request *req, void *api);
void oauth_callback(struct ra_http_request *req, void *api);

/* A login between /login and /callback; it travels sealed in a cookie, so only the browser that
 * began it can finish it, and we keep nothing. */
struct login_intent {
	int64_t started_ms;
	const char *state, *verifier, *next; /* NUL-terminated */
};

#define LOGIN_MAX_MS (10LL * 60 * 1000)

/* Cookie text, in `arena`. */
char *login_intent_seal(const struct login_intent *intent, const unsigned char *key,
			struct ra_arena *arena);
/* RA_EDENIED when it is not ours or older than LOGIN_MAX_MS. Texts live in `arena`. */
int login_intent_open(struct ra_str cookie, const unsigned char *key, int64_t now_ms,
		      struct ra_arena *arena, struct login_intent *intent) RA_MUST_CHECK;
