/*
 * state: the memory behind the world: how its parts are added, removed and
 * freed. Only world.c and the acts use it; it dispatches nothing.
 */
#pragma once
#include "services/discord-sim/world.h"

/* Arrays of the world grow at powers of two, so that a count is all they need. */
void *state_grow(void *items, size_t count, size_t size);

#define STATE_SIZE(items) sizeof(__typeof__(*(items)))
#define STATE_ADD(items, count, item)                                                              \
	do {                                                                                       \
		(items) = state_grow((items), (count), STATE_SIZE(items));                         \
		(items)[(count)++] = (item);                                                       \
	} while (0)
#define STATE_REMOVE(items, count, index)                                                          \
	memmove(&(items)[index], &(items)[(index) + 1], (--(count) - (index)) * STATE_SIZE(items))

/* *field becomes a copy of `text`; NULL and "" make it NULL. */
void state_set_text(char **field, const char *text);

struct member *state_add_member(struct world *world, struct guild *guild, uint64_t user_id);
void state_remove_member(struct guild *guild, struct member *member);
void state_set_roles(struct member *member, const uint64_t *roles, size_t count);

struct channel *state_add_channel(struct world *world, struct guild *guild, uint64_t id, int type);
void state_remove_channel(struct world *world, struct channel *channel);

/* Takes `message`; forgets the oldest when there are too many. */
void state_add_message(struct world *world, struct channel *channel, struct message *message);
void state_remove_message(struct channel *channel, struct message *message);

struct reaction *state_reaction(struct message *message, const char *emoji, uint64_t emoji_id);
/* Frees what a reaction holds and takes it off the message. */
void state_remove_reaction(struct message *message, struct reaction *reaction);

/* With all they own. Members: taken out of their hash before. */
void state_free_guild(struct guild *guild);
void state_free_user(struct user *user);
void state_free_role(struct role *role);
void state_free_event(struct scheduled_event *event);
/* One use more; RA_ENOTFOUND when there is no such invite. */
int state_use_invite(struct guild *guild, const char *code);
void state_free_command(struct command_use **command);
void state_free_invite(struct invite *invite);
void state_free_channel(struct channel *channel);
