#include "services/discord-sim/intents.h"
#include "libshared/base/json.h"

#define BIT(n) (1ULL << (n))
#define NO_DM  UINT64_MAX

/* The longest prefix wins, so families need one line. */
static const struct gate {
	const char *prefix;
	uint64_t guild; /* bits when it is of a guild */
	uint64_t dm;    /* bits when it is not; NO_DM: the same */
} gates[] = {
	{ "GUILD_CREATE", BIT(0), NO_DM },
	{ "GUILD_UPDATE", BIT(0), NO_DM },
	{ "GUILD_DELETE", BIT(0), NO_DM },
	{ "GUILD_ROLE_", BIT(0), NO_DM },
	{ "CHANNEL_", BIT(0), BIT(12) },
	{ "THREAD_", BIT(0), NO_DM },
	{ "THREAD_MEMBERS_UPDATE", BIT(0) | BIT(1), NO_DM },
	{ "STAGE_INSTANCE_", BIT(0), NO_DM },
	{ "VOICE_CHANNEL_STATUS_UPDATE", BIT(0), NO_DM },
	{ "VOICE_CHANNEL_START_TIME_UPDATE", BIT(0), NO_DM },
	{ "GUILD_MEMBER_", BIT(1), NO_DM },
	{ "GUILD_MEMBERS_CHUNK", 0, NO_DM },
	{ "GUILD_BAN_", BIT(2), NO_DM },
	{ "GUILD_AUDIT_LOG_ENTRY_CREATE", BIT(2), NO_DM },
	{ "GUILD_EMOJIS_UPDATE", BIT(3), NO_DM },
	{ "GUILD_STICKERS_UPDATE", BIT(3), NO_DM },
	{ "GUILD_SOUNDBOARD_", BIT(3), NO_DM },
	{ "GUILD_INTEGRATIONS_UPDATE", BIT(4), NO_DM },
	{ "INTEGRATION_", BIT(4), NO_DM },
	{ "WEBHOOKS_UPDATE", BIT(5), NO_DM },
	{ "INVITE_", BIT(6), NO_DM },
	{ "VOICE_STATE_UPDATE", BIT(7), NO_DM },
	{ "VOICE_CHANNEL_EFFECT_SEND", BIT(7), NO_DM },
	{ "PRESENCE_UPDATE", BIT(8), NO_DM },
	{ "MESSAGE_", BIT(9), BIT(12) },
	{ "MESSAGE_REACTION_", BIT(10), BIT(13) },
	{ "MESSAGE_POLL_VOTE_", BIT(24), BIT(25) },
	{ "TYPING_START", BIT(11), BIT(14) },
	{ "GUILD_SCHEDULED_EVENT_", BIT(16), NO_DM },
	{ "AUTO_MODERATION_RULE_", BIT(20), NO_DM },
	{ "AUTO_MODERATION_ACTION_EXECUTION", BIT(21), NO_DM },
};

uint64_t intents_of_event(const char *type, bool in_guild)
{
	const struct gate *best = NULL;
	size_t best_len = 0;
	for (size_t i = 0; i < RA_COUNT(gates); i++) {
		size_t len = strlen(gates[i].prefix);
		if (len > best_len && strncmp(type, gates[i].prefix, len) == 0) {
			best = &gates[i];
			best_len = len;
		}
	}
	if (!best)
		return 0;
	return in_guild || best->dm == NO_DM ? best->guild : best->dm;
}

/* What stands in for the fields one may not read; NULL: the field is left out. */
static const struct {
	const char *key, *instead;
} masks[] = {
	{ "content", "\"\"" },  { "embeds", "[]" }, { "attachments", "[]" },
	{ "components", "[]" }, { "poll", NULL },
};

static bool is_masked(struct ra_str key, const char **instead)
{
	for (size_t i = 0; i < RA_COUNT(masks); i++) {
		if (ra_str_is(key, masks[i].key)) {
			*instead = masks[i].instead;
			return true;
		}
	}
	return false;
}

static void add_member(struct ra_buf *out, struct ra_json *j, struct ra_str key)
{
	const char *instead = NULL;
	bool masked = is_masked(key, &instead);
	struct ra_str value = ra_json_raw(j);
	if (masked && !instead)
		return;
	if (out->ptr[out->len - 1] != '{')
		ra_buf_add(out, ",", 1);
	ra_buf_add(out, "\"", 1);
	ra_buf_add_str(out, key);
	ra_buf_add(out, "\":", 2);
	if (masked)
		ra_buf_add_text(out, instead);
	else if (ra_str_is(key, "referenced_message") && value.ptr[0] == '{')
		intents_mask_message(out, value);
	else
		ra_buf_add_str(out, value);
}

void intents_mask_message(struct ra_buf *out, struct ra_str message)
{
	struct ra_json j;
	struct ra_str key;
	ra_json_init(&j, message);
	if (!ra_json_enter_object(&j))
		return;
	ra_buf_add(out, "{", 1);
	while (ra_json_next_key(&j, &key))
		add_member(out, &j, key);
	ra_buf_add(out, "}", 1);
}
