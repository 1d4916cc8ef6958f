/* interaction: see interaction.h. */
#include "services/gateway-ingest/interaction.h"

/* What Discord sends is shorter; what is longer is not ours to keep. */
#define TOKEN_MAX   512
#define COMMAND_MAX 100
#define OPTIONS_MAX 4096
#define ROLES_MAX   8192
#define LOCALE_MAX  16

struct asked {
	struct ra_interaction it;
	struct ra_str custom_id, permissions;
	uint64_t member_user, user;
};

static const struct field data_fields[] = {
	FIELD(TEXT, struct asked, it.name, "name"),
	FIELD(TEXT, struct asked, custom_id, "custom_id"),
	FIELD(RAW, struct asked, it.options, "options"),
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

int interaction_read(struct ra_interaction *out, struct ra_str d, int64_t at, struct texts *texts)
{
	struct asked asked = { 0 };
	if (!fields_parse(d, &table, &asked, texts))
		return RA_EINVAL;
	*out = asked.it;
	out->at = at;
	out->user = asked.member_user ? asked.member_user : asked.user;
	if (out->name.len == 0)
		out->name = asked.custom_id;
	if (ra_str_to_i64(asked.permissions, &out->permissions) < 0)
		out->permissions = 0;
	if (out->options.len > 0 && out->options.ptr[0] != '[')
		out->options = RA_STR("");
	drop_if_longer(&out->token, TOKEN_MAX);
	drop_if_longer(&out->name, COMMAND_MAX);
	drop_if_longer(&out->options, OPTIONS_MAX);
	drop_if_longer(&out->roles, ROLES_MAX);
	drop_if_longer(&out->locale, LOCALE_MAX);
	drop_if_longer(&out->guild_locale, LOCALE_MAX);
	return out->id && out->token.len && out->name.len ? 0 : RA_EINVAL;
}
