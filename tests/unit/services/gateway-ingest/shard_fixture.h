/*
 * shard_fixture: a whole shard, with a real Redis on one side and a scripted
 * Discord on the other.
 */
#pragma once
#include "libshared/base/clock.h"
#include "libshared/http/server.h"
#include "libshared/redis/redis.h"
#include "proto/events.h"
#include "services/gateway-ingest/fields.h"
#include "services/gateway-ingest/frame.h"
#include "services/gateway-ingest/shard.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <hiredis/hiredis.h>
#include <stdlib.h>

#define INTENTS 100039 /* Server Members and Message Content among them */

/* The scripted Discord: one connection at a time. */
struct peer {
	struct ra_http_server *server;
	struct ra_ws *ws; /* NULL when nobody is connected */
	uint64_t heartbeat_ms;
	bool is_deaf;        /* ACKs nothing */
	unsigned refuse;     /* upgrades answered 503 */
	const char *ready;   /* answer to IDENTIFY; NULL none */
	const char *resumed; /* answer to RESUME; NULL none */
	int close_code;      /* answer to either */
	int64_t remaining;   /* session_start_limit */
	int bot_status;      /* of GET /gateway/bot */
	char host[32];       /* that we are called by */
	unsigned connections, asked, identifies, resumes, beats;
	int64_t intents; /* of the last IDENTIFY */
	uint64_t resume_seq, beat_seq;
	char resume_session[40], path[64];
	int closed_with; /* by the shard */
};

struct fixture {
	uv_loop_t loop;
	struct test_redis redis;
	redisContext *sync;
	struct peer peer;
	struct conf conf;
	struct ra_rest *rest;
	struct websocket_context *websockets;
	struct gateway *gateway;
	struct budget *budget;
	struct seen *seen;
	struct shard *shard;
	bool was_retired;
	char api_base[64];
};

/* --- Discord --- */

static inline void say(struct peer *p, const char *json)
{
	struct ra_buf text = { 0 };
	ra_buf_add_text(&text, json);
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\'')
			text.ptr[i] = '"';
	ra_ws_send(p->ws, ra_buf_str(&text), false);
	ra_buf_fini(&text);
}

static inline void answer(struct peer *p, const char *json)
{
	if (p->close_code != 0)
		ra_ws_close(p->ws, (uint16_t)p->close_code, "no");
	else if (json)
		say(p, json);
}

static inline void on_identify(struct peer *p, struct ra_str d)
{
	static const struct field fields[] = { { "intents", 7, FIELD_INT, 0, NULL } };
	static const struct field_table table = FIELD_TABLE(fields);
	p->identifies++;
	assert_true(fields_parse(d, &table, &p->intents, NULL));
	answer(p, p->ready);
}

static inline void on_resume(struct peer *p, struct ra_str d)
{
	struct resume {
		uint64_t seq;
		struct ra_str session, token;
	} r = { 0 };
	static const struct field fields[] = {
		FIELD(ID, struct resume, seq, "seq"),
		FIELD(TEXT, struct resume, session, "session_id"),
		FIELD(TEXT, struct resume, token, "token"),
	};
	static const struct field_table table = FIELD_TABLE(fields);
	assert_true(fields_parse(d, &table, &r, NULL));
	assert_true(ra_str_is(r.token, "token"));
	p->resumes++;
	p->resume_seq = r.seq;
	snprintf(p->resume_session, sizeof(p->resume_session), "%.*s", (int)r.session.len,
		 r.session.ptr);
	answer(p, p->resumed);
}

static inline void on_message(void *ctx, struct ra_str data, bool is_binary)
{
	struct peer *p = ctx;
	struct frame frame;
	assert_false(is_binary);
	assert_int_equal(frame_parse(data, &frame), 0);
	switch (frame.op) {
	case OP_HEARTBEAT:
		p->beats++;
		p->beat_seq = strtoull(frame.d.ptr, NULL, 10);
		if (!p->is_deaf)
			say(p, "{'op':11}");
		break;
	case OP_IDENTIFY: on_identify(p, frame.d); break;
	case OP_RESUME: on_resume(p, frame.d); break;
	default: fail_msg("opcode %d", (int)frame.op);
	}
}

static inline void on_closed(void *ctx, int code)
{
	struct peer *p = ctx;
	p->ws = NULL;
	p->closed_with = code;
}

static inline void on_gateway(struct ra_http_request *req, void *ctx)
{
	static const struct ra_ws_ops ops = { on_message, on_closed };
	struct peer *p = ctx;
	char hello[64];
	if (p->refuse > 0) {
		p->refuse--;
		ra_http_problem(req, 503, NULL, "come back later", NULL);
		return;
	}
	assert_string_equal(ra_http_query(req, "v"), "10");
	assert_string_equal(ra_http_query(req, "encoding"), "json");
	assert_true(ra_str_is(ra_http_header(req, "host"), p->host));
	snprintf(p->path, sizeof(p->path), "%.*s", (int)ra_http_path(req).len,
		 ra_http_path(req).ptr);
	p->connections++;
	p->ws = ra_ws_accept(req, &ops, p);
	snprintf(hello, sizeof(hello), "{'op':10,'d':{'heartbeat_interval':%d}}",
		 (int)p->heartbeat_ms);
	say(p, hello);
}

static inline void on_bot(struct ra_http_request *req, void *ctx)
{
	struct peer *p = ctx;
	p->asked++;
	assert_true(ra_str_is(ra_http_header(req, "authorization"), "Bot token"));
	struct ra_buf body = { 0 };
	ra_buf_printf(
		&body,
		"{\"url\":\"ws://127.0.0.1:%u/gateway\",\"shards\":1,\"session_start_limit\":"
		"{\"total\":1000,\"remaining\":%d,\"reset_after\":100,\"max_concurrency\":1}}",
		ra_http_server_port(p->server), (int)p->remaining);
	ra_http_set_header(req, "via", "1.1 test");
	ra_http_set_header(req, "retry-after", "2");
	ra_http_reply(req, p->bot_status, "application/json", ra_buf_str(&body));
	ra_buf_fini(&body);
}

static inline void peer_start(struct peer *p, uv_loop_t *loop)
{
	struct ra_err err;
	*p = (struct peer){
		.heartbeat_ms = 41250,
		.remaining = 1000,
		.bot_status = 200,
		.ready =
			"{'op':0,'s':1,'t':'READY','d':{'session_id':'abc','resume_gateway_url':'',"
			"'user':{'id':'9'},'guilds':[{'id':'7','unavailable':true}]}}",
		.resumed = "{'op':0,'s':100,'t':'RESUMED','d':{}}",
	};
	p->server = ra_http_server_start(loop, &(struct ra_http_options){ .host = "127.0.0.1" },
					 NULL, &err);
	assert_non_null(p->server);
	snprintf(p->host, sizeof(p->host), "127.0.0.1:%u", ra_http_server_port(p->server));
	ra_http_route(p->server, "GET", "/gateway", on_gateway, p);
	ra_http_route(p->server, "GET", "/resume", on_gateway, p);
	ra_http_route(p->server, "GET", "/api/gateway/bot", on_bot, p);
}

/* --- the shard --- */

static inline void on_ended(void *ctx, struct shard *shard)
{
	struct fixture *f = ctx;
	assert_ptr_equal(shard, f->shard);
	f->was_retired = shard_is_retired(shard);
	f->shard = NULL;
}

static inline void start(struct fixture *f)
{
	struct ra_err err;
	const struct shard_env env = {
		.loop = &f->loop,
		.conf = &f->conf,
		.gateway = f->gateway,
		.budget = f->budget,
		.websockets = f->websockets,
		.seen = f->seen,
	};
	f->shard = shard_start(&env, 0, 1, on_ended, f, &err);
	assert_non_null(f->shard);
}

static inline void stop(struct fixture *f)
{
	shard_stop(f->shard);
	test_run_until(&f->loop, !f->shard);
	gateway_free(&f->gateway);
	f->gateway = gateway_new(f->rest, "");
}

static inline bool is_ready(struct fixture *f)
{
	char why[128];
	return shard_is_ready(f->shard, why);
}

static inline int setup(void **state)
{
	struct fixture *f = ra_new(struct fixture);
	struct ra_err err;
	*state = f;
	test_loop_open(&f->loop);
	test_redis_start(&f->redis, TEST_AOF_OFF, NULL);
	f->sync = redisConnectUnix(f->redis.socket);
	peer_start(&f->peer, &f->loop);
	snprintf(f->api_base, sizeof(f->api_base), "http://127.0.0.1:%u/api",
		 ra_http_server_port(f->peer.server));
	f->conf = (struct conf){
		.token = "token",
		.intents = INTENTS,
		.compress = "none",
		.redis_url = f->redis.url,
		.max_entries = 100000,
		.event_clock = "wall",
	};
	f->rest = ra_rest_open(
		&f->loop, &(struct ra_rest_options){ .base_url = f->api_base, .token = "token" },
		&err);
	f->websockets = websocket_context_open(&f->loop, 1, &err);
	f->gateway = gateway_new(f->rest, "");
	f->budget = budget_start(&f->loop, f->redis.url, 0, &err);
	f->seen = seen_new();
	start(f);
	return 0;
}

static inline void on_part_closed(void *ctx)
{
	(void)ctx;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	ra_rest_close(f->rest, on_part_closed, f);
	stop(f);
	budget_stop(f->budget, on_part_closed, f);
	websocket_context_close(f->websockets);
	ra_http_server_stop(f->peer.server, 1000, on_part_closed, f);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	websocket_context_free(&f->websockets);
	gateway_free(&f->gateway);
	seen_free(&f->seen);
	redisFree(f->sync);
	test_redis_stop(&f->redis);
	test_loop_close(&f->loop);
	ra_free(f);
	return 0;
}

/* --- what came of it --- */

#define MESSAGE_DELETE(s, id)                                                                      \
	"{'op':0,'s':" s ",'t':'MESSAGE_DELETE','d':{'id':'" id                                    \
	"','channel_id':'10','guild_id':'7'}}"

static inline long long number(struct fixture *f, const char *command)
{
	redisReply *reply = redisCommand(f->sync, command);
	assert_non_null(reply);
	long long value =
		reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10) : reply->integer;
	freeReplyObject(reply);
	return value;
}

/* Its texts are borrowed from the entry. */
static inline struct ra_event event_of(const redisReply *entry)
{
	const redisReply *fields = entry->element[1];
	struct ra_str words[60];
	struct ra_event e;
	for (size_t n = 0; n < fields->elements; n++)
		words[n] = ra_reply_str(fields->element[n]);
	assert_int_equal(ra_event_decode(&e, words, fields->elements, NULL), 0);
	return e;
}

/* The stream in short: "type seq.part cause, ..." */
static inline const char *story(struct fixture *f)
{
	static char text[4096];
	size_t len = 0;
	redisReply *entries = redisCommand(f->sync, "XRANGE events:{1.0} - +");
	text[0] = '\0';
	for (size_t i = 0; i < entries->elements; i++) {
		struct ra_event e = event_of(entries->element[i]);
		struct ra_str cause = e.type == RA_EV_shard_ready     ? e.shard_ready.cause
				      : e.type == RA_EV_shard_resumed ? e.shard_resumed.cause
				      : e.type == RA_EV_shard_disconnected
					      ? e.shard_disconnected.cause
					      : RA_STR("");
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %d.%d%s%.*s",
					i ? ", " : "", ra_event_name(e.type), (int)e.seq,
					(int)e.part, cause.len ? " " : "", (int)cause.len,
					cause.ptr);
	}
	freeReplyObject(entries);
	return text;
}

/* When the newest event of that type happened; 0 when there is none. */
static inline long long at_of(struct fixture *f, enum ra_event_type type)
{
	long long at = 0;
	redisReply *entries = redisCommand(f->sync, "XRANGE events:{1.0} - +");
	for (size_t i = 0; i < entries->elements; i++) {
		struct ra_event e = event_of(entries->element[i]);
		at = e.type == type ? e.at : at;
	}
	freeReplyObject(entries);
	return at;
}

#define stored_seq(f) number((f), "HGET session:{1.0} seq")

static inline void go_live(struct fixture *f)
{
	test_run_until(&f->loop, is_ready(f));
	say(&f->peer, MESSAGE_DELETE("2", "20"));
	test_run_until(&f->loop, stored_seq(f) == 2);
}
