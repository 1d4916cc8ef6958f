/*
 * logins: who gave whom access, remembered across restarts in a file beside
 * the community's (SIM_STATE_FILE with ".logins" behind it): who is logged in
 * to a demo stays so when the demo is started again.
 */
#pragma once
#include "services/discord-sim/oauth.h"
#include <uthash.h>

#define TOKEN_LEN 31 /* 30 characters, as Discord's look */

/* An authorization: one access and one refresh token at a time. */
struct login {
	struct grant grant;
	char access[TOKEN_LEN], refresh[TOKEN_LEN];
	UT_hash_handle hh; /* by access */
};

struct login *login_add(struct login **logins, uint64_t user_id, const char *scope,
			int64_t expires_at_ms);
void login_remove(struct login **logins, struct login *login);

/* An empty path: nothing is kept. What can not be read or written is said in the log, and done
 * without. */
void logins_load(struct login **logins, const char *path);
void logins_save(const struct login *logins, const char *path);
