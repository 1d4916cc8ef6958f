/* interaction: INTERACTION_CREATE as whoever answers it needs it (proto/interaction.h); what the
 * figures need of it is an event, see normalise_message.c. */
#pragma once
#include "proto/interaction.h"
#include "services/gateway-ingest/fields.h"

/* `d` is the dispatch's. Texts live as long as it and `texts`. RA_EINVAL: nothing that can be
 * answered. */
int interaction_read(struct ra_interaction *out, struct ra_str d, int64_t at,
		     struct texts *texts) RA_MUST_CHECK;
