/*
 * notify_look: one look at what is due (notify.h), from LOOK to WRITE. What
 * was found lies in an arena that is gone at its end.
 */
#pragma once
#include "services/response-tracker/notify_internal.h"

struct look_guild {
	uint64_t id, channel;
	bool is_elsewhere;
	const uint64_t *roles, *leads, *on_call;
	size_t role_count, lead_count, on_call_count;
	const struct lang *lang;
	const char *name;
	bool *steps_here; /* of plan.steps: their channel is in this guild */
	struct plan_guild plan;
};

struct look_row {
	uint64_t guild;
	struct plan_due due;
	struct text_request request;
};

struct notify_look {
	struct notify *notify; /* borrowed */
	struct ra_arena arena;
	int64_t now_ms;
	struct look_guild *guilds; /* as are rows: in the arena */
	struct look_row *rows;
	size_t guild_count, row_count;
	int unsynced;
	bool has_told; /* there is something for the courier */
};

/* notify_tell.c: WRITE, a transaction a guild; then notify_look_end. */
void notify_look_write(struct notify_look *look);
void notify_look_end(struct notify_look *look);
