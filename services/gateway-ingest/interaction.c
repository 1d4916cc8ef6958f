/* interaction: see interaction.h. */
#include "services/gateway-ingest/interaction.h"

/* What Discord sends is shorter; what is longer is not ours to keep. */
#define TOKEN_MAX   512
#define COMMAND_MAX 100
#define OPTIONS_MAX 4096
#define ROLES_MAX   8192
#define LOCALE_MAX  16
#define TEXT_MAX    8192

struct asked {
	struct ra_interaction it;
	struct ra_str custom_id, permissions;
	uint64_t member_user, user;
	uint64_t parent;
	int64_t channel_kind;
	struct ra_str messages; /* of a message's menu: by id, as they lie */
};

/* The message a menu was opened on. */
struct target {
	uint64_t author, webhook;
	bool is_bot;
	struct ra_str text;
};

static const struct field author_fields[] = {
	FIELD(ID, struct target, author, "id"),
	FIELD(FLAG, struct target, is_bot, "bot"),
};
static const struct field_table author_table = FIELD_TABLE(author_fields);

static const struct field target_fields[] = {
	FIELD_INTO("author", author_table),
	FIELD(ID, struct target, webhook, "webhook_id"),
	FIELD(TEXT, struct target, text, "content"),
};
static const struct field_table target_table = FIELD_TABLE(target_fields);

static const struct field resolved_fields[] = {
	FIELD(RAW, struct asked, messages, "messages"),
};
static const struct field_table resolved_table = FIELD_TABLE(resolved_fields);

static const struct field channel_fields[] = {
	FIELD(ID, struct asked, parent, "parent_id"),
	FIELD(INT, struct asked, channel_kind, "type"),
};
static const struct field_table channel_table = FIELD_TABLE(channel_fields);

static const struct field data_fields[] = {
	FIELD(TEXT, struct asked, it.name, "name"),
	FIELD(TEXT, struct asked, custom_id, "custom_id"),
	FIELD(RAW, struct asked, it.options, "options"),
	FIELD(INT, struct asked, it.command_kind, "type"),
	FIELD(ID, struct asked, it.target, "target_id"),
	FIELD_INTO("resolved", resolved_table),
};
static const struct field_table data_table = FIELD_TABLE(data_fields);

static const struct field member_user_fields[] = {
	FIELD(ID, struct asked, member_user, "id"),
};
static const struct field_table member_user_table = FIELD_TABLE(member_user_fields);

static const struct field member_fields[] = {
	FIELD_INTO("user", member_user_table),
	FIELD(IDS, struct asked, it.roles, "roles"),
	FIELD(TEXT, struct asked, permissions, "permissions"),
};
static const struct field_table member_table = FIELD_TABLE(member_fields);

/* In a direct message there is no member. */
static const struct field user_fields[] = {
	FIELD(ID, struct asked, user, "id"),
};
static const struct field_table user_table = FIELD_TABLE(user_fields);

static const struct field fields[] = {
	FIELD(ID, struct asked, it.id, "id"),
	FIELD(ID, struct asked, it.application_id, "application_id"),
	FIELD(INT, struct asked, it.kind, "type"),
	FIELD_INTO("data", data_table),
	FIELD(ID, struct asked, it.guild, "guild_id"),
	FIELD(ID, struct asked, it.channel, "channel_id"),
	FIELD_INTO("channel", channel_table),
	FIELD_INTO("member", member_table),
	FIELD_INTO("user", user_table),
	FIELD(TEXT, struct asked, it.token, "token"),
	FIELD(TEXT, struct asked, it.locale, "locale"),
	FIELD(TEXT, struct asked, it.guild_locale, "guild_locale"),
};
static const struct field_table table = FIELD_TABLE(fields);

static void drop_if_longer(struct ra_str *text, size_t max)
{
	if (text->len > max)
		*text = RA_STR("");
}

/* {"<id>": {message}} with one message. What a bot or a webhook wrote is nobody's. */
static void read_target(struct ra_interaction *out, struct ra_str messages, struct texts *texts)
{
	struct target target = { 0 };
	struct ra_json j;
	struct ra_str key;
	ra_json_init(&j, messages);
	if (!ra_json_enter_object(&j) || !ra_json_next_key(&j, &key) ||
	    !fields_read(&j, &target_table, &target, texts))
		return;
	out->target_author = target.is_bot || target.webhook ? 0 : target.author;
	out->target_text = target.text;
}

static bool is_thread(int64_t channel_kind)
{
	return channel_kind >= 10 && channel_kind <= 12;
}

int interaction_read(struct ra_interaction *out, struct ra_str d, int64_t at, struct texts *texts)
{
	struct asked asked = { 0 };
	if (!fields_parse(d, &table, &asked, texts))
		return RA_EINVAL;
	*out = asked.it;
	out->at = at;
	out->user = asked.member_user ? asked.member_user : asked.user;
	out->parent = is_thread(asked.channel_kind) ? asked.parent : 0;
	read_target(out, asked.messages, texts);
	if (out->name.len == 0)
		out->name = asked.custom_id;
	if (ra_str_to_i64(asked.permissions, &out->permissions) < 0)
		out->permissions = 0;
	if (out->options.len > 0 && out->options.ptr[0] != '[')
		out->options = RA_STR("");
	drop_if_longer(&out->token, TOKEN_MAX);
	drop_if_longer(&out->name, COMMAND_MAX);
	drop_if_longer(&out->options, OPTIONS_MAX);
	drop_if_longer(&out->target_text, TEXT_MAX);
	drop_if_longer(&out->roles, ROLES_MAX);
	drop_if_longer(&out->locale, LOCALE_MAX);
	drop_if_longer(&out->guild_locale, LOCALE_MAX);
	return out->id && out->token.len && out->name.len ? 0 : RA_EINVAL;
}
