/* question: what an endpoint of ours would answer, for parts of this program: the figures shown in
 * Discord are those of the dashboard, because they are asked for in the same place. */
#pragma once
#include "services/api/access.h"

/* `status`: 200 and the body, or the problem's. The body is yours to decref; NULL when there is
 * none. May come before question_ask returns. */
typedef void (*question_cb)(void *ctx, int status, json_t *body);

struct question {
	const char *path;            /* behind /api/v1/guilds/{guild_id}: "/overview" */
	const char *query;           /* "period=7d" */
	const struct access *access; /* borrowed until the answer */
	int64_t now_ms;
};

/* The path must be one of ours, of a GET. What `access` may see is for the caller to know. */
void question_ask(struct api *api, const struct question *question, question_cb done, void *ctx);
