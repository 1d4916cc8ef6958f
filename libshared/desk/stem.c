/* stem: see the header. */
#include "libshared/desk/stem.h"
#include <libstemmer.h>

#define STEM_WORD_MAX 200 /* bytes; longer ones are no words of a language */

struct stemmers {
	struct sb_stemmer *russian; /* owned, both */
	struct sb_stemmer *english;
};

struct stemmers *stemmers_new(void)
{
	struct stemmers *stemmers = ra_new(struct stemmers);
	stemmers->russian = sb_stemmer_new("russian", "UTF_8");
	stemmers->english = sb_stemmer_new("english", "UTF_8");
	return stemmers;
}

void stemmers_free(struct stemmers **stemmers)
{
	if (!*stemmers)
		return;
	sb_stemmer_delete((*stemmers)->russian);
	sb_stemmer_delete((*stemmers)->english);
	ra_free(*stemmers);
	*stemmers = NULL;
}

static struct sb_stemmer *stemmer_of(struct stemmers *stemmers, struct ra_str word)
{
	unsigned char lead = word.len ? (unsigned char)word.ptr[0] : 0;
	if (lead == 0xd0 || lead == 0xd1)
		return stemmers->russian;
	return lead >= 'a' && lead <= 'z' ? stemmers->english : NULL;
}

struct ra_str stemmers_stem(struct stemmers *stemmers, struct ra_str word)
{
	struct sb_stemmer *stemmer = stemmer_of(stemmers, word);
	if (!stemmer || word.len > STEM_WORD_MAX)
		return word;
	const sb_symbol *stem =
		sb_stemmer_stem(stemmer, (const sb_symbol *)word.ptr, (int)word.len);
	return stem ? (struct ra_str){ (const char *)stem, (size_t)sb_stemmer_length(stemmer) }
		    : word;
}
