/*
 * message_form: a message as a client sends it: checked against Discord's
 * limits (sheet, section 9) and turned into what the world takes.
 */
#pragma once
#include "services/discord-sim/act.h"
#include <jansson.h>

struct form;

struct message_form {
	struct mentions mentions;
	struct ra_str text;        /* borrowed from the body */
	char *embeds, *components; /* owned; NULL: none sent */
	char nonce[32];
	bool enforce_nonce, no_reply_ping, reply_must_exist;
	uint64_t reply_to;
	uint32_t flags;
	bool is_empty; /* nothing to show (50006) */
};

/* `may_ping_all`: whoever sends may mention everyone and any role. Mistakes go into `form`. */
void message_form_read(struct message_form *m, struct form *form, const json_t *body,
		       const struct guild *guild, bool may_ping_all);
void message_form_fini(struct message_form *m);
