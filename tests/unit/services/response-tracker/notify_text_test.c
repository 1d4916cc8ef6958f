/* notify_text: what Discord is told. */
#include "services/response-tracker/notify_text.h"
#include "tests/harness/cmocka.h"

static struct langs *langs;
static struct ra_arena arena;

static int setup(void **state)
{
	struct ra_err err = { 0 };
	langs = langs_load("locales", "notices", &err);
	assert_non_null(langs);
	*state = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	langs_free(langs);
	ra_arena_fini(&arena);
	return 0;
}

static const struct lang *in(const char *code)
{
	return lang_of(langs, ra_str_of(code));
}

static struct text_request a_request(void)
{
	return (struct text_request){ .guild = 1,
				      .channel = 2,
				      .id = 3,
				      .author = 4,
				      .is_message = true,
				      .asked_ms = 1800000000000,
				      .waited_ms = 12 * 60000,
				      .priority = 2,
				      .author_name = "Anna",
				      .channel_name = "help",
				      .guild_name = "Town" };
}

static const char *content_of(const json_t *message)
{
	return json_string_value(json_object_get(message, "content"));
}

static const char *description_of(const json_t *message)
{
	json_t *embed = json_array_get(json_object_get(message, "embeds"), 0);
	return json_string_value(json_object_get(embed, "description"));
}

static void test_how_long(void **state)
{
	static const struct {
		int64_t seconds;
		const char *ru, *en;
	} waits[] = {
		{ 0, "1 секунду", "1 second" },
		{ 45, "45 секунд", "45 seconds" },
		{ 60, "1 минуту", "1 minute" },
		{ 179, "2 минуты", "2 minutes" },
		{ 11 * 60, "11 минут", "11 minutes" },
		{ 12 * 60, "12 минут", "12 minutes" },
		{ 21 * 60, "21 минуту", "21 minutes" },
		{ 3600, "1 час", "1 hour" },
		{ 3600 + 5 * 60, "1 час 5 минут", "1 hour 5 minutes" },
		{ 22 * 3600 + 60, "22 часа 1 минуту", "22 hours 1 minute" },
		{ 86400, "1 день", "1 day" },
		{ 3 * 86400 + 2 * 3600 + 59, "3 дня 2 часа", "3 days 2 hours" },
		{ 25 * 86400, "25 дней", "25 days" },
	};
	(void)state;
	for (size_t i = 0; i < RA_COUNT(waits); i++) {
		int64_t ms = waits[i].seconds * 1000;
		assert_string_equal(text_wait(in("ru"), &arena, ms), waits[i].ru);
		assert_string_equal(text_wait(in("en-GB"), &arena, ms), waits[i].en);
	}
}

static void test_a_reminder(void **state)
{
	(void)state;
	const uint64_t roles[] = { 10, 11 };
	struct text_request r = a_request();
	struct text_to to = { .roles = roles, .role_count = 2 };
	r.excerpt = "@everyone как **это**?";
	json_t *message = text_reminder(in("ru"), &arena, &r, &to, 0);
	assert_string_equal(content_of(message), "<@&10> <@&11> Без ответа уже **12 минут**: "
						 "https://discord.com/channels/1/2/3");
	assert_string_equal(description_of(message),
			    "Спрашивает <@4> в <#2>, <t:1800000000:R>\n"
			    "> \u2068\\@everyone как \\*\\*это\\*\\*?\u2069");
	char *mentions = json_dumps(json_object_get(message, "allowed_mentions"), JSON_COMPACT);
	assert_string_equal(mentions, "{\"parse\":[],\"roles\":[\"10\",\"11\"],\"users\":[]}");
	free(mentions);
	json_t *buttons = json_object_get(json_array_get(json_object_get(message, "components"), 0),
					  "components");
	assert_int_equal(json_array_size(buttons), 5);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(buttons, 3), "custom_id")),
		"desk:snooze:3");
	json_decref(message);
}

static void test_here_only_without_roles(void **state)
{
	(void)state;
	struct text_request r = a_request();
	struct text_to to = { .is_here = true };
	json_t *message = text_reminder(in("en"), &arena, &r, &to, 2);
	assert_string_equal(content_of(message), "@here Still no answer, for **12 minutes** now: "
						 "https://discord.com/channels/1/2/3");
	char *mentions = json_dumps(json_object_get(message, "allowed_mentions"), JSON_COMPACT);
	assert_string_equal(mentions, "{\"parse\":[\"everyone\"],\"roles\":[],\"users\":[]}");
	free(mentions);
	json_decref(message);
}

static void test_elsewhere_names_and_no_buttons(void **state)
{
	(void)state;
	struct text_request r = a_request();
	struct text_to to = { .is_elsewhere = true };
	r.priority = 4;
	json_t *message = text_escalation(in("en"), &arena, &r, &to, 2, "nobody_on_call");
	assert_string_equal(description_of(message),
			    "**\u2068Anna\u2069** asks in #\u2068help\u2069 on \u2068Town\u2069, "
			    "<t:1800000000:R>\n**Priority: urgent**\n*Nobody is on call now.*");
	json_t *buttons = json_object_get(json_array_get(json_object_get(message, "components"), 0),
					  "components");
	assert_int_equal(json_array_size(buttons), 1);
	json_decref(message);
}

static void test_a_digest_names_some(void **state)
{
	(void)state;
	struct text_request list[13];
	struct text_to to = { .is_here = true };
	for (size_t i = 0; i < RA_COUNT(list); i++) {
		list[i] = a_request();
		list[i].id = 100 + i;
	}
	json_t *message = text_digest(in("ru"), &arena, list, RA_COUNT(list), &to, 0);
	assert_string_equal(content_of(message),
			    "@here Без ответа сразу 13 вопросов, дольше всего **12 минут**:");
	assert_non_null(strstr(description_of(message), "channels/1/2/109 "));
	assert_null(strstr(description_of(message), "channels/1/2/110 "));
	assert_non_null(strstr(description_of(message), "\nи ещё 3 вопроса"));
	json_decref(message);
}

static void test_a_test_mentions_nobody(void **state)
{
	(void)state;
	const uint64_t roles[] = { 10 };
	struct text_request r = a_request();
	struct text_to to = { .roles = roles, .role_count = 1 };
	json_t *message = text_test(in("en"), &arena, &r, &to, 1800000060000);
	char *mentions = json_dumps(json_object_get(message, "allowed_mentions"), JSON_COMPACT);
	assert_string_equal(mentions, "{\"parse\":[],\"roles\":[],\"users\":[]}");
	free(mentions);
	assert_non_null(strstr(content_of(message), "<t:1800000060:T>"));
	assert_non_null(strstr(content_of(message), "<@&10> No answer for **12 minutes**"));
	json_decref(message);
}

static void test_a_day_without_much_says_so(void **state)
{
	(void)state;
	struct text_report r = { .day = 20778, .time = "21:00" };
	json_t *message = text_report(in("ru"), &arena, &r);
	assert_string_equal(description_of(message),
			    "За сутки до 21:00. За сутки ничего не произошло.");
	json_decref(message);
	r = (struct text_report){ .day = 20778,
				  .time = "21:00",
				  .activities = 5,
				  .curators = 1,
				  .points = 1200,
				  .best = 4,
				  .best_points = 21,
				  .requests = 3,
				  .is_too_few = true };
	message = text_report(in("ru"), &arena, &r);
	json_t *fields =
		json_object_get(json_array_get(json_object_get(message, "embeds"), 0), "fields");
	assert_int_equal(json_array_size(fields), 8);
	assert_string_equal(json_string_value(json_object_get(json_array_get(fields, 3), "value")),
			    "<@4>, 21 балл");
	assert_string_equal(json_string_value(json_object_get(json_array_get(fields, 6), "value")),
			    "мало данных");
	json_decref(message);
}

static void test_an_answered_one_says_so_and_mentions_nobody(void **state)
{
	(void)state;
	struct text_request r = a_request();
	json_t *message = text_answered(in("ru"), &arena, &r, 9, false);
	assert_string_equal(content_of(message),
			    "Ответ за **12 минут**, <@9>: https://discord.com/channels/1/2/3");
	char *mentions = json_dumps(json_object_get(message, "allowed_mentions"), JSON_COMPACT);
	assert_string_equal(mentions, "{\"parse\":[],\"roles\":[],\"users\":[]}");
	free(mentions);
	json_decref(message);
	message = text_answered(in("en"), &arena, &r, 0, false);
	assert_string_equal(content_of(message),
			    "Waits no longer: https://discord.com/channels/1/2/3");
	json_decref(message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_how_long),
		cmocka_unit_test(test_a_reminder),
		cmocka_unit_test(test_here_only_without_roles),
		cmocka_unit_test(test_elsewhere_names_and_no_buttons),
		cmocka_unit_test(test_a_digest_names_some),
		cmocka_unit_test(test_a_test_mentions_nobody),
		cmocka_unit_test(test_a_day_without_much_says_so),
		cmocka_unit_test(test_an_answered_one_says_so_and_mentions_nobody),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
