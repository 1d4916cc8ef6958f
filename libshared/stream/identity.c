#include "libshared/stream/identity.h"

struct hash {
	uint64_t value;
};

static void add_number(struct hash *hash, uint64_t number)
{
	uint64_t x = hash->value + 0x9E3779B97F4A7C15ULL + number;
	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
	hash->value = x ^ (x >> 31);
}

static void add_text(struct hash *hash, struct ra_str text)
{
	uint64_t fnv = 14695981039346656037ULL;
	for (size_t i = 0; i < text.len; i++)
		fnv = (fnv ^ (unsigned char)text.ptr[i]) * 1099511628211ULL;
	add_number(hash, fnv);
}

static void add_voice_state(struct hash *hash, const struct ra_ev_voice_state_changed *v)
{
	const bool flags[] = { v->mute,     v->deaf,   v->self_mute, v->self_deaf,
			       v->suppress, v->stream, v->video };
	add_number(hash, v->user_id);
	add_number(hash, v->channel_id);
	add_text(hash, v->voice_session);
	for (size_t i = 0; i < RA_COUNT(flags); i++)
		add_number(hash, flags[i]);
}

#define N(field) add_number(&hash, (uint64_t)event->field)
#define T(field) add_text(&hash, event->field)

enum ra_identity_kind ra_event_identity(const struct ra_event *event, uint64_t *identity)
{
	struct hash hash = { (uint64_t)event->type };
	enum ra_identity_kind kind = RA_IDENTITY_REPEATABLE;
	add_number(&hash, event->guild);
	switch (event->type) {
	case RA_EV_message_created: /* Each of these ids is given once. */
		N(message_created.message_id);
		kind = RA_IDENTITY_UNIQUE;
		break;
	case RA_EV_message_edited:
		N(message_edited.message_id), N(message_edited.edited_at);
		kind = RA_IDENTITY_UNIQUE;
		break;
	case RA_EV_message_deleted:
		N(message_deleted.message_id);
		kind = RA_IDENTITY_UNIQUE;
		break;
	case RA_EV_interaction_created:
		N(interaction_created.interaction_id);
		kind = RA_IDENTITY_UNIQUE;
		break;
	case RA_EV_reaction_added:
		N(reaction_added.message_id), N(reaction_added.user_id), T(reaction_added.emoji);
		break;
	case RA_EV_reaction_removed:
		N(reaction_removed.message_id), N(reaction_removed.user_id);
		T(reaction_removed.emoji);
		break;
	case RA_EV_reactions_cleared:
		N(reactions_cleared.message_id), T(reactions_cleared.emoji);
		break;
	case RA_EV_member_joined: N(member_joined.user_id), N(member_joined.joined_at); break;
	case RA_EV_member_left: N(member_left.user_id); break;
	case RA_EV_member_updated:
		if (event->member_updated.snapshot)
			return RA_IDENTITY_NONE;
		N(member_updated.user_id);
		kind = RA_IDENTITY_DESCRIPTION;
		break;
	case RA_EV_voice_state_changed:
		if (event->voice_state_changed.snapshot)
			return RA_IDENTITY_NONE;
		add_voice_state(&hash, &event->voice_state_changed);
		break;
	case RA_EV_channel_upserted:
		if (event->channel_upserted.snapshot)
			return RA_IDENTITY_NONE;
		N(channel_upserted.channel_id);
		break;
	case RA_EV_channel_deleted: N(channel_deleted.channel_id); break;
	case RA_EV_role_upserted:
		if (event->role_upserted.snapshot)
			return RA_IDENTITY_NONE;
		N(role_upserted.role_id);
		break;
	case RA_EV_role_deleted: N(role_deleted.role_id); break;
	case RA_EV_presence_changed:
		N(presence_changed.user_id), T(presence_changed.status), T(presence_changed.game);
		break;
	case RA_EV_ban_added: N(ban_added.user_id); break;
	case RA_EV_ban_removed: N(ban_removed.user_id); break;
	case RA_EV_invite_created: T(invite_created.code); break;
	case RA_EV_invite_deleted: T(invite_deleted.code); break;
	case RA_EV_scheduled_event_changed:
		if (event->scheduled_event_changed.snapshot)
			return RA_IDENTITY_NONE;
		N(scheduled_event_changed.event_id), N(scheduled_event_changed.status);
		break;
	case RA_EV_scheduled_event_interest:
		N(scheduled_event_interest.event_id), N(scheduled_event_interest.user_id);
		N(scheduled_event_interest.is_removed);
		break;
	case RA_EV_guild_updated:
	case RA_EV_guild_removed:
	case RA_EV_guild_unavailable: break;
	default: return RA_IDENTITY_NONE;
	}
	*identity = hash.value;
	return kind;
}
