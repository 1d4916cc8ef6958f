/*
 * interactions: somebody used a command or a button of ours. Started by the
 * control API; answered by the client within 3 s, or the token is dead;
 * changed and followed up for 15 min (sheet, section 10).
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct interactions;
struct sim;

enum interaction_type {
	INTERACTION_COMMAND = 2,
	INTERACTION_COMPONENT = 3,
	INTERACTION_AUTOCOMPLETE = 4,
	INTERACTION_MODAL = 5,
};

struct interaction_conf {
	int type;
	uint64_t guild_id, channel_id, user_id;
	uint64_t message_id; /* INTERACTION_COMPONENT: under which the button is */
	const char *locale;  /* of the user; NULL: their own */
	const json_t *data;  /* borrowed */
};

struct interactions *interactions_new(struct sim *sim);
void interactions_free(struct interactions **interactions);
/* Tells the client. The id; 0 when the guild, channel or member does not exist. */
uint64_t interactions_start(struct interactions *interactions, const struct interaction_conf *conf);
/* {"id", "acknowledged", "type", "after_ms", "answers": [bodies ...]}; NULL when unknown. Yours. */
json_t *interactions_json(const struct interactions *interactions, uint64_t id);
