/* messages_days: the statement of messages.c for a range of days nobody filters. */
#pragma once
#include "services/api/filter.h"

/* Whether this is one. */
bool messages_days_know(const struct visit *visit, const struct filter *filter,
			const struct range *range);

/* Rows as those of sql_messages come to `result`. */
int messages_days_send(struct ra_pg *pg, const struct visit *visit, const struct range *range,
		       const struct span *span, ra_pg_result_cb result, void *ctx) RA_MUST_CHECK;
