/* plan: what is started, in which order, with which environment. The one place that knows the
 * ports. */
#pragma once
#include "libshared/base/arena.h"
#include "services/launcher/child.h"
#include "services/launcher/data.h"
#include "services/launcher/place.h"

struct plan {
	const struct place *place; /* borrowed */
	const struct data *data;   /* borrowed */
	struct ra_arena arena;
	char *public_url;                          /* owned; without a slash at its end */
	struct child_spec initdb, postgres, redis; /* only where data has a folder for it */
	struct child_spec migrate;
	struct child_spec services[CONF_ADMIN_PORTS];
	char *ready_urls[CONF_ADMIN_PORTS]; /* /readyz of each service */
	size_t service_count;
};

/* Everything passed in must outlive the plan. */
void plan_init(struct plan *plan, const struct conf *conf, const struct place *place,
	       const struct data *data);
void plan_fini(struct plan *plan);
