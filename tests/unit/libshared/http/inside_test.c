/* inside: a handler answers a part of the same program as it answers the world. */
#include "tests/unit/libshared/http/fixture.h"

struct heard {
	int calls, status;
	json_t *body; /* owned */
};

static void on_answer(void *ctx, int status, const json_t *body)
{
	struct heard *heard = ctx;
	heard->calls++;
	heard->status = status;
	heard->body = json_deep_copy(body);
}

static void echo(struct ra_http_request *req)
{
	ra_http_reply_json(req, 200,
			   json_pack("{s:s, s:s%, s:b}", "a", ra_http_query(req, "a"), "name",
				     ra_http_param(req, "name").ptr, ra_http_param(req, "name").len,
				     "is_gone", ra_http_is_gone(req)));
}

static void test_answers_json(void **state)
{
	struct heard heard = { 0 };
	(void)state;
	echo(ra_http_inside(NULL, RA_STR("a=1%202&b=3"), on_answer, &heard));
	assert_int_equal(heard.calls, 1);
	assert_int_equal(heard.status, 200);
	assert_string_equal(json_string_value(json_object_get(heard.body, "a")), "1 2");
	assert_false(json_is_true(json_object_get(heard.body, "is_gone")));
	json_decref(heard.body);
}

static void test_problems_and_texts(void **state)
{
	struct heard heard = { 0 };
	(void)state;
	ra_http_problem(ra_http_inside(NULL, RA_STR(""), on_answer, &heard), 404, "guild", "No",
			"");
	assert_int_equal(heard.status, 404);
	assert_string_equal(json_string_value(json_object_get(heard.body, "title")), "No");
	json_decref(heard.body);
	ra_http_reply(ra_http_inside(NULL, RA_STR(""), on_answer, &heard), 200, "text/plain",
		      RA_STR("x"));
	assert_int_equal(heard.status, 501);
	assert_null(heard.body);
	assert_null(ra_http_stream_start(ra_http_inside(NULL, RA_STR(""), on_answer, &heard), NULL,
					 NULL));
	assert_int_equal(heard.calls, 3);
}

/* The request it was made like may be long gone. */
static void on_outer(struct ra_http_request *req, void *ctx)
{
	struct ra_http_request *inside = ra_http_inside(req, RA_STR("a=inner"), on_answer, ctx);
	ra_http_reply(req, 200, NULL, RA_STR("outer"));
	echo(inside);
}

static void test_like_another(void **state)
{
	struct heard heard = { 0 };
	(void)state;
	fixture_open(NULL);
	ra_http_route(fx.server, "GET", "/of/{name}", on_outer, &heard);
	expect(get("/of/ann?a=outer"), 200, "outer");
	assert_string_equal(json_string_value(json_object_get(heard.body, "a")), "inner");
	assert_string_equal(json_string_value(json_object_get(heard.body, "name")), "ann");
	json_decref(heard.body);
	fixture_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_json),
		cmocka_unit_test(test_problems_and_texts),
		cmocka_unit_test(test_like_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
