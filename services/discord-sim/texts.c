#include "services/discord-sim/texts.h"

static size_t count_lines(const char *const *lines)
{
	size_t count = 0;
	while (lines[count])
		count++;
	return count;
}

/* One of "a|b|c", which ends at `end`. */
static struct ra_str choose(struct rng *rng, const char *at, const char *end)
{
	size_t options = 1;
	for (const char *c = at; c < end; c++)
		options += *c == '|';
	uint64_t skip = rng_below(rng, options);
	while (skip > 0)
		skip -= *at++ == '|';
	const char *stop = memchr(at, '|', (size_t)(end - at));
	return (struct ra_str){ at, (size_t)((stop ? stop : end) - at) };
}

/* Choices may hold #, but no further choices. */
static void expand(struct ra_buf *out, struct rng *rng, struct ra_str line)
{
	const char *at = line.ptr, *end = line.ptr + line.len;
	for (; at < end; at++) {
		const char *close = *at == '{' ? memchr(at, '}', (size_t)(end - at)) : NULL;
		if (*at == '#') {
			ra_buf_add_u64(out, 2 + rng_below(rng, 48));
		} else if (close) {
			expand(out, rng, choose(rng, at + 1, close));
			at = close;
		} else {
			ra_buf_add(out, at, 1);
		}
	}
}

void text_make(struct ra_buf *out, struct rng *rng, enum lang lang, enum theme theme,
	       enum text_kind kind)
{
	const struct phrases(*texts)[TEXT_KINDS] = lang == LANG_RU ? texts_ru : texts_en;
	const char *const *lines = texts[theme][kind].lines;
	if (!lines)
		lines = texts[THEME_COMMON][kind].lines;
	expand(out, rng, ra_str_of(lines[rng_below(rng, count_lines(lines))]));
}
