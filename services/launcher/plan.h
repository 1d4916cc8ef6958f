/* plan: what is started, in which order, with which environment. The one place that knows the
 * ports. */
#pragma once
#include "libshared/base/arena.h"
#include "services/launcher/child.h"
#include "services/launcher/place.h"

enum { PLAN_MAX_SERVICES = 8 };

struct plan {
	struct ra_arena arena;
	char *public_url;
	struct child_spec initdb, postgres, redis, migrate;
	struct child_spec services[PLAN_MAX_SERVICES];
	char *ready_urls[PLAN_MAX_SERVICES]; /* /readyz of each service */
	size_t service_count;
};

void plan_init(struct plan *plan, const struct conf *conf, const struct place *place);
void plan_fini(struct plan *plan);
