/*
 * digest_post: one digest, from its row in the outbox to what became of it.
 *
 *	GUILD --> LOOK (only when it was sent before) --> ASK the figures --> DRAW
 *	      --> NOTE that it is being sent --> SEND --> done
 */
#pragma once
#include "services/api/api.h"

struct digest_row {
	int64_t id, due_ms, attempted_ms; /* the latter 0: not yet */
	uint64_t guild, channel;
	char every[8];
	bool is_test;
	int tries;
	int due_day;     /* on the guild's calendar */
	char locale[16]; /* to write in */
};

enum digest_outcome { DIGEST_SENT, DIGEST_FAILED, DIGEST_LATER };

struct digest_result {
	enum digest_outcome outcome;
	const char *why;     /* of DIGEST_FAILED and DIGEST_LATER */
	uint64_t message_id; /* of DIGEST_SENT */
	uint64_t retry_ms;   /* of DIGEST_LATER; 0: nobody knows */
};

typedef void (*digest_done_cb)(void *ctx, const struct digest_row *row,
			       const struct digest_result *result);

/* `done` comes exactly once, perhaps before this returns. */
void digest_post(struct api *api, const struct digest_row *row, digest_done_cb done, void *ctx);
