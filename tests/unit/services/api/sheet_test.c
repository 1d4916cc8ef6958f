/* sheet: answers become rows, rows become lines no spreadsheet runs. */
#include "services/api/sheet.h"
#include "tests/harness/cmocka.h"
#include <stdlib.h>

static json_t *json(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);
	assert_non_null(value);
	return value;
}

/* The whole of an answer as CSV. */
static void expect(const char *answer_text, const char *csv)
{
	struct ra_buf out = { 0 };
	json_t *answer = json(answer_text), *rows = sheet_rows(answer);
	json_t *columns = sheet_columns(rows);
	sheet_add_head(&out, columns);
	for (size_t i = 0; i < json_array_size(rows); i++)
		sheet_add_row(&out, columns, json_array_get(rows, i), SHEET_FOR_PROGRAMS);
	assert_string_equal(ra_buf_text(&out), csv);
	ra_buf_fini(&out);
	json_decref(columns);
	json_decref(rows);
	json_decref(answer);
}

static void test_series(void **state)
{
	(void)state;
	expect("{\"range\":{},\"starts\":[\"a\",\"b\"],\"series\":["
	       "{\"key\":\"messages\",\"values\":[1,null],\"previous\":null},"
	       "{\"key\":\"voice_ms\",\"values\":[2,3],\"previous\":[4,5]}]}",
	       "at,messages,voice_ms,previous_voice_ms\r\na,1,2,4\r\nb,,3,5\r\n");
}

static void test_week(void **state)
{
	(void)state;
	expect("{\"cells\":[[1,2],[3,4]],\"days\":[1,1]}",
	       "weekday,hour,value\r\n1,0,1\r\n1,1,2\r\n2,0,3\r\n2,1,4\r\n");
}

static void test_lists(void **state)
{
	(void)state;
	expect("{\"total\":2,\"rows\":[{\"id\":\"1\",\"share\":0.25,\"is_bot\":true},"
	       "{\"id\":\"2\",\"share\":null,\"is_bot\":false}]}",
	       "id,share,is_bot\r\n1,0.25,true\r\n2,,false\r\n");
	/* whatever its name is; lists inside are left out, objects become columns */
	expect("{\"empty\":[],\"members\":[{\"name\":\"a\",\"days\":[1,2],\"by\":null},"
	       "{\"name\":\"b\",\"days\":[],\"by\":{\"id\":\"7\",\"x\":{}}}]}",
	       "name,by.id\r\na,\r\nb,7\r\n");
	expect("{\"total\":0,\"rows\":[]}", "\r\n");
	expect("{\"a\":1,\"b\":\"x\"}", "a,b\r\n1,x\r\n");
}

static void expect_cell(const char *text, const char *cell)
{
	struct ra_buf out = { 0 };
	sheet_add_text(&out, ra_str_of(text));
	assert_string_equal(ra_buf_text(&out), cell);
	ra_buf_fini(&out);
}

static void test_cells(void **state)
{
	(void)state;
	expect_cell("plain", "plain");
	expect_cell("", "");
	expect_cell("a,b", "\"a,b\"");
	expect_cell("a \"b\"", "\"a \"\"b\"\"\"");
	expect_cell("a\r\nb", "\"a\r\nb\"");
	expect_cell("=1+1", "'=1+1");
	expect_cell("+1", "'+1");
	expect_cell("-1", "'-1");
	expect_cell("@SUM(A1)", "'@SUM(A1)");
	expect_cell("\t=1", "'\t=1");
	expect_cell("\r=1", "\"'\r=1\"");
	expect_cell("=HYPERLINK(\"http://x\",\"y\")",
		    "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
	expect_cell("a=1", "a=1");
}

/* What a spreadsheet would round stays whole in it, and plain for who is none. */
static void test_ids(void **state)
{
	struct ra_buf out = { 0 };
	(void)state;
	json_t *row = json_pack("{s:s, s:s, s:I}", "id", "1464122474496000007", "tag",
				"123456789012345", "n", (json_int_t)7);
	json_t *columns = json_pack("[s, s, s]", "id", "tag", "n");
	sheet_add_row(&out, columns, row, SHEET_FOR_PROGRAMS);
	sheet_add_row(&out, columns, row, SHEET_FOR_SPREADSHEETS);
	assert_string_equal(ra_buf_text(&out),
			    "1464122474496000007,123456789012345,7\r\n"
			    "\"=\"\"1464122474496000007\"\"\",123456789012345,7\r\n");
	ra_buf_fini(&out);
	json_decref(columns);
	json_decref(row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_series), cmocka_unit_test(test_week),
		cmocka_unit_test(test_lists),  cmocka_unit_test(test_cells),
		cmocka_unit_test(test_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
