/* objects: the tables. Keys stand in the order Discord sends them, where that is known. */
#include "services/gateway-ingest/objects.h"

#define TABLE(name) const struct field_table name##_table = FIELD_TABLE(name##_fields)

static const struct field user_fields[] = {
	FIELD(ID, struct user, id, "id"),
	FIELD(TEXT, struct user, username, "username"),
	FIELD(TEXT, struct user, avatar, "avatar"),
	FIELD(TEXT, struct user, global_name, "global_name"),
	FIELD(FLAG, struct user, is_bot, "bot"),
	FIELD(FLAG, struct user, is_system, "system"),
};
TABLE(user);

static const struct field user_id_fields[] = {
	FIELD(ID, struct user, id, "id"),
};
static TABLE(user_id);

static const struct field member_fields[] = {
	FIELD(ID, struct member, guild_id, "guild_id"),
	FIELD_IN(struct member, user, "user", user_table),
	FIELD(TEXT, struct member, nick, "nick"),
	FIELD(IDS, struct member, roles, "roles"),
	FIELD(TIME, struct member, joined_at, "joined_at"),
	FIELD(TIME, struct member, boosting_since, "premium_since"),
	FIELD(TIME, struct member, timeout_until, "communication_disabled_until"),
	FIELD(INT, struct member, flags, "flags"),
	FIELD(FLAG, struct member, is_pending, "pending"),
};
TABLE(member);

/* What the events of messages, reactions and voice tell in passing. */
static const struct field passing_member_fields[] = {
	FIELD_IN(struct member, user, "user", user_table),
	FIELD(TEXT, struct member, nick, "nick"),
	FIELD(TIME, struct member, joined_at, "joined_at"),
};
static TABLE(passing_member);

static const struct field reference_fields[] = {
	FIELD(ID, struct message, reference.message_id, "message_id"),
};
static TABLE(reference);

static const struct field referenced_fields[] = {
	FIELD_IN(struct message, referenced.author, "author", user_id_table),
};
static TABLE(referenced);

/* `interaction` is what older Discord had, and the one that tells the name. */
static const struct field used_fields[] = {
	FIELD(ID, struct message, interaction.id, "id"),
	FIELD(TEXT, struct message, interaction.name, "name"),
	FIELD_IN(struct message, interaction.user, "user", user_id_table),
};
static TABLE(used);

static const struct field message_fields[] = {
	FIELD(ID, struct message, id, "id"),
	FIELD(ID, struct message, channel_id, "channel_id"),
	FIELD(ID, struct message, guild_id, "guild_id"),
	FIELD(INT, struct message, kind, "type"),
	FIELD(STRING, struct message, content, "content"),
	FIELD(TIME, struct message, edited_at, "edited_timestamp"),
	FIELD(INT, struct message, flags, "flags"),
	FIELD(COUNT, struct message, attachments, "attachments"),
	FIELD(IDS, struct message, mention_roles, "mention_roles"),
	FIELD(IDS, struct message, mentions, "mentions"),
	FIELD_IN(struct message, author, "author", user_table),
	FIELD_IN(struct message, member, "member", passing_member_table),
	FIELD(ID, struct message, webhook_id, "webhook_id"),
	FIELD_INTO("message_reference", reference_table),
	FIELD_INTO("referenced_message", referenced_table),
	FIELD_INTO("interaction_metadata", used_table),
	FIELD_INTO("interaction", used_table),
};
TABLE(message);

static const struct field emoji_fields[] = {
	FIELD(ID, struct emoji, id, "id"),
	FIELD(TEXT, struct emoji, name, "name"),
};
static TABLE(emoji);

static const struct field reaction_fields[] = {
	FIELD(ID, struct reaction, user_id, "user_id"),
	FIELD(ID, struct reaction, channel_id, "channel_id"),
	FIELD(ID, struct reaction, message_id, "message_id"),
	FIELD(ID, struct reaction, guild_id, "guild_id"),
	FIELD_IN(struct reaction, member, "member", passing_member_table),
	FIELD_IN(struct reaction, emoji, "emoji", emoji_table),
	FIELD(ID, struct reaction, author_id, "message_author_id"),
	FIELD(FLAG, struct reaction, is_burst, "burst"),
};
TABLE(reaction);

static const struct field thread_fields[] = {
	FIELD(FLAG, struct channel, thread.is_archived, "archived"),
};
static TABLE(thread);

static const struct field channel_fields[] = {
	FIELD(ID, struct channel, id, "id"),
	FIELD(INT, struct channel, kind, "type"),
	FIELD(ID, struct channel, guild_id, "guild_id"),
	FIELD(TEXT, struct channel, name, "name"),
	FIELD(INT, struct channel, position, "position"),
	FIELD(ID, struct channel, parent_id, "parent_id"),
	FIELD(FLAG, struct channel, is_nsfw, "nsfw"),
	FIELD(ID, struct channel, last_message_id, "last_message_id"),
	FIELD(INT, struct channel, flags, "flags"),
	FIELD_INTO("thread_metadata", thread_table),
	FIELD(FLAG, struct channel, is_newly_created, "newly_created"),
};
TABLE(channel);

static const struct field role_fields[] = {
	FIELD(ID, struct role, id, "id"),
	FIELD(TEXT, struct role, name, "name"),
	FIELD(INT, struct role, color, "color"),
	FIELD(INT, struct role, position, "position"),
	FIELD(TEXT, struct role, permissions, "permissions"),
	FIELD(FLAG, struct role, is_managed, "managed"),
};
TABLE(role);

static const struct field voice_state_fields[] = {
	FIELD(ID, struct voice_state, guild_id, "guild_id"),
	FIELD(ID, struct voice_state, channel_id, "channel_id"),
	FIELD(ID, struct voice_state, user_id, "user_id"),
	FIELD_IN(struct voice_state, member, "member", passing_member_table),
	FIELD(TEXT, struct voice_state, session_id, "session_id"),
	FIELD(FLAG, struct voice_state, deaf, "deaf"),
	FIELD(FLAG, struct voice_state, mute, "mute"),
	FIELD(FLAG, struct voice_state, self_deaf, "self_deaf"),
	FIELD(FLAG, struct voice_state, self_mute, "self_mute"),
	FIELD(FLAG, struct voice_state, self_stream, "self_stream"),
	FIELD(FLAG, struct voice_state, self_video, "self_video"),
	FIELD(FLAG, struct voice_state, suppress, "suppress"),
};
TABLE(voice_state);

static const struct field guild_fields[] = {
	FIELD(ID, struct guild, id, "id"),
	FIELD(TEXT, struct guild, name, "name"),
	FIELD(TEXT, struct guild, icon, "icon"),
	FIELD(ID, struct guild, owner_id, "owner_id"),
	FIELD(ID, struct guild, afk_channel_id, "afk_channel_id"),
	FIELD(TEXT, struct guild, locale, "preferred_locale"),
	FIELD(INT, struct guild, premium_tier, "premium_tier"),
	FIELD(INT, struct guild, premium_count, "premium_subscription_count"),
	FIELD(TIME, struct guild, joined_at, "joined_at"),
	FIELD(RAW, struct guild, unavailable, "unavailable"),
	FIELD(INT, struct guild, member_count, "member_count"),
	FIELD(RAW, struct guild, roles, "roles"),
	FIELD(RAW, struct guild, channels, "channels"),
	FIELD(RAW, struct guild, threads, "threads"),
	FIELD(RAW, struct guild, members, "members"),
	FIELD(RAW, struct guild, voice_states, "voice_states"),
	FIELD(RAW, struct guild, scheduled_events, "guild_scheduled_events"),
};
TABLE(guild);

static const struct field role_change_fields[] = {
	FIELD(ID, struct role_change, guild_id, "guild_id"),
	FIELD(ID, struct role_change, role_id, "role_id"),
	FIELD_IN(struct role_change, role, "role", role_table),
};
TABLE(role_change);

static const struct field listing_fields[] = {
	FIELD(ID, struct listing, guild_id, "guild_id"),
	FIELD(RAW, struct listing, threads, "threads"),
	FIELD(RAW, struct listing, members, "members"),
};
TABLE(listing);

static const struct field deletion_fields[] = {
	FIELD(ID, struct deletion, message_id, "id"),
	FIELD(IDS, struct deletion, ids, "ids"),
	FIELD(ID, struct deletion, channel_id, "channel_id"),
	FIELD(ID, struct deletion, guild_id, "guild_id"),
};
TABLE(deletion);

static const struct field presence_fields[] = {
	FIELD_IN(struct presence, user, "user", user_id_table),
	FIELD(ID, struct presence, guild_id, "guild_id"),
	FIELD(TEXT, struct presence, status, "status"),
	FIELD(RAW, struct presence, activities, "activities"),
};
TABLE(presence);

static const struct field activity_fields[] = {
	FIELD(TEXT, struct activity, name, "name"),
	FIELD(INT, struct activity, kind, "type"),
};
TABLE(activity);

static const struct field invite_fields[] = {
	FIELD(ID, struct invite, channel_id, "channel_id"),
	FIELD(TEXT, struct invite, code, "code"),
	FIELD(TIME, struct invite, created_at, "created_at"),
	FIELD(ID, struct invite, guild_id, "guild_id"),
	FIELD_IN(struct invite, inviter, "inviter", user_id_table),
	FIELD(INT, struct invite, max_age_s, "max_age"),
	FIELD(INT, struct invite, max_uses, "max_uses"),
	FIELD(FLAG, struct invite, is_temporary, "temporary"),
};
TABLE(invite);

static const struct field scheduled_event_fields[] = {
	FIELD(ID, struct scheduled_event, id, "id"),
	FIELD(ID, struct scheduled_event, guild_id, "guild_id"),
	FIELD(ID, struct scheduled_event, channel_id, "channel_id"),
	FIELD(ID, struct scheduled_event, creator_id, "creator_id"),
	FIELD(TEXT, struct scheduled_event, name, "name"),
	FIELD(TIME, struct scheduled_event, starts_at, "scheduled_start_time"),
	FIELD(TIME, struct scheduled_event, ends_at, "scheduled_end_time"),
	FIELD(INT, struct scheduled_event, status, "status"),
	FIELD(INT, struct scheduled_event, interested, "user_count"),
};
TABLE(scheduled_event);

static const struct field interest_fields[] = {
	FIELD(ID, struct interest, event_id, "guild_scheduled_event_id"),
	FIELD(ID, struct interest, user_id, "user_id"),
	FIELD(ID, struct interest, guild_id, "guild_id"),
};
TABLE(interest);

static const struct field command_fields[] = {
	FIELD(TEXT, struct interaction, data.name, "name"),
	FIELD(TEXT, struct interaction, data.custom_id, "custom_id"),
};
static TABLE(command);

static const struct field interaction_fields[] = {
	FIELD(ID, struct interaction, id, "id"),
	FIELD(INT, struct interaction, kind, "type"),
	FIELD_INTO("data", command_table),
	FIELD(ID, struct interaction, guild_id, "guild_id"),
	FIELD(ID, struct interaction, channel_id, "channel_id"),
	FIELD_IN(struct interaction, member, "member", passing_member_table),
};
TABLE(interaction);

static const struct field application_fields[] = {
	FIELD(INT, struct ready, application.flags, "flags"),
};
static TABLE(application);

static const struct field ready_fields[] = {
	FIELD_IN(struct ready, user, "user", user_id_table),
	FIELD(RAW, struct ready, guilds, "guilds"),
	FIELD(TEXT, struct ready, session_id, "session_id"),
	FIELD(TEXT, struct ready, resume_url, "resume_gateway_url"),
	FIELD_INTO("application", application_table),
};
TABLE(ready);
