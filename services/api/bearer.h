/*
 * bearer: requests that show an API token (`Authorization: Bearer rtn_...`,
 * RFC 6750) instead of a session. A token reads the figures of one guild: what
 * needs ACCESS_GUILD with the scope `figures`, what needs ACCESS_PEOPLE with
 * `people`. It changes nothing, follows no live stream, and is nobody.
 */
#pragma once
#include "services/api/visit.h"

#define TOKEN_PREFIX "rtn_"

/* A random token of ours in `text`: prefix and 32 bytes as base64url. */
#define BEARER_TEXT_LEN (sizeof(TOKEN_PREFIX) - 1 + TOKEN_TEXT_LEN)
void bearer_make(char text[BEARER_TEXT_LEN + 1]);

bool bearer_is_shown(const struct ra_http_request *req);
/* Calls `passed` with what the token may see, or answers the request. `guild_id`: of the path, 0
 * where it names none. */
void bearer_check(struct visit *visit, uint64_t guild_id,
		  void (*passed)(void *visit, const struct access *access));
