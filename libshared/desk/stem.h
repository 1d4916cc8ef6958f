/*
 * stem: the part of a word that its forms share, by the Snowball algorithms:
 * Russian for Cyrillic letters, English for Latin ones. Words are given as
 * words.h reads them.
 */
#pragma once
#include "libshared/base/base.h"

struct stemmers;

struct stemmers *stemmers_new(void);
void stemmers_free(struct stemmers **stemmers);

/* Valid until the next call. A word of another script is its own stem. */
struct ra_str stemmers_stem(struct stemmers *stemmers, struct ra_str word);
