/*
 * ctl: what every command works with: the connection to Redis, the way the
 * answer is wanted. One command a process, so waiting is plain: the loop
 * turns until it is done or patience is over.
 */
#pragma once
#include "libshared/redis/redis.h"
#include "services/rationsctl/conf.h"
#include <stdio.h>

/* <sysexits.h> */
enum { CTL_OK = 0, CTL_USAGE = 64, CTL_BAD_DATA = 65, CTL_UNAVAILABLE = 69, CTL_CONFIG = 78 };

struct ctl {
	const struct conf *conf; /* borrowed */
	uv_loop_t loop;
	uv_timer_t timer;
	struct ra_redis *redis; /* owned */
	bool is_json;           /* --json */
	bool is_up, is_over;    /* Redis answers; patience is over */
	FILE *out;              /* borrowed; where answers go */
};

/* One command: `args` are what follows noun and verb, ended by NULL. Returns the exit code. */
struct command {
	const char *noun, *verb, *args, *help;
	int (*run)(struct ctl *ctl, char **args);
};

/* Connects to Redis `key`'s slot. CTL_OK, or what to exit with after saying why on stderr. */
int ctl_open(struct ctl *ctl, const char *key) RA_MUST_CHECK;
void ctl_close(struct ctl *ctl);
/* Turns the loop until *is_done. CTL_OK or CTL_UNAVAILABLE after saying so. */
int ctl_wait(struct ctl *ctl, const bool *is_done) RA_MUST_CHECK;
/* Says what is wrong and what to do about it, on stderr. */
void ctl_complain(const char *what, const char *hint);

/* shard.c */
int shard_list(struct ctl *ctl, char **args);
int shard_plan(struct ctl *ctl, char **args);
