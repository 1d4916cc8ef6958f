/* history_read: what Discord's REST API answers, and the rows that come of it. */
#include "libshared/base/err.h"
#include "libshared/discord/snowflake.h"
#include "services/analytics/history_read.h"
#include "tests/harness/cmocka.h"

enum { GUILD = 7, ROOM = 10 };
#define T0 1790000000000LL

static int start(void **ctx)
{
	struct batch *batch = ra_new(struct batch);
	batch_init(batch);
	*ctx = batch;
	return 0;
}

static int stop(void **ctx)
{
	struct batch *batch = *ctx;
	batch_fini(batch);
	ra_free(batch);
	return 0;
}

static uint64_t id(int64_t ms)
{
	return ra_snowflake_at(T0 + ms);
}

static char *message(int64_t ms, const char *rest)
{
	return ra_format("{\"id\":\"%llu\",\"channel_id\":\"10\",%s}", (unsigned long long)id(ms),
			 rest);
}

static struct history_page read_one(struct batch *batch, const char *rest)
{
	struct history_span span = { GUILD, ROOM, 0, id(1000) };
	struct history_page page;
	char *one = message(1, rest), *list = ra_format("[%s]", one);
	assert_int_equal(history_read_messages(ra_str_of(list), &span, batch, &page), 0);
	ra_free(one);
	ra_free(list);
	return page;
}

static const struct message_row *row_of(struct batch *batch, uint64_t user)
{
	return batch_message(batch, GUILD, T0 + 1, ROOM, user);
}

static const struct member_row *member_of(struct batch *batch, uint64_t user)
{
	return ra_table_find(&batch->members, &(struct user_key){ GUILD, user });
}

static void a_message_counts_as_it_does_live(void **ctx)
{
	struct batch *batch = *ctx;
	struct history_page page = read_one(
		batch, "\"type\":19,\"content\":\"h\\u00e9\\n\\ud83d\\ude00\","
		       "\"attachments\":[{\"id\":\"1\"},{}],"
		       "\"author\":{\"id\":\"5\",\"username\":\"ann\",\"global_name\":\"Ann\"}");
	const struct message_row *row = row_of(batch, 5);
	assert_int_equal(row->messages, 1);
	assert_int_equal(row->replies, 1);
	assert_int_equal(row->attachments, 2);
	assert_int_equal(row->characters, 4);
	assert_int_equal(page.people, 1);
	assert_int_equal(batch_guild_hour(batch, GUILD, T0 + 1)->messages, 1);
	assert_true(ra_str_is(member_of(batch, 5)->global_name, "Ann"));
	assert_int_equal(member_of(batch, 5)->joined_at, 0);
}

static void bots_webhooks_and_notices_are_told_apart(void **ctx)
{
	struct batch *batch = *ctx;
	assert_int_equal(
		read_one(batch, "\"type\":0,\"author\":{\"id\":\"6\",\"bot\":true}").people, 0);
	read_one(batch,
		 "\"type\":0,\"webhook_id\":\"8\",\"author\":{\"id\":\"8\",\"username\":\"w\"}");
	read_one(batch, "\"type\":7,\"author\":{\"id\":\"9\"}");
	assert_int_equal(row_of(batch, 6)->author_kind, 1);
	assert_int_equal(row_of(batch, 8)->author_kind, 2);
	assert_int_equal(row_of(batch, 9)->notices, 1);
	assert_int_equal(batch_guild_hour(batch, GUILD, T0 + 1)->bot_messages, 2);
	assert_int_equal(batch_guild_hour(batch, GUILD, T0 + 1)->messages, 0);
	assert_null(member_of(batch, 8));
}

static void only_the_span_counts(void **ctx)
{
	struct batch *batch = *ctx;
	struct history_span span = { GUILD, ROOM, id(20), id(40) };
	struct history_page page;
	static const int64_t times[] = { 50, 40, 39, 21, 20, 10 };
	struct ra_buf list = { 0 };
	for (size_t i = 0; i < RA_COUNT(times); i++) {
		char *one = message(times[i], "\"type\":0,\"author\":{\"id\":\"5\"}");
		ra_buf_printf(&list, "%s%s", i ? "," : "[", one);
		ra_free(one);
	}
	ra_buf_add_text(&list, "]");
	assert_int_equal(history_read_messages(ra_buf_str(&list), &span, batch, &page), 0);
	ra_buf_fini(&list);
	assert_int_equal(page.count, 6);
	assert_int_equal(page.counted, 2);
	assert_true(page.oldest == id(10));
	assert_int_equal(page.oldest_at, T0 + 21);
}

static void threads_are_described(void **ctx)
{
	struct batch *batch = *ctx;
	struct history_thread threads[HISTORY_PAGE];
	struct history_page page;
	const char *json =
		"{\"threads\":[{\"id\":\"300\",\"type\":11,\"parent_id\":\"10\",\"name\":\"why\","
		"\"last_message_id\":\"310\",\"thread_metadata\":{\"archived\":true,"
		"\"archive_timestamp\":\"2026-09-21T14:13:20.500000+00:00\"}},"
		"{\"id\":\"9\",\"type\":0}],\"members\":[],\"has_more\":true}";
	assert_int_equal(history_read_threads(ra_str_of(json), GUILD, batch, threads, &page), 0);
	assert_int_equal(page.count, 1);
	assert_true(page.has_more);
	assert_int_equal(threads[0].id, 300);
	assert_int_equal(threads[0].newest, 310);
	assert_int_equal(page.oldest_at, threads[0].archived_at);
	assert_int_equal(threads[0].archived_at % 1000, 500);
	const struct channel_row *row = batch_channel(batch, GUILD, 300);
	assert_true(row->is_archived && row->is_described);
	assert_int_equal(row->parent, 10);
	assert_true(ra_str_is(row->name, "why"));
}

/* Who joined after the snapshot is told live, and must not be known before that counts. */
static void members_who_joined_later_are_left_to_live(void **ctx)
{
	struct batch *batch = *ctx;
	struct history_page page;
	const char *json = "[{\"user\":{\"id\":\"5\",\"username\":\"ann\"},\"roles\":[\"1\",\"2\"],"
			   "\"joined_at\":\"2026-01-01T00:00:00Z\",\"nick\":\"A\"},"
			   "{\"user\":{\"id\":\"6\"},\"joined_at\":\"2026-12-01T00:00:00Z\"}]";
	assert_int_equal(history_read_members(ra_str_of(json), GUILD, T0, batch, &page), 0);
	assert_int_equal(page.count, 2);
	assert_int_equal(page.people, 1);
	assert_int_equal(page.oldest, 6);
	assert_true(ra_str_is(member_of(batch, 5)->roles, "1 2"));
	assert_true(member_of(batch, 5)->is_full);
	assert_false(member_of(batch, 5)->has_left);
	assert_null(member_of(batch, 6));
}

static void nonsense_is_refused(void **ctx)
{
	struct batch *batch = *ctx;
	struct history_span span = { GUILD, ROOM, 0, id(1) };
	struct history_thread threads[HISTORY_PAGE];
	struct history_page page;
	static const char *const texts[] = { "", "{", "{\"message\":\"no\"", "[{\"id\":", "7" };
	for (size_t i = 0; i < RA_COUNT(texts); i++) {
		struct ra_str text = ra_str_of(texts[i]);
		assert_int_equal(history_read_messages(text, &span, batch, &page), RA_EPROTO);
		assert_int_equal(history_read_threads(text, GUILD, batch, threads, &page),
				 RA_EPROTO);
		assert_int_equal(history_read_members(text, GUILD, T0, batch, &page), RA_EPROTO);
	}
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_message_counts_as_it_does_live),
		STORY(bots_webhooks_and_notices_are_told_apart),
		STORY(only_the_span_counts),
		STORY(threads_are_described),
		STORY(members_who_joined_later_are_left_to_live),
		STORY(nonsense_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
