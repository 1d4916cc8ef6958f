/* newcomer: what people did first after joining, told in any order, as it stands in the tables. */
#include "services/analytics/load.h"
#include "services/analytics/newcomer.h"
#include "services/analytics/sql.h"
#include "services/analytics/write.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include "tests/unit/services/analytics/tell.h"
#include <stdio.h>
#include <stdlib.h>

enum { MIN = 60 * 1000, HOUR = 60 * MIN };
#define DAY (24LL * HOUR)
#define T0  (1790000000000LL - 1790000000000LL % DAY)

static uv_loop_t loop;
static struct test_pg server;
static struct ra_pg *pg;

/* A guild of its own for every test, and the events told of it. */
struct story {
	struct state state;
	struct ra_reading reading;
	struct batch batch, past; /* past: what history reads */
	struct fold fold;
	uint64_t guild, seq, message;
};

static uint64_t guilds;

static int open_servers(void **ctx)
{
	(void)ctx;
	static const struct ra_pg_ops ops = { 0 };
	char url[160];
	struct ra_err err = { 0 };
	test_pg_start(&server, false, true);
	test_pg_number(&server,
		       "CREATE FUNCTION minute(at timestamptz) RETURNS text LANGUAGE sql RETURN "
		       "coalesce(((ts_to_ms(at) - 1789948800000) / 60000)::text, '-')");
	test_pg_number(&server, "SELECT analytics.ensure_months(ms_to_ts(1789000000000), "
				"ms_to_ts(1799000000000))");
	test_pg_url(&server, "rations_analytics", url);
	test_loop_open(&loop);
	pg = ra_pg_open(&loop, url, "test", sql_stmts, SQL_COUNT, NULL, &ops, NULL, &err);
	assert_non_null(pg);
	test_run_until(&loop, ra_pg_is_up(pg));
	return 0;
}

static void on_closed(void *ctx)
{
	(void)ctx;
}

static int close_servers(void **ctx)
{
	(void)ctx;
	ra_pg_close(pg, on_closed, NULL);
	test_loop_close(&loop);
	test_pg_stop(&server);
	return 0;
}

static int start(void **ctx)
{
	struct story *s = ra_new(struct story);
	state_init(&s->state, 0, 1);
	ra_reading_init(&s->reading, 0, 1);
	batch_init(&s->batch);
	batch_init(&s->past);
	s->past.source = 1;
	fold_init(&s->fold, &s->state, &s->batch, &s->reading);
	s->guild = ++guilds;
	state_guild_add(&s->state, s->guild)->member_count = 100;
	*ctx = s;
	return 0;
}

static int stop(void **ctx)
{
	struct story *s = *ctx;
	fold_fini(&s->fold);
	batch_fini(&s->batch);
	batch_fini(&s->past);
	ra_reading_fini(&s->reading);
	state_fini(&s->state);
	ra_free(s);
	return 0;
}

/* --- telling --- */

static void on_synced(void *ctx, int status, const struct ra_err *err)
{
	if (status < 0)
		fail_msg("%s", err->msg);
	*(bool *)ctx = true;
}

static void sync_group(void)
{
	bool is_done = false;
	assert_int_equal(ra_pg_sync(pg, on_synced, &is_done), 0);
	test_run_until(&loop, is_done);
}

/* As a reader does: what is in the batch becomes rows. */
static void commit(struct story *s)
{
	assert_int_equal(write_batch(pg, "events:{1.0}", "one", &s->state, &s->batch), 0);
	sync_group();
	batch_clear(&s->batch);
	ra_table_clear(&s->fold.known);
}

static void commit_past(struct story *s)
{
	assert_int_equal(write_rows(pg, "events:{1.0}", NULL, &s->past), 0);
	sync_group();
	batch_clear(&s->past);
}

static void tell(struct story *s, const struct ra_event *event)
{
	size_t known = s->fold.known.count;
	fold_wants(&s->fold, event);
	if (s->fold.known.count != known) {
		assert_int_equal(load_known(pg, &s->fold), 0);
		sync_group();
		fold_known_loaded(&s->fold);
	}
	assert_true(tell_event(&s->fold, event));
}

static struct ra_event event_at(struct story *s, enum ra_event_type type, int64_t at)
{
	return (struct ra_event){
		.type = type, .session = RA_STR("one"), .seq = ++s->seq, .at = at, .guild = s->guild
	};
}

static void come(struct story *s, uint64_t user, int64_t at)
{
	struct ra_event e = event_at(s, RA_EV_member_joined, at);
	e.member_joined.user_id = user;
	e.member_joined.joined_at = at;
	e.member_joined.is_bot = user == 99;
	tell(s, &e);
}

static void go(struct story *s, uint64_t user, int64_t at)
{
	struct ra_event e = event_at(s, RA_EV_member_left, at);
	e.member_left.user_id = user;
	tell(s, &e);
}

static void post(struct story *s, uint64_t user, int64_t at)
{
	struct ra_event e = event_at(s, RA_EV_message_created, at);
	e.message_created.message_id = ++s->message;
	e.message_created.channel_id = 10;
	e.message_created.user_id = user;
	e.message_created.is_bot = user == 99;
	tell(s, &e);
}

/* What history reads. */
static void recall(struct story *s, uint64_t user, int64_t at)
{
	struct ra_ev_message_created m = { .message_id = ++s->message,
					   .channel_id = 10,
					   .user_id = user };
	assert_true(fold_message(&s->past, s->guild, at, &m));
	newcomer_old_message(&s->past, s->guild, user, at);
}

static void sit(struct story *s, uint64_t user, uint64_t channel, bool self_mute, int64_t at)
{
	struct ra_event e = event_at(s, RA_EV_voice_state_changed, at);
	e.voice_state_changed.user_id = user;
	e.voice_state_changed.channel_id = channel;
	e.voice_state_changed.self_mute = self_mute;
	tell(s, &e);
}

/* "joined left first second third talk" of a stay, minutes since T0, - for none; stays one behind
 * the other. */
static void assert_stays(const struct story *s, uint64_t user, const char *expected)
{
	PGconn *conn = test_pg_connect(&server);
	char *sql =
		ra_format("SELECT string_agg(concat_ws(' ', minute(joined_at), minute(left_at), "
			  "minute(message_1_at), minute(message_2_at), minute(message_3_at), "
			  "minute(first_talk_at)), ' | ' ORDER BY joined_at) "
			  "FROM analytics.newcomer WHERE guild_id = %llu AND user_id = %llu",
			  (unsigned long long)s->guild, (unsigned long long)user);
	PGresult *r = PQexec(conn, sql);
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(conn));
	assert_string_equal(PQgetvalue(r, 0, 0), expected);
	PQclear(r);
	PQfinish(conn);
	ra_free(sql);
}

/* --- stories --- */

static void the_first_three_count(void **ctx)
{
	struct story *s = *ctx;
	post(s, 1, T0 - MIN); /* of an earlier life nobody saw the beginning of */
	come(s, 1, T0);
	post(s, 1, T0 + MIN);
	commit(s);
	assert_stays(s, 1, "0 - 1 - - -");
	for (int i = 2; i <= 5; i++)
		post(s, 1, T0 + i * MIN);
	commit(s);
	assert_stays(s, 1, "0 - 1 2 3 -");
	go(s, 1, T0 + HOUR);
	commit(s);
	assert_stays(s, 1, "0 60 1 2 3 -");
}

static void those_who_were_there_before_have_no_stay(void **ctx)
{
	struct story *s = *ctx;
	post(s, 1, T0);
	go(s, 1, T0 + MIN);
	go(s, 2, T0 + MIN);
	commit(s);
	assert_stays(s, 1, "");
	assert_stays(s, 2, "");
	come(s, 1, T0 + HOUR);
	post(s, 1, T0 + HOUR);
	commit(s);
	assert_stays(s, 1, "60 - 60 - - -");
}

static void bots_have_none(void **ctx)
{
	struct story *s = *ctx;
	come(s, 99, T0);
	post(s, 99, T0 + MIN);
	go(s, 99, T0 + HOUR);
	commit(s);
	assert_stays(s, 99, "");
}

/* Leave and return, twice in one batch: each stay has its own firsts. */
static void who_returns_begins_anew(void **ctx)
{
	struct story *s = *ctx;
	come(s, 1, T0);
	for (int i = 1; i <= 4; i++)
		post(s, 1, T0 + i * MIN);
	go(s, 1, T0 + 10 * MIN);
	come(s, 1, T0 + 20 * MIN);
	post(s, 1, T0 + 21 * MIN);
	go(s, 1, T0 + 30 * MIN);
	come(s, 1, T0 + 40 * MIN);
	commit(s);
	assert_stays(s, 1, "0 10 1 2 3 - | 20 30 21 - - - | 40 - - - - -");
	go(s, 1, T0 + 50 * MIN);
	come(s, 1, T0 + 60 * MIN);
	post(s, 1, T0 + 61 * MIN);
	commit(s);
	assert_stays(s, 1, "0 10 1 2 3 - | 20 30 21 - - - | 40 50 - - - - | 60 - 61 - - -");
}

/* A RESUME tells what happened meanwhile all at once: a leave has the time of its arrival. */
static void stays_do_not_overlap(void **ctx)
{
	struct story *s = *ctx;
	come(s, 1, T0);
	commit(s);
	go(s, 1, T0 + 100 * MIN);
	come(s, 1, T0 + 20 * MIN);
	post(s, 1, T0 + 25 * MIN);
	commit(s);
	assert_stays(s, 1, "0 20 - - - - | 20 - 25 - - -");
}

static void somebody_announced_again_goes_on(void **ctx)
{
	struct story *s = *ctx;
	come(s, 1, T0);
	post(s, 1, T0 + MIN);
	commit(s);
	come(s, 1, T0);
	post(s, 1, T0 + 2 * MIN);
	commit(s);
	assert_stays(s, 1, "0 - 1 2 - -");
}

static void history_comes_late_and_backwards(void **ctx)
{
	struct story *s = *ctx;
	come(s, 1, T0);
	post(s, 1, T0 + 5 * MIN);
	go(s, 1, T0 + 30 * MIN);
	come(s, 1, T0 + 40 * MIN);
	post(s, 1, T0 + 59 * MIN);
	commit(s);
	recall(s, 1, T0 + 45 * MIN);
	recall(s, 1, T0 + 35 * MIN); /* between the stays: of neither */
	recall(s, 1, T0 + 9 * MIN);
	commit_past(s);
	assert_stays(s, 1, "0 30 5 9 - - | 40 - 45 59 - -");
	for (int i = 4; i >= 1; i--)
		recall(s, 1, T0 + i * MIN);
	recall(s, 1, T0 + 2 * MIN); /* two in one moment are two */
	recall(s, 1, T0 - MIN);
	commit_past(s);
	assert_stays(s, 1, "0 30 1 2 2 - | 40 - 45 59 - -");
}

static void a_talk_is_company_and_an_open_mouth(void **ctx)
{
	struct story *s = *ctx;
	come(s, 1, T0);
	come(s, 2, T0);
	sit(s, 1, 20, false, T0 + MIN); /* alone */
	sit(s, 2, 20, true, T0 + 5 * MIN);
	sit(s, 2, 20, false, T0 + 7 * MIN);
	sit(s, 2, 0, false, T0 + 9 * MIN);
	sit(s, 1, 0, false, T0 + 10 * MIN);
	commit(s);
	assert_stays(s, 1, "0 - - - - 5");
	assert_stays(s, 2, "0 - - - - 7");
	sit(s, 1, 20, false, T0 + 20 * MIN);
	sit(s, 2, 20, false, T0 + 20 * MIN);
	sit(s, 1, 0, false, T0 + 30 * MIN);
	commit(s);
	assert_stays(s, 1, "0 - - - - 5");
}

/* --- whatever the order --- */

enum { STAYS = 3, LATE_MAX = 40 };

/* Somebody's life: told live in part, the rest to be read from history. */
struct life {
	uint64_t user;
	int64_t at; /* how far it is told */
	int64_t late[LATE_MAX];
	int late_count;
	char expected[512];
};

static void expect(struct life *life, const char *fmt, int64_t minute)
{
	size_t used = strlen(life->expected);
	snprintf(life->expected + used, sizeof(life->expected) - used, fmt, (long long)minute);
}

static int64_t minute(int64_t at)
{
	return (at - T0) / MIN;
}

static void live_a_stay(struct story *s, struct life *life, bool is_first)
{
	int64_t joined_at = life->at, said[3] = { 0 };
	int count = rand() % 7;
	come(s, life->user, joined_at);
	for (int i = 0; i < count; i++) {
		life->at += (1 + rand() % 9) * MIN;
		if (i < 3)
			said[i] = life->at;
		if (rand() % 2)
			post(s, life->user, life->at);
		else
			life->late[life->late_count++] = life->at;
		if (rand() % 3 == 0)
			commit(s);
	}
	life->at += MIN;
	go(s, life->user, life->at);
	expect(life, is_first ? "%lld" : " | %lld", minute(joined_at));
	expect(life, " %lld", minute(life->at));
	for (int i = 0; i < 3; i++)
		expect(life, said[i] ? " %lld" : " -", minute(said[i]));
	expect(life, " -", 0);
	life->at += (1 + rand() % 3) * MIN;
}

static void recall_in_any_order(struct story *s, struct life *life)
{
	while (life->late_count > 0) {
		int pick = rand() % life->late_count;
		recall(s, life->user, life->late[pick]);
		life->late[pick] = life->late[--life->late_count];
		if (rand() % 3 == 0)
			commit_past(s);
	}
	commit_past(s);
}

static void any_order_gives_the_same(void **ctx)
{
	struct story *s = *ctx;
	srand(20261121);
	for (uint64_t user = 1; user <= 40; user++) {
		struct life life = { .user = user, .at = T0 };
		for (int stay = 0; stay < STAYS; stay++)
			live_a_stay(s, &life, stay == 0);
		commit(s);
		recall_in_any_order(s, &life);
		assert_stays(s, user, life.expected);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(the_first_three_count),
		TEST(those_who_were_there_before_have_no_stay),
		TEST(bots_have_none),
		TEST(who_returns_begins_anew),
		TEST(stays_do_not_overlap),
		TEST(somebody_announced_again_goes_on),
		TEST(history_comes_late_and_backwards),
		TEST(a_talk_is_company_and_an_open_mouth),
		TEST(any_order_gives_the_same),
	};
	return cmocka_run_group_tests_name("newcomer", tests, open_servers, close_servers);
}
