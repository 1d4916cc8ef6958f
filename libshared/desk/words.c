/*
 * words: see the header. ASCII and Russian, nearly all there is, are read
 * without a table; the rest is utf8proc's.
 */
#include "libshared/desk/words.h"
#include "libshared/base/utf8.h"
#include <utf8proc.h>

enum { SCRIPT_LATIN = 1, SCRIPT_CYRILLIC = 2 };

struct reader {
	struct words *words;
	size_t from; /* of the word being read, in its text */
	bool is_in_word;
	unsigned scripts; /* of the word being read */
};

uint32_t words_hash(struct ra_str text)
{
	uint32_t hash = 2166136261U;
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.ptr[i]) * 16777619U;
	return hash ^ hash >> 15;
}

/* --- words that mix what looks alike --------------------------------------------------- */

static const struct {
	uint32_t latin, cyrillic;
} lookalikes[] = {
	{ 'a', 0x430 }, { 'b', 0x432 }, { 'c', 0x441 }, { 'e', 0x435 }, { 'h', 0x43d },
	{ 'i', 0x456 }, { 'j', 0x458 }, { 'k', 0x43a }, { 'm', 0x43c }, { 'o', 0x43e },
	{ 'p', 0x440 }, { 's', 0x455 }, { 't', 0x442 }, { 'x', 0x445 }, { 'y', 0x443 },
};

static bool is_latin(uint32_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_cyrillic(uint32_t c)
{
	return c >= 0x400 && c < 0x530;
}

/* The letter of the other script; 0 when none looks like it. */
static uint32_t lookalike(uint32_t c)
{
	for (size_t i = 0; i < RA_COUNT(lookalikes); i++) {
		if (lookalikes[i].latin == c)
			return lookalikes[i].cyrillic;
		if (lookalikes[i].cyrillic == c)
			return lookalikes[i].latin;
	}
	return 0;
}

/* `word` with the letters of the other script as letters of this one; false when one has no
 * counterpart. */
static bool in_one_script(struct ra_str word, bool (*is_foreign)(uint32_t c), struct ra_buf *out)
{
	while (word.len > 0) {
		utf8proc_int32_t c;
		utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)word.ptr,
							(utf8proc_ssize_t)word.len, &c);
		uint32_t letter = (uint32_t)c;
		if (is_foreign(letter))
			letter = lookalike(letter);
		if (letter == 0)
			return false;
		ra_utf8_add(out, letter);
		word = (struct ra_str){ word.ptr + len, word.len - (size_t)len };
	}
	return true;
}

/* пoмощь with a Latin o is помощь; hеlp with a Cyrillic е is help. */
static void repair(struct reader *r)
{
	struct ra_buf *text = &r->words->text, repaired = { 0 };
	struct ra_str word = { text->ptr + r->from, text->len - r->from };
	bool is_done = in_one_script(word, is_latin, &repaired);
	if (!is_done) {
		ra_buf_clear(&repaired);
		is_done = in_one_script(word, is_cyrillic, &repaired);
	}
	if (is_done) {
		text->len = r->from;
		ra_buf_add(text, repaired.ptr, repaired.len);
	}
	ra_buf_fini(&repaired);
}

/* --- reading --------------------------------------------------------------------------- */

static void end_word(struct reader *r)
{
	struct words *words = r->words;
	if (!r->is_in_word)
		return;
	if (r->scripts == (SCRIPT_LATIN | SCRIPT_CYRILLIC))
		repair(r);
	if (words->count == words->cap) {
		words->cap = words->cap ? words->cap * 2 : 64;
		words->items = ra_realloc(words->items, words->cap * sizeof(*words->items));
	}
	struct ra_str word = { words->text.ptr + r->from, words->text.len - r->from };
	words->items[words->count++] =
		(struct word){ (uint32_t)r->from, (uint32_t)word.len, words_hash(word) };
	r->is_in_word = false;
	r->scripts = 0;
}

static void begin_word(struct reader *r)
{
	if (r->is_in_word)
		return;
	r->is_in_word = true;
	r->from = r->words->text.len;
}

static void add_letter(struct reader *r, uint32_t c)
{
	begin_word(r);
	ra_utf8_add(&r->words->text, c);
	if (is_latin(c))
		r->scripts |= SCRIPT_LATIN;
	else if (is_cyrillic(c))
		r->scripts |= SCRIPT_CYRILLIC;
}

static void add_other(struct reader *r, uint32_t c)
{
	end_word(r);
	ra_utf8_add(&r->words->text, c);
}

static void add_sign(struct reader *r, uint32_t c)
{
	end_word(r);
	add_letter(r, c);
	end_word(r);
}

static void add_ascii(struct reader *r, char c)
{
	if (c >= 'A' && c <= 'Z')
		add_letter(r, (uint32_t)(c - 'A' + 'a'));
	else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		add_letter(r, (uint32_t)c);
	else
		add_other(r, (uint32_t)(unsigned char)c);
}

/* Scripts written without spaces. */
static bool is_ideograph(uint32_t c)
{
	return (c >= 0x2e80 && c < 0x3130) || (c >= 0x3400 && c < 0xa000) ||
	       (c >= 0x20000 && c < 0x40000);
}

static void add_folded(struct reader *r, uint32_t c)
{
	if (c < 0x80) {
		add_ascii(r, (char)c);
		return;
	}
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		if (is_ideograph(c))
			add_sign(r, c);
		else
			add_letter(r, c);
		return;
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_CF: return;
	case UTF8PROC_CATEGORY_SO:
	case UTF8PROC_CATEGORY_SK: add_sign(r, c); return;
	default: add_other(r, c);
	}
}

/* й as и and a breve. */
static bool makes_short_i(struct reader *r, uint32_t c)
{
	struct ra_buf *text = &r->words->text;
	if (c != 0x306 || !r->is_in_word || text->len < 2 ||
	    memcmp(text->ptr + text->len - 2, "\xd0\xb8", 2) != 0)
		return false;
	text->ptr[text->len - 1] = '\xb9';
	return true;
}

#define FOLDING                                                                                    \
	(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK |           \
	 UTF8PROC_IGNORE)

static void add_rare(struct reader *r, uint32_t c)
{
	utf8proc_int32_t folded[32];
	int last = 0;
	if (makes_short_i(r, c))
		return;
	if (c == 0x2116 || c == 0xfffd) { /* the number sign is no word "no" */
		add_other(r, c);
		return;
	}
	if (c >= 0xac00 && c < 0xd7a4) { /* or Hangul would come apart */
		add_letter(r, c);
		return;
	}
	utf8proc_ssize_t count = utf8proc_decompose_char(
		(utf8proc_int32_t)c, folded, RA_COUNT(folded), (utf8proc_option_t)FOLDING, &last);
	for (utf8proc_ssize_t i = 0; i < count && i < (utf8proc_ssize_t)RA_COUNT(folded); i++)
		add_folded(r, (uint32_t)folded[i]);
}

static void add_cyrillic(struct reader *r, uint32_t c)
{
	if (c >= 0x410 && c < 0x430)
		add_letter(r, c + 0x20);
	else if (c >= 0x430 && c < 0x450)
		add_letter(r, c);
	else if (c == 0x401 || c == 0x451)
		add_letter(r, 0x435);
	else
		add_rare(r, c);
}

/* --- what is no text ---------------------------------------------------------------------- */

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static size_t span(struct ra_str text, size_t from, const char *set)
{
	while (from < text.len && is_one_of(text.ptr[from], set))
		from++;
	return from;
}

#define DIGITS "0123456789"
#define NAMES  DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_~:-"

/* Length of the mark of Discord's that `text` starts with: <@1>, <@&1>, <#1>, <:name:1>,
 * <a:name:1>, <t:1:R>, </name:1>; else 0.
 * https://discord.com/developers/docs/reference#message-formatting */
static size_t mark_len(struct ra_str text)
{
	if (text.len < 4)
		return 0;
	bool is_mention = is_one_of(text.ptr[1], "@#"), is_time = text.ptr[1] == 't';
	bool is_name = is_one_of(text.ptr[1], ":/") || (text.ptr[1] == 'a' && text.ptr[2] == ':');
	if (!is_mention && !is_name && !(is_time && text.ptr[2] == ':'))
		return 0;
	size_t end = span(text, 2, is_mention ? DIGITS "&!" : NAMES " ");
	bool is_whole = end < text.len && text.ptr[end] == '>' &&
			is_one_of(text.ptr[end - 1], is_time ? NAMES : DIGITS);
	return is_whole ? end + 1 : 0;
}

/* Length of the link that `text` starts with, else 0. */
static size_t link_len(struct ra_str text)
{
	struct ra_str rest = text;
	if (rest.len < 8 || strncasecmp(rest.ptr, "http", 4) != 0)
		return 0;
	size_t end = is_one_of(rest.ptr[4], "sS") ? 5 : 4;
	if (end + 3 > rest.len || memcmp(rest.ptr + end, "://", 3) != 0)
		return 0;
	while (end < rest.len && (unsigned char)rest.ptr[end] > ' ' &&
	       !is_one_of(rest.ptr[end], "<>()[]\""))
		end++;
	return end;
}

static size_t add_wordless(struct reader *r, struct ra_str text)
{
	size_t len = 0;
	if (text.ptr[0] == '<')
		len = mark_len(text);
	else if (!r->is_in_word && is_one_of(text.ptr[0], "hH"))
		len = link_len(text);
	if (len == 0)
		return 0;
	end_word(r);
	ra_utf8_add_clean(&r->words->text, (struct ra_str){ text.ptr, len });
	return len;
}

/* Returns how much of `text` that was. */
static size_t add_next(struct reader *r, struct ra_str text)
{
	unsigned char lead = (unsigned char)text.ptr[0];
	if (lead < 0x80) {
		size_t len = add_wordless(r, text);
		if (len > 0)
			return len;
		add_ascii(r, text.ptr[0]);
		return 1;
	}
	size_t len = ra_utf8_first(text);
	if (len == 0) {
		add_other(r, 0xfffd);
		return 1;
	}
	if (lead == 0xd0 || lead == 0xd1) {
		add_cyrillic(r, (lead & 0x1fU) << 6 | ((unsigned char)text.ptr[1] & 0x3fU));
		return len;
	}
	utf8proc_int32_t c = 0xfffd;
	(void)utf8proc_iterate((const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)len, &c);
	add_rare(r, (uint32_t)c);
	return len;
}

void words_read(struct words *words, struct ra_str text)
{
	struct reader r = { .words = words };
	ra_buf_clear(&words->text);
	words->count = 0;
	if (text.len > WORDS_TEXT_MAX)
		text.len = WORDS_TEXT_MAX;
	while (text.len > 0) {
		size_t len = add_next(&r, text);
		text = (struct ra_str){ text.ptr + len, text.len - len };
	}
	end_word(&r);
}

void words_fini(struct words *words)
{
	ra_buf_fini(&words->text);
	ra_free(words->items);
	*words = (struct words){ 0 };
}
