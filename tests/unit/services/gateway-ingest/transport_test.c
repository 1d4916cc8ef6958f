/* transport: payloads come out whole however the stream is cut. */
#include "services/gateway-ingest/transport.h"
#include "tests/harness/cmocka.h"
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#define PAYLOADS 40

/* What a server sends: one message a payload, all of one stream. */
struct server {
	struct ra_buf messages[PAYLOADS];
	struct ra_buf texts[PAYLOADS];
};

struct client {
	struct transport *transport;
	const struct server *server;
	size_t had;
};

/* Of growing size, and every eighth large enough to need several output buffers. */
static void compose(struct ra_buf *text, unsigned i)
{
	ra_buf_printf(text, "{\"op\":0,\"s\":%u,\"d\":\"", i);
	for (unsigned n = 0; n < (i % 8 == 7 ? 40000 : i * 7); n++)
		ra_buf_printf(text, "%x", (n * 2654435761u + i) >> 13);
	ra_buf_add_text(text, "\"}");
}

static void pack_zlib(struct server *s)
{
	z_stream z = { 0 };
	deflateInit(&z, Z_DEFAULT_COMPRESSION);
	for (unsigned i = 0; i < PAYLOADS; i++) {
		size_t bound = deflateBound(&z, s->texts[i].len) + 64;
		z.next_in = (Bytef *)s->texts[i].ptr;
		z.avail_in = (uInt)s->texts[i].len;
		z.next_out = (Bytef *)ra_buf_reserve(&s->messages[i], bound);
		z.avail_out = (uInt)bound;
		assert_int_equal(deflate(&z, Z_SYNC_FLUSH), Z_OK);
		s->messages[i].len = bound - z.avail_out;
	}
	deflateEnd(&z);
}

static void pack_zstd(struct server *s)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	for (unsigned i = 0; i < PAYLOADS; i++) {
		size_t bound = ZSTD_compressBound(s->texts[i].len) + 64;
		ZSTD_inBuffer in = { s->texts[i].ptr, s->texts[i].len, 0 };
		ZSTD_outBuffer out = { ra_buf_reserve(&s->messages[i], bound), bound, 0 };
		assert_int_equal(ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_flush), 0);
		s->messages[i].len = out.pos;
	}
	ZSTD_freeCCtx(zstd);
}

static void server_init(struct server *s, void (*pack)(struct server *s))
{
	*s = (struct server){ 0 };
	for (unsigned i = 0; i < PAYLOADS; i++)
		compose(&s->texts[i], i);
	pack(s);
}

static void server_fini(struct server *s)
{
	for (unsigned i = 0; i < PAYLOADS; i++) {
		ra_buf_fini(&s->messages[i]);
		ra_buf_fini(&s->texts[i]);
	}
}

static void on_payload(void *ctx, struct ra_str payload)
{
	struct client *c = ctx;
	assert_true(c->had < PAYLOADS);
	assert_true(ra_str_eq(payload, ra_buf_str(&c->server->texts[c->had])));
	c->had++;
}

/* The message in pieces of at most `cut` bytes, as libwebsockets hands them out. */
static void feed(struct client *c, struct ra_str message, size_t cut, bool is_end_of_message)
{
	do {
		struct ra_str piece = { message.ptr, message.len < cut ? message.len : cut };
		message.ptr += piece.len;
		message.len -= piece.len;
		bool is_last = message.len == 0 && is_end_of_message;
		assert_int_equal(transport_feed(c->transport, piece, true, is_last), 0);
	} while (message.len > 0);
}

static void check_cut(const char *compress, const struct server *s, size_t cut)
{
	struct client c = { .server = s };
	c.transport = transport_new(compress, on_payload, &c);
	/* twice: a reset context knows nothing of the connection before */
	for (int connection = 0; connection < 2; connection++) {
		c.had = 0;
		for (unsigned i = 0; i < PAYLOADS; i++) {
			feed(&c, ra_buf_str(&s->messages[i]), cut, true);
			assert_int_equal(c.had, i + 1);
		}
		transport_reset(c.transport);
	}
	transport_free(&c.transport);
}

static void test_any_cut(void **state)
{
	(void)state;
	static const size_t cuts[] = { 1, 2, 3, 5, 1000, 4096, 65536, SIZE_MAX };
	struct server zlib, zstd;
	server_init(&zlib, pack_zlib);
	server_init(&zstd, pack_zstd);
	for (size_t i = 0; i < RA_COUNT(cuts); i++) {
		check_cut("zlib-stream", &zlib, cuts[i]);
		check_cut("zstd-stream", &zstd, cuts[i]);
	}
	server_fini(&zlib);
	server_fini(&zstd);
}

/* zlib-stream: a payload may take several messages; only 00 00 ff ff ends it, wherever that is cut.
 */
static void test_payload_over_several_messages(void **state)
{
	(void)state;
	struct server s;
	server_init(&s, pack_zlib);
	struct client c = { .server = &s };
	c.transport = transport_new("zlib-stream", on_payload, &c);
	for (unsigned i = 0; i < PAYLOADS; i++) {
		struct ra_str rest = ra_buf_str(&s.messages[i]);
		size_t message_len = i % 5 + 1;
		while (rest.len > 0) {
			struct ra_str message = { rest.ptr,
						  rest.len < message_len ? rest.len : message_len };
			assert_int_equal(c.had, i);
			feed(&c, message, 2, true);
			rest.ptr += message.len;
			rest.len -= message.len;
			message_len = message_len * 2 + 1;
		}
		assert_int_equal(c.had, i + 1);
	}
	transport_free(&c.transport);
	server_fini(&s);
}

static void test_plain_text(void **state)
{
	(void)state;
	struct server s;
	server_init(&s, pack_zlib);
	static const char *const compress[] = { "none", "zlib-stream", "zstd-stream" };
	for (size_t i = 0; i < RA_COUNT(compress); i++) {
		/* text is text, whatever was asked for */
		struct client c = { .server = &s };
		c.transport = transport_new(compress[i], on_payload, &c);
		struct ra_str text = ra_buf_str(&s.texts[0]);
		assert_int_equal(transport_feed(c.transport, text, false, true), 0);
		text = ra_buf_str(&s.texts[1]);
		assert_int_equal(
			transport_feed(c.transport, (struct ra_str){ text.ptr, 3 }, false, false),
			0);
		assert_int_equal(transport_feed(c.transport,
						(struct ra_str){ text.ptr + 3, text.len - 3 },
						false, true),
				 0);
		assert_int_equal(c.had, 2);
		transport_free(&c.transport);
	}
	server_fini(&s);
}

static void test_garbage(void **state)
{
	(void)state;
	struct client c = { 0 };
	static const char *const compress[] = { "none", "zlib-stream", "zstd-stream" };
	for (size_t i = 0; i < RA_COUNT(compress); i++) {
		c.transport = transport_new(compress[i], on_payload, &c);
		assert_int_equal(
			transport_feed(c.transport, RA_STR("neither of them, I fear"), true, true),
			RA_EPROTO);
		transport_free(&c.transport);
	}
	assert_int_equal(c.had, 0);
}

/* A megabyte on the wire that would be gigabytes in memory. */
static void test_bomb(void **state)
{
	(void)state;
	static char zeroes[1 << 20];
	struct ra_buf bomb = { 0 };
	z_stream z = { 0 };
	struct client c = { 0 };
	c.transport = transport_new("zlib-stream", on_payload, &c);
	deflateInit(&z, Z_BEST_SPEED);
	int rc = 0;
	for (int i = 0; rc == 0 && i < 128; i++) {
		ra_buf_clear(&bomb);
		z.next_in = (Bytef *)zeroes;
		z.avail_in = sizeof(zeroes);
		z.next_out = (Bytef *)ra_buf_reserve(&bomb, sizeof(zeroes));
		z.avail_out = sizeof(zeroes);
		deflate(&z, Z_NO_FLUSH);
		bomb.len = sizeof(zeroes) - z.avail_out;
		rc = transport_feed(c.transport, ra_buf_str(&bomb), true, false);
	}
	assert_int_equal(rc, RA_ETOOBIG);
	deflateEnd(&z);
	transport_free(&c.transport);
	ra_buf_fini(&bomb);
}

static void test_query(void **state)
{
	(void)state;
	static const char *const expected[][2] = {
		{ "none", "" },
		{ "zlib-stream", "&compress=zlib-stream" },
		{ "zstd-stream", "&compress=zstd-stream" },
	};
	for (size_t i = 0; i < RA_COUNT(expected); i++) {
		struct transport *t = transport_new(expected[i][0], on_payload, NULL);
		assert_string_equal(transport_query(t), expected[i][1]);
		transport_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_cut),
		cmocka_unit_test(test_payload_over_several_messages),
		cmocka_unit_test(test_plain_text),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_query),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
