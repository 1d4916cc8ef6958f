/* rest_members: who is in a guild, and what the bot may do to them. */
#include "libshared/base/clock.h"
#include "services/discord-sim/act.h"
#include "services/discord-sim/intents.h"
#include "services/discord-sim/picks.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/rest.h"
#include <strings.h>

#define PAGE_MAX 1000

static struct member *find_member(struct call *call, const struct guild *guild)
{
	struct member *member = guild ? world_member(guild, call_id(call, "user")) : NULL;
	if (guild && !member)
		call_unknown_member(call);
	return member;
}

static void get_member(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct member *member = find_member(call, call_guild(call));
	if (!member)
		return;
	render_member(&json, member);
	call_reply(call, 200, &json);
}

static void bad_limit(struct call *call)
{
	struct form form = { 0 };
	form_error(&form, "limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 1000.");
	form_failed(&form, call);
}

static int by_id(const void *a, const void *b)
{
	const struct member *const *x = a, *const *y = b;
	return ((*x)->user_id > (*y)->user_id) - ((*x)->user_id < (*y)->user_id);
}

/* The first `max` of them, which are emptied. */
static void reply_members(struct call *call, struct picks *members, size_t max)
{
	struct ra_buf json = { 0 };
	PUT(&json, "[");
	for (size_t i = 0; i < members->count && i < max; i++) {
		ra_buf_add_text(&json, i ? "," : "");
		render_member(&json, members->items[i]);
	}
	PUT(&json, "]");
	picks_fini(members);
	call_reply(call, 200, &json);
}

static void list_members(struct call *call)
{
	const struct guild *guild = call_guild(call);
	int64_t limit = call_number(call, "limit", 1, 1, PAGE_MAX);
	uint64_t after = call_query_id(call, "after");
	struct picks members = { 0 };
	if (!guild)
		return;
	if (!((uint64_t)call->sim->conf->privileged & INTENT_GUILD_MEMBERS)) {
		call_missing_access(call);
		return;
	}
	if (limit < 0) {
		bad_limit(call);
		return;
	}
	for (const struct member *m = guild->members; m; m = m->hh.next)
		if (m->user_id > after)
			picks_add(&members, m);
	picks_sort(&members, by_id);
	reply_members(call, &members, (size_t)limit);
}

static bool starts(const char *name, const char *query)
{
	return name && strncasecmp(name, query, strlen(query)) == 0;
}

static void search_members(struct call *call)
{
	const struct guild *guild = call_guild(call);
	const char *query = ra_http_query(call->req, "query");
	int64_t limit = call_number(call, "limit", 1, 1, PAGE_MAX);
	struct picks members = { 0 };
	if (!guild)
		return;
	if (limit < 0) {
		bad_limit(call);
		return;
	}
	if (!query || strlen(query) == 0) {
		struct form form = { 0 };
		form_error(&form, "query", "BASE_TYPE_REQUIRED", "This field is required");
		form_failed(&form, call);
		return;
	}
	for (const struct member *m = guild->members; m && members.count < (size_t)limit;
	     m = m->hh.next)
		if (starts(m->user->username, query) || starts(m->nick, query))
			picks_add(&members, m);
	reply_members(call, &members, (size_t)limit);
}

static void get_voice_state(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct guild *guild = call_guild(call);
	if (!guild)
		return;
	const struct member *member = world_member(guild, call_id(call, "user"));
	if (!member || member->voice.channel_id == 0) {
		call_error(call, 404, 10065, "Unknown Voice State");
		return;
	}
	render_voice_state(&json, guild, member, true);
	call_reply(call, 200, &json);
}

/* ---- changing ---- */

static int highest_position(const struct guild *guild, const struct member *member)
{
	int highest = 0;
	for (size_t i = 0; i < member->role_count; i++) {
		const struct role *role = world_role(guild, member->roles[i]);
		if (role && role->position > highest)
			highest = role->position;
	}
	return highest;
}

/* The role is there, below the bot's highest, and not some integration's own. */
static bool may_manage_role(struct call *call, const struct guild *guild)
{
	const struct role *role = world_role(guild, call_id(call, "role"));
	const struct member *bot = world_member(guild, call->world->bot->id);
	if (!role)
		call_error(call, 404, 10011, "Unknown Role");
	else if (!call_bot_may(call, guild, NULL, PERM_MANAGE_ROLES) || role->is_managed ||
		 role->position >= highest_position(guild, bot))
		call_missing_permissions(call);
	else
		return true;
	return false;
}

static void change_role(struct call *call, bool give)
{
	const struct guild *guild = call_guild(call);
	const struct member *member = find_member(call, guild);
	uint64_t role_id = call_id(call, "role");
	if (!member || !may_manage_role(call, guild))
		return;
	call_now(call);
	if (give)
		act_add_role(call->world, guild->id, member->user_id, role_id);
	else
		act_remove_role(call->world, guild->id, member->user_id, role_id);
	call_no_content(call);
}

static void give_role(struct call *call)
{
	change_role(call, true);
}

static void take_role(struct call *call)
{
	change_role(call, false);
}

/* What each key of PATCH needs. */
static const struct {
	const char *key;
	uint64_t permission;
} rights[] = {
	{ "nick", 1ULL << 27 },
	{ "roles", PERM_MANAGE_ROLES },
	{ "mute", PERM_MUTE_MEMBERS },
	{ "deaf", 1ULL << 23 },
	{ "channel_id", PERM_MOVE_MEMBERS },
	{ "communication_disabled_until", PERM_MODERATE_MEMBERS },
};

static bool may_edit(const struct call *call, const struct guild *guild, const json_t *body)
{
	for (size_t i = 0; i < RA_COUNT(rights); i++)
		if (json_object_get(body, rights[i].key) &&
		    !call_bot_may(call, guild, NULL, rights[i].permission))
			return false;
	return true;
}

static void set_roles(struct call *call, const struct guild *guild, uint64_t user_id,
		      const json_t *roles)
{
	size_t count = 0;
	uint64_t *ids = ra_alloc((json_array_size(roles) + 1) * sizeof(*ids));
	for (size_t i = 0; i < json_array_size(roles); i++) {
		uint64_t id = json_id(json_array_get(roles, i));
		if (world_role(guild, id))
			ids[count++] = id;
	}
	act_set_roles(call->world, guild->id, user_id, ids, count);
	ra_free(ids);
}

static void set_voice(struct call *call, const struct guild *guild, const struct member *member,
		      const json_t *body)
{
	const json_t *mute = json_object_get(body, "mute"), *deaf = json_object_get(body, "deaf");
	const json_t *channel = json_object_get(body, "channel_id");
	if (mute || deaf)
		act_voice_mute(call->world, guild->id, member->user_id,
			       mute ? json_is_true(mute) : member->mute,
			       deaf ? json_is_true(deaf) : member->deaf);
	if (channel && member->voice.channel_id) {
		struct voice voice = member->voice;
		voice.channel_id = json_id(channel);
		act_voice(call->world, guild->id, member->user_id, &voice);
	}
}

/* False when it is no time Discord takes. */
static bool set_timeout(struct call *call, const struct guild *guild, uint64_t user_id,
			const json_t *until)
{
	int64_t ms = 0;
	if (json_is_string(until) && ra_iso8601_parse(ra_str_of(json_string_value(until)), &ms) < 0)
		return false;
	act_timeout(call->world, guild->id, user_id, ms);
	return true;
}

static void edit(struct call *call, const struct guild *guild, const struct member *member,
		 const json_t *body)
{
	struct ra_buf json = { 0 };
	uint64_t user_id = member->user_id;
	const json_t *nick = json_object_get(body, "nick");
	const json_t *until = json_object_get(body, "communication_disabled_until");
	if (until && !set_timeout(call, guild, user_id, until)) {
		struct form form = { 0 };
		form_error(&form, "communication_disabled_until", "DATE_TIME_TYPE_PARSE",
			   "Could not parse. Should be ISO8601.");
		form_failed(&form, call);
		return;
	}
	if (nick)
		act_nick(call->world, guild->id, user_id, json_string_value(nick));
	if (json_is_array(json_object_get(body, "roles")))
		set_roles(call, guild, user_id, json_object_get(body, "roles"));
	set_voice(call, guild, member, body);
	render_member(&json, member);
	call_reply(call, 200, &json);
}

static void edit_member(struct call *call)
{
	const struct guild *guild = call_guild(call);
	const struct member *member = find_member(call, guild);
	json_t *body = member ? call_body(call) : NULL;
	if (!body)
		return;
	call_now(call);
	if (may_edit(call, guild, body))
		edit(call, guild, member, body);
	else
		call_missing_permissions(call);
	json_decref(body);
}

#define M "/guilds/{guild}/members"

const struct route member_routes[] = {
	BOT("GET", M, list_members, "members", 10, 10000),
	BOT("GET", M "/search", search_members, "members search", 10, 10000),
	BOT_SLIDING("GET", M "/{user}", get_member, "member", 5, 2000),
	BOT("PATCH", M "/{user}", edit_member, "member edit", 10, 10000),
	BOT("PUT", M "/{user}/roles/{role}", give_role, "member role", 10, 10000),
	BOT("DELETE", M "/{user}/roles/{role}", take_role, "member role", 10, 10000),
	BOT("GET", "/guilds/{guild}/voice-states/{user}", get_voice_state, "voice state", 10,
	    10000),
	{ 0 },
};
