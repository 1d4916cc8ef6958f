/* fleet: the services of an installation, each asked for its /readyz. */
#pragma once
#include "services/rationsctl/ctl.h"

struct fleet_service {
	const char *name;
	char at[80];   /* host:port */
	bool is_there; /* it answers */
	bool is_ready;
	char why[200]; /* it is not; or what a ready one does without */
};

/* Every replica of every service; a service without one is there once, not there. Yours to
 * ra_free; *count of them. */
struct fleet_service *fleet_ask(const struct ctl *ctl, size_t *count);
