/* normalise_message: messages, reactions, invites, scheduled events, interactions. */
#include "services/gateway-ingest/normaliser.h"
#include "libshared/discord/snowflake.h"

/* Discord's own limit, https://discord.com/developers/docs/resources/message#message-object; what
 * is longer is none of its messages. */
#define CONTENT_CHARACTERS 4000

static bool read_message(struct normaliser *n, struct ra_json *j, struct message *message)
{
	*message = (struct message){ 0 };
	return read_object(n, j, &message_table, message) && message->id != 0 &&
	       message->channel_id != 0;
}

/* Only where somebody wants to read it. */
static struct ra_str content_of(struct normaliser *n, const struct message *m)
{
	if (!n->wants_text || n->wants_text->count == 0 || !id_set_has(n->wants_text, m->guild_id))
		return RA_STR("");
	return json_text(m->content, CONTENT_CHARACTERS, &n->texts);
}

int on_message_create(struct normaliser *n, struct ra_json *j)
{
	struct message m;
	if (!read_message(n, j, &m))
		return RA_EINVAL;
	if (m.guild_id == 0)
		return 0; /* a direct message */
	note_kind(m.kind, MESSAGE_KINDS, "message_type");
	struct ra_event event = {
		.type = RA_EV_message_created, .guild = m.guild_id, .at = ra_snowflake_ms(m.id),
		.message_created = {
			.message_id = m.id,
			.channel_id = m.channel_id,
			.user_id = m.author.id,
			.kind = m.kind,
			.length = json_text_length(m.content),
			.attachments = m.attachments,
			.reply_to = m.kind == MESSAGE_REPLY ? m.reference.message_id : 0,
			.reply_user_id = m.kind == MESSAGE_REPLY ? m.referenced.author.id : 0,
			.mentions = m.mentions,
			.mention_roles = m.mention_roles,
			.is_bot = m.author.is_bot,
			.is_webhook = m.webhook_id != 0,
			.is_system = m.author.is_system,
			.is_voice_message = (m.flags & MESSAGE_IS_VOICE) != 0,
			.interaction_id = m.interaction.id,
			.command_user_id = m.interaction.user.id,
			.command = m.interaction.name,
			.content = content_of(n, &m),
		},
	};
	emit(n, &event);
	if (m.webhook_id == 0)
		emit_seen(n, m.guild_id, event.at, &m.author, &m.member);
	return 0;
}

/* Link previews, pins and threads update a message too; only an edit leaves a time. */
int on_message_update(struct normaliser *n, struct ra_json *j)
{
	struct message m;
	if (!read_message(n, j, &m))
		return RA_EINVAL;
	if (m.guild_id == 0 || m.edited_at == 0)
		return 0;
	struct ra_event event = {
		.type = RA_EV_message_edited, .guild = m.guild_id, .at = m.edited_at,
		.message_edited = {
			.message_id = m.id,
			.channel_id = m.channel_id,
			.user_id = m.author.id,
			.edited_at = m.edited_at,
			.length = json_text_length(m.content),
			.is_bot = m.author.is_bot || m.webhook_id != 0,
			.content = content_of(n, &m),
		},
	};
	emit(n, &event);
	return 0;
}

static void emit_deleted(struct normaliser *n, const struct deletion *d, uint64_t message_id,
			 bool is_bulk)
{
	struct ra_event event = {
		.type = RA_EV_message_deleted, .guild = d->guild_id, .at = n->at,
		.message_deleted = {
			.message_id = message_id, .channel_id = d->channel_id, .is_bulk = is_bulk,
		},
	};
	emit(n, &event);
}

int on_message_delete(struct normaliser *n, struct ra_json *j)
{
	struct deletion d = { 0 };
	if (!read_object(n, j, &deletion_table, &d) || d.message_id == 0 || d.channel_id == 0)
		return RA_EINVAL;
	if (d.guild_id != 0)
		emit_deleted(n, &d, d.message_id, false);
	return 0;
}

int on_message_delete_bulk(struct normaliser *n, struct ra_json *j)
{
	struct deletion d = { 0 };
	if (!read_object(n, j, &deletion_table, &d) || d.channel_id == 0)
		return RA_EINVAL;
	if (d.guild_id == 0)
		return 0;
	uint64_t id;
	for (struct ra_str rest = d.ids; (id = ra_ids_next(&rest)) != 0;)
		emit_deleted(n, &d, id, true);
	return 0;
}

/* RA_ENOTFOUND: of no guild. */
static int read_reaction(struct normaliser *n, struct ra_json *j, struct reaction *r)
{
	*r = (struct reaction){ 0 };
	if (!read_object(n, j, &reaction_table, r) || r->message_id == 0 || r->channel_id == 0)
		return RA_EINVAL;
	return r->guild_id != 0 ? 0 : RA_ENOTFOUND;
}

/* The id of a custom emoji, else its characters. */
static struct ra_str emoji_key(const struct emoji *emoji, char digits[20])
{
	if (emoji->id == 0)
		return emoji->name;
	return (struct ra_str){ digits, ra_u64_digits(emoji->id, digits) };
}

int on_reaction_add(struct normaliser *n, struct ra_json *j)
{
	struct reaction r;
	int rc = read_reaction(n, j, &r);
	if (rc < 0)
		return rc == RA_ENOTFOUND ? 0 : rc;
	char digits[20];
	struct ra_event event = {
		.type = RA_EV_reaction_added, .guild = r.guild_id, .at = n->at,
		.reaction_added = {
			.message_id = r.message_id,
			.channel_id = r.channel_id,
			.user_id = r.user_id,
			.author_id = r.author_id,
			.emoji = emoji_key(&r.emoji, digits),
			.is_burst = r.is_burst,
			.is_bot = r.member.user.is_bot,
		},
	};
	emit(n, &event);
	emit_seen(n, r.guild_id, n->at, &r.member.user, &r.member);
	return 0;
}

int on_reaction_remove(struct normaliser *n, struct ra_json *j)
{
	struct reaction r;
	int rc = read_reaction(n, j, &r);
	if (rc < 0)
		return rc == RA_ENOTFOUND ? 0 : rc;
	char digits[20];
	struct ra_event event = {
		.type = RA_EV_reaction_removed, .guild = r.guild_id, .at = n->at,
		.reaction_removed = {
			.message_id = r.message_id,
			.channel_id = r.channel_id,
			.user_id = r.user_id,
			.emoji = emoji_key(&r.emoji, digits),
			.is_burst = r.is_burst,
		},
	};
	emit(n, &event);
	return 0;
}

int on_reactions_clear(struct normaliser *n, struct ra_json *j)
{
	struct reaction r;
	int rc = read_reaction(n, j, &r);
	if (rc < 0)
		return rc == RA_ENOTFOUND ? 0 : rc;
	char digits[20];
	struct ra_event event = {
		.type = RA_EV_reactions_cleared, .guild = r.guild_id, .at = n->at,
		.reactions_cleared = {
			.message_id = r.message_id,
			.channel_id = r.channel_id,
			.emoji = emoji_key(&r.emoji, digits),
		},
	};
	emit(n, &event);
	return 0;
}

int on_invite_create(struct normaliser *n, struct ra_json *j)
{
	struct invite invite = { 0 };
	if (!read_object(n, j, &invite_table, &invite) || invite.code.len == 0)
		return RA_EINVAL;
	if (invite.guild_id == 0)
		return 0;
	struct ra_event event = {
		.type = RA_EV_invite_created,
		.guild = invite.guild_id,
		.at = invite.created_at != 0 ? invite.created_at : n->at,
		.invite_created = {
			.code = invite.code,
			.channel_id = invite.channel_id,
			.user_id = invite.inviter.id,
			.max_age_s = invite.max_age_s,
			.max_uses = invite.max_uses,
			.is_temporary = invite.is_temporary,
		},
	};
	emit(n, &event);
	return 0;
}

int on_invite_delete(struct normaliser *n, struct ra_json *j)
{
	struct invite invite = { 0 };
	if (!read_object(n, j, &invite_table, &invite) || invite.code.len == 0)
		return RA_EINVAL;
	if (invite.guild_id == 0)
		return 0;
	struct ra_event event = {
		.type = RA_EV_invite_deleted,
		.guild = invite.guild_id,
		.at = n->at,
		.invite_deleted = { .code = invite.code, .channel_id = invite.channel_id },
	};
	emit(n, &event);
	return 0;
}

void emit_scheduled_event(struct normaliser *n, uint64_t guild, const struct scheduled_event *s,
			  bool is_deleted, bool is_snapshot)
{
	struct ra_event event = {
		.type = RA_EV_scheduled_event_changed, .guild = guild, .at = n->at,
		.scheduled_event_changed = {
			.event_id = s->id,
			.channel_id = s->channel_id,
			.user_id = s->creator_id,
			.name = s->name,
			.status = s->status,
			.starts_at = s->starts_at,
			.ends_at = s->ends_at,
			.is_deleted = is_deleted,
			.interested = s->interested,
			.snapshot = is_snapshot,
		},
	};
	emit(n, &event);
}

static int scheduled_event(struct normaliser *n, struct ra_json *j, bool is_deleted)
{
	struct scheduled_event s = { 0 };
	if (!read_object(n, j, &scheduled_event_table, &s) || s.id == 0 || s.guild_id == 0)
		return RA_EINVAL;
	emit_scheduled_event(n, s.guild_id, &s, is_deleted, false);
	return 0;
}

int on_scheduled_event(struct normaliser *n, struct ra_json *j)
{
	return scheduled_event(n, j, false);
}

int on_scheduled_event_delete(struct normaliser *n, struct ra_json *j)
{
	return scheduled_event(n, j, true);
}

static int interest(struct normaliser *n, struct ra_json *j, bool is_removed)
{
	struct interest i = { 0 };
	if (!read_object(n, j, &interest_table, &i) || i.guild_id == 0 || i.event_id == 0 ||
	    i.user_id == 0)
		return RA_EINVAL;
	struct ra_event event = {
		.type = RA_EV_scheduled_event_interest, .guild = i.guild_id, .at = n->at,
		.scheduled_event_interest = {
			.event_id = i.event_id,
			.user_id = i.user_id,
			.is_removed = is_removed,
		},
	};
	emit(n, &event);
	return 0;
}

int on_interest_add(struct normaliser *n, struct ra_json *j)
{
	return interest(n, j, false);
}

int on_interest_remove(struct normaliser *n, struct ra_json *j)
{
	return interest(n, j, true);
}

int on_interaction_create(struct normaliser *n, struct ra_json *j)
{
	struct interaction i = { 0 };
	if (!read_object(n, j, &interaction_table, &i) || i.id == 0)
		return RA_EINVAL;
	if (i.guild_id == 0)
		return 0;
	struct ra_event event = {
		.type = RA_EV_interaction_created, .guild = i.guild_id, .at = ra_snowflake_ms(i.id),
		.interaction_created = {
			.interaction_id = i.id,
			.channel_id = i.channel_id,
			.user_id = i.member.user.id,
			.kind = i.kind,
			.name = i.data.name.len > 0 ? i.data.name : i.data.custom_id,
		},
	};
	emit(n, &event);
	return 0;
}
