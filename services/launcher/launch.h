/*
 * launch: brings everything up in order and takes it down in reverse.
 *
 *   INITDB -> SERVERS -> MIGRATE -> SERVICES -> READY
 *     any step: launch_stop(), a failed one-shot, a wrong configuration
 *       -> STOP_SERVICES -> STOP_SERVERS -> GONE
 *
 * Servers of ours run only where DATABASE_URL or REDIS_URL name none.
 */
#pragma once
#include "libshared/loop/service.h"

struct launch;

/* NULL when something stands in the way; it has been said, and nothing was started. */
struct launch *launch_start(struct ra_service *service);
void launch_stop(struct launch *launch);
void launch_free(struct launch **launch);
