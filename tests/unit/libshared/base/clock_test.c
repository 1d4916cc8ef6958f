/* clock: Discord's timestamps, to the millisecond. */
#include "libshared/base/clock.h"
#include "libshared/base/err.h"
#include "tests/harness/cmocka.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void assert_reads(const char *text, int64_t expected)
{
	int64_t ms = -1;
	assert_int_equal(ra_iso8601_parse(ra_str_of(text), &ms), 0);
	if (ms != expected)
		fail_msg("%s: %lld, not %lld", text, (long long)ms, (long long)expected);
}

static void reads_what_discord_writes(void **state)
{
	(void)state;
	assert_reads("1970-01-01T00:00:00Z", 0);
	assert_reads("2015-04-26T06:26:56.936000+00:00", 1430029616936);
	assert_reads("2015-04-26T06:26:56+00:00", 1430029616000);
	assert_reads("2015-04-26T09:26:56.936+03:00", 1430029616936);
	assert_reads("2015-04-26T00:56:56.9369999999-05:30", 1430029616936);
	assert_reads("2015-04-26T06:26:56.9Z", 1430029616900);
	assert_reads("1969-12-31T23:59:59.999Z", -1);
	assert_reads("2000-02-29T00:00:00Z", 951782400000);
	assert_reads("9999-12-31T23:59:59.999Z", 253402300799999);
	assert_reads("0001-01-01T00:00:00Z", -62135596800000);
}

static void refuses_everything_else(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"2015",
		"2015-04-26",
		"2015-04-26T06:26:56",
		"2015-04-26 06:26:56Z",
		"2015-04-26T06:26Z",
		"2015-13-01T00:00:00Z",
		"2015-00-01T00:00:00Z",
		"2015-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2015-04-31T00:00:00Z",
		"2015-04-26T24:00:00Z",
		"2015-04-26T06:60:00Z",
		"2015-04-26T06:26:60Z",
		"2015-04-26T06:26:56.Z",
		"2015-04-26T06:26:56.9",
		"2015-04-26T06:26:56+0300",
		"2015-04-26T06:26:56+24:00",
		"2015-04-26T06:26:56Zx",
		"-015-04-26T06:26:56Z",
		"2015-04-26T-6:26:56Z",
		"2015-04-2xT06:26:56Z",
	};
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		int64_t ms = 77;
		if (ra_iso8601_parse(ra_str_of(bad[i]), &ms) != RA_EINVAL || ms != 77)
			fail_msg("%s", bad[i]);
	}
}

static void never_reads_past_the_end(void **state)
{
	(void)state;
	static const char text[] = "2015-04-26T06:26:56.936+03:00";
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		char *exact = ra_realloc(NULL, len); /* the sanitizer watches its end */
		memcpy(exact, text, len);
		int64_t ms;
		assert_int_equal(ra_iso8601_parse((struct ra_str){ exact, len }, &ms), RA_EINVAL);
		ra_free(exact);
	}
}

static void writes_and_reads_back(void **state)
{
	(void)state;
	static const int64_t times[] = { 0,
					 1,
					 -1,
					 999,
					 1000,
					 -1000,
					 1430029616936,
					 951782400000,
					 253402300799999,
					 -62135596800000 };
	for (size_t i = 0; i < RA_COUNT(times); i++) {
		char text[33];
		ra_iso8601_format(times[i], text);
		assert_int_equal(strlen(text), 32);
		assert_reads(text, times[i]);
	}
}

static void writes_as_discord_does(void **state)
{
	(void)state;
	char text[33];
	ra_iso8601_format(1430029616936, text);
	assert_string_equal(text, "2015-04-26T06:26:56.936000+00:00");
	ra_iso8601_format(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999000+00:00");
	ra_iso8601_format(INT64_MIN, text);
	assert_string_equal(text, "0001-01-01T00:00:00.000000+00:00");
}

/* glibc is the second opinion on calendars. */
static void agrees_with_gmtime(void **state)
{
	(void)state;
	for (int64_t seconds = -62135596800; seconds < 253402300799;
	     seconds += 86400 * 97 + 12345) {
		struct tm utc;
		char text[40];
		time_t time = seconds;
		gmtime_r(&time, &utc);
		snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", utc.tm_year + 1900,
			 utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
		assert_reads(text, seconds * 1000);
	}
}

static void tells_the_time(void **state)
{
	(void)state;
	int64_t before = (int64_t)time(NULL) * 1000;
	int64_t wall = ra_wall_ms();
	assert_in_range(wall - before + 1000, 0, 3000);
	uint64_t first = ra_monotonic_ms();
	assert_true(ra_monotonic_ms() >= first);
}

static void set_offset(const char *path, int64_t ms)
{
	FILE *file = fopen(path, "r+");
	assert_int_equal(fwrite(&ms, 1, sizeof(ms), file), sizeof(ms));
	fclose(file);
}

static void follows_a_file(void **state)
{
	(void)state;
	const int64_t day_ms = 24 * 3600 * 1000;
	char path[] = "/tmp/rations-clock-XXXXXX";
	close(mkstemp(path));
	assert_int_equal(ra_clock_follow("/nowhere/at-all"), -ENOENT);
	assert_int_equal(ra_clock_follow(path), RA_EINVAL);

	int64_t before = ra_wall_ms();
	set_offset(path, 400 * day_ms);
	assert_int_equal(ra_clock_follow(path), 0);
	assert_in_range(ra_wall_ms() - before - 400 * day_ms, 0, 60000);
	set_offset(path, -day_ms);
	assert_in_range(ra_wall_ms() - before + day_ms, 0, 60000);
	set_offset(path, 0);
	assert_in_range(ra_wall_ms() - before, 0, 60000);
	unlink(path);
}

static void draws_from_the_whole_range(void **state)
{
	(void)state;
	unsigned seen[10] = { 0 };
	for (int i = 0; i < 10000; i++)
		seen[ra_random(10)]++;
	for (int i = 0; i < 10; i++)
		assert_in_range(seen[i], 700, 1300);
	assert_int_equal(ra_random(1), 0);
	assert_int_equal(ra_random(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_discord_writes),
		cmocka_unit_test(refuses_everything_else),
		cmocka_unit_test(never_reads_past_the_end),
		cmocka_unit_test(writes_and_reads_back),
		cmocka_unit_test(writes_as_discord_does),
		cmocka_unit_test(agrees_with_gmtime),
		cmocka_unit_test(tells_the_time),
		cmocka_unit_test(follows_a_file),
		cmocka_unit_test(draws_from_the_whole_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
