/*
 * fold: stories of asking and answering, as they stand in the tables. Each is told three ways, and
 * has to end the same: all of it in one transaction, every event in one of its own, and every event
 * twice.
 */
#include "services/response-tracker/fold.h"
#include "libshared/discord/snowflake.h"
#include "services/response-tracker/load.h"
#include "services/response-tracker/sql.h"
#include "services/response-tracker/write.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <stdio.h>

enum { S = 1000, MIN = 60 * S };
enum { HELP = 10, CHAT = 11, FORUM_CHANNEL = 12, CATEGORY = 13 };
enum { ANN = 101, BEN = 102, KIM = 201, LEE = 202, MAX = 203, ROLE = 300 };
#define T0 1790000000000LL

enum way { AT_ONCE, ONE_BY_ONE, TWICE, WAYS };

static uv_loop_t loop;
static struct test_pg server;
static struct ra_pg *pg;
static PGconn *admin;

/* A guild of its own for every telling. Kim has the staff role, Lee is a curator by hand, Max is
 * excluded. */
struct story {
	struct fold fold;
	enum way way;
	uint64_t guild, seq, messages;
	int64_t now;
};

static uint64_t guilds = 1000;

static int open_servers(void **ctx)
{
	(void)ctx;
	static const struct ra_pg_ops ops = { 0 };
	char url[160];
	struct ra_err err = { 0 };
	test_pg_start(&server, false, true);
	test_pg_url(&server, "rations_response", url);
	test_loop_open(&loop);
	pg = ra_pg_open(&loop, url, "test", sql_stmts, SQL_COUNT, NULL, &ops, NULL, &err);
	assert_non_null(pg);
	test_run_until(&loop, ra_pg_is_up(pg));
	admin = test_pg_connect(&server);
	return 0;
}

static void on_closed(void *ctx)
{
	(void)ctx;
}

static int close_servers(void **ctx)
{
	(void)ctx;
	PQfinish(admin);
	ra_pg_close(pg, on_closed, NULL);
	test_loop_close(&loop);
	test_pg_stop(&server);
	return 0;
}

/* --- the database ------------------------------------------------------------------ */

/* %llu in `fmt` is the guild, everywhere. */
static char *ask_sql(const struct story *s, const char *fmt)
{
	unsigned long long g = s->guild;
	char sql[2048];
	snprintf(sql, sizeof sql, fmt, g, g, g, g, g, g);
	PGresult *r = PQexec(admin, sql);
	ExecStatusType status = PQresultStatus(r);
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		fail_msg("%s\n%s", sql, PQerrorMessage(admin));
	char *text = ra_strdup(PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "");
	PQclear(r);
	return text;
}

static void run_sql(const struct story *s, const char *fmt)
{
	ra_free(ask_sql(s, fmt));
}

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

static void commit(struct story *s)
{
	assert_int_equal(write_batch(pg, &s->fold, s->now), 0);
	sync_group();
	fold_committed(&s->fold, s->now);
}

static void load_anew(struct story *s)
{
	fold_clear(&s->fold);
	assert_int_equal(load_state(pg, "events:{1.0}", 0, 1, s->now, &s->fold.state), 0);
	sync_group();
}

/* --- telling --------------------------------------------------------------------------- */

static void tell_once(struct story *s, const struct ra_event *event)
{
	fold_wants(&s->fold, event);
	int rc = load_requests(pg, &s->fold);
	assert_true(rc >= 0);
	if (rc > 0) {
		sync_group();
		fold_loaded(&s->fold);
	}
	fold_event(&s->fold, event, false);
}

static void tell(struct story *s, const struct ra_event *event)
{
	tell_once(s, event);
	if (s->way == TWICE)
		tell_once(s, event);
	if (s->way != AT_ONCE)
		commit(s);
}

static struct ra_event event_of(struct story *s, enum ra_event_type type)
{
	return (struct ra_event){ .type = type,
				  .session = RA_STR("one"),
				  .seq = ++s->seq,
				  .at = s->now,
				  .guild = s->guild };
}

struct words {
	uint64_t reply_to, role;
	bool is_bot;
	int64_t kind;
};

static uint64_t say_with(struct story *s, uint64_t user, uint64_t channel, const char *text,
			 struct words with)
{
	struct ra_event e = event_of(s, RA_EV_message_created);
	char roles[24] = "";
	if (with.role)
		snprintf(roles, sizeof roles, "%llu", (unsigned long long)with.role);
	e.message_created.message_id = ra_snowflake_at(s->now) + ++s->messages;
	e.message_created.channel_id = channel;
	e.message_created.user_id = user;
	e.message_created.kind = with.reply_to ? 19 : with.kind;
	e.message_created.reply_to = with.reply_to;
	e.message_created.mention_roles = ra_str_of(roles);
	e.message_created.is_bot = with.is_bot;
	e.message_created.content = ra_str_of(text);
	uint64_t message = e.message_created.message_id;
	tell(s, &e);
	return message;
}

static uint64_t say(struct story *s, uint64_t user, uint64_t channel, const char *text)
{
	return say_with(s, user, channel, text, (struct words){ 0 });
}

static uint64_t reply(struct story *s, uint64_t user, uint64_t to, const char *text)
{
	return say_with(s, user, HELP, text, (struct words){ .reply_to = to });
}

static void react(struct story *s, uint64_t user, uint64_t message)
{
	struct ra_event e = event_of(s, RA_EV_reaction_added);
	e.reaction_added.message_id = message;
	e.reaction_added.channel_id = HELP;
	e.reaction_added.user_id = user;
	e.reaction_added.emoji = RA_STR("👀");
	tell(s, &e);
}

static void take_away(struct story *s, uint64_t message)
{
	struct ra_event e = event_of(s, RA_EV_message_deleted);
	e.message_deleted.message_id = message;
	e.message_deleted.channel_id = HELP;
	tell(s, &e);
}

static void channel(struct story *s, uint64_t id, uint64_t parent, int64_t kind)
{
	struct ra_event e = event_of(s, RA_EV_channel_upserted);
	e.channel_upserted.channel_id = id;
	e.channel_upserted.parent_id = parent;
	e.channel_upserted.kind = kind;
	e.channel_upserted.is_new = true;
	tell(s, &e);
}

static void roles(struct story *s, uint64_t user, const char *ids)
{
	struct ra_event e = event_of(s, RA_EV_member_updated);
	e.member_updated.user_id = user;
	e.member_updated.roles = ra_str_of(ids);
	tell(s, &e);
}

/* Settings change under the reader's feet: it loads anew. */
static void change(struct story *s, const char *fmt)
{
	commit(s);
	run_sql(s, fmt);
	load_anew(s);
	channel(s, CATEGORY, 0, 4);
	channel(s, HELP, CATEGORY, 0);
	channel(s, CHAT, CATEGORY, 0);
	channel(s, FORUM_CHANNEL, CATEGORY, 15);
}

static void later(struct story *s, int64_t ms)
{
	s->now += ms;
}

/* Staff act by hand; what came of it. */
static void act(struct story *s, uint64_t request, uint64_t actor, const char *what,
		const char *outcome)
{
	commit(s);
	char sql[512];
	snprintf(sql, sizeof sql,
		 "SELECT response.act_on_request(%%llu, %llu, %llu, '%s', 0, ms_to_ts(%lld), "
		 "ms_to_ts(%lld))",
		 (unsigned long long)request, (unsigned long long)actor, what, (long long)s->now,
		 (long long)s->now);
	char *got = ask_sql(s, sql);
	assert_string_equal(got, outcome);
	ra_free(got);
}

/* --- looking ------------------------------------------------------------------------------ */

/* Every request as "state xMESSAGES [kind by after-s] [community by after-s] [reopened N]", in
 * order. */
#define REQUESTS                                                                                   \
	"SELECT coalesce(string_agg(concat_ws(' ', state, 'x' || messages, "                       \
	"answer_kind || ' ' || answered_by || ' ' || extract(epoch FROM answered_at - "            \
	"asked_at)::int, "                                                                         \
	"'community ' || community_by || ' ' || extract(epoch FROM community_at - "                \
	"asked_at)::int, "                                                                         \
	"'claimed ' || claimed_by, 'reopened ' || nullif(reopened, 0)), ', ' ORDER BY "            \
	"request_id), '') "                                                                        \
	"FROM response.request WHERE guild_id = %llu"

static void assert_sql(struct story *s, const char *sql, const char *expected)
{
	commit(s);
	char *got = ask_sql(s, sql);
	assert_string_equal(got, expected);
	ra_free(got);
}

static void assert_requests(struct story *s, const char *expected)
{
	assert_sql(s, REQUESTS, expected);
}

/* Those who wait have a reminder, and nobody else. */
static void assert_due(struct story *s, const char *expected)
{
	assert_sql(s,
		   "SELECT count(*) || ' ' || count(*) FILTER (WHERE q.state = 'open') FROM "
		   "response.due d JOIN response.request q "
		   "USING (guild_id, request_id) WHERE d.guild_id = %llu",
		   expected);
}

/* --- the ways ----------------------------------------------------------------------------------
 */

static void begin(struct story *s, enum way way)
{
	*s = (struct story){ .way = way, .guild = ++guilds << 22, .now = T0 };
	fold_init(&s->fold);
	run_sql(s, "INSERT INTO app.desk_settings (guild_id, is_enabled, staff_roles) VALUES "
		   "(%llu, true, '{300}');"
		   "INSERT INTO app.request_rule (guild_id, name, kind, is_enabled, stems) VALUES "
		   "(%llu, 'words', 'keyword', true, '{помощь}');"
		   "INSERT INTO app.request_rule (guild_id, name, kind, is_enabled, priority) "
		   "VALUES (%llu, 'roles', 'mention', true, 3);"
		   "INSERT INTO app.curator (guild_id, user_id, name) VALUES (%llu, 202, 'Lee'), "
		   "(%llu, 203, 'Max');"
		   "INSERT INTO app.curator_excluded (guild_id, user_id, excluded_by) VALUES "
		   "(%llu, 203, 1);");
	run_sql(s, "INSERT INTO app.notice_settings (guild_id, is_enabled) VALUES (%llu, true)");
	load_anew(s);
	channel(s, CATEGORY, 0, 4);
	channel(s, HELP, CATEGORY, 0);
	channel(s, CHAT, CATEGORY, 0);
	channel(s, FORUM_CHANNEL, CATEGORY, 15);
	roles(s, KIM, "299 300");
}

static void end(struct story *s)
{
	fold_fini(&s->fold);
}

static void every_way(void (*story)(struct story *s))
{
	for (enum way way = AT_ONCE; way < WAYS; way++) {
		struct story s;
		begin(&s, way);
		story(&s);
		end(&s);
	}
}

#define STORY(name)                                                                                \
	static void name##_story(struct story *s);                                                 \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		every_way(name##_story);                                                           \
	}                                                                                          \
	static void name##_story(struct story *s)

STORY(asked_and_answered)
{
	uint64_t request = say(s, ANN, HELP, "Нужна помощь со входом");
	assert_due(s, "1 1");
	later(s, 90 * S);
	reply(s, KIM, request, "сейчас");
	later(s, 5 * S);
	reply(s, LEE, request, "и я");
	assert_requests(s, "answered x1 reply 201 90");
	assert_due(s, "0 0");
}

STORY(never_answered)
{
	say(s, ANN, HELP, "помощи!");
	later(s, 60 * MIN);
	say(s, KIM, CHAT, "всем привет");
	assert_requests(s, "open x1");
	assert_due(s, "1 1");
}

STORY(what_is_no_request)
{
	say(s, ANN, HELP, "просто так");
	say(s, KIM, HELP, "нужна помощь");
	say(s, LEE, HELP, "нужна помощь");
	say_with(s, 999, HELP, "нужна помощь", (struct words){ .is_bot = true });
	say_with(s, BEN, HELP, "нужна помощь", (struct words){ .kind = 7 });
	assert_requests(s, "");
	uint64_t request = say_with(s, ANN, HELP, "", (struct words){ .role = ROLE });
	react(s, BEN, request);
	react(s, MAX, request);
	reply(s, MAX, request, "меня исключили");
	assert_requests(s, "open x1 community 203 1");
	assert_sql(s, "SELECT kind || priority FROM response.request WHERE guild_id = %llu",
		   "mention3");
}

STORY(a_burst_is_one)
{
	uint64_t first = say(s, ANN, HELP, "помогите помощь");
	later(s, 30 * S);
	say(s, ANN, HELP, "вот картинка");
	later(s, 110 * S);
	uint64_t third = say(s, ANN, HELP, "нужна помощь!");
	say(s, ANN, CHAT, "и здесь нужна помощь");
	say(s, BEN, HELP, "мне тоже помощь");
	later(s, 121 * S);
	say(s, ANN, HELP, "снова помощь");
	assert_requests(s, "open x3, open x1, open x1, open x1");
	reply(s, KIM, third, "отвечаю");
	assert_requests(s, "answered x3 reply 201 261, open x1, open x1, open x1");
	later(s, 121 * S);
	reply(s, ANN, first, "спасибо");
	assert_requests(s, "answered x3 reply 201 261, open x1, open x1, open x1");
}

STORY(the_community_answers)
{
	uint64_t request = say(s, ANN, HELP, "помощь");
	later(s, 10 * S);
	reply(s, ANN, request, "кто-нибудь");
	later(s, 10 * S);
	uint64_t ben = reply(s, BEN, request, "вот помощь");
	later(s, 10 * S);
	reply(s, 103, request, "и от меня");
	assert_requests(s, "open x2 community 102 20");
	later(s, 10 * S);
	react(s, KIM, ben);
	assert_requests(s, "answered x2 reaction 201 40 community 102 20");
}

STORY(a_reaction_comes_by_another_clock)
{
	uint64_t request = say(s, ANN, HELP, "помощь");
	later(s, -3 * S);
	react(s, LEE, request);
	later(s, 60 * S);
	reply(s, KIM, request, "отвечаю");
	assert_requests(s, "answered x1 reaction 202 1");
}

STORY(in_its_thread)
{
	uint64_t request = say(s, ANN, HELP, "помощь");
	channel(s, request, HELP, 11);
	later(s, 20 * S);
	say(s, ANN, request, "подробности");
	later(s, 20 * S);
	say(s, BEN, request, "у меня помощь тоже не работает");
	later(s, 20 * S);
	say(s, KIM, request, "смотрю");
	say(s, ANN, request, "эта помощь помогла");
	assert_requests(s, "answered x2 thread 201 60 community 102 40");
	assert_sql(
		s,
		"SELECT (thread_id = request_id)::text FROM response.request WHERE guild_id = %llu",
		"true");
}

STORY(a_forum_post)
{
	change(s, "INSERT INTO app.request_rule (guild_id, name, kind, is_enabled, "
		  "allowed_channels) VALUES (%llu, 'posts', 'forum', true, '{12}')");
	uint64_t post = ra_snowflake_at(s->now) + s->messages + 1;
	channel(s, post, FORUM_CHANNEL, 11);
	assert_true(say(s, ANN, post, "кто знает") == post);
	later(s, 300 * S);
	say(s, LEE, post, "я знаю");
	assert_requests(s, "answered x1 thread 202 300");
	assert_sql(s, "SELECT kind || ' ' || parent_id FROM response.request WHERE guild_id = %llu",
		   "forum 12");
}

STORY(deleted)
{
	uint64_t gone = say(s, ANN, HELP, "помощь");
	later(s, 20 * S);
	take_away(s, gone);
	uint64_t again = say(s, ANN, HELP, "помощь, теперь без опечаток");
	later(s, 20 * S);
	reply(s, KIM, gone, "поздно");
	uint64_t answer = reply(s, KIM, again, "да");
	take_away(s, answer);
	take_away(s, again);
	assert_requests(s, "cancelled x1, answered x1 reply 201 20");
	assert_due(s, "0 0");
}

STORY(resolved_and_reopened)
{
	uint64_t request = say(s, ANN, HELP, "помощь");
	later(s, 60 * S);
	uint64_t answer = reply(s, KIM, request, "готово");
	act(s, request, KIM, "resolve", "done");
	act(s, request, LEE, "resolve", "closed");
	assert_requests(s, "resolved x1 reply 201 60");
	later(s, 10 * MIN);
	reply(s, ANN, answer, "не работает");
	assert_requests(s, "open x2 reply 201 60 reopened 1");
	assert_due(s, "1 1");
	later(s, 30 * S);
	reply(s, LEE, request, "а теперь");
	assert_requests(s, "answered x2 reply 201 60 reopened 1");
	assert_sql(s,
		   "SELECT answer_kind || answered_by || ' ' || extract(epoch FROM answered_at - "
		   "reopened_at)::int FROM response.reopening "
		   "WHERE guild_id = %llu",
		   "reply202 30");
	act(s, request, LEE, "resolve", "done");
	later(s, 25 * 60 * MIN);
	reply(s, ANN, answer, "через сутки");
	assert_requests(s, "resolved x2 reply 201 60 reopened 1");
}

STORY(claimed)
{
	uint64_t request = say(s, ANN, HELP, "помощь");
	later(s, 15 * S);
	act(s, request, KIM, "claim", "done");
	act(s, request, KIM, "claim", "done");
	act(s, request, LEE, "claim", "taken");
	assert_requests(s, "answered x1 claim 201 15 claimed 201");
	assert_due(s, "0 0");
	act(s, request, KIM, "unclaim", "done");
	assert_requests(s, "open x1");
	assert_due(s, "1 1");
	later(s, 15 * S);
	reply(s, LEE, request, "беру");
	act(s, request, KIM, "claim", "not_open");
	assert_requests(s, "answered x1 reply 202 30");
}

STORY(marked_as_none_the_next_may_be_one)
{
	uint64_t request = say(s, ANN, HELP, "спасибо за помощь");
	act(s, request, KIM, "not_a_request", "done");
	later(s, 20 * S);
	say(s, ANN, HELP, "а теперь нужна помощь");
	assert_requests(s, "not_a_request x1, open x1");
}

STORY(a_manager_claims_and_marks)
{
	uint64_t request = say(s, ANN, HELP, "помощь");
	act(s, request, 500, "claim", "done");
	assert_requests(s, "open x1 claimed 500");
	act(s, request, 500, "not_a_request", "done");
	act(s, request, KIM, "claim", "taken");
	reply(s, KIM, request, "всё равно отвечу");
	assert_requests(s, "not_a_request x1 claimed 500");
	assert_due(s, "0 0");
	act(s, request, 500, "reopen", "done");
	assert_requests(s, "open x1 claimed 500");
	assert_due(s, "1 1");
	act(s, request, 500, "snooze", "done");
	act(s, request + 1, 500, "claim", "not_found");
}

STORY(roles_come_and_go)
{
	roles(s, BEN, "300");
	uint64_t one = say(s, ANN, HELP, "помощь");
	later(s, 10 * S);
	reply(s, BEN, one, "как куратор");
	roles(s, BEN, "299");
	later(s, 5 * MIN);
	uint64_t two = say(s, ANN, HELP, "помощь");
	later(s, 10 * S);
	reply(s, BEN, two, "уже не куратор");
	say(s, BEN, HELP, "мне нужна помощь");
	assert_requests(s, "answered x1 reply 102 10, open x1 community 102 10, open x1");
	assert_sql(s,
		   "SELECT string_agg(user_id || CASE WHEN ended_at IS NULL THEN '' ELSE '-' END "
		   "|| CASE WHEN by_role THEN 'r' ELSE 'h' END, "
		   "' ' ORDER BY user_id) FROM response.staff WHERE guild_id = %llu",
		   "102-r 201r 202h");
}

STORY(work_is_noted)
{
	uint64_t request = say(s, ANN, HELP, "помощь");
	uint64_t answer = reply(s, KIM, request, "ответ");
	say(s, KIM, CHAT, "привет");
	react(s, KIM, answer);
	react(s, KIM, answer);
	react(s, BEN, answer);
	say(s, MAX, CHAT, "привет");
	assert_sql(s,
		   "SELECT string_agg(kind || user_id, ' ' ORDER BY kind) FROM response.activity "
		   "WHERE guild_id = %llu",
		   "message201 reaction201 reply201");
	assert_sql(s,
		   "SELECT messages || ' ' || replies || ' ' || reactions FROM "
		   "response.activity_hourly WHERE guild_id = %llu",
		   "1 1 1");
}

STORY(who_opted_out)
{
	uint64_t request = say(s, BEN, HELP, "помощь");
	change(s, "INSERT INTO app.opt_out (user_id, guild_id) VALUES (101, %llu), (201, %llu), "
		  "(103, %llu)");
	say(s, ANN, HELP, "нужна помощь");
	reply(s, 103, request, "вот");
	later(s, 10 * S);
	reply(s, KIM, request, "ответ");
	assert_requests(s, "answered x1 reply 1 10 community 1 1");
	assert_sql(s, "SELECT count(*) FROM response.activity WHERE guild_id = %llu", "0");
}

STORY(the_channel_is_deleted)
{
	say(s, ANN, HELP, "помощь");
	uint64_t answered = say(s, BEN, HELP, "помощь");
	reply(s, KIM, answered, "да");
	struct ra_event e = event_of(s, RA_EV_channel_deleted);
	e.channel_deleted.channel_id = HELP;
	tell(s, &e);
	assert_requests(s, "cancelled x1, answered x1 reply 201 1");
}

STORY(where_it_is_off)
{
	change(s, "UPDATE app.desk_settings SET is_enabled = false WHERE guild_id = %llu");
	say(s, ANN, HELP, "помощь");
	say(s, KIM, HELP, "привет");
	assert_requests(s, "");
	assert_int_equal(s->fold.messages.count, 0);
	assert_sql(s, "SELECT count(*) FROM response.activity WHERE guild_id = %llu", "0");
}

static void on_refused(void *ctx, int status, const struct ra_err *err)
{
	assert_int_equal(status, RA_EDB);
	assert_true(strncmp(err->msg, "40001", 5) == 0);
	*(bool *)ctx = true;
}

/* A batch that was folded by settings of before is refused: the reader loads anew. */
static void test_settings_have_a_turn(void **state)
{
	(void)state;
	struct story s;
	begin(&s, AT_ONCE);
	say(&s, ANN, HELP, "помощь");
	run_sql(&s, "UPDATE app.desk_settings SET good_s = 30 WHERE guild_id = %llu");
	assert_int_equal(write_batch(pg, &s.fold, s.now), 0);
	bool is_refused = false;
	assert_int_equal(ra_pg_sync(pg, on_refused, &is_refused), 0);
	test_run_until(&loop, is_refused);
	fold_clear(&s.fold);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asked_and_answered),
		cmocka_unit_test(never_answered),
		cmocka_unit_test(what_is_no_request),
		cmocka_unit_test(a_burst_is_one),
		cmocka_unit_test(the_community_answers),
		cmocka_unit_test(a_reaction_comes_by_another_clock),
		cmocka_unit_test(in_its_thread),
		cmocka_unit_test(a_forum_post),
		cmocka_unit_test(deleted),
		cmocka_unit_test(resolved_and_reopened),
		cmocka_unit_test(claimed),
		cmocka_unit_test(marked_as_none_the_next_may_be_one),
		cmocka_unit_test(a_manager_claims_and_marks),
		cmocka_unit_test(roles_come_and_go),
		cmocka_unit_test(work_is_noted),
		cmocka_unit_test(who_opted_out),
		cmocka_unit_test(the_channel_is_deleted),
		cmocka_unit_test(where_it_is_off),
		cmocka_unit_test(test_settings_have_a_turn),
	};
	return cmocka_run_group_tests(tests, open_servers, close_servers);
}
