/* share: a page for whoever has its address shows what was chosen, nobody by name, and no small
 * groups. */
#include "services/api/share_mask.h"
#include "tests/unit/services/api/fixture.h"

#define SHARES "/api/v1/guilds/4194304000/shares"

static char id[32], token[64];

static int open_fixture(void **state)
{
	fixture_of_alice(state);
	/* ten people on the 28th, three on the 29th */
	fixture_sql(
		"INSERT INTO analytics.channel (guild_id, channel_id, name, kind) VALUES "
		"(4194304000, 1, 'crowd', 0), (4194304000, 2, 'few', 0);"
		"INSERT INTO analytics.message_hourly "
		"(guild_id, hour, channel_id, user_id, author_kind, messages, reactions_given) "
		"SELECT 4194304000, '2026-03-28 10:00Z'::timestamptz, 1, i, 0, 2, 1 "
		"FROM generate_series(1, 10) i UNION ALL "
		"SELECT 4194304000, '2026-03-29 10:00Z', 2, i, 0, 3, 0 FROM generate_series(1, 3) "
		"i;"
		"INSERT INTO analytics.member_daily (guild_id, user_id, day, messages, "
		" reactions_given) "
		"SELECT 4194304000, i, date '2026-03-28', 2, 1 FROM generate_series(1, 10) i "
		"UNION ALL "
		"SELECT 4194304000, i, '2026-03-29', 3, 0 FROM generate_series(1, 3) i;"
		"INSERT INTO analytics.guild_hourly (guild_id, hour, messages, reactions) VALUES "
		"(4194304000, '2026-03-28 10:00Z', 20, 10), (4194304000, '2026-03-29 10:00Z', 9, "
		"0);"
		"INSERT INTO analytics.guild_daily (guild_id, day, messages, reactions) VALUES "
		"(4194304000, '2026-03-28', 20, 10), (4194304000, '2026-03-29', 9, 0);"
		"INSERT INTO analytics.member_flow (guild_id, at, user_id, kind) "
		"SELECT 4194304000, '2026-03-29 10:00Z', i, 'join' "
		"FROM generate_series(1, 2) i");
	return 0;
}

static void share(const char *body)
{
	fixture_log_in(ALICE);
	struct page page = ask("POST", SHARES, body);
	assert_int_equal(page.status, 201);
	snprintf(id, sizeof(id), "%s", text(&page, "id"));
	const char *url = text(&page, "url");
	assert_memory_equal(url, "http://rations.test/share/", 26);
	snprintf(token, sizeof(token), "%s", url + 26);
	page_free(&page);
	fx.cookie[0] = fx.csrf[0] = '\0';
	fixture_now_ms += 61000; /* past what is kept */
}

static struct page look(const char *query)
{
	char *path = ra_format("/api/v1/shares/%s%s", token, query);
	struct page page = get(path);
	ra_free(path);
	return page;
}

static int look_status(const char *query)
{
	struct page page = look(query);
	page_free(&page);
	return page.status;
}

static json_t *series_of(const struct page *page, int widget, const char *key)
{
	json_t *widgets = at(page->json, "widgets");
	json_t *series = at(json_array_get(widgets, (size_t)widget), "data.series");
	for (size_t i = 0; i < json_array_size(series); i++)
		if (strcmp(json_string_value(at(json_array_get(series, i), "key")), key) == 0)
			return at(json_array_get(series, i), "values");
	return NULL;
}

static void test_shows_what_was_chosen(void **state)
{
	(void)state;
	share("{\"title\":\"Our "
	      "month\",\"period\":\"7d\",\"widgets\":[\"messages\",\"channels\"]}");
	struct page page = look("");
	assert_int_equal(page.status, 200);
	assert_non_null(strstr(page.headers, "x-robots-tag: noindex"));
	assert_string_equal(text(&page, "title"), "Our month");
	assert_string_equal(text(&page, "guild.name"), "Mine");
	assert_int_equal(json_array_size(at(page.json, "widgets")), 2);
	/* the 29th is of three people, so it is not told */
	assert_values(series_of(&page, 0, "messages"), "0 0 0 0 20 null 0");
	assert_values(series_of(&page, 0, "reactions"), "0 0 0 0 10 0 0");
	assert_null(series_of(&page, 0, "bot_messages"));
	/* and the channel of three is not either, in no total */
	assert_int_equal(json_array_size(at(page.json, "widgets.1.data.channels")), 1);
	assert_string_equal(text(&page, "widgets.1.data.channels.0.name"), "crowd");
	assert_int_equal(number(&page, "widgets.1.data.total"), 20);
	page_free(&page);
}

/* Six of the ten are left out: what the other four did is not told. Of nine it is. */
static void test_whom_the_settings_leave_out_makes_no_group(void **state)
{
	(void)state;
	fixture_sql("INSERT INTO analytics.activity_daily (guild_id, channel_id, day, user_id, "
		    "messages, reactions_given) SELECT guild_id, 1, day, user_id, messages, "
		    "reactions_given FROM analytics.member_daily");
	for (int few = 0; few < 2; few++) {
		char *sql = ra_format("INSERT INTO app.guild_settings (guild_id, excluded_members) "
				      "VALUES (4194304000, '%s') ON CONFLICT (guild_id) DO UPDATE "
				      "SET excluded_members = EXCLUDED.excluded_members",
				      few ? "{5,6,7,8,9,10}" : "{10}");
		fixture_sql(sql);
		ra_free(sql);
		share("{\"title\":\"x\",\"period\":\"7d\",\"widgets\":[\"messages\"]}");
		struct page page = look("");
		assert_values(series_of(&page, 0, "messages"),
			      few ? "0 0 0 0 null null 0" : "0 0 0 0 18 null 0");
		page_free(&page);
	}
	fixture_sql("DELETE FROM app.guild_settings; DELETE FROM analytics.activity_daily");
}

static void test_figures(void **state)
{
	(void)state;
	share("{\"title\":\"x\",\"period\":\"7d\",\"widgets\":[\"figures\",\"members\"]}");
	struct page page = look("");
	assert_int_equal(page.status, 200);
	json_t *figures = at(page.json, "widgets.0.data.figures");
	assert_true(json_array_size(figures) > 4);
	for (size_t i = 0; i < json_array_size(figures); i++) {
		const json_t *one = json_array_get(figures, i);
		const char *key = json_string_value(at(one, "key"));
		assert_string_not_equal(key, "net_growth");
		if (strcmp(key, "messages") == 0)
			assert_int_equal(json_integer_value(at(one, "value")), 29);
		if (strcmp(key, "joins") == 0)
			assert_true(json_is_null(at(one, "value")));
		assert_int_equal(json_array_size(at(one, "sparkline")), 0);
	}
	assert_values(series_of(&page, 1, "joins"), "0 0 0 0 0 null 0");
	page_free(&page);
}

/* Ten wrote on the Saturday, three on the Sunday. */
static void test_hours_of_the_week(void **state)
{
	(void)state;
	share("{\"title\":\"x\",\"period\":\"7d\",\"widgets\":[\"heatmap\"]}");
	struct page page = look("");
	assert_int_equal(page.status, 200);
	json_t *cells = at(page.json, "widgets.0.data.cells");
	json_t *saturday = json_array_get(cells, 5), *sunday = json_array_get(cells, 6);
	int shown = 0, hidden = 0;
	for (size_t hour = 0; hour < 24; hour++) {
		shown += json_integer_value(json_array_get(saturday, hour)) == 20;
		hidden += json_is_null(json_array_get(sunday, hour));
	}
	assert_int_equal(shown, 1);
	assert_int_equal(hidden, 1);
	page_free(&page);
}

static void test_nobody_is_named(void **state)
{
	(void)state;
	fixture_sql("INSERT INTO analytics.member (guild_id, user_id, username) SELECT 4194304000, "
		    "i, 'person-' || i FROM generate_series(1, 10) i");
	share("{\"title\":\"x\",\"period\":\"28d\",\"widgets\":[\"figures\",\"messages\","
	      "\"members\","
	      "\"voice\",\"heatmap\",\"channels\"]}");
	struct page page = look("");
	assert_int_equal(page.status, 200);
	assert_int_equal(json_array_size(at(page.json, "widgets")), 6);
	assert_null(strstr(page.body, "person-"));
	page_free(&page);
}

static void test_is_kept_for_a_minute(void **state)
{
	(void)state;
	share("{\"title\":\"x\",\"period\":\"7d\",\"widgets\":[\"channels\"]}");
	assert_int_equal(look_status(""), 200);
	fixture_sql("UPDATE analytics.channel SET name = 'renamed' WHERE channel_id = 1");
	struct page page = look("");
	assert_non_null(strstr(page.body, "crowd"));
	page_free(&page);
	fixture_now_ms += 61000;
	page = look("");
	assert_non_null(strstr(page.body, "renamed"));
	page_free(&page);
	fixture_sql("UPDATE analytics.channel SET name = 'crowd' WHERE channel_id = 1");
}

static void test_embedding_is_a_choice(void **state)
{
	(void)state;
	share("{\"title\":\"x\",\"period\":\"7d\",\"widgets\":[\"messages\"]}");
	assert_int_equal(look_status("?embed=true"), 404);
	share("{\"title\":\"x\",\"period\":\"7d\",\"widgets\":[\"messages\"],"
	      "\"is_embeddable\":true}");
	assert_int_equal(look_status("?embed=true"), 200);
}

static void test_ends(void **state)
{
	char path[128];
	(void)state;
	share("{\"title\":\"x\",\"period\":\"7d\",\"widgets\":[\"messages\"],"
	      "\"expires_in_days\":1}");
	assert_int_equal(look_status(""), 200);
	fixture_now_ms += 24 * 3600 * 1000;
	assert_int_equal(look_status(""), 404);
	share("{\"title\":\"Regretted\",\"period\":\"7d\",\"widgets\":[\"messages\"]}");
	assert_int_equal(look_status(""), 200);
	fixture_log_in(ALICE);
	snprintf(path, sizeof(path), SHARES "/%s", id);
	assert_int_equal(status_of("DELETE", path, NULL), 204);
	assert_int_equal(look_status(""), 404); /* at once, kept or not */
	struct page page = get(SHARES);
	assert_null(strstr(page.body, token));
	page_free(&page);
	assert_int_equal(status_of("GET", "/api/v1/shares/x", NULL), 404);
	assert_int_equal(status_of("GET", "/api/v1/guilds/8388608000/shares", NULL), 404);
}

#define EMBED_BY_NUMBER                                                                            \
	"{\"title\":\"x\",\"period\":\"7d\",\"widgets\":[\"messages\"],\"is_embeddable\":1}"

static void test_bad_wishes(void **state)
{
	static const char *const bodies[] = {
		"{\"title\":\"x\",\"period\":\"all\",\"widgets\":[\"messages\"]}",
		"{\"title\":\"x\",\"period\":\"7d\",\"widgets\":[\"members/top\"]}",
		"{\"title\":\"x\",\"period\":\"7d\",\"widgets\":[]}",
		"{\"period\":\"7d\",\"widgets\":[\"messages\"]}",
		EMBED_BY_NUMBER,
	};
	(void)state;
	fixture_log_in(ALICE);
	for (size_t i = 0; i < RA_COUNT(bodies); i++)
		assert_int_equal(status_of("POST", SHARES, bodies[i]), 400);
}

static void test_where_frames_are_allowed(void **state)
{
	static const struct {
		const char *path, *ancestors;
	} pages[] = {
		{ "/share/abc", "frame-ancestors 'none'" },
		{ "/embed/abc", "frame-ancestors *" },
		{ "/guilds", "frame-ancestors 'none'" },
	};
	(void)state;
	for (size_t i = 0; i < RA_COUNT(pages); i++) {
		struct page page = get(pages[i].path);
		if (page.status == 200) {
			assert_non_null(strstr(page.headers, pages[i].ancestors));
			assert_true((strstr(page.headers, "noindex") != NULL) == (i < 2));
		}
		page_free(&page);
	}
}

/* What is not known to be harmless is not told. */
static void test_unknown_keys(void **state)
{
	const struct share_group crowd = { 100, 100, 100 };
	(void)state;
	json_t *answer = json_loads("{\"series\":[{\"key\":\"secrets\",\"values\":[1],"
				    "\"previous\":[2]},{\"key\":\"messages\",\"values\":[7],"
				    "\"previous\":[2]}]}",
				    0, NULL);
	share_mask_series(answer, &crowd, 1);
	assert_int_equal(json_array_size(at(answer, "series")), 1);
	assert_values(at(answer, "series.0.values"), "7");
	assert_true(json_is_null(at(answer, "series.0.previous")));
	json_decref(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shows_what_was_chosen),
		cmocka_unit_test(test_whom_the_settings_leave_out_makes_no_group),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_hours_of_the_week),
		cmocka_unit_test(test_nobody_is_named),
		cmocka_unit_test(test_is_kept_for_a_minute),
		cmocka_unit_test(test_embedding_is_a_choice),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_bad_wishes),
		cmocka_unit_test(test_where_frames_are_allowed),
		cmocka_unit_test(test_unknown_keys),
	};
	return cmocka_run_group_tests(tests, open_fixture, fixture_end);
}
