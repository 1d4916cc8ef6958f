/* rest_users: people, the bot itself, whose guilds they are in, and the rooms for two. */
#include "services/discord-sim/act.h"
#include "services/discord-sim/dms.h"
#include "services/discord-sim/oauth.h"
#include "services/discord-sim/picks.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/rest.h"
#include <stdio.h>

#define GUILDS_MAX 200

/* ---- users ---- */

/* What only the user itself may see of it. */
static void add_private(struct call *call, struct ra_buf *json, const struct user *user)
{
	json->len--; /* reopens the object */
	PUT_TEXT(json, ",\"locale\":", user->locale ? user->locale : "en-US");
	PUT(json, ",\"mfa_enabled\":true,\"premium_type\":0,\"banner\":null,\"accent_color\":null");
	if (call->who == WHO_BOT)
		PUT(json, ",\"bio\":\"\",\"verified\":true,\"email\":null,\"flags\":0");
	if (call->who == WHO_USER && grant_has(call->grant, "email"))
		ra_buf_printf(json, ",\"verified\":true,\"email\":\"%s@example.org\"",
			      user->username);
	PUT(json, "}");
}

static void get_me(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct user *user = world_user(call->world, call->user_id);
	if (!user) {
		call_plain_error(call, 401);
		return;
	}
	render_user(&json, user);
	add_private(call, &json, user);
	call_reply(call, 200, &json);
}

static void get_user(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct user *user = world_user(call->world, call_id(call, "user"));
	if (!user) {
		call_unknown_user(call);
		return;
	}
	render_user(&json, user);
	call_reply(call, 200, &json);
}

/* ---- whose guilds ---- */

static bool is_in(const struct call *call, const struct guild *guild)
{
	return call->who == WHO_BOT ? guild->is_bot_in : world_member(guild, call->user_id) != NULL;
}

/* Ascending by id, as the pages are cut. */
static int by_id(const void *a, const void *b)
{
	const struct guild *const *x = a, *const *y = b;
	return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

static void find_guilds(struct call *call, struct picks *out)
{
	uint64_t before = call_query_id(call, "before"), after = call_query_id(call, "after");
	for (const struct guild *g = call->world->guilds; g; g = g->hh.next)
		if (is_in(call, g) && g->id > after && (before == 0 || g->id < before))
			picks_add(out, g);
	picks_sort(out, by_id);
}

static void get_my_guilds(struct call *call)
{
	struct ra_buf json = { 0 };
	bool with_counts = call_flag(call, "with_counts");
	int64_t limit = call_number(call, "limit", GUILDS_MAX, 1, GUILDS_MAX);
	if (limit < 0) {
		struct form form = { 0 };
		form_error(&form, "limit", "NUMBER_TYPE_MAX", "int value should be 1 to 200.");
		form_failed(&form, call);
		return;
	}
	struct picks guilds = { 0 };
	find_guilds(call, &guilds);
	/* With `before` alone the page is the one next to it. */
	size_t from = call_query_id(call, "before") && !call_query_id(call, "after") &&
				      guilds.count > (size_t)limit
			      ? guilds.count - (size_t)limit
			      : 0;
	PUT(&json, "[");
	for (size_t i = from; i < guilds.count && i < from + (size_t)limit; i++) {
		ra_buf_add_text(&json, i > from ? "," : "");
		render_user_guild(&json, call->world, guilds.items[i], call->user_id, with_counts);
	}
	PUT(&json, "]");
	picks_fini(&guilds);
	call_reply(call, 200, &json);
}

static void get_my_member(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct guild *guild = world_guild(call->world, call_id(call, "guild"));
	const struct member *member = guild ? world_member(guild, call->user_id) : NULL;
	if (!member) {
		call_unknown_guild(call);
		return;
	}
	render_member(&json, member);
	call_reply(call, 200, &json);
}

static void leave_guild(struct call *call)
{
	const struct guild *guild = call_guild(call);
	if (!guild)
		return;
	call_now(call);
	act_remove_bot(call->world, guild->id);
	call_no_content(call);
}

/* ---- rooms for two ---- */

static void open_dm(struct call *call)
{
	struct ra_buf json = { 0 };
	json_t *body = call_body(call);
	if (!body)
		return;
	const struct user *user =
		world_user(call->world, json_id(json_object_get(body, "recipient_id")));
	if (!user || user->is_bot) {
		call_error(call, 400, 50033, "Invalid Recipient(s)");
	} else {
		call_now(call);
		dm_render(&json, dms_open(call->rest->dms, call->world, user));
		call_reply(call, 200, &json);
	}
	json_decref(body);
}

const struct route user_routes[] = {
	USER("GET", "/users/@me", get_me, "identify", "me", 30, 5000),
	USER("GET", "/users/@me/guilds", get_my_guilds, "guilds", "my guilds", 1, 1000),
	USER("GET", "/users/@me/guilds/{guild}/member", get_my_member, "guilds.members.read",
	     "my member", 5, 5000),
	BOT("DELETE", "/users/@me/guilds/{guild}", leave_guild, "leave", 5, 5000),
	BOT("POST", "/users/@me/channels", open_dm, "open dm", 10, 10000),
	BOT("GET", "/users/{user}", get_user, "user", 30, 30000),
	{ 0 },
};
