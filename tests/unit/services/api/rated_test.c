/* rated: leaderboard, one curator and the log, against sums done naively over random rows. */
#include "tests/unit/services/api/fixture.h"
#include <math.h>
#include <zlib.h>

#define PEOPLE     6
#define ACTIVITIES 700
#define REQUESTS   260
#define MINUTE     60000LL
#define HOUR       (60 * MINUTE)
#define DAY        (24 * HOUR)

static const uint64_t guilds[2] = { GUILD, OTHER_GUILD };
/* what work is worth in each, and the cap */
static const int64_t points[2][4] = { { 3, 2, 1, 5 }, { 10, 7, 2, 0 } };
static const int64_t caps[2] = { 0, 20 };
static const int64_t good_ms[2] = { 60000, 30000 }, poor_ms[2] = { 300000, 200000 };

static struct activity {
	int guild, person, kind;
	int64_t at_ms;
} activities[ACTIVITIES];

static struct request {
	int guild, person; /* person -1: nobody answered */
	int64_t asked_ms, answered_ms;
	bool is_none;
} requests[REQUESTS];

static int64_t from_ms, to_ms;

/* xorshift: the same rows every time. */
static uint64_t seed = 88172645463325252u;
static int64_t dice(int64_t sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int64_t)(seed % (uint64_t)sides);
}

static void run(const char *sql, ...)
{
	char text[2048];
	va_list args;
	va_start(args, sql);
	vsnprintf(text, sizeof(text), sql, args);
	va_end(args);
	fixture_sql(text);
}

static void lay_activity(int i)
{
	static const char *const kinds[] = { "message", "reply", "reaction", "task_verification" };
	struct activity *one = &activities[i];
	*one = (struct activity){ (int)dice(2), (int)dice(PEOPLE), (int)dice(4), 0 };
	/* many in few places of the clock, so that the cap bites; some outside the range */
	one->at_ms = from_ms - DAY + dice(9) * DAY + dice(3) * HOUR + dice(40) * MINUTE;
	run("INSERT INTO response.activity (guild_id, user_id, at, kind, message_id, channel_id) "
	    "VALUES (%llu, %d, ms_to_ts(%lld), '%s', %d, 9)",
	    (unsigned long long)guilds[one->guild], 1000 + one->person, (long long)one->at_ms,
	    kinds[one->kind], 50000 + i);
}

static void lay_request(int i)
{
	struct request *one = &requests[i];
	bool is_answered = dice(5) > 0;
	*one = (struct request){ (int)dice(2), is_answered ? (int)dice(PEOPLE) : -1, 0, 0,
				 dice(10) == 0 };
	one->asked_ms = from_ms - DAY + dice(9 * DAY);
	one->answered_ms = one->asked_ms + (dice(3) ? dice(100000) : dice(600000));
	run("INSERT INTO response.request (guild_id, request_id, channel_id, author_id, kind, "
	    " state, asked_at, clock_at, answered_at, answered_by, answer_kind) VALUES "
	    "(%llu, %d, 9, 5, 'keyword', '%s', ms_to_ts(%lld), ms_to_ts(%lld), "
	    " CASE WHEN %d >= 0 THEN ms_to_ts(%lld) END, nullif(1000 + %d, 999), 'reply')",
	    (unsigned long long)guilds[one->guild], 70000 + i,
	    one->is_none  ? "not_a_request"
	    : is_answered ? "answered"
			  : "open",
	    (long long)one->asked_ms, (long long)one->asked_ms, one->person,
	    (long long)one->answered_ms, one->person);
}

static void lay_people(void)
{
	for (int i = 0; i < PEOPLE; i++)
		run("INSERT INTO analytics.member (guild_id, user_id, username) VALUES "
		    "(4194304000, %1$d, 'user %2$d'), (8388608000, %1$d, 'user %2$d');"
		    "INSERT INTO response.staff (guild_id, user_id, started_at) VALUES "
		    "(4194304000, %1$d, '2026-01-01Z'), (8388608000, %1$d, '2026-01-01Z')",
		    1000 + i, i);
	fixture_sql(
		"INSERT INTO app.rating_settings (guild_id, points_message, points_reply, "
		" points_reaction, points_task, block_cap) VALUES (8388608000, 10, 7, 2, 0, 20);"
		"INSERT INTO app.desk_settings (guild_id, is_enabled, good_s, poor_s) VALUES "
		"(8388608000, true, 30, 200);"
		"UPDATE app.account_guild SET permissions = 32 WHERE guild_id = 8388608000");
}

static int open_fixture(void **state)
{
	fixture_of_alice(state);
	assert_int_equal(ra_iso8601_parse(ra_str_of("2026-03-23T00:00:00Z"), &from_ms), 0);
	to_ms = from_ms + 7 * DAY;
	lay_people();
	for (int i = 0; i < ACTIVITIES; i++)
		lay_activity(i);
	fixture_sql(
		"INSERT INTO response.activity_hourly (guild_id, hour, user_id, messages, replies, "
		" reactions, tasks) SELECT guild_id, date_trunc('hour', at, 'UTC'), user_id, "
		" count(*) FILTER (WHERE kind = 'message'), count(*) FILTER (WHERE kind = "
		"'reply'), "
		" count(*) FILTER (WHERE kind = 'reaction'), "
		" count(*) FILTER (WHERE kind = 'task_verification') "
		"FROM response.activity GROUP BY 1, 2, 3");
	for (int i = 0; i < REQUESTS; i++)
		lay_request(i);
	return 0;
}

static struct page good(const char *path)
{
	struct page page = get(path);
	if (page.status != 200)
		fail_msg("%s: %s", path, page.body);
	return page;
}

/* --- the naive sums --- */

struct sums {
	int64_t counts[4], base, responses, good, poor, times[REQUESTS];
};

static int64_t capped(int person, int guild)
{
	int64_t sum = 0;
	for (int64_t block = from_ms; block < to_ms; block += 10 * MINUTE) {
		int64_t in_block = 0;
		for (int i = 0; i < ACTIVITIES; i++)
			if (activities[i].guild == guild && activities[i].person == person &&
			    activities[i].at_ms >= block &&
			    activities[i].at_ms < block + 10 * MINUTE)
				in_block += points[guild][activities[i].kind];
		sum += in_block > caps[guild] ? caps[guild] : in_block;
	}
	return sum;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static struct sums sums_of(int person, bool by_answer)
{
	struct sums s = { 0 };
	for (int i = 0; i < ACTIVITIES; i++) {
		const struct activity *one = &activities[i];
		if (one->person != person || one->at_ms < from_ms || one->at_ms >= to_ms)
			continue;
		s.counts[one->kind]++;
		if (!caps[one->guild])
			s.base += points[one->guild][one->kind];
	}
	for (int g = 0; g < 2; g++)
		s.base += caps[g] ? capped(person, g) : 0;
	for (int i = 0; i < REQUESTS; i++) {
		const struct request *one = &requests[i];
		int64_t at = by_answer ? one->answered_ms : one->asked_ms;
		int64_t ms = one->answered_ms - one->asked_ms;
		if (one->person != person || one->is_none || at < from_ms || at >= to_ms)
			continue;
		ms = ms < 1000 ? 1000 : ms;
		s.times[s.responses++] = ms;
		s.good += ms <= good_ms[one->guild];
		s.poor += ms >= poor_ms[one->guild];
	}
	qsort(s.times, (size_t)s.responses, sizeof(*s.times), by_time);
	return s;
}

/* As heritage has it, with fractions. */
static int64_t bonus_of(const struct sums *s)
{
	double r = (double)s->responses, bonus = (double)(s->good - s->poor);
	if (s->responses == 0)
		return 0;
	if ((double)s->good / r >= 0.8)
		bonus += floor(0.2 * r);
	else if ((double)s->poor / r >= 0.5)
		bonus -= floor(0.3 * r);
	return (int64_t)fmax(bonus, -r);
}

static int64_t median(const struct sums *s)
{
	int64_t half = s->responses / 2;
	double middle = (double)s->times[half];
	if (s->responses % 2 == 0)
		middle = (middle + (double)s->times[half - 1]) / 2;
	return (int64_t)(middle + 0.5);
}

static json_t *row_of(const struct page *page, int id)
{
	json_t *rows = at(page->json, "rows");
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (atoi(json_string_value(at(json_array_get(rows, i), "id"))) == id)
			return json_array_get(rows, i);
	give_up("nobody is %d", id);
}

static int64_t of(const json_t *row, const char *name)
{
	return json_integer_value(at(row, name));
}

#define RANGE "period=custom&from=2026-03-23&to=2026-03-29"
#define BOARD "/api/v1/leaderboard?guilds=4194304000,8388608000&limit=100&" RANGE

static void compare_board(const char *path, bool by_answer)
{
	struct page page = good(path);
	assert_int_equal(number(&page, "total"), PEOPLE);
	for (int i = 0; i < PEOPLE; i++) {
		const json_t *row = row_of(&page, 1000 + i);
		struct sums s = sums_of(i, by_answer);
		assert_int_equal(of(row, "messages"), s.counts[0]);
		assert_int_equal(of(row, "replies"), s.counts[1]);
		assert_int_equal(of(row, "reactions"), s.counts[2]);
		assert_int_equal(of(row, "tasks"), s.counts[3]);
		assert_int_equal(of(row, "base"), s.base);
		assert_int_equal(of(row, "responses"), s.responses);
		assert_int_equal(of(row, "good"), s.good);
		assert_int_equal(of(row, "poor"), s.poor);
		assert_int_equal(of(row, "bonus"), bonus_of(&s));
		assert_int_equal(of(row, "score"), s.base + bonus_of(&s));
		assert_true(s.responses > 0);
		assert_int_equal(of(row, "p50_ms"), median(&s));
		assert_int_equal(of(row, "fastest_ms"), s.times[0]);
		assert_int_equal(of(row, "slowest_ms"), s.times[s.responses - 1]);
	}
	page_free(&page);
}

static void test_board(void **state)
{
	(void)state;
	compare_board(BOARD, false);
	compare_board(BOARD "&by=answer", true);
	struct page page = good(BOARD);
	json_t *rows = at(page.json, "rows");
	for (size_t i = 1; i < json_array_size(rows); i++)
		assert_true(of(json_array_get(rows, i - 1), "score") >=
			    of(json_array_get(rows, i), "score"));
	page_free(&page);
	page = good(BOARD "&sort=p50");
	rows = at(page.json, "rows");
	for (size_t i = 1; i < json_array_size(rows); i++)
		assert_true(of(json_array_get(rows, i - 1), "p50_ms") <=
			    of(json_array_get(rows, i), "p50_ms"));
	page_free(&page);
	page = good(BOARD "&q=user%203");
	assert_int_equal(number(&page, "total"), 1);
	assert_string_equal(text(&page, "rows.0.id"), "1003");
	page_free(&page);
	page = good(BOARD "&offset=4&limit=25");
	assert_int_equal(json_array_size(at(page.json, "rows")), 2);
	page_free(&page);
}

static void test_board_of_strangers(void **state)
{
	(void)state;
	assert_int_equal(status_of("GET", "/api/v1/leaderboard?guilds=12582912000", NULL), 404);
	assert_int_equal(status_of("GET", "/api/v1/leaderboard?guilds=4194304000,77", NULL), 404);
	assert_int_equal(status_of("GET", "/api/v1/leaderboard?guilds=x", NULL), 404);
	assert_int_equal(status_of("GET", "/api/v1/leaderboard?sort=iq", NULL), 400);
	struct page page = good("/api/v1/leaderboard"); /* those with a desk */
	assert_true(json_is_true(at(page.json, "guilds.1.is_chosen")));
	assert_false(json_is_true(at(page.json, "guilds.0.is_chosen")));
	page_free(&page);
	page = good(BOARD "&format=csv");
	assert_non_null(strstr(page.body, "id,name,username"));
	page_free(&page);
}

static void test_one(void **state)
{
	(void)state;
	struct page board = good("/api/v1/leaderboard?guilds=4194304000&" RANGE);
	struct page page = good(GUILD_PATH "/curators/1002?" RANGE);
	const json_t *row = row_of(&board, 1002), *figures = at(page.json, "figures");
	static const char *const same[] = { "messages", "replies", "reactions", "tasks",
					    "base",     "bonus",   "score",     "level",
					    "rank",     "p50_ms",  "mean_ms",   "responses" };
	for (size_t i = 0; i < RA_COUNT(same); i++)
		assert_int_equal(of(figures, same[i]), of(row, same[i]));
	assert_int_equal(number(&page, "ranked"), PEOPLE);
	int64_t hours = 0;
	for (size_t h = 0; h < 24; h++)
		hours += json_integer_value(json_array_get(at(page.json, "hours"), h));
	assert_int_equal(hours, of(row, "messages") + of(row, "replies") + of(row, "reactions") +
					of(row, "tasks"));
	/* today is Monday the 30th: last week is the range, up to the same time of Monday */
	assert_string_equal(text(&page, "week.range.from"), "2026-03-30T00:00:00.000Z");
	assert_string_equal(text(&page, "week.compare_range.from"), "2026-03-23T00:00:00.000Z");
	page_free(&page);
	page_free(&board);
	assert_int_equal(status_of("GET", GUILD_PATH "/curators/31337", NULL), 404);
}

static void test_log_and_summary(void **state)
{
	(void)state;
	int64_t expected = 0, replies = 0;
	for (int i = 0; i < ACTIVITIES; i++) {
		const struct activity *one = &activities[i];
		bool is_in = one->guild == 0 && one->at_ms >= from_ms && one->at_ms < to_ms;
		expected += is_in;
		replies += is_in && one->kind == 1 && one->person == 4;
	}
	struct page page = good(GUILD_PATH "/activities?limit=3&" RANGE);
	assert_int_equal(number(&page, "total"), expected);
	assert_int_equal(json_array_size(at(page.json, "rows")), 3);
	assert_non_null(
		strstr(text(&page, "rows.0.url"), "https://discord.com/channels/4194304000/9/"));
	page_free(&page);
	page = good(GUILD_PATH "/activities?user=1004&kind=reply&" RANGE);
	assert_int_equal(number(&page, "total"), replies);
	page_free(&page);
	page = good(GUILD_PATH "/activities/summary?" RANGE);
	int64_t sum = 0;
	for (size_t s = 0; s < 4; s++)
		for (size_t b = 0; b < 7; b++)
			sum += json_integer_value(json_array_get(
				json_object_get(json_array_get(at(page.json, "series"), s),
						"values"),
				b));
	assert_int_equal(sum, expected);
	assert_true(value(&page, "activities") == (double)expected);
	page_free(&page);
}

static void test_preview_and_settings(void **state)
{
	(void)state;
#define DEFAULTS "\"points_message\":3,\"points_reply\":2,\"points_reaction\":1,\"points_task\":5"
	struct page page = ask("POST", GUILD_PATH "/rating/preview?" RANGE, "{" DEFAULTS "}");
	assert_int_equal(page.status, 200);
	for (size_t i = 0; i < PEOPLE; i++) {
		const json_t *row = json_array_get(at(page.json, "rows"), i);
		assert_true(json_equal(at(row, "before"), at(row, "after")));
	}
	page_free(&page);
	page = ask(
		"POST", GUILD_PATH "/rating/preview?" RANGE,
		"{\"points_message\":0,\"points_reply\":0,\"points_reaction\":0,\"points_task\":0,"
		"\"block_cap\":9}");
	for (size_t i = 0; i < PEOPLE; i++) {
		const json_t *row = json_array_get(at(page.json, "rows"), i);
		struct page board = good("/api/v1/leaderboard?guilds=4194304000&" RANGE);
		assert_int_equal(
			of(at(row, "after"), "score"),
			of(row_of(&board, atoi(json_string_value(at(row, "id")))), "bonus"));
		page_free(&board);
	}
	page_free(&page);
	page = good(GUILD_PATH "/rating");
	assert_true(json_is_true(at(page.json, "is_default")));
	page_free(&page);
	page = ask("PUT", GUILD_PATH "/rating",
		   "{" DEFAULTS ",\"block_cap\":30,\"levels\":["
		   "{\"from\":5,\"ru\":\"Да\",\"en\":\"Yes\",\"colour\":\"green\"},"
		   "{\"from\":null,\"ru\":\"Нет\",\"en\":\"No\",\"colour\":\"grey\"}]}");
	assert_int_equal(page.status, 200);
	assert_int_equal(number(&page, "block_cap"), 30);
	assert_string_equal(text(&page, "levels.1.ru"), "Нет");
	page_free(&page);
	assert_int_equal(status_of("PUT", GUILD_PATH "/rating", "{" DEFAULTS ",\"levels\":[1]}"),
			 400);
	assert_int_equal(status_of("PUT", GUILD_PATH "/rating", "{}"), 400);
	page = ask("DELETE", GUILD_PATH "/rating", NULL);
	assert_true(json_is_true(at(page.json, "is_default")));
	page_free(&page);
}

/* --- the list --- */

static void test_list(void **state)
{
	(void)state;
	struct page page = ask("PUT", GUILD_PATH "/curators/1000",
			       "{\"name\":\"Zoë\",\"kind\":\"crime\",\"subdivision\":\"FIB\","
			       "\"guilds\":[\"4194304000\",\"8388608000\"]}");
	assert_int_equal(page.status, 200);
	assert_int_equal(number(&page, "created"), 2);
	page_free(&page);
	page = good(GUILD_PATH "/curators?q=fib");
	assert_int_equal(number(&page, "total"), 1);
	assert_string_equal(text(&page, "rows.0.name"), "Zoë");
	assert_int_equal(json_array_size(at(page.json, "rows.0.guilds")), 2);
	assert_int_equal(number(&page, "counts.active"), PEOPLE);
	page_free(&page);
	page = ask("PUT", GUILD_PATH "/curators/1000", "{\"is_active\":false}");
	assert_int_equal(number(&page, "created"), 0);
	page_free(&page);
	page = good(GUILD_PATH "/curators?state=inactive");
	assert_int_equal(number(&page, "total"), 1);
	page_free(&page);
	/* all or nothing */
	assert_int_equal(status_of("PUT", GUILD_PATH "/curators/1001",
				   "{\"guilds\":[\"4194304000\",\"12582912000\"]}"),
			 403);
	page = good(GUILD_PATH "/curators?origin=hand");
	assert_int_equal(number(&page, "total"), 1);
	page_free(&page);
	assert_int_equal(status_of("PUT", GUILD_PATH "/curators/x", "{}"), 404);
	assert_int_equal(status_of("PUT", GUILD_PATH "/curators/1001", "{\"kind\":7}"), 400);
	for (const char *const *sort = (const char *const[]){ "name", "-kind", "subdivision",
							      "-since", "last", NULL };
	     *sort; sort++) {
		char path[128];
		snprintf(path, sizeof(path), GUILD_PATH "/curators?sort=%s", *sort);
		page = good(path);
		assert_int_equal(json_array_size(at(page.json, "rows")), PEOPLE);
		page_free(&page);
	}
}

static void test_excluded(void **state)
{
	(void)state;
	assert_int_equal(status_of("PUT", GUILD_PATH "/curator-exclusions/1005",
				   "{\"reason\":\"a second account\"}"),
			 204);
	struct page page = good(GUILD_PATH "/curator-exclusions");
	assert_int_equal(number(&page, "total"), 1);
	assert_string_equal(text(&page, "rows.0.reason"), "a second account");
	page_free(&page);
	assert_int_equal(status_of("PUT", GUILD_PATH "/curators/1005", "{}"), 409);
	page = good("/api/v1/leaderboard?guilds=4194304000&" RANGE);
	assert_int_equal(number(&page, "total"), PEOPLE - 1);
	page_free(&page);
	assert_int_equal(status_of("DELETE", GUILD_PATH "/curator-exclusions/1005", NULL), 204);
	assert_int_equal(status_of("DELETE", GUILD_PATH "/curator-exclusions/1005", NULL), 404);
}

static json_t *unpack(const char *hex_of_id)
{
	char sql[160];
	static char text[4 << 20];
	snprintf(sql, sizeof(sql),
		 "SELECT content FROM app.curator_archive_file WHERE archive_id = %s", hex_of_id);
	PGresult *result = PQexecParams(fx.conn, sql, 0, NULL, NULL, NULL, NULL, 1);
	assert_int_equal(PQntuples(result), 1);
	z_stream z = { .next_in = (Bytef *)PQgetvalue(result, 0, 0),
		       .avail_in = (uInt)PQgetlength(result, 0, 0),
		       .next_out = (Bytef *)text,
		       .avail_out = sizeof(text) };
	assert_int_equal(inflateInit2(&z, 31), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	json_t *json = json_loadb(text, z.total_out, 0, NULL);
	inflateEnd(&z);
	PQclear(result);
	assert_non_null(json);
	return json;
}

static void test_archive(void **state)
{
	(void)state;
	size_t expected = 0;
	char path[128], id[32];
	for (int i = 0; i < ACTIVITIES; i++)
		expected += activities[i].guild == 0 && activities[i].person == 2;
	assert_int_equal(status_of("DELETE", GUILD_PATH "/curators/1002", NULL), 404);
	assert_int_equal(status_of("PUT", GUILD_PATH "/curators/1002", "{\"name\":\"Two\"}"), 200);
	struct page page = ask("DELETE", GUILD_PATH "/curators/1002", NULL);
	assert_int_equal(page.status, 200);
	snprintf(id, sizeof(id), "%s", text(&page, "archive_id"));
	page_free(&page);
	json_t *file = unpack(id);
	assert_int_equal(json_array_size(at(file, "activities")), expected);
	assert_int_equal(json_integer_value(at(file, "totals.activities")), expected);
	assert_string_equal(json_string_value(at(file, "curator.name")), "Two");
	assert_string_equal(json_string_value(at(file, "activities.0.user_id")), "1002");
	json_decref(file);
	page = good(GUILD_PATH "/curator-archives");
	assert_int_equal(number(&page, "total"), 1);
	assert_int_equal(number(&page, "rows.0.activities"), expected);
	assert_false(json_is_true(at(page.json, "rows.0.is_back")));
	page_free(&page);
	snprintf(path, sizeof(path), GUILD_PATH "/curator-archives/%s", id);
	page = good(path);
	assert_memory_equal(page.body, "\x1f\x8b", 2);
	page_free(&page);
	snprintf(path, sizeof(path), GUILD_PATH "/curator-archives/%s/restore", id);
	for (int time = 0; time < 2; time++) {
		page = ask("POST", path, NULL);
		assert_int_equal(page.status, 200);
		assert_int_equal(json_is_true(at(page.json, "is_restored")), time == 0);
		page_free(&page);
	}
	page = good(GUILD_PATH "/curators?origin=hand&q=Two");
	assert_int_equal(number(&page, "total"), 1);
	page_free(&page);
	snprintf(path, sizeof(path), GUILD_PATH "/curator-archives/%s", id);
	assert_int_equal(status_of("DELETE", path, NULL), 204);
	assert_int_equal(status_of("GET", path, NULL), 404);
}

/* --- staff --- */

static void test_staff_see_their_own(void **state)
{
	(void)state;
	fixture_log_in(1003);
	fixture_sql(
		"INSERT INTO app.account_guild VALUES (1003, 4194304000, 'Mine', NULL, false, 0), "
		"(1003, 8388608000, 'Other', NULL, false, 0)");
	struct page page = good(GUILD_PATH "/curators/1003?" RANGE);
	page_free(&page);
	assert_int_equal(status_of("GET", GUILD_PATH "/curators/1002", NULL), 403);
	assert_int_equal(status_of("GET", GUILD_PATH "/curators", NULL), 403);
	assert_int_equal(status_of("GET", GUILD_PATH "/activities?user=1002", NULL), 403);
	page = good(GUILD_PATH "/activities?" RANGE);
	for (size_t i = 0; i < json_array_size(at(page.json, "rows")); i++)
		assert_string_equal(json_string_value(at(json_array_get(at(page.json, "rows"), i),
							 "person.id")),
				    "1003");
	page_free(&page);
	page = good(BOARD);
	assert_int_equal(number(&page, "total"), PEOPLE);
	page_free(&page);
	fixture_sql("UPDATE response.staff SET ended_at = '2026-03-30Z' WHERE user_id = 1003 "
		    "AND guild_id = 8388608000");
	assert_int_equal(status_of("GET", BOARD, NULL), 404);
	fixture_log_in(ALICE);
	/* no longer staff: on the board only when asked for */
	page = good("/api/v1/leaderboard?guilds=8388608000&" RANGE);
	assert_int_equal(number(&page, "total"), PEOPLE - 1);
	page_free(&page);
	page = good("/api/v1/leaderboard?guilds=8388608000&former=true&" RANGE);
	assert_int_equal(number(&page, "total"), PEOPLE);
	page_free(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_board),
		cmocka_unit_test(test_board_of_strangers),
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_log_and_summary),
		cmocka_unit_test(test_preview_and_settings),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_excluded),
		cmocka_unit_test(test_archive),
		cmocka_unit_test(test_staff_see_their_own),
	};
	return cmocka_run_group_tests(tests, open_fixture, fixture_end);
}
