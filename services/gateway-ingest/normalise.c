/* normalise: the list of dispatches, and what every one of them goes through. See normalise.h. */
#include "services/gateway-ingest/normaliser.h"
#include "libshared/metrics/metrics.h"

RA_COUNTER_BY(dispatches, "rations_gateway_dispatches_total", "type",
	      "dispatches received, by Discord's name")
RA_COUNTER_BY(malformed, "rations_gateway_malformed_dispatches_total", "type",
	      "dispatches skipped because they are not what they say")

RA_COUNTER_BY(unknown_values, "rations_gateway_unknown_values_total", "of",
	      "values of an enumeration that we do not know; the event is kept")

static const struct handler {
	const char *type;
	size_t len;
	handler_cb on; /* NULL: known, of no use to us */
} handlers[] = {
#define ON(type, handler)                                                                          \
	{                                                                                          \
#type, sizeof(#type) - 1, handler                                                  \
	}
	ON(MESSAGE_CREATE, on_message_create),
	ON(MESSAGE_REACTION_ADD, on_reaction_add),
	ON(VOICE_STATE_UPDATE, on_voice_state_update),
	ON(TYPING_START, NULL),
	ON(PRESENCE_UPDATE, on_presence_update),
	ON(MESSAGE_UPDATE, on_message_update),
	ON(MESSAGE_DELETE, on_message_delete),
	ON(MESSAGE_DELETE_BULK, on_message_delete_bulk),
	ON(MESSAGE_REACTION_REMOVE, on_reaction_remove),
	ON(MESSAGE_REACTION_REMOVE_ALL, on_reactions_clear),
	ON(MESSAGE_REACTION_REMOVE_EMOJI, on_reactions_clear),
	ON(GUILD_MEMBER_ADD, on_member_add),
	ON(GUILD_MEMBER_UPDATE, on_member_update),
	ON(GUILD_MEMBER_REMOVE, on_member_remove),
	ON(GUILD_MEMBERS_CHUNK, on_members_chunk),
	ON(GUILD_CREATE, on_guild_create),
	ON(GUILD_UPDATE, on_guild_update),
	ON(GUILD_DELETE, on_guild_delete),
	ON(GUILD_ROLE_CREATE, on_role_upsert),
	ON(GUILD_ROLE_UPDATE, on_role_upsert),
	ON(GUILD_ROLE_DELETE, on_role_delete),
	ON(CHANNEL_CREATE, on_channel_create),
	ON(CHANNEL_UPDATE, on_channel_update),
	ON(CHANNEL_DELETE, on_channel_delete),
	ON(THREAD_CREATE, on_thread_create),
	ON(THREAD_UPDATE, on_channel_update),
	ON(THREAD_DELETE, on_channel_delete),
	ON(THREAD_LIST_SYNC, on_thread_list_sync),
	ON(GUILD_BAN_ADD, on_ban_add),
	ON(GUILD_BAN_REMOVE, on_ban_remove),
	ON(INVITE_CREATE, on_invite_create),
	ON(INVITE_DELETE, on_invite_delete),
	ON(GUILD_SCHEDULED_EVENT_CREATE, on_scheduled_event),
	ON(GUILD_SCHEDULED_EVENT_UPDATE, on_scheduled_event),
	ON(GUILD_SCHEDULED_EVENT_DELETE, on_scheduled_event_delete),
	ON(GUILD_SCHEDULED_EVENT_USER_ADD, on_interest_add),
	ON(GUILD_SCHEDULED_EVENT_USER_REMOVE, on_interest_remove),
	ON(INTERACTION_CREATE, on_interaction_create),
	ON(CHANNEL_PINS_UPDATE, NULL),
	ON(CHANNEL_TOPIC_UPDATE, NULL),
	ON(THREAD_MEMBER_UPDATE, NULL),
	ON(THREAD_MEMBERS_UPDATE, NULL),
	ON(GUILD_EMOJIS_UPDATE, NULL),
	ON(GUILD_STICKERS_UPDATE, NULL),
	ON(GUILD_SOUNDBOARD_SOUND_CREATE, NULL),
	ON(GUILD_SOUNDBOARD_SOUND_UPDATE, NULL),
	ON(GUILD_SOUNDBOARD_SOUND_DELETE, NULL),
	ON(GUILD_INTEGRATIONS_UPDATE, NULL),
	ON(INTEGRATION_CREATE, NULL),
	ON(INTEGRATION_UPDATE, NULL),
	ON(INTEGRATION_DELETE, NULL),
	ON(GUILD_AUDIT_LOG_ENTRY_CREATE, NULL),
	ON(AUTO_MODERATION_RULE_CREATE, NULL),
	ON(AUTO_MODERATION_RULE_UPDATE, NULL),
	ON(AUTO_MODERATION_RULE_DELETE, NULL),
	ON(AUTO_MODERATION_ACTION_EXECUTION, NULL),
	ON(APPLICATION_COMMAND_PERMISSIONS_UPDATE, NULL),
	ON(ENTITLEMENT_CREATE, NULL),
	ON(ENTITLEMENT_UPDATE, NULL),
	ON(ENTITLEMENT_DELETE, NULL),
	ON(MESSAGE_POLL_VOTE_ADD, NULL),
	ON(MESSAGE_POLL_VOTE_REMOVE, NULL),
	ON(STAGE_INSTANCE_CREATE, NULL),
	ON(STAGE_INSTANCE_UPDATE, NULL),
	ON(STAGE_INSTANCE_DELETE, NULL),
	ON(USER_UPDATE, NULL),
	ON(VOICE_SERVER_UPDATE, NULL),
	ON(VOICE_CHANNEL_EFFECT_SEND, NULL),
	ON(VOICE_CHANNEL_STATUS_UPDATE, NULL),
	ON(VOICE_CHANNEL_START_TIME_UPDATE, NULL),
	ON(CHANNEL_INFO, NULL),
	ON(RATE_LIMITED, NULL),
	ON(WEBHOOKS_UPDATE, NULL),
#undef ON
};

void note_kind(int64_t kind, uint64_t known, const char *of)
{
	if (kind < 0 || kind > 63 || !(known >> kind & 1))
		ra_count_by(&unknown_values, of, 1);
}

static const struct handler *find(struct ra_str type)
{
	for (size_t i = 0; i < RA_COUNT(handlers); i++)
		if (handlers[i].len == type.len &&
		    memcmp(handlers[i].type, type.ptr, type.len) == 0)
			return &handlers[i];
	return NULL;
}

struct normaliser *normaliser_new(struct seen *seen, const struct id_set *wants_text,
				  const struct ra_log *log, event_cb emit_event, void *ctx)
{
	struct normaliser *n = ra_new(struct normaliser);
	*n = (struct normaliser){
		.seen = seen,
		.wants_text = wants_text,
		.log = log,
		.emit = emit_event,
		.ctx = ctx,
	};
	n->received = ra_alloc((RA_COUNT(handlers) + 1) * sizeof(*n->received));
	n->has_warned = ra_alloc(RA_COUNT(handlers) * sizeof(*n->has_warned));
	return n;
}

void normaliser_free(struct normaliser **normaliser)
{
	struct normaliser *n = *normaliser;
	id_set_fini(&n->guilds);
	id_set_fini(&n->listed);
	id_set_fini(&n->bots);
	texts_fini(&n->texts);
	ra_free(n->received);
	ra_free(n->has_warned);
	ra_free(n);
	*normaliser = NULL;
}

static void read_announced(struct normaliser *n, struct ra_str guilds, struct id_set *announced)
{
	struct ra_json j;
	ra_json_init(&j, guilds);
	if (!ra_json_enter_array(&j))
		return;
	while (ra_json_next_element(&j)) {
		struct guild guild = { 0 };
		if (read_object(n, &j, &guild_table, &guild) && guild.id != 0)
			id_set_add(announced, guild.id);
		texts_reset(&n->texts);
	}
}

void normaliser_begin(struct normaliser *n, struct ra_str guilds, int64_t at)
{
	struct id_set announced = { 0 };
	read_announced(n, guilds, &announced);
	for (size_t i = 0; i < n->guilds.cap; i++) {
		uint64_t guild = n->guilds.slots[i];
		if (guild == 0 || id_set_has(&announced, guild))
			continue;
		struct ra_event event = { .type = RA_EV_guild_removed, .guild = guild, .at = at };
		emit(n, &event);
	}
	id_set_fini(&n->guilds);
	n->guilds = announced;
}

static void on_malformed(struct normaliser *n, const struct handler *handler)
{
	bool *has_warned = &n->has_warned[handler - handlers];
	ra_count_by(&malformed, handler->type, 1);
	if (!*has_warned)
		ra_warn(n->log, "malformed dispatch skipped", ra_f_text("type", handler->type));
	*has_warned = true;
	seen_clear(n->seen); /* names may have been noted that will not be sent */
}

int normalise(struct normaliser *n, const struct dispatch *dispatch)
{
	const struct handler *handler = find(dispatch->type);
	n->received[handler ? (size_t)(handler - handlers) : RA_COUNT(handlers)]++;
	if (!handler || !handler->on)
		return 0;
	struct ra_json j;
	ra_json_init(&j, dispatch->d);
	n->at = dispatch->at;
	int rc = handler->on(n, &j);
	texts_reset(&n->texts);
	if (rc < 0)
		on_malformed(n, handler);
	return rc;
}

void normaliser_report(struct normaliser *n)
{
	for (size_t i = 0; i <= RA_COUNT(handlers); i++) {
		if (n->received[i] == 0)
			continue;
		const char *type = i < RA_COUNT(handlers) ? handlers[i].type : "other";
		ra_count_by(&dispatches, type, (double)n->received[i]);
		n->received[i] = 0;
	}
}
