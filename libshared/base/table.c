#include "libshared/base/table.h"

/* FNV-1a over 64-bit words: keys are a few ids and times. */
static uint64_t hash_of(const void *key, size_t size)
{
	uint64_t hash = 14695981039346656037ULL;
	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		uint64_t word = 0;
		memcpy(&word, (const char *)key + i,
		       size - i < sizeof word ? size - i : sizeof word);
		hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
		hash ^= hash >> 29;
	}
	return hash;
}

static char *row_at(const struct ra_table *table, size_t index)
{
	return table->rows + index * table->row_size;
}

/* The slot that holds the key, or the empty one where it belongs. */
static size_t slot_of(const struct ra_table *table, const void *key)
{
	size_t slot = hash_of(key, table->key_size) & (table->slot_count - 1);
	while (table->slots[slot] != 0 &&
	       memcmp(row_at(table, table->slots[slot] - 1), key, table->key_size) != 0)
		slot = (slot + 1) & (table->slot_count - 1);
	return slot;
}

static void grow(struct ra_table *table)
{
	table->cap = table->cap ? table->cap * 2 : 64;
	table->rows = ra_realloc(table->rows, table->cap * table->row_size);
	ra_free(table->slots);
	table->slot_count = table->cap * 2;
	table->slots = ra_alloc(table->slot_count * sizeof *table->slots);
	for (size_t i = 0; i < table->count; i++)
		table->slots[slot_of(table, row_at(table, i))] = (uint32_t)i + 1;
}

void ra_table_fini(struct ra_table *table)
{
	ra_free(table->rows);
	ra_free(table->slots);
	*table = (struct ra_table){ .row_size = table->row_size, .key_size = table->key_size };
}

void ra_table_clear(struct ra_table *table)
{
	table->count = 0;
	if (table->slots)
		memset(table->slots, 0, table->slot_count * sizeof *table->slots);
}

void *ra_table_find(const struct ra_table *table, const void *key)
{
	if (table->count == 0)
		return NULL;
	uint32_t found = table->slots[slot_of(table, key)];
	return found ? row_at(table, found - 1) : NULL;
}

void *ra_table_row(struct ra_table *table, const void *key, bool *is_new)
{
	if (table->count == table->cap)
		grow(table);
	size_t slot = slot_of(table, key);
	bool fresh = table->slots[slot] == 0;
	if (fresh) {
		char *row = row_at(table, table->count++);
		memset(row, 0, table->row_size);
		memcpy(row, key, table->key_size);
		table->slots[slot] = (uint32_t)table->count;
	}
	if (is_new)
		*is_new = fresh;
	return row_at(table, table->slots[slot] - 1);
}
