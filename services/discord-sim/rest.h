/*
 * rest: /api/v10 (and /api/v9, /api). One table of routes a file; each call
 * passes the same gate: faults, authorization, rate limits, then its handler,
 * which answers exactly once.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/http/server.h"
#include "services/discord-sim/ratelimit.h"
#include "services/discord-sim/rest_record.h"
#include "services/discord-sim/sim.h"
#include "services/discord-sim/world.h"
#include <jansson.h>

struct commands;
struct dms;
struct grant;
struct held;
struct interactions;
struct rest_mount;
struct route;

/* What the next calls get instead of an answer. */
struct rest_faults {
	unsigned count;
	int status;         /* 429, 5xx ...; 0: the real answer, only later */
	uint64_t slow_ms;   /* before answering */
	bool is_cut;        /* the connection ends instead */
	double retry_after; /* seconds, with 429 */
	char scope[16];     /* of a 429: user, shared, global; cloudflare: not Discord's own */
	char path[128];     /* only calls whose path contains this; "": all */
};

struct rest {
	struct sim *sim;                   /* borrowed */
	struct limits *limits;             /* owned */
	struct commands *commands;         /* owned */
	struct interactions *interactions; /* owned */
	struct dms *dms;                   /* owned */
	struct rest_faults faults;
	struct rest_record record;
	struct rest_mount *mounts; /* owned: what the router hands back */
	struct held *held;         /* owned: calls answered later */
};

enum who { WHO_NOBODY, WHO_BOT, WHO_USER };

struct call {
	struct ra_http_request *req; /* borrowed */
	struct rest *rest;           /* borrowed */
	struct sim *sim;             /* borrowed */
	struct world *world;         /* borrowed */
	const struct route *route;   /* borrowed */
	enum who who;
	uint64_t user_id;          /* the bot's, or the one who logged in */
	const struct grant *grant; /* WHO_USER; borrowed */
};

enum route_auth {
	AUTH_BOT,
	AUTH_USER, /* the bot, or a person with the route's scope */
	AUTH_NONE,
	AUTH_TOKEN, /* nothing but the token in the path; free of the global limit */
};

struct route {
	const char *method, *path;
	void (*handle)(struct call *call);
	enum route_auth auth;
	const char *scope; /* AUTH_USER: what a person's grant must hold; NULL: the bot only */
	struct limit_rule limit;
};

/* Rows of a route table: whose call it is, then its bucket, `n` calls in `ms`. */
#define ROW_(method, path, handle, auth, scope, ...)                                               \
	{                                                                                          \
		method, path, handle, auth, scope,                                                 \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define BOT(method, path, handle, bucket, n, ms)                                                   \
	ROW_(method, path, handle, AUTH_BOT, NULL, bucket, n, ms, false)
#define BOT_SLIDING(method, path, handle, bucket, n, ms)                                           \
	ROW_(method, path, handle, AUTH_BOT, NULL, bucket, n, ms, true)
#define USER(method, path, handle, scope, bucket, n, ms)                                           \
	ROW_(method, path, handle, AUTH_USER, scope, bucket, n, ms, false)
#define TOKEN(method, path, handle, bucket, n, ms)                                                 \
	ROW_(method, path, handle, AUTH_TOKEN, NULL, bucket, n, ms, false)
#define ANYBODY(method, path, handle) ROW_(method, path, handle, AUTH_NONE, NULL, NULL, 0, 0, false)

struct rest *rest_new(struct sim *sim);
void rest_stop(struct rest *rest);
void rest_free(struct rest **rest);
void rest_routes(struct rest *rest);
/* Each file's table. */
extern const struct route app_routes[], user_routes[], guild_routes[], member_routes[],
	channel_routes[], message_routes[], reaction_routes[], interaction_routes[];

/* ---- answering ---- */

/* `json` is emptied. */
void call_reply(struct call *call, int status, struct ra_buf *json);
void call_reply_json(struct call *call, int status, json_t *json); /* taken */
void call_no_content(struct call *call);
void call_error(struct call *call, int status, int code, const char *message);
/* {"message": "401: Unauthorized", "code": 0} and the like. */
void call_plain_error(struct call *call, int status);

/* Unknown things and missing rights, by name. */
void call_unknown_guild(struct call *call);
void call_unknown_channel(struct call *call);
void call_unknown_message(struct call *call);
void call_unknown_member(struct call *call);
void call_unknown_user(struct call *call);
void call_missing_access(struct call *call);
void call_missing_permissions(struct call *call);

/* ---- asking ---- */

/* A {name} of the path as an id; 0 when it is none. */
uint64_t call_id(struct call *call, const char *name);
bool call_flag(struct call *call, const char *name);
/* A number of the query; `absent` when not given, -1 when it is outside [min, max]. */
int64_t call_number(struct call *call, const char *name, int64_t absent, int64_t min, int64_t max);
uint64_t call_query_id(struct call *call, const char *name);
/* The body as an object; NULL after answering 400 (50109). Yours to decref. */
json_t *call_body(struct call *call);
uint64_t json_id(const json_t *value);
/* {guild}, when the bot is in it; NULL after answering. */
struct guild *call_guild(struct call *call);
/* {channel}, when the bot has all of `permissions` there; NULL after answering. */
struct channel *call_channel(struct call *call, uint64_t permissions);
bool call_bot_may(const struct call *call, const struct guild *guild, const struct channel *channel,
		  uint64_t permissions);
/* Brings the world to the present before something is done to it. */
void call_now(struct call *call);
/* Whether REST hides what MESSAGE_CONTENT hides (the portal's setting). */
bool call_is_masked(const struct call *call);
/* One more call of this kind is too many: a limit below the route's own. Answers 429. */
bool call_is_sublimited(struct call *call, const struct limit_rule *rule, const char *who);

/* ---- form errors (50035) ---- */

struct form {
	json_t *errors; /* owned; NULL: none yet */
};
/* `path`: "embeds.0.title". */
void form_error(struct form *form, const char *path, const char *code, const char *message);
/* Answers 400 and returns true when there are errors. */
bool form_failed(struct form *form, struct call *call);
