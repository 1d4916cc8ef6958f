/*
 * match_fuzz: rules and messages of people who mean no good. An input is a
 * word, a word form, a phrase and an expression, a line each, and behind them
 * the message. What is said about them must be what a slow and simple reading
 * says.
 */
#include "libshared/desk/count.h"
#include "libshared/desk/match.h"
#include "libshared/desk/stem.h"
#include "libshared/desk/words.h"
#include "tests/fuzz/fuzz.h"

static bool starts_at(const struct words *text, size_t from, const struct words *run)
{
	if (run->count > text->count - from)
		return false;
	for (size_t i = 0; i < run->count; i++)
		if (!ra_str_eq(words_at(text, from + i), words_at(run, i)))
			return false;
	return true;
}

static bool has_run(const struct words *text, const struct words *run)
{
	for (size_t i = 0; i < text->count; i++)
		if (starts_at(text, i, run))
			return true;
	return false;
}

static bool has_form(struct stemmers *stemmers, const struct words *text, struct ra_str word)
{
	char *stem = ra_str_dup(stemmers_stem(stemmers, word));
	bool found = false;
	for (size_t i = 0; i < text->count && !found; i++)
		found = ra_str_is(stemmers_stem(stemmers, words_at(text, i)), stem);
	ra_free(stem);
	return found;
}

static bool is_found(const struct match_rule *rule, struct ra_str text)
{
	struct match_message message = { .text = text, .channel = 1 };
	struct match_rules *rules = match_compile(rule, 1, NULL);
	fuzz_require(rules != NULL, "what passed its check compiles");
	const struct match_rule *first = match_message(rules, &message);
	fuzz_require(!first || first->rule_id == 1, "only a rule there is matches");
	/* An expression may be given up the one time and not the other. */
	fuzz_require(rule->patterns.len > 0 || match_message(rules, &message) == first,
		     "a message matches twice or never");
	match_free(&rules);
	return first != NULL;
}

static void check_term(enum match_term kind, struct ra_str term, struct ra_str message,
		       const struct words *text, struct stemmers *stemmers)
{
	struct match_rule rule = { .rule_id = 1, .kind = MATCH_KEYWORD, .priority = 2 };
	struct words run = { 0 };
	if (match_check(kind, term, NULL) < 0)
		return;
	*(kind == MATCH_WORD   ? &rule.words
	  : kind == MATCH_STEM ? &rule.stems
			       : &rule.phrases) = term;
	words_read(&run, term);
	bool expected = kind == MATCH_STEM ? has_form(stemmers, text, words_at(&run, 0))
					   : has_run(text, &run);
	fuzz_require(is_found(&rule, message) == expected, "as a simple reading says");
	words_fini(&run);
}

static void check_words(const struct words *words)
{
	struct words again = { 0 };
	size_t end = 0;
	for (size_t i = 0; i < words->count; i++) {
		fuzz_require(words->items[i].from >= end && words->items[i].len > 0,
			     "words follow each other");
		end = words->items[i].from + words->items[i].len;
	}
	fuzz_require(end <= words->text.len, "words are of the text");
	words_read(&again, ra_buf_str(&words->text));
	words_fini(&again);
}

static void check_counts(struct ra_str message)
{
	int tasks = count_tasks(message);
	fuzz_require(tasks >= 0 && tasks <= COUNT_TASKS_MAX, "a number of tasks is one");
	int approved = count_approved(message, tasks);
	fuzz_require(approved >= 0 && approved <= tasks, "no more is approved than was reported");
}

static void fuzz_check(struct ra_str input)
{
	struct ra_str terms[4];
	struct words text = { 0 };
	struct stemmers *stemmers = stemmers_new();
	for (size_t i = 0; i < RA_COUNT(terms); i++)
		terms[i] = fuzz_line(&input);
	words_read(&text, input);
	check_words(&text);
	for (int kind = MATCH_WORD; kind <= MATCH_PHRASE; kind++)
		check_term((enum match_term)kind, terms[kind], input, &text, stemmers);
	if (match_check(MATCH_PATTERN, terms[3], NULL) == 0)
		(void)is_found(&(struct match_rule){ .rule_id = 1,
						     .kind = MATCH_KEYWORD,
						     .priority = 2,
						     .patterns = terms[3] },
			       input);
	check_counts(input);
	words_fini(&text);
	stemmers_free(&stemmers);
}
