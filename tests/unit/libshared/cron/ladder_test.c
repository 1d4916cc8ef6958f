#include "libshared/cron/ladder.h"
#include "libshared/base/clock.h"
#include "tests/harness/cmocka.h"
#include <time.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)
#define MANY    100

static const struct zone in_utc = { 0 };

static int64_t utc(const char *text)
{
	int64_t ms = 0;
	assert_int_equal(ra_iso8601_parse(ra_str_of(text), &ms), 0);
	return ms;
}

/* `good`: g for each that is; `kept`: k for each that should be. */
static void assert_kept(const char *const *times, const char *good, const char *kept,
			const struct ladder_rules *rules, const struct zone *zone)
{
	struct ladder_backup list[32] = { 0 };
	char said[33] = "";
	size_t count = strlen(good);
	for (size_t i = 0; i < count; i++)
		list[i] =
			(struct ladder_backup){ .at_ms = utc(times[i]), .is_good = good[i] == 'g' };
	ladder_mark(list, count, rules, zone);
	for (size_t i = 0; i < count; i++)
		said[i] = list[i].is_kept ? 'k' : '-';
	assert_string_equal(said, kept);
}

static const char *const days[] = {
	"2026-11-21T02:00:00Z", "2026-11-20T14:00:00Z", "2026-11-20T02:00:00Z",
	"2026-11-16T02:00:00Z", "2026-11-15T02:00:00Z", "2026-11-01T02:00:00Z",
	"2026-10-31T02:00:00Z", "2026-09-30T02:00:00Z",
};

static void test_each_step(void **state)
{
	(void)state;
	assert_kept(days, "gggggggg", "kkk-----", &(struct ladder_rules){ .last = 3 }, &in_utc);
	assert_kept(days, "gggggggg", "kkk-----", &(struct ladder_rules){ .hourly = 3 }, &in_utc);
	assert_kept(days, "gggggggg", "kk-k----", &(struct ladder_rules){ .daily = 3 }, &in_utc);
	/* a Saturday; the weeks begin on Mondays, the 16th and the 9th */
	assert_kept(days, "gggggggg", "k---kk--", &(struct ladder_rules){ .weekly = 3 }, &in_utc);
	assert_kept(days, "gggggggg", "k-----kk", &(struct ladder_rules){ .monthly = 3 }, &in_utc);
	assert_kept(days, "gggggggg", "kkkkkkkk",
		    &(struct ladder_rules){ .last = 3, .weekly = 3, .monthly = 3, .daily = 4 },
		    &in_utc);
}

static void test_the_last_good_one_is_always_kept(void **state)
{
	(void)state;
	const struct ladder_rules none = { 0 };
	assert_kept(days, "gggggggg", "k-------", &none, &in_utc);
	/* what is not good is kept until there is a newer good one, and takes no step */
	assert_kept(days, "xxggxggg", "kkk-----", &none, &in_utc);
	assert_kept(days, "xgxgxggg", "kk-k----", &(struct ladder_rules){ .last = 2 }, &in_utc);
	assert_kept(days, "xxxxxxxx", "kkkkkkkk", &none, &in_utc);
	assert_kept(days, "xxxxxxxg", "kkkkkkkk", &none, &in_utc);
	assert_kept(days, "", "", &none, &in_utc);
}

/* Days are the zone's: 23:30 in London is tomorrow in Berlin. */
static void test_days_are_the_zones(void **state)
{
	(void)state;
	static const char *const times[] = { "2026-11-20T23:30:00Z", "2026-11-20T22:30:00Z",
					     "2026-11-20T02:00:00Z" };
	struct zone_span span = { 0, 3600 };
	const struct zone berlin = { &span, 1 };
	const struct ladder_rules rules = { .daily = 2 };
	assert_kept(times, "ggg", "k--", &rules, &in_utc);
	assert_kept(times, "ggg", "kk-", &rules, &berlin);
}

/* Another way to the same: for each good backup, is it the newest with that label, and how many
 * labels are newer? */
static bool is_kept_naively(const struct ladder_backup *list, size_t i, int most,
			    const char *format)
{
	char labels[MANY][24] = { "" }, label[24];
	int seen = 0;
	for (size_t k = 0; k <= i; k++) {
		time_t at = list[k].at_ms / 1000;
		struct tm tm;
		gmtime_r(&at, &tm);
		strftime(label, sizeof(label), format, &tm);
		bool is_new = list[k].is_good;
		for (int s = 0; s < seen; s++)
			is_new &= strcmp(labels[s], label) != 0;
		if (!is_new && k == i)
			return false;
		if (is_new)
			memcpy(labels[seen++], label, sizeof(label));
	}
	return list[i].is_good && seen <= most;
}

static void test_as_counted_by_labels(void **state)
{
	(void)state;
	static struct ladder_backup list[MANY];
	uint64_t random = 7;
	for (int round = 0; round < 40; round++) {
		int64_t at = utc("2026-11-21T12:34:56Z");
		for (size_t i = 0; i < MANY; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			at -= (int64_t)(random >> 33) % (round % 2 ? 3 * DAY_MS : 2 * HOUR_MS);
			list[i] = (struct ladder_backup){ at, (random >> 20) % 10 > 1, false };
		}
		const struct ladder_rules rules = { round % 5, round % 7, round % 11, round % 6,
						    round % 13 };
		ladder_mark(list, MANY, &rules, &in_utc);
		bool is_any_good = false;
		int last = rules.last;
		for (size_t i = 0; i < MANY; i++) {
			bool is_kept = !is_any_good || (list[i].is_good && last > 0) ||
				       is_kept_naively(list, i, rules.hourly, "%F %H") ||
				       is_kept_naively(list, i, rules.daily, "%F") ||
				       is_kept_naively(list, i, rules.weekly, "%G %V") ||
				       is_kept_naively(list, i, rules.monthly, "%Y %m");
			is_any_good |= list[i].is_good;
			last -= list[i].is_good;
			assert_int_equal(list[i].is_kept, is_kept);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_step),
		cmocka_unit_test(test_the_last_good_one_is_always_kept),
		cmocka_unit_test(test_days_are_the_zones),
		cmocka_unit_test(test_as_counted_by_labels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
