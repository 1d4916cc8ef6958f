/*
 * staff_guilds: the guilds somebody manages or is of the staff of, and which
 * of them a question that goes over many is about (`guilds=a,b,c`).
 */
#pragma once
#include "services/api/visit.h"

#define STAFF_GUILDS_MAX 50 /* chosen at once */

struct staff_guild {
	uint64_t id;
	const char *name, *icon; /* icon: "" when there is none */
	bool can_manage, is_staff, has_desk, is_chosen;
};

struct staff_guilds {
	size_t count, chosen;
	struct staff_guild *all;        /* by name */
	uint64_t ids[STAFF_GUILDS_MAX]; /* the chosen ones, in the order they were named */
};

typedef void (*staff_guilds_cb)(struct visit *visit, const struct staff_guilds *guilds);

/* Reads `guilds`; without it all that have a desk. 404 when one is named that is not theirs, which
 * is answered here, like any failure. */
void staff_guilds_ask(struct visit *visit, staff_guilds_cb done);
/* Schema StaffGuilds. */
json_t *staff_guilds_json(const struct api *api, const struct staff_guilds *guilds);
