#include "proto/backup_command.h"
#include "libshared/redis/redis.h"
#include "tests/harness/cmocka.h"
#include <hiredis/hiredis.h>

static const struct ra_backup_command drill = {
	.id = { "0123456789abcdef0123456789abcdef", 32 },
	.kind = RA_BACKUP_drill,
	.at = 1700000000123,
	.actor = 200000000000000001ULL,
	.backup = { "20261121T020000Z-0a1b2c3d", 25 },
	.parameters = { "{\"name\":\"перед обновлением\"}", 42 },
};

/* Through Redis's own reader: what we write is what a stream gives back. */
static redisReply *write_and_read(const struct ra_backup_command *command)
{
	struct ra_buf words = { 0 }, whole = { 0 };
	size_t count = ra_backup_command_encode(command, &words);
	ra_resp_command(&whole, count);
	ra_buf_add_str(&whole, ra_buf_str(&words));
	redisReader *reader = redisReaderCreate();
	redisReply *reply = NULL;
	assert_int_equal(redisReaderFeed(reader, whole.ptr, whole.len), REDIS_OK);
	assert_int_equal(redisReaderGetReply(reader, (void **)&reply), REDIS_OK);
	assert_non_null(reply);
	assert_int_equal(reply->elements, count);
	redisReaderFree(reader);
	ra_buf_fini(&words);
	ra_buf_fini(&whole);
	return reply;
}

static int decode(struct ra_backup_command *out, const redisReply *reply)
{
	struct ra_str words[40];
	for (size_t i = 0; i < reply->elements; i++)
		words[i] = ra_reply_str(reply->element[i]);
	return ra_backup_command_decode(out, words, reply->elements);
}

static void test_what_was_written_is_read(void **state)
{
	(void)state;
	redisReply *reply = write_and_read(&drill);
	struct ra_backup_command read;
	assert_int_equal(decode(&read, reply), 0);
	assert_true(ra_str_eq(read.id, drill.id));
	assert_int_equal(read.kind, drill.kind);
	assert_int_equal(read.at, drill.at);
	assert_true(read.actor == drill.actor);
	assert_true(ra_str_eq(read.backup, drill.backup));
	assert_true(ra_str_eq(read.parameters, drill.parameters));
	freeReplyObject(reply);
}

static int decode_changed(struct ra_backup_command changed)
{
	redisReply *reply = write_and_read(&changed);
	struct ra_backup_command read;
	int rc = decode(&read, reply);
	freeReplyObject(reply);
	return rc;
}

static void test_what_makes_no_sense_is_refused(void **state)
{
	(void)state;
	static char big[RA_BACKUP_PARAMETERS_MAX + 1];
	struct ra_backup_command c = drill;
	memset(big, ' ', sizeof(big));
	c.id.len--;
	assert_int_equal(decode_changed(c), RA_EINVAL);
	c = drill;
	c.kind = RA_BACKUP_NONE;
	assert_int_equal(decode_changed(c), RA_EINVAL);
	c = drill;
	c.parameters = (struct ra_str){ big, sizeof(big) };
	assert_int_equal(decode_changed(c), RA_EINVAL);
	c.parameters.len--;
	assert_int_equal(decode_changed(c), 0);
	c = drill;
	c.backup = (struct ra_str){ big, 65 };
	assert_int_equal(decode_changed(c), RA_EINVAL);
}

static void test_kinds_have_names(void **state)
{
	(void)state;
	for (int kind = RA_BACKUP_NONE + 1; kind < RA_BACKUP_KIND_COUNT; kind++)
		assert_int_equal(ra_backup_kind_of(
					 ra_str_of(ra_backup_kind_text((enum ra_backup_kind)kind))),
				 kind);
	assert_int_equal(ra_backup_kind_of(RA_STR("drop")), RA_BACKUP_NONE);
	assert_int_equal(ra_backup_kind_of(RA_STR("")), RA_BACKUP_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_written_is_read),
		cmocka_unit_test(test_what_makes_no_sense_is_refused),
		cmocka_unit_test(test_kinds_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
