/*
 * notify_post: one notice on its way to its channel.
 *
 *	LOOK for it in the channel, when it may have arrived long ago
 *	--> NOTE that it is being sent --> SEND --> NOTE what became of it
 *
 * Discord knows a nonce for some minutes, so a second attempt is no second
 * message then; later its own eyes tell: the channel's messages since the
 * first attempt.
 */
#pragma once
#include "services/response-tracker/notify_internal.h"

struct notify_post {
	struct notify *notify; /* borrowed */
	struct ra_arena arena;
	int64_t id, created_ms, attempted_ms; /* the latter 0: not yet */
	uint64_t guild, channel, request;     /* the first it is about; 0: none */
	int tries;
	bool is_answered;        /* what it is about */
	const char *nonce;       /* in the arena */
	const struct lang *lang; /* borrowed */
	json_t *message;         /* owned */
	/* Comes once, whatever became of it; at once when the database is away. The post is yours.
	 */
	void (*done)(void *ctx, struct notify_post *post);
	void *ctx; /* borrowed */
};

void notify_post_start(struct notify_post *post);
