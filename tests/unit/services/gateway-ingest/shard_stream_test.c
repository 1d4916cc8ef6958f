/* shard: what stands in the stream in the end, whatever Discord numbers, Redis loses, or another
 * process takes. */
#include "tests/unit/services/gateway-ingest/shard_fixture.h"

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
	/* what was left out happened after 2000, and is told after that */
	say(&f->peer, "{'op':0,'s':4,'t':'MESSAGE_DELETE','d':{'id':'22','channel_id':'10','guild_"
		      "id':'7'},'sent_at_ms':9000}");
	test_run_until(&f->loop, stored_seq(f) == 100);
	assert_int_equal(at_of(f, RA_EV_shard_disconnected), 2000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
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
		TEST(test_frame_clock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
