/*
 * standby: questions over time on a real streaming replica. Which server
 * answered is seen in the answer: the replica's replay is stopped, and the
 * primary knows more. The replica may be two seconds behind here.
 */
#include "services/api/standby.h"
#include "tests/unit/services/api/fixture.h"

#define LAG_MS 2000
#define PATH   "/api/v1/guilds/4194304000"
#define MESSAGES                                                                                   \
	PATH "/timeseries?metric=messages&period=custom&from=2026-03-20&to=2026-03-20&bucket=day"

static int laid; /* what the primary knows */

static void lay(int messages)
{
	laid = messages;
	char *sql = ra_format("BEGIN; DELETE FROM analytics.guild_hourly;"
			      "INSERT INTO analytics.guild_hourly (guild_id, hour, messages) "
			      "VALUES (%llu, '2026-03-20 12:00Z', %d); COMMIT",
			      GUILD, messages);
	fixture_sql(sql);
	ra_free(sql);
}

static int told(struct page *page)
{
	json_t *series = json_array_get(json_object_get(page->json, "series"), 0);
	if (page->status != 200)
		fail_msg("%d: %s", page->status, page->body);
	int value = (int)json_integer_value(json_array_get(json_object_get(series, "values"), 0));
	page_free(page);
	return value;
}

static int asked(void)
{
	struct page page = get(MESSAGES);
	return told(&page);
}

static enum standby_state state_now(void)
{
	return standby_state(fx.api->standby);
}

static void replay(bool goes_on)
{
	test_pg_number(&fx.replica,
		       goes_on ? "SELECT pg_wal_replay_resume()" : "SELECT pg_wal_replay_pause()");
	while (test_pg_number(&fx.replica, "SELECT (pg_get_wal_replay_pause_state() = 'paused')"
					   "::int") == goes_on)
		;
}

/* The replica has all that the primary has told. */
static void let_replay(void)
{
	PGresult *rows = PQexec(fx.conn, "SELECT pg_current_wal_lsn()");
	char *sql =
		ra_format("SELECT (pg_last_wal_replay_lsn() >= '%s')::int", PQgetvalue(rows, 0, 0));
	PQclear(rows);
	while (!test_pg_number(&fx.replica, sql))
		;
	ra_free(sql);
}

/* Until a guild's cut is old enough, the primary answers. */
static void let_settle(void)
{
	uint64_t until_ms = ra_monotonic_ms() + LAG_MS;
	asked();
	test_run_until(&fx.loop, ra_monotonic_ms() > until_ms && state_now() == STANDBY_USED);
}

/* What the replica does not know is laid, and the replica answers. A busy machine may be so late
 * that it is behind by then: again. */
static void let_it_answer(void)
{
	int known;
	do {
		replay(true);
		let_replay();
		let_settle();
		replay(false);
		known = laid;
		lay(known + 1);
	} while (asked() != known && laid < 20);
	assert_true(laid < 20);
}

static void marks_say_how_young_it_is(void **state)
{
	(void)state;
	struct standby_marks marks = { .count = 0 };
	assert_int_equal(standby_marks_reached(&marks, 5), 0);
	for (uint64_t i = 1; i <= 1000; i++)
		standby_marks_add(&marks, (struct standby_mark){
						  i * 1000, i <= 990 ? (int64_t)i * 10 : 9900 });
	assert_int_equal(standby_marks_reached(&marks, 9899), 989000);
	/* nothing was written since: that is as good as now */
	assert_int_equal(standby_marks_reached(&marks, 9900), 1000000);
	assert_int_equal(standby_marks_reached(&marks, 8730), 873000);
	assert_int_equal(standby_marks_reached(&marks, 8729), 0); /* longer ago than we remember */
}

static void questions_go_to_the_replica(void **state)
{
	(void)state;
	lay(1);
	let_it_answer();

	/* who changed something sees the primary from then on, whichever api answers */
	struct page page = ask("PATCH", PATH, "{\"week_start\":1}");
	assert_int_equal(page.status, 200);
	assert_non_null(strstr(page.headers, "rations_changed=1; Path=/; Max-Age=4; HttpOnly"));
	page_free(&page);
	size_t len = strlen(fx.cookie);
	snprintf(fx.cookie + len, sizeof(fx.cookie) - len, "; rations_changed=1");
	assert_int_equal(asked(), laid);
	fx.cookie[len] = '\0';
}

static void one_that_is_behind_is_not_asked(void **state)
{
	(void)state;
	char why[128];
	/* late answers do not bring it back: all it has replayed is older than the bound */
	test_run_until(&fx.loop, standby_lag_ms(fx.api->standby) >= 2 * LAG_MS);
	assert_int_equal(state_now(), STANDBY_BEHIND);
	assert_int_equal(asked(), laid);
	assert_false(standby_is_used(fx.api->standby, why));
	assert_non_null(strstr(why, "behind by "));
	let_it_answer();
	replay(true);

	/* nobody writes: it is not behind */
	let_replay();
	test_run_until(&fx.loop, standby_lag_ms(fx.api->standby) == 0);
	let_settle();
	test_run_until(&fx.loop, standby_lag_ms(fx.api->standby) == 0);
}

static void a_new_cut_is_read_from_the_primary(void **state)
{
	(void)state;
	replay(false);
	fixture_sql("UPDATE app.guild_settings SET timezone = 'Etc/UTC' WHERE guild_id = "
		    "4194304000");
	lay(laid + 1);
	assert_int_equal(asked(), laid);
	replay(true);
	let_settle();
}

static void it_is_killed_and_nobody_notices(void **state)
{
	(void)state;
	struct page pages[60];
	let_replay();
	for (size_t i = 0; i < RA_COUNT(pages); i++) {
		begin(&pages[i], "GET", MESSAGES, NULL);
		if (i == RA_COUNT(pages) / 2) {
			test_run_until(&fx.loop, pages[i / 2].is_done);
			test_pg_kill(&fx.replica);
		}
	}
	for (size_t i = 0; i < RA_COUNT(pages); i++) {
		test_run_until(&fx.loop, pages[i].is_done);
		assert_int_equal(told(&pages[i]), laid);
	}
	test_run_until(&fx.loop, state_now() == STANDBY_AWAY);
	assert_int_equal(asked(), laid);
	test_pg_restart(&fx.replica);
	test_run_until(&fx.loop, state_now() == STANDBY_USED);
}

static void owners_see_how_it_is(void **state)
{
	(void)state;
	test_run_until(&fx.loop, state_now() == STANDBY_USED);
	struct page page = get("/api/v1/system/database");
	assert_int_equal(page.status, 200);
	json_t *replica = json_object_get(page.json, "replica");
	assert_string_equal(json_string_value(json_object_get(replica, "state")), "used");
	assert_int_equal(json_integer_value(json_object_get(replica, "max_lag_ms")), LAG_MS);
	assert_int_equal(json_integer_value(json_object_get(replica, "connections_used")), 1);
	page_free(&page);
}

/* It has a life of its own from here, and what it says is no longer ours. */
static void a_promoted_one_is_not_asked(void **state)
{
	(void)state;
	test_pg_number(&fx.replica, "SELECT pg_promote()");
	test_pg_number(&fx.replica, "UPDATE analytics.guild_hourly SET messages = 99");
	test_run_until(&fx.loop, state_now() == STANDBY_LEADS);
	assert_int_equal(asked(), laid);

	test_pg_demote(&fx.replica); /* a standby again, of another timeline than ours */
	test_run_until(&fx.loop, state_now() == STANDBY_FOREIGN);
	assert_int_equal(asked(), laid);
}

static int open_fixture(void **state)
{
	fixture_replica_lag_ms = LAG_MS;
	return fixture_of_alice(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_say_how_young_it_is),
		cmocka_unit_test(questions_go_to_the_replica),
		cmocka_unit_test(one_that_is_behind_is_not_asked),
		cmocka_unit_test(a_new_cut_is_read_from_the_primary),
		cmocka_unit_test(it_is_killed_and_nobody_notices),
		cmocka_unit_test(owners_see_how_it_is),
		cmocka_unit_test(a_promoted_one_is_not_asked),
	};
	return cmocka_run_group_tests(tests, open_fixture, fixture_end);
}
