/*
 * frame: gateway payloads, read and written.
 * https://discord.com/developers/docs/events/gateway-events#payload-structure
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/base/err.h"

enum opcode {
	OP_DISPATCH = 0,
	OP_HEARTBEAT = 1,
	OP_IDENTIFY = 2,
	OP_PRESENCE = 3,
	OP_RESUME = 6,
	OP_RECONNECT = 7,
	OP_REQUEST_MEMBERS = 8,
	OP_INVALID_SESSION = 9,
	OP_HELLO = 10,
	OP_HEARTBEAT_ACK = 11,
};

struct frame {
	int64_t op; /* -1: none */
	bool has_seq;
	uint64_t seq;
	struct ra_str type; /* of a dispatch */
	struct ra_str d;    /* JSON; empty when absent. Of a dispatch: begins with it */
	int64_t sent_at;    /* ms; 0: not said. Only our simulator does */
};

/* Texts are borrowed from `payload`. RA_EPROTO: not a payload. */
int frame_parse(struct ra_str payload, struct frame *frame) RA_MUST_CHECK;

/* {"heartbeat_interval": n}; 0 when absent. */
uint64_t frame_heartbeat_interval(struct ra_str d);

struct identify {
	const char *token; /* borrowed */
	int64_t intents;
	unsigned shard, shards;
	const char *presence; /* presence.h; borrowed; NULL: not known yet */
};

/* Each appends one payload. */
void frame_add_heartbeat(struct ra_buf *out, bool has_seq, uint64_t seq);
void frame_add_identify(struct ra_buf *out, const struct identify *identify);
/* The bot's line of status. */
void frame_add_presence(struct ra_buf *out, const char *line);
/* All members of a guild. */
void frame_add_member_request(struct ra_buf *out, uint64_t guild);
void frame_add_resume(struct ra_buf *out, const char *token, const char *session, uint64_t seq);
