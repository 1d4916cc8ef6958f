/*
 * gateway: the WebSocket half. Connections speak, sessions remember:
 *
 *   connection  one WebSocket: compression, heartbeats, limits, faults
 *   session     one IDENTIFY: seq, intents, the ring kept for RESUME
 *
 *   accept -> HELLO -> IDENTIFY -> READY, GUILD_CREATE ...  -> dispatches
 *                   -> RESUME   -> what was missed, RESUMED -> dispatches
 *
 * Every dispatch goes into the ring of each session that may see it; pumping
 * moves it from there to the connection while that keeps up. A session whose
 * connection is gone stays for session_ttl, unless the client said goodbye
 * with 1000 or 1001.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/http/server.h"
#include "services/discord-sim/compress.h"
#include "services/discord-sim/holes.h"
#include "services/discord-sim/ring.h"
#include <jansson.h>
#include <uthash.h>

struct chunk_limit;
struct dispatch;
struct guild;
struct replay_cursor;
struct sim;

#define SEND_LIMIT    120 /* client payloads in SEND_LIMIT_MS */
#define SEND_LIMIT_MS 60000

enum close_code {
	CLOSE_UNKNOWN_OPCODE = 4001,
	CLOSE_DECODE = 4002,
	CLOSE_NOT_AUTHENTICATED = 4003,
	CLOSE_BAD_TOKEN = 4004,
	CLOSE_ALREADY_AUTHENTICATED = 4005,
	CLOSE_INVALID_SEQ = 4007,
	CLOSE_RATE_LIMITED = 4008,
	CLOSE_TIMED_OUT = 4009,
	CLOSE_INVALID_SHARD = 4010,
	CLOSE_SHARDING_REQUIRED = 4011,
	CLOSE_INVALID_VERSION = 4012,
	CLOSE_INVALID_INTENTS = 4013,
	CLOSE_DISALLOWED_INTENTS = 4014,
};

/* What goes wrong on purpose. Counts run down to 0. */
struct faults {
	unsigned drop_acks;    /* heartbeats that get no ACK */
	unsigned swallow;      /* dispatches that never reach the wire */
	unsigned duplicate;    /* dispatches sent twice, with the same number */
	unsigned tear;         /* dispatches cut in half, then the connection is reset */
	unsigned garble;       /* dispatches that arrive as broken JSON */
	unsigned corrupt;      /* dispatches damaged on the wire: can not be unpacked */
	uint64_t delay_ms;     /* between a dispatch's number and its sending */
	size_t fragment_bytes; /* WebSocket frames of at most this; 0: whole */
	size_t split_bytes;    /* zlib-stream payloads over several messages of this; 0: whole */
	bool is_silent;        /* nothing is sent or read any more: a half-open socket */
};

struct connection {
	struct gateway *gateway;      /* borrowed */
	struct ra_ws *ws;             /* the server's; gone after on_closed */
	struct session *session;      /* borrowed; NULL before IDENTIFY or RESUME */
	struct replay_cursor *replay; /* owned; only when a recording is served */
	struct compressor compressor;
	char *origin; /* owned; "ws://127.0.0.1:5010", as the client called us */
	int version;
	bool compress_payloads; /* asked for in IDENTIFY; plain connections only */
	bool is_closing;
	uint64_t beat_at_ms;             /* last heartbeat, or the opening */
	uint64_t close_at_ms;            /* after op 7; 0: not asked to leave */
	uint64_t hello_at_ms;            /* of a late HELLO; 0: it was said, or never will be */
	uint64_t sent_at_ms[SEND_LIMIT]; /* the client's last payloads, round robin */
	size_t sent_count;
	struct faults faults;
	struct connection *prev, *next;
};

struct session {
	char id[33];
	struct gateway *gateway;       /* borrowed */
	struct connection *connection; /* borrowed; NULL: waiting for RESUME */
	uint64_t intents;
	uint32_t shard, shard_count, large_threshold;
	struct ring ring;
	uint64_t sent;         /* last number given to the connection */
	uint64_t lost_at_ms;   /* when the connection went */
	uint64_t *to_announce; /* owned; guilds whose GUILD_CREATE is still to come */
	size_t announced, announce_count;
	int64_t told_at_ms; /* world time of the newest dispatch */
	unsigned repeat;    /* fault: dispatches that come twice, with two numbers */
	char watching[132]; /* the bot's activity; "" none */
	bool is_hushed;     /* fault: nothing that happens is told any more */
	UT_hash_handle hh;
};

/* What is left of the day's IDENTIFYs, and when each concurrency key was last used. */
struct identify_limit {
	int64_t remaining;
	uint64_t resets_at_ms;
	uint64_t *used_at_ms; /* owned; one a key */
	bool is_token_reset;  /* the day's limit was passed: Discord takes the token away */
};

/* What the next connections find at the door. */
struct door {
	unsigned refuse;    /* upgrades answered 503 */
	unsigned turn_away; /* op 7 instead of HELLO */
	unsigned mute;      /* no HELLO at all */
	unsigned late;      /* HELLO after late_ms */
	uint64_t late_ms;
};

struct gateway {
	struct sim *sim;                /* borrowed */
	struct connection *connections; /* owned */
	struct session *sessions;       /* owned; by id */
	struct identify_limit identify;
	struct door door;
	struct faults faults;         /* what new connections start with */
	struct chunk_limit *chunks;   /* owned; by guild */
	uv_timer_t tick;              /* heartbeats missed, sessions expired */
	uv_timer_t pump;              /* runs while a connection is behind */
	uint64_t dispatched;          /* numbers given, all sessions together */
	uint64_t identified, resumed; /* sessions begun and continued */
	struct holes holes;
};

struct gateway *gateway_new(struct sim *sim);
/* Closes the timers; connections end with the HTTP server. */
void gateway_stop(struct gateway *gateway);
void gateway_free(struct gateway **gateway);
/* The WebSocket route. */
void gateway_accept(struct ra_http_request *req, void *gateway);
/* Whether somebody is told what happens on that shard, or in that guild. */
bool gateway_serves_shard(const struct gateway *gateway, uint32_t shard, uint32_t shard_count);
bool gateway_serves_guild(const struct gateway *gateway, uint64_t guild_id);
/* The world's listener: to every session that may see it. */
void gateway_dispatch(void *gateway, const struct dispatch *dispatch);
/* Whether more may be dispatched: the answer of the most hindered session. */
enum gateway_room {
	ROOM_NOBODY, /* no session at all */
	ROOM_FULL,   /* somebody is behind */
	ROOM_AWAY,   /* somebody has lost the connection and may be back */
	ROOM_FREE,
};
enum gateway_room gateway_room(const struct gateway *gateway);
uint64_t gateway_now_ms(const struct gateway *gateway);

/* connection.c */
void connection_open(struct gateway *gateway, struct ra_http_request *req);
void connection_free(struct connection *c);
/* {"op":..,"d":..}; `d` is JSON. */
void connection_send_op(struct connection *c, int op, const char *d);
/* Bytes that are no dispatch of a session: recordings. */
void connection_send_text(struct connection *c, struct ra_str text);
void connection_send_raw(struct connection *c, struct ra_str bytes);
void connection_close(struct connection *c, int code, const char *reason);
/* Asks the client to reconnect; it is closed if it has not gone in a few seconds. */
void connection_ask_to_leave(struct connection *c);
/* Sends what the ring holds, while the connection keeps up. */
void connection_pump(struct connection *c);
/* Checks heartbeats and deadlines. */
void connection_tick(struct connection *c);

/* opcodes.c: what the client says. */
void opcodes_receive(struct connection *c, struct ra_str text);

/* identify.c */
void identify_limit_init(struct identify_limit *limit, const struct sim *sim, uint64_t now_ms);
void identify_limit_fini(struct identify_limit *limit);
/* A new day, a new budget. */
void identify_limit_renew(struct identify_limit *limit, const struct sim *sim, uint64_t now_ms);
/* The bot's token, and not taken away. */
bool token_is_ours(const struct gateway *gateway, const char *token);
/* The application's flags that say which privileged intents it has. */
unsigned application_flags(const struct sim *sim);
void identify(struct connection *c, json_t *d);
void resume(struct connection *c, json_t *d);

/* chunks.c: op 8 */
void chunks_request(struct session *s, json_t *d);
void chunk_limits_free(struct chunk_limit **limits);

/* session.c */
struct session *session_new(struct gateway *gateway);
void session_free(struct session *s);
void session_attach(struct session *s, struct connection *c);
/* The bot tells what it is seen doing; `presence` as in IDENTIFY. */
void session_shows(struct session *s, json_t *presence);
void session_detach(struct session *s);
bool session_has_guild(const struct session *s, uint64_t guild_id);
/* A dispatch for this session alone. `d` is JSON. */
void session_tell(struct session *s, const char *type, struct ra_str d);
void session_put(struct session *s, const struct dispatch *dispatch, struct body *body);
bool session_wants(const struct session *s, const struct dispatch *dispatch);
/* READY's guilds[]; remembers them for announcing. */
void session_add_guilds(struct session *s, struct ra_buf *json);
/* Puts the next GUILD_CREATE that is due into the ring; false when there is none. */
bool session_announce_next(struct session *s);
void session_create_guild(struct session *s, const struct guild *guild, bool is_new);
/* Did not ask for MESSAGE_CONTENT. */
bool session_is_masked(const struct session *s);
struct body *body_of(const char *type, struct ra_str d, int64_t sent_at_ms);
