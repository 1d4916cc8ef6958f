/* events: the codec's promises, on single events. All types are in events_vectors_test.c. */
#include "libshared/redis/redis.h"
#include "proto/events.h"
#include "tests/harness/cmocka.h"

static int decode(struct ra_event *event, const char *const *texts, uint64_t *unknown)
{
	size_t count = 0;
	while (texts[count])
		count++;
	/* exactly as many, so that the sanitizer sees one word too many read */
	struct ra_str *words = ra_realloc(NULL, count * sizeof(*words));
	for (size_t i = 0; i < count; i++)
		words[i] = ra_str_of(texts[i]);
	int rc = ra_event_decode(event, words, count, unknown);
	ra_free(words);
	return rc;
}

#define WORDS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static void writes_redis_words(void **state)
{
	(void)state;
	struct ra_event event = {
		.type = RA_EV_message_created,
		.session = RA_STR("abc"),
		.seq = 42,
		.at = 1430029616936,
		.guild = 7,
		.message_created = { .message_id = UINT64_MAX,
				     .length = -1,
				     .is_bot = true,
				     .mentions = RA_STR("8 9") },
	};
	struct ra_buf out = { 0 };
	assert_int_equal(ra_event_encode(&event, &out), 18);
	assert_string_equal(ra_buf_text(&out),
			    "$4\r\ntype\r\n$15\r\nmessage_created\r\n"
			    "$7\r\nsession\r\n$3\r\nabc\r\n"
			    "$3\r\nseq\r\n$2\r\n42\r\n"
			    "$2\r\nat\r\n$13\r\n1430029616936\r\n"
			    "$5\r\nguild\r\n$1\r\n7\r\n"
			    "$10\r\nmessage_id\r\n$20\r\n18446744073709551615\r\n"
			    "$6\r\nlength\r\n$2\r\n-1\r\n"
			    "$8\r\nmentions\r\n$3\r\n8 9\r\n"
			    "$6\r\nis_bot\r\n$1\r\n1\r\n");
	ra_buf_fini(&out);
}

static void reads_fields_in_any_order(void **state)
{
	(void)state;
	struct ra_event event;
	uint64_t unknown = 0;
	int rc = decode(&event,
			WORDS("is_bot", "1", "guild", "7", "message_id", "11", "seq", "3", "type",
			      "message_created", "length", "-5", "session", "abc", "kind", "19"),
			&unknown);
	assert_int_equal(rc, 0);
	assert_int_equal(unknown, 0);
	assert_int_equal(event.type, RA_EV_message_created);
	assert_true(ra_str_is(event.session, "abc"));
	assert_int_equal(event.seq, 3);
	assert_int_equal(event.part, 0);
	assert_int_equal(event.guild, 7);
	assert_int_equal(event.message_created.message_id, 11);
	assert_int_equal(event.message_created.length, -5);
	assert_int_equal(event.message_created.kind, 19);
	assert_true(event.message_created.is_bot);
	assert_false(event.message_created.is_webhook);
}

static void a_text_at_its_default_has_a_pointer(void **state)
{
	(void)state;
	struct ra_event event;
	assert_int_equal(decode(&event, WORDS("type", "member_joined"), NULL), 0);
	assert_non_null(event.session.ptr);
	assert_non_null(event.member_joined.nick.ptr);
	assert_non_null(event.member_joined.roles.ptr);
	assert_int_equal(event.member_joined.nick.len, 0);
}

static void the_last_of_a_field_counts(void **state)
{
	(void)state;
	struct ra_event event;
	int rc = decode(&event, WORDS("type", "ban_added", "seq", "1", "seq", "2"), NULL);
	assert_int_equal(rc, 0);
	assert_int_equal(event.seq, 2);
}

static void skips_and_counts_fields_of_the_future(void **state)
{
	(void)state;
	struct ra_event event;
	uint64_t unknown = 5;
	assert_int_equal(decode(&event,
				WORDS("type", "ban_added", "moderator_id", "4", "user_id", "9",
				      "reason", "spam"),
				&unknown),
			 0);
	assert_int_equal(unknown, 7);
	assert_int_equal(event.ban_added.user_id, 9);
	assert_int_equal(decode(&event, WORDS("type", "ban_added", "reason", "spam"), NULL), 0);
}

/* A name is looked up among the event's own fields: another event's are unknown to it. */
static void does_not_mix_up_types(void **state)
{
	(void)state;
	struct ra_event event;
	uint64_t unknown = 0;
	assert_int_equal(decode(&event, WORDS("type", "ban_added", "emoji", "x"), &unknown), 0);
	assert_int_equal(unknown, 1);
}

static void skips_types_of_the_future(void **state)
{
	(void)state;
	struct ra_event event;
	assert_int_equal(decode(&event, WORDS("type", "poll_voted", "x", "1"), NULL), RA_ENOTFOUND);
	assert_int_equal(decode(&event, WORDS("type", "unknown"), NULL), RA_ENOTFOUND);
}

static void refuses_what_is_no_event(void **state)
{
	(void)state;
	struct ra_event event;
	assert_int_equal(ra_event_decode(&event, NULL, 0, NULL), RA_EINVAL);
	assert_int_equal(decode(&event, WORDS("seq", "1"), NULL), RA_EINVAL);
	assert_int_equal(decode(&event, WORDS("type"), NULL), RA_EINVAL);
	assert_int_equal(decode(&event, WORDS("type", "ban_added", "user_id"), NULL), RA_EINVAL);
	assert_int_equal(decode(&event, WORDS("type", ""), NULL), RA_EINVAL);
	assert_int_equal(decode(&event, WORDS("type", "ban_added", "user_id", "x"), NULL),
			 RA_EINVAL);
	assert_int_equal(decode(&event, WORDS("type", "ban_added", "user_id", "-1"), NULL),
			 RA_EINVAL);
	assert_int_equal(decode(&event, WORDS("type", "ban_added", "at", "1.5"), NULL), RA_EINVAL);
	assert_int_equal(decode(&event, WORDS("type", "message_created", "is_bot", "yes"), NULL),
			 RA_EINVAL);
}

static void names_every_type(void **state)
{
	(void)state;
	assert_string_equal(ra_event_name(RA_EV_message_created), "message_created");
	assert_string_equal(ra_event_name(RA_EVENT_UNKNOWN), "unknown");
	assert_string_equal(ra_event_name(RA_EVENT_TYPES), "unknown");
}

static void walks_ids(void **state)
{
	(void)state;
	struct ra_str rest = RA_STR("1100000000000000001 2 18446744073709551615");
	assert_true(ra_ids_next(&rest) == 1100000000000000001);
	assert_true(ra_ids_next(&rest) == 2);
	assert_true(ra_ids_next(&rest) == UINT64_MAX);
	assert_true(ra_ids_next(&rest) == 0);
	assert_true(ra_ids_next(&rest) == 0);
	rest = RA_STR("");
	assert_true(ra_ids_next(&rest) == 0);
	rest = RA_STR("  5  x 0 6 ");
	assert_true(ra_ids_next(&rest) == 5);
	assert_true(ra_ids_next(&rest) == 6);
	assert_true(ra_ids_next(&rest) == 0);
}

static void orders_events_of_a_session(void **state)
{
	(void)state;
	assert_true(ra_event_order(1, 9, 2, 0) < 0);
	assert_true(ra_event_order(2, 0, 1, 9) > 0);
	assert_true(ra_event_order(2, 0, 2, 1) < 0);
	assert_true(ra_event_order(2, 2, 2, 1) > 0);
	assert_true(ra_event_order(2, 2, 2, 2) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_redis_words),
		cmocka_unit_test(reads_fields_in_any_order),
		cmocka_unit_test(a_text_at_its_default_has_a_pointer),
		cmocka_unit_test(the_last_of_a_field_counts),
		cmocka_unit_test(skips_and_counts_fields_of_the_future),
		cmocka_unit_test(does_not_mix_up_types),
		cmocka_unit_test(skips_types_of_the_future),
		cmocka_unit_test(refuses_what_is_no_event),
		cmocka_unit_test(names_every_type),
		cmocka_unit_test(walks_ids),
		cmocka_unit_test(orders_events_of_a_session),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
