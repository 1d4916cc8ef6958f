/* What is written reads back; any one byte otherwise, and it does not. */
#include "libshared/base/buf.h"
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/key.h"
#include "tests/harness/cmocka.h"
#include <sodium.h>

/* --- a file in memory -------------------------------------------------------------------- */

static int out_buf(void *ctx, const void *data, size_t len, struct ra_err *err)
{
	(void)err;
	ra_buf_add(ctx, data, len);
	return 0;
}

struct in_bytes {
	const char *at;
	size_t left, most; /* at once */
};

static ssize_t in_bytes(void *ctx, void *data, size_t len, struct ra_err *err)
{
	struct in_bytes *in = ctx;
	size_t n = len < in->left ? len : in->left;
	(void)err;
	if (in->most && n > in->most)
		n = in->most;
	if (n > 0)
		memcpy(data, in->at, n);
	in->at += n;
	in->left -= n;
	return (ssize_t)n;
}

static struct key *make_key(unsigned char byte)
{
	unsigned char bytes[KEY_BYTES];
	memset(bytes, byte, sizeof(bytes));
	return key_new(bytes);
}

static char payload_byte(size_t i)
{
	return (char)(i * 131 + (i >> 11) * 7);
}

/* Written in pieces of `piece`. */
static struct ra_buf write_file(const struct key *key, size_t payload, size_t piece,
				struct archive_sum *sum)
{
	struct ra_buf file = { 0 };
	struct ra_err err = { 0 };
	char *data = ra_alloc(payload + 1);
	for (size_t i = 0; i < payload; i++)
		data[i] = payload_byte(i);
	json_t *manifest = json_pack("{s:s, s:i}", "kind", "full", "schema", 30);
	json_t *tail = json_pack("{s:I}", "payload_bytes", (json_int_t)payload);
	struct archive_writer *writer = archive_create(manifest, key, out_buf, &file, &err);
	assert_non_null(writer);
	for (size_t at = 0; at < payload; at += piece) {
		size_t n = payload - at < piece ? payload - at : piece;
		assert_int_equal(archive_write(writer, data + at, n, &err), 0);
	}
	assert_int_equal(archive_finish(writer, tail, sum, &err), 0);
	archive_writer_free(&writer);
	json_decref(manifest);
	json_decref(tail);
	ra_free(data);
	return file;
}

/* Reads all of it; how many bytes of payload there were, each as written, or what failed. */
static ssize_t read_file(const char *file, size_t len, size_t most, const struct key *key,
			 struct archive_sum *sum, struct ra_err *err)
{
	struct in_bytes in = { file, len, most };
	char data[4099];
	ssize_t n, total = 0;
	struct archive_reader *reader = archive_open(in_bytes, &in, key, err);
	if (!reader)
		return err->code;
	while ((n = archive_read(reader, data, sizeof(data), err)) > 0)
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(data[i], payload_byte((size_t)total++));
	if (n == 0) {
		const json_t *tail = archive_tail(reader);
		assert_int_equal(json_integer_value(json_object_get(tail, "payload_bytes")), total);
		assert_int_equal(archive_position(reader), len);
		if (sum)
			archive_reader_sum(reader, sum);
		assert_int_equal(archive_read(reader, data, sizeof(data), err), 0);
	} else {
		assert_null(archive_tail(reader));
		assert_int_equal(archive_read(reader, data, sizeof(data), err), n);
	}
	archive_reader_free(&reader);
	return n < 0 ? n : total;
}

/* --- what is promised ---------------------------------------------------------------------- */

static void reads_back(const struct key *key)
{
	static const size_t payloads[] = { 0,
					   1,
					   5000,
					   ARCHIVE_BLOCK_BYTES - 1,
					   ARCHIVE_BLOCK_BYTES,
					   ARCHIVE_BLOCK_BYTES + 1,
					   3 * ARCHIVE_BLOCK_BYTES + 77 };
	for (size_t i = 0; i < RA_COUNT(payloads); i++) {
		struct archive_sum written, read;
		struct ra_err err = { 0 };
		struct ra_buf file = write_file(key, payloads[i], 65521, &written);
		unsigned char hash[crypto_hash_sha256_BYTES];
		char hex[65];
		assert_int_equal(read_file(file.ptr, file.len, 60000, key, &read, &err),
				 payloads[i]);
		crypto_hash_sha256(hash, (unsigned char *)file.ptr, file.len);
		sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
		assert_string_equal(written.sha256, hex);
		assert_string_equal(read.sha256, hex);
		assert_int_equal(written.size, file.len);
		assert_int_equal(read.size, file.len);
		ra_buf_fini(&file);
	}
}

static void a_plain_file_reads_back(void **state)
{
	(void)state;
	reads_back(NULL);
}

static void a_sealed_file_reads_back(void **state)
{
	(void)state;
	struct key *key = make_key(7);
	reads_back(key);
	key_free(&key);
}

/* Every byte, each of its bits; then every length; then every byte doubled and taken out. */
static void notices_everything(const struct key *key)
{
	struct ra_buf file = write_file(key, 300, 100, NULL);
	struct ra_buf other = { 0 };
	for (size_t i = 0; i < file.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			struct ra_err err = { 0 };
			file.ptr[i] = (char)(file.ptr[i] ^ (1 << bit));
			assert_true(read_file(file.ptr, file.len, 0, key, NULL, &err) < 0);
			assert_true(err.code == RA_EDAMAGED || err.code == RA_EKEY);
			assert_true(err.msg[0] && err.hint[0]);
			file.ptr[i] = (char)(file.ptr[i] ^ (1 << bit));
		}
	}
	for (size_t i = 0; i < file.len; i++) {
		struct ra_err err = { 0 };
		assert_int_equal(read_file(file.ptr, i, 0, key, NULL, &err), RA_EDAMAGED);

		ra_buf_clear(&other);
		ra_buf_add(&other, file.ptr, i);
		ra_buf_add(&other, file.ptr + i + 1, file.len - i - 1);
		assert_true(read_file(other.ptr, other.len, 0, key, NULL, &err) < 0);

		ra_buf_clear(&other);
		ra_buf_add(&other, file.ptr, i + 1);
		ra_buf_add(&other, file.ptr + i, file.len - i);
		assert_true(read_file(other.ptr, other.len, 0, key, NULL, &err) < 0);
	}
	ra_buf_fini(&other);
	ra_buf_fini(&file);
}

static void every_changed_byte_of_a_plain_file_is_noticed(void **state)
{
	(void)state;
	notices_everything(NULL);
}

static void every_changed_byte_of_a_sealed_file_is_noticed(void **state)
{
	(void)state;
	struct key *key = make_key(7);
	notices_everything(key);
	key_free(&key);
}

/* Where the blocks of a file of whole ones begin, and their size in it. */
static size_t find_blocks(const struct ra_buf *file, const struct key *key, size_t *size)
{
	const unsigned char *head = (const unsigned char *)file->ptr + 48;
	size_t seal = key ? crypto_secretstream_xchacha20poly1305_ABYTES : 32;
	size_t manifest = (size_t)head[3] << 8 | head[4];
	*size = 5 + ARCHIVE_BLOCK_BYTES + seal;
	return 48 + 5 + manifest + seal;
}

static void refuses_other_orders(const struct key *key)
{
	struct ra_buf file = write_file(key, 3 * ARCHIVE_BLOCK_BYTES, ARCHIVE_BLOCK_BYTES, NULL);
	struct ra_buf same = write_file(key, 3 * ARCHIVE_BLOCK_BYTES - 5, 4096, NULL);
	struct ra_buf other = { 0 };
	struct ra_err err = { 0 };
	size_t size, first = find_blocks(&file, key, &size);
	assert_int_equal(file.ptr[first], 'B');
	assert_int_equal(file.ptr[first + size], 'B');

	/* Two blocks changed over. */
	ra_buf_add(&other, file.ptr, first);
	ra_buf_add(&other, file.ptr + first + size, size);
	ra_buf_add(&other, file.ptr + first, size);
	ra_buf_add(&other, file.ptr + first + 2 * size, file.len - first - 2 * size);
	assert_int_equal(read_file(other.ptr, other.len, 0, key, NULL, &err), RA_EDAMAGED);

	/* One left out. */
	ra_buf_clear(&other);
	ra_buf_add(&other, file.ptr, first + size);
	ra_buf_add(&other, file.ptr + first + 2 * size, file.len - first - 2 * size);
	assert_int_equal(read_file(other.ptr, other.len, 0, key, NULL, &err), RA_EDAMAGED);

	/* The same block of another file with the same content. */
	ra_buf_clear(&other);
	ra_buf_add(&other, file.ptr, first + size);
	ra_buf_add(&other, same.ptr + first + size, size);
	ra_buf_add(&other, file.ptr + first + 2 * size, file.len - first - 2 * size);
	assert_int_equal(read_file(other.ptr, other.len, 0, key, NULL, &err), RA_EDAMAGED);

	/* The tail of another file. */
	ra_buf_clear(&other);
	ra_buf_add(&other, file.ptr, first + 3 * size);
	ra_buf_add(&other, same.ptr + first + 3 * size - 5, same.len - (first + 3 * size - 5));
	assert_int_equal(read_file(other.ptr, other.len, 0, key, NULL, &err), RA_EDAMAGED);

	/* Two files in a row. */
	ra_buf_clear(&other);
	ra_buf_add(&other, file.ptr, file.len);
	ra_buf_add(&other, file.ptr, file.len);
	assert_int_equal(read_file(other.ptr, other.len, 0, key, NULL, &err), RA_EDAMAGED);

	ra_buf_fini(&other);
	ra_buf_fini(&same);
	ra_buf_fini(&file);
}

static void blocks_stand_in_their_order(void **state)
{
	(void)state;
	struct key *key = make_key(7);
	refuses_other_orders(NULL);
	refuses_other_orders(key);
	key_free(&key);
}

static void another_key_is_said_so(void **state)
{
	(void)state;
	struct key *key = make_key(7), *other = make_key(8);
	struct ra_buf file = write_file(key, 300, 300, NULL);
	struct ra_err err = { 0 };
	assert_int_equal(read_file(file.ptr, file.len, 0, other, NULL, &err), RA_EKEY);
	assert_non_null(strstr(err.msg, "another key"));
	assert_int_equal(read_file(file.ptr, file.len, 0, NULL, NULL, &err), RA_EKEY);
	assert_non_null(strstr(err.hint, "BACKUP_KEY_FILE"));

	/* Which key it was, anybody may know; what is in it, nobody. */
	struct in_bytes in = { file.ptr, file.len, 0 };
	struct archive_head head;
	char id[17];
	assert_int_equal(archive_look(in_bytes, &in, &head, &err), 0);
	sodium_bin2hex(id, sizeof(id), key->id, sizeof(key->id));
	assert_true(head.is_encrypted);
	assert_string_equal(head.key_id, id);
	assert_null(memmem(file.ptr, file.len, "full", 4));
	ra_buf_fini(&file);
	key_free(&key);
	key_free(&other);
}

/* A length nobody would write is refused before there is memory for it. */
static void lengths_are_bounded(void **state)
{
	(void)state;
	struct ra_buf file = write_file(NULL, 10, 10, NULL);
	struct ra_err err = { 0 };
	memset(file.ptr + 49, 0xff, 4);
	assert_int_equal(read_file(file.ptr, file.len, 0, NULL, NULL, &err), RA_EDAMAGED);
	assert_non_null(strstr(err.msg, "length"));
	ra_buf_fini(&file);
}

/* --- what fails outside ------------------------------------------------------------------------
 */

static int out_full(void *ctx, const void *data, size_t len, struct ra_err *err)
{
	size_t *room = ctx;
	(void)data;
	if (len > *room)
		return ra_fail(err, RA_EBUSY, "Make room.", "no room");
	*room -= len;
	return 0;
}

static void a_full_disk_ends_it(void **state)
{
	(void)state;
	char *data = ra_alloc(ARCHIVE_BLOCK_BYTES);
	size_t room = 3 * ARCHIVE_BLOCK_BYTES / 2;
	struct ra_err err = { 0 };
	json_t *manifest = json_object();
	struct archive_writer *writer = archive_create(manifest, NULL, out_full, &room, &err);
	assert_int_equal(archive_write(writer, data, ARCHIVE_BLOCK_BYTES, &err), 0);
	assert_int_equal(archive_write(writer, data, ARCHIVE_BLOCK_BYTES, &err), RA_EBUSY);
	room = 10 * ARCHIVE_BLOCK_BYTES;
	err = (struct ra_err){ 0 };
	assert_int_equal(archive_write(writer, data, 1, &err), RA_EBUSY);
	assert_int_equal(archive_finish(writer, NULL, NULL, &err), RA_EBUSY);
	assert_string_equal(err.msg, "no room");
	archive_writer_free(&writer);

	room = 0;
	assert_null(archive_create(manifest, NULL, out_full, &room, &err));
	json_decref(manifest);
	ra_free(data);
}

static ssize_t in_torn(void *ctx, void *data, size_t len, struct ra_err *err)
{
	ssize_t n = in_bytes(ctx, data, len, err);
	return n > 0 ? n : ra_fail(err, RA_EDOWN, "Wait.", "the line is dead");
}

static void a_torn_line_is_no_damage(void **state)
{
	(void)state;
	struct ra_buf file = write_file(NULL, 5000, 5000, NULL);
	struct ra_err err = { 0 };
	char data[8192];
	for (size_t len = 0; len < file.len; len += 97) {
		struct in_bytes in = { file.ptr, len, 0 };
		struct archive_reader *reader = archive_open(in_torn, &in, NULL, &err);
		ssize_t n = 1;
		while (reader && n > 0)
			n = archive_read(reader, data, sizeof(data), &err);
		assert_int_equal(err.code, RA_EDOWN);
		assert_true(!reader || n == RA_EDOWN);
		archive_reader_free(&reader);
	}
	ra_buf_fini(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_file_reads_back),
		cmocka_unit_test(a_sealed_file_reads_back),
		cmocka_unit_test(every_changed_byte_of_a_plain_file_is_noticed),
		cmocka_unit_test(every_changed_byte_of_a_sealed_file_is_noticed),
		cmocka_unit_test(blocks_stand_in_their_order),
		cmocka_unit_test(another_key_is_said_so),
		cmocka_unit_test(lengths_are_bounded),
		cmocka_unit_test(a_full_disk_ends_it),
		cmocka_unit_test(a_torn_line_is_no_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
