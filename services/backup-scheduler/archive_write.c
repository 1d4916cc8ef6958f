/*
 * archive_write: the writing half of archive.h.
 *
 * A part is put together in one buffer, header, content and seal, and leaves
 * in one piece: the payload is copied into it as it comes, so that a plain
 * block is copied once and hashed once.
 */
#include "libshared/base/buf.h"
#include "services/backup-scheduler/archive_format.h"
#include "services/backup-scheduler/key.h"

struct archive_writer {
	archive_out out;
	void *ctx;             /* borrowed; out's */
	const struct key *key; /* borrowed; NULL: plain */
	crypto_secretstream_xchacha20poly1305_state stream;
	EVP_MD_CTX *hash; /* owned; of all that was made */
	uint64_t size;
	unsigned char head[ARCHIVE_HEAD_BYTES];
	unsigned char *block; /* owned; a part with room for a digest */
	size_t used;          /* bytes of the block gathered */
	struct ra_buf sealed; /* a part as it leaves an encrypted file */
	struct ra_err failed; /* what ended it; code 0: nothing did */
};

static int fail_again(const struct archive_writer *writer, struct ra_err *err)
{
	if (err)
		*err = writer->failed;
	return writer->failed.code;
}

static int give_out(struct archive_writer *writer, const void *data, size_t len, struct ra_err *err)
{
	int rc = writer->out(writer->ctx, data, len, &writer->failed);
	if (rc < 0) {
		writer->failed.code = rc;
		return fail_again(writer, err);
	}
	writer->size += len;
	return 0;
}

/* The seal covers all that went out before it, and then is part of that itself. */
static int give_plain(struct archive_writer *writer, unsigned char *part, size_t len,
		      struct ra_err *err)
{
	unsigned char *digest = part + ARCHIVE_PART_BYTES + len;
	archive_hash_add(writer->hash, part, ARCHIVE_PART_BYTES + len);
	archive_hash_so_far(writer->hash, digest);
	archive_hash_add(writer->hash, digest, ARCHIVE_HASH_BYTES);
	return give_out(writer, part, ARCHIVE_PART_BYTES + len + ARCHIVE_HASH_BYTES, err);
}

static int give_sealed(struct archive_writer *writer, const unsigned char *part, size_t len,
		       struct ra_err *err)
{
	unsigned char covered[ARCHIVE_HEAD_BYTES + ARCHIVE_PART_BYTES];
	size_t covered_len = archive_covered(covered, writer->head, part);
	size_t whole = ARCHIVE_PART_BYTES + len + ARCHIVE_SEAL_BYTES;
	unsigned char tag = part[0] == ARCHIVE_TAIL ? ARCHIVE_TAG_LAST : ARCHIVE_TAG;

	ra_buf_clear(&writer->sealed);
	unsigned char *sealed = (unsigned char *)ra_buf_reserve(&writer->sealed, whole);
	memcpy(sealed, part, ARCHIVE_PART_BYTES);
	crypto_secretstream_xchacha20poly1305_push(&writer->stream, sealed + ARCHIVE_PART_BYTES,
						   NULL, part + ARCHIVE_PART_BYTES, len, covered,
						   covered_len, tag);
	archive_hash_add(writer->hash, sealed, whole);
	return give_out(writer, sealed, whole, err);
}

/* `part`: the content, behind room for kind and length and before room for a digest. */
static int give_part(struct archive_writer *writer, enum archive_kind kind, unsigned char *part,
		     size_t len, struct ra_err *err)
{
	part[0] = (unsigned char)kind;
	for (int i = 0; i < 4; i++)
		part[1 + i] = (unsigned char)(len >> (24 - 8 * i));
	return writer->key ? give_sealed(writer, part, len, err)
			   : give_plain(writer, part, len, err);
}

static int give_json(struct archive_writer *writer, enum archive_kind kind, const json_t *json,
		     struct ra_err *err)
{
	size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
	if (len == 0 || len > ARCHIVE_JSON_BYTES) {
		ra_fail(&writer->failed, RA_ETOOBIG, "Tell the developers.",
			"%zu bytes are no manifest of a backup file", len);
		return fail_again(writer, err);
	}
	unsigned char *part = ra_alloc(ARCHIVE_PART_BYTES + len + ARCHIVE_HASH_BYTES);
	json_dumpb(json, (char *)part + ARCHIVE_PART_BYTES, len, JSON_COMPACT);
	int rc = give_part(writer, kind, part, len, err);
	ra_free(part);
	return rc;
}

static int give_head(struct archive_writer *writer, struct ra_err *err)
{
	unsigned char *head = writer->head;
	memcpy(head, archive_magic, sizeof(archive_magic));
	head[ARCHIVE_AT_VERSION] = ARCHIVE_VERSION;
	randombytes_buf(head + ARCHIVE_AT_RANDOM, ARCHIVE_HEAD_BYTES - ARCHIVE_AT_RANDOM);
	if (writer->key) {
		head[ARCHIVE_AT_FLAGS] = ARCHIVE_ENCRYPTED;
		memcpy(head + ARCHIVE_AT_KEY_ID, writer->key->id, ARCHIVE_KEY_ID_BYTES);
		crypto_secretstream_xchacha20poly1305_init_push(
			&writer->stream, head + ARCHIVE_AT_RANDOM, writer->key->bytes);
	}
	archive_hash_add(writer->hash, head, ARCHIVE_HEAD_BYTES);
	return give_out(writer, head, ARCHIVE_HEAD_BYTES, err);
}

struct archive_writer *archive_create(const json_t *manifest, const struct key *key,
				      archive_out out, void *ctx, struct ra_err *err)
{
	struct archive_writer *writer = ra_new(struct archive_writer);
	*writer = (struct archive_writer){
		.out = out,
		.ctx = ctx,
		.key = key,
		.hash = archive_hash_new(),
		.block = ra_alloc(ARCHIVE_PART_BYTES + ARCHIVE_BLOCK_BYTES + ARCHIVE_HASH_BYTES),
	};
	int rc = give_head(writer, err);
	if (rc == 0)
		rc = give_json(writer, ARCHIVE_MANIFEST, manifest, err);
	if (rc < 0)
		archive_writer_free(&writer);
	return writer;
}

static int give_block(struct archive_writer *writer, struct ra_err *err)
{
	size_t len = writer->used;
	writer->used = 0;
	return len ? give_part(writer, ARCHIVE_BLOCK, writer->block, len, err) : 0;
}

int archive_write(struct archive_writer *writer, const void *data, size_t len, struct ra_err *err)
{
	const unsigned char *from = data;
	if (writer->failed.code)
		return fail_again(writer, err);
	while (len > 0) {
		size_t room = ARCHIVE_BLOCK_BYTES - writer->used;
		size_t n = len < room ? len : room;
		memcpy(writer->block + ARCHIVE_PART_BYTES + writer->used, from, n);
		writer->used += n;
		from += n;
		len -= n;
		if (writer->used < ARCHIVE_BLOCK_BYTES)
			break;
		int rc = give_block(writer, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int archive_finish(struct archive_writer *writer, const json_t *tail, struct archive_sum *sum,
		   struct ra_err *err)
{
	if (writer->failed.code)
		return fail_again(writer, err);
	json_t *empty = tail ? NULL : json_object();
	int rc = give_block(writer, err);
	if (rc == 0)
		rc = give_json(writer, ARCHIVE_TAIL, tail ? tail : empty, err);
	json_decref(empty);
	if (rc == 0 && sum)
		archive_hash_sum(writer->hash, writer->size, sum);
	return rc;
}

void archive_writer_free(struct archive_writer **writer)
{
	struct archive_writer *w = *writer;
	*writer = NULL;
	if (!w)
		return;
	sodium_memzero(&w->stream, sizeof(w->stream));
	EVP_MD_CTX_free(w->hash);
	ra_buf_fini(&w->sealed);
	ra_free(w->block);
	ra_free(w);
}
