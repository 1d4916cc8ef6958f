#include "services/discord-sim/commands.h"
#include "libshared/base/base.h"
#include "services/discord-sim/rest.h"
#include "services/discord-sim/world.h"
#include <stdio.h>
#include <utf8proc.h>

#define NAME_MAX_CHARS        32
#define DESCRIPTION_MAX_CHARS 100
#define OPTIONS_MAX           25
#define CHAT_INPUT            1

struct commands {
	json_t *lists; /* owned; guild id as text ("0": everywhere) -> array */
};

struct commands *commands_new(void)
{
	struct commands *commands = ra_new(struct commands);
	commands->lists = json_object();
	return commands;
}

void commands_free(struct commands **commands)
{
	if (!*commands)
		return;
	json_decref((*commands)->lists);
	ra_free(*commands);
	*commands = NULL;
}

/* ---- checking ---- */

static bool is_name_char(utf8proc_int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);
	bool is_letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
	bool is_number = category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
	return (is_letter && utf8proc_tolower(c) == c) || is_number || c == '-' || c == '_' ||
	       c == '\'';
}

/* -1 when it is not UTF-8 or, with `is_name`, holds what names may not. */
static int count_chars(const char *text, bool is_name)
{
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
	int count = 0;
	while (*at) {
		utf8proc_int32_t c;
		utf8proc_ssize_t len = utf8proc_iterate(at, -1, &c);
		if (len <= 0 || (is_name && !is_name_char(c)))
			return -1;
		at += len;
		count++;
	}
	return count;
}

static void check_text(struct form *form, const char *path, const json_t *object, const char *key,
		       int max)
{
	const char *text = json_string_value(json_object_get(object, key));
	bool is_name = strcmp(key, "name") == 0;
	char where[128];
	snprintf(where, sizeof(where), "%s%s%s", path, path[0] ? "." : "", key);
	int count = text ? count_chars(text, is_name) : 0;
	if (!text)
		form_error(form, where, "BASE_TYPE_REQUIRED", "This field is required");
	else if (count < 0)
		form_error(form, where, "APPLICATION_COMMAND_INVALID_NAME",
			   "Command name is invalid");
	else if (count < 1 || count > max)
		form_error(form, where, "BASE_TYPE_BAD_LENGTH", "Must be of a valid length.");
}

static void check_options(struct form *form, const char *path, const json_t *options)
{
	bool optional_seen = false;
	char where[128];
	snprintf(where, sizeof(where), "%s%soptions", path, path[0] ? "." : "");
	if (json_array_size(options) > OPTIONS_MAX)
		form_error(form, where, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
	for (size_t i = 0; i < json_array_size(options); i++) {
		const json_t *option = json_array_get(options, i);
		char one[160];
		bool is_required = json_is_true(json_object_get(option, "required"));
		snprintf(one, sizeof(one), "%s.%zu", where, i);
		check_text(form, one, option, "name", NAME_MAX_CHARS);
		check_text(form, one, option, "description", DESCRIPTION_MAX_CHARS);
		if (json_integer_value(json_object_get(option, "type")) < 1 ||
		    json_integer_value(json_object_get(option, "type")) > 11)
			form_error(form, one, "BASE_TYPE_CHOICES", "Value must be one of 1 to 11.");
		if (is_required && optional_seen)
			form_error(form, one, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
				   "Required options must be placed before non-required options");
		optional_seen |= !is_required;
	}
}

static json_int_t type_of(const json_t *command)
{
	const json_t *type = json_object_get(command, "type");
	return type ? json_integer_value(type) : CHAT_INPUT;
}

void command_check(struct form *form, const char *path, const json_t *command)
{
	if (type_of(command) != CHAT_INPUT) /* user and message commands: any name, no words */
		return;
	check_text(form, path, command, "name", NAME_MAX_CHARS);
	check_text(form, path, command, "description", DESCRIPTION_MAX_CHARS);
	check_options(form, path, json_object_get(command, "options"));
}

/* ---- keeping ---- */

json_t *commands_list(struct commands *commands, uint64_t guild_id)
{
	char key[24];
	snprintf(key, sizeof(key), "%llu", (unsigned long long)guild_id);
	json_t *list = json_object_get(commands->lists, key);
	if (!list) {
		list = json_array();
		json_object_set_new(commands->lists, key, list);
	}
	return list;
}

static void set_id(json_t *object, const char *key, uint64_t id)
{
	char text[24];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	json_object_set_new(object, key, json_string(text));
}

static json_t *find_same(json_t *list, const json_t *wanted, size_t *at)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *command = json_array_get(list, i);
		if (type_of(command) != type_of(wanted) ||
		    !json_equal(json_object_get(command, "name"), json_object_get(wanted, "name")))
			continue;
		*at = i;
		return command;
	}
	return NULL;
}

/* The command as Discord answers it; `old` gives the id, NULL makes a new one. */
static json_t *complete(const struct command_scope *scope, json_t *wanted, const json_t *old)
{
	json_t *command = json_pack("{s:i, s:n, s:n, s:n, s:b, s:b, s:n, s:s}", "type", CHAT_INPUT,
				    "name_localizations", "description_localizations",
				    "default_member_permissions", "dm_permission", 1, "nsfw", 0,
				    "contexts", "description", "");
	json_object_set_new(command, "integration_types", json_pack("[i]", 0));
	json_object_update(command, wanted);
	set_id(command, "application_id", scope->world->conf.application_id);
	set_id(command, "version", world_new_id(scope->world));
	if (scope->guild_id)
		set_id(command, "guild_id", scope->guild_id);
	if (old)
		json_object_set(command, "id", json_object_get(old, "id"));
	else
		set_id(command, "id", world_new_id(scope->world));
	return command;
}

size_t commands_count_new(struct commands *commands, uint64_t guild_id, const json_t *wanted)
{
	json_t *list = commands_list(commands, guild_id);
	size_t at, count = 0;
	for (size_t i = 0; i < json_array_size(wanted); i++)
		count += find_same(list, json_array_get(wanted, i), &at) == NULL;
	return count;
}

void commands_replace(struct commands *commands, const struct command_scope *scope,
		      const json_t *wanted)
{
	json_t *list = commands_list(commands, scope->guild_id);
	json_t *fresh = json_array();
	size_t at;
	for (size_t i = 0; i < json_array_size(wanted); i++) {
		json_t *one = json_array_get(wanted, i);
		json_array_append_new(fresh, complete(scope, one, find_same(list, one, &at)));
	}
	json_array_clear(list);
	json_array_extend(list, fresh);
	json_decref(fresh);
}

json_t *commands_upsert(struct commands *commands, const struct command_scope *scope,
			json_t *wanted)
{
	json_t *list = commands_list(commands, scope->guild_id);
	size_t at;
	const json_t *old = find_same(list, wanted, &at);
	json_t *command = complete(scope, wanted, old);
	if (old)
		json_array_set_new(list, at, command);
	else
		json_array_append_new(list, command);
	return command;
}

json_t *commands_find(struct commands *commands, uint64_t guild_id, uint64_t command_id)
{
	const json_t *list = commands_list(commands, guild_id);
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *command = json_array_get(list, i);
		if (json_id(json_object_get(command, "id")) == command_id)
			return command;
	}
	return NULL;
}

void commands_remove(struct commands *commands, uint64_t guild_id, const json_t *command)
{
	json_t *list = commands_list(commands, guild_id);
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (json_array_get(list, i) == command) {
			json_array_remove(list, i);
			return;
		}
	}
}
