/* commands: the application's slash commands, per guild and everywhere, as Discord lists them. */
#pragma once
#include <jansson.h>
#include <stdint.h>

struct commands;
struct form;
struct world;

struct commands *commands_new(void);
void commands_free(struct commands **commands);

/* Where a list belongs; guild_id 0: everywhere. */
struct command_scope {
	struct world *world; /* borrowed; gives ids */
	uint64_t guild_id;
};

/* What is wrong with a command as sent, under `path` of the form ("" or "3"). */
void command_check(struct form *form, const char *path, const json_t *command);
/* Borrowed array, never NULL. */
json_t *commands_list(struct commands *commands, uint64_t guild_id);
/* How many of `wanted` (an array) are not in the list yet. */
size_t commands_count_new(struct commands *commands, uint64_t guild_id, const json_t *wanted);
/* Replaces the list; a command that keeps type and name keeps its id. */
void commands_replace(struct commands *commands, const struct command_scope *scope,
		      const json_t *wanted);
/* Adds one, or overwrites the one of that type and name. Borrowed. */
json_t *commands_upsert(struct commands *commands, const struct command_scope *scope,
			json_t *wanted);
/* NULL when there is none. Borrowed. */
json_t *commands_find(struct commands *commands, uint64_t guild_id, uint64_t command_id);
void commands_remove(struct commands *commands, uint64_t guild_id, const json_t *command);
