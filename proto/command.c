#include "proto/command.h"
#include "libshared/redis/redis.h"

/* X(kind, name): every field, once. */
#define FIELDS(X)                                                                                  \
	X(text, id)                                                                                \
	X(kind, kind)                                                                              \
	X(number, at)                                                                              \
	X(id, guild)                                                                               \
	X(id, actor)                                                                               \
	X(id, target)                                                                              \
	X(id, channel)                                                                             \
	X(id, parent)                                                                              \
	X(id, author)                                                                              \
	X(number, value)                                                                           \
	X(text, text)                                                                              \
	X(text, traceparent)

static const char *const kinds[RA_COMMAND_KIND_COUNT] = { [RA_COMMAND_NONE] = "",
#define X(kind, what) [RA_COMMAND_##kind] = #kind,
							  RA_COMMAND_KINDS(X)
#undef X
};

const char *ra_command_kind_text(enum ra_command_kind kind)
{
	return kinds[kind];
}

enum ra_command_kind ra_command_kind_of(struct ra_str text)
{
	for (int kind = RA_COMMAND_NONE + 1; kind < RA_COMMAND_KIND_COUNT; kind++)
		if (ra_str_is(text, kinds[kind]))
			return (enum ra_command_kind)kind;
	return RA_COMMAND_NONE;
}

static void write_id(struct ra_buf *out, uint64_t value)
{
	ra_resp_u64(out, value);
}

static void write_number(struct ra_buf *out, int64_t value)
{
	ra_resp_i64(out, value);
}

static void write_text(struct ra_buf *out, struct ra_str value)
{
	ra_resp_word(out, value);
}

static void write_kind(struct ra_buf *out, enum ra_command_kind kind)
{
	ra_resp_word(out, ra_str_of(kinds[kind]));
}

size_t ra_command_encode(const struct ra_command *command, struct ra_buf *out)
{
	size_t words = 0;
#define X(kind, name)                                                                              \
	ra_resp_word(out, RA_STR(#name));                                                          \
	write_##kind(out, command->name);                                                          \
	words += 2;
	FIELDS(X)
#undef X
	return words;
}

static void read_id(struct ra_str word, uint64_t *value)
{
	if (ra_str_to_u64(word, value) < 0 || *value > INT64_MAX)
		*value = 0;
}

static void read_number(struct ra_str word, int64_t *value)
{
	if (ra_str_to_i64(word, value) < 0)
		*value = 0;
}

static void read_text(struct ra_str word, struct ra_str *value)
{
	*value = word;
}

static void read_kind(struct ra_str word, enum ra_command_kind *value)
{
	*value = ra_command_kind_of(word);
}

int ra_command_decode(struct ra_command *command, const struct ra_str *words, size_t count)
{
	*command = (struct ra_command){ 0 };
	for (size_t i = 0; i + 1 < count; i += 2) {
#define X(kind, name)                                                                              \
	if (ra_str_is(words[i], #name))                                                            \
		read_##kind(words[i + 1], &command->name);
		FIELDS(X)
#undef X
	}
	bool is_whole = command->id.len == RA_COMMAND_ID_CHARS && command->guild && command->actor;
	return is_whole && command->kind != RA_COMMAND_NONE ? 0 : RA_EINVAL;
}
