/* control_inject: everything act.h can do, by name, with JSON arguments named as Discord names
 * them. */
#include "services/discord-sim/act.h"
#include "services/discord-sim/control.h"
#include "services/discord-sim/dms.h"
#include "services/discord-sim/intents.h"
#include "services/discord-sim/rest.h"
#include "services/discord-sim/sim.h"
#include <stdio.h>

/* An act's arguments, and where its answer goes. */
struct inject {
	struct sim *sim;
	struct world *world;
	const json_t *args;
	uint64_t id; /* of what was made; 0: nothing with an id */
};

static uint64_t id(const struct inject *in, const char *key)
{
	return json_id(json_object_get(in->args, key));
}

static const char *text(const struct inject *in, const char *key)
{
	return json_string_value(json_object_get(in->args, key));
}

static int64_t number(const struct inject *in, const char *key)
{
	return json_integer_value(json_object_get(in->args, key));
}

static bool flag(const struct inject *in, const char *key)
{
	return json_is_true(json_object_get(in->args, key));
}

/* The ids of an array; yours to ra_free. */
static uint64_t *ids(const struct inject *in, const char *key, size_t *count)
{
	const json_t *list = json_object_get(in->args, key);
	uint64_t *out = ra_alloc((json_array_size(list) + 1) * sizeof(*out));
	for (*count = 0; *count < json_array_size(list); (*count)++)
		out[*count] = json_id(json_array_get(list, *count));
	return out;
}

/* An array as text; yours to free, NULL when it was not given. */
static char *dump(const struct inject *in, const char *key)
{
	const json_t *value = json_object_get(in->args, key);
	return value ? json_dumps(value, JSON_COMPACT) : NULL;
}

/* ---- messages ---- */

static int message(struct inject *in)
{
	struct message *made = NULL;
	char name[64];
	snprintf(name, sizeof(name), "%s", text(in, "command") ? text(in, "command") : "");
	struct command_use command = { .interaction_id = id(in, "interaction_id"),
				       .user_id = id(in, "command_user_id"),
				       .name = name };
	char *embeds = dump(in, "embeds"), *components = dump(in, "components");
	struct post post = {
		.channel_id = id(in, "channel_id"),
		.author_id = id(in, "user_id"),
		.text = ra_str_of(text(in, "content")),
		.type = (int)number(in, "type"),
		.reply_to = id(in, "reply_to"),
		.no_reply_ping = flag(in, "no_reply_ping"),
		.webhook_name = text(in, "webhook_name"),
		.attachments = (uint32_t)number(in, "attachments"),
		.flags = (uint32_t)number(in, "flags"),
		.embeds = ra_str_of(embeds),
		.components = ra_str_of(components),
		.command = command.interaction_id ? &command : NULL,
	};
	int rc = act_post(in->world, &post, &made);
	in->id = made ? made->id : 0;
	free(embeds);
	free(components);
	return rc;
}

static int edit(struct inject *in)
{
	struct edit e = {
		.channel_id = id(in, "channel_id"),
		.message_id = id(in, "message_id"),
		.text = ra_str_of(text(in, "content")),
	};
	return act_edit(in->world, &e);
}

static int embed(struct inject *in)
{
	return act_embed(in->world, id(in, "channel_id"), id(in, "message_id"));
}

static int pin(struct inject *in)
{
	return act_pin(in->world, id(in, "channel_id"), id(in, "message_id"), id(in, "user_id"),
		       !flag(in, "unpin"));
}

static int delete (struct inject *in)
{
	return act_delete(in->world, id(in, "channel_id"), id(in, "message_id"));
}

static int bulk_delete(struct inject *in)
{
	size_t count;
	uint64_t *list = ids(in, "message_ids", &count);
	int rc = act_delete_bulk(in->world, id(in, "channel_id"), list, count);
	ra_free(list);
	return rc;
}

static struct act_reaction reaction(const struct inject *in)
{
	return (struct act_reaction){
		.channel_id = id(in, "channel_id"),
		.message_id = id(in, "message_id"),
		.user_id = id(in, "user_id"),
		.emoji = text(in, "emoji"),
		.emoji_id = id(in, "emoji_id"),
	};
}

static int react(struct inject *in)
{
	struct act_reaction r = reaction(in);
	return act_react(in->world, &r);
}

static int unreact(struct inject *in)
{
	struct act_reaction r = reaction(in);
	return act_unreact(in->world, &r);
}

static int clear_reactions(struct inject *in)
{
	struct act_reaction r = reaction(in);
	return act_clear_reactions(in->world, &r);
}

/* ---- members ---- */

static int user(struct inject *in)
{
	struct user_conf conf = {
		.id = id(in, "user_id") ? id(in, "user_id") : world_new_id(in->world),
		.username = text(in, "username"),
		.global_name = text(in, "global_name"),
		.locale = text(in, "locale"),
		.is_bot = flag(in, "bot"),
	};
	if (!conf.username)
		return RA_EINVAL;
	in->id = conf.id;
	act_user(in->world, &conf);
	return 0;
}

static int join(struct inject *in)
{
	size_t count;
	uint64_t *roles = ids(in, "roles", &count);
	struct join j = {
		.guild_id = id(in, "guild_id"),
		.user_id = id(in, "user_id"),
		.joined_at_ms = number(in, "joined_at_ms"),
		.roles = roles,
		.role_count = count,
		.is_pending = flag(in, "pending"),
		.no_notice = flag(in, "no_notice"),
		.invite_code = text(in, "invite_code"),
	};
	int rc = act_join(in->world, &j);
	ra_free(roles);
	return rc;
}

static int join_again(struct inject *in)
{
	return act_join_again(in->world, id(in, "guild_id"), id(in, "user_id"));
}

static int leave(struct inject *in)
{
	return act_leave(in->world, id(in, "guild_id"), id(in, "user_id"));
}

static int kick(struct inject *in)
{
	return act_kick(in->world, id(in, "guild_id"), id(in, "user_id"), id(in, "by_id"));
}

static int ban(struct inject *in)
{
	return act_ban(in->world, id(in, "guild_id"), id(in, "user_id"), id(in, "by_id"));
}

static int unban(struct inject *in)
{
	return act_unban(in->world, id(in, "guild_id"), id(in, "user_id"), id(in, "by_id"));
}

static int nick(struct inject *in)
{
	return act_nick(in->world, id(in, "guild_id"), id(in, "user_id"), text(in, "nick"));
}

static int add_role(struct inject *in)
{
	return act_add_role(in->world, id(in, "guild_id"), id(in, "user_id"), id(in, "role_id"));
}

static int remove_role(struct inject *in)
{
	return act_remove_role(in->world, id(in, "guild_id"), id(in, "user_id"), id(in, "role_id"));
}

static int timeout(struct inject *in)
{
	return act_timeout(in->world, id(in, "guild_id"), id(in, "user_id"),
			   number(in, "until_ms"));
}

static int boost(struct inject *in)
{
	return act_boost(in->world, id(in, "guild_id"), id(in, "user_id"));
}

static int unboost(struct inject *in)
{
	return act_unboost(in->world, id(in, "guild_id"), id(in, "user_id"));
}

static int presence(struct inject *in)
{
	static const char *const names[] = { "offline", "online", "idle", "dnd" };
	const char *status = text(in, "status");
	for (size_t i = 0; status && i < RA_COUNT(names); i++)
		if (strcmp(names[i], status) == 0)
			return act_presence(in->world, id(in, "guild_id"), id(in, "user_id"),
					    (enum presence)i);
	return RA_EINVAL;
}

static int voice(struct inject *in)
{
	struct voice v = {
		.channel_id = id(in, "channel_id"),
		.self_mute = flag(in, "self_mute"),
		.self_deaf = flag(in, "self_deaf"),
		.suppress = flag(in, "suppress"),
		.stream = flag(in, "self_stream"),
		.video = flag(in, "self_video"),
	};
	return act_voice(in->world, id(in, "guild_id"), id(in, "user_id"), &v);
}

static int voice_mute(struct inject *in)
{
	return act_voice_mute(in->world, id(in, "guild_id"), id(in, "user_id"), flag(in, "mute"),
			      flag(in, "deaf"));
}

/* ---- guilds, channels, roles ---- */

static int outage(struct inject *in)
{
	return act_outage(in->world, id(in, "guild_id"), flag(in, "down"));
}

static int add_bot(struct inject *in)
{
	return act_add_bot(in->world, id(in, "guild_id"), id(in, "permissions"), 0);
}

static int remove_bot(struct inject *in)
{
	return act_remove_bot(in->world, id(in, "guild_id"));
}

static int update_guild(struct inject *in)
{
	return act_update_guild(in->world, id(in, "guild_id"), text(in, "name"), text(in, "icon"));
}

static struct channel_conf channel_conf(const struct inject *in)
{
	return (struct channel_conf){
		.guild_id = id(in, "guild_id"),
		.id = id(in, "channel_id"),
		.parent_id = id(in, "parent_id"),
		.type = (int)number(in, "type"),
		.name = text(in, "name"),
		.topic = text(in, "topic"),
		.position = (int)number(in, "position"),
	};
}

static int create_channel(struct inject *in)
{
	struct channel_conf conf = channel_conf(in);
	const struct channel *made = conf.name ? act_create_channel(in->world, &conf) : NULL;
	in->id = made ? made->id : 0;
	return made ? 0 : RA_EINVAL;
}

static int update_channel(struct inject *in)
{
	struct channel_conf conf = channel_conf(in);
	const struct channel *old = world_channel(in->world, conf.id);
	if (!old)
		return RA_ENOTFOUND;
	conf.guild_id = old->guild->id;
	conf.name = conf.name ? conf.name : old->name;
	conf.parent_id = conf.parent_id ? conf.parent_id : old->parent_id;
	conf.overwrites = old->overwrites;
	conf.overwrite_count = old->overwrite_count;
	return act_update_channel(in->world, &conf);
}

static int delete_channel(struct inject *in)
{
	return act_delete_channel(in->world, id(in, "channel_id"));
}

static int thread(struct inject *in)
{
	struct thread_conf conf = {
		.parent_id = id(in, "channel_id"),
		.message_id = id(in, "message_id"),
		.owner_id = id(in, "user_id"),
		.name = text(in, "name"),
		.text = ra_str_of(text(in, "content")),
	};
	const struct channel *made = conf.name ? act_thread(in->world, &conf) : NULL;
	in->id = made ? made->id : 0;
	return made ? 0 : RA_EINVAL;
}

static int update_thread(struct inject *in)
{
	return act_update_thread(in->world, id(in, "channel_id"), text(in, "name"),
				 flag(in, "archived"), flag(in, "locked"));
}

static int role(struct inject *in)
{
	struct role_conf conf = {
		.guild_id = id(in, "guild_id"),
		.id = id(in, "role_id"),
		.name = text(in, "name"),
		.color = (uint32_t)number(in, "color"),
		.permissions = id(in, "permissions"),
		.position = (int)number(in, "position"),
		.is_mentionable = flag(in, "mentionable"),
	};
	const struct role *made = conf.name ? act_role(in->world, &conf) : NULL;
	in->id = made ? made->id : 0;
	return made ? 0 : RA_EINVAL;
}

static int delete_role(struct inject *in)
{
	return act_delete_role(in->world, id(in, "guild_id"), id(in, "role_id"));
}

static int event(struct inject *in)
{
	struct event_conf conf = {
		.guild_id = id(in, "guild_id"),
		.id = id(in, "event_id"),
		.channel_id = id(in, "channel_id"),
		.creator_id = id(in, "user_id"),
		.name = text(in, "name"),
		.location = text(in, "location"),
		.starts_at_ms = number(in, "starts_at_ms"),
		.ends_at_ms = number(in, "ends_at_ms"),
		.status = (int)number(in, "status"),
	};
	in->id = conf.name ? act_event(in->world, &conf) : 0;
	return in->id ? 0 : RA_EINVAL;
}

static int delete_event(struct inject *in)
{
	return act_delete_event(in->world, id(in, "guild_id"), id(in, "event_id"));
}

static int interest(struct inject *in)
{
	return act_interest(in->world, id(in, "guild_id"), id(in, "event_id"), id(in, "user_id"),
			    !flag(in, "removed"));
}

static int invite(struct inject *in)
{
	struct invite_conf conf = {
		.channel_id = id(in, "channel_id"),
		.inviter_id = id(in, "user_id"),
		.code = text(in, "code"),
		.max_age_s = (uint32_t)number(in, "max_age"),
		.max_uses = (uint32_t)number(in, "max_uses"),
	};
	return act_invite(in->world, &conf) ? 0 : RA_EINVAL;
}

static int delete_invite(struct inject *in)
{
	const char *code = text(in, "code");
	return code ? act_delete_invite(in->world, id(in, "guild_id"), code) : RA_EINVAL;
}

static int vanity(struct inject *in)
{
	return act_vanity(in->world, id(in, "guild_id"), text(in, "code"));
}

/* ---- the rest ---- */

/* Any dispatch: {"t", "d", "guild_id"}. The world does not change. */
static int raw(struct inject *in)
{
	const char *type = text(in, "t");
	char *d = dump(in, "d");
	struct ra_buf masked = { 0 };
	if (!type || !d) {
		free(d);
		return RA_EINVAL;
	}
	bool is_message =
		strcmp(type, "MESSAGE_CREATE") == 0 || strcmp(type, "MESSAGE_UPDATE") == 0;
	if (is_message)
		intents_mask_message(&masked, ra_str_of(d));
	struct dispatch dispatch = {
		.type = type,
		.guild_id = id(in, "guild_id"),
		.intents = intents_of_event(type, id(in, "guild_id") != 0),
		.has_content = is_message,
		.d = ra_str_of(d),
		.masked = ra_buf_str(&masked),
		.at_ms = in->world->now_ms,
	};
	act_emit(in->world, &dispatch);
	ra_buf_fini(&masked);
	free(d);
	return 0;
}

/* Somebody's door for bots: {"user_id", "closed"}. */
static int dm(struct inject *in)
{
	const struct user *who = world_user(in->world, id(in, "user_id"));
	if (!who)
		return RA_ENOTFOUND;
	struct dm *room = dms_open(in->sim->rest->dms, in->world, who);
	room->is_closed = flag(in, "closed");
	in->id = room->id;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct inject *in);
} acts[] = {
	{ "message", message },
	{ "edit", edit },
	{ "embed", embed },
	{ "pin", pin },
	{ "delete", delete },
	{ "bulk_delete", bulk_delete },
	{ "react", react },
	{ "unreact", unreact },
	{ "clear_reactions", clear_reactions },
	{ "user", user },
	{ "join", join },
	{ "join_again", join_again },
	{ "leave", leave },
	{ "kick", kick },
	{ "ban", ban },
	{ "unban", unban },
	{ "nick", nick },
	{ "add_role", add_role },
	{ "remove_role", remove_role },
	{ "timeout", timeout },
	{ "boost", boost },
	{ "unboost", unboost },
	{ "presence", presence },
	{ "voice", voice },
	{ "voice_mute", voice_mute },
	{ "outage", outage },
	{ "add_bot", add_bot },
	{ "remove_bot", remove_bot },
	{ "update_guild", update_guild },
	{ "create_channel", create_channel },
	{ "update_channel", update_channel },
	{ "delete_channel", delete_channel },
	{ "thread", thread },
	{ "update_thread", update_thread },
	{ "role", role },
	{ "delete_role", delete_role },
	{ "event", event },
	{ "delete_event", delete_event },
	{ "interest", interest },
	{ "invite", invite },
	{ "delete_invite", delete_invite },
	{ "vanity", vanity },
	{ "raw", raw },
	{ "dm", dm },
};

static json_t *result(const struct inject *in)
{
	char made[24];
	json_t *json = json_pack("{s:b}", "ok", 1);
	snprintf(made, sizeof(made), "%llu", (unsigned long long)in->id);
	if (in->id)
		json_object_set_new(json, "id", json_string(made));
	return json;
}

json_t *inject(struct sim *sim, const json_t *args, const char **why)
{
	struct inject in = { .sim = sim, .world = sim->world, .args = args };
	const char *name = text(&in, "act");
	if (number(&in, "at_ms") > 0)
		world_set_now(sim->world, number(&in, "at_ms"));
	for (size_t i = 0; name && i < RA_COUNT(acts); i++) {
		if (strcmp(acts[i].name, name) != 0)
			continue;
		int rc = acts[i].run(&in);
		if (rc == 0)
			return result(&in);
		*why = ra_strerror(rc);
		return NULL;
	}
	*why = "there is no such act";
	return NULL;
}
