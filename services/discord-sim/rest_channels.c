/* rest_channels: channels and threads themselves; what is said in them is in rest_messages. */
#include "libshared/base/clock.h"
#include "services/discord-sim/act.h"
#include "services/discord-sim/dms.h"
#include "services/discord-sim/picks.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/rest.h"
#include <stdio.h>

#define NAME_MAX_BYTES 400 /* 100 characters, whatever the script */

/* Below the route's own limit, and invisible in its headers (sheet, 8.1). */
static const struct limit_rule rename_rule = { "channel name and topic", 2, 600000, false };

static void reply_channel(struct call *call, int status, const struct channel *channel)
{
	struct ra_buf json = { 0 };
	render_channel(&json, call->world, channel);
	call_reply(call, status, &json);
}

static void get_channel(struct call *call)
{
	const struct dm *dm = dms_find(call->rest->dms, call_id(call, "channel"));
	if (dm) {
		struct ra_buf json = { 0 };
		dm_render(&json, dm);
		call_reply(call, 200, &json);
		return;
	}
	const struct channel *channel = call_channel(call, PERM_VIEW_CHANNEL);
	if (channel)
		reply_channel(call, 200, channel);
}

/* ---- changing ---- */

static bool is_new_text(const json_t *value, const char *old)
{
	return value && strcmp(json_string_value(value) ? json_string_value(value) : "",
			       old ? old : "") != 0;
}

static bool check_name(struct call *call, const json_t *name)
{
	struct form form = { 0 };
	size_t len = name ? json_string_length(name) : 1;
	if (len < 1 || len > NAME_MAX_BYTES)
		form_error(&form, "name", "BASE_TYPE_BAD_LENGTH",
			   "Must be between 1 and 100 in length.");
	return !form_failed(&form, call);
}

static void change(struct call *call, struct channel *channel, const json_t *body)
{
	const json_t *name = json_object_get(body, "name"), *topic = json_object_get(body, "topic");
	const json_t *slowmode = json_object_get(body, "rate_limit_per_user");
	struct channel_conf conf = {
		.guild_id = channel->guild->id,
		.id = channel->id,
		.parent_id = channel->parent_id,
		.type = channel->type,
		.name = name ? json_string_value(name) : channel->name,
		.topic = topic ? json_string_value(topic) : channel->topic,
		.position = channel->position,
		.is_nsfw = channel->is_nsfw,
		.slowmode_s =
			slowmode ? (uint32_t)json_integer_value(slowmode) : channel->slowmode_s,
		.user_limit = channel->user_limit,
		.overwrites = channel->overwrites,
		.overwrite_count = channel->overwrite_count,
	};
	act_update_channel(call->world, &conf);
}

static void change_thread(struct call *call, struct channel *thread, const json_t *body)
{
	const json_t *archived = json_object_get(body, "archived");
	const json_t *locked = json_object_get(body, "locked");
	act_update_thread(call->world, thread->id, json_string_value(json_object_get(body, "name")),
			  archived ? json_is_true(archived) : thread->is_archived,
			  locked ? json_is_true(locked) : thread->is_locked);
}

static bool is_renaming_too_often(struct call *call, const struct channel *channel,
				  const json_t *body)
{
	char who[24];
	if (!is_new_text(json_object_get(body, "name"), channel->name) &&
	    !is_new_text(json_object_get(body, "topic"), channel->topic))
		return false;
	snprintf(who, sizeof(who), "%llu", (unsigned long long)channel->id);
	return call_is_sublimited(call, &rename_rule, who);
}

static void edit_channel(struct call *call)
{
	const struct channel *found = world_channel(call->world, call_id(call, "channel"));
	bool is_thread = found && channel_is_thread(found);
	struct channel *channel =
		call_channel(call, is_thread ? PERM_MANAGE_THREADS : PERM_MANAGE_CHANNELS);
	json_t *body = channel ? call_body(call) : NULL;
	if (!body)
		return;
	if (check_name(call, json_object_get(body, "name")) &&
	    !is_renaming_too_often(call, channel, body)) {
		call_now(call);
		if (is_thread)
			change_thread(call, channel, body);
		else
			change(call, channel, body);
		reply_channel(call, 200, channel);
	}
	json_decref(body);
}

static void delete_channel(struct call *call)
{
	struct ra_buf json = { 0 };
	const struct channel *channel = call_channel(call, PERM_MANAGE_CHANNELS);
	if (!channel)
		return;
	call_now(call);
	render_channel(&json, call->world, channel);
	act_delete_channel(call->world, channel->id);
	call_reply(call, 200, &json);
}

static void create_channel(struct call *call)
{
	const struct guild *guild = call_guild(call);
	json_t *body = guild ? call_body(call) : NULL;
	if (!body)
		return;
	if (!call_bot_may(call, guild, NULL, PERM_MANAGE_CHANNELS)) {
		call_missing_permissions(call);
	} else if (check_name(call, json_object_get(body, "name"))) {
		struct channel_conf conf = {
			.guild_id = guild->id,
			.parent_id = json_id(json_object_get(body, "parent_id")),
			.type = (int)json_integer_value(json_object_get(body, "type")),
			.name = json_string_value(json_object_get(body, "name")),
			.topic = json_string_value(json_object_get(body, "topic")),
		};
		call_now(call);
		reply_channel(call, 201, act_create_channel(call->world, &conf));
	}
	json_decref(body);
}

/* Says the bot is writing; nobody is told what nobody asked for. */
static void start_typing(struct call *call)
{
	if (dms_find(call->rest->dms, call_id(call, "channel")) ||
	    call_channel(call, PERM_SEND_MESSAGES))
		call_no_content(call);
}

/* ---- threads ---- */

static void create_thread(struct call *call)
{
	const struct channel *parent = call_channel(call, PERM_CREATE_PUBLIC_THREADS);
	json_t *body = parent ? call_body(call) : NULL;
	if (!body)
		return;
	const json_t *first = json_object_get(json_object_get(body, "message"), "content");
	struct thread_conf conf = {
		.parent_id = parent->id,
		.message_id = call_id(call, "message"),
		.owner_id = call->world->bot->id,
		.name = json_string_value(json_object_get(body, "name")),
		.text = ra_str_of(json_string_value(first)),
		.auto_archive_minutes = (uint32_t)json_integer_value(
			json_object_get(body, "auto_archive_duration")),
	};
	if (conf.name && check_name(call, json_object_get(body, "name"))) {
		call_now(call);
		const struct channel *thread = act_thread(call->world, &conf);
		if (thread)
			reply_channel(call, 201, thread);
		else
			call_error(call, 400, 50024, "Cannot execute action on this channel type");
	} else if (!conf.name) {
		struct form form = { 0 };
		form_error(&form, "name", "BASE_TYPE_REQUIRED", "This field is required");
		form_failed(&form, call);
	}
	json_decref(body);
}

static int latest_first(const void *a, const void *b)
{
	const struct channel *const *x = a, *const *y = b;
	return ((*x)->archived_at_ms < (*y)->archived_at_ms) -
	       ((*x)->archived_at_ms > (*y)->archived_at_ms);
}

/* Archived threads of a channel, private ones or the others. */
static void list_archived(struct call *call, const struct channel *parent, bool is_private)
{
	struct ra_buf json = { 0 };
	int64_t limit = call_number(call, "limit", 50, 2, 100);
	const char *before = ra_http_query(call->req, "before");
	int64_t before_ms = INT64_MAX;
	struct picks threads = { 0 };
	if (limit < 0 || (before && ra_iso8601_parse(ra_str_of(before), &before_ms) < 0)) {
		struct form form = { 0 };
		form_error(&form, limit < 0 ? "limit" : "before", "BASE_TYPE_BAD_VALUE",
			   "Value is not valid.");
		form_failed(&form, call);
		return;
	}
	const struct guild *guild = parent->guild;
	for (size_t i = 0; i < guild->channel_count; i++) {
		const struct channel *c = guild->channels[i];
		if (channel_is_thread(c) && (c->type == CHANNEL_PRIVATE_THREAD) == is_private &&
		    c->is_archived && c->parent_id == parent->id && c->archived_at_ms < before_ms)
			picks_add(&threads, c);
	}
	picks_sort(&threads, latest_first);
	size_t shown = threads.count < (size_t)limit ? threads.count : (size_t)limit;
	PUT(&json, "{\"threads\":[");
	for (size_t i = 0; i < shown; i++) {
		ra_buf_add_text(&json, i ? "," : "");
		render_channel(&json, call->world, threads.items[i]);
	}
	PUT(&json, "],\"members\":[]");
	PUT_BOOL(&json, ",\"has_more\":", threads.count > shown);
	PUT(&json, "}");
	picks_fini(&threads);
	call_reply(call, 200, &json);
}

static void get_archived(struct call *call)
{
	const struct channel *parent = call_channel(call, PERM_READ_HISTORY);
	if (parent)
		list_archived(call, parent, false);
}

static void get_archived_private(struct call *call)
{
	const struct channel *parent = call_channel(call, PERM_READ_HISTORY | PERM_MANAGE_THREADS);
	if (parent)
		list_archived(call, parent, true);
}

#define C "/channels/{channel}"

const struct route channel_routes[] = {
	BOT("GET", C, get_channel, "channel", 30, 30000),
	BOT("PATCH", C, edit_channel, "channel edit", 5, 15000),
	BOT("DELETE", C, delete_channel, "channel delete", 5, 15000),
	BOT("POST", "/guilds/{guild}/channels", create_channel, "channel create", 10, 10000),
	BOT("POST", C "/typing", start_typing, "typing", 5, 5000),
	BOT("POST", C "/threads", create_thread, "thread create", 5, 10000),
	BOT("POST", C "/messages/{message}/threads", create_thread, "thread create", 5, 10000),
	BOT("GET", C "/threads/archived/public", get_archived, "archived threads", 10, 10000),
	BOT("GET", C "/threads/archived/private", get_archived_private, "archived private threads",
	    10, 10000),
	{ 0 },
};
