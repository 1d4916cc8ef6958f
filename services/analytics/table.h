/*
 * table: rows unique by key, found by hash, kept side by side in one array, so
 * that a column of all rows can be sent to PostgreSQL as it lies. This is what
 * a batch is made of: a key touched a thousand times is one row.
 *
 * A row is a struct that begins with its key; the key must hold no padding.
 */
#pragma once
#include "libshared/base/base.h"

struct table {
	size_t row_size, key_size;
	char *rows; /* owned */
	size_t count, cap;
	uint32_t *slots;   /* owned; row number + 1, 0 empty */
	size_t slot_count; /* a power of two */
};

#define TABLE_OF(row_type, key_type)                                                               \
	((struct table){ .row_size = sizeof(row_type), .key_size = sizeof(key_type) })

void table_fini(struct table *table);
/* Forgets the rows, keeps the memory. */
void table_clear(struct table *table);
/* The row of that key, made (zeroed but for its key) when missing; *is_new (may be NULL) says so.
 * Valid until the next table_row. */
void *table_row(struct table *table, const void *key, bool *is_new);
/* The row of that key, or NULL. */
void *table_find(const struct table *table, const void *key);
