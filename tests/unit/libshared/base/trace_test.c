/* trace: what is a traceparent, and that a trace goes on through ours. */
#include "libshared/base/trace.h"
#include "tests/harness/cmocka.h"

#define ID     "0af7651916cd43dd8448eb211c80319c"
#define PARENT "00-" ID "-b7ad6b7169203331-01"

static void assert_id(const char *text, const char *expected)
{
	struct ra_str id = ra_trace_id(ra_str_of(text));
	assert_true(ra_str_is(id, expected));
}

static void knows_a_traceparent(void **state)
{
	(void)state;
	assert_id(PARENT, ID);
	assert_id("cc-" ID "-b7ad6b7169203331-01-what-comes", ID);
	assert_id("", "");
	assert_id("00-" ID "-b7ad6b7169203331-0", "");
	assert_id("ff-" ID "-b7ad6b7169203331-01", "");
	assert_id(PARENT "-more", "");
	assert_id("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "");
	assert_id("00-00000000000000000000000000000000-b7ad6b7169203331-01", "");
	assert_id("00-" ID "-0000000000000000-01", "");
	assert_id("00-" ID "_b7ad6b7169203331-01", "");
}

static void goes_on(void **state)
{
	char ours[RA_TRACEPARENT_MAX], next[RA_TRACEPARENT_MAX];
	(void)state;
	ra_traceparent(ours, RA_STR(PARENT));
	assert_id(ours, ID);
	assert_string_not_equal(ours, PARENT); /* a span of its own */
	ra_traceparent(next, ra_str_of(ours));
	assert_id(next, ID);
}

static void begins_where_there_is_none(void **state)
{
	char one[RA_TRACEPARENT_MAX], other[RA_TRACEPARENT_MAX];
	(void)state;
	ra_traceparent(one, RA_STR("nonsense"));
	ra_traceparent(other, RA_STR(""));
	assert_int_equal(ra_trace_id(ra_str_of(one)).len, 32);
	assert_int_equal(ra_trace_id(ra_str_of(other)).len, 32);
	assert_string_not_equal(one, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_a_traceparent),
		cmocka_unit_test(goes_on),
		cmocka_unit_test(begins_where_there_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
