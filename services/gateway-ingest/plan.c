/* plan: see plan.h. */
#include "services/gateway-ingest/plan.h"
#include "libshared/base/err.h"
#include <stdio.h>

static bool is_count(unsigned count)
{
	return count > 0 && count <= PLAN_MAX_SHARDS;
}

int plan_parse(struct plan *plan, const char *shards)
{
	char rest;
	*plan = (struct plan){ .last = PLAN_MAX_SHARDS };
	if (strcmp(shards, "auto") == 0) {
		snprintf(plan->text, sizeof(plan->text), "auto");
		return 0;
	}
	if (sscanf(shards, "%u%c", &plan->count, &rest) == 1 && is_count(plan->count)) {
		snprintf(plan->text, sizeof(plan->text), "%u", plan->count);
		return 0;
	}
	if (sscanf(shards, "%u-%u/%u%c", &plan->first, &plan->last, &plan->count, &rest) == 3 &&
	    is_count(plan->count) && plan->first <= plan->last && plan->last < plan->count) {
		snprintf(plan->text, sizeof(plan->text), "%u-%u/%u", plan->first, plan->last,
			 plan->count);
		return 0;
	}
	return RA_EINVAL;
}
