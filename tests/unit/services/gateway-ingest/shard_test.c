/*
 * shard: a whole shard, with a real Redis on one side and a scripted Discord
 * on the other: what it says when, how it comes back from every ending, and
 * what stands in the stream afterwards.
 */
#include "services/gateway-ingest/shard.h"
#include "libshared/base/clock.h"
#include "libshared/http/server.h"
#include "libshared/redis/redis.h"
#include "proto/events.h"
#include "services/gateway-ingest/fields.h"
#include "services/gateway-ingest/frame.h"
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

static void say(struct peer *p, const char *json)
{
	struct ra_buf text = { 0 };
	ra_buf_add_text(&text, json);
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\'')
			text.ptr[i] = '"';
	ra_ws_send(p->ws, ra_buf_str(&text), false);
	ra_buf_fini(&text);
}

static void answer(struct peer *p, const char *json)
{
	if (p->close_code != 0)
		ra_ws_close(p->ws, (uint16_t)p->close_code, "no");
	else if (json)
		say(p, json);
}

static void on_identify(struct peer *p, struct ra_str d)
{
	static const struct field fields[] = { { "intents", 7, FIELD_INT, 0, NULL } };
	static const struct field_table table = FIELD_TABLE(fields);
	p->identifies++;
	assert_true(fields_parse(d, &table, &p->intents, NULL));
	answer(p, p->ready);
}

static void on_resume(struct peer *p, struct ra_str d)
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

static void on_message(void *ctx, struct ra_str data, bool is_binary)
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

static void on_closed(void *ctx, int code)
{
	struct peer *p = ctx;
	p->ws = NULL;
	p->closed_with = code;
}

static void on_gateway(struct ra_http_request *req, void *ctx)
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

static void on_bot(struct ra_http_request *req, void *ctx)
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

static void peer_start(struct peer *p, uv_loop_t *loop)
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

static void on_ended(void *ctx, struct shard *shard)
{
	struct fixture *f = ctx;
	assert_ptr_equal(shard, f->shard);
	f->was_retired = shard_is_retired(shard);
	f->shard = NULL;
}

static void start(struct fixture *f)
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

static void stop(struct fixture *f)
{
	shard_stop(f->shard);
	test_run_until(&f->loop, !f->shard);
	gateway_free(&f->gateway);
	f->gateway = gateway_new(f->rest, "");
}

static bool is_ready(struct fixture *f)
{
	char why[128];
	return shard_is_ready(f->shard, why);
}

static int setup(void **state)
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

static void on_part_closed(void *ctx)
{
	(void)ctx;
}

static int teardown(void **state)
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

static long long number(struct fixture *f, const char *command)
{
	redisReply *reply = redisCommand(f->sync, command);
	assert_non_null(reply);
	long long value =
		reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10) : reply->integer;
	freeReplyObject(reply);
	return value;
}

/* Its texts are borrowed from the entry. */
static struct ra_event event_of(const redisReply *entry)
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
static const char *story(struct fixture *f)
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
static long long at_of(struct fixture *f, enum ra_event_type type)
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

static void go_live(struct fixture *f)
{
	test_run_until(&f->loop, is_ready(f));
	say(&f->peer, MESSAGE_DELETE("2", "20"));
	test_run_until(&f->loop, stored_seq(f) == 2);
}

static void test_identify(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	assert_int_equal(f->peer.asked, 1);
	assert_int_equal(f->peer.intents, INTENTS);
	assert_string_equal(story(f), "shard_ready 1.0 restart, message_deleted 2.0");
}

static void test_heartbeats_tell_the_number(void **state)
{
	struct fixture *f = *state;
	f->peer.heartbeat_ms = 30;
	go_live(f);
	test_run_until(&f->loop, f->peer.beats > 2 && f->peer.beat_seq == 2);
	/* a dispatch without events is stored with the beat */
	say(&f->peer, "{'op':0,'s':3,'t':'TYPING_START','d':{}}");
	test_run_until(&f->loop, stored_seq(f) == 3);
	assert_int_equal(f->peer.connections, 1);
}

static void test_asked_for_heartbeat(void **state)
{
	struct fixture *f = *state;
	f->peer.heartbeat_ms = 3600000;
	go_live(f);
	unsigned before = f->peer.beats;
	say(&f->peer, "{'op':1,'d':null}");
	test_run_until(&f->loop, f->peer.beats == before + 1);
}

/* More than Discord's limit allows is not answered, or it would throw us out. */
static void test_send_limit(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	for (int i = 0; i < 300; i++)
		say(&f->peer, "{'op':1,'d':null}");
	say(&f->peer, MESSAGE_DELETE("3", "21"));
	test_run_until(&f->loop, stored_seq(f) == 3 && f->peer.beats >= 50);
	test_run_for(&f->loop, 100);
	assert_in_range(f->peer.beats, 50, 60);
}

static void resume_after(struct fixture *f, const char *cause)
{
	char expected[200];
	test_run_until(&f->loop, stored_seq(f) == 100);
	assert_int_equal(f->peer.resumes, 1);
	assert_int_equal(f->peer.identifies, 1);
	assert_int_equal(f->peer.resume_seq, 2);
	assert_string_equal(f->peer.resume_session, "abc");
	snprintf(expected, sizeof(expected),
		 "shard_ready 1.0 restart, message_deleted 2.0, shard_disconnected 2.1 %s, "
		 "shard_resumed 100.0 %s",
		 cause, cause);
	assert_string_equal(story(f), expected);
	assert_true(is_ready(f));
}

static void test_reconnect_requested(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	say(&f->peer, "{'op':7,'d':null}");
	test_run_until(&f->loop, !f->peer.ws);
	assert_int_equal(f->peer.closed_with, 4000); /* 1000 would end the session */
	resume_after(f, "reconnect_requested");
}

static void test_connection_lost(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	ra_ws_reset(f->peer.ws);
	resume_after(f, "network");
}

static void test_closed_by_discord(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	ra_ws_close(f->peer.ws, 4009, "timed out");
	resume_after(f, "session_timed_out");
}

static void test_zombie(void **state)
{
	struct fixture *f = *state;
	f->peer.heartbeat_ms = 150;
	go_live(f);
	f->peer.is_deaf = true;
	test_run_until(&f->loop, !f->peer.ws);
	assert_int_equal(f->peer.closed_with, 4000);
	f->peer.is_deaf = false;
	resume_after(f, "zombie");
}

static void test_broken_stream(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	ra_ws_send(f->peer.ws, RA_STR("\xff\xff binary nobody agreed on"), true);
	resume_after(f, "garbage");
}

static void test_session_has_its_own_address(void **state)
{
	struct fixture *f = *state;
	char ready[400];
	snprintf(ready, sizeof(ready),
		 "{'op':0,'s':1,'t':'READY','d':{'session_id':'abc','guilds':[],"
		 "'resume_gateway_url':'ws://127.0.0.1:%u/resume'}}",
		 ra_http_server_port(f->peer.server));
	f->peer.ready = ready;
	go_live(f);
	ra_ws_reset(f->peer.ws);
	resume_after(f, "network");
	assert_string_equal(f->peer.path, "/resume");
}

/* The session's own host is gone; the session may not be. */
static void test_dead_session_address(void **state)
{
	struct fixture *f = *state;
	f->peer.ready = "{'op':0,'s':1,'t':'READY','d':{'session_id':'abc','guilds':[],"
			"'resume_gateway_url':'ws://127.0.0.1:1/'}}";
	go_live(f);
	ra_ws_reset(f->peer.ws);
	resume_after(f, "network");
	assert_string_equal(f->peer.path, "/gateway");
}

/* The same, found by a process that was just started and has asked nobody yet. */
static void test_dead_session_address_after_restart(void **state)
{
	struct fixture *f = *state;
	f->peer.ready = "{'op':0,'s':1,'t':'READY','d':{'session_id':'abc','guilds':[],"
			"'resume_gateway_url':'ws://127.0.0.1:1/'}}";
	go_live(f);
	stop(f);
	start(f);
	test_run_until(&f->loop, stored_seq(f) == 100);
	assert_int_equal(f->peer.resume_seq, 2);
	assert_int_equal(f->peer.identifies, 1);
	assert_int_equal(f->peer.asked, 2);
}

static void test_upgrade_refused(void **state)
{
	struct fixture *f = *state;
	f->peer.refuse = 2;
	go_live(f);
	assert_int_equal(f->peer.identifies, 1);
}

static void test_restart_resumes(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	stop(f);
	assert_int_equal(f->peer.closed_with, 4000);
	start(f);
	test_run_until(&f->loop, stored_seq(f) == 100);
	assert_int_equal(f->peer.identifies, 1);
	assert_int_equal(f->peer.resume_seq, 2);
	assert_string_equal(
		story(f),
		"shard_ready 1.0 restart, message_deleted 2.0, shard_disconnected 2.1 stopped,"
		" shard_resumed 100.0 restart");
}

/* A session keeps the intents it was begun with. */
static void test_other_intents_are_wanted(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	stop(f);
	f->conf.intents = 513;
	start(f);
	test_run_until(&f->loop, f->peer.identifies == 2 && is_ready(f));
	assert_int_equal(f->peer.intents, 513);
	assert_int_equal(f->peer.resumes, 0);
}

/* It goes on without the intents that were refused, but not for ever. */
static void test_restart_of_a_degraded_session(void **state)
{
	struct fixture *f = *state;
	f->peer.close_code = 4014;
	test_run_until(&f->loop, f->peer.identifies == 1);
	f->peer.close_code = 0;
	go_live(f);
	assert_int_equal(f->peer.identifies, 2);
	assert_int_not_equal(f->peer.intents, INTENTS);
	stop(f);
	start(f);
	test_run_until(&f->loop, f->peer.resumes == 1 && is_ready(f));
	assert_int_equal(f->peer.identifies, 2);
	stop(f);
	number(f, "HSET session:{1.0} began_at 1");
	start(f);
	test_run_until(&f->loop, f->peer.identifies == 3 && is_ready(f));
	assert_int_equal(f->peer.intents, INTENTS);
}

static void test_invalid_session(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	f->peer.ready = "{'op':0,'s':1,'t':'READY','d':{'session_id':'def','guilds':[]}}";
	say(&f->peer, "{'op':9,'d':false}");
	test_run_until(&f->loop, f->peer.identifies == 2);
	test_run_until(&f->loop, is_ready(f));
	assert_int_equal(f->peer.resumes, 0);
	test_run_until(&f->loop, stored_seq(f) == 1);
	assert_string_equal(story(f), "shard_ready 1.0 restart, message_deleted 2.0, "
				      "shard_disconnected 2.1 invalid_session,"
				      " shard_ready 1.0 invalid_session, guild_removed 1.1");
}

static void test_invalid_but_resumable(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	say(&f->peer, "{'op':9,'d':true}");
	resume_after(f, "invalid_session_resumable");
}

/* A session that Discord neither takes back nor disowns. */
static void test_hopeless_resume(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	f->peer.close_code = 4000;
	ra_ws_reset(f->peer.ws);
	test_run_until(&f->loop, f->peer.resumes == 3);
	f->peer.close_code = 0;
	test_run_until(&f->loop, f->peer.identifies == 2);
	test_run_until(&f->loop, is_ready(f));
	assert_int_equal(f->peer.resumes, 3);
}

/* Cut short again and again, but every time it gets a little further. */
static void test_halting_replay(void **state)
{
	struct fixture *f = *state;
	static const char *const replay[] = {
		MESSAGE_DELETE("3", "21"), MESSAGE_DELETE("4", "22"), MESSAGE_DELETE("5", "23"),
		MESSAGE_DELETE("6", "24"), MESSAGE_DELETE("7", "25"),
	};
	go_live(f);
	f->peer.resumed = NULL;
	ra_ws_reset(f->peer.ws);
	for (unsigned i = 0; i < RA_COUNT(replay); i++) {
		test_run_until(&f->loop, f->peer.resumes == i + 1);
		assert_int_equal(f->peer.resume_seq, 2 + i);
		say(&f->peer, replay[i]);
		test_run_until(&f->loop, stored_seq(f) == 3 + (int)i);
		if (i + 1 == RA_COUNT(replay))
			f->peer.resumed = "{'op':0,'s':8,'t':'RESUMED','d':{}}";
		ra_ws_reset(f->peer.ws);
	}
	test_run_until(&f->loop, stored_seq(f) == 8);
	assert_int_equal(f->peer.identifies, 1);
}

static void test_rejected_token(void **state)
{
	struct fixture *f = *state;
	char why[128];
	f->peer.close_code = 4004;
	test_run_until(&f->loop, f->peer.identifies == 1 && !f->peer.ws);
	test_run_for(&f->loop, 1500);
	assert_int_equal(f->peer.connections, 1); /* no second try yet: tries are counted */
	assert_false(shard_is_ready(f->shard, why));
	assert_string_equal(why, "Discord rejected the bot token");
}

static void test_rejected_token_over_rest(void **state)
{
	struct fixture *f = *state;
	char why[128] = "";
	f->peer.bot_status = 401;
	test_run_until(&f->loop, f->peer.asked == 1);
	test_run_until(&f->loop, !shard_is_ready(f->shard, why) && strstr(why, "token"));
	test_run_for(&f->loop, 500);
	assert_int_equal(f->peer.asked, 1);
	assert_int_equal(f->peer.connections, 0);
}

static void test_told_to_slow_down(void **state)
{
	struct fixture *f = *state;
	f->peer.bot_status = 429;
	test_run_until(&f->loop, f->peer.asked == 1);
	uint64_t asked_at_ms = ra_monotonic_ms();
	f->peer.bot_status = 200;
	test_run_until(&f->loop, is_ready(f));
	assert_int_equal(f->peer.asked, 2);
	assert_true(ra_monotonic_ms() - asked_at_ms >= 1900);
}

static void test_no_session_left(void **state)
{
	struct fixture *f = *state;
	char why[128] = "";
	f->peer.remaining = 0;
	test_run_until(&f->loop, !shard_is_ready(f->shard, why) && strstr(why, "are spent"));
	assert_int_equal(f->peer.connections, 0);
	f->peer.remaining = 1; /* the day is over */
	test_run_until(&f->loop, is_ready(f));
}

/* Message Content is not allowed; Server Members is, and must not be lost with it. */
static void test_disallowed_intents(void **state)
{
	struct fixture *f = *state;
	f->peer.close_code = 4014;
	test_run_until(&f->loop, f->peer.identifies == 1 && !f->peer.ws);
	f->peer.close_code = 0;
	f->peer.ready = "{'op':0,'s':1,'t':'READY','d':{'session_id':'abc','guilds':[],"
			"'application':{'id':'9','flags':32768}}}";
	test_run_until(&f->loop, f->peer.identifies == 2);
	assert_int_equal(f->peer.intents, INTENTS & ~(1 << 1 | 1 << 15));
	test_run_until(&f->loop, f->peer.identifies == 3);
	assert_int_equal(f->peer.intents, INTENTS & ~(1 << 15));
	test_run_until(&f->loop, is_ready(f));
	assert_int_equal(f->peer.resumes, 0);
}

/* As other servers have been seen to number. */
static void test_numbers(void **state)
{
	struct fixture *f = *state;
	f->peer.ready = "{'op':0,'s':0,'t':'READY','d':{'session_id':'abc','guilds':[{'id':'7'}]}}";
	test_run_until(&f->loop, is_ready(f));
	say(&f->peer, "{'op':0,'s':0,'t':'GUILD_DELETE','d':{'id':'7','unavailable':true}}");
	say(&f->peer, MESSAGE_DELETE("1", "20"));
	say(&f->peer, MESSAGE_DELETE("2", "21"));
	say(&f->peer, MESSAGE_DELETE("2", "21")); /* again */
	say(&f->peer, MESSAGE_DELETE("1", "20"));
	say(&f->peer, "{'op':0,'s':3,'t':'MESSAGE_DELETE','d':{'id':'no'}}");
	say(&f->peer, "{'op':0,'s':4,'t':'MESSAGE_DELETE','d':");
	say(&f->peer, "{'op':99}");
	say(&f->peer, MESSAGE_DELETE("4", "22"));
	test_run_until(&f->loop, stored_seq(f) == 4);
	assert_string_equal(story(f),
			    "shard_ready 0.0 restart, guild_unavailable 0.1, message_deleted 1.0,"
			    " message_deleted 2.0, message_deleted 4.0");
}

static void test_missing_number_is_asked_for(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	f->peer.resumed = NULL;
	say(&f->peer, MESSAGE_DELETE("4", "22"));
	test_run_until(&f->loop, f->peer.resumes == 1);
	assert_int_equal(f->peer.resume_seq, 2);
	say(&f->peer, MESSAGE_DELETE("3", "21"));
	say(&f->peer, MESSAGE_DELETE("4", "22"));
	say(&f->peer, "{'op':0,'s':5,'t':'RESUMED','d':{}}");
	test_run_until(&f->loop, stored_seq(f) == 5);
	assert_string_equal(
		story(f),
		"shard_ready 1.0 restart, message_deleted 2.0, shard_disconnected 2.1 gap,"
		" message_deleted 3.0, message_deleted 4.0, shard_resumed 5.0 gap");
}

/* A number that does not come is done without; a server that leaves out many is not asked for ever.
 */
static void test_gaps_that_stay(void **state)
{
	static const char *const after_gaps[] = {
		MESSAGE_DELETE("4", "22"),
		MESSAGE_DELETE("6", "23"),
		MESSAGE_DELETE("8", "24"),
	};
	struct fixture *f = *state;
	go_live(f);
	f->peer.resumed = NULL;
	for (unsigned i = 0; i < RA_COUNT(after_gaps); i++) {
		say(&f->peer, after_gaps[i]);
		test_run_until(&f->loop, f->peer.resumes == i + 1);
		say(&f->peer, after_gaps[i]);
		test_run_until(&f->loop, stored_seq(f) == 4 + 2 * i);
	}
	say(&f->peer, MESSAGE_DELETE("10", "25"));
	test_run_until(&f->loop, stored_seq(f) == 10);
	assert_int_equal(f->peer.resumes, 3);
}

/* Nobody can read it, but it is one frame only, and what is behind it still comes in full. */
static void test_malformed_payload(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	f->peer.resumed = NULL;
	say(&f->peer, "{'op':0,'s':3,'t':'MESSAGE_DELETE','d':{'id':");
	say(&f->peer, MESSAGE_DELETE("4", "22"));
	test_run_until(&f->loop, f->peer.resumes == 1);
	assert_int_equal(f->peer.resume_seq, 2);
	say(&f->peer, "{'op':0,'s':3,'t':'MESSAGE_DELETE','d':{'id':"); /* it is Discord's own */
	say(&f->peer, MESSAGE_DELETE("4", "22"));
	test_run_until(&f->loop, stored_seq(f) == 4);
	say(&f->peer, MESSAGE_DELETE("6", "24"));
	test_run_until(&f->loop, f->peer.resumes == 2); /* other gaps are still minded */
	say(&f->peer, MESSAGE_DELETE("5", "23"));
	say(&f->peer, MESSAGE_DELETE("6", "24"));
	test_run_until(&f->loop, stored_seq(f) == 6);
	assert_int_equal(f->peer.identifies, 1);
}

static void test_dispatch_before_ready(void **state)
{
	struct fixture *f = *state;
	f->peer.ready = MESSAGE_DELETE("0", "20");
	test_run_until(&f->loop, f->peer.identifies == 1);
	say(&f->peer, "{'op':0,'s':1,'t':'READY','d':{'session_id':'abc','guilds':[]}}");
	go_live(f);
	assert_string_equal(story(f), "shard_ready 1.0 restart, message_deleted 2.0");
}

/* Redis came back with less than we had sent: Discord has the rest, and tells it as later than
 * anything before. */
static void test_redis_turned_back(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	say(&f->peer, MESSAGE_DELETE("3", "21"));
	say(&f->peer, MESSAGE_DELETE("4", "22"));
	test_run_until(&f->loop, stored_seq(f) == 4);
	number(f, "HSET session:{1.0} seq 3 parts 1 alive_at 1790000000000");
	number(f, "CLIENT KILL TYPE normal SKIPME yes");
	test_run_until(&f->loop, f->peer.resumes == 1);
	assert_int_equal(f->peer.resume_seq, 3);
	test_run_until(&f->loop, stored_seq(f) == 100);
	assert_int_equal(at_of(f, RA_EV_shard_disconnected), 1790000000000);
	assert_int_equal(f->peer.identifies, 1);
}

/* Redis knows nothing any more, not even that the shard is ours: it is to be taken again. */
static void test_redis_emptied(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	test_redis_kill(&f->redis);
	test_redis_restart(&f->redis);
	redisFree(f->sync);
	f->sync = redisConnectUnix(f->redis.socket);
	test_run_until(&f->loop, !f->shard);
	start(f);
	test_run_until(&f->loop, f->peer.identifies == 2);
	test_run_until(&f->loop, is_ready(f));
	assert_int_equal(f->peer.resumes, 0);
}

/* Another process has taken it: this one ends by itself, tells nobody, and spares the session. */
static void test_taken_over(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	number(f, "HINCRBY session:{1.0} fence 1");
	say(&f->peer, MESSAGE_DELETE("3", "21"));
	test_run_until(&f->loop, !f->shard);
	test_run_until(&f->loop, !f->peer.ws);
	assert_int_equal(f->peer.closed_with, 4000);
	assert_string_equal(story(f), "shard_ready 1.0 restart, message_deleted 2.0");
	start(f);
	test_run_until(&f->loop, stored_seq(f) == 100);
	assert_int_equal(f->peer.resume_seq, 2);
	assert_int_equal(f->peer.identifies, 1);
}

static void check_retired(struct fixture *f)
{
	redisReply *last = redisCommand(f->sync, "XREVRANGE events:{1.0} + - COUNT 1");
	redisReply *retired = redisCommand(f->sync, "HGET session:{1.0} retired");
	assert_true(f->was_retired);
	assert_string_equal(retired->str, last->element[0]->element[0]->str);
	freeReplyObject(last);
	freeReplyObject(retired);
}

/* Its plan is given up: the stream ends with a word about it, the session with 1000. */
static void test_retired(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	shard_retire(f->shard);
	shard_retire(f->shard);
	test_run_until(&f->loop, !f->shard && !f->peer.ws);
	assert_int_equal(f->peer.closed_with, 1000);
	assert_string_equal(story(f), "shard_ready 1.0 restart, message_deleted 2.0, "
				      "shard_disconnected 2.1 resharded");
	check_retired(f);

	/* who took it meanwhile finds it done */
	start(f);
	shard_retire(f->shard);
	test_run_until(&f->loop, !f->shard);
	assert_int_equal(number(f, "XLEN events:{1.0}"), 3);
	check_retired(f);

	/* such a plan may come back one day */
	start(f);
	test_run_until(&f->loop, f->peer.identifies == 2);
	test_run_until(&f->loop, is_ready(f));
	assert_int_equal(f->peer.resumes, 0);
	assert_int_equal(number(f, "HEXISTS session:{1.0} retired"), 0);
}

/* Whose holder died before it could end its stream: another does, without a connection. */
static void test_retired_by_another(void **state)
{
	struct fixture *f = *state;
	go_live(f);
	shard_stop(f->shard);
	test_run_until(&f->loop, !f->shard);
	assert_false(f->was_retired);
	start(f);
	shard_retire(f->shard);
	test_run_until(&f->loop, !f->shard);
	assert_int_equal(f->peer.connections, 1);
	assert_string_equal(story(f), "shard_ready 1.0 restart, message_deleted 2.0, "
				      "shard_disconnected 2.1 stopped, "
				      "shard_disconnected 2.2 resharded");
	check_retired(f);
	start(f);
}

static void test_too_many_guilds(void **state)
{
	struct fixture *f = *state;
	f->peer.close_code = 4011;
	assert_false(shard_is_crowded(f->shard));
	test_run_until(&f->loop, shard_is_crowded(f->shard));
}

static void test_frame_clock(void **state)
{
	struct fixture *f = *state;
	f->conf.event_clock = "frame";
	f->peer.ready =
		"{'op':0,'s':1,'t':'READY','d':{'session_id':'abc','guilds':[]},'sent_at_ms':1000}";
	test_run_until(&f->loop, is_ready(f));
	say(&f->peer, "{'op':0,'s':2,'t':'MESSAGE_DELETE','d':{'id':'20','channel_id':'10','guild_"
		      "id':'7'},'sent_at_ms':2000}");
	test_run_until(&f->loop, stored_seq(f) == 2);
	assert_int_equal(number(f, "HGET session:{1.0} alive_at"), 2000);
	assert_int_equal(at_of(f, RA_EV_message_deleted), 2000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_identify),
		TEST(test_heartbeats_tell_the_number),
		TEST(test_asked_for_heartbeat),
		TEST(test_send_limit),
		TEST(test_reconnect_requested),
		TEST(test_connection_lost),
		TEST(test_closed_by_discord),
		TEST(test_zombie),
		TEST(test_broken_stream),
		TEST(test_session_has_its_own_address),
		TEST(test_dead_session_address),
		TEST(test_dead_session_address_after_restart),
		TEST(test_upgrade_refused),
		TEST(test_restart_resumes),
		TEST(test_other_intents_are_wanted),
		TEST(test_restart_of_a_degraded_session),
		TEST(test_invalid_session),
		TEST(test_invalid_but_resumable),
		TEST(test_hopeless_resume),
		TEST(test_halting_replay),
		TEST(test_rejected_token),
		TEST(test_rejected_token_over_rest),
		TEST(test_told_to_slow_down),
		TEST(test_no_session_left),
		TEST(test_disallowed_intents),
		TEST(test_numbers),
		TEST(test_missing_number_is_asked_for),
		TEST(test_gaps_that_stay),
		TEST(test_malformed_payload),
		TEST(test_dispatch_before_ready),
		TEST(test_redis_turned_back),
		TEST(test_redis_emptied),
		TEST(test_taken_over),
		TEST(test_retired),
		TEST(test_retired_by_another),
		TEST(test_too_many_guilds),
		TEST(test_frame_clock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
