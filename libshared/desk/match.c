/*
 * match: see the header. The rules are put in the order in which they win;
 * what finds a rule is worth its bit, so the lowest bit found is the answer.
 */
#include "libshared/desk/match.h"
#include "libshared/desk/patterns.h"
#include "libshared/desk/terms.h"
#include "proto/events.h"

_Static_assert(MATCH_RULES_MAX <= 64, "a rule is a bit");

struct match_rules {
	struct match_rule *items; /* owned, and so are their ids */
	size_t count;
	uint64_t mentions; /* the rules of that kind */
	uint64_t forums;
	struct terms *terms; /* owned, all three */
	struct patterns *patterns;
	struct words *words; /* of the message being looked at */
};

/* --- terms --------------------------------------------------------------------------------- */

/* The next line, without its end. */
static struct ra_str next_line(struct ra_str *rest)
{
	const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
	struct ra_str line = { rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len };
	size_t used = line.len + (end != NULL);
	*rest = (struct ra_str){ rest->ptr + used, rest->len - used };
	return line;
}

static size_t count_chars(struct ra_str text)
{
	size_t chars = 0;
	for (size_t i = 0; i < text.len; i++)
		chars += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return chars;
}

static int check_words(enum match_term kind, struct ra_str term, const struct words *words,
		       struct ra_err *err)
{
	if (count_chars(term) > MATCH_TERM_CHARS)
		return ra_fail(err, RA_EINVAL, "Make it shorter.", "longer than %d characters",
			       MATCH_TERM_CHARS);
	if (words->count == 0)
		return ra_fail(err, RA_EINVAL, "Write a word, or use an expression.",
			       "no letter, digit or emoji in it");
	if (kind == MATCH_STEM && words->count > 1)
		return ra_fail(err, RA_EINVAL, "Put several words among the phrases.",
			       "more than one word");
	return 0;
}

static int add_term(struct match_rules *rules, enum match_term kind, struct ra_str term,
		    uint64_t bit, struct ra_err *err)
{
	if (kind == MATCH_PATTERN) {
		if (count_chars(term) > MATCH_PATTERN_CHARS)
			return ra_fail(err, RA_EINVAL, "Make it shorter.",
				       "longer than %d characters", MATCH_PATTERN_CHARS);
		return patterns_add(rules->patterns, term, bit, err);
	}
	words_read(rules->words, term);
	int rc = check_words(kind, term, rules->words, err);
	if (rc < 0)
		return rc;
	if (kind == MATCH_STEM)
		terms_add_stem(rules->terms, words_at(rules->words, 0), bit);
	else
		terms_add_run(rules->terms, rules->words, bit);
	return 0;
}

static int add_lines(struct match_rules *rules, enum match_term kind, struct ra_str lines,
		     uint64_t bit, struct ra_err *err)
{
	static const char *const names[] = { "word", "word form", "phrase", "expression" };
	size_t left = kind == MATCH_PATTERN ? MATCH_PATTERNS_MAX : MATCH_TERMS_MAX;
	while (lines.len > 0) {
		struct ra_err why;
		struct ra_str line = next_line(&lines);
		if (line.len == 0)
			continue;
		if (left-- == 0)
			return ra_fail(err, RA_EINVAL, "Leave some out.", "too many: %ss",
				       names[kind]);
		int rc = add_term(rules, kind, line, bit, &why);
		if (rc < 0)
			return ra_fail(err, rc, why.hint, "%s \"%.*s\": %s", names[kind],
				       (int)(line.len < 60 ? line.len : 60), line.ptr, why.msg);
	}
	return 0;
}

static int add_rule(struct match_rules *rules, const struct match_rule *rule, uint64_t bit,
		    struct ra_err *err)
{
	if (rule->kind == MATCH_MENTION)
		rules->mentions |= bit;
	if (rule->kind == MATCH_FORUM)
		rules->forums |= bit;
	if (rule->kind != MATCH_KEYWORD)
		return 0;
	int rc = add_lines(rules, MATCH_WORD, rule->words, bit, err);
	if (rc == 0)
		rc = add_lines(rules, MATCH_STEM, rule->stems, bit, err);
	if (rc == 0)
		rc = add_lines(rules, MATCH_PHRASE, rule->phrases, bit, err);
	if (rc == 0)
		rc = add_lines(rules, MATCH_PATTERN, rule->patterns, bit, err);
	return rc;
}

/* --- compiling ----------------------------------------------------------------------------- */

static struct ra_str copy(struct ra_str text)
{
	return (struct ra_str){ ra_str_dup(text), text.len };
}

static struct match_rule copy_ids(const struct match_rule *rule)
{
	return (struct match_rule){
		.rule_id = rule->rule_id,
		.kind = rule->kind,
		.priority = rule->priority,
		.roles = copy(rule->roles),
		.allowed = copy(rule->allowed),
		.denied = copy(rule->denied),
	};
}

/* How many rules win over rules[i]. */
static size_t rank_of(const struct match_rule *rules, size_t count, size_t i)
{
	size_t rank = 0;
	for (size_t k = 0; k < count; k++)
		rank += rules[k].priority > rules[i].priority ||
			(rules[k].priority == rules[i].priority && k < i);
	return rank;
}

static struct match_rules *rules_new(size_t count)
{
	struct match_rules *rules = ra_new(struct match_rules);
	rules->items = ra_alloc((count ? count : 1) * sizeof(*rules->items));
	rules->count = count;
	rules->terms = terms_new();
	rules->patterns = patterns_new();
	rules->words = ra_new(struct words);
	return rules;
}

struct match_rules *match_compile(const struct match_rule *given, size_t count, struct ra_err *err)
{
	struct ra_err why = { .code = 0 };
	if (count > MATCH_RULES_MAX) {
		(void)ra_fail(err, RA_EINVAL, "Leave some out.", "more than %d rules",
			      MATCH_RULES_MAX);
		return NULL;
	}
	struct match_rules *rules = rules_new(count);
	for (size_t i = 0; i < count; i++) {
		size_t rank = rank_of(given, count, i);
		rules->items[rank] = copy_ids(&given[i]);
		if (why.code == 0 && add_rule(rules, &given[i], 1ULL << rank, &why) < 0)
			(void)ra_fail(err, RA_EINVAL, why.hint, "rule %llu: %s",
				      (unsigned long long)given[i].rule_id, why.msg);
	}
	if (why.code != 0)
		match_free(&rules);
	return rules;
}

void match_free(struct match_rules **where)
{
	struct match_rules *rules = *where;
	if (!rules)
		return;
	for (size_t i = 0; i < rules->count; i++) {
		ra_free((char *)rules->items[i].roles.ptr);
		ra_free((char *)rules->items[i].allowed.ptr);
		ra_free((char *)rules->items[i].denied.ptr);
	}
	ra_free(rules->items);
	terms_free(&rules->terms);
	patterns_free(&rules->patterns);
	words_fini(rules->words);
	ra_free(rules->words);
	ra_free(rules);
	*where = NULL;
}

int match_check(enum match_term kind, struct ra_str term, struct ra_err *err)
{
	struct match_rules *rules = rules_new(0);
	int rc = add_term(rules, kind, term, 1, err);
	match_free(&rules);
	return rc;
}

/* --- matching ------------------------------------------------------------------------------ */

static bool has_id(struct ra_str ids, uint64_t wanted)
{
	uint64_t id;
	if (wanted == 0)
		return false;
	while ((id = ra_ids_next(&ids)) != 0)
		if (id == wanted)
			return true;
	return false;
}

static bool has_channel(struct ra_str channels, const struct match_message *message)
{
	return has_id(channels, message->channel) || has_id(channels, message->parent) ||
	       has_id(channels, message->category);
}

bool match_allows(struct ra_str allowed, struct ra_str denied, const struct match_message *message)
{
	return !has_channel(denied, message) && (allowed.len == 0 || has_channel(allowed, message));
}

static bool mentions_one(struct ra_str wanted, struct ra_str roles)
{
	uint64_t role;
	while ((role = ra_ids_next(&roles)) != 0)
		if (has_id(wanted, role))
			return true;
	return false;
}

/* The rules that look at the message's channel. */
static uint64_t allowing(const struct match_rules *rules, const struct match_message *message)
{
	uint64_t found = 0;
	for (size_t i = 0; i < rules->count; i++)
		if (match_allows(rules->items[i].allowed, rules->items[i].denied, message))
			found |= 1ULL << i;
	return found;
}

static uint64_t mentioned(const struct match_rules *rules, const struct match_message *message)
{
	uint64_t found = 0;
	if (message->mention_roles.len == 0)
		return 0;
	for (size_t i = 0; i < rules->count; i++)
		if (rules->mentions >> i & 1 &&
		    mentions_one(rules->items[i].roles, message->mention_roles))
			found |= 1ULL << i;
	return found;
}

const struct match_rule *match_message(const struct match_rules *rules,
				       const struct match_message *message)
{
	uint64_t allowed = allowing(rules, message), found = mentioned(rules, message);
	if (message->is_forum_post)
		found |= rules->forums;
	if (allowed && message->text.len > 0) {
		words_read(rules->words, message->text);
		found |= terms_find(rules->terms, rules->words);
		uint64_t first = found & allowed & -(found & allowed);
		found |= patterns_find(rules->patterns, ra_buf_str(&rules->words->text),
				       first ? allowed & (first - 1) : allowed);
	}
	found &= allowed;
	return found ? &rules->items[__builtin_ctzll(found)] : NULL;
}

uint64_t match_given_up(const struct match_rules *rules)
{
	return patterns_given_up(rules->patterns);
}
