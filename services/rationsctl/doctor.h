/*
 * doctor: looks at everything that has to be right, and says of each whether
 * it is, and if not, what to do: in one line. It is used when things are down,
 * so every question has an end, and no check needs another's answer.
 *
 * All it may say stands in verdicts.def. The dashboard shows the same: api
 * runs this program and has texts of its own by the names of the verdicts.
 */
#pragma once
#include "libshared/base/buf.h"
#include "services/rationsctl/ctl.h"

enum mark { TICK, WARNING, CROSS };

enum verdict_name {
#define VERDICT(name, mark, topic, what, fix) name,
#include "services/rationsctl/verdicts.def"
#undef VERDICT
	VERDICT_COUNT
};

struct verdict {
	enum verdict_name name;
	json_t *params; /* owned; an object */
};

struct doctor {
	struct ctl *ctl; /* borrowed */
	bool is_telling; /* --lines: each verdict is printed when it is found */
	struct verdict *verdicts;
	size_t count;
	PGconn *db;          /* NULL: it does not answer, and that has been said */
	json_t *application; /* as Discord tells it; NULL: it does not */
	const char *guild;   /* the only one to look at; NULL: all */
};

/* A verdict. Takes `params`, an object with what its texts name; NULL: they name nothing. */
void doctor_say(struct doctor *d, enum verdict_name name, json_t *params);
/* The same, with {"why": err->msg}. */
void doctor_say_why(struct doctor *d, enum verdict_name name, const struct ra_err *err);
/* {"age_ms": value} and its kind. */
json_t *doctor_number(const char *name, int64_t value);
/* Text of anybody's as JSON: what is no UTF-8 is replaced. */
json_t *doctor_text(const char *text);

/* The checks, each in the file of its name. */
void check_discord(struct doctor *d);  /* token, intents, login, clock */
void check_guilds(struct doctor *d);   /* permissions */
void check_servers(struct doctor *d);  /* PostgreSQL, schema, Redis, their clocks */
void check_services(struct doctor *d); /* /readyz */
void check_streams(struct doctor *d);  /* shards, and how far their streams are read */
void check_backups(struct doctor *d);  /* age, drill, alarms, disk */

/* How far apart two clocks are, whose ("Discord") is not ours. */
void doctor_say_clock(struct doctor *d, const char *whose, enum mark mark, int64_t apart_ms);

/* --- words.c: pure --- */

#define WORDS_MAX 40
/* "45 s", "12 min", "3 h", "5 d". */
void words_age(char out[WORDS_MAX], int64_t ms);
/* "3.1 GB" */
void words_size(char out[WORDS_MAX], int64_t bytes);
/* `text` with its {names} filled in from `params` (verdicts.def); yours to ra_free. */
char *words_fill(const char *text, const json_t *params);
/* How far apart two clocks are: TICK up to 2 s (5 s where it is told in seconds), CROSS beyond a
 * minute: Discord then takes logins for expired. */
enum mark clock_mark(int64_t apart_ms, bool is_in_seconds);
/* The milliseconds of a stream's entry id; -1: it is none. */
int64_t entry_ms(const char *entry_id);
/* Is entry `a` before `b`? */
bool entry_is_before(const char *a, const char *b);
/* What is asked for and not switched on, of the flags of an application: a mask of intents. */
int64_t intents_withheld(int64_t asked, int64_t flags);
