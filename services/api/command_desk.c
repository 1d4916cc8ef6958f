/*
 * command_desk: requests for help from within Discord: /ask, the menu of a
 * message, and the buttons under the bot's own messages, whose custom_id says
 * what they do: desk:claim:<request>.
 *
 * Each is an order to response-tracker (desk_order.h); what came of it is the
 * answer.
 */
#include "services/api/command.h"
#include "services/api/desk_order.h"
#include "services/api/desk_row.h"
#include <sodium.h>

#define SNOOZE_MS (3600LL * 1000)
#define ASKED     1000

static const char *say(const struct command *c, const char *key)
{
	return lang_text(c->lang, key);
}

static void answer(struct command *c, const char *text)
{
	json_t *message = embed_message(embed_new(NULL, NULL, text));
	embed_button(message, say(c, "desk.inbox"),
		     ra_arena_format(&c->arena, "%s/inbox", c->api->urls.public_url));
	c->is_hidden = true;
	command_reply(c, message, NULL);
}

/* Why not, in words: "desk.outcome.taken". */
static void answer_outcome(struct command *c, const char *outcome)
{
	static const char *const known[] = {
		"not_found", "not_open",  "own",      "not_claimed", "open",   "closed",
		"disabled",  "opted_out", "is_staff", "ignored",     "exists",
	};
	for (size_t i = 0; i < RA_COUNT(known); i++)
		if (strcmp(outcome, known[i]) == 0) {
			answer(c, say(c, ra_arena_format(&c->arena, "desk.outcome.%s", outcome)));
			return;
		}
	command_refuse(c, "refused.trouble");
}

/* Another replica may have had this use before us and died over it: both order under the same id,
 * made of what only we two were told. */
static struct ra_str order_id(struct command *c)
{
	unsigned char bytes[RA_COMMAND_ID_CHARS / 2];
	char *id = ra_arena_alloc(&c->arena, RA_COMMAND_ID_CHARS + 1);
	crypto_generichash(bytes, sizeof(bytes), (const unsigned char *)c->it.token.ptr,
			   c->it.token.len, NULL, 0);
	sodium_bin2hex(id, RA_COMMAND_ID_CHARS + 1, bytes, sizeof(bytes));
	return ra_str_of(id);
}

/* Sends it; what can not be sent is answered. */
static void order(struct command *c, struct ra_command command, desk_order_cb done)
{
	command.id = order_id(c);
	command.guild = c->it.guild;
	command.actor = c->it.user;
	command.traceparent = c->it.traceparent;
	if (desk_order(c->api->orders, command, done, c) < 0)
		command_refuse(c, "refused.trouble");
}

static bool is_unanswered(struct command *c, int status)
{
	if (status == RA_ETIMEOUT)
		answer(c, say(c, "desk.pending"));
	else if (status < 0)
		command_refuse(c, "refused.trouble");
	return status == 0;
}

/* --- buttons --- */

struct press {
	struct ra_command command;
	struct desk_ref ref;
};

/* Somebody was first: who? */
static void on_taken(void *ctx, int status, json_t *rows)
{
	struct command *c = ctx;
	const json_t *row = json_array_get(rows, 0);
	const char *id =
		json_string_value(json_object_get(json_object_get(row, "claimed_by"), "id"));
	if (status < 0 || !id) {
		command_refuse(c, "refused.trouble");
	} else {
		const struct lang_arg who = { "who", ra_arena_format(&c->arena, "<@%s>", id) };
		answer(c, lang_say(c->lang, &c->arena, "desk.outcome.taken", &who, 1));
	}
	json_decref(rows);
}

static void on_pressed(void *ctx, int status, const char *outcome)
{
	struct command *c = ctx;
	const struct press *press = c->state;
	if (!is_unanswered(c, status))
		return;
	if (strcmp(outcome, "done") == 0)
		answer(c, say(c, ra_arena_format(&c->arena, "desk.done.%s",
						 ra_command_kind_text(press->command.kind))));
	else if (strcmp(outcome, "taken") != 0)
		answer_outcome(c, outcome);
	else if (desk_rows_ask(c->api, &press->ref, 1, on_taken, c) < 0)
		command_refuse(c, "refused.trouble");
}

/* "desk:<kind>:<request>" */
static bool read_press(struct command *c, struct ra_command *out)
{
	const char *kind = c->it.name.ptr + strlen("desk:"), *id = strchr(kind, ':');
	if (!id || ra_str_to_u64(ra_str_of(id + 1), &out->target) < 0)
		return false;
	out->kind = ra_command_kind_of((struct ra_str){ kind, (size_t)(id - kind) });
	if (out->kind == RA_COMMAND_snooze)
		out->value = c->now_ms + SNOOZE_MS;
	return out->kind >= RA_COMMAND_claim && out->kind <= RA_COMMAND_snooze;
}

void command_desk_button(struct command *c)
{
	struct press *press = c->state = ra_arena_new(&c->arena, struct press);
	if (!read_press(c, &press->command)) {
		command_refuse(c, "refused.trouble");
		return;
	}
	press->ref = (struct desk_ref){ c->it.guild, press->command.target };
	order(c, press->command, on_pressed);
}

/* --- the menu of a message --- */

static void on_marked(void *ctx, int status, const char *outcome)
{
	struct command *c = ctx;
	if (!is_unanswered(c, status))
		return;
	if (strcmp(outcome, "done") == 0)
		answer(c, say(c, "desk.done.mark"));
	else
		answer_outcome(c, outcome);
}

void command_mark(struct command *c)
{
	if (c->it.target == 0 || c->it.target_author == 0)
		answer(c, say(c, "desk.no_person"));
	else
		order(c,
		      (struct ra_command){ .kind = RA_COMMAND_menu,
					   .target = c->it.target,
					   .channel = c->it.channel,
					   .parent = c->it.parent,
					   .author = c->it.target_author,
					   .text = c->it.target_text },
		      on_marked);
}

/* --- /ask --- */

static void add_button(struct command *c, json_t *message, enum embed_style style, const char *kind)
{
	embed_action(
		message, style, say(c, ra_arena_format(&c->arena, "desk.button.%s", kind)),
		ra_arena_format(&c->arena, "desk:%s:%llu", kind, (unsigned long long)c->it.id));
}

/* Seen by all: whoever can help finds it there. */
static void show_asked(struct command *c)
{
	const struct lang_arg who = { "who", ra_arena_format(&c->arena, "<@%llu>",
							     (unsigned long long)c->it.user) };
	const char *lead = lang_say(c->lang, &c->arena, "desk.asked", &who, 1);
	const char *text = embed_name(&c->arena, command_option(c, "text", ""), ASKED);
	json_t *message = embed_message(
		embed_new(NULL, NULL, ra_arena_format(&c->arena, "%s\n> %s", lead, text)));
	add_button(c, message, EMBED_PRIMARY, "claim");
	add_button(c, message, EMBED_SUCCESS, "resolve");
	add_button(c, message, EMBED_SECONDARY, "not_a_request");
	command_reply(c, message, NULL);
}

static void on_asked(void *ctx, int status, const char *outcome)
{
	struct command *c = ctx;
	if (!is_unanswered(c, status))
		return;
	if (strcmp(outcome, "done") == 0 || strcmp(outcome, "exists") == 0)
		show_asked(c);
	else
		answer_outcome(c, outcome);
}

void command_ask(struct command *c)
{
	order(c,
	      (struct ra_command){ .kind = RA_COMMAND_ask,
				   .target = c->it.id,
				   .channel = c->it.channel,
				   .parent = c->it.parent,
				   .text = ra_str_of(command_option(c, "text", "")) },
	      on_asked);
}
