#include "proto/interaction.h"
#include "libshared/redis/redis.h"

/* X(kind, name): every field, once. */
#define FIELDS(X)                                                                                  \
	X(id, id)                                                                                  \
	X(id, application_id)                                                                      \
	X(id, guild)                                                                               \
	X(id, channel)                                                                             \
	X(id, user)                                                                                \
	X(id, parent)                                                                              \
	X(number, command_kind)                                                                    \
	X(id, target)                                                                              \
	X(id, target_author)                                                                       \
	X(text, target_text)                                                                       \
	X(number, kind)                                                                            \
	X(number, at)                                                                              \
	X(number, permissions)                                                                     \
	X(text, token)                                                                             \
	X(text, name)                                                                              \
	X(text, options)                                                                           \
	X(text, roles)                                                                             \
	X(text, locale)                                                                            \
	X(text, guild_locale)                                                                      \
	X(text, traceparent)

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

size_t ra_interaction_encode(const struct ra_interaction *interaction, struct ra_buf *out)
{
	size_t words = 0;
#define X(kind, name)                                                                              \
	ra_resp_word(out, RA_STR(#name));                                                          \
	write_##kind(out, interaction->name);                                                      \
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

int ra_interaction_decode(struct ra_interaction *interaction, const struct ra_str *words,
			  size_t count)
{
	*interaction = (struct ra_interaction){ 0 };
	for (size_t i = 0; i + 1 < count; i += 2) {
#define X(kind, name)                                                                              \
	if (ra_str_is(words[i], #name))                                                            \
		read_##kind(words[i + 1], &interaction->name);
		FIELDS(X)
#undef X
	}
	return interaction->id && interaction->token.len ? 0 : RA_EINVAL;
}
