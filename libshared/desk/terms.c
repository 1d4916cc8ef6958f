/*
 * terms: see the header. A hash table from first words to terms, and one from
 * stems. To take the stem of a word costs more than all else, so it is taken
 * only of words that begin like a term: a stem of four letters or more shares
 * its first three with every form, a shorter one its first two (dying is a
 * form of die: y counts as i there).
 */
#include "libshared/desk/terms.h"
#include "libshared/desk/stem.h"

struct term {
	uint32_t hash; /* of its first word */
	uint32_t text; /* where it starts in `texts`: the words, a NUL behind each */
	uint32_t words;
	uint32_t next; /* in the slot, +1; 0: the last */
	uint64_t rules;
};

struct table {
	struct term *items; /* owned */
	size_t count;
	size_t cap;
	uint32_t *slots; /* owned: a term's place +1, 0 is none; twice as many as `cap` */
};

#define PREFIX_BITS 4096

struct terms {
	struct table runs;
	struct table stems;
	struct ra_buf texts;
	uint64_t prefixes[PREFIX_BITS / 64];
	struct stemmers *stemmers; /* owned */
};

struct terms *terms_new(void)
{
	struct terms *terms = ra_new(struct terms);
	terms->stemmers = stemmers_new();
	return terms;
}

static void table_fini(struct table *table)
{
	ra_free(table->items);
	ra_free(table->slots);
}

void terms_free(struct terms **where)
{
	struct terms *terms = *where;
	if (!terms)
		return;
	table_fini(&terms->runs);
	table_fini(&terms->stems);
	ra_buf_fini(&terms->texts);
	stemmers_free(&terms->stemmers);
	ra_free(terms);
	*where = NULL;
}

/* --- tables -------------------------------------------------------------------------- */

static uint32_t *slot_of(const struct table *table, uint32_t hash)
{
	return &table->slots[hash & (table->cap * 2 - 1)];
}

static void link_term(struct table *table, size_t i)
{
	uint32_t *slot = slot_of(table, table->items[i].hash);
	table->items[i].next = *slot;
	*slot = (uint32_t)i + 1;
}

static void table_add(struct table *table, struct term term)
{
	if (table->count == table->cap) {
		table->cap = table->cap ? table->cap * 2 : 16;
		table->items = ra_realloc(table->items, table->cap * sizeof(*table->items));
		ra_free(table->slots);
		table->slots = ra_alloc(table->cap * 2 * sizeof(*table->slots));
		for (size_t i = 0; i < table->count; i++)
			link_term(table, i);
	}
	table->items[table->count] = term;
	link_term(table, table->count++);
}

static const struct term *first_of(const struct table *table, uint32_t hash)
{
	uint32_t place = table->count ? *slot_of(table, hash) : 0;
	return place ? &table->items[place - 1] : NULL;
}

static const struct term *next_of(const struct table *table, const struct term *term)
{
	return term->next ? &table->items[term->next - 1] : NULL;
}

/* --- how terms begin -------------------------------------------------------------------- */

/* Bytes of the first `letters` letters; all when there are fewer. */
static size_t letters_len(struct ra_str word, int letters)
{
	size_t len = 0;
	while (len < word.len && letters-- > 0)
		do
			len++;
		while (len < word.len && ((unsigned char)word.ptr[len] & 0xc0) == 0x80);
	return len;
}

static uint32_t prefix_bit(struct ra_str word, int letters)
{
	struct ra_str prefix = { word.ptr, letters_len(word, letters) };
	return (words_hash(prefix) ^ (uint32_t)letters * 0x9e3779b9U) % PREFIX_BITS;
}

static void set_prefix(struct terms *terms, struct ra_str word, int letters)
{
	uint32_t bit = prefix_bit(word, letters);
	terms->prefixes[bit / 64] |= 1ULL << bit % 64;
}

static bool has_prefix(const struct terms *terms, struct ra_str word, int letters)
{
	uint32_t bit = prefix_bit(word, letters);
	return terms->prefixes[bit / 64] >> bit % 64 & 1;
}

static bool begins_like_a_stem(const struct terms *terms, struct ra_str word)
{
	return has_prefix(terms, word, 3) || has_prefix(terms, word, 2) ||
	       has_prefix(terms, word, 1);
}

static void add_prefix(struct terms *terms, struct ra_str stem)
{
	size_t three = letters_len(stem, 3), one = letters_len(stem, 1);
	if (stem.len > three) {
		set_prefix(terms, stem, 3);
		return;
	}
	set_prefix(terms, stem, stem.len > one ? 2 : 1);
	if (stem.len > 1 && stem.ptr[1] == 'i') {
		char with_y[2] = { stem.ptr[0], 'y' };
		set_prefix(terms, (struct ra_str){ with_y, 2 }, 2);
	}
}

/* --- adding -------------------------------------------------------------------------------- */

static uint32_t keep_text(struct terms *terms, struct ra_str word)
{
	uint32_t at = (uint32_t)terms->texts.len;
	ra_buf_add(&terms->texts, word.ptr, word.len);
	ra_buf_add(&terms->texts, "", 1);
	return at;
}

void terms_add_run(struct terms *terms, const struct words *words, uint64_t rules)
{
	struct term term = { .words = (uint32_t)words->count, .rules = rules };
	term.hash = words->items[0].hash;
	term.text = keep_text(terms, words_at(words, 0));
	for (size_t i = 1; i < words->count; i++)
		(void)keep_text(terms, words_at(words, i));
	table_add(&terms->runs, term);
}

void terms_add_stem(struct terms *terms, struct ra_str word, uint64_t rules)
{
	struct ra_str stem = stemmers_stem(terms->stemmers, word);
	struct term term = { .words = 1, .rules = rules, .hash = words_hash(stem) };
	term.text = keep_text(terms, stem);
	table_add(&terms->stems, term);
	add_prefix(terms, stem);
}

/* --- finding ------------------------------------------------------------------------------- */

static bool is_text(const char *text, struct ra_str word)
{
	return strncmp(text, word.ptr, word.len) == 0 && text[word.len] == '\0';
}

static bool is_run(const struct terms *terms, const struct term *term, const struct words *words,
		   size_t from)
{
	const char *text = terms->texts.ptr + term->text;
	if (term->words > words->count - from)
		return false;
	for (size_t i = 0; i < term->words; i++) {
		if (!is_text(text, words_at(words, from + i)))
			return false;
		text += strlen(text) + 1;
	}
	return true;
}

static uint64_t find_runs(const struct terms *terms, const struct words *words, size_t from)
{
	uint32_t hash = words->items[from].hash;
	uint64_t found = 0;
	for (const struct term *term = first_of(&terms->runs, hash); term;
	     term = next_of(&terms->runs, term))
		if (term->hash == hash && is_run(terms, term, words, from))
			found |= term->rules;
	return found;
}

static uint64_t find_stem(const struct terms *terms, struct ra_str word)
{
	if (!begins_like_a_stem(terms, word))
		return 0;
	struct ra_str stem = stemmers_stem(terms->stemmers, word);
	uint32_t hash = words_hash(stem);
	uint64_t found = 0;
	for (const struct term *term = first_of(&terms->stems, hash); term;
	     term = next_of(&terms->stems, term))
		if (term->hash == hash && is_text(terms->texts.ptr + term->text, stem))
			found |= term->rules;
	return found;
}

uint64_t terms_find(struct terms *terms, const struct words *words)
{
	uint64_t found = 0;
	for (size_t i = 0; i < words->count; i++) {
		if (terms->runs.count > 0)
			found |= find_runs(terms, words, i);
		if (terms->stems.count > 0)
			found |= find_stem(terms, words_at(words, i));
	}
	return found;
}
