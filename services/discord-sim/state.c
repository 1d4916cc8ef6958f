#include "services/discord-sim/state.h"

void *state_grow(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items; /* not yet at a power of two */
	return ra_realloc(items, (count ? count * 2 : 1) * size);
}

void state_set_text(char **field, const char *text)
{
	char *old = *field; /* `text` may be part of it */
	*field = text && *text ? ra_strdup(text) : NULL;
	ra_free(old);
}

/* --- members --- */

static void free_member(struct member *m)
{
	ra_free(m->nick);
	ra_free(m->roles);
	ra_free(m);
}

struct member *state_add_member(struct world *world, struct guild *guild, uint64_t user_id)
{
	struct member *m = ra_new(struct member);
	m->user_id = user_id;
	m->user = world_user(world, user_id);
	HASH_ADD(hh, guild->members, user_id, sizeof(m->user_id), m);
	return m;
}

void state_remove_member(struct guild *guild, struct member *member)
{
	HASH_DEL(guild->members, member);
	free_member(member);
}

void state_set_roles(struct member *member, const uint64_t *roles, size_t count)
{
	uint64_t *copy = NULL;
	size_t copied = 0;
	for (size_t i = 0; i < count; i++)
		STATE_ADD(copy, copied, roles[i]);
	ra_free(member->roles);
	member->roles = copy;
	member->role_count = copied;
}

/* --- messages --- */

static void free_message(struct message *m)
{
	while (m->reaction_count)
		state_remove_reaction(m, &m->reactions[m->reaction_count - 1]);
	ra_free(m->reactions);
	ra_free(m->text);
	ra_free(m->mentions);
	ra_free(m->webhook_name);
	ra_free(m->embeds);
	ra_free(m->components);
	ra_free(m->nonce);
	state_free_command(&m->command);
	ra_free(m);
}

/* Room for one more at the end: either the start has space to shift into, or the array grows. */
static void make_room(struct channel *c)
{
	if (c->message_first + c->message_len < c->message_cap)
		return;
	if (c->message_first > c->message_cap / 2) {
		memmove(c->messages, c->messages + c->message_first,
			c->message_len * STATE_SIZE(c->messages));
		c->message_first = 0;
		return;
	}
	c->message_cap = c->message_cap ? c->message_cap * 2 : 8;
	c->messages = ra_realloc(c->messages, c->message_cap * STATE_SIZE(c->messages));
}

void state_add_message(struct world *world, struct channel *channel, struct message *message)
{
	if (channel->message_len == world->conf.history_per_channel) {
		free_message(channel->messages[channel->message_first++]);
		channel->message_len--;
	}
	make_room(channel);
	struct message **end = channel->messages + channel->message_first + channel->message_len;
	/* two lanes may act in the same millisecond: keep the order of ids */
	size_t back = 0;
	while (back < channel->message_len && end[-1]->id > message->id) {
		*end = end[-1];
		end--;
		back++;
	}
	*end = message;
	channel->message_len++;
	channel->last_message_id = message->id;
	channel->message_count++;
}

void state_remove_message(struct channel *channel, struct message *message)
{
	struct message **at = channel->messages + channel->message_first;
	size_t left = channel->message_len;
	while (left && *at != message) {
		at++;
		left--;
	}
	memmove(at, at + 1, (left - 1) * STATE_SIZE(at));
	channel->message_len--;
	if (channel->message_count)
		channel->message_count--;
	free_message(message);
}

struct reaction *state_reaction(struct message *message, const char *emoji, uint64_t emoji_id)
{
	for (size_t i = 0; i < message->reaction_count; i++) {
		struct reaction *r = &message->reactions[i];
		if (r->emoji_id == emoji_id && (emoji_id || strcmp(r->emoji, emoji) == 0))
			return r;
	}
	return NULL;
}

void state_remove_reaction(struct message *message, struct reaction *reaction)
{
	ra_free(reaction->emoji);
	ra_free(reaction->users);
	STATE_REMOVE(message->reactions, message->reaction_count,
		     (size_t)(reaction - message->reactions));
}

/* --- channels --- */

struct channel *state_add_channel(struct world *world, struct guild *guild, uint64_t id, int type)
{
	struct channel *c = ra_new(struct channel);
	c->id = id;
	c->guild = guild;
	c->type = type;
	HASH_ADD(hh, world->channels, id, sizeof(c->id), c);
	STATE_ADD(guild->channels, guild->channel_count, c);
	return c;
}

void state_free_channel(struct channel *c)
{
	for (size_t i = 0; i < c->message_len; i++)
		free_message(c->messages[c->message_first + i]);
	ra_free(c->messages);
	ra_free(c->overwrites);
	ra_free(c->name);
	ra_free(c->topic);
	ra_free(c);
}

void state_remove_channel(struct world *world, struct channel *channel)
{
	struct guild *g = channel->guild;
	for (size_t i = 0; i < g->channel_count; i++)
		if (g->channels[i] == channel) {
			STATE_REMOVE(g->channels, g->channel_count, i);
			break;
		}
	HASH_DEL(world->channels, channel);
	state_free_channel(channel);
}

/* --- the rest --- */

void state_free_role(struct role *role)
{
	ra_free(role->name);
	ra_free(role);
}

void state_free_event(struct scheduled_event *event)
{
	ra_free(event->name);
	ra_free(event->description);
	ra_free(event->location);
	ra_free(event->interested);
	ra_free(event);
}

int state_use_invite(struct guild *guild, const char *code)
{
	struct invite *invite = world_invite(guild, code);
	if (!invite)
		return RA_ENOTFOUND;
	invite->uses++;
	return 0;
}

void state_free_command(struct command_use **command)
{
	if (*command)
		ra_free((*command)->name);
	ra_free(*command);
	*command = NULL;
}

void state_free_invite(struct invite *invite)
{
	ra_free(invite->code);
	ra_free(invite);
}

void state_free_user(struct user *user)
{
	ra_free(user->username);
	ra_free(user->global_name);
	ra_free(user->avatar);
	ra_free(user->locale);
	ra_free(user);
}

void state_free_guild(struct guild *guild)
{
	struct member *m, *next;
	HASH_ITER(hh, guild->members, m, next)
	{
		state_remove_member(guild, m);
	}
	for (size_t i = 0; i < guild->role_count; i++)
		state_free_role(guild->roles[i]);
	for (size_t i = 0; i < guild->event_count; i++)
		state_free_event(guild->events[i]);
	for (size_t i = 0; i < guild->invite_count; i++)
		state_free_invite(guild->invites[i]);
	if (guild->vanity)
		state_free_invite(guild->vanity);
	ra_free(guild->roles);
	ra_free(guild->channels);
	ra_free(guild->events);
	ra_free(guild->invites);
	ra_free(guild->bans);
	ra_free(guild->name);
	ra_free(guild->icon);
	ra_free(guild->description);
	ra_free(guild->locale);
	ra_free(guild);
}
