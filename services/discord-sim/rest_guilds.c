/* rest_guilds: a guild, its channels and roles. */
#include "services/discord-sim/picks.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/rest.h"

static void get_guild(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct guild *guild = call_guild(call);
	if (!guild)
		return;
	render_guild(&json, guild, call_flag(call, "with_counts"));
	call_reply(call, 200, &json);
}

static void get_channels(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct guild *guild = call_guild(call);
	bool is_first = true;
	if (!guild)
		return;
	PUT(&json, "[");
	for (size_t i = 0; i < guild->channel_count; i++) {
		const struct channel *channel = guild->channels[i];
		if (channel_is_thread(channel) || !world_bot_sees(call->world, channel))
			continue;
		ra_buf_add_text(&json, is_first ? "" : ",");
		render_channel(&json, call->world, channel);
		is_first = false;
	}
	PUT(&json, "]");
	call_reply(call, 200, &json);
}

static int newest_first(const void *a, const void *b)
{
	const struct channel *const *x = a, *const *y = b;
	return ((*x)->id < (*y)->id) - ((*x)->id > (*y)->id);
}

static void get_active_threads(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct guild *guild = call_guild(call);
	struct picks threads = { 0 };
	if (!guild)
		return;
	for (size_t i = 0; i < guild->channel_count; i++) {
		const struct channel *channel = guild->channels[i];
		if (channel_is_thread(channel) && !channel->is_archived &&
		    world_bot_sees(call->world, channel))
			picks_add(&threads, channel);
	}
	picks_sort(&threads, newest_first);
	PUT(&json, "{\"threads\":[");
	for (size_t i = 0; i < threads.count; i++) {
		ra_buf_add_text(&json, i ? "," : "");
		render_channel(&json, call->world, threads.items[i]);
	}
	PUT(&json, "],\"members\":[]}");
	picks_fini(&threads);
	call_reply(call, 200, &json);
}

static void get_roles(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct guild *guild = call_guild(call);
	if (!guild)
		return;
	PUT(&json, "[");
	for (size_t i = 0; i < guild->role_count; i++) {
		ra_buf_add_text(&json, i ? "," : "");
		render_role(&json, guild->roles[i]);
	}
	PUT(&json, "]");
	call_reply(call, 200, &json);
}

static uint64_t count_with_role(const struct guild *guild, uint64_t role_id)
{
	uint64_t count = 0;
	for (const struct member *m = guild->members; m; m = m->hh.next)
		for (size_t i = 0; i < m->role_count; i++)
			count += m->roles[i] == role_id;
	return count;
}

static void get_role_counts(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct guild *guild = call_guild(call);
	if (!guild)
		return;
	PUT(&json, "{");
	for (size_t i = 1; i < guild->role_count; i++) { /* roles[0] is @everyone */
		ra_buf_add_text(&json, i > 1 ? "," : "");
		put_id(&json, guild->roles[i]->id);
		PUT_U64(&json, ":", count_with_role(guild, guild->roles[i]->id));
	}
	PUT(&json, "}");
	call_reply(call, 200, &json);
}

static void get_events(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct guild *guild = call_guild(call);
	if (!guild)
		return;
	PUT(&json, "[");
	for (size_t i = 0; i < guild->event_count; i++) {
		ra_buf_add_text(&json, i ? "," : "");
		render_scheduled_event(&json, call->world, guild, guild->events[i], true);
	}
	PUT(&json, "]");
	call_reply(call, 200, &json);
}

static void get_invites(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct guild *guild = call_guild(call);
	if (!guild)
		return;
	if (!call_bot_may(call, guild, NULL, PERM_MANAGE_GUILD)) {
		call_missing_permissions(call);
		return;
	}
	PUT(&json, "[");
	for (size_t i = 0; i < guild->invite_count; i++) {
		ra_buf_add_text(&json, i ? "," : "");
		render_invite(&json, call->world, guild, guild->invites[i], false);
	}
	PUT(&json, "]");
	call_reply(call, 200, &json);
}

static void get_vanity(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct guild *guild = call_guild(call);
	if (!guild)
		return;
	if (!guild->vanity || !call_bot_may(call, guild, NULL, PERM_MANAGE_GUILD)) {
		call_missing_permissions(call);
		return;
	}
	PUT_TEXT(&json, "{\"code\":", guild->vanity->code);
	PUT_U64(&json, ",\"uses\":", guild->vanity->uses);
	PUT(&json, "}");
	call_reply(call, 200, &json);
}

static void get_bans(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct guild *guild = call_guild(call);
	bool is_first = true;
	if (!guild)
		return;
	if (!call_bot_may(call, guild, NULL, PERM_BAN_MEMBERS)) {
		call_missing_permissions(call);
		return;
	}
	PUT(&json, "[");
	for (size_t i = 0; i < guild->ban_count; i++) {
		const struct user *user = world_user(call->world, guild->bans[i]);
		if (!user)
			continue;
		ra_buf_add_text(&json, is_first ? "" : ",");
		PUT(&json, "{\"reason\":null,\"user\":");
		render_user(&json, user);
		PUT(&json, "}");
		is_first = false;
	}
	PUT(&json, "]");
	call_reply(call, 200, &json);
}

#define G "/guilds/{guild}"

const struct route guild_routes[] = {
	BOT("GET", G, get_guild, "guild", 30, 30000),
	BOT("GET", G "/channels", get_channels, "guild channels", 10, 10000),
	BOT("GET", G "/threads/active", get_active_threads, "active threads", 10, 10000),
	BOT("GET", G "/roles", get_roles, "roles", 10, 10000),
	BOT("GET", G "/roles/member-counts", get_role_counts, "role counts", 10, 10000),
	BOT("GET", G "/scheduled-events", get_events, "events", 10, 10000),
	BOT("GET", G "/invites", get_invites, "invites", 10, 10000),
	BOT("GET", G "/vanity-url", get_vanity, "vanity", 10, 10000),
	BOT("GET", G "/bans", get_bans, "bans", 10, 10000),
	{ 0 },
};
