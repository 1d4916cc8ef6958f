/* roll: how many guilds there are, by whoever saw READY and by whoever took the session over. */
#include "services/gateway-ingest/roll.h"
#include "tests/harness/cmocka.h"

#define READY                                                                                      \
	RA_STR("[{\"id\":\"1\",\"unavailable\":true},{\"id\":\"2\"},{\"id\":\"3\"},{\"x\":1},7]")

static struct roll_count note(struct roll *roll, struct roll_count count, enum ra_event_type type,
			      uint64_t guild)
{
	return roll_note(roll, count, &(struct ra_event){ .type = type, .guild = guild });
}

static struct roll_count joined(struct roll *roll, struct roll_count count, uint64_t guild)
{
	return roll_note(roll, count,
			 &(struct ra_event){ .type = RA_EV_guild_available,
					     .guild = guild,
					     .guild_available = { .is_new = true } });
}

static void check(struct roll_count count, int64_t present, int64_t pending, int64_t away)
{
	assert_int_equal(count.present, present);
	assert_int_equal(count.pending, pending);
	assert_int_equal(count.away, away);
}

static void test_from_ready_on(void **state)
{
	struct roll roll = { 0 };
	(void)state;
	struct roll_count c = roll_begin(&roll, READY);
	check(c, 0, 3, 0);
	c = note(&roll, c, RA_EV_guild_available, 1);
	c = note(&roll, c, RA_EV_guild_unavailable, 2); /* in an outage when it should have come */
	check(c, 1, 1, 1);
	c = note(&roll, c, RA_EV_guild_available, 1); /* again: nothing new */
	check(c, 1, 1, 1);
	c = note(&roll, c, RA_EV_guild_available, 2);
	c = note(&roll, c, RA_EV_guild_available, 3);
	check(c, 3, 0, 0);
	c = joined(&roll, c, 4);
	check(c, 4, 0, 0);
	c = note(&roll, c, RA_EV_guild_unavailable, 4);
	c = note(&roll, c, RA_EV_guild_unavailable, 4);
	check(c, 3, 0, 1);
	c = note(&roll, c, RA_EV_guild_removed, 4); /* left while it was away */
	c = note(&roll, c, RA_EV_guild_removed, 3);
	check(c, 2, 0, 0);
	c = note(&roll, c, RA_EV_message_created, 1);
	check(c, 2, 0, 0);
	roll_fini(&roll);
}

static void test_taken_over(void **state)
{
	struct roll roll = { 0 };
	(void)state;
	struct roll_count c = { .present = 5, .pending = 1, .away = 1 };
	c = note(&roll, c, RA_EV_guild_available, 10);
	check(c, 6, 0, 1);
	c = note(&roll, c, RA_EV_guild_available, 11);
	check(c, 7, 0, 0);
	c = note(&roll, c, RA_EV_guild_unavailable, 12);
	check(c, 6, 0, 1);
	c = note(&roll, c, RA_EV_guild_available, 12);
	c = joined(&roll, c, 13);
	c = note(&roll, c, RA_EV_guild_removed, 14);
	check(c, 7, 0, 0);
	roll_fini(&roll);
}

static void test_never_below_zero(void **state)
{
	struct roll roll = { 0 };
	struct roll_count c = { 0 };
	(void)state;
	c = note(&roll, c, RA_EV_guild_removed, 1);
	c = note(&roll, c, RA_EV_guild_unavailable, 2);
	check(c, 0, 0, 1);
	roll_fini(&roll);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_ready_on),
		cmocka_unit_test(test_taken_over),
		cmocka_unit_test(test_never_below_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
