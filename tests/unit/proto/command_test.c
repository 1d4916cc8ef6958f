#include "proto/command.h"
#include "libshared/redis/redis.h"
#include "tests/harness/cmocka.h"
#include <hiredis/hiredis.h>

static const struct ra_command claim = {
	.id = { "0123456789abcdef0123456789abcdef", 32 },
	.kind = RA_COMMAND_claim,
	.at = 1700000000123,
	.guild = 100000000000000001ULL,
	.actor = 200000000000000001ULL,
	.target = 300000000000000001ULL,
	.channel = 400000000000000001ULL,
	.parent = 500000000000000001ULL,
	.author = 600000000000000001ULL,
	.value = -1,
	.text = { "не могу войти", 25 },
};

/* Through Redis's own reader: what we write is what a stream gives back. */
static redisReply *write_and_read(const struct ra_command *command)
{
	struct ra_buf words = { 0 }, whole = { 0 };
	size_t count = ra_command_encode(command, &words);
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

static int decode(struct ra_command *out, const redisReply *reply)
{
	struct ra_str words[40];
	for (size_t i = 0; i < reply->elements; i++)
		words[i] = ra_reply_str(reply->element[i]);
	return ra_command_decode(out, words, reply->elements);
}

static void test_what_was_written_is_read(void **state)
{
	(void)state;
	redisReply *reply = write_and_read(&claim);
	struct ra_command read;
	assert_int_equal(decode(&read, reply), 0);
	assert_true(ra_str_eq(read.id, claim.id));
	assert_int_equal(read.kind, claim.kind);
	assert_int_equal(read.at, claim.at);
	assert_true(read.guild == claim.guild && read.actor == claim.actor);
	assert_true(read.target == claim.target && read.channel == claim.channel);
	assert_true(read.parent == claim.parent && read.author == claim.author);
	assert_int_equal(read.value, claim.value);
	assert_true(ra_str_eq(read.text, claim.text));
	freeReplyObject(reply);
}

static void test_every_kind_has_a_word(void **state)
{
	(void)state;
	for (int kind = RA_COMMAND_NONE + 1; kind < RA_COMMAND_KIND_COUNT; kind++) {
		const char *text = ra_command_kind_text((enum ra_command_kind)kind);
		assert_true(strlen(text) > 0);
		assert_int_equal(ra_command_kind_of(ra_str_of(text)), kind);
	}
	assert_int_equal(ra_command_kind_of(RA_STR("drop_table")), RA_COMMAND_NONE);
	assert_int_equal(ra_command_kind_of(RA_STR("")), RA_COMMAND_NONE);
}

static void test_half_a_command_is_none(void **state)
{
	(void)state;
	struct ra_command wrong[4] = { claim, claim, claim, claim };
	wrong[0].id = RA_STR("short");
	wrong[1].guild = 0;
	wrong[2].actor = 0;
	wrong[3].kind = RA_COMMAND_NONE;
	for (size_t i = 0; i < RA_COUNT(wrong); i++) {
		redisReply *reply = write_and_read(&wrong[i]);
		struct ra_command read;
		assert_int_equal(decode(&read, reply), RA_EINVAL);
		freeReplyObject(reply);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_written_is_read),
		cmocka_unit_test(test_every_kind_has_a_word),
		cmocka_unit_test(test_half_a_command_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
