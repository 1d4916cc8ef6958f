/* question: see question.h. */
#include "services/api/question.h"
#include "services/api/visit.h"
#include <assert.h>

#define PREFIX "/api/v1/guilds/{guild_id}"

struct asked {
	question_cb done;
	void *ctx; /* borrowed */
};

static void on_answer(void *ctx, int status, const json_t *body)
{
	struct asked asked = *(struct asked *)ctx;
	ra_free(ctx);
	asked.done(asked.ctx, status, json_deep_copy(body));
}

static const struct endpoint *find(const char *path)
{
	for (size_t i = 0; i < api_endpoint_count; i++) {
		const struct endpoint *e = &api_endpoints[i];
		if (strcmp(e->method, "GET") == 0 && ra_str_starts(ra_str_of(e->path), PREFIX) &&
		    strcmp(e->path + strlen(PREFIX), path) == 0)
			return e;
	}
	return NULL;
}

void question_ask(struct api *api, const struct question *question, question_cb done, void *ctx)
{
	struct asked *asked = ra_new(struct asked);
	const struct endpoint *endpoint = find(question->path);
	assert(endpoint);
	*asked = (struct asked){ done, ctx };
	struct ra_http_request *req =
		ra_http_inside(NULL, ra_str_of(question->query), on_answer, asked);
	visit_inside(&(struct visit){ .api = api,
				      .req = req,
				      .endpoint = endpoint,
				      .now_ms = question->now_ms,
				      .access = question->access });
}
