/* import: what is done with files before anybody looks at what they say. */
#include "libshared/base/json.h"
#include "services/backup-scheduler/import_internal.h"
#include "services/backup-scheduler/import_sqlite.h"
#include "tests/harness/cmocka.h"
#include <stdio.h>
#include <unistd.h>

/* --- a file that has no name any more ------------------------------------------------------------
 */

static void open_text(struct import *im, const void *text, size_t len)
{
	char path[64];
	struct ra_err err;
	*im = (struct import){ .file = { .fd = -1 } };
	snprintf(path, sizeof path, "/tmp/import_test.%d", (int)getpid());
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
	assert_int_equal(import_file_open(&im->file, path, &err), 0);
	unlink(path);
}

/* --- JSON ----------------------------------------------------------------------------------------
 */

struct heard {
	struct ra_buf text; /* owned; "path=value end;" of every value */
	int stop_at, values;
	size_t longest;
};

static bool opens(void *ctx, const char *path)
{
	(void)ctx;
	return *path == '\0' || strcmp(path, "data") == 0 || strcmp(path, "data.rows") == 0 ||
	       strcmp(path, "messages") == 0;
}

static int on_value(void *ctx, const char *path, struct ra_str raw, int64_t end, struct ra_err *err)
{
	struct heard *h = ctx;
	(void)err;
	(void)end;
	h->values++;
	h->longest = raw.len > h->longest ? raw.len : h->longest;
	if (raw.len < 100)
		ra_buf_printf(&h->text, "%s=%.*s;", path, (int)raw.len, raw.ptr);
	return h->values == h->stop_at ? RA_ESTOPPED : 0;
}

static int walk(const char *text, size_t len, struct heard *h, struct ra_err *err)
{
	static const struct import_json_ops ops = { .opens = opens, .value = on_value };
	struct import im;
	open_text(&im, text, len);
	int rc = import_json_walk(&im, &ops, h, err);
	import_file_close(&im.file);
	return rc;
}

static void hears(const char *text, const char *expected)
{
	struct heard h = { 0 };
	struct ra_err err = { 0 };
	assert_int_equal(walk(text, strlen(text), &h, &err), 0);
	assert_string_equal(ra_buf_text(&h.text), expected);
	ra_buf_fini(&h.text);
}

static void test_json_walks_what_is_opened(void **state)
{
	(void)state;
	hears("{\"a\": 1, \"b\":{\"c\":[1,2]} , \"messages\":[{\"id\":\"1\"}, 2 ,\"x\"]}",
	      "a=1;b={\"c\":[1,2]};messages={\"id\":\"1\"};messages=2;messages=\"x\";");
	hears("\xEF\xBB\xBF{\"data\":{\"rows\":[[1],[2]],\"k\":null},\"z\":true}\n",
	      "data.rows=[1];data.rows=[2];data.k=null;z=true;");
	hears("{\"a\":\"}]\\\"{\\\\\",\"messages\":[]}", "a=\"}]\\\"{\\\\\";");
	hears("[]", "");
	hears("[ -1.5e3 ]", "=-1.5e3;");
}

static void test_json_refuses_what_is_broken(void **state)
{
	static const char *const texts[] = { "",           "  ",      "x",
					     "{",          "{\"a\"}", "{\"a\":}",
					     "{\"a\":1",   "[1,2",    "{\"messages\":[{\"a\":1}",
					     "{\"a\":\"x", "{}{}",    "{1:2}" };
	(void)state;
	for (size_t i = 0; i < RA_COUNT(texts); i++) {
		struct heard h = { 0 };
		struct ra_err err = { 0 };
		assert_int_equal(walk(texts[i], strlen(texts[i]), &h, &err), RA_EPROTO);
		assert_true(err.msg[0] != '\0');
		ra_buf_fini(&h.text);
	}
}

static void test_json_survives_depth_and_length(void **state)
{
	struct heard h = { 0 };
	struct ra_err err = { 0 };
	struct ra_buf text = { 0 };
	(void)state;
	ra_buf_add_text(&text, "{\"messages\":[");
	for (int i = 0; i < 100000; i++)
		ra_buf_add(&text, "[", 1);
	assert_int_equal(walk(text.ptr, text.len, &h, &err), RA_EPROTO);
	assert_non_null(strstr(err.msg, "deep"));

	/* A value that is too long is told without what is in it; the next one is whole. */
	h = (struct heard){ .text = h.text };
	ra_buf_clear(&text);
	ra_buf_clear(&h.text);
	ra_buf_add_text(&text, "{\"messages\":[\"");
	memset(ra_buf_reserve(&text, IMPORT_VALUE_MAX + 9), 'x', IMPORT_VALUE_MAX + 9);
	text.len += IMPORT_VALUE_MAX + 9;
	ra_buf_add_text(&text, "\",7]}");
	assert_int_equal(walk(text.ptr, text.len, &h, &err), 0);
	assert_string_equal(ra_buf_text(&h.text), "messages=;messages=7;");
	ra_buf_fini(&text);
	ra_buf_fini(&h.text);
}

/* Wherever the buffer ends: the same values. */
static void test_json_does_not_mind_where_the_buffer_ends(void **state)
{
	struct ra_buf text = { 0 };
	struct heard h = { 0 };
	struct ra_err err = { 0 };
	(void)state;
	ra_buf_add_text(&text, "{\"messages\":[");
	for (int i = 0; text.len < 3 * IMPORT_BUFFER + 1000; i++)
		ra_buf_printf(&text, "%s{\"id\":%d,\"t\":\"\\\"a\\\\\"}", i ? "," : "", i);
	ra_buf_add_text(&text, "]}");
	assert_int_equal(walk(text.ptr, text.len, &h, &err), 0);
	struct ra_json j;
	int expected = 0;
	for (const char *at = h.text.ptr, *end = at + h.text.len; at < end; expected++) {
		const char *value = at + strlen("messages=");
		size_t len =
			(size_t)((const char *)memchr(value, '}', (size_t)(end - value)) - value) +
			1;
		struct ra_str key;
		ra_json_init(&j, (struct ra_str){ value, len });
		assert_true(ra_json_enter_object(&j) && ra_json_next_key(&j, &key));
		assert_int_equal(ra_json_i64(&j), expected);
		at = value + len + 1;
	}
	assert_int_equal(h.values, expected);
	ra_buf_fini(&text);
	ra_buf_fini(&h.text);
}

static void test_json_stops_when_told(void **state)
{
	static const char text[] = "{\"messages\":[1,2,3,4]}";
	struct heard h = { .stop_at = 2 };
	struct ra_err err = { 0 };
	(void)state;
	assert_int_equal(walk(text, strlen(text), &h, &err), RA_ESTOPPED);
	assert_int_equal(h.values, 2);
	ra_buf_fini(&h.text);
}

/* --- gzip
 * ---------------------------------------------------------------------------------------------- */

static size_t pack(void *from, size_t len, unsigned char *to, size_t room)
{
	z_stream z = { 0 };
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
	z.next_in = from;
	z.avail_in = (uInt)len;
	z.next_out = to;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

static void test_gzip_is_unpacked_member_by_member(void **state)
{
	unsigned char packed[4096];
	char out[64] = "";
	struct import im;
	struct ra_err err;
	(void)state;
	char one[] = "one ", two[] = "two";
	size_t len = pack(one, 4, packed, sizeof packed);
	len += pack(two, 3, packed + len, sizeof packed - len);
	open_text(&im, packed, len);
	size_t got = 0;
	for (ssize_t n; (n = import_read(&im, out + got, 3, &err)) > 0;)
		got += (size_t)n;
	assert_string_equal(out, "one two");
	import_file_close(&im.file);
}

static void test_gzip_that_is_cut_or_damaged_is_refused(void **state)
{
	unsigned char packed[4096];
	char text[2000], out[4096];
	struct import im;
	struct ra_err err = { 0 };
	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 7919 >> 3);
	size_t len = pack(text, sizeof text, packed, sizeof packed);
	for (int damage = 0; damage < 2; damage++) {
		if (damage)
			memset(packed + len / 2, 0xFF, 64);
		open_text(&im, packed, damage ? len : len / 2);
		ssize_t n;
		while ((n = import_read(&im, out, sizeof out, &err)) > 0)
			;
		assert_int_equal(n, RA_EPROTO);
		import_file_close(&im.file);
	}
}

/* What is unpacked is bounded by who reads, and in memory by a
 * buffer. */
static void test_a_bomb_takes_no_memory(void **state)
{
	enum { ZEROES = 16 << 20 };
	unsigned char *packed = ra_alloc(1 << 20), *zeroes = ra_alloc(ZEROES);
	char *out = ra_alloc(IMPORT_BUFFER);
	struct import im;
	struct ra_err err;
	(void)state;
	size_t len = pack(zeroes, ZEROES, packed, 1 << 20);
	ra_free(zeroes);
	open_text(&im, packed, len);
	int64_t sum = 0;
	for (ssize_t n; (n = import_read(&im, out, IMPORT_BUFFER, &err)) > 0; sum += n)
		assert_true(n <= IMPORT_BUFFER);
	assert_int_equal(sum, ZEROES);
	import_file_close(&im.file);
	ra_free(packed);
	ra_free(out);
}

/* --- times, reports
 * ------------------------------------------------------------------------------------- */

static void test_times_as_others_write_them(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "2025-03-01 14:00:00", 1740837600000 },
		{ "2025-03-01 14:00:00.123456", 1740837600123 },
		{ "2025-03-01T14:00:00Z", 1740837600000 },
		{ "2025-03-01T15:00:00+01:00", 1740837600000 },
		{ "2025-03-01 14:00", 1740837600000 },
	};
	static const char *const bad[] = { "", "yesterday", "2025-03-01", "2025-13-01 14:00:00",
					   "2025-03-01 14:00:00 or so, who knows exactly" };
	int64_t ms;
	(void)state;
	for (size_t i = 0; i < RA_COUNT(good); i++) {
		assert_int_equal(import_parse_time(ra_str_of(good[i].text), &ms), 0);
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < RA_COUNT(bad); i++)
		assert_int_equal(import_parse_time(ra_str_of(bad[i]), &ms), RA_EINVAL);
}

static void test_a_report_goes_on_where_it_was(void **state)
{
	struct import_report one, two;
	(void)state;
	import_report_init(&one);
	import_report_init(&two);
	import_report_count(&one, "messages", 5, 2000, 3);
	import_report_count(&one, "messages", 6, 1000, 4);
	import_report_skip(&one, "live", 2, RA_STR("a\nb\xFF"));
	import_report_skip(&one, "live", 1, RA_STR("a\nb\xFF"));
	import_report_note(&one, "voice_raw");
	json_t *told = import_report_json(&one);
	import_report_load(&two, told);
	json_t *again = import_report_json(&two);
	assert_true(json_equal(told, again));
	const json_t *kind = json_object_get(json_object_get(told, "kinds"), "messages");
	assert_int_equal(json_integer_value(json_object_get(kind, "count")), 7);
	assert_int_equal(json_integer_value(json_object_get(kind, "from")), 1000);
	const json_t *live = json_object_get(json_object_get(told, "skipped"), "live");
	assert_int_equal(json_integer_value(json_object_get(live, "count")), 3);
	assert_int_equal(json_array_size(json_object_get(live, "samples")), 1);
	json_decref(told);
	json_decref(again);
	import_report_fini(&one);
	import_report_fini(&two);
}

/* --- SQLite
 * ---------------------------------------------------------------------------------------------- */

static void test_sqlite_is_disarmed(void **state)
{
	char path[64], name[64];
	struct import_sqlite file;
	struct ra_err err = { 0 };
	sqlite3 *db;
	(void)state;
	snprintf(path, sizeof path, "/tmp/import_test.%d?#.db", (int)getpid());
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			     "CREATE TABLE t (guild_id, \"a b\"); INSERT INTO t VALUES (1, 2);"
			     "CREATE VIEW v AS SELECT * FROM t",
			     NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(import_sqlite_open(&file, path, &err), 0);
	assert_true(import_sqlite_has_table(file.db, "t"));
	assert_false(import_sqlite_has_table(file.db, "v"));
	assert_string_equal(import_sqlite_column(file.db, "t", "server_id guild_id", name),
			    "guild_id");
	assert_null(import_sqlite_column(file.db, "t", "nothing", name));
	assert_int_not_equal(sqlite3_exec(file.db, "DELETE FROM t", NULL, NULL, NULL), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(file.db, "SELECT * FROM v", NULL, NULL, NULL), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(file.db, "ATTACH '/tmp/x.db' AS x", NULL, NULL, NULL),
			     SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(file.db,
					  "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
					  "FROM n) SELECT count(*) FROM n",
					  NULL, NULL, NULL),
			     SQLITE_OK);
	import_sqlite_close(&file);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_walks_what_is_opened),
		cmocka_unit_test(test_json_refuses_what_is_broken),
		cmocka_unit_test(test_json_survives_depth_and_length),
		cmocka_unit_test(test_json_does_not_mind_where_the_buffer_ends),
		cmocka_unit_test(test_json_stops_when_told),
		cmocka_unit_test(test_gzip_is_unpacked_member_by_member),
		cmocka_unit_test(test_gzip_that_is_cut_or_damaged_is_refused),
		cmocka_unit_test(test_a_bomb_takes_no_memory),
		cmocka_unit_test(test_times_as_others_write_them),
		cmocka_unit_test(test_a_report_goes_on_where_it_was),
		cmocka_unit_test(test_sqlite_is_disarmed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
