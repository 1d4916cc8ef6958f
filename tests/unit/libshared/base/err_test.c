/* err: every code has a text, ours, libuv's and the unknown. */
#include "libshared/base/err.h"
#include "tests/harness/cmocka.h"
#include <uv.h>

static void names_our_codes(void **state)
{
	(void)state;
	assert_string_equal(ra_strerror(RA_ETIMEOUT), "timed out");
	assert_string_equal(ra_strerror(RA_EINVAL), "not valid");
	assert_string_equal(ra_strerror(0), "success");
}

static void passes_on_libuv_texts(void **state)
{
	(void)state;
	assert_string_equal(ra_strerror(UV_ECONNREFUSED), uv_strerror(UV_ECONNREFUSED));
	assert_string_equal(ra_strerror(UV_EOF), uv_strerror(UV_EOF));
	assert_string_equal(ra_strerror(UV_EAI_AGAIN), uv_strerror(UV_EAI_AGAIN));
}

static void knows_that_it_does_not_know(void **state)
{
	(void)state;
	assert_string_equal(ra_strerror(-9999), "unknown error");
	assert_string_equal(ra_strerror(7), "unknown error");
}

static void fills_message_and_hint(void **state)
{
	(void)state;
	struct ra_err err;
	int rc = ra_fail(&err, RA_EDENIED, "Set DISCORD_BOT_TOKEN.", "cannot log in to %s",
			 "Discord");
	assert_int_equal(rc, RA_EDENIED);
	assert_int_equal(err.code, RA_EDENIED);
	assert_string_equal(err.msg, "cannot log in to Discord");
	assert_string_equal(err.hint, "Set DISCORD_BOT_TOKEN.");
}

static void cuts_what_does_not_fit(void **state)
{
	(void)state;
	struct ra_err err;
	char longer[400];
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(ra_fail(&err, RA_EINVAL, longer, "%s", longer), RA_EINVAL);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_int_equal(strlen(err.hint), sizeof(err.hint) - 1);
}

static void needs_neither_err_nor_hint(void **state)
{
	(void)state;
	struct ra_err err;
	assert_int_equal(ra_fail(NULL, RA_EDOWN, NULL, "gone"), RA_EDOWN);
	assert_int_equal(ra_fail(&err, RA_EDOWN, NULL, "gone"), RA_EDOWN);
	assert_string_equal(err.hint, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_our_codes),
		cmocka_unit_test(passes_on_libuv_texts),
		cmocka_unit_test(knows_that_it_does_not_know),
		cmocka_unit_test(fills_message_and_hint),
		cmocka_unit_test(cuts_what_does_not_fit),
		cmocka_unit_test(needs_neither_err_nor_hint),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
