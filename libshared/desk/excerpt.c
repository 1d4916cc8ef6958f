#include "libshared/desk/excerpt.h"
#include <ctype.h>

/* The bytes of "<@123>", "<@!123>" or "<@&123>" at the beginning of `text`; 0: there is none. */
static size_t mention_length(struct ra_str text)
{
	size_t at = 2;
	if (text.len < 4 || text.ptr[0] != '<' || text.ptr[1] != '@')
		return 0;
	if (text.ptr[at] == '!' || text.ptr[at] == '&')
		at++;
	size_t digits = at;
	while (at < text.len && isdigit((unsigned char)text.ptr[at]))
		at++;
	return at > digits && at < text.len && text.ptr[at] == '>' ? at + 1 : 0;
}

static bool begins_character(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

struct ra_str excerpt_of(struct ra_arena *arena, struct ra_str text)
{
	char *out = ra_arena_alloc(arena, text.len + 1);
	size_t len = 0, chars = 0;
	while (text.len > 0) {
		size_t mention = mention_length(text), used = mention ? mention : 1;
		chars += begins_character(text.ptr[0]);
		if (chars > EXCERPT_CHARS)
			break;
		out[len++] = mention ? '@' : text.ptr[0];
		text.ptr += used;
		text.len -= used;
	}
	return (struct ra_str){ len ? out : NULL, len };
}
