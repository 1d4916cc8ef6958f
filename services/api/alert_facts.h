/*
 * alert_facts: what an alert rule is judged by. Figures are those of the pages:
 * who and where a guild leaves out in its settings does not count here either.
 * Members, joins and leaves count everybody, as Discord does; and deletions,
 * of which Discord does not say whose they were: an alarm that went silent
 * would be worse than one that counts too much.
 */
#pragma once
#include "services/api/alert_judge.h"
#include "services/api/api.h"
#include "services/api/db.h"

struct alert_question {
	uint64_t guild_id;
	int64_t now_ms, hours;
	const char *figure, *condition; /* borrowed while asking */
	bool leaves_out;                /* the guild's settings leave out channels or people... */
	bool counts_bots;               /* ...or count bots */
};

/* Begins to ask; `on_rows` gets rows for alert_facts_read. Negative: never called. */
int alert_facts_ask(struct api *api, struct ra_arena *arena, const struct alert_question *question,
		    ra_pg_result_cb on_rows, void *ctx) RA_MUST_CHECK;
void alert_facts_read(const PGresult *rows, struct alert_facts *facts);
