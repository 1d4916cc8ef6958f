#include "services/discord-sim/render.h"
#include "libshared/base/clock.h"
#include "libshared/discord/snowflake.h"
#include "services/discord-sim/put.h"

#define CHANNEL_OBFUSCATED (1 << 17)
#define PERMISSIONS_HIDDEN "1024" /* VIEW_CHANNEL */

void render_time(struct ra_buf *out, int64_t ms)
{
	char text[33];
	if (ms == 0) {
		PUT(out, "null");
		return;
	}
	ra_iso8601_format(ms, text);
	PUT(out, "\"");
	ra_buf_add(out, text, sizeof(text) - 1);
	PUT(out, "\"");
}

void render_id(struct ra_buf *out, uint64_t id)
{
	put_id(out, id);
}

/* --- people --- */

void render_user(struct ra_buf *out, const struct user *user)
{
	PUT_ID(out, "{\"id\":", user->id);
	PUT_TEXT(out, ",\"username\":", user->username);
	/* bots kept the old four digits */
	if (user->is_bot)
		PUT_U64(out, ",\"discriminator\":\"", user->id % 9000 + 1000);
	else
		PUT(out, ",\"discriminator\":\"0");
	PUT_TEXT(out, "\",\"global_name\":", user->global_name);
	PUT_TEXT(out, ",\"avatar\":", user->avatar);
	if (user->is_bot)
		PUT(out, ",\"bot\":true");
	if (user->is_system)
		PUT(out, ",\"system\":true");
	PUT(out, ",\"public_flags\":0}");
}

/* What every form of a member has; the brace is left open. */
static void put_member_fields(struct ra_buf *out, const struct member *m)
{
	PUT(out, "\"roles\":");
	put_ids(out, m->roles, m->role_count);
	PUT_TEXT(out, ",\"nick\":", m->nick);
	PUT_TIME(out, ",\"avatar\":null,\"banner\":null,\"joined_at\":", m->joined_at_ms);
	PUT_TIME(out, ",\"premium_since\":", m->boosting_since_ms);
	PUT_BOOL(out, ",\"deaf\":", m->deaf);
	PUT_BOOL(out, ",\"mute\":", m->mute);
	PUT_U64(out, ",\"flags\":", m->flags);
	PUT_BOOL(out, ",\"pending\":", m->is_pending);
	PUT_TIME(out, ",\"communication_disabled_until\":", m->timeout_until_ms);
}

void render_partial_member(struct ra_buf *out, const struct member *member)
{
	PUT(out, "{");
	put_member_fields(out, member);
	PUT(out, "}");
}

static void put_open_member(struct ra_buf *out, const struct member *member)
{
	PUT(out, "{\"user\":");
	render_user(out, member->user);
	PUT(out, ",");
	put_member_fields(out, member);
}

void render_member(struct ra_buf *out, const struct member *member)
{
	put_open_member(out, member);
	PUT(out, "}");
}

void render_member_of(struct ra_buf *out, const struct guild *guild, const struct member *member)
{
	put_open_member(out, member);
	PUT_ID(out, ",\"guild_id\":", guild->id);
	PUT(out, "}");
}

void render_voice_state(struct ra_buf *out, const struct guild *guild, const struct member *member,
			bool with_guild)
{
	const struct voice *v = &member->voice;
	PUT(out, "{");
	if (with_guild) {
		PUT_ID(out, "\"guild_id\":", guild->id);
		PUT(out, ",\"member\":");
		render_member(out, member);
		PUT(out, ",");
	}
	PUT_ID(out, "\"channel_id\":", v->channel_id);
	PUT_ID(out, ",\"user_id\":", member->user_id);
	PUT(out, ",\"session_id\":");
	render_voice_session(out, v->session);
	PUT_BOOL(out, ",\"deaf\":", member->deaf);
	PUT_BOOL(out, ",\"mute\":", member->mute);
	PUT_BOOL(out, ",\"self_deaf\":", v->self_deaf);
	PUT_BOOL(out, ",\"self_mute\":", v->self_mute);
	if (v->stream)
		PUT(out, ",\"self_stream\":true");
	PUT_BOOL(out, ",\"self_video\":", v->video);
	PUT_BOOL(out, ",\"suppress\":", v->suppress);
	PUT(out, ",\"request_to_speak_timestamp\":null}");
}

void render_voice_session(struct ra_buf *out, uint64_t session)
{
	static const char digits[] = "0123456789abcdef";
	char text[34];
	text[0] = text[33] = '"';
	for (int i = 0; i < 16; i++) {
		unsigned nibble = (unsigned)(session >> (60 - 4 * i)) & 15;
		text[1 + i] = digits[nibble];
		text[17 + i] = digits[nibble ^ (unsigned)i]; /* twice as long as what it says */
	}
	ra_buf_add(out, text, sizeof(text));
}

/* --- roles and channels --- */

void render_role(struct ra_buf *out, const struct role *role)
{
	PUT_ID(out, "{\"id\":", role->id);
	PUT_TEXT(out, ",\"name\":", role->name);
	PUT_U64(out, ",\"color\":", role->color);
	PUT_U64(out, ",\"colors\":{\"primary_color\":", role->color);
	PUT(out, ",\"secondary_color\":null,\"tertiary_color\":null}");
	PUT_BOOL(out, ",\"hoist\":", role->is_hoisted);
	PUT_U64(out, ",\"icon\":null,\"unicode_emoji\":null,\"position\":", role->position);
	PUT_U64(out, ",\"permissions\":\"", role->permissions);
	PUT_BOOL(out, "\",\"managed\":", role->is_managed);
	PUT_BOOL(out, ",\"mentionable\":", role->is_mentionable);
	if (role->bot_id) {
		PUT_ID(out, ",\"tags\":{\"bot_id\":", role->bot_id);
		PUT(out, "}");
	}
	PUT(out, ",\"flags\":0}");
}

static void put_overwrites(struct ra_buf *out, const struct channel *c)
{
	PUT(out, ",\"permission_overwrites\":[");
	for (size_t i = 0; i < c->overwrite_count; i++) {
		const struct overwrite *ow = &c->overwrites[i];
		if (i)
			PUT(out, ",");
		PUT_ID(out, "{\"id\":", ow->id);
		PUT_U64(out, ",\"type\":", ow->is_member);
		PUT_U64(out, ",\"allow\":\"", ow->allow);
		PUT_U64(out, "\",\"deny\":\"", ow->deny);
		PUT(out, "\"}");
	}
	PUT(out, "]");
}

static void put_thread_fields(struct ra_buf *out, const struct channel *c)
{
	PUT_ID(out, ",\"owner_id\":", c->owner_id);
	PUT_U64(out, ",\"message_count\":", c->message_count);
	PUT_U64(out, ",\"total_message_sent\":", c->message_count);
	PUT_U64(out, ",\"member_count\":", c->member_count);
	PUT_BOOL(out, ",\"thread_metadata\":{\"archived\":", c->is_archived);
	PUT_BOOL(out, ",\"locked\":", c->is_locked);
	PUT_U64(out, ",\"auto_archive_duration\":", c->auto_archive_minutes);
	PUT_TIME(out, ",\"archive_timestamp\":", c->archived_at_ms);
	PUT_TIME(out, ",\"create_timestamp\":", ra_snowflake_ms(c->id));
	PUT(out, "}");
}

static void put_plain_channel_fields(struct ra_buf *out, const struct channel *c)
{
	PUT_TEXT(out, ",\"topic\":", c->topic);
	PUT_BOOL(out, ",\"nsfw\":", c->is_nsfw);
	put_overwrites(out, c);
	if (channel_is_voice(c)) {
		PUT_U64(out, ",\"bitrate\":", c->bitrate);
		PUT_U64(out, ",\"user_limit\":", c->user_limit);
		PUT(out, ",\"rtc_region\":null");
	}
	if (c->type == CHANNEL_FORUM)
		PUT(out, ",\"available_tags\":[],\"default_reaction_emoji\":null"
			 ",\"default_sort_order\":null,\"default_forum_layout\":0");
}

static void put_open_channel(struct ra_buf *out, const struct channel *c)
{
	PUT_ID(out, "{\"id\":", c->id);
	PUT_U64(out, ",\"type\":", c->type);
	PUT_ID(out, ",\"guild_id\":", c->guild->id);
	PUT_ID(out, ",\"parent_id\":", c->parent_id);
	if (!channel_is_thread(c))
		PUT_U64(out, ",\"position\":", c->position);
}

/* What is left of a channel the bot may not see (sheet, section 6.3). */
static void put_hidden_channel(struct ra_buf *out, const struct channel *c)
{
	put_open_channel(out, c);
	PUT_U64(out, ",\"name\":\"___hidden___\",\"topic\":null,\"flags\":", CHANNEL_OBFUSCATED);
	PUT_ID(out, ",\"permission_overwrites\":[{\"id\":", c->guild->id);
	PUT(out, ",\"type\":0,\"allow\":\"0\",\"deny\":\"" PERMISSIONS_HIDDEN
		 "\"}],\"last_message_id\":null}");
}

void render_channel(struct ra_buf *out, const struct world *world, const struct channel *channel)
{
	render_channel_event(out, world, channel, false);
}

void render_channel_event(struct ra_buf *out, const struct world *world,
			  const struct channel *channel, bool is_new_thread)
{
	if (!channel_is_thread(channel) && !world_bot_sees(world, channel)) {
		put_hidden_channel(out, channel);
		return;
	}
	put_open_channel(out, channel);
	PUT_TEXT(out, ",\"name\":", channel->name);
	PUT_ID(out, ",\"last_message_id\":", channel->last_message_id);
	PUT_U64(out, ",\"flags\":0,\"rate_limit_per_user\":", channel->slowmode_s);
	if (channel_is_thread(channel))
		put_thread_fields(out, channel);
	else
		put_plain_channel_fields(out, channel);
	if (is_new_thread)
		PUT(out, ",\"newly_created\":true");
	PUT(out, "}");
}

/* --- events and invites --- */

void render_scheduled_event(struct ra_buf *out, const struct world *world,
			    const struct guild *guild, const struct scheduled_event *event,
			    bool with_count)
{
	PUT_ID(out, "{\"id\":", event->id);
	PUT_ID(out, ",\"guild_id\":", guild->id);
	PUT_ID(out, ",\"channel_id\":", event->channel_id);
	PUT_ID(out, ",\"creator_id\":", event->creator_id);
	PUT_TEXT(out, ",\"name\":", event->name);
	PUT_TEXT(out, ",\"description\":", event->description);
	PUT_TIME(out, ",\"scheduled_start_time\":", event->starts_at_ms);
	PUT_TIME(out, ",\"scheduled_end_time\":", event->ends_at_ms);
	PUT_U64(out, ",\"privacy_level\":2,\"status\":", event->status);
	PUT_U64(out, ",\"entity_type\":", event->entity_type);
	PUT(out, ",\"entity_id\":null,\"entity_metadata\":");
	if (event->location) {
		PUT_TEXT(out, "{\"location\":", event->location);
		PUT(out, "}");
	} else {
		PUT(out, "null");
	}
	const struct user *creator = world_user(world, event->creator_id);
	if (creator) {
		PUT(out, ",\"creator\":");
		render_user(out, creator);
	}
	if (with_count)
		PUT_U64(out, ",\"user_count\":", event->interested_count);
	PUT(out, ",\"image\":null,\"recurrence_rule\":null}");
}

/* In an event only its id stands; asked for, what it is. */
static void put_invite_channel(struct ra_buf *out, const struct channel *channel)
{
	if (!channel)
		return;
	PUT_ID(out, ",\"channel\":{\"id\":", channel->id);
	PUT_TEXT(out, ",\"name\":", channel->name);
	PUT_U64(out, ",\"type\":", channel->type);
	PUT(out, "}");
}

void render_invite(struct ra_buf *out, const struct world *world, const struct guild *guild,
		   const struct invite *invite, bool is_event)
{
	PUT_TEXT(out, "{\"code\":", invite->code);
	if (is_event)
		PUT_ID(out, ",\"channel_id\":", invite->channel_id);
	else
		put_invite_channel(out, world_channel(world, invite->channel_id));
	PUT_TIME(out, ",\"created_at\":", invite->created_at_ms);
	PUT_ID(out, ",\"guild_id\":", guild->id);
	const struct user *inviter = world_user(world, invite->inviter_id);
	if (inviter) {
		PUT(out, ",\"inviter\":");
		render_user(out, inviter);
	}
	PUT_U64(out, ",\"max_age\":", invite->max_age_s);
	PUT_U64(out, ",\"max_uses\":", invite->max_uses);
	PUT_BOOL(out, ",\"temporary\":", invite->is_temporary);
	PUT_U64(out, ",\"uses\":", invite->uses);
	int64_t age_ms = (int64_t)invite->max_age_s * 1000;
	PUT_TIME(out, ",\"expires_at\":", age_ms ? invite->created_at_ms + age_ms : 0);
	PUT(out, "}");
}
