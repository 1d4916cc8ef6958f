/* days: random activity in random order, through the writer of batches into a real PostgreSQL,
 * against naive sums and naive counts of different people over the hours. */
#include "services/analytics/days.h"
#include "services/analytics/fold.h"
#include "services/analytics/sql.h"
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
static struct ra_pg *pg;
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
	    "(1, 'plain', 'UTC'), (2, 'shifting', 'Europe/Berlin'), (3, 'half', 'Asia/Tehran')");
	test_loop_open(&loop);
	pg = ra_pg_open(&loop, url, "days-test", sql_stmts, SQL_COUNT, NULL, NULL, NULL, NULL);
	test_run_until(&loop, ra_pg_is_up(pg));
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
	ra_pg_close(pg, on_closed, &is_closed);
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
	struct voice_hour_row *row = table_row(&batch.voice_hours, &key, NULL);
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
	struct flow_row *row = table_row(&batch.flows, &head, NULL);
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

static void none(const char *what, const char *query)
{
	char *text = ra_format("SELECT string_agg(wrong::text, ' ') FROM (%s) wrong", query);
	PGconn *conn = test_pg_connect(&server);
	PGresult *result = PQexec(conn, text);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", what, PQerrorMessage(conn));
	if (!PQgetisnull(result, 0, 0))
		fail_msg("%s: either is wrong of %s by %s", what, PQgetvalue(result, 0, 0), query);
	PQclear(result);
	PQfinish(conn);
	ra_free(text);
}

/* clang-format off */
#define ZONED "JOIN analytics.guild g USING (guild_id)"
#define LOCAL_DAY "(hour AT TIME ZONE g.day_zone)::date"
#define MONTH_OF(day) "date_trunc('month', " day ")::date"
#define EITHER(a, b) "(" a " EXCEPT ALL " b ") UNION ALL (" b " EXCEPT ALL " a ")"

#define ACTS(name) \
	"(SELECT guild_id, " LOCAL_DAY " AS day, hour, channel_id, user_id, author_kind, messages, replies, attachments, characters, " \
	" edits, reactions_given, reactions_received, 0 AS raw_ms, 0 AS present_ms, 0 AS engaged_ms, 0 AS talking_ms, blocks " \
	" FROM analytics.message_hourly " ZONED " UNION ALL " \
	" SELECT guild_id, " LOCAL_DAY ", hour, channel_id, user_id, 0, 0, 0, 0, 0, 0, 0, 0, raw_ms, present_ms, engaged_ms, talking_ms, 0 " \
	" FROM analytics.voice_hourly " ZONED ") " name
#define SUMS \
	"sum(messages), sum(replies), sum(attachments), sum(characters), sum(edits), sum(reactions_given), sum(reactions_received), " \
	"sum(raw_ms), sum(present_ms), sum(engaged_ms), sum(talking_ms)"
#define COLUMNS \
	"messages::bigint, replies::bigint, attachments::bigint, characters::numeric, edits::bigint, reactions_given::bigint, " \
	"reactions_received::bigint, raw_ms::numeric, present_ms::numeric, engaged_ms::numeric, talking_ms::numeric"
#define ANY "messages + edits + reactions_given + reactions_received + raw_ms > 0"

static void sums_are_right(void)
{
	none("activity_daily", EITHER(
		"SELECT guild_id, channel_id, day, user_id, max(author_kind)::smallint, " SUMS " FROM " ACTS("acts") " WHERE " ANY " GROUP BY 1, 2, 3, 4",
		"SELECT guild_id, channel_id, day, user_id, author_kind, " COLUMNS " FROM analytics.activity_daily"));
	none("member_daily", EITHER(
		"SELECT guild_id, user_id, day, bool_or(author_kind > 0), " SUMS ", (SELECT count(DISTINCT (a.hour, bit)) FROM " ACTS("a")
		"  JOIN generate_series(0, 5) bit ON a.blocks & (1 << bit) > 0 "
		"  WHERE a.guild_id = acts.guild_id AND a.user_id = acts.user_id AND a.day = acts.day)::int "
		"FROM " ACTS("acts") " WHERE " ANY " GROUP BY guild_id, user_id, day",
		"SELECT guild_id, user_id, day, is_bot, " COLUMNS ", blocks::int FROM analytics.member_daily"));
	none("member_monthly", EITHER(
		"SELECT guild_id, user_id, " MONTH_OF("day") ", bool_or(is_bot), " SUMS ", sum(blocks) FROM analytics.member_daily GROUP BY 1, 2, 3",
		"SELECT guild_id, user_id, month, is_bot, " COLUMNS ", blocks::bigint FROM analytics.member_monthly"));
#define CHANNEL_SUMS "coalesce(sum(messages) FILTER (WHERE author_kind = 0), 0), coalesce(sum(messages) FILTER (WHERE author_kind IN (1, 2)), 0), " \
	"coalesce(sum(replies) FILTER (WHERE author_kind = 0), 0), coalesce(sum(attachments) FILTER (WHERE author_kind = 0), 0), " \
	"sum(edits), sum(reactions_given), sum(raw_ms), sum(present_ms), sum(engaged_ms), sum(talking_ms)"
#define CHANNEL_COLUMNS "messages, bot_messages, replies, attachments, edits, reactions, voice_raw_ms, voice_present_ms, voice_engaged_ms, voice_talking_ms"
	none("channel_daily", EITHER(
		"SELECT guild_id, channel_id, day, " CHANNEL_SUMS " FROM " ACTS("acts") " WHERE " ANY " GROUP BY 1, 2, 3",
		"SELECT guild_id, channel_id, day, " CHANNEL_COLUMNS " FROM analytics.channel_daily"));
	none("channel_monthly", EITHER(
		"SELECT guild_id, channel_id, " MONTH_OF("day") ", " CHANNEL_SUMS " FROM " ACTS("acts") " WHERE " ANY " GROUP BY 1, 2, 3",
		"SELECT guild_id, channel_id, month, " CHANNEL_COLUMNS " FROM analytics.channel_monthly"));
#define GUILD_SUMS(t) "(SELECT coalesce(sum(x.characters), 0) FROM (SELECT m.guild_id, (m.hour AT TIME ZONE z.day_zone)::date AS day, m.characters " \
	" FROM analytics.message_hourly m JOIN analytics.guild z USING (guild_id) WHERE m.author_kind = 0) x " \
	" WHERE x.guild_id = " t ".guild_id AND x.day = " t ".day)"
	none("guild_daily", EITHER(
		"SELECT guild_id, day, messages, bot_messages, replies, attachments, edits, deletions, reactions, voice_raw_ms, voice_present_ms, "
		" voice_engaged_ms, voice_talking_ms, " GUILD_SUMS("t") " FROM (SELECT guild_id, " LOCAL_DAY " AS day, sum(messages) AS messages, "
		" sum(bot_messages) AS bot_messages, sum(replies) AS replies, sum(attachments) AS attachments, sum(edits) AS edits, "
		" sum(deletions) AS deletions, sum(reactions) AS reactions, sum(voice_raw_ms) AS voice_raw_ms, sum(voice_present_ms) AS voice_present_ms, "
		" sum(voice_engaged_ms) AS voice_engaged_ms, sum(voice_talking_ms) AS voice_talking_ms "
		" FROM analytics.guild_hourly " ZONED " GROUP BY 1, 2) t",
		"SELECT guild_id, day, messages, bot_messages, replies, attachments, edits, deletions, reactions, voice_raw_ms::numeric, "
		" voice_present_ms, voice_engaged_ms, voice_talking_ms, characters FROM analytics.guild_daily "
		"WHERE messages + bot_messages + reactions + voice_raw_ms > 0"));
	none("joins and leaves", EITHER(
		"SELECT guild_id, (at AT TIME ZONE day_zone)::date, count(*) FILTER (WHERE kind = 'join'), count(*) FILTER (WHERE kind = 'leave'), "
		" count(*) FILTER (WHERE kind = 'join' AND is_rejoin) FROM analytics.member_flow " ZONED " WHERE NOT is_bot GROUP BY 1, 2",
		"SELECT guild_id, day, joins, leaves, rejoins FROM analytics.guild_daily WHERE joins + leaves > 0"));
	none("guild_monthly", EITHER(
		"SELECT guild_id, " MONTH_OF("day") ", sum(messages), sum(joins), sum(leaves), sum(voice_present_ms) FROM analytics.guild_daily GROUP BY 1, 2",
		"SELECT guild_id, month, messages, joins, leaves, voice_present_ms FROM analytics.guild_monthly"));
	none("heat_monthly", EITHER(
		"SELECT guild_id, " MONTH_OF(LOCAL_DAY) ", extract(isodow FROM hour AT TIME ZONE g.day_zone)::smallint - 1, "
		" extract(hour FROM hour AT TIME ZONE g.day_zone)::int, sum(messages), sum(reactions), sum(voice_present_ms) "
		"FROM analytics.guild_hourly " ZONED " GROUP BY 1, 2, 3, 4",
		"SELECT guild_id, month, weekday::int, hour::int, messages, reactions, voice_present_ms FROM analytics.heat_monthly"));
}

/* Different people of every kind in [from, to), counted one by one and read from people_daily. */
#define COUNTED \
	"SELECT guild_id, count(*) FILTER (WHERE acts), count(*) FILTER (WHERE messages >= 3 OR talking_ms > 0), " \
	" count(*) FILTER (WHERE messages > 0 OR talking_ms > 0) FROM (" \
	" SELECT guild_id, user_id, bool_or(messages > 0 OR reactions_given > 0 OR present_ms >= 60000) AS acts, " \
	"  sum(messages) AS messages, sum(talking_ms) AS talking_ms FROM analytics.member_daily " \
	" WHERE NOT is_bot AND day >= date '2026-02-27' + %1$d AND day < date '2026-02-27' + %2$d GROUP BY 1, 2) p " \
	"WHERE acts OR messages > 0 OR talking_ms > 0 GROUP BY 1"
#define READ \
	"SELECT guild_id, coalesce(sum(members) FILTER (WHERE measure = 0), 0), coalesce(sum(members) FILTER (WHERE measure = 1), 0), " \
	" coalesce(sum(members) FILTER (WHERE measure = 2), 0) FROM analytics.people_daily " \
	"WHERE day >= date '2026-02-27' + %1$d AND day < date '2026-02-27' + %2$d AND was_from < date '2026-02-27' + %1$d " \
	" AND is_from >= date '2026-02-27' + %1$d GROUP BY 1 HAVING sum(members) > 0"
/* clang-format on */

static void people_are_right(int ranges)
{
	for (int i = 0; i < ranges; i++) {
		int from = below(DAYS + 3), to = from + 1 + below(DAYS);
		char *query = ra_format(EITHER(COUNTED, READ), from, to);
		none("people_daily", query);
		ra_free(query);
	}
	none("days' people",
	     EITHER("SELECT guild_id, day, sum(members) FROM analytics.people_daily WHERE measure "
		    "= 0 AND is_from = day GROUP BY 1, 2 HAVING sum(members) > 0",
		    "SELECT guild_id, day, active FROM analytics.guild_daily WHERE active <> 0"));
	none("months' people",
	     EITHER("SELECT guild_id, " MONTH_OF(
			    "day") ", count(DISTINCT user_id) FROM analytics.member_daily WHERE "
				   "NOT is_bot AND (messages > 0 OR reactions_given > 0 OR "
				   "present_ms >= 60000) GROUP BY 1, 2",
		    "SELECT guild_id, month, active FROM analytics.guild_monthly WHERE active > "
		    "0"));
	none("months' communicators",
	     EITHER("SELECT guild_id, month, count(*) FROM analytics.member_monthly WHERE NOT "
		    "is_bot AND (messages >= 3 OR talking_ms > 0) GROUP BY 1, 2",
		    "SELECT guild_id, month, communicators FROM analytics.guild_monthly WHERE "
		    "communicators > 0"));
	none("numbers below zero", "SELECT FROM analytics.people_daily WHERE members < 0");
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
		if (round % 6 == 0)
			people_are_right(3);
	}
	sums_are_right();
	people_are_right(60);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_activity_in_random_order) };
	return cmocka_run_group_tests(tests, start, stop);
}
