/* params: every builder, through PostgreSQL and back through every reader. */
#include "libshared/pg/pg.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <math.h>
#include <stdlib.h>

static uv_loop_t loop;
static struct test_pg server;
static struct ra_pg *pg;
static bool is_up;

enum stmt { SCALARS, INT8S, INT4S, BOOLS, TEXTS, READERS };

static const struct ra_pg_stmt stmts[] = {
	[SCALARS] = { "SELECT $1::bigint, $2::text, $3::bool, $4::bigint, encode($5::bytea, 'hex')",
		      5 },
	[INT8S] = { "SELECT $1::bigint[]::text", 1 },
	[INT4S] = { "SELECT $1::int[]::text", 1 },
	[BOOLS] = { "SELECT $1::bool[]::text", 1 },
	[TEXTS] = { "SELECT $1::text[]::text", 1 },
	[READERS] = { "SELECT 18446744073709551615::numeric, 'NaN'::float8, -1.5::float8, true, "
		      "NULL::text, ''",
		      0 },
};

static void on_up(void *ctx)
{
	(void)ctx;
	is_up = true;
}

static int start(void **state)
{
	static const struct ra_pg_ops ops = { .on_up = on_up };
	struct ra_err err;
	(void)state;
	test_pg_start(&server, false, false);
	test_loop_open(&loop);
	pg = ra_pg_open(&loop, server.url, "params_test", stmts, RA_COUNT(stmts), NULL, &ops, NULL,
			&err);
	test_run_until(&loop, is_up);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	ra_pg_close(pg, NULL, NULL);
	test_loop_close(&loop);
	test_pg_stop(&server);
	return 0;
}

/* The answer to one statement, copied. */
struct answer {
	bool is_there;
	PGresult *result;
};

static void on_result(void *ctx, int status, const PGresult *result, const struct ra_err *err)
{
	struct answer *answer = ctx;
	if (status < 0)
		fail_msg("%s", err->msg);
	answer->result = PQcopyResult(result, PG_COPYRES_TUPLES | PG_COPYRES_ATTRS);
	answer->is_there = true;
}

/* Runs a statement and frees its parameters. */
static PGresult *ask(enum stmt stmt, struct ra_pg_params *params)
{
	struct answer answer = { 0 };
	assert_int_equal(ra_pg_send(pg, (int)stmt, params, on_result, &answer), 0);
	assert_int_equal(ra_pg_sync(pg, NULL, NULL), 0);
	if (params)
		ra_arena_fini(params->arena);
	test_run_until(&loop, answer.is_there);
	return answer.result;
}

static void expect(enum stmt stmt, struct ra_pg_params *params, const char *text)
{
	PGresult *result = ask(stmt, params);
	assert_string_equal(ra_pg_get_str(result, 0, 0).ptr, text);
	PQclear(result);
}

static void scalars(void **state)
{
	(void)state;
	struct ra_arena arena = { 0 };
	struct ra_pg_params params = { .arena = &arena };
	ra_pg_i64(&params, INT64_MIN);
	ra_pg_text(&params, RA_STR("a\0b\xFFжок'\xC3"));
	ra_pg_bool(&params, true);
	ra_pg_null(&params);
	ra_pg_bytes(&params, (struct ra_str){ "\0\xFF", 2 });
	PGresult *result = ask(SCALARS, &params);
	assert_int_equal(ra_pg_get_i64(result, 0, 0), INT64_MIN);
	assert_true(ra_str_is(ra_pg_get_str(result, 0, 1), "ab\uFFFDжок'\uFFFD"));
	assert_true(ra_pg_get_bool(result, 0, 2));
	assert_true(ra_pg_is_null(result, 0, 3));
	assert_int_equal(ra_pg_get_i64(result, 0, 3), 0);
	assert_true(ra_str_is(ra_pg_get_str(result, 0, 4), "00ff"));
	PQclear(result);
}

static void readers(void **state)
{
	(void)state;
	PGresult *result = ask(READERS, NULL);
	assert_true(ra_pg_get_u64(result, 0, 0) == UINT64_MAX);
	assert_true(isnan(ra_pg_get_double(result, 0, 1)));
	assert_true(ra_pg_get_double(result, 0, 2) == -1.5);
	assert_true(ra_pg_get_bool(result, 0, 3));
	assert_true(ra_pg_is_null(result, 0, 4));
	assert_int_equal(ra_pg_get_str(result, 0, 4).len, 0);
	assert_false(ra_pg_get_bool(result, 0, 4));
	assert_true(ra_pg_get_double(result, 0, 4) == 0);
	assert_false(ra_pg_is_null(result, 0, 5));
	PQclear(result);
}

/* A row as our programs fold them: every array is a column of it. */
struct row {
	uint64_t id;
	int64_t value;
	int32_t small;
	bool flag;
	struct ra_str name;
};

static const struct row rows[] = {
	{ 1, INT64_MIN, INT32_MIN, true, { "", 0 } },
	{ UINT64_MAX, -1, -1, false, { NULL, 0 } },
	{ 0, INT64_MAX, INT32_MAX, true, { "x\0\xFE,\"", 5 } },
};

static void arrays(void **state)
{
	(void)state;
	struct ra_arena arena = { 0 };
	size_t n = RA_COUNT(rows), stride = sizeof(rows[0]);

	struct ra_pg_params p = { .arena = &arena };
	ra_pg_i64_array(&p, &rows[0].value, n, stride);
	expect(INT8S, &p, "{-9223372036854775808,-1,9223372036854775807}");

	p = (struct ra_pg_params){ .arena = &arena };
	ra_pg_u64_array(&p, &rows[0].id, n, stride);
	expect(INT8S, &p, "{1,-1,0}");

	p = (struct ra_pg_params){ .arena = &arena };
	ra_pg_i64_array_or_null(&p, &rows[0].value, n, stride, -1);
	expect(INT8S, &p, "{-9223372036854775808,NULL,9223372036854775807}");

	p = (struct ra_pg_params){ .arena = &arena };
	ra_pg_i32_array(&p, &rows[0].small, n, stride);
	expect(INT4S, &p, "{-2147483648,-1,2147483647}");

	p = (struct ra_pg_params){ .arena = &arena };
	ra_pg_bool_array(&p, &rows[0].flag, n, stride);
	expect(BOOLS, &p, "{t,f,t}");

	p = (struct ra_pg_params){ .arena = &arena };
	ra_pg_text_array(&p, &rows[0].name, n, stride);
	expect(TEXTS, &p, "{\"\",NULL,\"x\uFFFD,\\\"\"}");
}

static void empty_arrays(void **state)
{
	(void)state;
	struct ra_arena arena = { 0 };

	struct ra_pg_params p = { .arena = &arena };
	ra_pg_i64_array(&p, NULL, 0, sizeof(int64_t));
	expect(INT8S, &p, "{}");

	p = (struct ra_pg_params){ .arena = &arena };
	ra_pg_text_array(&p, NULL, 0, sizeof(struct ra_str));
	expect(TEXTS, &p, "{}");
}

static void large_array(void **state)
{
	(void)state;
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	static int64_t numbers[50000];
	for (size_t i = 0; i < RA_COUNT(numbers); i++)
		numbers[i] = (int64_t)i * 1000000007;
	ra_pg_i64_array(&p, numbers, RA_COUNT(numbers), sizeof(numbers[0]));
	PGresult *result = ask(INT8S, &p);
	const char *at = ra_pg_get_str(result, 0, 0).ptr;
	for (size_t i = 0; i < RA_COUNT(numbers); i++) {
		char *end;
		assert_int_equal(strtoll(at + 1, &end, 10), numbers[i]);
		at = end;
	}
	assert_string_equal(at, "}");
	PQclear(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars),     cmocka_unit_test(readers),
		cmocka_unit_test(arrays),      cmocka_unit_test(empty_arrays),
		cmocka_unit_test(large_array),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
