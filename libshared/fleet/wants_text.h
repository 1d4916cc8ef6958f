/*
 * wants_text: whose messages are read: the guilds for which gateway-ingest
 * puts the text of messages into their events (docs/why/message-text.md).
 * Who reads them says so, gateway-ingest looks every second.
 *
 * Keys: the set wants_text:{fleet}, of guild ids; wants_text_version:{fleet},
 * another word whenever the set has changed.
 */
#pragma once
#include "libshared/redis/redis.h"

/* The key whose slot the connection must serve. */
#define RA_WANTS_TEXT_KEY "wants_text:{fleet}"

#define RA_WANTS_TEXT_VERSION_SIZE 40

/* `is_news`: the set was another one. `status`: 0; RA_EDOWN when Redis went away and it is not
 * known; RA_EPROTO when it refused. */
typedef void (*ra_wants_text_sent_cb)(void *ctx, int status, bool is_news);

/* Makes the set these, each of them once. Costs little when it is already so: send it whenever it
 * may differ, and now and then for a Redis that has lost it. Exactly one answer, from the loop,
 * when it returns 0; RA_EDOWN: Redis is not up, no answer comes. */
int ra_wants_text_send(struct ra_redis *redis, const uint64_t *guilds, size_t count,
		       ra_wants_text_sent_cb sent, void *ctx) RA_MUST_CHECK;

/* `guilds` live until you return. */
typedef void (*ra_wants_text_news_cb)(void *ctx, const char *version, const uint64_t *guilds,
				      size_t count);

/* Calls `news`, once, if the set has another version than `version` ("": none was seen). A Redis
 * that has none, or lost it, has no news. 0, or RA_EDOWN. */
int ra_wants_text_look(struct ra_redis *redis, const char *version, ra_wants_text_news_cb news,
		       void *ctx) RA_MUST_CHECK;
