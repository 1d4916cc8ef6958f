/* compress: one stream a connection, each payload complete when it is sent. */
#include "services/discord-sim/compress.h"
#include "tests/harness/cmocka.h"
#include <stdio.h>

enum { PAYLOADS = 200 };

/* What the nth payload says: some empty, some large. */
static void write_payload(struct ra_buf *out, int n)
{
	ra_buf_clear(out);
	for (int i = 0; i < n * n % 700; i++)
		ra_buf_printf(out, "{\"n\":%d,\"i\":%d},", n, i * 7919 % 1000);
}

static void test_names(void **ctx)
{
	enum compress_kind kind = COMPRESS_ZSTD;
	(void)ctx;
	assert_true(compress_kind_of("", &kind));
	assert_int_equal(kind, COMPRESS_PLAIN);
	assert_true(compress_kind_of("zlib-stream", &kind));
	assert_int_equal(kind, COMPRESS_ZLIB);
	assert_true(compress_kind_of("zstd-stream", &kind));
	assert_int_equal(kind, COMPRESS_ZSTD);
	assert_false(compress_kind_of("gzip", &kind));
}

static void inflate_all(z_stream *z, struct ra_str in, struct ra_buf *out)
{
	ra_buf_clear(out);
	z->next_in = (const Bytef *)in.ptr;
	z->avail_in = (uInt)in.len;
	do {
		z->next_out = (Bytef *)ra_buf_reserve(out, 4096);
		z->avail_out = 4096;
		int rc = inflate(z, Z_SYNC_FLUSH);
		assert_true(rc == Z_OK || rc == Z_BUF_ERROR);
		out->len += 4096 - z->avail_out;
	} while (z->avail_out == 0);
	assert_int_equal(z->avail_in, 0);
}

static void test_zlib_stream(void **ctx)
{
	struct compressor c;
	struct ra_buf said = { 0 }, heard = { 0 };
	z_stream z = { 0 };
	(void)ctx;
	inflateInit(&z);
	compressor_init(&c, COMPRESS_ZLIB);
	for (int n = 0; n < PAYLOADS; n++) {
		write_payload(&said, n);
		size_t cut = said.len / 3;
		struct ra_str wire =
			compressor_add(&c, (struct ra_str){ said.ptr, cut },
				       (struct ra_str){ said.ptr + cut, said.len - cut });
		if (said.len > 0)
			assert_memory_equal(wire.ptr + wire.len - 4, "\x00\x00\xff\xff", 4);
		inflate_all(&z, wire, &heard);
		assert_int_equal(heard.len, said.len);
		if (said.len > 0)
			assert_memory_equal(heard.ptr, said.ptr, said.len);
	}
	compressor_fini(&c);
	inflateEnd(&z);
	ra_buf_fini(&said);
	ra_buf_fini(&heard);
}

static void unzstd_all(ZSTD_DCtx *z, struct ra_str wire, struct ra_buf *out)
{
	ZSTD_inBuffer in = { wire.ptr, wire.len, 0 };
	ra_buf_clear(out);
	for (;;) {
		ZSTD_outBuffer to = { ra_buf_reserve(out, 4096), 4096, 0 };
		assert_false(ZSTD_isError(ZSTD_decompressStream(z, &to, &in)));
		out->len += to.pos;
		if (in.pos == in.size && to.pos < to.size)
			return;
	}
}

static void test_zstd_stream(void **ctx)
{
	struct compressor c;
	struct ra_buf said = { 0 }, heard = { 0 };
	ZSTD_DCtx *z = ZSTD_createDCtx();
	(void)ctx;
	compressor_init(&c, COMPRESS_ZSTD);
	for (int n = 1; n < PAYLOADS; n++) {
		write_payload(&said, n);
		struct ra_str wire = compressor_add(&c, RA_STR("{\"head\":1},"), ra_buf_str(&said));
		unzstd_all(z, wire, &heard);
		assert_int_equal(heard.len, said.len + 11);
		assert_memory_equal(heard.ptr, "{\"head\":1},", 11);
		if (said.len > 0)
			assert_memory_equal(heard.ptr + 11, said.ptr, said.len);
	}
	compressor_fini(&c);
	ZSTD_freeDCtx(z);
	ra_buf_fini(&said);
	ra_buf_fini(&heard);
}

static void test_plain(void **ctx)
{
	struct compressor c;
	(void)ctx;
	compressor_init(&c, COMPRESS_PLAIN);
	struct ra_str wire = compressor_add(&c, RA_STR("ab"), RA_STR("cd"));
	assert_true(ra_str_is(wire, "abcd"));
	compressor_fini(&c);
}

static void test_whole(void **ctx)
{
	struct ra_buf out = { 0 };
	char plain[64];
	uLongf len = sizeof(plain);
	(void)ctx;
	compress_whole(&out, RA_STR("a stand-alone payload"));
	assert_int_equal(uncompress((Bytef *)plain, &len, (Bytef *)out.ptr, (uLong)out.len), Z_OK);
	assert_int_equal(len, 21);
	assert_memory_equal(plain, "a stand-alone payload", 21);
	ra_buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),       cmocka_unit_test(test_zlib_stream),
		cmocka_unit_test(test_zstd_stream), cmocka_unit_test(test_plain),
		cmocka_unit_test(test_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
