/* multipart: payload_json and the number of files, out of what clients and fools send. */
#include "services/discord-sim/multipart.h"
#include "tests/harness/cmocka.h"

#define TYPE    RA_STR("multipart/form-data; boundary=XX")
#define PAYLOAD "--XX\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{\"a\":1}\r\n"
#define FILE_PART                                                                                  \
	"--XX\r\nContent-Disposition: form-data; name=\"files[0]\"; "                              \
	"filename=\"a.png\"\r\n\r\n\x89PNG\r\n"

static void test_payload_and_files(void **ctx)
{
	struct multipart m;
	(void)ctx;
	assert_true(multipart_read(&m, TYPE, RA_STR(PAYLOAD FILE_PART FILE_PART "--XX--\r\n")));
	assert_true(ra_str_is(m.payload, "{\"a\":1}"));
	assert_int_equal(m.files, 2);
}

static void test_quoted_boundary(void **ctx)
{
	struct multipart m;
	(void)ctx;
	assert_true(multipart_read(&m, RA_STR("multipart/form-data; boundary=\"XX\"; a=b"),
				   RA_STR(PAYLOAD "--XX--\r\n")));
	assert_true(ra_str_is(m.payload, "{\"a\":1}"));
}

static void test_other_types(void **ctx)
{
	struct multipart m;
	(void)ctx;
	assert_false(multipart_read(&m, RA_STR("application/json"), RA_STR("{}")));
	assert_false(multipart_read(&m, RA_STR("multipart/form-data"), RA_STR(PAYLOAD)));
	assert_false(multipart_read(&m, RA_STR("multipart/form-data; boundary="), RA_STR(PAYLOAD)));
}

static void test_broken_bodies(void **ctx)
{
	static const char *const bodies[] = { "",         "--XX",
					      "--XX--",   "--XX\r\n",
					      "--XX--XX", "--XX\r\nno end of the head\r\n--XX--" };
	(void)ctx;
	for (size_t i = 0; i < RA_COUNT(bodies); i++) {
		struct multipart m;
		assert_true(multipart_read(&m, TYPE, ra_str_of(bodies[i])));
		assert_int_equal(m.payload.len, 0);
		assert_int_equal(m.files, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_payload_and_files),
		cmocka_unit_test(test_quoted_boundary),
		cmocka_unit_test(test_other_types),
		cmocka_unit_test(test_broken_bodies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
