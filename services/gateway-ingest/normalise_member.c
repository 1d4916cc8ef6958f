/* normalise_member: members, their names, voice, presence, bans. */
#include "services/gateway-ingest/normaliser.h"

#define ACTIVITY_PLAYING 0

void emit_seen(struct normaliser *n, uint64_t guild, int64_t at, const struct user *user,
	       const struct member *member)
{
	if (user->id == 0 || user->username.len == 0 || !seen_is_news(n->seen, guild, user, member))
		return;
	struct ra_event event = {
		.type = RA_EV_member_seen, .guild = guild, .at = at,
		.member_seen = {
			.user_id = user->id,
			.username = user->username,
			.global_name = user->global_name,
			.nick = member->nick,
			.avatar = user->avatar,
			.joined_at = member->joined_at,
			.is_bot = user->is_bot,
		},
	};
	emit(n, &event);
}

void emit_member(struct normaliser *n, uint64_t guild, struct member *member, enum telling telling)
{
	struct ra_event event = {
		.type = RA_EV_member_updated, .guild = guild, .at = n->at,
		.member_updated = {
			.user_id = member->user.id,
			.username = member->user.username,
			.global_name = member->user.global_name,
			.nick = member->nick,
			.avatar = member->user.avatar,
			.roles = ids_without(member->roles, guild, &n->texts),
			.joined_at = member->joined_at,
			.boosting_since = member->boosting_since,
			.timeout_until = member->timeout_until,
			.is_bot = member->user.is_bot,
			.is_pending = member->is_pending,
			.snapshot = telling == TOLD_IN_SNAPSHOT,
			.listed = telling == TOLD_IN_LIST,
		},
	};
	emit(n, &event);
	(void)seen_is_news(n->seen, guild, &member->user, member);
}

static bool read_member(struct normaliser *n, struct ra_json *j, struct member *member)
{
	*member = (struct member){ 0 };
	return read_object(n, j, &member_table, member) && member->guild_id != 0 &&
	       member->user.id != 0;
}

int on_member_add(struct normaliser *n, struct ra_json *j)
{
	struct member member;
	if (!read_member(n, j, &member))
		return RA_EINVAL;
	struct ra_event event = {
		.type = RA_EV_member_joined,
		.guild = member.guild_id,
		.at = member.joined_at != 0 ? member.joined_at : n->at,
		.member_joined = {
			.user_id = member.user.id,
			.username = member.user.username,
			.global_name = member.user.global_name,
			.nick = member.nick,
			.avatar = member.user.avatar,
			.roles = ids_without(member.roles, member.guild_id, &n->texts),
			.joined_at = member.joined_at,
			.is_bot = member.user.is_bot,
			.is_rejoin = (member.flags & MEMBER_DID_REJOIN) != 0,
			.is_pending = member.is_pending,
		},
	};
	emit(n, &event);
	(void)seen_is_news(n->seen, member.guild_id, &member.user, &member);
	return 0;
}

int on_member_remove(struct normaliser *n, struct ra_json *j)
{
	struct member member;
	if (!read_member(n, j, &member))
		return RA_EINVAL;
	struct ra_event event = {
		.type = RA_EV_member_left, .guild = member.guild_id, .at = n->at,
		.member_left = {
			.user_id = member.user.id,
			.username = member.user.username,
			.global_name = member.user.global_name,
			.avatar = member.user.avatar,
			.is_bot = member.user.is_bot,
		},
	};
	emit(n, &event);
	return 0;
}

int on_member_update(struct normaliser *n, struct ra_json *j)
{
	struct member member;
	if (!read_member(n, j, &member))
		return RA_EINVAL;
	emit_member(n, member.guild_id, &member, TOLD_ALONE);
	return 0;
}

int on_members_chunk(struct normaliser *n, struct ra_json *j)
{
	struct listing chunk = { 0 };
	if (!read_object(n, j, &listing_table, &chunk) || chunk.guild_id == 0)
		return RA_EINVAL;
	struct ra_json members;
	ra_json_init(&members, chunk.members);
	if (!ra_json_enter_array(&members))
		return RA_EINVAL;
	while (ra_json_next_element(&members)) {
		struct member member = { 0 };
		if (!read_object(n, &members, &member_table, &member) || member.user.id == 0)
			return RA_EINVAL;
		emit_member(n, chunk.guild_id, &member, TOLD_IN_LIST);
		texts_reset(&n->texts);
	}
	return members.failed ? RA_EINVAL : 0;
}

void emit_voice_state(struct normaliser *n, uint64_t guild, const struct voice_state *state,
		      bool is_snapshot)
{
	struct ra_event event = {
		.type = RA_EV_voice_state_changed, .guild = guild, .at = n->at,
		.voice_state_changed = {
			.user_id = state->user_id,
			.channel_id = state->channel_id,
			.voice_session = state->session_id,
			.is_bot = state->member.user.is_bot,
			.mute = state->mute,
			.deaf = state->deaf,
			.self_mute = state->self_mute,
			.self_deaf = state->self_deaf,
			.suppress = state->suppress,
			.stream = state->self_stream,
			.video = state->self_video,
			.snapshot = is_snapshot,
		},
	};
	emit(n, &event);
}

int on_voice_state_update(struct normaliser *n, struct ra_json *j)
{
	struct voice_state state = { 0 };
	if (!read_object(n, j, &voice_state_table, &state) || state.user_id == 0)
		return RA_EINVAL;
	if (state.guild_id == 0)
		return 0; /* a call between friends */
	emit_voice_state(n, state.guild_id, &state, false);
	emit_seen(n, state.guild_id, n->at, &state.member.user, &state.member);
	return 0;
}

static struct ra_str game_of(struct normaliser *n, struct ra_str activities)
{
	struct ra_json j;
	ra_json_init(&j, activities);
	if (activities.len == 0 || !ra_json_enter_array(&j))
		return RA_STR("");
	while (ra_json_next_element(&j)) {
		struct activity activity = { .kind = -1 };
		if (read_object(n, &j, &activity_table, &activity) &&
		    activity.kind == ACTIVITY_PLAYING)
			return activity.name;
	}
	return RA_STR("");
}

int on_presence_update(struct normaliser *n, struct ra_json *j)
{
	struct presence presence = { 0 };
	if (!read_object(n, j, &presence_table, &presence) || presence.user.id == 0)
		return RA_EINVAL;
	if (presence.guild_id == 0)
		return 0;
	struct ra_event event = {
		.type = RA_EV_presence_changed, .guild = presence.guild_id, .at = n->at,
		.presence_changed = {
			.user_id = presence.user.id,
			.status = presence.status,
			.game = game_of(n, presence.activities),
		},
	};
	emit(n, &event);
	return 0;
}

static int ban(struct normaliser *n, struct ra_json *j, enum ra_event_type type)
{
	struct member member;
	if (!read_member(n, j, &member))
		return RA_EINVAL;
	struct ra_event event = { .type = type, .guild = member.guild_id, .at = n->at };
	if (type == RA_EV_ban_added)
		event.ban_added.user_id = member.user.id;
	else
		event.ban_removed.user_id = member.user.id;
	emit(n, &event);
	return 0;
}

int on_ban_add(struct normaliser *n, struct ra_json *j)
{
	return ban(n, j, RA_EV_ban_added);
}

int on_ban_remove(struct normaliser *n, struct ra_json *j)
{
	return ban(n, j, RA_EV_ban_removed);
}
