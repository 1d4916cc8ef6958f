/* days: random activity in random order, through the writer of batches into a real PostgreSQL,
 * against naive sums and naive counts of different people over the hours. */
#include "services/analytics/days.h"
#include "services/analytics/fold.h"
#include "services/analytics/recut_step.h"
#include "services/analytics/sql.h"
#include "services/analytics/unnamed.h"
#include "services/analytics/write.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOUR = 3600 * 1000, DAYS = 70, PEOPLE = 12, BOT = PEOPLE, CHANNELS = 3 };

/* 2026-03-01: a clock change lies within. */
static const int64_t START = 1772323200000LL;

static struct test_pg server;
static uv_loop_t loop;
static struct ra_pg *pg, *recut_pg;
static struct batch batch;

static void sql(const char *text)
{
	PGconn *conn = test_pg_connect(&server);
	PGresult *result = PQexec(conn, text);
	ExecStatusType status = PQresultStatus(result);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(conn));
	PQclear(result);
	PQfinish(conn);
}

static int start(void **state)
{
	char url[160];
	(void)state;
	test_pg_start(&server, false, true);
	test_pg_url(&server, "rations_analytics", url);
	sql("SELECT analytics.ensure_months('2026-02-01Z', '2026-06-30Z');"
	    "INSERT INTO analytics.guild (guild_id, name, day_zone) VALUES "
	    "(1, 'plain', 'UTC'), (2, 'shifting', 'Europe/Berlin'), (3, 'half', 'Asia/Tehran');"
	    "INSERT INTO analytics.channel (guild_id, channel_id, parent_id, kind, name) "
	    "SELECT guild_id, 102, 101, 11, 'a thread' FROM analytics.guild;"
	    "INSERT INTO app.guild_settings (guild_id, timezone) SELECT guild_id, day_zone "
	    "FROM analytics.guild");
	test_loop_open(&loop);
	pg = ra_pg_open(&loop, url, "days-test", sql_stmts, SQL_COUNT, NULL, NULL, NULL, NULL);
	recut_pg = ra_pg_open(&loop, url, "recut-test", recut_stmts, RECUT_COUNT, NULL, NULL, NULL,
			      NULL);
	test_run_until(&loop, ra_pg_is_up(pg) && ra_pg_is_up(recut_pg));
	batch_init(&batch);
	return 0;
}

static void on_closed(void *ctx)
{
	*(bool *)ctx = true;
}

static int stop(void **state)
{
	bool is_closed = false;
	(void)state;
	batch_fini(&batch);
	ra_pg_close(pg, NULL, NULL);
	ra_pg_close(recut_pg, on_closed, &is_closed);
	test_run_until(&loop, is_closed);
	test_loop_close(&loop);
	test_pg_stop(&server);
	return 0;
}

static int below(int end)
{
	return rand() % end;
}

/* --- what happens --- */

static void say_something(uint64_t guild, int64_t at, uint64_t channel, uint64_t user)
{
	struct ra_ev_message_created m = { .channel_id = channel,
					   .user_id = user,
					   .is_bot = user == BOT,
					   .kind = below(4) ? 0 : 19,
					   .attachments = below(2),
					   .length = below(50) };
	fold_message(&batch, guild, at, &m);
}

static void react(uint64_t guild, int64_t at, uint64_t channel, uint64_t user)
{
	batch_message(&batch, guild, at, channel, user)->reactions_given++;
	batch_message(&batch, guild, at, channel, BOT)->reactions_received++;
	batch_guild_hour(&batch, guild, at)->reactions++;
}

static void sit(uint64_t guild, int64_t at, uint64_t channel, uint64_t user)
{
	struct user_hour_key key = { guild, batch_hour(&batch, at), channel, user };
	struct voice_hour_row *row = ra_table_row(&batch.voice_hours, &key, NULL);
	int64_t ms = below(80) * 1000, talked = below(4) ? 0 : ms;
	row->raw_ms += ms;
	row->present_ms += ms;
	row->talking_ms += talked;
	struct guild_hour_row *hour = batch_guild_hour(&batch, guild, at);
	hour->voice_raw_ms += ms;
	hour->voice_present_ms += ms;
	hour->voice_talking_ms += talked;
}

static void come_or_go(uint64_t guild, int64_t at, uint64_t user, uint64_t seq)
{
	struct flow_row head = {
		.guild = guild, .user = user, .at = at, .is_leave = below(2), .seq = seq
	};
	struct flow_row *row = ra_table_row(&batch.flows, &head, NULL);
	row->kind = head.is_leave ? RA_STR("leave") : RA_STR("join");
	row->is_bot = user == BOT;
	row->is_rejoin = below(3) == 0;
}

static void happen(uint64_t guild)
{
	static uint64_t seq;
	int64_t at = START + (int64_t)below(DAYS * 24) * HOUR + below(HOUR);
	uint64_t channel = 100 + (uint64_t)below(CHANNELS), user = (uint64_t)below(PEOPLE + 1);
	/* some are seldom there, so that days lie between */
	int rarity = 1 + (int)user % 4;
	if (user != BOT && below(rarity * rarity) > 0)
		return;
	switch (below(8)) {
	case 0: react(guild, at, channel, user == BOT ? 0 : user); break;
	case 1:
	case 2: sit(guild, at, channel, user == BOT ? 0 : user); break;
	case 3: come_or_go(guild, at, user, ++seq); break;
	default: say_something(guild, at, channel, user);
	}
}

static void on_committed(void *ctx, int status, const struct ra_err *err)
{
	if (status < 0)
		fail_msg("%s", err->msg);
	*(bool *)ctx = true;
}

static void commit(void)
{
	bool is_committed = false;
	batch.source = below(2);
	assert_int_equal(write_rows(pg, "events:{1.0}", NULL, &batch), 0);
	assert_int_equal(ra_pg_sync(pg, on_committed, &is_committed), 0);
	test_run_until(&loop, is_committed);
	batch_clear(&batch);
}

/* --- what must be so --- */

/* Every table of days and months against the hours: tests/harness/days.sql. */
static void days_are_right(void)
{
	char *query = NULL;
	size_t size = 0;
	FILE *file = fopen("tests/harness/days.sql", "r");
	assert_non_null(file);
	assert_true(getdelim(&query, &size, '\0', file) > 0);
	fclose(file);
	PGconn *conn = test_pg_connect(&server);
	PGresult *rows = PQexec(conn, query);
	if (PQresultStatus(rows) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(conn));
	for (int row = 0; row < PQntuples(rows); row++)
		print_error("%s %s\n", PQgetvalue(rows, row, 0), PQgetvalue(rows, row, 1));
	assert_int_equal(PQntuples(rows), 0);
	PQclear(rows);
	PQfinish(conn);
	free(query);
}

static void random_activity_in_random_order(void **state)
{
	(void)state;
	srand(20261121);
	for (int round = 0; round < 60; round++) {
		int things = 1 + below(round % 10 == 0 ? 400 : 40);
		for (int i = 0; i < things; i++)
			happen(1 + (uint64_t)below(3));
		commit();
		if (round % 10 == 0)
			days_are_right();
	}
	days_are_right();
}

/* --- made anew ---------------------------------------------------------------------- */

struct picked {
	struct recut_work work;
	bool is_done, is_some;
};

static void on_picked(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct picked *picked = ctx;
	if (status < 0)
		fail_msg("%s", err->msg);
	picked->is_some = PQntuples(rows) > 0;
	if (picked->is_some)
		recut_step_read(rows, &picked->work);
}

/* False when no guild needs one. */
static bool recut_once(int64_t last_guild)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	const int64_t shard = 0, count = 1;
	struct picked picked = { 0 };
	ra_pg_i64_array(&p, &shard, 1, sizeof shard);
	ra_pg_i64_array(&p, &count, 1, sizeof count);
	ra_pg_i64(&p, last_guild);
	ra_pg_i64(&p, 0);
	assert_int_equal(ra_pg_send(recut_pg, RECUT_PICK, &p, on_picked, &picked), 0);
	assert_int_equal(ra_pg_sync(recut_pg, on_committed, &picked.is_done), 0);
	test_run_until(&loop, picked.is_done);
	picked.is_done = false;
	if (picked.is_some) {
		assert_int_equal(recut_step_send(recut_pg, &picked.work, 30, &arena), 0);
		assert_int_equal(ra_pg_sync(recut_pg, on_committed, &picked.is_done), 0);
		test_run_until(&loop, picked.is_done);
	}
	ra_arena_fini(&arena);
	return picked.is_some;
}

/* Guilds change their zones, one of them twice, and who is active, while things happen. */
static void days_made_anew(void **state)
{
	(void)state;
	sql("UPDATE app.guild_settings SET timezone = 'America/St_Johns' WHERE guild_id IN (1, 3)");
	int steps = 0;
	for (bool is_more = true; is_more; steps++) {
		is_more = recut_once(below(4));
		if (steps == 1) {
			assert_true(test_pg_number(&server, "SELECT count(*) FROM analytics.guild "
							    "WHERE day_zone = ''") > 0);
			days_are_right(); /* of the others */
		}
		if (steps == 15)
			sql("UPDATE app.guild_settings SET timezone = 'Asia/Tokyo' "
			    "WHERE guild_id = 3");
		if (steps == 9)
			sql("UPDATE app.guild_settings SET is_active_by_messages = false, "
			    "is_active_by_reactions = guild_id = 2 WHERE guild_id IN (2, 3)");
		if (steps % 7 == 0) {
			for (int i = 0; i < 40; i++)
				happen(1 + (uint64_t)below(3));
			commit();
		}
	}
	assert_true(steps > 30);
	assert_int_equal(test_pg_number(&server,
					"SELECT count(*) FROM analytics.guild JOIN "
					"app.guild_settings USING (guild_id) WHERE "
					"day_zone = timezone AND active_rule = "
					"CASE guild_id WHEN 1 THEN 7 WHEN 2 THEN 6 ELSE 2 END"),
			 3);
	assert_int_equal(test_pg_number(&server, "SELECT count(*) FROM analytics.day_work"), 0);
	days_are_right();
}

/* Whoever counted by the old rules can not commit; who opted out is in voice who C says they are.
 */
static void rules_in_use_are_the_newest(void **state)
{
	(void)state;
	long long version = test_pg_number(&server, "SELECT version FROM app.rules");
	char *turn = ra_format("SELECT analytics.rules_turn(%lld)", version), url[160];
	test_pg_url(&server, "rations_analytics", url);
	PGconn *conn = PQconnectdb(url);
	PGresult *result = PQexec(conn, turn);
	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	PQclear(result);
	sql("UPDATE app.guild_settings SET week_start = 7");
	result = PQexec(conn, turn);
	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	PQclear(result);
	sql("UPDATE app.guild_settings SET afk_rule = false WHERE guild_id = 2");
	result = PQexec(conn, turn);
	assert_string_equal(PQresultErrorField(result, PG_DIAG_SQLSTATE), "40001");
	PQclear(result);
	PQfinish(conn);
	ra_free(turn);
	assert_int_equal(test_pg_number(&server, "SELECT analytics.voice_alias('session-one')"),
			 unnamed_alias(RA_STR("session-one")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_activity_in_random_order),
		cmocka_unit_test(days_made_anew),
		cmocka_unit_test(rules_in_use_are_the_newest),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
