/* fold_facts: bans, timeouts, boosts, invites, events and commands, told in every order. */
#include "services/analytics/fold_facts.h"
#include "tests/harness/cmocka.h"
#include "tests/unit/services/analytics/tell.h"

enum { MIN = 60 * 1000, HOUR = 60 * MIN };
#define T0 (1790000000000LL - 1790000000000LL % HOUR)
enum { GUILD = 7, ANN = 1, BEN = 2, CAT = 3, OUR_BOT = 90, OTHER_BOT = 91, PARTY = 50 };

struct story {
	struct state state;
	struct ra_reading reading;
	struct batch batch;
	struct fold fold;
	uint64_t seq;
};

static int start(void **ctx)
{
	struct story *s = ra_new(struct story);
	state_init(&s->state, 0, 1);
	ra_reading_init(&s->reading, 0, 1);
	batch_init(&s->batch);
	fold_init(&s->fold, &s->state, &s->batch, &s->reading);
	state_guild_add(&s->state, GUILD)->member_count = 100;
	s->state.shard.bot_id = OUR_BOT;
	*ctx = s;
	return 0;
}

static int stop(void **ctx)
{
	struct story *s = *ctx;
	fold_fini(&s->fold);
	batch_fini(&s->batch);
	ra_reading_fini(&s->reading);
	state_fini(&s->state);
	ra_free(s);
	return 0;
}

static struct ra_event event_at(struct story *s, enum ra_event_type type, int64_t at)
{
	return (struct ra_event){
		.type = type, .session = RA_STR("one"), .seq = ++s->seq, .at = at, .guild = GUILD
	};
}

static void tell(struct story *s, const struct ra_event *event)
{
	tell_event(&s->fold, event);
}

static void describe(struct story *s, int64_t at, int64_t boosting_since, int64_t timeout_until,
		     bool is_listed)
{
	struct ra_event e = event_at(s, RA_EV_member_updated, at);
	e.member_updated.user_id = ANN;
	e.member_updated.boosting_since = boosting_since;
	e.member_updated.timeout_until = timeout_until;
	e.member_updated.listed = is_listed;
	tell(s, &e);
}

static const struct moderation_row *acts(const struct story *s)
{
	return (const void *)s->batch.facts.moderations.rows;
}

static const struct boost_row *boosts(const struct story *s)
{
	return (const void *)s->batch.facts.boosts.rows;
}

static void ban(struct story *s, int64_t at, bool is_lifted)
{
	struct ra_event e = event_at(s, is_lifted ? RA_EV_ban_removed : RA_EV_ban_added, at);
	if (is_lifted)
		e.ban_removed.user_id = BEN;
	else
		e.ban_added.user_id = BEN;
	tell(s, &e);
}

static void a_ban_told_twice_is_one_until_it_is_lifted(void **ctx)
{
	struct story *s = *ctx;
	ban(s, T0, false);
	ban(s, T0 + MIN, false);
	assert_int_equal(s->batch.facts.moderations.count, 1);
	ban(s, T0 + 2 * MIN, true);
	ban(s, T0 + 3 * MIN, false);
	assert_int_equal(s->batch.facts.moderations.count, 3);
	assert_true(ra_str_is(acts(s)[1].name, "unban"));
}

static void a_timeout_counts_when_it_begins_and_when_it_is_lifted(void **ctx)
{
	struct story *s = *ctx;
	describe(s, T0, 0, T0 + HOUR, false);
	describe(s, T0 + MIN, 0, T0 + HOUR, false); /* something else about them */
	describe(s, T0 + 2 * MIN, 0, T0 + 2 * HOUR, false);
	describe(s, T0 + 3 * MIN, 0, 0, false);
	describe(s, T0 + 4 * MIN, 0, 0, false);
	assert_int_equal(s->batch.facts.moderations.count, 3);
	assert_int_equal(acts(s)[0].until_at, T0 + HOUR);
	assert_int_equal(acts(s)[1].until_at, T0 + 2 * HOUR);
	assert_true(ra_str_is(acts(s)[2].name, "timeout_end"));
	assert_null(guild_standing(state_guild(&s->state, GUILD), ANN));
}

static void a_timeout_that_ran_out_is_not_lifted(void **ctx)
{
	struct story *s = *ctx;
	describe(s, T0, 0, T0 + HOUR, false);
	describe(s, T0 + 2 * HOUR, 0, T0 + HOUR, false); /* Discord leaves it standing */
	describe(s, T0 + 3 * HOUR, 0, 0, false);
	assert_int_equal(s->batch.facts.moderations.count, 1);
}

static void a_timeout_found_in_a_list_began_nobody_knows_when(void **ctx)
{
	struct story *s = *ctx;
	describe(s, T0, 0, T0 + HOUR, true);
	assert_int_equal(s->batch.facts.moderations.count, 0);
	describe(s, T0 + MIN, 0, 0, false);
	assert_int_equal(s->batch.facts.moderations.count, 1);
	assert_true(ra_str_is(acts(s)[0].name, "timeout_end"));
}

static void a_boost_began_when_discord_says(void **ctx)
{
	struct story *s = *ctx;
	describe(s, T0, T0 - HOUR, 0, true); /* before we came */
	describe(s, T0 + MIN, T0 - HOUR, 0, false);
	describe(s, T0 + 2 * MIN, 0, 0, false);
	assert_int_equal(s->batch.facts.boosts.count, 2);
	assert_int_equal(boosts(s)[0].at, T0 - HOUR);
	assert_false(boosts(s)[0].is_end);
	assert_int_equal(boosts(s)[1].at, T0 + 2 * MIN);
	assert_true(boosts(s)[1].is_end);
}

static void who_leaves_boosts_no_longer(void **ctx)
{
	struct story *s = *ctx;
	describe(s, T0, T0, 0, false);
	struct ra_event e = event_at(s, RA_EV_member_left, T0 + MIN);
	e.member_left.user_id = ANN;
	tell(s, &e);
	assert_int_equal(s->batch.facts.boosts.count, 2);
	assert_true(boosts(s)[1].is_end);
	assert_null(guild_standing(state_guild(&s->state, GUILD), ANN));
}

static void answer(struct story *s, uint64_t message, uint64_t bot, uint64_t use)
{
	struct ra_event e = event_at(s, RA_EV_message_created, T0 + MIN);
	e.message_created.message_id = message;
	e.message_created.channel_id = 10;
	e.message_created.user_id = bot;
	e.message_created.kind = 20;
	e.message_created.is_bot = true;
	e.message_created.interaction_id = use;
	e.message_created.command_user_id = ANN;
	e.message_created.command = RA_STR("play");
	tell(s, &e);
}

static void a_command_counts_once_however_it_is_told(void **ctx)
{
	struct story *s = *ctx;
	struct ra_event e = event_at(s, RA_EV_interaction_created, T0);
	e.interaction_created.interaction_id = 300;
	e.interaction_created.user_id = ANN;
	e.interaction_created.kind = 2;
	e.interaction_created.name = RA_STR("top");
	tell(s, &e);
	answer(s, 1000, OUR_BOT, 300);
	e.seq = ++s->seq; /* told again, a button this time */
	e.interaction_created.interaction_id = 301;
	e.interaction_created.kind = 3;
	tell(s, &e);
	answer(s, 1001, OTHER_BOT, 302);
	answer(s, 1002, OTHER_BOT, 302); /* a second answer */
	answer(s, 1003, OTHER_BOT, 303);
	const struct command_row *rows = (const void *)s->batch.facts.commands.rows;
	assert_int_equal(s->batch.facts.commands.count, 2);
	assert_int_equal(rows[0].bot, OUR_BOT);
	assert_int_equal(rows[0].uses, 1);
	assert_int_equal(rows[1].bot, OTHER_BOT);
	assert_int_equal(rows[1].uses, 2);
	assert_true(ra_str_is(rows[1].name, "play"));
	assert_int_equal(rows[1].user, ANN);
}

static void say(struct story *s, uint64_t user, bool is_removed)
{
	struct ra_event e = event_at(s, RA_EV_scheduled_event_interest, T0);
	e.scheduled_event_interest.event_id = PARTY;
	e.scheduled_event_interest.user_id = user;
	e.scheduled_event_interest.is_removed = is_removed;
	tell(s, &e);
}

/* A number told with a snapshot holds what was said before it, and not what is said after. */
static void what_was_said_of_an_event_last_counts(void **ctx)
{
	struct story *s = *ctx;
	say(s, ANN, false);
	say(s, BEN, false);
	say(s, BEN, true);
	struct ra_event e = event_at(s, RA_EV_scheduled_event_changed, T0 + MIN);
	e.scheduled_event_changed.event_id = PARTY;
	e.scheduled_event_changed.name = RA_STR("Party");
	e.scheduled_event_changed.interested = 5;
	e.scheduled_event_changed.snapshot = true;
	tell(s, &e);
	say(s, BEN, false);
	say(s, CAT, false);
	say(s, CAT, true);
	const struct plan_row *plan = (const void *)s->batch.facts.plans.rows;
	const struct interest_row *rows = (const void *)s->batch.facts.interests.rows;
	assert_int_equal(plan->interested, 5);
	assert_int_equal(s->batch.facts.interests.count, 3);
	assert_true(rows[0].is_interested && rows[0].is_settled);
	assert_true(rows[1].is_interested && !rows[1].is_settled);
	assert_true(!rows[1].was_interested && rows[1].is_certain);
	/* who came and went within the batch changes nothing, unless the table knew them */
	assert_true(!rows[2].is_interested && !rows[2].was_interested && !rows[2].is_certain);
}

static void an_invite_may_come_and_go_in_one_batch(void **ctx)
{
	struct story *s = *ctx;
	struct ra_event e = event_at(s, RA_EV_invite_created, T0);
	e.invite_created.code = RA_STR("abc");
	e.invite_created.max_age_s = 60;
	e.invite_created.max_uses = -1;
	tell(s, &e);
	e = event_at(s, RA_EV_invite_deleted, T0 + MIN);
	e.invite_deleted.code = RA_STR("abc");
	tell(s, &e);
	const struct invite_row *row = (const void *)s->batch.facts.invites.rows;
	assert_int_equal(s->batch.facts.invites.count, 1);
	assert_int_equal(row->expires_at, T0 + MIN);
	assert_int_equal(row->max_uses, 0);
	assert_int_equal(row->deleted_at, T0 + MIN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ban_told_twice_is_one_until_it_is_lifted),
		TEST(a_timeout_counts_when_it_begins_and_when_it_is_lifted),
		TEST(a_timeout_that_ran_out_is_not_lifted),
		TEST(a_timeout_found_in_a_list_began_nobody_knows_when),
		TEST(a_boost_began_when_discord_says),
		TEST(who_leaves_boosts_no_longer),
		TEST(a_command_counts_once_however_it_is_told),
		TEST(what_was_said_of_an_event_last_counts),
		TEST(an_invite_may_come_and_go_in_one_batch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
