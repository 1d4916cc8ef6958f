/* guild: the servers there are; and their API tokens. */
#include "libshared/base/clock.h"
#include "services/rationsctl/commands.h"
#include "services/rationsctl/table.h"
#include <sodium.h>

/* As api makes them (services/api/bearer.h): a prefix and 32 random bytes as base64url. */
#define TOKEN_PREFIX "rtn_"
enum { TOKEN_BYTES = 32, TOKEN_TEXT_MAX = 64, ENDING_CHARS = 4 };

/* One list, asked with one value at most. */
static int list(struct ctl *ctl, const char *sql, const char *value,
		const struct table_column *columns, const char *nothing)
{
	const char *const values[] = { value };
	struct ra_err err;
	PGconn *db = sql_open(ctl, false, &err);
	json_t *rows = db ? sql_json(db, &err, sql, value ? 1 : 0, values) : NULL;
	PQfinish(db);
	return rows ? table_print(ctl, rows, columns, nothing) : ctl_complain_of(&err);
}

static bool is_id(const char *text)
{
	uint64_t id;
	if (ra_str_to_u64(ra_str_of(text), &id) == 0 && id <= INT64_MAX)
		return true;
	ctl_complain("that is no id", "`rationsctl guild list` shows those of the servers.");
	return false;
}

/* --- rationsctl guild list | show --- */

/* clang-format off */
static const char guilds_sql[] =
	"SELECT coalesce(json_agg(json_build_object('id', guild_id::text, 'name', name, 'members', member_count, "
	" 'messages', messages_total, 'counted_since', first_event_at AT TIME ZONE 'UTC', "
	" 'last_event_at', last_event_at AT TIME ZONE 'UTC', "
	" 'state', CASE WHEN removed_at IS NOT NULL THEN 'left' WHEN is_available THEN 'there' ELSE 'unavailable' END) "
	" ORDER BY removed_at IS NOT NULL, member_count DESC), '[]') "
	"FROM (SELECT * FROM analytics.guild ORDER BY removed_at IS NOT NULL, member_count DESC LIMIT 1000) g";
static const char guild_sql[] =
	"SELECT json_build_object('id', g.guild_id::text, 'name', g.name, 'members', member_count, 'messages', messages_total, "
	" 'bot_joined_at', bot_joined_at, 'counted_since', first_event_at, 'last_event_at', last_event_at, "
	" 'removed_at', removed_at, 'timezone', (SELECT timezone FROM app.guild_settings s WHERE s.guild_id = g.guild_id), "
	" 'channels', (SELECT count(*) FROM analytics.channel c WHERE c.guild_id = g.guild_id AND deleted_at IS NULL), "
	" 'hidden_channels', (SELECT count(*) FROM analytics.channel c WHERE c.guild_id = g.guild_id AND deleted_at IS NULL AND is_hidden), "
	" 'api_tokens', (SELECT count(*) FROM app.api_token t WHERE t.guild_id = g.guild_id AND revoked_at IS NULL)) "
	"FROM analytics.guild g WHERE guild_id = $1";
static const char tokens_sql[] =
	"SELECT coalesce(json_agg(json_build_object('id', token_id, 'guild', guild_id::text, 'name', name, 'ending', ending, "
	" 'scopes', concat_ws(', ', CASE WHEN sees_figures THEN 'figures' END, CASE WHEN sees_people THEN 'people' END), "
	" 'created_at', created_at AT TIME ZONE 'UTC', 'expires_at', expires_at AT TIME ZONE 'UTC', "
	" 'last_used_at', last_used_at AT TIME ZONE 'UTC', 'is_revoked', revoked_at IS NOT NULL) ORDER BY token_id DESC), '[]') "
	"FROM (SELECT * FROM app.api_token WHERE $1 = '' OR guild_id::text = $1 ORDER BY token_id DESC LIMIT 1000) t";
/* The change and its line in the audit log are one statement. */
static const char create_sql[] =
	"WITH made AS (INSERT INTO app.api_token (guild_id, token_hash, name, ending, sees_figures, sees_people, created_by, created_at, expires_at) "
	" SELECT guild_id, decode($2, 'hex'), $3, $4, true, $5::boolean, 0, now(), now() + nullif($6, '')::integer * interval '1 day' "
	" FROM analytics.guild WHERE guild_id = $1 RETURNING token_id, guild_id, expires_at), "
	"noted AS (INSERT INTO app.audit_log (guild_id, at, actor_id, action, target, after) "
	" SELECT guild_id, now(), 0, 'token.create', $3, json_build_object('scopes', CASE WHEN $5::boolean "
	"  THEN '[\"figures\", \"people\"]'::json ELSE '[\"figures\"]'::json END, 'expires_at', expires_at) FROM made) "
	"SELECT json_build_object('id', token_id, 'guild', guild_id::text, 'name', $3::text, 'expires_at', expires_at) FROM made";
static const char revoke_sql[] =
	"WITH gone AS (UPDATE app.api_token SET revoked_at = now() WHERE token_id = $1 AND revoked_at IS NULL "
	"  RETURNING token_id, guild_id, name), "
	"noted AS (INSERT INTO app.audit_log (guild_id, at, actor_id, action, target) "
	" SELECT guild_id, now(), 0, 'token.revoke', name FROM gone) "
	"SELECT json_build_object('id', token_id, 'guild', guild_id::text, 'name', name) FROM gone";
/* clang-format on */

int guild_list(struct ctl *ctl, char **args)
{
	static const struct table_column columns[] = {
		{ "id", "SERVER", TABLE_TEXT },
		{ "name", "NAME", TABLE_TEXT },
		{ "members", "MEMBERS", TABLE_NUMBER },
		{ "messages", "MESSAGES", TABLE_NUMBER },
		{ "counted_since", "SINCE (UTC)", TABLE_TIME },
		{ "last_event_at", "LAST EVENT", TABLE_TIME },
		{ "state", "STATE", TABLE_TEXT },
		{ NULL, NULL, TABLE_TEXT },
	};
	if (*args)
		return CTL_USAGE;
	return list(ctl, guilds_sql, NULL, columns,
		    "The bot is in no server yet: `rationsctl init --links` prints what invites "
		    "it.");
}

/* One object, each member a line. */
static int print_object(const struct ctl *ctl, json_t *object)
{
	const char *name;
	json_t *value;
	if (ctl->is_json) {
		ctl_print_json(ctl, object);
		return CTL_OK;
	}
	json_object_foreach(object, name, value)
	{
		char *text = json_is_string(value) ? ra_strdup(json_string_value(value)) : NULL;
		if (json_is_integer(value))
			text = ra_format("%" JSON_INTEGER_FORMAT, json_integer_value(value));
		fprintf(ctl->out, "%-16s ", name);
		ctl_print_plain(ctl->out, text ? text : "-");
		fputc('\n', ctl->out);
		ra_free(text);
	}
	json_decref(object);
	return CTL_OK;
}

static json_t *ask(struct ctl *ctl, const char *sql, int count, const char *const *values,
		   struct ra_err *err)
{
	PGconn *db = sql_open(ctl, false, err);
	json_t *object = db ? sql_json(db, err, sql, count, values) : NULL;
	PQfinish(db);
	return object;
}

static int complain_of(const struct ra_err *err)
{
	ctl_complain_of(err);
	return err->code == RA_ENOTFOUND ? CTL_NO : CTL_UNAVAILABLE;
}

int guild_show(struct ctl *ctl, char **args)
{
	struct ra_err err;
	if (ctl_count(args) != 1)
		return CTL_USAGE;
	if (!is_id(args[0]))
		return CTL_BAD_DATA;
	json_t *guild = ask(ctl, guild_sql, 1, (const char *const *)args, &err);
	return guild ? print_object(ctl, guild) : complain_of(&err);
}

/* --- rationsctl token list | create | revoke --- */

int token_list(struct ctl *ctl, char **args)
{
	static const struct table_column columns[] = {
		{ "id", "TOKEN", TABLE_NUMBER },
		{ "guild", "SERVER", TABLE_TEXT },
		{ "name", "NAME", TABLE_TEXT },
		{ "ending", "ENDS IN", TABLE_TEXT },
		{ "scopes", "MAY READ", TABLE_TEXT },
		{ "created_at", "MADE (UTC)", TABLE_TIME },
		{ "expires_at", "UNTIL", TABLE_TIME },
		{ "last_used_at", "LAST USED", TABLE_TIME },
		{ "is_revoked", "REVOKED", TABLE_TEXT },
		{ NULL, NULL, TABLE_TEXT },
	};
	if (ctl_count(args) > 1)
		return CTL_USAGE;
	return list(ctl, tokens_sql, *args ? *args : "", columns, "There is no API token.");
}

/* The token, and what is kept of it. */
static void make_token(char token[TOKEN_TEXT_MAX], char hash_hex[65])
{
	unsigned char bytes[TOKEN_BYTES], hash[crypto_hash_sha256_BYTES];
	randombytes_buf(bytes, sizeof(bytes));
	size_t prefix = strlen(TOKEN_PREFIX);
	snprintf(token, TOKEN_TEXT_MAX, TOKEN_PREFIX);
	sodium_bin2base64(token + prefix, TOKEN_TEXT_MAX - prefix, bytes, sizeof(bytes),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	crypto_hash_sha256(hash, (const unsigned char *)token, strlen(token));
	sodium_bin2hex(hash_hex, 65, hash, sizeof(hash));
}

int token_create(struct ctl *ctl, char **args)
{
	char token[TOKEN_TEXT_MAX], hash[65];
	struct ra_err err;
	uint64_t number;
	bool sees_people = ctl_take_flag(args, "--people");
	const char *days = ctl_take_value(args, "--days");
	if (ctl_count(args) != 2)
		return CTL_USAGE;
	if (!is_id(args[0]))
		return CTL_BAD_DATA;
	if (strlen(args[1]) > 80 || (days && (ra_str_to_u64(ra_str_of(days), &number) < 0 ||
					      number < 1 || number > 3650))) {
		ctl_complain("the name is too long, or the days are none",
			     "80 bytes at most; 1 to 3650 days.");
		return CTL_BAD_DATA;
	}
	make_token(token, hash);
	const char *const values[] = { args[0],
				       hash,
				       args[1],
				       token + strlen(token) - ENDING_CHARS,
				       sees_people ? "true" : "false",
				       days ? days : "" };
	json_t *made = ask(ctl, create_sql, 6, values, &err);
	if (!made)
		return complain_of(&err);
	json_object_set_new(made, "token", json_string(token));
	fprintf(stderr, "This is shown once, and kept nowhere:\n");
	return print_object(ctl, made);
}

int token_revoke(struct ctl *ctl, char **args)
{
	struct ra_err err;
	if (ctl_count(args) != 1)
		return CTL_USAGE;
	if (!is_id(args[0]))
		return CTL_BAD_DATA;
	json_t *gone = ask(ctl, revoke_sql, 1, (const char *const *)args, &err);
	return gone ? print_object(ctl, gone) : complain_of(&err);
}
