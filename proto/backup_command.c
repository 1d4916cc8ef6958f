/* backup_command: see the header. */
#include "proto/backup_command.h"
#include "libshared/redis/redis.h"

#define BACKUP_ID_MAX 64

static const char *const kinds[RA_BACKUP_KIND_COUNT] = { [RA_BACKUP_NONE] = "",
#define X(kind, what) [RA_BACKUP_##kind] = #kind,
							 RA_BACKUP_KINDS(X)
#undef X
};

const char *ra_backup_kind_text(enum ra_backup_kind kind)
{
	return kinds[kind];
}

enum ra_backup_kind ra_backup_kind_of(struct ra_str text)
{
	for (int kind = RA_BACKUP_NONE + 1; kind < RA_BACKUP_KIND_COUNT; kind++)
		if (ra_str_is(text, kinds[kind]))
			return (enum ra_backup_kind)kind;
	return RA_BACKUP_NONE;
}

size_t ra_backup_command_encode(const struct ra_backup_command *command, struct ra_buf *out)
{
	ra_resp_word(out, RA_STR("id"));
	ra_resp_word(out, command->id);
	ra_resp_word(out, RA_STR("kind"));
	ra_resp_word(out, ra_str_of(kinds[command->kind]));
	ra_resp_word(out, RA_STR("at"));
	ra_resp_i64(out, command->at);
	ra_resp_word(out, RA_STR("actor"));
	ra_resp_u64(out, command->actor);
	ra_resp_word(out, RA_STR("backup"));
	ra_resp_word(out, command->backup);
	ra_resp_word(out, RA_STR("parameters"));
	ra_resp_word(out, command->parameters);
	ra_resp_word(out, RA_STR("traceparent"));
	ra_resp_word(out, command->traceparent);
	return 14;
}

static void read_field(struct ra_backup_command *command, struct ra_str name, struct ra_str value)
{
	if (ra_str_is(name, "id"))
		command->id = value;
	else if (ra_str_is(name, "kind"))
		command->kind = ra_backup_kind_of(value);
	else if (ra_str_is(name, "backup"))
		command->backup = value;
	else if (ra_str_is(name, "parameters"))
		command->parameters = value;
	else if (ra_str_is(name, "traceparent"))
		command->traceparent = value;
	else if (ra_str_is(name, "at") && ra_str_to_i64(value, &command->at) < 0)
		command->at = 0;
	else if (ra_str_is(name, "actor") &&
		 (ra_str_to_u64(value, &command->actor) < 0 || command->actor > INT64_MAX))
		command->actor = 0;
}

int ra_backup_command_decode(struct ra_backup_command *command, const struct ra_str *words,
			     size_t count)
{
	*command = (struct ra_backup_command){ 0 };
	for (size_t i = 0; i + 1 < count; i += 2)
		read_field(command, words[i], words[i + 1]);
	bool is_bounded = command->backup.len <= BACKUP_ID_MAX &&
			  command->parameters.len <= RA_BACKUP_PARAMETERS_MAX;
	return is_bounded && command->id.len == RA_BACKUP_ID_CHARS &&
			       command->kind != RA_BACKUP_NONE
		       ? 0
		       : RA_EINVAL;
}
