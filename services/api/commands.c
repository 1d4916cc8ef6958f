/*
 * commands: see commands.h.
 *
 *	inbox --> a command of ours --> command_begin ... on_done --> inbox_done
 *	      `-> of another service, or one nobody knows: left alone
 *
 * What is being answered is kept in a list: a long one comes out of the inbox
 * again, and must not be begun twice.
 */
#include "services/api/commands.h"
#include "libshared/base/clock.h"
#include "services/api/command.h"
#include "services/api/inbox.h"
#include "services/api/registry.h"

#define TICK_MS 100

struct commands {
	struct api *api;           /* borrowed */
	struct inbox *inbox;       /* owned; NULL: there is none, or no more */
	struct registry *registry; /* owned; likewise */
	struct command *open;      /* being answered */
	uv_timer_t tick;
	int pending; /* parts still closing */
	bool is_stopping;
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

static void close_if_done(struct commands *commands);

/* --- what comes --- */

static const struct command_kind *find_command(const struct ra_interaction *it)
{
	bool is_menu = it->command_kind == RA_INTERACTION_ON_MESSAGE;
	for (const struct command_kind *kind = command_kinds; kind->name; kind++)
		if ((kind->menu_name != NULL) == is_menu &&
		    ra_str_is(it->name, is_menu ? kind->menu_name : kind->name))
			return kind;
	return NULL;
}

static const struct command_kind *kind_of(const struct ra_interaction *it)
{
	if (it->kind == RA_INTERACTION_COMMAND)
		return find_command(it);
	bool is_button = it->kind == RA_INTERACTION_BUTTON && ra_str_starts(it->name, "desk:");
	return is_button ? &command_button : NULL;
}

static bool is_open(const struct commands *commands, uint64_t id)
{
	for (const struct command *c = commands->open; c; c = c->next)
		if (c->it.id == id)
			return true;
	return false;
}

static void on_done(void *ctx, struct command *command)
{
	struct commands *commands = ctx;
	struct command **at = &commands->open;
	while (*at != command)
		at = &(*at)->next;
	*at = command->next;
	inbox_done(commands->inbox, &command->place);
	close_if_done(commands);
}

static void on_interaction(void *ctx, const struct inbox_place *place,
			   const struct ra_interaction *interaction, uint64_t left_ms,
			   bool is_second)
{
	struct commands *commands = ctx;
	const struct command_kind *kind = kind_of(interaction);
	if (!kind || commands->is_stopping || is_open(commands, interaction->id))
		return;
	struct command *command =
		command_new(commands->api, commands->api->langs, kind, interaction);
	command->place = *place;
	command->is_second = is_second;
	command->give_up_at_ms = ra_monotonic_ms() + left_ms;
	command->next = commands->open;
	commands->open = command;
	command_begin(command, on_done, commands);
}

static void on_tick(uv_timer_t *timer)
{
	struct commands *commands = ra_container_of(timer, struct commands, tick);
	for (struct command *c = commands->open, *next; c; c = next) {
		next = c->next;
		command_tick(c);
	}
}

/* --- life --- */

struct commands *commands_start(struct api *api, struct ra_err *err)
{
	static const struct inbox_ops ops = { on_interaction };
	struct commands *commands = ra_new(struct commands);
	commands->api = api;
	const struct inbox_conf conf = { .loop = api->loop,
					 .redis_url = api->conf->redis_url,
					 .log = api->log,
					 .ops = &ops,
					 .ctx = commands };
	if (*api->conf->discord_bot_token) {
		commands->inbox = inbox_start(&conf, err);
		if (!commands->inbox) {
			ra_free(commands);
			return NULL;
		}
		commands->registry = registry_start(api);
	}
	uv_timer_init(api->loop, &commands->tick);
	uv_timer_start(&commands->tick, on_tick, TICK_MS, TICK_MS);
	return commands;
}

static void unref(void *ctx)
{
	struct commands *commands = ctx;
	if (--commands->pending > 0)
		return;
	commands->stopped(commands->stopped_ctx);
	ra_free(commands);
}

static void on_tick_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct commands, tick));
}

static void close_if_done(struct commands *commands)
{
	if (!commands->is_stopping || commands->open || commands->pending > 0)
		return;
	commands->pending = 1 + 2 * (commands->inbox != NULL);
	if (commands->inbox) {
		inbox_stop(commands->inbox, unref, commands);
		registry_stop(commands->registry, unref, commands);
	}
	uv_close((uv_handle_t *)&commands->tick, on_tick_closed);
}

void commands_stop(struct commands *commands, void (*stopped)(void *ctx), void *ctx)
{
	commands->is_stopping = true;
	commands->stopped = stopped;
	commands->stopped_ctx = ctx;
	close_if_done(commands);
}
