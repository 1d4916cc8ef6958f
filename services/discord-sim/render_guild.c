/* The guild object and what surrounds it in GUILD_CREATE. */
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"

#define LARGE_MEMBERS 50
#define MAX_MEMBERS   500000
#define HUGE_MEMBERS  75000 /* above, GUILD_CREATE never lists everybody */

static size_t count_online(const struct guild *guild)
{
	size_t online = 0;
	for (const struct member *m = guild->members; m; m = m->hh.next)
		online += m->presence != PRESENCE_OFFLINE;
	return online;
}

static void put_roles(struct ra_buf *out, const struct guild *g)
{
	PUT(out, ",\"roles\":[");
	for (size_t i = 0; i < g->role_count; i++) {
		if (i)
			PUT(out, ",");
		render_role(out, g->roles[i]);
	}
	PUT(out, "]");
}

static void put_features(struct ra_buf *out, const struct guild *g)
{
	ra_buf_add_text(out, g->features);
	if (g->vanity)
		ra_buf_add_text(out, *g->features ? ",\"VANITY_URL\"" : "\"VANITY_URL\"");
}

/* The guild object; the brace is left open. */
static void put_open_guild(struct ra_buf *out, const struct guild *g)
{
	PUT_ID(out, "{\"id\":", g->id);
	PUT_TEXT(out, ",\"name\":", g->name);
	PUT_TEXT(out, ",\"icon\":", g->icon);
	PUT_TEXT(out, ",\"description\":", g->description);
	PUT_ID(out, ",\"splash\":null,\"discovery_splash\":null,\"banner\":null,\"owner_id\":",
	       g->owner_id);
	PUT(out, ",\"features\":[");
	put_features(out, g);
	PUT_TEXT(out, "],\"emojis\":[],\"stickers\":[],\"region\":null,\"preferred_locale\":",
		 g->locale);
	PUT_U64(out, ",\"premium_tier\":", g->premium_tier);
	PUT_U64(out, ",\"premium_subscription_count\":", g->premium_count);
	PUT_ID(out,
	       ",\"premium_progress_bar_enabled\":false,\"afk_channel_id\":", g->afk_channel_id);
	PUT_U64(out, ",\"afk_timeout\":", g->afk_timeout_s);
	PUT_ID(out, ",\"system_channel_flags\":0,\"system_channel_id\":", g->system_channel_id);
	PUT_ID(out,
	       ",\"public_updates_channel_id\":null,\"safety_alerts_channel_id\":null"
	       ",\"widget_enabled\":false,\"widget_channel_id\":null,\"rules_channel_id\":",
	       g->rules_channel_id);
	PUT_U64(out, ",\"verification_level\":", g->verification_level);
	PUT_TEXT(out,
		 ",\"mfa_level\":0,\"nsfw_level\":0,\"explicit_content_filter\":0"
		 ",\"default_message_notifications\":1,\"vanity_url_code\":",
		 g->vanity ? g->vanity->code : NULL);
	PUT_U64(out, ",\"application_id\":null,\"max_video_channel_users\":25,\"max_members\":",
		MAX_MEMBERS);
	put_roles(out, g);
}

void render_guild(struct ra_buf *out, const struct guild *guild, bool with_counts)
{
	put_open_guild(out, guild);
	if (with_counts) {
		PUT_U64(out, ",\"approximate_member_count\":", HASH_COUNT(guild->members));
		PUT_U64(out, ",\"approximate_presence_count\":", count_online(guild));
	}
	PUT(out, "}");
}

/* --- GUILD_CREATE --- */

static bool is_listed(const struct world *world, const struct guild *g, const struct member *m,
		      const struct guild_create *how)
{
	size_t count = HASH_COUNT(g->members);
	if (m->user_id == world->bot->id || m->voice.channel_id)
		return true;
	if (!how->with_presences || count > HUGE_MEMBERS)
		return false;
	return count <= how->large_threshold || m->presence != PRESENCE_OFFLINE || m->role_count ||
	       m->nick;
}

static void put_members(struct ra_buf *out, const struct world *world, const struct guild *g,
			const struct guild_create *how)
{
	PUT(out, ",\"members\":[");
	size_t listed = 0;
	for (const struct member *m = g->members; m; m = m->hh.next) {
		if (!is_listed(world, g, m, how))
			continue;
		if (listed++)
			PUT(out, ",");
		render_member(out, m);
	}
	PUT(out, "]");
}

static void put_voice_states(struct ra_buf *out, const struct guild *g)
{
	PUT(out, ",\"voice_states\":[");
	size_t listed = 0;
	for (const struct member *m = g->members; m; m = m->hh.next) {
		if (!m->voice.channel_id)
			continue;
		if (listed++)
			PUT(out, ",");
		render_voice_state(out, g, m, false);
	}
	PUT(out, "]");
}

/* Channels, or the active threads the bot can see. */
static void put_channels(struct ra_buf *out, const struct world *world, const struct guild *g,
			 bool threads)
{
	size_t listed = 0;
	PUT(out, "[");
	for (size_t i = 0; i < g->channel_count; i++) {
		const struct channel *c = g->channels[i];
		if (channel_is_thread(c) != threads ||
		    (threads && (c->is_archived || !world_bot_sees(world, c))))
			continue;
		if (listed++)
			PUT(out, ",");
		render_channel(out, world, c);
	}
	PUT(out, "]");
}

void render_presence(struct ra_buf *out, const struct guild *guild, const struct member *member)
{
	static const char *const names[] = { "offline", "online", "idle", "dnd" };
	PUT_ID(out, "{\"user\":{\"id\":", member->user_id);
	PUT_ID(out, "},\"guild_id\":", guild->id);
	PUT_TEXT(out, ",\"status\":", names[member->presence]);
	PUT(out, ",\"activities\":[],\"client_status\":{");
	if (member->presence != PRESENCE_OFFLINE)
		PUT_TEXT(out, "\"desktop\":", names[member->presence]);
	PUT(out, "}}");
}

static void put_presences(struct ra_buf *out, const struct guild *g, bool with_presences)
{
	PUT(out, ",\"presences\":[");
	size_t listed = 0;
	for (const struct member *m = g->members; with_presences && m; m = m->hh.next) {
		if (m->presence == PRESENCE_OFFLINE)
			continue;
		if (listed++)
			PUT(out, ",");
		render_presence(out, g, m);
	}
	PUT(out, "]");
}

static void put_events(struct ra_buf *out, const struct world *world, const struct guild *g)
{
	PUT(out, ",\"guild_scheduled_events\":[");
	size_t listed = 0;
	for (size_t i = 0; i < g->event_count; i++) {
		if (g->events[i]->status > EVENT_ACTIVE)
			continue;
		if (listed++)
			PUT(out, ",");
		render_scheduled_event(out, world, g, g->events[i], true);
	}
	PUT(out, "]");
}

void render_guild_create(struct ra_buf *out, const struct world *world, const struct guild *guild,
			 const struct guild_create *how)
{
	size_t count = HASH_COUNT(guild->members);
	const struct member *bot = world_member(guild, world->bot->id);
	put_open_guild(out, guild);
	PUT_TIME(out, ",\"joined_at\":", bot ? bot->joined_at_ms : 0);
	PUT_BOOL(out, ",\"large\":",
		 count > (how->large_threshold ? how->large_threshold : LARGE_MEMBERS));
	if (!how->is_new)
		PUT(out, ",\"unavailable\":false");
	PUT_U64(out, ",\"member_count\":", count);
	put_voice_states(out, guild);
	put_members(out, world, guild, how);
	PUT(out, ",\"channels\":");
	put_channels(out, world, guild, false);
	PUT(out, ",\"threads\":");
	put_channels(out, world, guild, true);
	put_presences(out, guild, how->with_presences);
	put_events(out, world, guild);
	PUT(out, ",\"stage_instances\":[],\"soundboard_sounds\":[]}");
}

void render_user_guild(struct ra_buf *out, const struct world *world, const struct guild *guild,
		       uint64_t user_id, bool with_counts)
{
	PUT_ID(out, "{\"id\":", guild->id);
	PUT_TEXT(out, ",\"name\":", guild->name);
	PUT_TEXT(out, ",\"icon\":", guild->icon);
	PUT_BOOL(out, ",\"banner\":null,\"owner\":", guild->owner_id == user_id);
	PUT_U64(out, ",\"permissions\":\"", world_permissions(world, guild, NULL, user_id));
	PUT(out, "\",\"features\":[");
	put_features(out, guild);
	PUT(out, "]");
	if (with_counts) {
		PUT_U64(out, ",\"approximate_member_count\":", HASH_COUNT(guild->members));
		PUT_U64(out, ",\"approximate_presence_count\":", count_online(guild));
	}
	PUT(out, "}");
}
