/*
 * words: a text as the desk reads it.
 *
 * Case is folded and ё is е; accents and characters nobody sees are left out
 * (й stays й, however it was written); wide and ornamental letters are the
 * plain ones; a word that mixes Cyrillic and Latin letters that look alike is
 * the word it looks like. Words are runs of letters and digits; an emoji or
 * an ideograph is a word by itself. Mentions, other marks of Discord's and
 * links have no words, but are in the text.
 */
#pragma once
#include "libshared/base/buf.h"

#define WORDS_TEXT_MAX 16384 /* bytes looked at: 4000 characters, the most Discord sends */

struct word {
	uint32_t from; /* in text */
	uint32_t len;
	uint32_t hash;
};

/* A zeroed struct is empty. */
struct words {
	struct ra_buf text; /* well-formed UTF-8 */
	struct word *items; /* owned */
	size_t count;
	size_t cap;
};

/* Reads `text` in place of what was there before. */
void words_read(struct words *words, struct ra_str text);
void words_fini(struct words *words);

static inline struct ra_str words_at(const struct words *words, size_t i)
{
	return (struct ra_str){ words->text.ptr + words->items[i].from, words->items[i].len };
}

uint32_t words_hash(struct ra_str text);
