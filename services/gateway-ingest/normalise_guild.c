/*
 * normalise_guild: guilds, snapshots, channels, threads, roles.
 *
 * GUILD_CREATE is told as a snapshot: guild_available, then every role,
 * channel, thread, member, voice state and event it lists, then guild_synced, which
 * says that what was not listed is gone.
 */
#include "services/gateway-ingest/normaliser.h"

struct snapshot {
	uint64_t guild;
	struct ra_ev_guild_synced counts;
};

static void emit_channel(struct normaliser *n, uint64_t guild, const struct channel *channel,
			 bool is_new, bool is_snapshot)
{
	bool is_hidden = (channel->flags & CHANNEL_OBFUSCATED) != 0;
	note_kind(channel->kind, CHANNEL_KINDS, "channel_type");
	struct ra_event event = {
		.type = RA_EV_channel_upserted, .guild = guild, .at = n->at,
		.channel_upserted = {
			.channel_id = channel->id,
			.parent_id = channel->parent_id,
			.kind = channel->kind,
			.name = is_hidden ? RA_STR("") : channel->name,
			.position = channel->position,
			.is_hidden = is_hidden,
			.is_nsfw = channel->is_nsfw,
			.is_archived = channel->thread.is_archived,
			.is_new = is_new,
			.snapshot = is_snapshot,
			.last_message_id = channel->last_message_id,
		},
	};
	emit(n, &event);
}

static void emit_role(struct normaliser *n, uint64_t guild, const struct role *role,
		      bool is_snapshot)
{
	struct ra_event event = {
		.type = RA_EV_role_upserted, .guild = guild, .at = n->at,
		.role_upserted = {
			.role_id = role->id,
			.name = role->name,
			.color = role->color,
			.position = role->position,
			.permissions = role->permissions,
			.is_managed = role->is_managed,
			.snapshot = is_snapshot,
		},
	};
	emit(n, &event);
}

static int snapshot_role(struct normaliser *n, struct ra_json *j, struct snapshot *s)
{
	struct role role = { 0 };
	if (!read_object(n, j, &role_table, &role) || role.id == 0)
		return RA_EINVAL;
	emit_role(n, s->guild, &role, true);
	s->counts.roles++;
	return 0;
}

static int snapshot_channel(struct normaliser *n, struct ra_json *j, struct snapshot *s)
{
	struct channel channel = { 0 };
	if (!read_object(n, j, &channel_table, &channel) || channel.id == 0)
		return RA_EINVAL;
	emit_channel(n, s->guild, &channel, false, true);
	s->counts.channels++;
	return 0;
}

/* The list may name somebody twice (discord-api-docs issue 997). */
static int snapshot_member(struct normaliser *n, struct ra_json *j, struct snapshot *s)
{
	struct member member = { 0 };
	if (!read_object(n, j, &member_table, &member) || member.user.id == 0)
		return RA_EINVAL;
	if (!id_set_add(&n->listed, member.user.id))
		return 0;
	if (member.user.is_bot)
		id_set_add(&n->bots, member.user.id);
	emit_member(n, s->guild, &member, TOLD_IN_SNAPSHOT);
	s->counts.members++;
	return 0;
}

static int snapshot_voice(struct normaliser *n, struct ra_json *j, struct snapshot *s)
{
	struct voice_state state = { 0 };
	if (!read_object(n, j, &voice_state_table, &state) || state.user_id == 0)
		return RA_EINVAL;
	if (id_set_has(&n->bots, state.user_id))
		state.member.user.is_bot = true; /* the state itself may come without its member */
	emit_voice_state(n, s->guild, &state, true);
	s->counts.voices++;
	return 0;
}

static int snapshot_event(struct normaliser *n, struct ra_json *j, struct snapshot *s)
{
	struct scheduled_event event = { 0 };
	if (!read_object(n, j, &scheduled_event_table, &event) || event.id == 0)
		return RA_EINVAL;
	emit_scheduled_event(n, s->guild, &event, false, true);
	return 0;
}

typedef int (*item_cb)(struct normaliser *n, struct ra_json *j, struct snapshot *s);

static int each(struct normaliser *n, struct ra_str array, item_cb item, struct snapshot *s)
{
	struct ra_json j;
	ra_json_init(&j, array);
	if (array.len == 0 || !ra_json_enter_array(&j))
		return 0;
	int rc = 0;
	while (rc == 0 && ra_json_next_element(&j)) {
		rc = item(n, &j, s);
		texts_reset(&n->texts);
	}
	return rc < 0 || j.failed ? RA_EINVAL : 0;
}

static void emit_available(struct normaliser *n, const struct guild *guild, bool is_new)
{
	struct ra_event event = {
		.type = RA_EV_guild_available, .guild = guild->id, .at = n->at,
		.guild_available = {
			.name = guild->name,
			.icon = guild->icon,
			.owner_id = guild->owner_id,
			.member_count = guild->member_count,
			.afk_channel_id = guild->afk_channel_id,
			.locale = guild->locale,
			.premium_tier = guild->premium_tier,
			.premium_count = guild->premium_count,
			.is_new = is_new,
			.bot_joined_at = guild->joined_at,
		},
	};
	emit(n, &event);
}

static int emit_snapshot(struct normaliser *n, const struct guild *guild)
{
	struct snapshot s = { .guild = guild->id };
	id_set_clear(&n->listed);
	id_set_clear(&n->bots);
	if (each(n, guild->roles, snapshot_role, &s) < 0 ||
	    each(n, guild->channels, snapshot_channel, &s) < 0 ||
	    each(n, guild->threads, snapshot_channel, &s) < 0 ||
	    each(n, guild->members, snapshot_member, &s) < 0 ||
	    each(n, guild->voice_states, snapshot_voice, &s) < 0 ||
	    each(n, guild->scheduled_events, snapshot_event, &s) < 0)
		return RA_EINVAL;
	struct ra_event event = {
		.type = RA_EV_guild_synced,
		.guild = guild->id,
		.at = n->at,
		.guild_synced = s.counts,
	};
	emit(n, &event);
	return 0;
}

static void emit_bare(struct normaliser *n, enum ra_event_type type, uint64_t guild)
{
	struct ra_event event = { .type = type, .guild = guild, .at = n->at };
	emit(n, &event);
}

/* Lazy loading and the end of an outage say `unavailable: false`; a new guild says nothing. */
int on_guild_create(struct normaliser *n, struct ra_json *j)
{
	struct guild guild = { 0 };
	if (!read_object(n, j, &guild_table, &guild) || guild.id == 0)
		return RA_EINVAL;
	bool is_news = id_set_add(&n->guilds, guild.id);
	if (ra_str_is(guild.unavailable, "true")) {
		emit_bare(n, RA_EV_guild_unavailable, guild.id);
		return 0;
	}
	emit_available(n, &guild, is_news && guild.unavailable.len == 0);
	return emit_snapshot(n, &guild);
}

int on_guild_update(struct normaliser *n, struct ra_json *j)
{
	struct guild guild = { 0 };
	if (!read_object(n, j, &guild_table, &guild) || guild.id == 0)
		return RA_EINVAL;
	struct ra_event event = {
		.type = RA_EV_guild_updated, .guild = guild.id, .at = n->at,
		.guild_updated = {
			.name = guild.name,
			.icon = guild.icon,
			.owner_id = guild.owner_id,
			.afk_channel_id = guild.afk_channel_id,
			.locale = guild.locale,
			.premium_tier = guild.premium_tier,
			.premium_count = guild.premium_count,
		},
	};
	emit(n, &event);
	return 0;
}

int on_guild_delete(struct normaliser *n, struct ra_json *j)
{
	struct guild guild = { 0 };
	if (!read_object(n, j, &guild_table, &guild) || guild.id == 0)
		return RA_EINVAL;
	bool is_outage = ra_str_is(guild.unavailable, "true");
	if (!is_outage)
		id_set_remove(&n->guilds, guild.id);
	emit_bare(n, is_outage ? RA_EV_guild_unavailable : RA_EV_guild_removed, guild.id);
	return 0;
}

/* RA_ENOTFOUND: of no guild. */
static int read_channel(struct normaliser *n, struct ra_json *j, struct channel *channel)
{
	*channel = (struct channel){ 0 };
	if (!read_object(n, j, &channel_table, channel) || channel->id == 0)
		return RA_EINVAL;
	return channel->guild_id != 0 ? 0 : RA_ENOTFOUND;
}

static int upsert_channel(struct normaliser *n, struct ra_json *j, bool is_create, bool is_thread)
{
	struct channel channel;
	int rc = read_channel(n, j, &channel);
	if (rc == 0)
		emit_channel(n, channel.guild_id, &channel,
			     is_thread ? channel.is_newly_created : is_create, false);
	return rc == RA_ENOTFOUND ? 0 : rc;
}

int on_channel_create(struct normaliser *n, struct ra_json *j)
{
	return upsert_channel(n, j, true, false);
}

int on_channel_update(struct normaliser *n, struct ra_json *j)
{
	return upsert_channel(n, j, false, false);
}

int on_thread_create(struct normaliser *n, struct ra_json *j)
{
	return upsert_channel(n, j, true, true);
}

int on_channel_delete(struct normaliser *n, struct ra_json *j)
{
	struct channel channel;
	int rc = read_channel(n, j, &channel);
	if (rc < 0)
		return rc == RA_ENOTFOUND ? 0 : rc;
	struct ra_event event = {
		.type = RA_EV_channel_deleted,
		.guild = channel.guild_id,
		.at = n->at,
		.channel_deleted = { .channel_id = channel.id, .kind = channel.kind },
	};
	emit(n, &event);
	return 0;
}

static int synced_thread(struct normaliser *n, struct ra_json *j, struct snapshot *s)
{
	struct channel channel = { 0 };
	if (!read_object(n, j, &channel_table, &channel) || channel.id == 0)
		return RA_EINVAL;
	emit_channel(n, s->guild, &channel, false, false);
	return 0;
}

int on_thread_list_sync(struct normaliser *n, struct ra_json *j)
{
	struct listing sync = { 0 };
	if (!read_object(n, j, &listing_table, &sync) || sync.guild_id == 0)
		return RA_EINVAL;
	struct snapshot s = { .guild = sync.guild_id };
	return each(n, sync.threads, synced_thread, &s);
}

int on_role_upsert(struct normaliser *n, struct ra_json *j)
{
	struct role_change change = { 0 };
	if (!read_object(n, j, &role_change_table, &change) || change.guild_id == 0 ||
	    change.role.id == 0)
		return RA_EINVAL;
	emit_role(n, change.guild_id, &change.role, false);
	return 0;
}

int on_role_delete(struct normaliser *n, struct ra_json *j)
{
	struct role_change change = { 0 };
	if (!read_object(n, j, &role_change_table, &change) || change.guild_id == 0 ||
	    change.role_id == 0)
		return RA_EINVAL;
	struct ra_event event = {
		.type = RA_EV_role_deleted,
		.guild = change.guild_id,
		.at = n->at,
		.role_deleted = { .role_id = change.role_id },
	};
	emit(n, &event);
	return 0;
}
