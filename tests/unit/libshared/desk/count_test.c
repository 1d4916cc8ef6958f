/* count: what a report says was done, and what a curator's reply approves of it. */
#include "libshared/desk/count.h"
#include "tests/harness/cmocka.h"

#define assert_tasks(text, expected) assert_int_equal(count_tasks(RA_STR(text)), expected)
#define assert_approved(text, reported, expected)                                                  \
	assert_int_equal(count_approved(RA_STR(text), reported), expected)

static void reads_a_number_beside_the_word(void **state)
{
	(void)state;
	assert_tasks("5 задач", 5);
	assert_tasks("задач: 5", 5);
	assert_tasks("10 заданий", 10);
	assert_tasks("7 tasks", 7);
	assert_tasks("1 задача", 1);
	assert_tasks("выполнил 3 ЗАДАНИЯ за 2 дня", 3);
	assert_tasks("Задания — 12", 12);
	assert_tasks("tasks 4", 4);
	assert_tasks("1 task", 1);
	assert_tasks("5задач", 5);
	assert_tasks("задача 5: 10 задач", 10);
	assert_tasks("<@&1100000000000000001> 8 задач", 8);
	assert_tasks("**15** задач", 15);
	assert_tasks("60 задач", 60); /* the bound of 50 is of lone numbers */
	assert_tasks("1000 задач", 1000);
	assert_tasks("1001 задач", 0);
	assert_tasks("0 задач", 0);
	assert_tasks("99999999999999999999 задач", 0);
}

static void else_a_lone_number(void **state)
{
	(void)state;
	assert_tasks("сделал 5", 5);
	assert_tasks("1", 1);
	assert_tasks("50", 50);
	assert_tasks("0", 0);
	assert_tasks("51", 0);
	assert_tasks("+3!", 3);
	assert_tasks("№5", 5);
	assert_tasks("21.11.2026 сделал 4", 4);
	assert_tasks("в 18:30, итого 6", 6);
	assert_tasks("3 или 4", 0);
	assert_tasks("21.11", 0);
	assert_tasks("h2o", 0);
	assert_tasks("отчёт без числа", 0);
	assert_tasks("", 0);
	assert_tasks("<@123> <#45>", 0);
	assert_tasks("5 таблиц", 5);
}

static void reads_approvals(void **state)
{
	(void)state;
	assert_approved("одобрено 4", 5, 4);
	assert_approved("Одобрил: 4", 5, 4);
	assert_approved("4/5", 5, 4);
	assert_approved("4 / 5", 5, 4);
	assert_approved("4 из 5", 5, 4);
	assert_approved("4 of 5", 5, 4);
	assert_approved("approved 4", 5, 4);
	assert_approved("APPROVE only 2", 5, 2);
	assert_approved("3 одобрено", 5, 3);
	assert_approved("одобрено только 3", 5, 3);
	assert_approved("одобрено 4 из 5", 5, 4);
	assert_approved("принято 0/5", 5, 0);
	assert_approved("одобрено 0", 5, 0);
	assert_approved("3", 5, 3);
	assert_approved("3 задачи", 5, 3);
}

static void reads_all_and_none(void **state)
{
	(void)state;
	assert_approved("все", 5, 5);
	assert_approved("Всё верно", 5, 5);
	assert_approved("all", 5, 5);
	assert_approved("нет", 5, 0);
	assert_approved("No.", 5, 0);
	assert_approved("не одобрено", 5, 0);
	assert_approved("отклонено", 5, 0);
	assert_approved("все ок, вопросов нет", 5, 5);
	assert_approved("интернет", 5, 5); /* whole words only */
	assert_approved("№ 1", 5, 1);
}

static void takes_silence_for_all(void **state)
{
	(void)state;
	assert_approved("", 5, 5);
	assert_approved("спасибо за работу", 5, 5);
	assert_approved("👍", 5, 5);
	assert_approved("проверил за 2 минуты", 5, 5);
	assert_approved("проверено 21/11", 5, 5);
}

static void never_approves_more_than_reported(void **state)
{
	(void)state;
	assert_approved("одобрено 6", 5, 5);
	assert_approved("одобрено 99999999999999999999", 5, 5);
	assert_approved("10/12", 5, 5);
	assert_approved("все", 0, 0);
	assert_approved("7", 1, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_number_beside_the_word),
		cmocka_unit_test(else_a_lone_number),
		cmocka_unit_test(reads_approvals),
		cmocka_unit_test(reads_all_and_none),
		cmocka_unit_test(takes_silence_for_all),
		cmocka_unit_test(never_approves_more_than_reported),
	};
	return cmocka_run_group_tests_name("count", tests, NULL, NULL);
}
