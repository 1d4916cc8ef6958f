/* log: what a line looks like, in both formats, and that it stays one line of bounded length. */
#include "libshared/base/log.h"
#include "libshared/base/buf.h"
#include "libshared/base/clock.h"
#include "libshared/base/err.h"
#include "tests/harness/capture.h"
#include "tests/harness/cmocka.h"
#include <jansson.h>
#include <limits.h>

static const struct ra_field shard_fields[] = { ra_f_int("shard", 3), { .kind = RA_FIELD_END } };
static const struct ra_field guild_fields[] = { ra_f_u64("guild", UINT64_MAX),
						{ .kind = RA_FIELD_END } };
static const struct ra_log shard_log = { NULL, shard_fields };
static const struct ra_log guild_log = { &shard_log, guild_fields };

static char *line_of(const struct ra_log *log, const struct ra_field *fields)
{
	struct capture capture = capture_begin(STDERR_FILENO);
	ra_log_line(log, RA_LEVEL_WARN, "shard lost", fields);
	return capture_end(&capture);
}

/* Behind "time=2026-11-21T10:15:30.123Z ". */
static const char *behind_time(const char *line)
{
	int64_t ms;
	assert_memory_equal(line, "time=", 5);
	assert_int_equal(ra_iso8601_parse((struct ra_str){ line + 5, 24 }, &ms), 0);
	assert_in_range(ra_wall_ms() - ms, 0, 60000);
	return line + 30;
}

static void writes_logfmt(void **state)
{
	(void)state;
	ra_log_setup("gateway-ingest", RA_LEVEL_INFO, RA_LOG_LOGFMT);
	char *line = line_of(&guild_log, (const struct ra_field[]){ ra_f_bool("resumable", true),
								    ra_f_int("code", -4),
								    ra_f_text("why", "read error"),
								    ra_f_text("empty", NULL),
								    ra_f_text("odd", "a=\"b\"\n"),
								    ra_f_err(RA_ETIMEOUT),
								    { .kind = RA_FIELD_END } });
	assert_string_equal(behind_time(line),
			    "level=warn service=gateway-ingest msg=\"shard lost\" shard=3"
			    " guild=18446744073709551615 resumable=true code=-4 why=\"read error\""
			    " empty=\"\" odd=\"a=\\\"b\\\"\\n\" error=\"timed out\"\n");
	ra_free(line);
}

static void writes_json(void **state)
{
	(void)state;
	ra_log_setup("gateway-ingest", RA_LEVEL_INFO, RA_LOG_JSON);
	char *line = line_of(&guild_log, (const struct ra_field[]){ ra_f_bool("resumable", false),
								    ra_f_u64("seq", 7),
								    ra_f_text("why", "a\"\n\xff"),
								    { .kind = RA_FIELD_END } });
	static const char expected[] = "\"level\":\"warn\",\"service\":\"gateway-ingest\","
				       "\"msg\":\"shard lost\",\"shard\":3,"
				       "\"guild\":\"18446744073709551615\",\"resumable\":false,"
				       "\"seq\":7,\"why\":\"a\\\"\\n\xef\xbf\xbd\"}\n";
	assert_memory_equal(line, "{\"time\":\"", 9);
	assert_string_equal(strstr(line, "\"level\""), expected);
	ra_free(line);
}

static void json_quotes_what_javascript_would_round(void **state)
{
	(void)state;
	ra_log_setup("api", RA_LEVEL_INFO, RA_LOG_JSON);
	const struct ra_field fields[] = { ra_f_u64("a", (UINT64_C(1) << 53) - 1),
					   ra_f_u64("b", UINT64_C(1) << 53),
					   { .kind = RA_FIELD_END } };
	char *line = line_of(NULL, fields);
	assert_non_null(strstr(line, "\"a\":9007199254740991,\"b\":\"9007199254740992\"}"));
	ra_free(line);
}

static void needs_no_fields(void **state)
{
	(void)state;
	ra_log_setup("api", RA_LEVEL_INFO, RA_LOG_LOGFMT);
	char *line = line_of(NULL, NULL);
	assert_string_equal(behind_time(line), "level=warn service=api msg=\"shard lost\"\n");
	ra_free(line);
}

static void stays_below_the_pipe_limit(void **state)
{
	(void)state;
	char text[3000];
	memset(text, '\x01', sizeof(text) - 1); /* six characters each when escaped */
	text[sizeof(text) - 1] = '\0';
	ra_log_setup("api", RA_LEVEL_INFO, RA_LOG_JSON);
	char *line = line_of(NULL, (const struct ra_field[]){ ra_f_text("huge", text),
							      ra_f_int("small", 1),
							      { .kind = RA_FIELD_END } });
	assert_true(strlen(line) <= PIPE_BUF);
	json_t *json = json_loads(line, 0, NULL);
	assert_non_null(json);
	assert_null(json_object_get(json, "huge"));
	assert_true(json_is_integer(json_object_get(json, "small")));
	assert_true(json_is_true(json_object_get(json, "truncated")));
	json_decref(json);
	ra_free(line);
}

static void many_fields_stay_below_the_pipe_limit(void **state)
{
	(void)state;
	enum { FIELDS = 1000 };
	static struct ra_field fields[FIELDS + 1];
	for (int i = 0; i < FIELDS; i++)
		fields[i] = ra_f_int("n", i);
	ra_log_setup("api", RA_LEVEL_INFO, RA_LOG_LOGFMT);
	char *line = line_of(NULL, fields);
	assert_in_range(strlen(line), PIPE_BUF - 100, PIPE_BUF);
	assert_string_equal(line + strlen(line) - 16, " truncated=true\n");
	ra_free(line);
}

/* "ж" is two bytes: the cut must not fall between them. */
static void cuts_long_texts_between_characters(void **state)
{
	(void)state;
	struct ra_buf text = { 0 };
	ra_buf_add_text(&text, "x");
	for (int i = 0; i < 1000; i++)
		ra_buf_add_text(&text, "ж");
	ra_log_setup("api", RA_LEVEL_INFO, RA_LOG_LOGFMT);
	char *line = line_of(NULL, (const struct ra_field[]){ ra_f_str("text", ra_buf_str(&text)),
							      { .kind = RA_FIELD_END } });
	const char *value = strstr(line, "text=\"") + 6;
	assert_int_equal(strcspn(value, "\""), 1023);
	assert_null(strstr(line, "\xef\xbf\xbd"));
	ra_free(line);
	ra_buf_fini(&text);
}

static void keeps_quiet_below_its_level(void **state)
{
	(void)state;
	ra_log_setup("api", RA_LEVEL_WARN, RA_LOG_LOGFMT);
	struct capture capture = capture_begin(STDERR_FILENO);
	ra_debug(NULL, "a");
	ra_info(NULL, "b");
	ra_warn(NULL, "c");
	ra_error(&shard_log, "d", ra_f_int("n", 1));
	char *text = capture_end(&capture);
	assert_null(strstr(text, "msg=a"));
	assert_null(strstr(text, "msg=b"));
	assert_non_null(strstr(text, "level=warn service=api msg=c\n"));
	assert_non_null(strstr(text, "level=error service=api msg=d shard=3 n=1\n"));
	ra_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_logfmt),
		cmocka_unit_test(writes_json),
		cmocka_unit_test(json_quotes_what_javascript_would_round),
		cmocka_unit_test(needs_no_fields),
		cmocka_unit_test(stays_below_the_pipe_limit),
		cmocka_unit_test(many_fields_stay_below_the_pipe_limit),
		cmocka_unit_test(cuts_long_texts_between_characters),
		cmocka_unit_test(keeps_quiet_below_its_level),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
