#include "services/analytics/state.h"

void state_init(struct state *state, uint32_t shard_id, uint32_t shard_count)
{
	*state = (struct state){
		.shard = { .shard_id = shard_id, .shard_count = shard_count },
	};
	ra_recent_init(&state->recent);
	unnamed_init(&state->unnamed);
}

static void guild_free(struct guild *guild)
{
	struct channel *channel, *next_channel;
	HASH_ITER(hh, guild->channels, channel, next_channel)
	{
		HASH_DEL(guild->channels, channel);
		ra_free(channel);
	}
	struct role *role, *next_role;
	HASH_ITER(hh, guild->roles, role, next_role)
	{
		HASH_DEL(guild->roles, role);
		ra_free(role);
	}
	struct standing *standing, *next_standing;
	HASH_ITER(hh, guild->standings, standing, next_standing)
	{
		HASH_DEL(guild->standings, standing);
		ra_free(standing);
	}
	voice_fini(&guild->voice);
	ra_free(guild->name);
	ra_free(guild->icon);
	ra_free(guild->locale);
	ra_free(guild);
}

void state_fini(struct state *state)
{
	struct guild *guild, *next;
	HASH_ITER(hh, state->guilds, guild, next)
	{
		HASH_DEL(state->guilds, guild);
		guild_free(guild);
	}
	ra_recent_fini(&state->recent);
	unnamed_fini(&state->unnamed);
}

struct guild *state_guild(const struct state *state, uint64_t id)
{
	struct guild *guild = NULL;
	HASH_FIND(hh, state->guilds, &id, sizeof id, guild);
	return guild;
}

struct guild *state_guild_add(struct state *state, uint64_t id)
{
	struct guild *guild = state_guild(state, id);
	if (guild)
		return guild;
	guild = ra_new(struct guild);
	guild->id = guild->voice.guild = id;
	guild->is_available = true;
	guild_set_text(&guild->name, RA_STR(""));
	guild_set_text(&guild->icon, RA_STR(""));
	guild_set_text(&guild->locale, RA_STR(""));
	HASH_ADD(hh, state->guilds, id, sizeof guild->id, guild);
	return guild;
}

void guild_set_text(char **field, struct ra_str text)
{
	ra_free(*field);
	*field = ra_str_dup(text);
}

struct channel *guild_channel(struct guild *guild, uint64_t id)
{
	struct channel *channel = NULL;
	HASH_FIND(hh, guild->channels, &id, sizeof id, channel);
	return channel;
}

struct channel *guild_channel_add(struct guild *guild, uint64_t id, int64_t kind)
{
	struct channel *channel = guild_channel(guild, id);
	if (!channel) {
		channel = ra_new(struct channel);
		channel->id = id;
		HASH_ADD(hh, guild->channels, id, sizeof channel->id, channel);
	}
	/* Discord channel types: 4 category, 10 to 12 threads, 14 directory. */
	channel->is_thread = kind >= 10 && kind <= 12;
	channel->is_counted = kind != 4 && kind != 14 && !channel->is_thread;
	return channel;
}

void guild_channel_remove(struct guild *guild, uint64_t id)
{
	struct channel *channel = guild_channel(guild, id);
	if (channel) {
		HASH_DEL(guild->channels, channel);
		ra_free(channel);
	}
}

struct role *guild_role_add(struct guild *guild, uint64_t id)
{
	struct role *role = NULL;
	HASH_FIND(hh, guild->roles, &id, sizeof id, role);
	if (!role) {
		role = ra_new(struct role);
		role->id = id;
		HASH_ADD(hh, guild->roles, id, sizeof role->id, role);
	}
	return role;
}

void guild_role_remove(struct guild *guild, uint64_t id)
{
	struct role *role = NULL;
	HASH_FIND(hh, guild->roles, &id, sizeof id, role);
	if (role) {
		HASH_DEL(guild->roles, role);
		ra_free(role);
	}
}

struct standing *guild_standing(struct guild *guild, uint64_t user)
{
	struct standing *standing = NULL;
	HASH_FIND(hh, guild->standings, &user, sizeof user, standing);
	return standing;
}

struct standing *guild_standing_add(struct guild *guild, uint64_t user)
{
	struct standing *standing = guild_standing(guild, user);
	if (!standing) {
		standing = ra_new(struct standing);
		standing->user = user;
		HASH_ADD(hh, guild->standings, user, sizeof standing->user, standing);
	}
	return standing;
}

void guild_standing_remove(struct guild *guild, uint64_t user)
{
	struct standing *standing = guild_standing(guild, user);
	if (standing) {
		HASH_DEL(guild->standings, standing);
		ra_free(standing);
	}
}

int64_t guild_channel_count(const struct guild *guild)
{
	int64_t count = 0;
	for (struct channel *channel = guild->channels; channel; channel = channel->hh.next)
		count += channel->is_counted;
	return count;
}
