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

#define BUCKET(left, after)                                                                        \
	"x-ratelimit-bucket", "b1", "x-ratelimit-limit", "2", "x-ratelimit-remaining", left,       \
		"x-ratelimit-reset", "1795256130.5", "x-ratelimit-reset-after", after
#define LIMITED(retry) "{\"message\":\"You are being rate limited.\",\"retry_after\":" retry "}"

static const struct ra_rest_call me = { .route = ME };

static void test_an_empty_bucket_is_waited_for(void **state)
{
	(void)state;
	fixture_open(SAYS_WITH(200, "a", BUCKET("0", "0.2")), SAYS(200, "b"));
	assert_int_equal(ask(me).status, 0);
	assert_string_equal(ask(me).body, "b");
	assert_true(fx.requests[1].at_ms >= fx.requests[0].at_ms + 200);
	fixture_close();
}

/* Two routes that were told the same bucket wait for each other; another channel does not. */
static void test_routes_share_a_bucket(void **state)
{
	struct outcome other, same;
	(void)state;
	fixture_open(SAYS_WITH(200, "get", BUCKET("1", "60")),
		     SAYS_WITH(200, "put", BUCKET("0", "60")),
		     SAYS_WITH(200, "other", BUCKET("1", "60")));
	ask((struct ra_rest_call){ .route = "GET /channels/{channel.id}/pins", .ids = { 1 } });
	ask((struct ra_rest_call){ .route = "DELETE /channels/{channel.id}/pins", .ids = { 1 } });
	begin(&same, (struct ra_rest_call){ .route = "GET /channels/{channel.id}/pins",
					    .ids = { 1 },
					    .deadline_ms = 30000 });
	begin(&other,
	      (struct ra_rest_call){ .route = "GET /channels/{channel.id}/pins", .ids = { 2 } });
	test_run_until(&fx.loop, other.count && same.count);
	assert_int_equal(other.status, 0);
	assert_int_equal(same.status, RA_ETIMEOUT);
	assert_in_range(same.retry_after_ms, 30000, 61000);
	assert_int_equal(fx.request_count, 3);
	fixture_close();
}

static void test_429_is_waited_out(void **state)
{
	(void)state;
	fixture_open(SAYS_WITH(429, LIMITED("0.15"), "via", "test", "retry-after", "1"),
		     SAYS(200, "done"));
	/* even what must not be done twice: it was not done */
	struct outcome o = ask((struct ra_rest_call){ .route = "POST /users/@me/channels" });
	assert_int_equal(o.status, 0);
	assert_string_equal(o.body, "done");
	assert_int_equal(fx.request_count, 2);
	assert_true(fx.requests[1].at_ms >= fx.requests[0].at_ms + 150);
	fixture_close();
}

/* A limit below the bucket's own stops one kind of request about one channel, and nothing else. */
static void test_a_sublimit_parks_its_kind(void **state)
{
	(void)state;
	fixture_open(SAYS_WITH(429, LIMITED("600"), "via", "test", "x-ratelimit-scope", "user",
			       BUCKET("1", "15")),
		     SAYS(200, ""));
	const char *name = "PATCH /channels/{channel.id}#name";
	struct outcome o = ask((struct ra_rest_call){ .route = name, .ids = { 1 } });
	assert_int_equal(o.status, RA_ETIMEOUT);
	assert_int_equal(o.http_status, 429);
	assert_int_equal(o.retry_after_ms, 600000);
	o = ask((struct ra_rest_call){ .route = name, .ids = { 1 } });
	assert_int_equal(o.status, RA_ETIMEOUT);
	assert_int_equal(o.http_status, 0); /* known before */
	assert_int_equal(fx.request_count, 1);
	assert_int_equal(ask((struct ra_rest_call){ .route = name, .ids = { 2 } }).status, 0);
	o = ask((struct ra_rest_call){ .route = "PATCH /channels/{channel.id}", .ids = { 1 } });
	assert_int_equal(o.status, 0);
	fixture_close();
}

static void test_a_global_limit_stops_everything_of_the_bot(void **state)
{
	(void)state;
	fixture_open(SAYS_WITH(429, LIMITED("600"), "via", "test", "x-ratelimit-scope", "global"),
		     SAYS(200, "hers"));
	assert_int_equal(ask(me).status, RA_ETIMEOUT);
	struct outcome o = ask((struct ra_rest_call){ .route = MESSAGES, .ids = { 1 } });
	assert_int_equal(o.status, RA_ETIMEOUT);
	assert_in_range(o.retry_after_ms, 590000, 601000);
	assert_int_equal(fx.request_count, 1);
	o = ask((struct ra_rest_call){ .route = ME, .authorization = "Bearer hers" });
	assert_string_equal(o.body, "hers");
	fixture_close();
}

static void test_a_ban_stops_everything(void **state)
{
	(void)state;
	fixture_open(SAYS(429, "error code: 1015"), SAYS(200, ""));
	struct outcome o = ask(me);
	assert_int_equal(o.status, RA_EHTTP);
	assert_int_equal(o.retry_after_ms, 600000);
	o = ask((struct ra_rest_call){ .route = ME, .authorization = "Bearer hers" });
	assert_int_equal(o.status, RA_EHTTP);
	assert_string_equal(o.why, "Discord blocks our address");
	assert_in_range(o.retry_after_ms, 590000, 601000);
	assert_int_equal(fx.request_count, 1);
	fixture_close();
}

static void test_a_dead_token_is_left_alone(void **state)
{
	(void)state;
	fixture_open(SAYS(401, "{}"), SAYS(401, "{}"), SAYS(200, "well"));
	const struct ra_rest_call hers = { .route = ME, .authorization = "Bearer hers" };
	assert_int_equal(ask(hers).status, RA_EDENIED); /* hers, not the bot's */
	struct outcome o = ask(me);
	assert_int_equal(o.status, RA_EDENIED);
	assert_int_equal(o.http_status, 401);
	for (int i = 0; i < 5; i++) {
		o = ask((struct ra_rest_call){ .route = MESSAGES, .ids = { 1 } });
		assert_int_equal(o.status, RA_EDENIED);
		assert_int_equal(o.http_status, 0);
	}
	assert_int_equal(fx.request_count, 2);
	assert_string_equal(ask(hers).body, "well");
	fixture_close();
}

/* Refusals are counted; background work stops first. */
static void test_refusals_are_few(void **state)
{
	unsigned sent = 0;
	struct outcome o = { 0 };
	struct ra_rest_call call = { .route = MESSAGES, .priority = RA_REST_BACKGROUND };
	(void)state;
	fixture_open(SAYS_WITH(403, "{\"code\":50001}", "via", "test"));
	for (; sent < 2000 && o.status != RA_EHTTP; sent++) {
		call.ids[0] = sent;
		o = ask(call);
	}
	assert_int_equal(fx.request_count, 500);
	call.priority = RA_REST_LIVE;
	for (; sent < 2000 && (o = ask(call)).status != RA_EHTTP; sent++)
		call.ids[0] = sent;
	assert_int_equal(fx.request_count, 1000);
	assert_string_equal(o.why, "too many refused requests: stopped before Discord bans us");
	fixture_close();
}

static void test_a_dead_webhook_is_asked_once(void **state)
{
	const struct ra_rest_call call = { .route = "POST /webhooks/{webhook.id}/{webhook.token}",
					   .ids = { 9 },
					   .texts = { "secret" } };
	(void)state;
	fixture_open(SAYS(404, "{\"message\":\"Unknown Webhook\",\"code\":10015}"));
	assert_int_equal(ask(call).code, 10015);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask(call).status, RA_ENOTFOUND);
	assert_int_equal(fx.request_count, 1);
	fixture_close();
}

static void test_a_lost_connection_is_tried_again(void **state)
{
	(void)state;
	fixture_open({ .is_cut = true }, SAYS(200, "ok"), { .is_cut = true }, SAYS(200, "twice"));
	assert_string_equal(ask(me).body, "ok");
	struct outcome o = ask((struct ra_rest_call){ .route = "POST /users/@me/channels" });
	assert_int_equal(o.status, RA_EHTTP);
	assert_int_equal(o.http_status, 0);
	assert_null(strstr(o.why, "t0ken"));
	assert_int_equal(fx.request_count, 3);
	fixture_close();
}

static void test_failing_ends(void **state)
{
	(void)state;
	fixture_open(SAYS(503, ""));
	struct outcome o = ask(me);
	assert_int_equal(o.status, RA_EHTTP);
	assert_int_equal(o.http_status, 503);
	assert_int_equal(fx.request_count, 4);
	o = ask((struct ra_rest_call){ .route = ME, .patience_ms = 1 });
	assert_int_equal(o.status, RA_EHTTP);
	assert_int_equal(fx.request_count, 5);
	fixture_close();
}

static void test_a_deadline_ends_waiting_for_an_answer(void **state)
{
	(void)state;
	fixture_open({ .status = 200, .is_held = true });
	struct outcome o = ask((struct ra_rest_call){ .route = ME, .deadline_ms = 150 });
	assert_int_equal(o.status, RA_ETIMEOUT);
	fixture_close();
}

static void test_too_large(void **state)
{
	(void)state;
	fixture_open(SAYS(200, "0123456789"));
	assert_int_equal(ask((struct ra_rest_call){ .route = ME, .max_body = 9 }).status,
			 RA_ETOOBIG);
	assert_int_equal(ask((struct ra_rest_call){ .route = ME, .max_body = 10 }).status, 0);
	fixture_close();
}

/* One lane whose bucket is not known yet, so one call at a time: the urgent first, whenever they
 * came. */
static void test_people_come_first(void **state)
{
	struct outcome o[6];
	static const enum ra_rest_priority p[] = { RA_REST_BACKGROUND, RA_REST_BACKGROUND,
						   RA_REST_LIVE,       RA_REST_BACKGROUND,
						   RA_REST_PEOPLE,     RA_REST_PEOPLE };
	static const unsigned order[] = { 0, 4, 3, 5, 1, 2 };
	(void)state;
	fixture_open({ .status = 500, .is_held = true });
	outcomes = 0;
	/* a 5xx teaches nothing of buckets, and a POST is not repeated */
	const char *route = "POST /channels/{channel.id}/messages";
	begin(&o[0], (struct ra_rest_call){ .route = route, .ids = { 1 }, .priority = p[0] });
	test_run_until(&fx.loop, fx.held_count == 1);
	for (size_t i = 1; i < RA_COUNT(o); i++)
		begin(&o[i],
		      (struct ra_rest_call){ .route = route, .ids = { 1 }, .priority = p[i] });
	for (size_t i = 0; i < RA_COUNT(o); i++) {
		test_run_until(&fx.loop, fx.held_count == 1);
		assert_int_equal(fx.request_count, i + 1);
		fixture_release();
		test_run_until(&fx.loop, outcomes == i + 1);
	}
	for (size_t i = 0; i < RA_COUNT(o); i++)
		assert_int_equal(o[i].order, order[i]);
	fixture_close();
}

static void test_the_queue_is_bounded(void **state)
{
	static struct outcome o[2100];
	unsigned busy = 0, stopped = 0;
	(void)state;
	fixture_open({ .status = 200, .is_held = true });
	for (size_t i = 0; i < RA_COUNT(o); i++)
		begin(&o[i], (struct ra_rest_call){ .route = ME });
	test_run_until(&fx.loop, o[RA_COUNT(o) - 1].count == 1);
	ra_rest_close(fx.rest, set_flag, &fx.is_rest_closed);
	fx.rest = NULL;
	test_run_until(&fx.loop, fx.is_rest_closed);
	for (size_t i = 0; i < RA_COUNT(o); i++) {
		assert_int_equal(o[i].count, 1);
		busy += o[i].status == RA_EBUSY;
		stopped += o[i].status == RA_ESTOPPED;
	}
	assert_int_equal(busy, 100);
	assert_int_equal(stopped, 2000);
	fixture_close();
}

/* In the air, waiting, and asked for while it closes. */
static void test_closing_ends_all_calls_once(void **state)
{
	struct outcome flying, waiting, late;
	(void)state;
	fixture_open({ .status = 200, .is_held = true });
	begin(&flying, me);
	test_run_until(&fx.loop, fx.held_count == 1);
	begin(&waiting, me);
	ra_rest_close(fx.rest, set_flag, &fx.is_rest_closed);
	begin(&late, me);
	fx.rest = NULL;
	test_run_until(&fx.loop, fx.is_rest_closed);
	const struct outcome *all[] = { &flying, &waiting, &late };
	for (size_t i = 0; i < RA_COUNT(all); i++) {
		assert_int_equal(all[i]->count, 1);
		assert_int_equal(all[i]->status, RA_ESTOPPED);
	}
	fixture_close();
}

static void test_a_bad_call_is_not_sent(void **state)
{
	(void)state;
	fixture_open(SAYS(200, ""));
	struct outcome o = ask((struct ra_rest_call){
		.route = "GET /channels/{channel.id}/messages/{message.id}/reactions/{emoji}",
		.texts = { ".." } });
	assert_int_equal(o.status, RA_EINVAL);
	assert_int_equal(fx.request_count, 0);
	fixture_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call_and_answer),
		cmocka_unit_test(test_errors_have_types),
		cmocka_unit_test(test_failures_are_tried_again_when_harmless),
		cmocka_unit_test(test_an_empty_bucket_is_waited_for),
		cmocka_unit_test(test_routes_share_a_bucket),
		cmocka_unit_test(test_429_is_waited_out),
		cmocka_unit_test(test_a_sublimit_parks_its_kind),
		cmocka_unit_test(test_a_global_limit_stops_everything_of_the_bot),
		cmocka_unit_test(test_a_ban_stops_everything),
		cmocka_unit_test(test_a_dead_token_is_left_alone),
		cmocka_unit_test(test_refusals_are_few),
		cmocka_unit_test(test_a_dead_webhook_is_asked_once),
		cmocka_unit_test(test_a_lost_connection_is_tried_again),
		cmocka_unit_test(test_failing_ends),
		cmocka_unit_test(test_a_deadline_ends_waiting_for_an_answer),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_people_come_first),
		cmocka_unit_test(test_the_queue_is_bounded),
		cmocka_unit_test(test_closing_ends_all_calls_once),
		cmocka_unit_test(test_a_bad_call_is_not_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
