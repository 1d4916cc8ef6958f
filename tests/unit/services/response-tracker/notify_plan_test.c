/* notify_plan: what becomes of a notice that is due. */
#include "services/response-tracker/notify_plan.h"
#include "tests/harness/cmocka.h"

#define NOW  1800000000000LL
#define MIN  60000LL
#define HOUR (60 * MIN)

static const struct plan_step chain[] = {
	{ 1, 5 * MIN, PLAN_ON_CALL, 0 },
	{ 2, 10 * MIN, PLAN_ROLE, 77 },
	{ 5, HOUR, PLAN_LEAD, 0 },
};

static struct plan_guild a_guild(void)
{
	return (struct plan_guild){
		.is_enabled = true, .open_ms = NOW, .storm = 5, .steps = chain, .step_count = 3
	};
}

static struct plan_due a_reminder(void)
{
	return (struct plan_due){ .kind = PLAN_REMINDER, .due_ms = NOW - 1, .is_open = true };
}

static void expect(struct plan_due due, struct plan_guild guild, enum plan_act act, int64_t until)
{
	struct plan_verdict verdict = plan_judge(&due, &guild, NOW);
	assert_int_equal(verdict.act, act);
	assert_int_equal(verdict.until_ms, until);
}

static void test_due_is_sent(void **state)
{
	(void)state;
	expect(a_reminder(), a_guild(), PLAN_SEND, 0);
}

static void test_nothing_to_tell(void **state)
{
	(void)state;
	struct plan_due due = a_reminder();
	struct plan_guild guild = a_guild();
	due.is_open = false;
	expect(due, guild, PLAN_FORGET, 0);
	due.is_open = true;
	guild.is_enabled = false;
	expect(due, guild, PLAN_FORGET, 0);
	guild.is_enabled = true;
	due.kind = PLAN_ESCALATION;
	due.step = 6; /* the chain was cut since */
	expect(due, guild, PLAN_FORGET, 0);
}

static void test_late_is_dropped(void **state)
{
	(void)state;
	struct plan_due due = a_reminder();
	due.due_ms = NOW - PLAN_LATE_MS;
	expect(due, a_guild(), PLAN_SEND, 0);
	due.due_ms--;
	expect(due, a_guild(), PLAN_DROP, 0);
}

static void test_held(void **state)
{
	(void)state;
	struct plan_due due = a_reminder();
	struct plan_guild guild = a_guild();
	guild.open_ms = NOW + 3 * HOUR; /* quiet */
	expect(due, guild, PLAN_HOLD, NOW + 3 * HOUR);
	due.snoozed_until_ms = NOW + HOUR; /* then it is judged again */
	expect(due, guild, PLAN_HOLD, NOW + HOUR);
	due.snoozed_until_ms = NOW;
	guild.open_ms = NOW;
	expect(due, guild, PLAN_SEND, 0);
}

static void test_repeats_up_to_the_cap(void **state)
{
	(void)state;
	struct plan_due due = a_reminder(), next;
	struct plan_guild guild = a_guild();
	assert_false(plan_next(&due, &guild, NOW, &next));
	guild.repeat_ms = 10 * MIN;
	guild.repeat_cap = 2;
	assert_true(plan_next(&due, &guild, NOW, &next));
	assert_int_equal(next.kind, PLAN_REMINDER);
	assert_int_equal(next.step, 1);
	assert_int_equal(next.due_ms, NOW + 10 * MIN);
	due = next;
	assert_true(plan_next(&due, &guild, NOW, &next));
	assert_int_equal(next.step, 2);
	due = next;
	assert_false(plan_next(&due, &guild, NOW, &next));
}

static void test_escalation_to_the_end(void **state)
{
	(void)state;
	struct plan_guild guild = a_guild();
	struct plan_due due, next;
	assert_true(plan_escalate(&guild, NOW, &due));
	assert_int_equal(due.kind, PLAN_ESCALATION);
	assert_int_equal(due.step, 1);
	assert_int_equal(due.due_ms, NOW + 5 * MIN);
	assert_true(plan_next(&due, &guild, NOW, &next));
	assert_int_equal(next.step, 2);
	assert_int_equal(next.due_ms, NOW + 10 * MIN);
	due = next;
	assert_true(plan_next(&due, &guild, NOW, &next));
	assert_int_equal(next.step, 5); /* the next there is */
	due = next;
	assert_false(plan_next(&due, &guild, NOW, &next));
	guild.step_count = 0;
	assert_false(plan_escalate(&guild, NOW, &next));
}

static void test_a_storm_is_one_message(void **state)
{
	(void)state;
	struct plan_guild guild = a_guild();
	int64_t until = 0;
	assert_int_equal(plan_form(&guild, 1, &until), PLAN_SINGLE);
	assert_int_equal(plan_form(&guild, 4, &until), PLAN_SINGLE);
	assert_int_equal(plan_form(&guild, 5, &until), PLAN_DIGEST);
	guild.recent = 4; /* they trickle in: the fifth waits for those that follow */
	guild.recent_ms = NOW - 20000;
	assert_int_equal(plan_form(&guild, 1, &until), PLAN_WAIT);
	assert_int_equal(until, NOW + 40000);
	assert_int_equal(plan_form(&guild, 7, &until), PLAN_DIGEST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_due_is_sent),
		cmocka_unit_test(test_nothing_to_tell),
		cmocka_unit_test(test_late_is_dropped),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_repeats_up_to_the_cap),
		cmocka_unit_test(test_escalation_to_the_end),
		cmocka_unit_test(test_a_storm_is_one_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
