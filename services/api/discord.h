/*
 * discord: the few REST calls made for people who log in (Discord docs,
 * OAuth2) and by the bot. Each ends in exactly one callback, from the loop:
 *
 *	0           an answer
 *	RA_EDENIED  Discord says no: a bad code, a dead token
 *	RA_EHTTP    not to be had now (429, 5xx, no network); try after `retry_ms`
 */
#pragma once
#include "services/api/api.h"

struct discord_answer {
	const json_t *body; /* borrowed until you return; NULL unless the status is 0 */
	uint64_t retry_ms;  /* with RA_EHTTP */
};

typedef void (*discord_cb)(void *ctx, int status, const struct discord_answer *answer);

/* What the token endpoint gives. Texts are borrowed from the answer. */
struct discord_tokens {
	struct ra_str access, refresh;
	int64_t expires_in_ms;
};

/* Trades the code of a callback for tokens. */
void discord_exchange(struct api *api, const char *code, const char *verifier, discord_cb done,
		      void *ctx);
/* Trades a refresh token, which is void afterwards. */
void discord_refresh(struct api *api, struct ra_str refresh, discord_cb done, void *ctx);
/* Reads a token answer; RA_EPROTO when something is missing. */
int discord_read_tokens(const json_t *body, struct discord_tokens *out) RA_MUST_CHECK;

/* For the owner of an access token: "GET /users/@me". `query` may be NULL. */
void discord_ask_user(struct api *api, struct ra_str access, const char *route, const char *query,
		      discord_cb done, void *ctx);
/* With the bot's token, which must be known. */
void discord_ask_bot(struct api *api, const char *route, discord_cb done, void *ctx);

/* A snowflake member of an object; 0 when it is absent or none. */
uint64_t discord_id(const json_t *object, const char *name);
/* A text member; empty when it is absent, null or no text. */
struct ra_str discord_text(const json_t *object, const char *name);
