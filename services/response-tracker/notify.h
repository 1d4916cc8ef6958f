/*
 * notify: tells Discord of requests nobody answers. Twice a second:
 *
 *	LOOK   which guilds have something due whose streams we have read to their ends
 *	READ   what it is, and how its requests are
 *	WRITE  what notify_plan.h says of it: messages into the outbox (response.notice), the next
 *	       due time, in one transaction a guild
 *
 * The outbox has a courier of its own (notify_send.c). What is in memory is
 * forgotten between two looks: everything is a row, so a kill at any moment
 * leaves what was due due, and what was written written. Two that look at the
 * same row at once can not both write: the row is locked, and must still be
 * what it was when it was read (docs/why/notices.md).
 */
#pragma once
#include "libshared/discord/lang.h"
#include "libshared/discord/rest.h"
#include "libshared/pg/pg.h"
#include <uv.h>

struct notify;

struct notify_conf {
	const char *database_url, *redis_url;
	const char *discord_api, *discord_token; /* no token: nothing is sent */
	const char *locales_dir;
	/* The shards whose streams this process has read to their ends: what was answered while it
	 * was away is known. */
	size_t (*at_ease)(const void *ctx, int64_t *shard_ids, int64_t *shard_counts, size_t max);
	const void *at_ease_ctx; /* borrowed */
	const struct ra_log *log;
};

/* Texts are borrowed. NULL and *err when the texts of `locales_dir` can not be read. */
struct notify *notify_start(uv_loop_t *loop, const struct notify_conf *conf, struct ra_err *err);
/* What is on its way is finished first. */
void notify_stop(struct notify *notify);
/* After the loop has run dry. */
void notify_free(struct notify **notify);

/* A notice of Rations itself (`kind` system or level_up; backups, failing channels) to the guild's
 * channel for them, once for each `nonce` (at most 25 characters); nothing where the guild has no
 * such channel. A statement in the notifier's open group; 0, or what ra_pg_send refused with. */
int notify_system(struct notify *notify, uint64_t guild, const char *kind, json_t *message,
		  const char *nonce) RA_MUST_CHECK;
