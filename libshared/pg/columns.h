/* columns: columns of a table's rows as parameters of a statement; `p` is its struct ra_pg_params.
 */
#pragma once
#include "libshared/base/table.h"
#include "libshared/pg/pg.h"

/* One column of a table, as it lies; NULL while it never had a row. `type` is the row's, `field` a
 * member of it. */
#define FIRST(table, type, field)                                                                  \
	((table)->rows ? &((const type *)(const void *)(table)->rows)->field : NULL)
#define I64(table, type, field)                                                                    \
	ra_pg_i64_array(&p, FIRST(table, type, field), (table)->count, sizeof(type))
#define I64N(table, type, field)                                                                   \
	ra_pg_i64_array_or_null(&p, FIRST(table, type, field), (table)->count, sizeof(type), 0)
#define U64(table, type, field)                                                                    \
	ra_pg_u64_array(&p, FIRST(table, type, field), (table)->count, sizeof(type))
#define I32(table, type, field)                                                                    \
	ra_pg_i32_array(&p, FIRST(table, type, field), (table)->count, sizeof(type))
#define BOOL(table, type, field)                                                                   \
	ra_pg_bool_array(&p, FIRST(table, type, field), (table)->count, sizeof(type))
#define TEXT(table, type, field)                                                                   \
	ra_pg_text_array(&p, FIRST(table, type, field), (table)->count, sizeof(type))
