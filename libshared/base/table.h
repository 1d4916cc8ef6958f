/*
 * table: rows unique by key, found by hash, kept side by side in one array, so
 * that a column of all rows can be sent to PostgreSQL as it lies (pg/columns.h).
 * This is what a batch is made of: a key touched a thousand times is one row.
 *
 * A row is a struct that begins with its key; the key must hold no padding.
 */
#pragma once
#include "libshared/base/base.h"

struct ra_table {
	size_t row_size, key_size;
	char *rows; /* owned */
	size_t count, cap;
	uint32_t *slots;   /* owned; row number + 1, 0 empty */
	size_t slot_count; /* a power of two */
};

#define RA_TABLE_OF(row_type, key_type)                                                            \
	((struct ra_table){ .row_size = sizeof(row_type), .key_size = sizeof(key_type) })

void ra_table_fini(struct ra_table *table);
/* Forgets the rows, keeps the memory. */
void ra_table_clear(struct ra_table *table);
/* The row of that key, made (zeroed but for its key) when missing; *is_new (may be NULL) says so.
 * Valid until the next table_row. */
void *ra_table_row(struct ra_table *table, const void *key, bool *is_new);
/* The row of that key, or NULL. */
void *ra_table_find(const struct ra_table *table, const void *key);
