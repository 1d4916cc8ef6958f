/* What GovTracker2's files say, however they were written, and whatever was done to them. */
#include "libshared/discord/snowflake.h"
#include "services/backup-scheduler/import_govtracker_source.h"
#include "tests/harness/cmocka.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOW_MS 1800000000000LL /* 2027-01-15 */

/* --- rows --- */

static void add(struct gov_row *row, const char *name, const char *text)
{
	gov_row_add(row, RA_STR(""), ra_str_of(name), ra_str_of(text));
}

static void test_names_are_spelled_either_way(void **state)
{
	(void)state;
	struct gov_row row = { 0 };
	add(&row, "discord_id", "");
	add(&row, "mentionMessageId", "1397751897632280717");
	gov_row_add(&row, RA_STR("server"), RA_STR("serverId"), RA_STR("805026457327108126"));
	assert_true(gov_id(&row, "discordid mentionmessageid", NOW_MS) == 1397751897632280717ULL);
	assert_true(gov_id(&row, "serverserverid", NOW_MS) == 805026457327108126ULL);
	assert_true(gov_text(&row, "nothing").len == 0);
	gov_row_fini(&row);
}

static void test_ids_are_discords_and_of_the_past(void **state)
{
	(void)state;
	static const char *const wrong[] = { "",
					     "17",
					     "-5",
					     "1.3e18",
					     "99999999999999999999",
					     "805026457327108126x",
					     "9223372036854775807",
					     "reaction_1_2" };
	for (size_t i = 0; i < RA_COUNT(wrong); i++)
		assert_true(gov_id_of(ra_str_of(wrong[i]), NOW_MS) == 0);
	assert_true(gov_id_of(RA_STR("805026457327108126"), NOW_MS) != 0);
}

static void assert_time(const char *text, int64_t expected_ms)
{
	struct gov_row row = { 0 };
	int64_t ms = 0;
	add(&row, "at", text);
	bool is_time = gov_time(&row, "at", NOW_MS, &ms);
	if (is_time != (expected_ms != 0) || ms != expected_ms)
		fail_msg("%s is %lld", text, (long long)ms);
	gov_row_fini(&row);
}

static void test_times_come_in_many_ways(void **state)
{
	(void)state;
	const int64_t at_ms = 1753446896000LL; /* 2025-07-25 12:34:56 UTC */
	assert_time("2025-07-25T12:34:56.000Z", at_ms);
	assert_time("2025-07-25T12:34:56.250999", at_ms + 250);
	assert_time("2025-07-25 12:34:56", at_ms);
	assert_time("2025-07-25 12:34:56.5", at_ms + 500);
	assert_time("2025-07-25 15:34:56+03", at_ms);
	assert_time("2025-07-25 15:34:56.25+03:00", at_ms + 250);
	assert_time("2025-07-25T09:34:56-03:00", at_ms);
	assert_time("1753446896", at_ms);
	assert_time("1753446896000", at_ms);
	assert_time("2025-13-25 12:34:56", 0);
	assert_time("yesterday", 0);
	assert_time("0000-00-00 00:00:00", 0);
	assert_time("1999-01-01 00:00:00", 0);
	assert_time("2525-07-25 12:34:56", 0);
	assert_time("-1753446896000", 0);
	assert_time("2025-07-25 12:34:56 and much more behind it that is no time", 0);
}

static void assert_list(const char *text, const char *expected)
{
	struct ra_str list = ra_str_of(text), item;
	char told[256] = "";
	while (gov_list_next(&list, &item))
		snprintf(told + strlen(told), sizeof(told) - strlen(told), "%.*s|", (int)item.len,
			 item.ptr);
	assert_string_equal(told, expected);
}

static void test_lists_come_in_many_ways(void **state)
{
	(void)state;
	assert_list("[\"LSPD\", 5, \"Weazel News\"]", "LSPD|5|Weazel News|");
	assert_list("{LSPD,\"Weazel News\",5}", "LSPD|Weazel News|5|");
	assert_list("куратор, help,question ", "куратор|help|question|");
	assert_list("[]", "");
	assert_list("", "");
	assert_list("[\"open", "open|");
}

static void test_values_are_bounded_and_clean(void **state)
{
	(void)state;
	struct gov_row row = { 0 };
	char *name = ra_alloc(500), *text = ra_alloc(3 * GOV_TEXT_MAX);
	memset(name, 'n', 499);
	memset(text, 't', 3 * GOV_TEXT_MAX - 1);
	add(&row, name, "x");
	add(&row, "long", text);
	gov_row_add(&row, RA_STR(""), RA_STR("odd"), (struct ra_str){ "a\0b\xff", 4 });
	assert_true(strlen(row.fields[0].name) == GOV_NAME_MAX - 1);
	assert_true(gov_text(&row, "long").len == GOV_TEXT_MAX);
	assert_true(ra_str_is(gov_text(&row, "odd"), "ab\xef\xbf\xbd"));
	for (int i = 0; i < 2 * GOV_FIELDS_MAX; i++)
		add(&row, "more", "x");
	assert_true(row.count == GOV_FIELDS_MAX);
	gov_row_fini(&row);
	ra_free(name);
	ra_free(text);
}

static void test_yes_and_no_and_numbers(void **state)
{
	(void)state;
	struct gov_row row = { 0 };
	int64_t number = 7;
	add(&row, "a", "t");
	add(&row, "b", "0");
	add(&row, "c", "perhaps");
	add(&row, "d", "5.0");
	add(&row, "e", "many");
	assert_true(gov_bool(&row, "a", false) && !gov_bool(&row, "b", true));
	assert_true(gov_bool(&row, "c", true) && !gov_bool(&row, "none", false));
	assert_true(gov_number(&row, "d", &number) && number == 5);
	assert_false(gov_number(&row, "e", &number) || gov_number(&row, "none", &number));
	gov_row_fini(&row);
}

/* --- files --- */

static char path[] = "/tmp/govtracker-XXXXXX";

static struct gov_source *open_text(const char *text, struct ra_err *err)
{
	FILE *file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
	return gov_file_open(path, NULL, NULL, err);
}

struct told {
	char text[2000];
	int stop_after;
};

static int on_row(void *ctx, const struct gov_row *row, struct ra_err *err)
{
	struct told *told = ctx;
	(void)err;
	size_t at = strlen(told->text);
	for (size_t i = 0; i < row->count; i++)
		at += (size_t)snprintf(told->text + at, sizeof(told->text) - at, "%s=%.*s ",
				       row->fields[i].name, (int)row->fields[i].text.len,
				       row->fields[i].text.ptr);
	snprintf(told->text + at, sizeof(told->text) - at, "; ");
	return told->stop_after && --told->stop_after == 0 ? RA_ESTOPPED : 0;
}

static void assert_rows(struct gov_source *source, enum gov_kind kind, const char *expected)
{
	struct told told = { 0 };
	struct ra_err err = { 0 };
	assert_int_equal(source->each(source, kind, on_row, &told, &err), 0);
	assert_string_equal(told.text, expected);
}

static void test_a_full_backup(void **state)
{
	(void)state;
	struct ra_err err = { 0 };
	struct gov_source *source =
		open_text("{\"botSettings\":[{\"key\":\"notificationDelay\",\"value\":\"20\"}],"
			  "\"unknown\":{\"curators\":[1]},"
			  "\"discordServers\":[{\"id\":1,\"serverId\":\"805\",\"name\":\"Weazel "
			  "\\u041d\\\"\",\"isActive\":true,\"more\":null}],"
			  "\"curators\":[{\"id\":2,\"factions\":[\"LSPD\",\"EMS\"]},17,null,[]],"
			  "\"activities\":[{\"id\":3,\"curator\":{\"discordId\":\"9\",\"deep\":{"
			  "\"x\":1}}}],\"taskReports\":[]}",
			  &err);
	assert_non_null(source);
	assert_rows(source, GOV_SERVERS,
		    "id=1 serverid=805 name=Weazel Н\" isactive=true more= ; ");
	assert_rows(source, GOV_CURATORS, "id=2 factions=[\"LSPD\",\"EMS\"] ; ; ; ; ");
	assert_rows(source, GOV_ACTIVITIES, "id=3 curatordiscordid=9 ; ");
	assert_rows(source, GOV_BOT_SETTINGS, "key=notificationDelay value=20 ; ");
	assert_rows(source, GOV_REPORTS, "");
	assert_rows(source, GOV_REQUESTS, "");
	assert_rows(source, GOV_SERVERS,
		    "id=1 serverid=805 name=Weazel Н\" isactive=true more= ; ");
	source->close(&source);
	assert_null(source);
}

static void test_a_backup_of_the_other_version(void **state)
{
	(void)state;
	struct ra_err err = { 0 };
	struct gov_source *source = open_text(
		"{\"metadata\":{\"source\":\"x\"},\"data\":{\"activities\":[{\"curator_id\":1}],"
		"\"discord_servers\":[{\"server_id\":\"8\"}],\"data\":{\"curators\":[{}]}}}",
		&err);
	assert_non_null(source);
	assert_rows(source, GOV_ACTIVITIES, "curatorid=1 ; ");
	assert_rows(source, GOV_SERVERS, "serverid=8 ; ");
	assert_rows(source, GOV_CURATORS, "");
	source->close(&source);
}

static void test_archives_of_one(void **state)
{
	(void)state;
	struct ra_err err = { 0 };
	struct gov_source *source =
		open_text("{\"type\":\"curator\",\"curator\":{\"id\":4,\"discordId\":\"9\"},"
			  "\"activities\":[{\"serverId\":1}],\"stats\":{}}",
			  &err);
	assert_non_null(source);
	assert_rows(source, GOV_CURATORS, "id=4 discordid=9 ; ");
	assert_rows(source, GOV_ACTIVITIES, "serverid=1 ; ");
	source->close(&source);
	source = open_text("{\"server\":{\"id\":4},\"summary\":{},\"fullData\":{"
			   "\"responseTracking\":[{\"id\":6}]}}",
			   &err);
	assert_non_null(source);
	assert_rows(source, GOV_SERVERS, "id=4 ; ");
	assert_rows(source, GOV_REQUESTS, "id=6 ; ");
	source->close(&source);
}

static void test_what_is_no_backup_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		"[]",
		"null",
		"{}",
		"{\"data\":[]}",
		"{\"curators\":[",
		"{\"curators\":[]",
		"{\"curators\":[]} {\"curators\":[]}",
		"{\"curators\":[{\"name\":\"never ends}]}",
		"not even that",
	};
	for (size_t i = 0; i < RA_COUNT(texts); i++) {
		struct ra_err err = { 0 };
		struct gov_source *source = open_text(texts[i], &err);
		if (source || !*err.msg || !*err.hint)
			fail_msg("%s: %s", texts[i], err.msg);
	}
	struct ra_err err = { 0 };
	assert_null(gov_file_open("/tmp/there/is/no/such.json", NULL, NULL, &err));
	assert_true(*err.msg);
}

/* A row in the middle that is broken is the end, and said so; nothing behind it is made up. */
static void test_a_broken_row_stops(void **state)
{
	(void)state;
	struct ra_err err = { 0 };
	struct told told = { 0 };
	struct gov_source *source =
		open_text("{\"curators\":[{\"id\":1},{\"id\":tru},{\"id\":3}]}", &err);
	if (source) {
		assert_true(source->each(source, GOV_CURATORS, on_row, &told, &err) < 0);
		assert_string_equal(told.text, "id=1 ; ");
		source->close(&source);
	}
	assert_true(*err.msg);
}

static void test_who_has_seen_enough_is_told_no_more(void **state)
{
	(void)state;
	struct ra_err err = { 0 };
	struct told told = { .stop_after = 2 };
	struct gov_source *source =
		open_text("{\"curators\":[{\"id\":1},{\"id\":2},{\"id\":3}]}", &err);
	assert_non_null(source);
	assert_int_equal(source->each(source, GOV_CURATORS, on_row, &told, &err), RA_ESTOPPED);
	assert_string_equal(told.text, "id=1 ; id=2 ; ");
	source->close(&source);
}

/* Packed files come through whoever unpacks; what it fails with is what we fail with. */
static ssize_t half_a_file(void *ctx, void *to, size_t len, struct ra_err *err)
{
	int *calls = ctx;
	(void)len;
	if ((*calls)++ > 0)
		return ra_fail(err, RA_EPROTO, "Copy it again.", "the file was cut off");
	memcpy(to, "{\"curators\":[", 13);
	return 13;
}

static void test_a_packed_file_that_was_cut(void **state)
{
	(void)state;
	int calls = 0;
	struct ra_err err = { 0 };
	FILE *file = fopen(path, "w");
	fputs("\x1f\x8b and more", file);
	fclose(file);
	assert_null(gov_file_open(path, half_a_file, &calls, &err));
	assert_int_equal(err.code, RA_EPROTO);
}

/* Some bytes that become more than the disk: it ends long before. */
static ssize_t without_end(void *ctx, void *to, size_t len, struct ra_err *err)
{
	(void)err;
	memset(to, ' ', len);
	*(int64_t *)ctx += (int64_t)len;
	return (ssize_t)len;
}

static void test_a_packed_file_that_never_ends(void **state)
{
	(void)state;
	int64_t told = 0;
	struct ra_err err = { 0 };
	FILE *file = fopen(path, "w");
	fputs("\x1f\x8b and more", file);
	fclose(file);
	assert_null(gov_file_open(path, without_end, &told, &err));
	assert_int_equal(err.code, RA_ETOOBIG);
	assert_true(told < 2 * GOV_RATIO_FROM);
}

static void test_whose_file_it_is(void **state)
{
	(void)state;
	assert_true(gov_file_is_ours(RA_STR(" \n{\"botSettings\": [")));
	assert_true(gov_file_is_ours(
		RA_STR("{\"metadata\": {\"source\": \"GovTracker2 Python Migration\"")));
	assert_true(gov_file_is_ours(RA_STR("{\"curator\":{\"id\":1,\"discordId\":\"5\"}")));
	assert_false(gov_file_is_ours(
		RA_STR("{\"guild\": {\"id\": \"1\"}, \"channel\": {}, \"messages\": [")));
	assert_false(gov_file_is_ours(RA_STR("[{\"botSettings\"")));
	assert_false(gov_file_is_ours(RA_STR("")));
}

/* --- addresses --- */

static void test_an_address_that_makes_no_sense_is_not_repeated(void **state)
{
	(void)state;
	static const char *const urls[] = { "mysql://user:hunter2@", "mysql://user:hunter2@host",
					    "postgresql://user:hunter2@host:port:1/x?y",
					    "postgresql://u:hunter2@[::1" };
	for (size_t i = 0; i < RA_COUNT(urls); i++) {
		struct ra_err err = { 0 };
		struct gov_source *source = *urls[i] == 'm' ? gov_mysql_open(urls[i], &err)
							    : gov_pg_open(urls[i], &err);
		assert_null(source);
		assert_true(*err.msg && *err.hint);
		assert_null(strstr(err.msg, "hunter2"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_spelled_either_way),
		cmocka_unit_test(test_ids_are_discords_and_of_the_past),
		cmocka_unit_test(test_times_come_in_many_ways),
		cmocka_unit_test(test_lists_come_in_many_ways),
		cmocka_unit_test(test_values_are_bounded_and_clean),
		cmocka_unit_test(test_yes_and_no_and_numbers),
		cmocka_unit_test(test_a_full_backup),
		cmocka_unit_test(test_a_backup_of_the_other_version),
		cmocka_unit_test(test_archives_of_one),
		cmocka_unit_test(test_what_is_no_backup_is_refused),
		cmocka_unit_test(test_a_broken_row_stops),
		cmocka_unit_test(test_who_has_seen_enough_is_told_no_more),
		cmocka_unit_test(test_a_packed_file_that_was_cut),
		cmocka_unit_test(test_a_packed_file_that_never_ends),
		cmocka_unit_test(test_whose_file_it_is),
		cmocka_unit_test(test_an_address_that_makes_no_sense_is_not_repeated),
	};
	close(mkstemp(path));
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
