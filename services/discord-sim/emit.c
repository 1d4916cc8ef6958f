#include "services/discord-sim/emit.h"
#include "services/discord-sim/act.h"
#include "services/discord-sim/intents.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"

static bool is_heard(const struct world *world, const struct guild *guild)
{
	return world->listener && (!guild || (guild->is_bot_in && !guild->is_unavailable));
}

struct ra_buf *emit_open(struct world *world, const struct guild *guild)
{
	if (!is_heard(world, guild))
		return NULL;
	ra_buf_clear(&world->d);
	ra_buf_clear(&world->masked);
	return &world->d;
}

struct ra_buf *emit_open_channel(struct world *world, const struct channel *channel)
{
	struct ra_buf *d = emit_open(world, channel->guild);
	return d && world_bot_sees(world, channel) ? d : NULL;
}

void emit_send(struct world *world, struct dispatch *dispatch, bool is_ungated)
{
	dispatch->d = ra_buf_str(&world->d);
	dispatch->masked = ra_buf_str(&world->masked);
	dispatch->at_ms = world->now_ms;
	if (!is_ungated)
		dispatch->intents = intents_of_event(dispatch->type, dispatch->guild_id != 0);
	world->listener(world->listener_ctx, dispatch);
}

void act_emit(struct world *world, const struct dispatch *dispatch)
{
	const struct guild *guild =
		dispatch->guild_id ? world_guild(world, dispatch->guild_id) : NULL;
	if (is_heard(world, guild))
		world->listener(world->listener_ctx, dispatch);
}

void emit_guild_user(struct world *world, const struct guild *guild, const char *type,
		     uint64_t user_id, const struct deed *deed)
{
	struct ra_buf *d = emit_open(world, guild);
	const struct user *user = world_user(world, user_id);
	if (!d || !user)
		return;
	PUT_ID(d, "{\"guild_id\":", guild->id);
	PUT(d, ",\"user\":");
	render_user(d, user);
	PUT(d, "}");
	emit_send(world, &(struct dispatch){ .type = type, .guild_id = guild->id, .deed = deed },
		  false);
}

void emit_channel(struct world *world, const char *type, const struct channel *channel)
{
	/* a hidden channel is told about, obfuscated; a thread in it is not */
	struct ra_buf *d = channel_is_thread(channel) ? emit_open_channel(world, channel)
						      : emit_open(world, channel->guild);
	if (!d)
		return;
	render_channel_event(d, world, channel, strcmp(type, "THREAD_CREATE") == 0);
	emit_send(world,
		  &(struct dispatch){
			  .type = type, .guild_id = channel->guild->id, .channel_id = channel->id },
		  false);
}

void emit_message(struct world *world, const char *type, const struct channel *channel,
		  const struct message *message, const struct deed *deed)
{
	struct ra_buf *d = emit_open_channel(world, channel);
	if (!d)
		return;
	struct dispatch dispatch = { .type = type,
				     .guild_id = channel->guild->id,
				     .channel_id = channel->id,
				     .has_content = message_is_masked(world, message),
				     .deed = deed };
	render_message_event(d, world, channel, message, false);
	if (dispatch.has_content)
		render_message_event(&world->masked, world, channel, message, true);
	emit_send(world, &dispatch, false);
}

void emit_member_update(struct world *world, const struct guild *guild, const struct member *member)
{
	emit_member_deed(world, guild, member, NULL);
}

void emit_member_deed(struct world *world, const struct guild *guild, const struct member *member,
		      const struct deed *deed)
{
	struct ra_buf *d = emit_open(world, guild);
	if (!d)
		return;
	render_member_of(d, guild, member);
	/* the bot's own always arrives (sheet, section 2) */
	emit_send(world,
		  &(struct dispatch){
			  .type = "GUILD_MEMBER_UPDATE", .guild_id = guild->id, .deed = deed },
		  member->user_id == world->bot->id);
}

struct deed emit_deed(const struct world *world, enum deed_kind kind, const struct guild *guild,
		      uint64_t user_id)
{
	const struct user *user = world_user(world, user_id);
	return (struct deed){ .kind = kind,
			      .guild_id = guild->id,
			      .user_id = user_id,
			      .at_ms = world->now_ms,
			      .is_bot = user && user->is_bot };
}

void emit_voice(struct world *world, const struct guild *guild, const struct member *member)
{
	struct ra_buf *d = emit_open(world, guild);
	if (!d)
		return;
	const struct voice *v = &member->voice;
	struct deed deed = emit_deed(world, DEED_VOICE, guild, member->user_id);
	deed.channel_id = v->channel_id;
	deed.voice_session = v->session;
	deed.is_afk = v->channel_id && v->channel_id == guild->afk_channel_id;
	deed.mute = member->mute;
	deed.deaf = member->deaf;
	deed.self_mute = v->self_mute;
	deed.self_deaf = v->self_deaf;
	deed.suppress = v->suppress;
	deed.stream = v->stream;
	deed.video = v->video;
	render_voice_state(d, guild, member, true);
	emit_send(world,
		  &(struct dispatch){ .type = "VOICE_STATE_UPDATE",
				      .guild_id = guild->id,
				      .channel_id = v->channel_id,
				      .deed = &deed },
		  false);
}

void emit_audit(struct world *world, const struct guild *guild, int action, uint64_t by_id,
		uint64_t target_id)
{
	uint64_t id =
		world_new_id(world); /* drawn even when nobody listens: ids must not depend on it */
	struct ra_buf *d = emit_open(world, guild);
	if (!d || !(world_permissions(world, guild, NULL, world->bot->id) & PERM_VIEW_AUDIT_LOG))
		return;
	PUT_ID(d, "{\"guild_id\":", guild->id);
	PUT_ID(d, ",\"id\":", id);
	PUT_ID(d, ",\"user_id\":", by_id);
	PUT_ID(d, ",\"target_id\":", target_id);
	PUT_U64(d, ",\"action_type\":", action);
	PUT(d, ",\"changes\":[]}");
	emit_send(
		world,
		&(struct dispatch){ .type = "GUILD_AUDIT_LOG_ENTRY_CREATE", .guild_id = guild->id },
		false);
}
