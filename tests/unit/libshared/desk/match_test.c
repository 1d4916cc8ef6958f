/* match: which messages are requests. */
#include "libshared/desk/match.h"
#include "libshared/base/buf.h"
#include "tests/harness/cmocka.h"
#include <stdio.h>

static struct match_rules *compile(const struct match_rule *rules, size_t count)
{
	struct ra_err err = { .code = 0 };
	struct match_rules *compiled = match_compile(rules, count, &err);
	if (!compiled)
		fail_msg("%s", err.msg);
	return compiled;
}

/* The id of the rule that matches; 0: none. */
static uint64_t match(const struct match_rules *rules, struct match_message message)
{
	if (message.channel == 0)
		message.channel = 7;
	const struct match_rule *rule = match_message(rules, &message);
	return rule ? rule->rule_id : 0;
}

static uint64_t match_text(const struct match_rules *rules, const char *text)
{
	return match(rules, (struct match_message){ .text = ra_str_of(text) });
}

/* Whether a rule of one list of terms matches. */
static bool finds(struct match_rule rule, const char *text)
{
	rule.rule_id = 1;
	rule.kind = MATCH_KEYWORD;
	rule.priority = 2;
	struct match_rules *rules = compile(&rule, 1);
	bool found = match_text(rules, text) == 1;
	match_free(&rules);
	return found;
}

#define word(term, text)   finds((struct match_rule){ .words = RA_STR(term) }, text)
#define form(term, text)   finds((struct match_rule){ .stems = RA_STR(term) }, text)
#define phrase(term, text) finds((struct match_rule){ .phrases = RA_STR(term) }, text)
#define expr(term, text)   finds((struct match_rule){ .patterns = RA_STR(term) }, text)

static void finds_whole_words(void **state)
{
	(void)state;
	assert_true(word("help", "please HELP me"));
	assert_true(word("HELP", "help"));
	assert_true(word("help", "(help)!"));
	assert_false(word("help", "helpful helper whelp"));
	assert_false(word("help", ""));
	assert_true(word("помощь", "Нужна ПОМОЩЬ."));
	assert_false(word("помощь", "помощью"));
	assert_true(word("ёлка", "елка"));
	assert_true(word("елка", "ЁЛКА"));
	assert_true(word("помощь", "по\xe2\x80\x8bмощь"));
	assert_true(word("помощь", "п\x6fмощь"));
	assert_true(word("🆘", "народ🆘🆘"));
	assert_true(word("help\nпомощь\nsos", "sos"));
	assert_true(word("\nhelp\n\n", "help"));
	assert_true(word("wi-fi", "my wi fi is off"));
	assert_false(word("help", "<:help:1> https://example.com/help"));
}

static void finds_forms_of_words(void **state)
{
	(void)state;
	assert_true(form("куратор", "позовите кураторов"));
	assert_true(form("куратора", "КУРАТОРУ"));
	assert_true(form("помощь", "без помощи никак"));
	assert_true(form("вопрос", "есть вопросик, точнее вопросы"));
	assert_false(form("помощь", "помощник"));
	assert_true(form("question", "two questions"));
	assert_true(form("help", "helping hands"));
	assert_false(form("help", "a helper")); /* another word, to the algorithm */
	assert_false(form("help", "hello"));
	assert_true(form("die", "it is dying")); /* the forms that alter how they begin */
	assert_true(form("cry", "he cries"));
	assert_true(form("use", "using it"));
	assert_true(form("я", "я тут"));
	assert_true(form("2fa", "2FA"));
	assert_true(form("帮", "帮助"));
}

static void finds_phrases(void **state)
{
	(void)state;
	assert_true(phrase("нужна помощь", "Мне НУЖНА,\n помощь!"));
	assert_false(phrase("нужна помощь", "помощь нужна"));
	assert_false(phrase("нужна помощь", "нужна срочно помощь"));
	assert_false(phrase("нужна помощь", "нужна"));
	assert_true(phrase("a b a", "a b a b a"));
	assert_true(phrase("a b c", "a b a b c"));
	assert_false(phrase("a b", "ab"));
	assert_false(phrase("a bc", "a b c"));
}

static void tries_expressions(void **state)
{
	(void)state;
	assert_true(expr("помо(ги|щь)", "ПОМОГИ"));
	assert_true(expr("\\bкак\\b.*\\?", "а КАК же это?"));
	assert_true(expr("ёлк", "елка"));
	assert_true(expr("елк", "Ёлка"));
	assert_true(expr("<@&\\d+>", "<@&123>"));
	assert_true(expr("^\\s*\\?", "  ?"));
	assert_true(expr("(?<!не )нужна", "очень нужна"));
	assert_false(expr("(?<!не )нужна", "не нужна"));
	assert_false(expr("help$", "help me"));
	assert_true(expr("\\d{3}", "٣٤٥")); /* digits of any script */
}

/* The text is gone through some places at a time; where it is cut must not show. */
static void tries_expressions_everywhere(void **state)
{
	(void)state;
	struct match_rule rule = { .rule_id = 1, .kind = MATCH_KEYWORD, .priority = 2 };
	rule.patterns = RA_STR("(?<=ф)н[аи]йди");
	struct match_rules *rules = compile(&rule, 1);
	char text[1200];
	for (int at = 0; at < 400; at++) {
		int len = 0;
		for (int i = 0; i < at; i++)
			len += snprintf(text + len, 3, "ы");
		snprintf(text + len, sizeof(text) - (size_t)len, "фнайди");
		assert_int_equal(match_text(rules, text), 1);
	}
	match_free(&rules);
}

static void gives_costly_expressions_up(void **state)
{
	(void)state;
	static const char *const costly[] = { "(a+)+$", "(a?){12}a{12}[bc]", ".{0,90}.{0,90}[bc]",
					      "(?:a|aa){1,14}[bc]", "(.*)(.*)(.*)(.*)[bc]" };
	static char text[4001];
	memset(text, 'a', sizeof(text) - 2);
	text[sizeof(text) - 2] = '!';
	for (size_t i = 0; i < RA_COUNT(costly); i++) {
		struct match_rule rule = { .rule_id = 1, .kind = MATCH_KEYWORD, .priority = 2 };
		rule.patterns = ra_str_of(costly[i]);
		struct match_rules *rules = compile(&rule, 1);
		assert_int_equal(match_text(rules, text), 0);
		if (match_given_up(rules) != 1)
			fail_msg("%s", costly[i]);
		assert_int_equal(match_text(rules, "aaaaaaaaaaaaaaaaaaaaaaaab"), i > 0);
		match_free(&rules);
	}
}

static void looks_for_mentions(void **state)
{
	(void)state;
	const struct match_rule rules[] = {
		{ .rule_id = 1, .kind = MATCH_MENTION, .priority = 2, .roles = RA_STR("11 12") },
		{ .rule_id = 2, .kind = MATCH_MENTION, .priority = 2, .roles = RA_STR("13") },
		{ .rule_id = 3, .kind = MATCH_MENTION, .priority = 2 },
	};
	struct match_rules *compiled = compile(rules, RA_COUNT(rules));
	struct match_message message = { .text = RA_STR("<@&12>"), .mention_roles = RA_STR("") };
	assert_int_equal(match(compiled, message), 0); /* written, but it was no mention */
	message.mention_roles = RA_STR("99 12");
	assert_int_equal(match(compiled, message), 1);
	message.text = RA_STR(""); /* hidden */
	assert_int_equal(match(compiled, message), 1);
	message.mention_roles = RA_STR("13");
	assert_int_equal(match(compiled, message), 2);
	message.mention_roles = RA_STR("1 2 1112");
	assert_int_equal(match(compiled, message), 0);
	match_free(&compiled);
}

static void knows_forum_posts(void **state)
{
	(void)state;
	const struct match_rule rules[] = {
		{ .rule_id = 1, .kind = MATCH_FORUM, .priority = 2, .allowed = RA_STR("5") },
	};
	struct match_rules *compiled = compile(rules, 1);
	struct match_message post = { .is_forum_post = true, .channel = 9, .parent = 5 };
	assert_int_equal(match(compiled, post), 1);
	post.is_forum_post = false;
	assert_int_equal(match(compiled, post), 0);
	post = (struct match_message){ .is_forum_post = true, .channel = 9, .parent = 6 };
	assert_int_equal(match(compiled, post), 0);
	match_free(&compiled);
}

static void prefers_priority_then_order(void **state)
{
	(void)state;
	const struct match_rule rules[] = {
		{ .rule_id = 1,
		  .kind = MATCH_KEYWORD,
		  .priority = 2,
		  .words = RA_STR("help\nsos") },
		{ .rule_id = 2,
		  .kind = MATCH_KEYWORD,
		  .priority = 3,
		  .patterns = RA_STR("urg.nt") },
		{ .rule_id = 3,
		  .kind = MATCH_KEYWORD,
		  .priority = 3,
		  .phrases = RA_STR("right now") },
		{ .rule_id = 4, .kind = MATCH_MENTION, .priority = 1, .roles = RA_STR("11") },
		{ .rule_id = 5,
		  .kind = MATCH_KEYWORD,
		  .priority = 4,
		  .stems = RA_STR("fire"),
		  .denied = RA_STR("8") },
	};
	struct match_rules *compiled = compile(rules, RA_COUNT(rules));
	assert_int_equal(match_text(compiled, "help"), 1);
	assert_int_equal(match_text(compiled, "help, urgent"), 2);
	assert_int_equal(match_text(compiled, "help right now"), 3);
	assert_int_equal(match_text(compiled, "help right now, urgent"), 2);
	assert_int_equal(match_text(compiled, "urgent: fires"), 5);
	struct match_message message = { .text = RA_STR("urgent: fires"), .channel = 8 };
	assert_int_equal(match(compiled, message), 2);
	message = (struct match_message){ .text = RA_STR("SOS"), .mention_roles = RA_STR("11") };
	assert_int_equal(match(compiled, message), 1);
	message.text = RA_STR("hi");
	assert_int_equal(match(compiled, message), 4);
	match_free(&compiled);
}

static void keeps_to_channels(void **state)
{
	(void)state;
	struct match_message message = { .channel = 1, .parent = 2, .category = 3 };
	assert_true(match_allows(RA_STR(""), RA_STR(""), &message));
	assert_true(match_allows(RA_STR("1"), RA_STR(""), &message));
	assert_true(match_allows(RA_STR("9 2"), RA_STR(""), &message));
	assert_true(match_allows(RA_STR("3"), RA_STR(""), &message));
	assert_false(match_allows(RA_STR("4"), RA_STR(""), &message));
	assert_false(match_allows(RA_STR("1"), RA_STR("3"), &message));
	assert_false(match_allows(RA_STR(""), RA_STR("1"), &message));
	assert_true(match_allows(RA_STR(""), RA_STR("12 31"), &message));
	message = (struct match_message){ .channel = 1 };
	assert_false(match_allows(RA_STR("0"), RA_STR(""), &message));
}

static void assert_refused(enum match_term kind, struct ra_str term, const char *why)
{
	struct ra_err err = { .code = 0 };
	assert_int_equal(match_check(kind, term, &err), RA_EINVAL);
	assert_string_equal(err.msg, why);
	assert_true(err.hint[0]);
}

static void says_what_is_no_term(void **state)
{
	(void)state;
	char text[402];
	memset(text, 'a', sizeof(text));
	assert_refused(MATCH_WORD, RA_STR(""), "no letter, digit or emoji in it");
	assert_refused(MATCH_WORD, RA_STR("?!"), "no letter, digit or emoji in it");
	assert_refused(MATCH_PHRASE, RA_STR("<@&1>"), "no letter, digit or emoji in it");
	assert_refused(MATCH_STEM, RA_STR("нужна помощь"), "more than one word");
	assert_refused(MATCH_WORD, (struct ra_str){ text, 81 }, "longer than 80 characters");
	assert_refused(MATCH_PATTERN, (struct ra_str){ text, 201 }, "longer than 200 characters");
	assert_refused(MATCH_PATTERN, RA_STR("(help"),
		       "no regular expression: missing closing parenthesis (at 5)");
	assert_refused(MATCH_PATTERN, RA_STR("a\\Cb"),
		       "no regular expression: using \\C is disabled by the application (at 3)");
	assert_int_equal(match_check(MATCH_WORD, (struct ra_str){ text, 80 }, NULL), 0);
	assert_int_equal(match_check(MATCH_PATTERN, (struct ra_str){ text, 200 }, NULL), 0);
	assert_int_equal(match_check(MATCH_PATTERN, RA_STR("[а-я]+ё"), NULL), 0);
	assert_int_equal(match_check(MATCH_PATTERN, RA_STR("\xff"), NULL), RA_EINVAL);
}

static void names_the_rule_and_the_term(void **state)
{
	(void)state;
	const struct match_rule rules[] = {
		{ .rule_id = 4, .kind = MATCH_KEYWORD, .priority = 2, .words = RA_STR("help") },
		{ .rule_id = 9,
		  .kind = MATCH_KEYWORD,
		  .priority = 2,
		  .stems = RA_STR("sos\n--\n??") },
	};
	struct ra_err err = { .code = 0 };
	assert_null(match_compile(rules, 2, &err));
	assert_string_equal(err.msg, "rule 9: word form \"--\": no letter, digit or emoji in it");
	assert_null(match_compile(rules, 2, NULL));
}

static void bounds_numbers(void **state)
{
	(void)state;
	static struct match_rule rules[MATCH_RULES_MAX + 1];
	struct ra_err err = { .code = 0 };
	struct ra_buf lines = { 0 };
	for (size_t i = 0; i < RA_COUNT(rules); i++)
		rules[i] = (struct match_rule){ .rule_id = i + 1,
						.kind = MATCH_KEYWORD,
						.priority = 2,
						.words = RA_STR("help") };
	struct match_rules *compiled = compile(rules, MATCH_RULES_MAX);
	assert_int_equal(match_text(compiled, "help"), 1);
	match_free(&compiled);
	assert_null(match_compile(rules, MATCH_RULES_MAX + 1, &err));
	assert_string_equal(err.msg, "more than 50 rules");
	for (int i = 0; i <= MATCH_PATTERNS_MAX; i++)
		ra_buf_printf(&lines, "x%d\n", i);
	rules[0].patterns = ra_buf_str(&lines);
	assert_null(match_compile(rules, 1, &err));
	assert_string_equal(err.msg, "rule 1: too many: expressions");
	ra_buf_fini(&lines);
}

static void does_without_rules(void **state)
{
	(void)state;
	struct match_rules *rules = compile(NULL, 0);
	assert_int_equal(match_text(rules, "help"), 0);
	match_free(&rules);
	assert_null(rules);
	match_free(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_whole_words),
		cmocka_unit_test(finds_forms_of_words),
		cmocka_unit_test(finds_phrases),
		cmocka_unit_test(tries_expressions),
		cmocka_unit_test(tries_expressions_everywhere),
		cmocka_unit_test(gives_costly_expressions_up),
		cmocka_unit_test(looks_for_mentions),
		cmocka_unit_test(knows_forum_posts),
		cmocka_unit_test(prefers_priority_then_order),
		cmocka_unit_test(keeps_to_channels),
		cmocka_unit_test(says_what_is_no_term),
		cmocka_unit_test(names_the_rule_and_the_term),
		cmocka_unit_test(bounds_numbers),
		cmocka_unit_test(does_without_rules),
	};
	return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
