#include "services/discord-sim/world.h"
#include "libshared/discord/snowflake.h"
#include "services/discord-sim/state.h"
#include <assert.h>

#define DEFAULT_HISTORY   400
#define NONCE_LIFETIME_MS (5 * 60 * 1000)
#define LANE_SHIFT        17

struct world *world_new(const struct world_conf *conf)
{
	struct world *world = ra_new(struct world);
	world->conf = *conf;
	world->conf.bot_name = NULL;
	if (world->conf.history_per_channel == 0)
		world->conf.history_per_channel = DEFAULT_HISTORY;
	world->lane = LANE_VISITORS;
	world->bot = ra_new(struct user);
	world->bot->id = conf->application_id;
	world->bot->username = ra_strdup(conf->bot_name);
	world->bot->is_bot = true;
	HASH_ADD(hh, world->users, id, sizeof(world->bot->id), world->bot);
	return world;
}

void world_free(struct world **world)
{
	struct world *w = *world;
	*world = NULL;
	if (!w)
		return;
	struct channel *c, *next_channel;
	HASH_ITER(hh, w->channels, c, next_channel)
	{
		HASH_DEL(w->channels, c);
		state_free_channel(c);
	}
	struct guild *g, *next_guild;
	HASH_ITER(hh, w->guilds, g, next_guild)
	{
		HASH_DEL(w->guilds, g);
		state_free_guild(g);
	}
	struct user *u, *next_user;
	HASH_ITER(hh, w->users, u, next_user)
	{
		HASH_DEL(w->users, u);
		state_free_user(u);
	}
	ra_free(w->accounts);
	ra_buf_fini(&w->d);
	ra_buf_fini(&w->masked);
	ra_free(w);
}

void world_listen(struct world *world, world_listener listener, void *ctx)
{
	world->listener = listener;
	world->listener_ctx = ctx;
}

void world_set_now(struct world *world, int64_t now_ms)
{
	if (now_ms > world->now_ms)
		world->now_ms = now_ms;
}

uint64_t world_new_id(struct world *world)
{
	enum world_lane lane = world->lane;
	if (world->id_ms[lane] != world->now_ms) {
		world->id_ms[lane] = world->now_ms;
		world->id_seq[lane] = 0;
	}
	uint64_t seq = world->id_seq[lane]++;
	assert(seq < 1U << LANE_SHIFT);
	return ra_snowflake_at(world->now_ms) | (uint64_t)lane << LANE_SHIFT | seq;
}

/* --- lookups --- */

struct user *world_user(const struct world *world, uint64_t user_id)
{
	struct user *u;
	HASH_FIND(hh, world->users, &user_id, sizeof(user_id), u);
	return u;
}

struct guild *world_guild(const struct world *world, uint64_t guild_id)
{
	struct guild *g;
	HASH_FIND(hh, world->guilds, &guild_id, sizeof(guild_id), g);
	return g;
}

struct channel *world_channel(const struct world *world, uint64_t channel_id)
{
	struct channel *c;
	HASH_FIND(hh, world->channels, &channel_id, sizeof(channel_id), c);
	return c;
}

struct member *world_member(const struct guild *guild, uint64_t user_id)
{
	struct member *m;
	HASH_FIND(hh, guild->members, &user_id, sizeof(user_id), m);
	return m;
}

struct role *world_role(const struct guild *guild, uint64_t role_id)
{
	for (size_t i = 0; i < guild->role_count; i++)
		if (guild->roles[i]->id == role_id)
			return guild->roles[i];
	return NULL;
}

struct invite *world_invite(const struct guild *guild, const char *code)
{
	for (size_t i = 0; i < guild->invite_count; i++)
		if (strcmp(guild->invites[i]->code, code) == 0)
			return guild->invites[i];
	if (guild->vanity && strcmp(guild->vanity->code, code) == 0)
		return guild->vanity;
	return NULL;
}

struct scheduled_event *world_event(const struct guild *guild, uint64_t event_id)
{
	for (size_t i = 0; i < guild->event_count; i++)
		if (guild->events[i]->id == event_id)
			return guild->events[i];
	return NULL;
}

struct message *world_message(const struct channel *channel, uint64_t message_id)
{
	struct message **messages = channel->messages + channel->message_first;
	size_t low = 0, high = channel->message_len;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (messages[mid]->id < message_id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < channel->message_len && messages[low]->id == message_id ? messages[low] : NULL;
}

struct message *world_message_by_nonce(const struct world *world, const struct channel *channel,
				       uint64_t author_id, struct ra_str nonce)
{
	for (size_t i = channel->message_len; i-- > 0;) {
		struct message *m = channel->messages[channel->message_first + i];
		if (ra_snowflake_ms(m->id) + NONCE_LIFETIME_MS < world->now_ms)
			return NULL;
		if (m->author_id == author_id && m->nonce && ra_str_is(nonce, m->nonce))
			return m;
	}
	return NULL;
}

bool world_is_banned(const struct guild *guild, uint64_t user_id)
{
	for (size_t i = 0; i < guild->ban_count; i++)
		if (guild->bans[i] == user_id)
			return true;
	return false;
}

bool channel_holds_messages(const struct channel *channel)
{
	return channel->type != CHANNEL_CATEGORY && channel->type != CHANNEL_FORUM;
}

/* --- permissions (Discord docs, Permissions: Permission Overwrites) --- */

static bool has_role(const struct member *m, uint64_t role_id)
{
	for (size_t i = 0; i < m->role_count; i++)
		if (m->roles[i] == role_id)
			return true;
	return false;
}

static uint64_t base_permissions(const struct guild *guild, const struct member *m)
{
	if (m->user_id == guild->owner_id)
		return PERM_ALL;
	uint64_t bits = guild->roles[0]->permissions;
	for (size_t i = 0; i < m->role_count; i++) {
		const struct role *role = world_role(guild, m->roles[i]);
		bits |= role ? role->permissions : 0;
	}
	return bits & PERM_ADMINISTRATOR ? PERM_ALL : bits;
}

static uint64_t apply_overwrites(uint64_t bits, const struct channel *channel,
				 const struct member *m)
{
	uint64_t role_allow = 0, role_deny = 0, own_allow = 0, own_deny = 0;
	for (size_t i = 0; i < channel->overwrite_count; i++) {
		const struct overwrite *ow = &channel->overwrites[i];
		if (ow->is_member && ow->id == m->user_id) {
			own_allow = ow->allow;
			own_deny = ow->deny;
		} else if (ow->id == channel->guild->id) {
			bits = (bits & ~ow->deny) | ow->allow;
		} else if (!ow->is_member && has_role(m, ow->id)) {
			role_allow |= ow->allow;
			role_deny |= ow->deny;
		}
	}
	bits = (bits & ~role_deny) | role_allow;
	return (bits & ~own_deny) | own_allow;
}

uint64_t world_permissions(const struct world *world, const struct guild *guild,
			   const struct channel *channel, uint64_t user_id)
{
	const struct member *m = world_member(guild, user_id);
	if (!m)
		return 0;
	uint64_t bits = base_permissions(guild, m);
	if (bits == PERM_ALL || !channel)
		return bits;
	const struct channel *ruling =
		channel_is_thread(channel) ? world_channel(world, channel->parent_id) : channel;
	if (ruling)
		bits = apply_overwrites(bits, ruling, m);
	if (m->timeout_until_ms > world->now_ms)
		bits &= PERM_VIEW_CHANNEL | PERM_READ_HISTORY;
	return bits & PERM_VIEW_CHANNEL ? bits : 0;
}

bool world_bot_sees(const struct world *world, const struct channel *channel)
{
	return world_permissions(world, channel->guild, channel, world->bot->id) &
	       PERM_VIEW_CHANNEL;
}

/* --- mentions --- */

static void add_mention(uint64_t *ids, size_t *count, uint64_t id)
{
	for (size_t i = 0; i < *count; i++)
		if (ids[i] == id)
			return;
	if (*count < MENTIONS_MAX)
		ids[(*count)++] = id;
}

/* `tag` is what stands between < and >. */
static void scan_tag(const struct guild *guild, struct ra_str tag, struct mentions *out)
{
	bool is_role = ra_str_starts(tag, "@&");
	size_t skip = is_role || ra_str_starts(tag, "@!") ? 2 : 1;
	uint64_t id;
	if (!ra_str_starts(tag, "@") ||
	    ra_str_to_u64((struct ra_str){ tag.ptr + skip, tag.len - skip }, &id) < 0)
		return;
	if (is_role && world_role(guild, id))
		add_mention(out->roles, &out->role_count, id);
	else if (!is_role && world_member(guild, id))
		add_mention(out->users, &out->user_count, id);
}

static bool holds(struct ra_str text, const char *word)
{
	return text.len && memmem(text.ptr, text.len, word, strlen(word));
}

void world_scan_mentions(const struct guild *guild, struct ra_str text, struct mentions *out)
{
	memset(out, 0, sizeof(*out));
	const char *end = text.ptr + text.len;
	for (const char *at = text.ptr; text.len && (at = memchr(at, '<', (size_t)(end - at)));
	     at++) {
		const char *close = memchr(at, '>', (size_t)(end - at));
		if (!close)
			break;
		scan_tag(guild, (struct ra_str){ at + 1, (size_t)(close - at - 1) }, out);
	}
	out->everyone = holds(text, "@everyone") || holds(text, "@here");
}
