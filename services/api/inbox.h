/*
 * inbox: uses of our commands (proto/interaction.h), each handed to one of the
 * replicas of api, and to another when the one that had it died.
 *
 *	gateway-ingest --XADD--> interactions:{N.I} --XREADGROUP--> one replica --> on_interaction
 *	                                              XAUTOCLAIM--> another, after a second
 *	inbox_done --> XACK, XDEL: its token lies nowhere any more
 *
 * Discord waits for three seconds. What is older is counted and dropped, by
 * Redis's clock, so that it does not matter what ours says.
 */
#pragma once
#include "proto/interaction.h"
#include "services/api/api.h"

struct inbox;

/* Where an interaction stands, for inbox_done. */
struct inbox_place {
	char key[RA_INTERACTION_KEY_MAX];
	char entry[48];
};

struct inbox_ops {
	/* `left_ms`: until Discord gives up. `is_second`: another replica had it before, and may
	 * have answered. Texts are borrowed until you return. */
	void (*on_interaction)(void *ctx, const struct inbox_place *place,
			       const struct ra_interaction *interaction, uint64_t left_ms,
			       bool is_second);
};

/* The world as an inbox sees it; all borrowed. */
struct inbox_conf {
	uv_loop_t *loop;
	const char *redis_url;
	const struct ra_log *log;
	const struct inbox_ops *ops;
	void *ctx;
};

/* NULL and *err when the URL is malformed. */
struct inbox *inbox_start(const struct inbox_conf *conf, struct ra_err *err);
/* Nothing is read any more; `stopped` comes from the loop when the memory is gone. */
void inbox_stop(struct inbox *inbox, void (*stopped)(void *ctx), void *ctx);
/* It is answered, or never will be. Not after inbox_stop. */
void inbox_done(struct inbox *inbox, const struct inbox_place *place);
