/* shard: what it says to Discord when, and how it comes back from every ending of a connection. */
#include "tests/unit/services/gateway-ingest/shard_fixture.h"

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

static void test_too_many_guilds(void **state)
{
	struct fixture *f = *state;
	f->peer.close_code = 4011;
	assert_false(shard_is_crowded(f->shard));
	test_run_until(&f->loop, shard_is_crowded(f->shard));
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
		TEST(test_too_many_guilds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
