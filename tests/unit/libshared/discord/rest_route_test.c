/* rest_route: paths that can not be led astray, and majors that give nothing away. */
#include "libshared/discord/rest_route.h"
#include "tests/harness/cmocka.h"

static void expect(struct ra_rest_call call, const char *path, const char *major)
{
	struct ra_buf out = { 0 }, whose = { 0 };
	assert_int_equal(rest_route_path(&call, &out), 0);
	assert_string_equal(ra_buf_text(&out), path);
	rest_route_major(&call, &whose);
	assert_string_equal(ra_buf_text(&whose), major);
	ra_buf_fini(&whose);
	ra_buf_fini(&out);
}

static void test_paths(void **state)
{
	(void)state;
	expect((struct ra_rest_call){ .route = "GET /gateway/bot" }, "/gateway/bot", "");
	expect((struct ra_rest_call){ .route = "GET /channels/{channel.id}/messages/{message.id}",
				      .ids = { UINT64_MAX, 2 } },
	       "/channels/18446744073709551615/messages/2", "18446744073709551615");
	expect((struct ra_rest_call){ .route = "PATCH /channels/{channel.id}#name", .ids = { 3 } },
	       "/channels/3", "3");
	expect((struct ra_rest_call){ .route = "GET /guilds/{guild.id}/members",
				      .ids = { 4 },
				      .query = "limit=1000&after=5" },
	       "/guilds/4/members?limit=1000&after=5", "4");
	/* a user is no major parameter; nor is a guild further down */
	expect((struct ra_rest_call){ .route = "GET /users/{user.id}", .ids = { 5 } }, "/users/5",
	       "");
	expect(
		(struct ra_rest_call){
			.route = "GET /applications/{application.id}/guilds/{guild.id}/commands",
			.ids = { 6, 7 } },
		"/applications/6/guilds/7/commands", "");
}

static void test_texts_stay_in_their_segment(void **state)
{
	struct ra_buf out = { 0 };
	struct ra_rest_call call = {
		.route = "GET /channels/{channel.id}/messages/{message.id}/reactions/{emoji}",
		.ids = { 1, 2 },
		.texts = { "../a?b#c/d e" },
	};
	(void)state;
	expect(call, "/channels/1/messages/2/reactions/..%2Fa%3Fb%23c%2Fd%20e", "1");
	call.texts[0] = "name:42";
	expect(call, "/channels/1/messages/2/reactions/name%3A42", "1");
	call.texts[0] = "\xf0\x9f\x8e\x89";
	expect(call, "/channels/1/messages/2/reactions/%F0%9F%8E%89", "1");
	static const char *const bad[] = { NULL, "", ".", ".." };
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		call.texts[0] = bad[i];
		assert_int_equal(rest_route_path(&call, &out), RA_EINVAL);
	}
	ra_buf_fini(&out);
}

static void test_tokens_are_hashed(void **state)
{
	struct ra_buf one = { 0 }, other = { 0 };
	struct ra_rest_call call = { .route = "POST /webhooks/{webhook.id}/{webhook.token}",
				     .ids = { 9 },
				     .texts = { "secret" } };
	(void)state;
	rest_route_major(&call, &one);
	assert_null(strstr(ra_buf_text(&one), "secret"));
	assert_int_equal(strncmp(ra_buf_text(&one), "9+", 2), 0);
	call.texts[0] = "another";
	rest_route_major(&call, &other);
	assert_string_not_equal(ra_buf_text(&one), ra_buf_text(&other));
	ra_buf_fini(&one);
	ra_buf_fini(&other);
}

static void test_method(void **state)
{
	char method[8];
	(void)state;
	rest_route_method("DELETE /x", method);
	assert_string_equal(method, "DELETE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_texts_stay_in_their_segment),
		cmocka_unit_test(test_tokens_are_hashed),
		cmocka_unit_test(test_method),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
