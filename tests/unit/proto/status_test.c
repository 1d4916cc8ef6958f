/* status: what a replica writes is what the System page reads. */
#include "proto/status.h"
#include "tests/harness/cmocka.h"
#include <math.h>

static json_t *number(int64_t ms)
{
	return json_integer(ms);
}

static void a_shard_reads_as_it_was_written(void **state)
{
	(void)state;
	struct ra_shard_status out = { 0 }, in = {
		.shard = "3/16",
		.holder = "host-1",
		.state = "live",
		.trouble = "\"quoted\"\n",
		.guilds = 1250,
		.events_per_s = 12.5,
		.last_event_at = 1795258800123,
		.fence = 7,
	};
	struct ra_buf json = { 0 };
	ra_shard_status_write(&json, &in);
	assert_int_equal(ra_shard_status_read(ra_buf_str(&json), &out), 0);
	assert_memory_equal(&in, &out, sizeof(in));
	ra_buf_fini(&json);
}

static void texts_are_cut_between_characters(void **state)
{
	(void)state;
	struct ra_replica_status status;
	struct ra_str json =
		RA_STR("{\"id\":\"r\",\"version\":\"ёёёёёёёёёёёёёёёёёёёёёёёёёёёёёёёёёё\"}");
	assert_int_equal(ra_replica_status_read(json, &status), 0);
	assert_string_equal(status.id, "r");
	assert_int_equal(strlen(status.version), 62);
	json_t *object = ra_replica_status_json(&status, number);
	assert_int_equal(json_string_length(json_object_get(object, "version")), 62);
	json_decref(object);
}

static void nonsense_is_empty(void **state)
{
	(void)state;
	struct ra_shard_status status;
	static const char *const nonsense[] = { "", "[]", "{", "null", "\"text\"", "{}x" };
	for (size_t i = 0; i < RA_COUNT(nonsense); i++) {
		status.guilds = 1;
		assert_int_equal(ra_shard_status_read(ra_str_of(nonsense[i]), &status), RA_EINVAL);
		assert_int_equal(status.guilds, 0);
	}
	assert_int_equal(
		ra_shard_status_read(RA_STR("{\"guilds\":\"5\",\"state\":5,\"new\":[]}"), &status),
		0);
	assert_int_equal(status.guilds, 0);
	assert_string_equal(status.state, "");
}

static void numbers_stay_numbers(void **state)
{
	(void)state;
	struct ra_shard_status in = { .events_per_s = NAN }, out;
	struct ra_buf json = { 0 };
	ra_shard_status_write(&json, &in);
	assert_int_equal(ra_shard_status_read(ra_buf_str(&json), &out), 0);
	assert_true(out.events_per_s == 0);
	ra_buf_fini(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shard_reads_as_it_was_written),
		cmocka_unit_test(texts_are_cut_between_characters),
		cmocka_unit_test(nonsense_is_empty),
		cmocka_unit_test(numbers_stay_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
