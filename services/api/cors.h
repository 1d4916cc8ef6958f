/*
 * cors: pages of other sites that may ask us, and read what we say (Fetch
 * Standard, "CORS protocol"). CORS_ORIGINS lists them:
 *
 *	https://www.example.org   asks in the name of whoever is logged in here, and with API tokens
 *	*                         any page, without cookies: with an API token, or what is for
 *everybody
 *
 * Of a page that is not listed the browser keeps our answers to itself. The
 * session's cookie is SameSite=Lax: even a listed page has it only where it
 * lies on the same site.
 */
#pragma once
#include "services/api/api.h"

/* Is this a list of whole origins? RA_ECONF and *err when not. */
int cors_check(const char *origins, struct ra_err *err) RA_MUST_CHECK;
/* Says on an answer of /api who may read it. Before anything is answered. */
void cors_admit(const struct api *api, struct ra_http_request *req);
/* OPTIONS: what a browser asks before it sends a request that no form could. */
void cors_preflight(struct ra_http_request *req, void *api);
