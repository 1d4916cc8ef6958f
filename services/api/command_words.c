/* command_words: the commands that say what we are: /help, /invite, /privacy. */
#include "libshared/base/buf.h"
#include "services/api/command.h"
#include "services/api/reply.h"
#include <stdio.h>

static const char *say(const struct command *c, const char *key)
{
	return lang_text(c->lang, key);
}

void command_help(struct command *c)
{
	struct ra_buf text = { 0 };
	ra_buf_printf(&text, "%s\n\n", say(c, "help.lead"));
	for (const struct command_kind *kind = command_kinds; kind->name; kind++) {
		char key[64];
		if (kind->menu_name)
			continue;
		snprintf(key, sizeof(key), "command.%s.description", kind->name);
		ra_buf_printf(&text, "**/%s** \u00b7 %s\n", kind->name, say(c, key));
	}
	ra_buf_printf(&text, "\n%s\n%s", say(c, "help.who"), say(c, "help.more"));
	json_t *message = embed_message(embed_new(say(c, "help.title"), NULL, ra_buf_text(&text)));
	embed_button(message, say(c, "help.open"),
		     c->it.guild ? command_url(c, "") : c->api->urls.public_url);
	ra_buf_fini(&text);
	command_reply(c, message, NULL);
}

void command_invite(struct command *c)
{
	json_t *link = json_invite(c->api, 0);
	const char *url = json_string_value(link);
	json_t *message = embed_message(embed_new(say(c, "invite.title"), NULL,
						  say(c, url ? "invite.lead" : "invite.none")));
	embed_button(message, say(c, "invite.open"), url);
	json_decref(link);
	command_reply(c, message, NULL);
}

void command_privacy(struct command *c)
{
	const char *text = ra_arena_format(&c->arena, "%s\n\n%s\n\n%s", say(c, "privacy.kept"),
					   say(c, "privacy.never"), say(c, "privacy.rights"));
	const char *url = ra_arena_format(&c->arena, "%s/me", c->api->urls.public_url);
	json_t *message = embed_message(embed_new(say(c, "privacy.title"), url, text));
	embed_button(message, say(c, "privacy.open"), url);
	command_reply(c, message, NULL);
}
