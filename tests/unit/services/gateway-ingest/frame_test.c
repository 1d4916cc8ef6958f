/* frame: envelopes in every order of keys, and what we say ourselves. */
#include "services/gateway-ingest/frame.h"
#include "tests/harness/cmocka.h"

static void test_dispatch_in_any_order(void **state)
{
	(void)state;
	static const char *const frames[] = {
		"{\"t\":\"T\",\"s\":42,\"op\":0,\"d\":{\"a\":[1,\"}\"]},\"sent_at_ms\":"
		"1795224004741}",
		"{\"sent_at_ms\":1795224004741,\"d\":{\"a\":[1,\"}\"]},\"op\":0,\"s\":42,\"t\":"
		"\"T\",\"x\":{}}",
		" { \"op\" : 0 , \"d\" : {\"a\":[1,\"}\"]} , \"s\" : 42 , \"t\" : \"T\" , "
		"\"sent_at_ms\":1795224004741 } ",
	};
	for (size_t i = 0; i < RA_COUNT(frames); i++) {
		struct frame f;
		assert_int_equal(frame_parse(ra_str_of(frames[i]), &f), 0);
		assert_int_equal(f.op, OP_DISPATCH);
		assert_true(f.has_seq);
		assert_int_equal(f.seq, 42);
		assert_int_equal(f.sent_at, 1795224004741);
		assert_true(ra_str_is(f.type, "T"));
		assert_true(ra_str_is(f.d, "{\"a\":[1,\"}\"]}"));
	}
}

static void test_without_number(void **state)
{
	(void)state;
	struct frame f;
	assert_int_equal(frame_parse(RA_STR("{\"op\":11}"), &f), 0);
	assert_int_equal(f.op, OP_HEARTBEAT_ACK);
	assert_false(f.has_seq);
	assert_int_equal(frame_parse(RA_STR("{\"op\":7,\"d\":null,\"s\":null,\"t\":null}"), &f), 0);
	assert_false(f.has_seq);
	assert_int_equal(f.type.len, 0);
	assert_int_equal(frame_parse(RA_STR("{\"op\":0,\"t\":\"READY\",\"s\":0,\"d\":{}}"), &f), 0);
	assert_true(f.has_seq); /* 0 is a number to some */
	assert_int_equal(f.seq, 0);
}

static void test_garbage(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "[]", "{}", "{\"op\":0,\"d\":{", "{\"s\":1}", "\"op\"", "{\"op\":0,\"d\":}"
	};
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		struct frame f;
		assert_int_equal(frame_parse(ra_str_of(bad[i]), &f), RA_EPROTO);
	}
}

static void test_heartbeat_interval(void **state)
{
	(void)state;
	assert_int_equal(
		frame_heartbeat_interval(RA_STR("{\"_trace\":[],\"heartbeat_interval\":41250}")),
		41250);
	assert_int_equal(frame_heartbeat_interval(RA_STR("{}")), 0);
	assert_int_equal(frame_heartbeat_interval(RA_STR("null")), 0);
}

static void test_what_we_say(void **state)
{
	(void)state;
	struct ra_buf out = { 0 };
	frame_add_heartbeat(&out, false, 0);
	frame_add_heartbeat(&out, true, 0);
	frame_add_heartbeat(&out, true, 251);
	assert_string_equal(ra_buf_text(&out),
			    "{\"op\":1,\"d\":null}{\"op\":1,\"d\":0}{\"op\":1,\"d\":251}");
	ra_buf_clear(&out);
	frame_add_resume(&out, "to\"ken", "abc", 1337);
	assert_string_equal(
		ra_buf_text(&out),
		"{\"op\":6,\"d\":{\"token\":\"to\\\"ken\",\"session_id\":\"abc\",\"seq\":1337}}");
	ra_buf_clear(&out);
	frame_add_identify(&out, &(struct identify){ "t", 100039, 1, 4, NULL });
	assert_string_equal(ra_buf_text(&out), "{\"op\":2,\"d\":{\"token\":\"t\",\"intents\":"
					       "100039,\"shard\":[1,4],\"large_threshold\":250,"
					       "\"properties\":{\"os\":\"linux\",\"browser\":"
					       "\"rations\",\"device\":\"rations\"}}}");
	ra_buf_clear(&out);
	frame_add_presence(&out, "2 servers | /analytics");
	assert_string_equal(ra_buf_text(&out),
			    "{\"op\":3,\"d\":{\"since\":null,\"activities\":[{\"name\":"
			    "\"2 servers | /analytics\",\"type\":3}],\"status\":\"online\",\"afk\":"
			    "false}}");
	ra_buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dispatch_in_any_order),
		cmocka_unit_test(test_without_number),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_heartbeat_interval),
		cmocka_unit_test(test_what_we_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
