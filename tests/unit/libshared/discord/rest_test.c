/* rest: a call's way through queue, limits and failures, against a scripted server. */
#include "tests/unit/libshared/discord/fixture.h"

#define MESSAGES "GET /channels/{channel.id}/messages"
#define ME       "GET /users/@me"

static void test_call_and_answer(void **state)
{
	(void)state;
	fixture_open(SAYS(200, "{\"id\":\"1\"}"));
	struct outcome o = ask((struct ra_rest_call){
		.route = MESSAGES, .ids = { 1100000000000000001 }, .query = "limit=100&before=5" });
	assert_int_equal(o.status, 0);
	assert_int_equal(o.http_status, 200);
	assert_string_equal(o.body, "{\"id\":\"1\"}");
	assert_string_equal(o.why, "");
	assert_string_equal(fx.requests[0].method, "GET");
	assert_string_equal(fx.requests[0].path, "/api/channels/1100000000000000001/messages");
	assert_string_equal(fx.requests[0].authorization, "Bot t0ken");
	assert_string_equal(fx.requests[0].type, "");
	assert_int_equal(strncmp(fx.requests[0].agent, "DiscordBot (", 12), 0);
	o = ask((struct ra_rest_call){ .route = "POST /channels/{channel.id}/messages",
				       .ids = { 5 },
				       .body = RA_STR("{\"content\":\"a\"}"),
				       .authorization = "Bearer b" });
	assert_int_equal(o.status, 0);
	assert_string_equal(fx.requests[1].body, "{\"content\":\"a\"}");
	assert_string_equal(fx.requests[1].type, "application/json");
	assert_string_equal(fx.requests[1].authorization, "Bearer b");
	fixture_close();
}

static void test_errors_have_types(void **state)
{
	(void)state;
	fixture_open(SAYS(403, "{\"message\":\"Missing Access\",\"code\":50001}"),
		     SAYS(404, "{\"message\":\"Unknown Channel\",\"code\":10003}"),
		     SAYS(400, "{\"code\":50035}"), SAYS(204, ""), SAYS(418, ""));
	const struct ra_rest_call call = { .route = MESSAGES, .ids = { 1 } };
	struct outcome o = ask(call);
	assert_int_equal(o.status, RA_EFORBIDDEN);
	assert_int_equal(o.code, 50001);
	o = ask(call);
	assert_int_equal(o.status, RA_ENOTFOUND);
	assert_int_equal(o.code, 10003);
	o = ask(call);
	assert_int_equal(o.status, RA_EINVAL);
	assert_int_equal(o.code, 50035);
	assert_int_equal(ask(call).status, 0);
	assert_int_equal(ask(call).status, RA_EINVAL);
	assert_int_equal(fx.request_count, 5);
	fixture_close();
}

static void test_failures_are_tried_again_when_harmless(void **state)
{
	(void)state;
	fixture_open(SAYS(502, "<html>"), SAYS(200, "got"), SAYS(502, ""), SAYS(502, ""),
		     SAYS(200, "post"));
	struct outcome o = ask((struct ra_rest_call){ .route = ME });
	assert_int_equal(o.status, 0);
	assert_string_equal(o.body, "got");
	o = ask((struct ra_rest_call){ .route = "POST /channels/{channel.id}/messages" });
	assert_int_equal(o.status, RA_EHTTP);
	assert_int_equal(o.http_status, 502);
	o = ask((struct ra_rest_call){ .route = "POST /channels/{channel.id}/messages",
				       .is_repeatable = true });
	assert_int_equal(o.status, 0);
	assert_string_equal(o.body, "post");
	assert_int_equal(fx.request_count, 5);
	fixture_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call_and_answer),
		cmocka_unit_test(test_errors_have_types),
		cmocka_unit_test(test_failures_are_tried_again_when_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
