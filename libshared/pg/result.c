/* result: reading rows, which come as text. */
#include "libshared/pg/pg.h"
#include <stdlib.h>

bool ra_pg_is_null(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column);
}

/* NULL reads as "", which every parser here takes for 0. */
int64_t ra_pg_get_i64(const PGresult *result, int row, int column)
{
	return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

/* A value past INT64_MAX was stored as its negative twin, and comes back as itself. */
uint64_t ra_pg_get_u64(const PGresult *result, int row, int column)
{
	return strtoull(PQgetvalue(result, row, column), NULL, 10);
}

double ra_pg_get_double(const PGresult *result, int row, int column)
{
	return strtod(PQgetvalue(result, row, column), NULL);
}

bool ra_pg_get_bool(const PGresult *result, int row, int column)
{
	return *PQgetvalue(result, row, column) == 't';
}

struct ra_str ra_pg_get_str(const PGresult *result, int row, int column)
{
	return (struct ra_str){ PQgetvalue(result, row, column),
				(size_t)PQgetlength(result, row, column) };
}
