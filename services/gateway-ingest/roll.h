/*
 * roll: how many guilds a session has: present, announced by READY and not
 * heard of yet, away (an outage). The numbers are kept with the session, so
 * that who resumes it knows them; which guilds they are is known only to
 * whoever saw READY, and the others guess by the numbers.
 */
#pragma once
#include "proto/events.h"
#include "services/gateway-ingest/id_set.h"

struct roll_count {
	int64_t present, pending, away;
};

struct roll {
	struct id_set pending, away;
};

void roll_fini(struct roll *roll);
/* READY: `guilds` is its array. */
struct roll_count roll_begin(struct roll *roll, struct ra_str guilds);
/* What the event makes of the count. */
struct roll_count roll_note(struct roll *roll, struct roll_count count,
			    const struct ra_event *event);
