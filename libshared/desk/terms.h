/*
 * terms: words, word forms and phrases to be found in texts, each worth some
 * rules. One pass over the words of a text, one lookup each, however many
 * terms there are.
 */
#pragma once
#include "libshared/desk/words.h"

struct terms;

struct terms *terms_new(void);
void terms_free(struct terms **terms);

/* `words`, at least one, one after the other. */
void terms_add_run(struct terms *terms, const struct words *words, uint64_t rules);
/* `word` in any of its forms. */
void terms_add_stem(struct terms *terms, struct ra_str word, uint64_t rules);

/* The rules of the terms found in a text. */
uint64_t terms_find(struct terms *terms, const struct words *words);
