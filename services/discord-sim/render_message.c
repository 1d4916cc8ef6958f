/* The message object: the one that has to be fast. */
#include "libshared/discord/snowflake.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"

enum how {
	HOW_MASKED = 1, /* without what MESSAGE_CONTENT hides */
	HOW_EVENT = 2,  /* with guild_id and members; without reactions */
	HOW_NESTED = 4, /* as somebody's referenced_message */
};

struct view {
	const struct world *world;
	const struct channel *channel;
	unsigned how;
};

void render_emoji(struct ra_buf *out, const char *emoji, uint64_t emoji_id)
{
	PUT_ID(out, "{\"id\":", emoji_id);
	PUT_TEXT(out, ",\"name\":", emoji);
	PUT(out, "}");
}

static void put_author(struct ra_buf *out, const struct view *v, const struct message *m)
{
	PUT(out, ",\"author\":");
	const struct user *user = m->webhook_name ? NULL : world_user(v->world, m->author_id);
	if (user) {
		render_user(out, user);
	} else {
		PUT_ID(out, "{\"id\":", m->author_id);
		PUT_TEXT(out, ",\"username\":", m->webhook_name);
		PUT(out, ",\"discriminator\":\"0000\",\"global_name\":null,\"avatar\":null"
			 ",\"bot\":true,\"public_flags\":0}");
	}
	if (m->webhook_name)
		PUT_ID(out, ",\"webhook_id\":", m->author_id);
}

static void put_mentioned_user(struct ra_buf *out, const struct view *v, const struct user *user)
{
	render_user(out, user);
	const struct member *member = world_member(v->channel->guild, user->id);
	if (!(v->how & HOW_EVENT) || !member)
		return;
	out->len--; /* reopen the brace */
	PUT(out, ",\"member\":");
	render_partial_member(out, member);
	PUT(out, "}");
}

static void put_mentions(struct ra_buf *out, const struct view *v, const struct mentions *mentions)
{
	static const struct mentions nobody;
	const struct mentions *who = mentions ? mentions : &nobody;
	PUT(out, ",\"mentions\":[");
	size_t listed = 0;
	for (size_t i = 0; i < who->user_count; i++) {
		const struct user *user = world_user(v->world, who->users[i]);
		if (!user)
			continue;
		if (listed++)
			PUT(out, ",");
		put_mentioned_user(out, v, user);
	}
	PUT(out, "],\"mention_roles\":");
	put_ids(out, who->roles, who->role_count);
	PUT_BOOL(out, ",\"mention_everyone\":", who->everyone);
}

static void put_attachment(struct ra_buf *out, const struct view *v, const struct message *m,
			   uint32_t index)
{
	uint64_t id = m->id + 1 + index;
	PUT_ID(out, "{\"id\":", id);
	PUT_U64(out, ",\"filename\":\"image", index);
	PUT_U64(out, ".png\",\"content_type\":\"image/png\",\"size\":", 20000 + id % 400000);
	for (int proxy = 0; proxy < 2; proxy++) {
		if (proxy)
			PUT(out, "\",\"proxy_url\":\"https://media.discordapp.net/attachments/");
		else
			PUT(out, ",\"url\":\"https://cdn.discordapp.com/attachments/");
		ra_buf_add_u64(out, v->channel->id);
		PUT_U64(out, "/", id);
		PUT_U64(out, "/image", index);
		PUT(out, ".png");
	}
	PUT(out, "\",\"width\":1280,\"height\":720}");
}

/* All that MESSAGE_CONTENT gives or hides. */
static void put_content(struct ra_buf *out, const struct view *v, const struct message *m)
{
	if (v->how & HOW_MASKED) {
		PUT(out, ",\"content\":\"\",\"embeds\":[],\"attachments\":[],\"components\":[]");
		return;
	}
	PUT_TEXT(out, ",\"content\":", m->text);
	PUT(out, ",\"embeds\":");
	ra_buf_add_text(out, m->embeds ? m->embeds : "[]");
	PUT(out, ",\"attachments\":[");
	for (uint32_t i = 0; i < m->attachments; i++) {
		if (i)
			PUT(out, ",");
		put_attachment(out, v, m, i);
	}
	PUT(out, "],\"components\":");
	ra_buf_add_text(out, m->components ? m->components : "[]");
}

static void put_used(struct ra_buf *out, const struct view *v, const struct command_use *use)
{
	const struct user *user = world_user(v->world, use->user_id);
	PUT_ID(out, "{\"id\":", use->interaction_id);
	PUT(out, ",\"type\":2");
	if (user) {
		PUT(out, ",\"user\":");
		render_user(out, user);
	}
}

/* The older `interaction` tells the name, too. */
static void put_command(struct ra_buf *out, const struct view *v, const struct command_use *use)
{
	PUT(out, ",\"interaction_metadata\":");
	put_used(out, v, use);
	PUT(out, ",\"authorizing_integration_owners\":{}},\"interaction\":");
	put_used(out, v, use);
	PUT_TEXT(out, ",\"name\":", use->name);
	PUT(out, "}");
}

static void put_message(struct ra_buf *out, const struct view *v, const struct message *m);

static void put_referenced(struct ra_buf *out, const struct view *v, const struct message *m)
{
	if (v->how & HOW_NESTED || (m->type != MESSAGE_REPLY && m->type != MESSAGE_THREAD_STARTER))
		return;
	PUT(out, ",\"referenced_message\":");
	const struct channel *home = world_channel(v->world, m->reply_channel_id);
	const struct message *target = home ? world_message(home, m->reply_to) : NULL;
	if (!target) {
		PUT(out, "null");
		return;
	}
	unsigned how = v->how & ~(unsigned)HOW_EVENT;
	if (!message_is_masked(v->world, target))
		how &= ~(unsigned)HOW_MASKED;
	struct view nested = { v->world, home, how | HOW_NESTED };
	put_message(out, &nested, target);
}

static void put_reference(struct ra_buf *out, const struct view *v, const struct message *m)
{
	if (m->reply_channel_id == 0)
		return;
	PUT(out, ",\"message_reference\":{\"type\":0");
	if (m->reply_to)
		PUT_ID(out, ",\"message_id\":", m->reply_to);
	PUT_ID(out, ",\"channel_id\":", m->reply_channel_id);
	PUT_ID(out, ",\"guild_id\":", v->channel->guild->id);
	PUT(out, "}");
	put_referenced(out, v, m);
}

static void put_reactions(struct ra_buf *out, const struct view *v, const struct message *m)
{
	PUT(out, ",\"reactions\":[");
	for (size_t i = 0; i < m->reaction_count; i++) {
		const struct reaction *r = &m->reactions[i];
		bool is_mine = false;
		for (size_t k = 0; k < r->user_count; k++)
			is_mine |= r->users[k] == v->world->bot->id;
		if (i)
			PUT(out, ",");
		PUT_U64(out, "{\"count\":", r->user_count);
		PUT_U64(out, ",\"count_details\":{\"burst\":0,\"normal\":", r->user_count);
		PUT_BOOL(out, "},\"me\":", is_mine);
		PUT(out, ",\"me_burst\":false,\"burst_colors\":[],\"emoji\":");
		render_emoji(out, r->emoji, r->emoji_id);
		PUT(out, "}");
	}
	PUT(out, "]");
}

static void put_event_fields(struct ra_buf *out, const struct view *v, const struct message *m)
{
	PUT_ID(out, ",\"guild_id\":", v->channel->guild->id);
	PUT_U64(out, ",\"channel_type\":", v->channel->type);
	const struct member *member =
		m->webhook_name ? NULL : world_member(v->channel->guild, m->author_id);
	if (member) {
		PUT(out, ",\"member\":");
		render_partial_member(out, member);
	}
}

static void put_message(struct ra_buf *out, const struct view *v, const struct message *m)
{
	PUT_ID(out, "{\"id\":", m->id);
	PUT_ID(out, ",\"channel_id\":", v->channel->id);
	PUT_U64(out, ",\"type\":", m->type);
	put_content(out, v, m);
	put_author(out, v, m);
	PUT_TIME(out, ",\"timestamp\":", ra_snowflake_ms(m->id));
	PUT_TIME(out, ",\"edited_timestamp\":", m->edited_at_ms);
	PUT_BOOL(out, ",\"tts\":false,\"pinned\":", m->is_pinned);
	PUT_U64(out, ",\"flags\":", m->flags);
	put_mentions(out, v, m->mentions);
	put_reference(out, v, m);
	if (m->nonce)
		PUT_TEXT(out, ",\"nonce\":", m->nonce);
	if (m->command)
		put_command(out, v, m->command);
	if (v->how & HOW_EVENT)
		put_event_fields(out, v, m);
	else if (m->reaction_count)
		put_reactions(out, v, m);
	const struct channel *thread =
		m->flags & MESSAGE_FLAG_HAS_THREAD ? world_channel(v->world, m->id) : NULL;
	if (thread && !(v->how & HOW_NESTED)) {
		PUT(out, ",\"thread\":");
		render_channel(out, v->world, thread);
	}
	PUT(out, "}");
}

bool message_is_masked(const struct world *world, const struct message *message)
{
	if (message->author_id == world->bot->id)
		return false;
	const struct mentions *mentions = message->mentions;
	for (size_t i = 0; mentions && i < mentions->user_count; i++)
		if (mentions->users[i] == world->bot->id)
			return false;
	return true;
}

void render_message(struct ra_buf *out, const struct world *world, const struct channel *channel,
		    const struct message *message, bool masked)
{
	bool hides = masked && message_is_masked(world, message);
	put_message(out, &(struct view){ world, channel, hides ? HOW_MASKED : 0 }, message);
}

void render_message_event(struct ra_buf *out, const struct world *world,
			  const struct channel *channel, const struct message *message, bool masked)
{
	put_message(out, &(struct view){ world, channel, HOW_EVENT | (masked ? HOW_MASKED : 0) },
		    message);
}
