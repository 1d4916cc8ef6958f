/* intents: what gates an event, and what a session without MESSAGE_CONTENT reads. */
#include "services/discord-sim/intents.h"
#include "tests/harness/cmocka.h"

static void test_gates(void **ctx)
{
	(void)ctx;
	assert_int_equal(intents_of_event("GUILD_CREATE", true), 1 << 0);
	assert_int_equal(intents_of_event("GUILD_MEMBER_ADD", true), 1 << 1);
	assert_int_equal(intents_of_event("GUILD_BAN_ADD", true), 1 << 2);
	assert_int_equal(intents_of_event("INVITE_CREATE", true), 1 << 6);
	assert_int_equal(intents_of_event("VOICE_STATE_UPDATE", true), 1 << 7);
	assert_int_equal(intents_of_event("MESSAGE_CREATE", true), 1 << 9);
	assert_int_equal(intents_of_event("MESSAGE_DELETE_BULK", true), 1 << 9);
	assert_int_equal(intents_of_event("MESSAGE_REACTION_ADD", true), 1 << 10);
	assert_int_equal(intents_of_event("GUILD_SCHEDULED_EVENT_CREATE", true), 1 << 16);
	assert_int_equal(intents_of_event("THREAD_CREATE", true), 1 << 0);
	assert_int_equal(intents_of_event("THREAD_MEMBERS_UPDATE", true), 1 << 0 | 1 << 1);
}

static void test_direct_messages_have_their_own(void **ctx)
{
	(void)ctx;
	assert_int_equal(intents_of_event("MESSAGE_CREATE", false), 1 << 12);
	assert_int_equal(intents_of_event("MESSAGE_REACTION_ADD", false), 1 << 13);
	assert_int_equal(intents_of_event("TYPING_START", false), 1 << 14);
}

static void test_never_gated(void **ctx)
{
	static const char *const free[] = { "READY",
					    "RESUMED",
					    "INTERACTION_CREATE",
					    "USER_UPDATE",
					    "GUILD_MEMBERS_CHUNK",
					    "RATE_LIMITED",
					    "ENTITLEMENT_CREATE",
					    "VOICE_SERVER_UPDATE" };
	(void)ctx;
	for (size_t i = 0; i < RA_COUNT(free); i++)
		assert_int_equal(intents_of_event(free[i], true), 0);
}

static void check_mask(const char *message, const char *wanted)
{
	struct ra_buf out = { 0 };
	intents_mask_message(&out, ra_str_of(message));
	assert_string_equal(ra_buf_text(&out), wanted);
	ra_buf_fini(&out);
}

static void test_mask_hides_what_was_said(void **ctx)
{
	(void)ctx;
	check_mask("{\"id\":\"1\",\"content\":\"a \\\"b\\\"\",\"embeds\":[{}],\"poll\":{\"q\":1},"
		   "\"attachments\":[1,2],\"components\":[[]],\"type\":0}",
		   "{\"id\":\"1\",\"content\":\"\",\"embeds\":[],\"attachments\":[],"
		   "\"components\":[],\"type\":0}");
}

static void test_mask_keeps_who_and_whom(void **ctx)
{
	static const char message[] = "{\"author\":{\"id\":\"2\"},\"mentions\":[{\"id\":\"3\"}],"
				      "\"message_reference\":{\"message_id\":\"4\"}}";
	(void)ctx;
	check_mask(message, message);
}

static void test_mask_reaches_the_message_replied_to(void **ctx)
{
	(void)ctx;
	check_mask("{\"content\":\"x\",\"referenced_message\":{\"id\":\"1\",\"content\":\"y\"}}",
		   "{\"content\":\"\",\"referenced_message\":{\"id\":\"1\",\"content\":\"\"}}");
	check_mask("{\"referenced_message\":null}", "{\"referenced_message\":null}");
}

static void test_mask_of_what_is_no_message(void **ctx)
{
	(void)ctx;
	check_mask("[1]", "");
	check_mask("{}", "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gates),
		cmocka_unit_test(test_direct_messages_have_their_own),
		cmocka_unit_test(test_never_gated),
		cmocka_unit_test(test_mask_hides_what_was_said),
		cmocka_unit_test(test_mask_keeps_who_and_whom),
		cmocka_unit_test(test_mask_reaches_the_message_replied_to),
		cmocka_unit_test(test_mask_of_what_is_no_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
