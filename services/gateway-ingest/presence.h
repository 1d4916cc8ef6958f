/*
 * presence: the bot's line of status, "watching 12 servers | /analytics".
 *
 * The servers are those of the whole bot: what the shards of all replicas say
 * of themselves in Redis, added up every few seconds. Each shard tells its own
 * connection, and only what is news: at most once in that time, well within
 * Discord's 5 in 20 s.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/fleet/view.h"

#define PRESENCE_EVERY_MS 5000
#define PRESENCE_SIZE     129 /* Discord takes 128 characters */

/* {servers} becomes "12 servers", {count} becomes "12"; an empty `pattern` an empty line. Pure. */
void presence_write(const char *pattern, int64_t servers, char line[PRESENCE_SIZE]);
/* Servers of the plan that serves; -1 while one of its shards is not live, so nobody knows. Pure.
 */
int64_t presence_count(const struct ra_fleet_view *view);
/* The object of op 3, and of IDENTIFY: watching `line`; nothing when it is empty. */
void presence_add(struct ra_buf *out, const char *line);
