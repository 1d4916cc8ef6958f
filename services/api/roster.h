/*
 * roster: the guilds of an account, as Discord last said, in
 * app.account_guild. Read at login, and again when somebody asks and the last
 * reading is a minute old.
 *
 * One refresh an account at a time, whoever waits: refresh tokens are single
 * use, and Discord allows this call about once a second (Discord docs, Get
 * Current User Guilds). After a 429 the account is left alone as long as
 * Discord asked.
 */
#pragma once
#include "services/api/api.h"

struct roster;

struct guild_list {
	size_t count;
	uint64_t *ids;
	struct ra_str *names, *icons; /* an icon's ptr is NULL when there is none */
	bool *are_owned;
	uint64_t *permissions;
};

/* Texts are borrowed from `body`, the arrays live in `arena`. RA_EPROTO when it is no list of
 * guilds. */
int guild_list_read(const json_t *body, struct ra_arena *arena,
		    struct guild_list *out) RA_MUST_CHECK;
/* Adds to the open group: replaces the stored list. */
int guild_list_send(struct ra_pg *pg, struct ra_arena *arena, uint64_t user_id,
		    const struct guild_list *list, int64_t now_ms) RA_MUST_CHECK;

/* 0: the table is fresh. RA_EDENIED: Discord ended the authorization, and with it every session of
 * the account. RA_EHTTP: Discord can not be asked now. RA_EDOWN, RA_EDB: our database. May come
 * before roster_refresh returns. */
typedef void (*roster_cb)(void *ctx, int status);

struct roster *roster_new(struct api *api);
void roster_free(struct roster *roster);

/* False while Discord wants to be left alone about this account. */
bool roster_may_ask(struct roster *roster, uint64_t user_id);
void roster_refresh(struct roster *roster, uint64_t user_id, roster_cb done, void *ctx);
