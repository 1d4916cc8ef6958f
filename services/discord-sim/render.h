/*
 * render: the world as Discord's JSON (discord-protocol sheet, sections 3 and
 * 6). Every function appends one JSON value to `out` and nothing else.
 */
#pragma once
#include "services/discord-sim/world.h"

void render_user(struct ra_buf *out, const struct user *user);
/* With `user` inside, as REST and GUILD_MEMBER_* have it. */
void render_member(struct ra_buf *out, const struct member *member);
/* render_member plus guild_id: d of GUILD_MEMBER_ADD. */
void render_member_of(struct ra_buf *out, const struct guild *guild, const struct member *member);
/* Without `user`, as in message events. */
void render_partial_member(struct ra_buf *out, const struct member *member);
void render_role(struct ra_buf *out, const struct role *role);
/* As the bot may see it: obfuscated when it has no VIEW_CHANNEL. REST leaves such channels out. */
void render_channel(struct ra_buf *out, const struct world *world, const struct channel *channel);
/* d of CHANNEL_* and THREAD_*; is_new_thread adds newly_created. */
void render_channel_event(struct ra_buf *out, const struct world *world,
			  const struct channel *channel, bool is_new_thread);
/* For REST: reactions included, no guild_id, no member; `masked` hides what MESSAGE_CONTENT hides
 * (the exceptions, e.g. own messages, apply). */
void render_message(struct ra_buf *out, const struct world *world, const struct channel *channel,
		    const struct message *message, bool masked);
/* d of MESSAGE_CREATE and MESSAGE_UPDATE. `masked` hides without exceptions. */
void render_message_event(struct ra_buf *out, const struct world *world,
			  const struct channel *channel, const struct message *message,
			  bool masked);
/* Whether MESSAGE_CONTENT would hide anything of it: not the bot's own, not those that mention it.
 */
bool message_is_masked(const struct world *world, const struct message *message);
/* guild_id included where with_guild (VOICE_STATE_UPDATE), together with `member`. */
void render_voice_state(struct ra_buf *out, const struct guild *guild, const struct member *member,
			bool with_guild);
void render_scheduled_event(struct ra_buf *out, const struct world *world,
			    const struct guild *guild, const struct scheduled_event *event,
			    bool with_count);
void render_invite(struct ra_buf *out, const struct world *world, const struct guild *guild,
		   const struct invite *invite, bool is_event);
void render_voice_session(struct ra_buf *out, uint64_t session);
/* d of PRESENCE_UPDATE; also one of the presences in GUILD_CREATE and member chunks. */
void render_presence(struct ra_buf *out, const struct guild *guild, const struct member *member);
void render_emoji(struct ra_buf *out, const char *emoji, uint64_t emoji_id);

/* GET /guilds/{id}. */
void render_guild(struct ra_buf *out, const struct guild *guild, bool with_counts);
/* d of GUILD_CREATE for one session. Members: with presences all of them up to large_threshold and
 * the noteworthy ones above; without, the bot and those in voice (sheet, section 3). */
struct guild_create {
	uint32_t large_threshold;
	bool with_presences;
	bool is_new; /* just added: no `unavailable` key; else `unavailable`: false */
};
void render_guild_create(struct ra_buf *out, const struct world *world, const struct guild *guild,
			 const struct guild_create *how);
/* One of GET /users/@me/guilds. */
void render_user_guild(struct ra_buf *out, const struct world *world, const struct guild *guild,
		       uint64_t user_id, bool with_counts);
/* Text of ms as ISO 8601 in quotes; 0 gives null. */
void render_time(struct ra_buf *out, int64_t ms);
/* An id as a JSON string; 0 gives null. */
void render_id(struct ra_buf *out, uint64_t id);
