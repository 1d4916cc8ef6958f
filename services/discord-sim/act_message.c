/* Acts on messages and their reactions. */
#include "services/discord-sim/act.h"
#include "services/discord-sim/emit.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/state.h"

static uint32_t count_characters(const char *text)
{
	uint32_t count = 0;
	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static struct deed message_deed(const struct world *world, enum deed_kind kind,
				const struct channel *c, const struct message *m)
{
	struct deed deed = emit_deed(world, kind, c->guild, m->author_id);
	deed.channel_id = c->id;
	deed.parent_id = channel_is_thread(c) ? c->parent_id : 0;
	deed.message_id = m->id;
	deed.message_type = m->type;
	deed.is_webhook = m->webhook_name != NULL;
	deed.is_reply = m->type == MESSAGE_REPLY;
	deed.attachments = m->attachments;
	deed.characters = count_characters(m->text);
	deed.is_command = m->command != NULL;
	return deed;
}

/* --- posting --- */

static struct mentions *mentions_of(const struct world *world, const struct channel *c,
				    const struct post *post)
{
	struct mentions found;
	if (post->mentions)
		found = *post->mentions;
	else
		world_scan_mentions(c->guild, post->text, &found);
	const struct message *target = post->reply_to ? world_message(c, post->reply_to) : NULL;
	if (target && !post->no_reply_ping && !target->webhook_name &&
	    world_user(world, target->author_id) && found.user_count < MENTIONS_MAX) {
		size_t i = 0;
		while (i < found.user_count && found.users[i] != target->author_id)
			i++;
		found.users[i] = target->author_id;
		found.user_count += i == found.user_count;
	}
	if (!found.user_count && !found.role_count && !found.everyone)
		return NULL;
	struct mentions *kept = ra_new(struct mentions);
	*kept = found;
	return kept;
}

static char *copy_or_null(struct ra_str text)
{
	return text.len ? ra_str_dup(text) : NULL;
}

static struct message *new_message(struct world *world, const struct channel *c,
				   const struct post *post)
{
	struct message *m = ra_new(struct message);
	m->id = post->id ? post->id : world_new_id(world);
	m->author_id = post->author_id;
	m->type = post->reply_to && post->type == MESSAGE_DEFAULT ? MESSAGE_REPLY : post->type;
	m->flags = post->flags;
	m->text = ra_str_dup(post->text);
	m->reply_to = post->reply_to;
	m->reply_channel_id = post->reply_to ? c->id : 0;
	m->mentions = mentions_of(world, c, post);
	m->webhook_name = ra_strdup(post->webhook_name);
	m->embeds = copy_or_null(post->embeds);
	m->components = copy_or_null(post->components);
	m->nonce = copy_or_null(post->nonce);
	m->attachments = post->attachments;
	if (post->command) {
		m->command = ra_new(struct command_use);
		*m->command = *post->command;
		m->command->name = ra_strdup(post->command->name);
	}
	return m;
}

static void store_and_tell(struct world *world, struct channel *c, struct message *m)
{
	state_add_message(world, c, m);
	struct deed deed = message_deed(world, DEED_MESSAGE, c, m);
	emit_message(world, "MESSAGE_CREATE", c, m, &deed);
}

int act_post(struct world *world, const struct post *post, struct message **out)
{
	struct channel *c = world_channel(world, post->channel_id);
	if (!c || !channel_holds_messages(c) ||
	    (!post->webhook_name && !world_user(world, post->author_id)))
		return RA_ENOTFOUND;
	if (channel_is_thread(c) && c->is_archived)
		act_update_thread(world, c->id, NULL, false, c->is_locked);
	struct message *m = new_message(world, c, post);
	store_and_tell(world, c, m);
	if (out)
		*out = m;
	return 0;
}

int act_notice(struct world *world, uint64_t channel_id, uint64_t author_id, int type,
	       const struct notice_target *target)
{
	struct channel *c = world_channel(world, channel_id);
	if (!c || !channel_holds_messages(c))
		return RA_ENOTFOUND;
	static const struct mentions nobody;
	struct post post = { .author_id = author_id,
			     .type = type,
			     .text = ra_str_of(target ? target->text : NULL),
			     .mentions = &nobody };
	struct message *m = new_message(world, c, &post);
	m->reply_to = target ? target->message_id : 0;
	m->reply_channel_id = target ? target->channel_id : 0;
	store_and_tell(world, c, m);
	return 0;
}

/* --- changing --- */

static int find(const struct world *world, uint64_t channel_id, uint64_t message_id,
		struct channel **c, struct message **m)
{
	*c = world_channel(world, channel_id);
	*m = *c ? world_message(*c, message_id) : NULL;
	return *m ? 0 : RA_ENOTFOUND;
}

static void replace(char **field, struct ra_str text)
{
	if (!text.len)
		return;
	ra_free(*field);
	*field = ra_str_dup(text);
}

int act_edit(struct world *world, const struct edit *edit)
{
	struct channel *c;
	struct message *m;
	int rc = find(world, edit->channel_id, edit->message_id, &c, &m);
	if (rc < 0)
		return rc;
	char *old = m->text; /* edit->text may be it */
	m->text = ra_str_dup(edit->text);
	ra_free(old);
	replace(&m->embeds, edit->embeds);
	replace(&m->components, edit->components);
	m->edited_at_ms = world->now_ms;
	struct deed deed = message_deed(world, DEED_EDIT, c, m);
	emit_message(world, "MESSAGE_UPDATE", c, m, &deed);
	return 0;
}

int act_embed(struct world *world, uint64_t channel_id, uint64_t message_id)
{
	struct channel *c;
	struct message *m;
	int rc = find(world, channel_id, message_id, &c, &m);
	if (rc < 0)
		return rc;
	if (!m->embeds)
		m->embeds = ra_strdup("[{\"type\":\"link\",\"url\":\"https://example.org/\","
				      "\"title\":\"Example\",\"description\":\"A page.\"}]");
	emit_message(world, "MESSAGE_UPDATE", c, m, NULL);
	return 0;
}

static void emit_pins_update(struct world *world, const struct channel *c)
{
	struct ra_buf *d = emit_open_channel(world, c);
	if (!d)
		return;
	PUT_ID(d, "{\"guild_id\":", c->guild->id);
	PUT_ID(d, ",\"channel_id\":", c->id);
	PUT_TIME(d, ",\"last_pin_timestamp\":", world->now_ms);
	PUT(d, "}");
	emit_send(world,
		  &(struct dispatch){ .type = "CHANNEL_PINS_UPDATE",
				      .guild_id = c->guild->id,
				      .channel_id = c->id },
		  false);
}

int act_pin(struct world *world, uint64_t channel_id, uint64_t message_id, uint64_t user_id,
	    bool pin)
{
	struct channel *c;
	struct message *m;
	int rc = find(world, channel_id, message_id, &c, &m);
	if (rc < 0)
		return rc;
	if (m->is_pinned == pin)
		return RA_EINVAL;
	m->is_pinned = pin;
	emit_message(world, "MESSAGE_UPDATE", c, m, NULL);
	emit_pins_update(world, c);
	if (pin)
		act_notice(
			world, channel_id, user_id, MESSAGE_PINNED,
			&(struct notice_target){ .channel_id = c->id, .message_id = message_id });
	return 0;
}

/* --- deleting --- */

static void put_delete_end(struct ra_buf *d, const struct channel *c)
{
	PUT_ID(d, ",\"channel_id\":", c->id);
	PUT_ID(d, ",\"guild_id\":", c->guild->id);
	PUT(d, "}");
}

/* Whose it was stays out: Discord does not say. */
static struct deed delete_deed(const struct world *world, const struct channel *c, uint64_t id,
			       uint32_t count)
{
	struct deed deed = emit_deed(world, DEED_DELETE, c->guild, 0);
	deed.channel_id = c->id;
	deed.message_id = id;
	deed.count = count;
	return deed;
}

static void send_of_channel(struct world *world, const char *type, const struct channel *c,
			    const struct deed *deed)
{
	emit_send(
		world,
		&(struct dispatch){
			.type = type, .guild_id = c->guild->id, .channel_id = c->id, .deed = deed },
		false);
}

int act_delete(struct world *world, uint64_t channel_id, uint64_t message_id)
{
	struct channel *c;
	struct message *m;
	int rc = find(world, channel_id, message_id, &c, &m);
	if (rc < 0)
		return rc;
	state_remove_message(c, m);
	struct ra_buf *d = emit_open_channel(world, c);
	if (!d)
		return 0;
	struct deed deed = delete_deed(world, c, message_id, 1);
	PUT_ID(d, "{\"id\":", message_id);
	put_delete_end(d, c);
	send_of_channel(world, "MESSAGE_DELETE", c, &deed);
	return 0;
}

int act_delete_bulk(struct world *world, uint64_t channel_id, const uint64_t *ids, size_t count)
{
	struct channel *c = world_channel(world, channel_id);
	uint64_t *gone = NULL;
	size_t gone_count = 0;
	for (size_t i = 0; c && i < count; i++) {
		struct message *m = world_message(c, ids[i]);
		if (!m)
			continue;
		state_remove_message(c, m);
		STATE_ADD(gone, gone_count, ids[i]);
	}
	if (gone_count == 0)
		return RA_ENOTFOUND;
	struct ra_buf *d = emit_open_channel(world, c);
	if (d) {
		struct deed deed = delete_deed(world, c, gone[0], (uint32_t)gone_count);
		PUT(d, "{\"ids\":");
		put_ids(d, gone, gone_count);
		put_delete_end(d, c);
		send_of_channel(world, "MESSAGE_DELETE_BULK", c, &deed);
	}
	ra_free(gone);
	return 0;
}

/* --- reactions --- */

static struct deed reaction_deed(const struct world *world, enum deed_kind kind,
				 const struct channel *c, const struct act_reaction *r)
{
	struct deed deed = emit_deed(world, kind, c->guild, r->user_id);
	deed.channel_id = c->id;
	deed.parent_id = channel_is_thread(c) ? c->parent_id : 0;
	deed.message_id = r->message_id;
	return deed;
}

/* {"user_id","channel_id","message_id","guild_id","emoji"; the brace is left open. */
static void put_open_reaction(struct ra_buf *d, const struct channel *c,
			      const struct act_reaction *r, bool with_user)
{
	PUT_ID(d, "{\"channel_id\":", c->id);
	PUT_ID(d, ",\"message_id\":", r->message_id);
	PUT_ID(d, ",\"guild_id\":", c->guild->id);
	if (with_user)
		PUT_ID(d, ",\"user_id\":", r->user_id);
	if (r->emoji) {
		PUT(d, ",\"emoji\":");
		render_emoji(d, r->emoji, r->emoji_id);
	}
}

static int find_reactor(const struct reaction *r, uint64_t user_id, size_t *at)
{
	for (size_t i = 0; r && i < r->user_count; i++)
		if (r->users[i] == user_id) {
			*at = i;
			return 0;
		}
	return RA_ENOTFOUND;
}

static void store_reaction(struct message *m, const struct act_reaction *r)
{
	struct reaction *held = state_reaction(m, r->emoji, r->emoji_id);
	if (!held) {
		STATE_ADD(m->reactions, m->reaction_count,
			  ((struct reaction){ .emoji = ra_strdup(r->emoji),
					      .emoji_id = r->emoji_id }));
		held = &m->reactions[m->reaction_count - 1];
	}
	STATE_ADD(held->users, held->user_count, r->user_id);
}

int act_react(struct world *world, const struct act_reaction *r)
{
	struct channel *c;
	struct message *m;
	size_t at;
	int rc = find(world, r->channel_id, r->message_id, &c, &m);
	if (rc < 0)
		return rc;
	if (find_reactor(state_reaction(m, r->emoji, r->emoji_id), r->user_id, &at) == 0)
		return RA_EINVAL;
	store_reaction(m, r);
	struct ra_buf *d = emit_open_channel(world, c);
	if (!d)
		return 0;
	put_open_reaction(d, c, r, true);
	const struct member *member = world_member(c->guild, r->user_id);
	if (member) {
		PUT(d, ",\"member\":");
		render_member(d, member);
	}
	if (!m->webhook_name)
		PUT_ID(d, ",\"message_author_id\":", m->author_id);
	PUT(d, ",\"burst\":false,\"type\":0}");
	struct deed deed = reaction_deed(world, DEED_REACT, c, r);
	send_of_channel(world, "MESSAGE_REACTION_ADD", c, &deed);
	return 0;
}

int act_unreact(struct world *world, const struct act_reaction *r)
{
	struct channel *c;
	struct message *m;
	size_t at;
	int rc = find(world, r->channel_id, r->message_id, &c, &m);
	if (rc < 0)
		return rc;
	struct reaction *held = state_reaction(m, r->emoji, r->emoji_id);
	rc = find_reactor(held, r->user_id, &at);
	if (rc < 0)
		return rc;
	STATE_REMOVE(held->users, held->user_count, at);
	if (held->user_count == 0)
		state_remove_reaction(m, held);
	struct ra_buf *d = emit_open_channel(world, c);
	if (!d)
		return 0;
	put_open_reaction(d, c, r, true);
	PUT(d, ",\"burst\":false,\"type\":0}");
	struct deed deed = reaction_deed(world, DEED_UNREACT, c, r);
	send_of_channel(world, "MESSAGE_REACTION_REMOVE", c, &deed);
	return 0;
}

int act_clear_reactions(struct world *world, const struct act_reaction *r)
{
	struct channel *c;
	struct message *m;
	int rc = find(world, r->channel_id, r->message_id, &c, &m);
	if (rc < 0)
		return rc;
	struct reaction *one = r->emoji ? state_reaction(m, r->emoji, r->emoji_id) : NULL;
	if (r->emoji ? !one : !m->reaction_count)
		return RA_ENOTFOUND;
	if (one)
		state_remove_reaction(m, one);
	while (!r->emoji && m->reaction_count)
		state_remove_reaction(m, &m->reactions[m->reaction_count - 1]);
	struct ra_buf *d = emit_open_channel(world, c);
	if (!d)
		return 0;
	put_open_reaction(d, c, r, false);
	PUT(d, "}");
	struct deed deed = reaction_deed(world, DEED_CLEAR_REACTIONS, c, r);
	send_of_channel(world,
			r->emoji ? "MESSAGE_REACTION_REMOVE_EMOJI" : "MESSAGE_REACTION_REMOVE_ALL",
			c, &deed);
	return 0;
}
