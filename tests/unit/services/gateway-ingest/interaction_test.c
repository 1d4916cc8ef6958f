/* interaction: what is handed to whoever answers, from what Discord sends. */
#include "services/gateway-ingest/interaction.h"
#include "libshared/redis/redis.h"
#include "tests/harness/cmocka.h"

#define HEAD                                                                                       \
	"{\"id\":\"9\",\"token\":\"t\",\"application_id\":\"3\",\"guild_id\":\"1\",\"channel_"     \
	"id\":\"12\","
#define WHO "\"member\":{\"user\":{\"id\":\"5\"},\"roles\":[\"7\"],\"permissions\":\"32\"},"

static struct texts texts;

static struct ra_interaction read_it(const char *json)
{
	struct ra_interaction it;
	assert_int_equal(interaction_read(&it, ra_str_of(json), 1, &texts), 0);
	return it;
}

/* It arrives as it was sent. */
static void test_codec(void **state)
{
	struct ra_interaction sent, got;
	struct ra_buf words = { 0 };
	struct ra_str list[64];
	size_t count = 0;
	(void)state;
	sent = read_it(HEAD WHO
		       "\"type\":2,\"channel\":{\"id\":\"12\",\"type\":11,\"parent_id\":\"10\"},"
		       "\"data\":{\"name\":\"Mark as "
		       "request\",\"type\":3,\"target_id\":\"77\",\"resolved\":{"
		       "\"messages\":{\"77\":{\"id\":\"77\",\"content\":\"a "
		       "\\\"b\\\"\",\"author\":{\"id\":\"6\"}}}}}}");
	size_t total = ra_interaction_encode(&sent, &words);
	for (char *at = words.ptr; at < words.ptr + words.len && count < 64; count++) {
		size_t len = strtoul(at + 1, &at, 10);
		list[count] = (struct ra_str){ at + 2, len };
		at += 2 + len + 2;
	}
	assert_int_equal(count, total);
	assert_int_equal(ra_interaction_decode(&got, list, count), 0);
	assert_int_equal(got.command_kind, 3);
	assert_int_equal(got.target, 77);
	assert_int_equal(got.target_author, 6);
	assert_int_equal(got.parent, 10);
	assert_int_equal(got.user, 5);
	assert_true(ra_str_is(got.target_text, "a \"b\""));
	assert_true(ra_str_is(got.name, "Mark as request"));
	ra_buf_fini(&words);
}

static void test_button(void **state)
{
	(void)state;
	struct ra_interaction it = read_it(
		HEAD WHO "\"type\":3,\"channel\":{\"id\":\"12\",\"type\":0,\"parent_id\":\"10\"},"
			 "\"data\":{\"custom_id\":\"desk:claim:77\",\"component_type\":2}}");
	assert_int_equal(it.kind, RA_INTERACTION_BUTTON);
	assert_true(ra_str_is(it.name, "desk:claim:77"));
	assert_int_equal(it.parent, 0); /* a channel's parent is a category */
	assert_int_equal(it.target_author, 0);
}

/* What bots and webhooks wrote is nobody's; what is no message is none. */
static void test_targets(void **state)
{
	static const char *const messages[] = {
		"{\"77\":{\"author\":{\"id\":\"6\",\"bot\":true}}}",
		"{\"77\":{\"author\":{\"id\":\"6\"},\"webhook_id\":\"8\"}}",
		"{}",
		"[]",
		"null",
		"{\"77\":[]}",
	};
	(void)state;
	for (size_t i = 0; i < RA_COUNT(messages); i++) {
		char *json =
			ra_format(HEAD WHO "\"type\":2,\"data\":{\"name\":\"m\",\"type\":3,"
					   "\"target_id\":\"77\",\"resolved\":{\"messages\":%s}}}",
				  messages[i]);
		assert_int_equal(read_it(json).target_author, 0);
		ra_free(json);
	}
}

static int clean(void **state)
{
	(void)state;
	texts_fini(&texts);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codec),
		cmocka_unit_test(test_button),
		cmocka_unit_test(test_targets),
	};
	return cmocka_run_group_tests(tests, NULL, clean);
}
