/* count: see the header. */
#include "libshared/desk/count.h"
#include "libshared/desk/words.h"

static bool starts(struct ra_str word, const char *prefix)
{
	return ra_str_starts(word, prefix);
}

/* --- numbers ------------------------------------------------------------------------------- */

/* The word as a number, great ones as INT32_MAX; -1: it is none. */
static int64_t number_of(struct ra_str word)
{
	int64_t number = 0;
	if (word.len == 0)
		return -1;
	for (size_t i = 0; i < word.len; i++) {
		if (word.ptr[i] < '0' || word.ptr[i] > '9')
			return -1;
		number = number * 10 + (word.ptr[i] - '0');
		if (number > INT32_MAX)
			number = INT32_MAX;
	}
	return number;
}

static int64_t number_at(const struct words *words, size_t i)
{
	return i < words->count ? number_of(words_at(words, i)) : -1;
}

/* What stands between two words. */
static struct ra_str between(const struct words *words, size_t i)
{
	size_t from = words->items[i].from + words->items[i].len;
	return (struct ra_str){ words->text.ptr + from, words->items[i + 1].from - from };
}

/* Whether the words i and i + 1 are parts of one thing: 21.11, 18:30, 2-3, 4/5. */
static bool is_joined(const struct words *words, size_t i)
{
	if (i + 1 >= words->count)
		return false;
	struct ra_str gap = between(words, i);
	return gap.len == 1 && gap.ptr[0] != '\n' && gap.ptr[0] != ' ' &&
	       number_at(words, i) >= 0 && number_at(words, i + 1) >= 0;
}

static bool stands_alone(const struct words *words, size_t i)
{
	return !is_joined(words, i) && (i == 0 || !is_joined(words, i - 1));
}

/* --- reports ------------------------------------------------------------------------------- */

static bool is_task_noun(struct ra_str word)
{
	return starts(word, "задач") || starts(word, "задани") || ra_str_is(word, "task") ||
	       ra_str_is(word, "tasks");
}

/* The number of a word like 5задач; -1: it is none. */
static int64_t number_with_noun(struct ra_str word)
{
	size_t digits = 0;
	while (digits < word.len && word.ptr[digits] >= '0' && word.ptr[digits] <= '9')
		digits++;
	struct ra_str noun = { word.ptr + digits, word.len - digits };
	return is_task_noun(noun) ? number_of((struct ra_str){ word.ptr, digits }) : -1;
}

static int tasks_in_range(int64_t number, int most)
{
	return number >= 1 && number <= most ? (int)number : 0;
}

/* "5 задач" or, that not being there, "задач: 5". */
static int count_named(const struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		struct ra_str word = words_at(words, i);
		int64_t number = number_with_noun(word);
		if (number < 0 && i > 0 && is_task_noun(word))
			number = number_at(words, i - 1);
		if (tasks_in_range(number, COUNT_TASKS_MAX))
			return (int)number;
	}
	for (size_t i = 0; i + 1 < words->count; i++)
		if (is_task_noun(words_at(words, i)) && stands_alone(words, i + 1) &&
		    tasks_in_range(number_at(words, i + 1), COUNT_TASKS_MAX))
			return (int)number_at(words, i + 1);
	return 0;
}

static int count_lone(const struct words *words)
{
	int found = 0;
	for (size_t i = 0; i < words->count; i++) {
		int tasks = tasks_in_range(number_at(words, i), COUNT_LONE_MAX);
		if (!tasks || !stands_alone(words, i))
			continue;
		if (found)
			return 0;
		found = tasks;
	}
	return found;
}

int count_tasks(struct ra_str text)
{
	struct words words = { 0 };
	words_read(&words, text);
	int tasks = count_named(&words);
	if (!tasks)
		tasks = count_lone(&words);
	words_fini(&words);
	return tasks;
}

/* --- approvals ----------------------------------------------------------------------------- */

static bool is_of(const struct words *words, size_t i)
{
	struct ra_str gap = between(words, i);
	return memchr(gap.ptr, '/', gap.len) != NULL;
}

/* "4/5", "4 из 5", "4 of 5"; -1: not there. */
static int64_t approved_share(const struct words *words)
{
	for (size_t i = 0; i + 1 < words->count; i++) {
		int64_t part = number_at(words, i), all = number_at(words, i + 1);
		struct ra_str next = words_at(words, i + 1);
		if (part >= 0 && (ra_str_is(next, "из") || ra_str_is(next, "of")))
			all = number_at(words, i + 2);
		else if (part >= 0 && all >= 0 && !is_of(words, i))
			all = -1;
		if (part >= 0 && part <= all)
			return part;
	}
	return -1;
}

static bool is_approval(struct ra_str word)
{
	return starts(word, "одобр") || starts(word, "approv") || starts(word, "принят") ||
	       starts(word, "принял") || starts(word, "засчит") || starts(word, "accept");
}

static bool is_only(struct ra_str word)
{
	return ra_str_is(word, "только") || ra_str_is(word, "лишь") || ra_str_is(word, "only");
}

/* "одобрено 4", "одобрено только 4", "4 одобрено"; -1: not there. */
static int64_t approved_named(const struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		size_t next = i + 1;
		if (!is_approval(words_at(words, i)))
			continue;
		if (next < words->count && is_only(words_at(words, next)))
			next++;
		if (number_at(words, next) >= 0)
			return number_at(words, next);
		if (i > 0 && number_at(words, i - 1) >= 0)
			return number_at(words, i - 1);
	}
	return -1;
}

static bool is_not(struct ra_str word)
{
	return ra_str_is(word, "не") || ra_str_is(word, "not");
}

static bool is_none(struct ra_str word)
{
	return ra_str_is(word, "нет") || ra_str_is(word, "no") || ra_str_is(word, "none") ||
	       starts(word, "отклон") || starts(word, "отказ") || starts(word, "reject");
}

static bool is_all(struct ra_str word)
{
	return ra_str_is(word, "все") || ra_str_is(word, "all");
}

/* What the first word that says all or none says; -1: there is no such word. */
static int64_t approved_in_a_word(const struct words *words, int reported)
{
	for (size_t i = 0; i < words->count; i++) {
		struct ra_str word = words_at(words, i);
		bool is_negated = i > 0 && is_not(words_at(words, i - 1));
		if (is_none(word) || (is_negated && is_approval(word)))
			return 0;
		if (is_all(word) && !is_negated)
			return reported;
	}
	return -1;
}

/* A reply that is a number, "4" or "4 задачи", and nothing else; -1: it is not. */
static int64_t approved_bare(const struct words *words)
{
	bool has_noun = words->count == 2 && is_task_noun(words_at(words, 1));
	return words->count == 1 || has_noun ? number_at(words, 0) : -1;
}

static int64_t find_approved(const struct words *words, int reported)
{
	int64_t approved = approved_share(words);
	if (approved < 0)
		approved = approved_named(words);
	if (approved < 0)
		approved = approved_in_a_word(words, reported);
	if (approved < 0)
		approved = approved_bare(words);
	return approved < 0 ? reported : approved;
}

int count_approved(struct ra_str text, int reported)
{
	struct words words = { 0 };
	words_read(&words, text);
	int64_t approved = find_approved(&words, reported);
	words_fini(&words);
	return approved < reported ? (int)approved : reported;
}
