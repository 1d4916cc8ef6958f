/*
 * match: which messages are requests for help, by the rules of a guild
 * (app.request_rule).
 *
 * Texts are compared as words.h reads them: case, ё, accents and characters
 * nobody sees aside. A word is met by one hash lookup for each word of the
 * message, so two hundred cost what one does; only expressions are tried one
 * after the other, and those are bounded in length, number, steps and depth.
 * An expression that needs more than its bounds has not matched.
 */
#pragma once
#include "libshared/base/err.h"

#define MATCH_RULES_MAX     50  /* of a guild */
#define MATCH_TERMS_MAX     500 /* words, forms and phrases of a rule */
#define MATCH_PATTERNS_MAX  20  /* expressions of a rule */
#define MATCH_TERM_CHARS    80  /* of one word or phrase */
#define MATCH_PATTERN_CHARS 200 /* of one expression */

enum match_kind { MATCH_MENTION, MATCH_KEYWORD, MATCH_FORUM };

/* One rule, as array_to_string(ids, ' ') and array_to_string(texts, E'\n') bring it. */
struct match_rule {
	uint64_t rule_id;
	enum match_kind kind;
	int priority;          /* 1 low .. 4 urgent */
	struct ra_str roles;   /* of a mention; the guild's staff roles where the rule has none */
	struct ra_str allowed; /* channels, their parents or categories; empty: all */
	struct ra_str denied;  /* likewise; goes first */
	struct ra_str words;   /* one a line */
	struct ra_str stems;
	struct ra_str phrases;
	struct ra_str patterns;
};

struct match_message {
	struct ra_str text;          /* empty when it is hidden from us: mentions and posts match */
	struct ra_str mention_roles; /* IDS */
	uint64_t channel;
	uint64_t parent;   /* of a thread, its channel; else 0 */
	uint64_t category; /* of the channel or of the thread's channel; 0: none */
	bool is_forum_post;
};

struct match_rules; /* the compiled rules of one guild; used by one thread at a time */

/* Compiles rules given in their order (position, rule_id); nothing of `rules` is kept but copies.
 * NULL when a term is none: *err (may be NULL) names rule and term. Without rules nothing matches.
 */
struct match_rules *match_compile(const struct match_rule *rules, size_t count, struct ra_err *err);

/* The rule that makes this a request: of those that match the one with the highest priority, then
 * the first. NULL: none. Its ids live as long as `rules`; its texts are left out. */
const struct match_rule *match_message(const struct match_rules *rules,
				       const struct match_message *message);

/* How often an expression was given up because it needed more than its bounds. */
uint64_t match_given_up(const struct match_rules *rules);

void match_free(struct match_rules **rules);

/* Whether a message in that channel is looked at: none of channel, parent, category is denied, and
 * one is allowed or `allowed` is empty. */
bool match_allows(struct ra_str allowed, struct ra_str denied, const struct match_message *message);

enum match_term { MATCH_WORD, MATCH_STEM, MATCH_PHRASE, MATCH_PATTERN };

/* Whether that is a term. Else RA_EINVAL; *err (may be NULL) says why. */
int match_check(enum match_term kind, struct ra_str term, struct ra_err *err) RA_MUST_CHECK;
