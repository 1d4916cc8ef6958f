/* rest_reactions: emoji under messages. All routes share one bucket. */
#include "services/discord-sim/act.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/rest.h"
#include <stdio.h>

#define PAGE_MAX  100
#define EMOJI_MAX 64

/* The emoji of the path: unicode, or name:id. */
struct emoji {
	char name[EMOJI_MAX];
	uint64_t id;
};

static bool read_emoji(struct call *call, struct emoji *emoji)
{
	struct ra_str text = ra_http_param(call->req, "emoji");
	const char *colon = memchr(text.ptr, ':', text.len);
	size_t len = colon ? (size_t)(colon - text.ptr) : text.len;
	*emoji = (struct emoji){ 0 };
	if (len > 0 && len < EMOJI_MAX) {
		memcpy(emoji->name, text.ptr, len);
		if (!colon || ra_str_to_u64((struct ra_str){ colon + 1, text.len - len - 1 },
					    &emoji->id) == 0)
			return true;
	}
	call_error(call, 400, 10014, "Unknown Emoji");
	return false;
}

/* Whose reaction is meant: {user}, or the bot's own. */
static uint64_t whose(struct call *call)
{
	uint64_t user_id = call_id(call, "user");
	return user_id ? user_id : call->world->bot->id;
}

static bool read_target(struct call *call, uint64_t permissions, struct act_reaction *r,
			struct emoji *emoji)
{
	const struct channel *channel = call_channel(call, permissions);
	if (!channel)
		return false;
	if (!world_message(channel, call_id(call, "message"))) {
		call_unknown_message(call);
		return false;
	}
	*emoji = (struct emoji){ 0 };
	*r = (struct act_reaction){
		.channel_id = channel->id,
		.message_id = call_id(call, "message"),
		.user_id = whose(call),
	};
	if (ra_http_param(call->req, "emoji").len == 0)
		return true;
	if (!read_emoji(call, emoji))
		return false;
	r->emoji = emoji->name;
	r->emoji_id = emoji->id;
	return true;
}

static void react(struct call *call)
{
	struct act_reaction r;
	struct emoji emoji;
	if (!read_target(call, PERM_READ_HISTORY | PERM_ADD_REACTIONS, &r, &emoji))
		return;
	call_now(call);
	act_react(call->world, &r);
	call_no_content(call);
}

static void unreact(struct call *call)
{
	struct act_reaction r;
	struct emoji emoji;
	bool is_own = whose(call) == call->world->bot->id;
	if (!read_target(call, is_own ? PERM_VIEW_CHANNEL : PERM_MANAGE_MESSAGES, &r, &emoji))
		return;
	call_now(call);
	act_unreact(call->world, &r);
	call_no_content(call);
}

static void clear(struct call *call)
{
	struct act_reaction r;
	struct emoji emoji;
	if (!read_target(call, PERM_MANAGE_MESSAGES, &r, &emoji))
		return;
	call_now(call);
	act_clear_reactions(call->world, &r);
	call_no_content(call);
}

static const struct reaction *find_reaction(const struct message *message,
					    const struct emoji *emoji)
{
	for (size_t i = 0; i < message->reaction_count; i++) {
		const struct reaction *reaction = &message->reactions[i];
		if (emoji->id ? reaction->emoji_id == emoji->id
			      : strcmp(reaction->emoji, emoji->name) == 0)
			return reaction;
	}
	return NULL;
}

static int ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static void list_users(struct call *call)
{
	struct ra_buf json = { 0 };
	struct act_reaction r;
	struct emoji emoji;
	int64_t limit = call_number(call, "limit", 25, 1, PAGE_MAX);
	uint64_t after = call_query_id(call, "after");
	if (!read_target(call, PERM_VIEW_CHANNEL, &r, &emoji))
		return;
	const struct message *message =
		world_message(world_channel(call->world, r.channel_id), r.message_id);
	const struct reaction *reaction = find_reaction(message, &emoji);
	size_t count = reaction ? reaction->user_count : 0, shown = 0;
	uint64_t *users = ra_alloc((count + 1) * sizeof(*users));
	if (count > 0)
		memcpy(users, reaction->users, count * sizeof(*users));
	qsort(users, count, sizeof(*users), ascending);
	PUT(&json, "[");
	for (size_t i = 0; i < count && shown < (size_t)(limit < 0 ? 25 : limit); i++) {
		const struct user *user = world_user(call->world, users[i]);
		if (!user || user->id <= after)
			continue;
		ra_buf_add_text(&json, shown++ ? "," : "");
		render_user(&json, user);
	}
	PUT(&json, "]");
	ra_free(users);
	call_reply(call, 200, &json);
}

#define R "/channels/{channel}/messages/{message}/reactions"

const struct route reaction_routes[] = {
	BOT("PUT", R "/{emoji}/@me", react, "reactions", 1, 250),
	BOT("DELETE", R "/{emoji}/@me", unreact, "reactions", 1, 250),
	BOT("DELETE", R "/{emoji}/{user}", unreact, "reactions", 1, 250),
	BOT("GET", R "/{emoji}", list_users, "reactions", 1, 250),
	BOT("DELETE", R "/{emoji}", clear, "reactions", 1, 250),
	BOT("DELETE", R, clear, "reactions", 1, 250),
	{ 0 },
};
