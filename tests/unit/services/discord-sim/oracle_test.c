/* oracle: deeds done by hand, against sums done by hand (metrics: Voice). */
#include "services/discord-sim/act.h"
#include "services/discord-sim/oracle.h"
#include "tests/harness/cmocka.h"
#include <stdio.h>

enum { MIN = 60 * 1000, HOUR = 60 * MIN };
#define T0 (1795000000000LL - 1795000000000LL % (24LL * HOUR))
enum { ANN = 1001, BEN = 1002, ROBOT = 1003 };

struct scene {
	struct world *world;
	struct oracle *oracle;
	uint64_t guild, text, room, other, afk;
};

static void on_dispatch(void *ctx, const struct dispatch *dispatch)
{
	struct scene *s = ctx;
	oracle_count(s->oracle, dispatch);
}

static uint64_t make_channel(struct scene *s, int type, const char *name)
{
	return act_create_channel(
		       s->world,
		       &(struct channel_conf){ .guild_id = s->guild, .type = type, .name = name })
		->id;
}

static void make_member(struct scene *s, uint64_t id, const char *name)
{
	act_user(s->world,
		 &(struct user_conf){ .id = id, .username = name, .is_bot = id == ROBOT });
	act_join(s->world, &(struct join){ .guild_id = s->guild, .user_id = id });
}

static int start(void **state)
{
	struct scene *s = ra_new(struct scene);
	s->world = world_new(&(struct world_conf){ .application_id = 99, .bot_name = "bot" });
	s->oracle = oracle_new(&(struct oracle_conf){ 0 });
	world_set_now(s->world, T0 - HOUR);
	s->guild = act_create_guild(s->world, &(struct guild_conf){ .name = "g", .owner_id = ANN })
			   ->id;
	s->text = make_channel(s, CHANNEL_TEXT, "text");
	s->room = make_channel(s, CHANNEL_VOICE, "room");
	s->other = make_channel(s, CHANNEL_VOICE, "other");
	s->afk = make_channel(s, CHANNEL_VOICE, "afk");
	act_guild_channels(s->world, s->guild, s->text, s->afk, 0);
	make_member(s, ANN, "ann");
	make_member(s, BEN, "ben");
	make_member(s, ROBOT, "robot");
	act_add_bot(s->world, s->guild, PERM_ADMINISTRATOR, 0);
	world_set_now(s->world, T0);
	world_listen(s->world, on_dispatch, s);
	oracle_snapshot(s->oracle, world_guild(s->world, s->guild), T0);
	*state = s;
	return 0;
}

static int stop(void **state)
{
	struct scene *s = *state;
	world_free(&s->world);
	oracle_free(&s->oracle);
	ra_free(s);
	return 0;
}

static void at(struct scene *s, int64_t ms)
{
	world_set_now(s->world, T0 + ms);
}

static void go(struct scene *s, uint64_t user, uint64_t channel)
{
	assert_int_equal(
		act_voice(s->world, s->guild, user, &(struct voice){ .channel_id = channel }), 0);
}

static json_t *told(struct scene *s, const struct oracle_query *query, const char *path[])
{
	char id[24];
	snprintf(id, sizeof(id), "%llu", (unsigned long long)s->guild);
	json_t *all = oracle_json(s->oracle, query);
	json_t *at_path = json_object_get(json_object_get(all, "guilds"), id);
	for (; *path; path++)
		at_path = json_object_get(at_path, *path);
	json_incref(at_path);
	json_decref(all);
	return at_path;
}

#define PATH(...)                                                                                  \
	(const char *[])                                                                           \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static int64_t number(struct scene *s, const struct oracle_query *query, const char *path[])
{
	json_t *value = told(s, query, path);
	assert_non_null(value);
	int64_t n = json_integer_value(value);
	json_decref(value);
	return n;
}

static void check_voice(struct scene *s, const char *user, const int64_t expected[4])
{
	static const char *const rules[] = { "raw_ms", "present_ms", "engaged_ms", "talking_ms" };
	const struct oracle_query query = { .with_rows = true };
	for (int i = 0; i < 4; i++)
		assert_int_equal(number(s, &query, PATH("people", user, "voice", rules[i])),
				 expected[i]);
}

#define VOICE(...)                                                                                 \
	(const int64_t[])                                                                          \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static void alone_is_present_but_not_engaged(void **state)
{
	struct scene *s = *state;
	go(s, ANN, s->room);
	at(s, 10 * MIN);
	go(s, ANN, 0);
	check_voice(s, "1001", VOICE(10 * MIN, 10 * MIN, 0, 0));
}

static void bots_are_no_company(void **state)
{
	struct scene *s = *state;
	go(s, ROBOT, s->room);
	go(s, ANN, s->room);
	at(s, 10 * MIN);
	go(s, ANN, 0);
	go(s, ROBOT, 0);
	check_voice(s, "1001", VOICE(10 * MIN, 10 * MIN, 0, 0));
	assert_int_equal(number(s, &(struct oracle_query){ 0 }, PATH("voice", "raw_ms")), 10 * MIN);
}

static void two_talk_until_both_are_muted(void **state)
{
	struct scene *s = *state;
	go(s, ANN, s->room);
	at(s, 5 * MIN);
	go(s, BEN, s->room);
	at(s, 15 * MIN); /* ten minutes together; Ann mutes */
	act_voice(s->world, s->guild, ANN,
		  &(struct voice){ .channel_id = s->room, .self_mute = true });
	at(s, 22 * MIN); /* seven with Ben alone unmuted; the server mutes Ben */
	act_voice_mute(s->world, s->guild, BEN, true, false);
	at(s, 30 * MIN);
	go(s, BEN, 0);
	go(s, ANN, 0);
	check_voice(s, "1001", VOICE(30 * MIN, 30 * MIN, 17 * MIN, 10 * MIN));
	check_voice(s, "1002", VOICE(25 * MIN, 25 * MIN, 17 * MIN, 17 * MIN));
}

static void the_deaf_and_the_absent_keep_others_company(void **state)
{
	struct scene *s = *state;
	go(s, ANN, s->room);
	go(s, BEN, s->room);
	at(s, 10 * MIN);
	act_voice(s->world, s->guild, BEN,
		  &(struct voice){ .channel_id = s->room, .self_mute = true, .self_deaf = true });
	at(s, 14 * MIN);
	go(s, BEN, s->afk);
	at(s, 20 * MIN);
	go(s, BEN, 0);
	go(s, ANN, 0);
	check_voice(s, "1001", VOICE(20 * MIN, 20 * MIN, 14 * MIN, 14 * MIN));
	check_voice(s, "1002", VOICE(20 * MIN, 10 * MIN, 10 * MIN, 10 * MIN));
}

static void hours_are_cut_and_filtered(void **state)
{
	struct scene *s = *state;
	at(s, 50 * MIN);
	go(s, ANN, s->room);
	at(s, 135 * MIN);
	go(s, ANN, s->other); /* a move goes on */
	at(s, 150 * MIN);
	go(s, ANN, 0);
	struct oracle_query second = { .from_ms = T0 + HOUR, .to_ms = T0 + 2 * HOUR };
	assert_int_equal(number(s, &second, PATH("voice", "raw_ms")), HOUR);
	assert_int_equal(number(s, &(struct oracle_query){ 0 }, PATH("voice", "raw_ms")),
			 100 * MIN);
}

static void open_sessions_count_up_to_now_once(void **state)
{
	struct scene *s = *state;
	go(s, ANN, s->room);
	at(s, 20 * MIN);
	struct oracle_query now = { .now_ms = T0 + 20 * MIN };
	assert_int_equal(number(s, &now, PATH("voice", "raw_ms")), 20 * MIN);
	assert_int_equal(number(s, &now, PATH("voice", "raw_ms")), 20 * MIN);
	at(s, 30 * MIN);
	go(s, ANN, 0);
	assert_int_equal(number(s, &(struct oracle_query){ 0 }, PATH("voice", "raw_ms")), 30 * MIN);
}

static void leaving_the_guild_ends_voice(void **state)
{
	struct scene *s = *state;
	go(s, BEN, s->room);
	at(s, 3 * MIN);
	act_leave(s->world, s->guild, BEN);
	at(s, 9 * MIN);
	check_voice(s, "1002", VOICE(3 * MIN, 3 * MIN, 0, 0));
	assert_int_equal(number(s, &(struct oracle_query){ 0 }, PATH("leaves")), 1);
	assert_int_equal(number(s, &(struct oracle_query){ 0 }, PATH("member_count")), 3);
}

/* The world goes on untold; a snapshot says who is still there. */
static void after_a_gap_the_snapshot_decides(void **state)
{
	struct scene *s = *state;
	go(s, ANN, s->room);
	go(s, BEN, s->room);
	at(s, 10 * MIN);
	oracle_gap(s->oracle, s->guild, T0 + 10 * MIN);
	world_listen(s->world, NULL, NULL);
	at(s, 20 * MIN);
	go(s, BEN, 0);
	at(s, 25 * MIN);
	world_listen(s->world, on_dispatch, s);
	oracle_snapshot(s->oracle, world_guild(s->world, s->guild), T0 + 25 * MIN);
	at(s, 30 * MIN);
	go(s, ANN, 0);
	check_voice(s, "1001", VOICE(30 * MIN, 30 * MIN, 10 * MIN, 10 * MIN));
	check_voice(s, "1002", VOICE(10 * MIN, 10 * MIN, 10 * MIN, 10 * MIN));
}

static uint64_t post(struct scene *s, uint64_t author, uint64_t reply_to)
{
	struct message *m = NULL;
	assert_int_equal(act_post(s->world,
				  &(struct post){ .channel_id = s->text,
						  .author_id = author,
						  .text = RA_STR("привет"),
						  .reply_to = reply_to },
				  &m),
			 0);
	return m->id;
}

static void messages_are_told_apart(void **state)
{
	struct scene *s = *state;
	const struct oracle_query all = { .with_rows = true };
	uint64_t first = post(s, ANN, 0);
	post(s, BEN, first);
	post(s, ROBOT, first);
	act_post(s->world,
		 &(struct post){ .channel_id = s->text,
				 .author_id = 77,
				 .webhook_name = "feed",
				 .text = RA_STR("x") },
		 NULL);
	act_notice(s->world, s->text, ANN, MESSAGE_BOOST, NULL);
	assert_int_equal(number(s, &all, PATH("messages")), 2);
	assert_int_equal(number(s, &all, PATH("bot_messages")), 2);
	assert_int_equal(number(s, &all, PATH("notices")), 1);
	assert_int_equal(number(s, &all, PATH("replies")), 1);
	assert_int_equal(number(s, &all, PATH("characters")), 12);
	assert_int_equal(number(s, &all, PATH("dispatches", "MESSAGE_CREATE")), 5);
	json_t *rows = told(s, &all, PATH("rows"));
	assert_int_equal(json_array_size(rows), 2);
	json_decref(rows);
	json_t *hours = told(s, &all, PATH("hours"));
	assert_int_equal(json_object_size(hours), 1);
	json_t *hour = json_object_iter_value(json_object_iter(hours));
	assert_int_equal(json_integer_value(json_object_get(hour, "messages")), 2);
	assert_int_equal(json_integer_value(json_object_get(hour, "bot_messages")), 2);
	json_decref(hours);
}

static void edits_deletions_and_reactions(void **state)
{
	struct scene *s = *state;
	const struct oracle_query all = { 0 };
	uint64_t ids[3];
	for (int i = 0; i < 3; i++)
		ids[i] = post(s, ANN, 0);
	act_edit(s->world, &(struct edit){ .channel_id = s->text,
					   .message_id = ids[0],
					   .text = RA_STR("better") });
	act_embed(s->world, s->text, ids[0]); /* an update, but no edit */
	struct act_reaction r = { .channel_id = s->text, .message_id = ids[0], .emoji = "🔥" };
	uint64_t who[] = { ANN, BEN, ROBOT };
	for (int i = 0; i < 3; i++) {
		r.user_id = who[i];
		assert_int_equal(act_react(s->world, &r), 0);
	}
	assert_int_equal(act_react(s->world, &r), RA_EINVAL); /* twice by the same is once */
	act_unreact(s->world, &r);
	act_delete(s->world, s->text, ids[0]);
	act_delete_bulk(s->world, s->text, ids, 3);
	assert_int_equal(number(s, &all, PATH("edits")), 1);
	assert_int_equal(number(s, &all, PATH("dispatches", "MESSAGE_UPDATE")), 2);
	assert_int_equal(number(s, &all, PATH("reactions")), 2);
	assert_int_equal(number(s, &all, PATH("bot_reactions")), 1);
	assert_int_equal(number(s, &all, PATH("deletions")), 3);
}

static void joins_count_people_and_only_once(void **state)
{
	struct scene *s = *state;
	const struct oracle_query all = { 0 };
	act_user(s->world, &(struct user_conf){ .id = 5, .username = "eve" });
	act_join(s->world, &(struct join){ .guild_id = s->guild, .user_id = 5 });
	act_join_again(s->world, s->guild, 5);
	act_user(s->world, &(struct user_conf){ .id = 6, .username = "bot6", .is_bot = true });
	act_join(s->world, &(struct join){ .guild_id = s->guild, .user_id = 6 });
	assert_int_equal(number(s, &all, PATH("joins")), 1);
	assert_int_equal(number(s, &all, PATH("dispatches", "GUILD_MEMBER_ADD")), 3);
	assert_int_equal(number(s, &all, PATH("member_count")), 6); /* bots are members */
}

static void days_and_communicators(void **state)
{
	struct scene *s = *state;
	const struct oracle_query all = { 0 };
	for (int i = 0; i < 3; i++)
		post(s, ANN, 0);
	post(s, BEN, 0);
	at(s, 25 * HOUR);
	post(s, BEN, 0);
	assert_int_equal(number(s, &all, PATH("active")), 2);
	assert_int_equal(number(s, &all, PATH("communicators")), 1);
	assert_int_equal(number(s, &all, PATH("communicators_1")), 2);
	json_t *days = told(s, &all, PATH("active_days"));
	assert_int_equal(json_object_size(days), 2);
	json_decref(days);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(alone_is_present_but_not_engaged, start, stop),
		cmocka_unit_test_setup_teardown(bots_are_no_company, start, stop),
		cmocka_unit_test_setup_teardown(two_talk_until_both_are_muted, start, stop),
		cmocka_unit_test_setup_teardown(the_deaf_and_the_absent_keep_others_company, start,
						stop),
		cmocka_unit_test_setup_teardown(hours_are_cut_and_filtered, start, stop),
		cmocka_unit_test_setup_teardown(open_sessions_count_up_to_now_once, start, stop),
		cmocka_unit_test_setup_teardown(leaving_the_guild_ends_voice, start, stop),
		cmocka_unit_test_setup_teardown(after_a_gap_the_snapshot_decides, start, stop),
		cmocka_unit_test_setup_teardown(messages_are_told_apart, start, stop),
		cmocka_unit_test_setup_teardown(edits_deletions_and_reactions, start, stop),
		cmocka_unit_test_setup_teardown(joins_count_people_and_only_once, start, stop),
		cmocka_unit_test_setup_teardown(days_and_communicators, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
