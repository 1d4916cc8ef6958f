/* sheet: what the documentation says each dispatch carries, to hold rendered ones against. */
#pragma once
#include "services/discord-sim/world.h"
#include "tests/harness/cmocka.h"
#include <jansson.h>
#include <stdio.h>

/* Keys that must be there; "a.b" looks inside. */
static const struct {
	const char *type;
	const char *keys[24];
} sheet[] = {
	{ "MESSAGE_CREATE",
	  { "id", "channel_id", "guild_id", "type", "content", "timestamp", "edited_timestamp",
	    "tts", "mention_everyone", "pinned", "flags", "embeds", "attachments", "components",
	    "mention_roles", "mentions", "author.id", "author.username", "channel_type" } },
	{ "MESSAGE_UPDATE",
	  { "id", "channel_id", "guild_id", "type", "content", "timestamp", "edited_timestamp",
	    "mentions", "mention_roles", "author.id", "embeds" } },
	{ "MESSAGE_DELETE", { "id", "channel_id", "guild_id" } },
	{ "MESSAGE_DELETE_BULK", { "ids", "channel_id", "guild_id" } },
	{ "MESSAGE_REACTION_ADD",
	  { "user_id", "channel_id", "message_id", "guild_id", "emoji.name", "emoji.id", "burst",
	    "type", "member.user.id" } },
	{ "MESSAGE_REACTION_REMOVE",
	  { "user_id", "channel_id", "message_id", "guild_id", "emoji.name", "burst", "type" } },
	{ "MESSAGE_REACTION_REMOVE_ALL", { "channel_id", "message_id", "guild_id" } },
	{ "MESSAGE_REACTION_REMOVE_EMOJI",
	  { "channel_id", "message_id", "guild_id", "emoji.name" } },
	{ "GUILD_MEMBER_ADD",
	  { "guild_id", "user.id", "user.username", "user.discriminator", "roles", "joined_at",
	    "deaf", "mute", "flags", "pending" } },
	{ "GUILD_MEMBER_UPDATE",
	  { "guild_id", "user.id", "roles", "joined_at", "avatar", "banner" } },
	{ "GUILD_MEMBER_REMOVE", { "guild_id", "user.id" } },
	{ "GUILD_BAN_ADD", { "guild_id", "user.id" } },
	{ "GUILD_BAN_REMOVE", { "guild_id", "user.id" } },
	{ "GUILD_AUDIT_LOG_ENTRY_CREATE",
	  { "guild_id", "id", "user_id", "target_id", "action_type" } },
	{ "GUILD_ROLE_CREATE", { "guild_id", "role.id", "role.permissions", "role.colors" } },
	{ "GUILD_ROLE_UPDATE", { "guild_id", "role.id", "role.name", "role.position" } },
	{ "GUILD_ROLE_DELETE", { "guild_id", "role_id" } },
	{ "CHANNEL_CREATE", { "id", "type", "guild_id", "name", "parent_id", "position" } },
	{ "CHANNEL_UPDATE", { "id", "type", "guild_id", "name", "parent_id", "position" } },
	{ "CHANNEL_DELETE", { "id", "type", "guild_id", "name" } },
	{ "CHANNEL_PINS_UPDATE", { "guild_id", "channel_id", "last_pin_timestamp" } },
	{ "THREAD_CREATE",
	  { "id", "type", "guild_id", "name", "parent_id", "owner_id", "newly_created",
	    "message_count", "member_count", "thread_metadata.archived",
	    "thread_metadata.auto_archive_duration", "thread_metadata.archive_timestamp" } },
	{ "THREAD_UPDATE",
	  { "id", "type", "guild_id", "name", "parent_id", "thread_metadata.archived" } },
	{ "THREAD_DELETE", { "id", "guild_id", "parent_id", "type" } },
	{ "VOICE_STATE_UPDATE",
	  { "guild_id", "channel_id", "user_id", "session_id", "deaf", "mute", "self_deaf",
	    "self_mute", "self_video", "suppress", "request_to_speak_timestamp",
	    "member.user.id" } },
	{ "PRESENCE_UPDATE", { "user.id", "guild_id", "status", "activities", "client_status" } },
	{ "INVITE_CREATE",
	  { "channel_id", "code", "created_at", "guild_id", "inviter.id", "max_age", "max_uses",
	    "temporary", "uses", "expires_at" } },
	{ "INVITE_DELETE", { "channel_id", "guild_id", "code" } },
	{ "GUILD_SCHEDULED_EVENT_CREATE",
	  { "id", "guild_id", "channel_id", "name", "scheduled_start_time", "scheduled_end_time",
	    "privacy_level", "status", "entity_type", "entity_id", "entity_metadata" } },
	{ "GUILD_SCHEDULED_EVENT_UPDATE", { "id", "guild_id", "name", "status" } },
	{ "GUILD_SCHEDULED_EVENT_DELETE", { "id", "guild_id", "name", "status" } },
	{ "GUILD_SCHEDULED_EVENT_USER_ADD", { "guild_scheduled_event_id", "user_id", "guild_id" } },
	{ "GUILD_SCHEDULED_EVENT_USER_REMOVE",
	  { "guild_scheduled_event_id", "user_id", "guild_id" } },
	{ "GUILD_UPDATE",
	  { "id", "name", "icon", "owner_id", "roles", "emojis", "features", "preferred_locale",
	    "premium_tier", "afk_channel_id", "afk_timeout" } },
	{ "GUILD_DELETE", { "id" } },
};

static inline json_t *sheet_at(json_t *value, const char *path)
{
	char key[64];
	while (value && *path) {
		size_t len = strcspn(path, ".");
		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		value = json_object_get(value, key);
		path += len + (path[len] == '.');
	}
	return value;
}

static inline json_t *sheet_parse(struct ra_str text)
{
	json_error_t error;
	json_t *d = json_loadb(text.ptr, text.len, 0, &error);
	if (!d)
		fail_msg("not JSON at %d: %s: %.*s", error.position, error.text, (int)text.len,
			 text.ptr);
	return d;
}

/* It parses, and holds all its type must. */
static inline json_t *sheet_check(const struct dispatch *dispatch)
{
	size_t i = 0;
	json_t *d = sheet_parse(dispatch->d);
	while (i < RA_COUNT(sheet) && strcmp(sheet[i].type, dispatch->type) != 0)
		i++;
	if (i == RA_COUNT(sheet))
		fail_msg("no sheet for %s", dispatch->type);
	for (size_t k = 0; k < RA_COUNT(sheet[i].keys) && sheet[i].keys[k]; k++)
		if (!sheet_at(d, sheet[i].keys[k]))
			fail_msg("%s without %s: %.*s", dispatch->type, sheet[i].keys[k],
				 (int)dispatch->d.len, dispatch->d.ptr);
	return d;
}
