/* errand: one command on a connection of its own, to where its key lives. */
#pragma once
#include <hiredis/hiredis.h>
#include <uv.h>

struct ra_errand;

/* `answer`: the reply, borrowed until you return; once, from the loop. Texts are copied. */
struct ra_errand *ra_errand_run(uv_loop_t *loop, const char *redis_url, const char *key,
				const char *const *words, size_t count,
				void (*answer)(void *ctx, const redisReply *reply), void *ctx);
/* No answer comes any more; NULLs it. NULL is fine. */
void ra_errand_cancel(struct ra_errand **errand);
