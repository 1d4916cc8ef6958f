/*
 * doctor: looks at everything that has to be right, and says of each whether
 * it is, and if not, what to do: in one line. It is used when things are down,
 * so every question has an end, and no check needs another's answer.
 */
#pragma once
#include "libshared/base/buf.h"
#include "services/rationsctl/ctl.h"

enum mark { TICK, WARNING, CROSS };

struct verdict {
	const char *topic; /* token, intents ... */
	enum mark mark;
	char *what, *fix; /* owned; fix "" with a tick */
};

struct doctor {
	struct ctl *ctl; /* borrowed */
	struct verdict *verdicts;
	size_t count;
	PGconn *db;          /* NULL: it does not answer, and that has been said */
	json_t *application; /* as Discord tells it; NULL: it does not */
	const char *guild;   /* the only one to look at; NULL: all */
};

/* A verdict. `fix`: what to do, a sentence; "" with a tick. */
void doctor_say(struct doctor *d, enum mark mark, const char *topic, const char *fix,
		const char *what, ...) RA_PRINTF(5, 6);
#define doctor_tick(d, topic, ...) doctor_say(d, TICK, topic, "", __VA_ARGS__)

/* The checks, each in the file of its name. */
void check_discord(struct doctor *d);  /* token, intents, login, clock */
void check_guilds(struct doctor *d);   /* permissions */
void check_servers(struct doctor *d);  /* PostgreSQL, schema, Redis, their clocks */
void check_services(struct doctor *d); /* /readyz */
void check_streams(struct doctor *d);  /* shards, and how far their streams are read */
void check_backups(struct doctor *d);  /* age, drill, alarms, disk */

/* --- words.c: pure --- */

#define WORDS_MAX 40
/* "45 s", "12 min", "3 h", "5 d". */
void words_age(char out[WORDS_MAX], int64_t ms);
/* "3.1 GB" */
void words_size(char out[WORDS_MAX], int64_t bytes);
/* How far apart two clocks are: TICK up to 2 s (5 s where it is told in seconds), CROSS beyond a
 * minute: Discord then takes logins for expired. */
enum mark clock_mark(int64_t apart_ms, bool is_in_seconds);
/* The milliseconds of a stream's entry id; -1: it is none. */
int64_t entry_ms(const char *entry_id);
/* Is entry `a` before `b`? */
bool entry_is_before(const char *a, const char *b);
/* What is asked for and not switched on, of the flags of an application: a mask of intents. */
int64_t intents_withheld(int64_t asked, int64_t flags);
