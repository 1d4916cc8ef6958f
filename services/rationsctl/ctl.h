/*
 * ctl: what every command works with: its options, the way the answer is
 * wanted, and the three it can ask: Redis, PostgreSQL and HTTP. One command a
 * process, so waiting is plain: each answer is waited for, PATIENCE at most,
 * and who does not answer leaves a sentence that says so.
 */
#pragma once
#include "libshared/base/err.h"
#include "libshared/redis/redis.h"
#include "services/rationsctl/conf.h"
#include <jansson.h>
#include <libpq-fe.h>
#include <stdio.h>

/* 1: it was done, and the answer is no. The others: <sysexits.h>. */
enum {
	CTL_OK = 0,
	CTL_NO = 1,
	CTL_USAGE = 64,
	CTL_BAD_DATA = 65,
	CTL_UNAVAILABLE = 69,
	CTL_CONFIG = 78
};

struct ctl {
	const struct conf *conf; /* borrowed */
	uv_loop_t loop;
	uv_timer_t timer;
	struct ra_redis *redis; /* owned */
	bool is_json;           /* --json */
	bool is_up, is_over;    /* Redis answers; patience is over */
	struct ra_err trouble;  /* why not, when something of Redis failed */
	FILE *out;              /* borrowed; where answers go */
};

/* One command: `args` are what follows noun and verb, ended by NULL. Returns the exit code;
 * CTL_USAGE: how it is used is printed. */
struct command {
	const char *noun, *verb; /* verb NULL: there is none */
	const char *args, *help;
	int (*run)(struct ctl *ctl, char **args);
};

/* commands.c: the one table, ended by noun NULL. */
extern const struct command ctl_commands[];

/* Says what is wrong and what to do about it, on stderr. */
void ctl_complain(const char *what, const char *hint);
int ctl_complain_of(const struct ra_err *err); /* returns CTL_UNAVAILABLE, or CTL_CONFIG */
/* Prints the answer and lets go of it. */
void ctl_print_json(const struct ctl *ctl, json_t *json);
/* Text of others on a terminal: control characters become "?". */
void ctl_print_plain(FILE *out, const char *text);
/* Takes `flag` out of the arguments; was it there? */
bool ctl_take_flag(char **args, const char *flag);
/* Takes `flag` and the word behind it; NULL: it was not there. */
const char *ctl_take_value(char **args, const char *flag);
size_t ctl_count(char **args);

/* --- Redis --- */

/* Connects to Redis `key`'s slot. CTL_OK, or what to exit with; says why in ctl->trouble. */
int ctl_reach(struct ctl *ctl, const char *key) RA_MUST_CHECK;
/* The same, saying why on stderr. */
int ctl_open(struct ctl *ctl, const char *key) RA_MUST_CHECK;
void ctl_close(struct ctl *ctl);
/* Turns the loop until *is_done. CTL_OK or CTL_UNAVAILABLE; says why in ctl->trouble. */
int ctl_wait_for(struct ctl *ctl, const bool *is_done) RA_MUST_CHECK;
/* The same, saying why on stderr. */
int ctl_wait(struct ctl *ctl, const bool *is_done) RA_MUST_CHECK;
/* One command on a connection of its own, to the slot of `key` (NULL: any). The answer as JSON,
 * yours to json_decref; NULL and *err when there is none or an error. */
json_t *redis_ask(struct ctl *ctl, const char *key, struct ra_err *err, size_t argc,
		  const struct ra_str *argv);
#define REDIS_ASK(ctl, key, err, ...)                                                              \
	redis_ask(ctl, key, err, RA_COUNT(((const struct ra_str[]){ __VA_ARGS__ })),               \
		  (const struct ra_str[]){ __VA_ARGS__ })

/* --- PostgreSQL --- */

/* As DATABASE_URL, or the owner's; NULL and *err. Yours to PQfinish. */
PGconn *sql_open(const struct ctl *ctl, bool is_owner, struct ra_err *err);
/* Rows, yours to PQclear; NULL and *err. */
PGresult *sql_ask(PGconn *db, struct ra_err *err, const char *sql, int count,
		  const char *const *values);
/* The one JSON value that `sql` gives: the answer of a command. */
json_t *sql_json(PGconn *db, struct ra_err *err, const char *sql, int count,
		 const char *const *values);
int64_t sql_i64(const PGresult *rows, int row, int column);

/* --- HTTP --- */

struct http_answer {
	long status;
	json_t *json;     /* owned; NULL: no JSON */
	int64_t date_ms;  /* what its clock says; 0: nothing */
	int64_t took_ms;  /* how long it took */
	int64_t retry_ms; /* with 429: when to ask again */
};

/* `authorization`: the header's value, or NULL. `form`: the body of a POST, or NULL to GET.
 * 0, whatever the status; or RA_EHTTP and *err. */
int http_ask(const struct ctl *ctl, const char *url, const char *authorization, const char *form,
	     struct http_answer *answer, struct ra_err *err) RA_MUST_CHECK;
void http_answer_fini(struct http_answer *answer);
/* GET of Discord's REST API as the bot. Waits where Discord says so, until `deadline_ms`. */
int discord_ask(const struct ctl *ctl, const char *path, uint64_t deadline_ms,
		struct http_answer *answer, struct ra_err *err) RA_MUST_CHECK;
/* check_discord.c: whether the client secret is the application's: 1, 0, or -1: it does not say. */
int discord_knows_secret(const struct ctl *ctl, const char *client_id) RA_MUST_CHECK;
