/*
 * archive_fuzz: a backup file, whoever made it: read to its end or refused,
 * within its bounds. An input is read as it is; then with its seals made
 * right, so that what stands behind them is reached; and when that is a whole
 * file, once more with one byte otherwise, which must be noticed.
 */
#include "services/backup-scheduler/archive.h"
#include "services/backup-scheduler/archive_format.h"
#include "services/backup-scheduler/key.h"
#include "tests/fuzz/fuzz.h"

static ssize_t read_input(void *ctx, void *data, size_t len, struct ra_err *err)
{
	struct ra_str *left = ctx;
	size_t n = len < left->len ? len : left->len;
	(void)err;
	if (n == 0)
		return 0;
	memcpy(data, left->ptr, n);
	*left = (struct ra_str){ left->ptr + n, left->len - n };
	return (ssize_t)n;
}

static const struct key *our_key(void)
{
	static struct key *key;
	static const unsigned char bytes[KEY_BYTES] = { 1 };
	if (!key)
		key = key_new(bytes);
	return key;
}

/* Whether it is a whole file. */
static bool read_file(struct ra_str file)
{
	struct ra_err err = { 0 };
	struct archive_sum sum;
	size_t size = file.len, payload = 0;
	char data[777];
	ssize_t n;
	struct archive_reader *reader = archive_open(read_input, &file, our_key(), &err);
	if (!reader) {
		fuzz_require(err.code < 0 && err.msg[0], "a refusal says why");
		return false;
	}
	fuzz_require(json_is_object(archive_manifest(reader)), "a manifest is an object");
	while ((n = archive_read(reader, data, sizeof(data), &err)) > 0)
		payload += (size_t)n;
	fuzz_require(payload <= size, "nothing comes from nowhere");
	fuzz_require((n == 0) == (archive_tail(reader) != NULL), "a whole file has a tail");
	fuzz_require(n < 0 || file.len == 0, "nothing stands behind the end");
	if (n == 0) {
		archive_reader_sum(reader, &sum);
		fuzz_require(sum.size == size, "all of it was read");
	}
	archive_reader_free(&reader);
	return n == 0;
}

/* Makes the seals of a plain file right, part by part, as far as there are parts. */
static void mend(char *file, size_t len)
{
	EVP_MD_CTX *hash = archive_hash_new();
	unsigned char digest[ARCHIVE_HASH_BYTES];
	size_t at = ARCHIVE_HEAD_BYTES;
	if (len >= at)
		archive_hash_add(hash, file, at);
	while (at + ARCHIVE_PART_BYTES <= len) {
		const unsigned char *part = (const unsigned char *)file + at;
		size_t content = (size_t)part[1] << 24 | (size_t)part[2] << 16 |
				 (size_t)part[3] << 8 | part[4];
		if (content > len - at ||
		    len - at - content < ARCHIVE_PART_BYTES + ARCHIVE_HASH_BYTES)
			break;
		archive_hash_add(hash, part, ARCHIVE_PART_BYTES + content);
		archive_hash_so_far(hash, digest);
		memcpy(file + at + ARCHIVE_PART_BYTES + content, digest, sizeof(digest));
		archive_hash_add(hash, digest, sizeof(digest));
		at += ARCHIVE_PART_BYTES + content + ARCHIVE_HASH_BYTES;
	}
	EVP_MD_CTX_free(hash);
}

static void fuzz_check(struct ra_str input)
{
	struct ra_str look = input;
	struct archive_head head;
	struct ra_err err;
	(void)!archive_look(read_input, &look, &head, &err);
	(void)read_file(input);
	if (input.len < ARCHIVE_HEAD_BYTES)
		return;

	char *file = ra_alloc(input.len);
	memcpy(file, input.ptr, input.len);
	memcpy(file, archive_magic, sizeof(archive_magic));
	file[ARCHIVE_AT_VERSION] = ARCHIVE_VERSION;
	memset(file + ARCHIVE_AT_FLAGS, 0, ARCHIVE_AT_RANDOM - ARCHIVE_AT_FLAGS);
	mend(file, input.len);
	if (read_file((struct ra_str){ file, input.len })) {
		size_t at = (size_t)(unsigned char)file[input.len - 1] * 257 % input.len;
		file[at] = (char)(file[at] ^ 1);
		fuzz_require(!read_file((struct ra_str){ file, input.len }),
			     "a changed byte is noticed");
	}
	ra_free(file);
}
