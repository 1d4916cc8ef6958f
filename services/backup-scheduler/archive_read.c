/*
 * archive_read: the reading half of archive.h.
 *
 *   head -> 'M' -> 'B' ... 'B' -> 'T' -> nothing more
 *
 * A part's length is held against its bound before there is memory for it,
 * its seal is checked before anything of it is looked at.
 */
#include "libshared/base/buf.h"
#include "services/backup-scheduler/archive_format.h"
#include "services/backup-scheduler/key.h"
#include <inttypes.h>

#define HINT_DAMAGED "Use another copy, or another backup."

struct archive_reader {
	archive_in in;
	void *ctx;             /* borrowed; in's */
	const struct key *key; /* borrowed; NULL: none given */
	crypto_secretstream_xchacha20poly1305_state stream;
	EVP_MD_CTX *hash; /* owned; of all that was read */
	uint64_t position;
	unsigned char head_bytes[ARCHIVE_HEAD_BYTES];
	struct archive_head head;
	struct ra_buf raw;    /* a part as it lies in the file */
	struct ra_buf opened; /* the content of a sealed part */
	struct ra_str rest;   /* of a block: checked, not yet handed out */
	json_t *manifest;     /* owned */
	json_t *tail;         /* owned; NULL before the end */
	struct ra_err failed; /* what ended it; code 0: nothing did */
};

static int fail_again(const struct archive_reader *reader, struct ra_err *err)
{
	if (err)
		*err = reader->failed;
	return reader->failed.code;
}

static int damaged(struct archive_reader *reader, const char *what)
{
	return ra_fail(&reader->failed, RA_EDAMAGED, HINT_DAMAGED,
		       "damaged: %s, in the part at byte %" PRIu64, what, reader->position);
}

/* Exactly `len` bytes, or fewer at the end of the file: how many, or what failed. */
static ssize_t read_up_to(archive_in in, void *ctx, unsigned char *data, size_t len,
			  struct ra_err *err)
{
	size_t have = 0;
	while (have < len) {
		ssize_t n = in(ctx, data + have, len - have, err);
		if (n < 0 && err)
			err->code = (int)n;
		if (n <= 0)
			return n < 0 ? n : (ssize_t)have;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static int read_exactly(struct archive_reader *reader, unsigned char *data, size_t len)
{
	ssize_t n = read_up_to(reader->in, reader->ctx, data, len, &reader->failed);
	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : damaged(reader, "the file ends too early");
}

/* --- the head -------------------------------------------------------------------- */

static bool is_zero(const unsigned char *bytes, size_t len)
{
	return sodium_is_zero(bytes, len) == 1;
}

static int parse_head(const unsigned char *bytes, struct archive_head *head, struct ra_err *err)
{
	if (memcmp(bytes, archive_magic, sizeof(archive_magic)) != 0)
		return ra_fail(err, RA_EDAMAGED, "Choose a .rations file.",
			       "this is not a backup file, or its first bytes are damaged");
	*head = (struct archive_head){
		.version = bytes[ARCHIVE_AT_VERSION],
		.is_encrypted = bytes[ARCHIVE_AT_FLAGS] == ARCHIVE_ENCRYPTED,
	};
	if (head->version < 1 || head->version > ARCHIVE_VERSION)
		return ra_fail(err, RA_EDAMAGED, "Use the release that wrote it, or a newer one.",
			       "a backup file of format %u, and we read formats up to %u",
			       head->version, ARCHIVE_VERSION);
	if (bytes[ARCHIVE_AT_FLAGS] > ARCHIVE_ENCRYPTED || !is_zero(bytes + ARCHIVE_AT_ZERO, 2) ||
	    (!head->is_encrypted && !is_zero(bytes + ARCHIVE_AT_KEY_ID, ARCHIVE_KEY_ID_BYTES)))
		return ra_fail(err, RA_EDAMAGED, HINT_DAMAGED, "damaged: its head is not valid");
	if (head->is_encrypted)
		sodium_bin2hex(head->key_id, sizeof(head->key_id), bytes + ARCHIVE_AT_KEY_ID,
			       ARCHIVE_KEY_ID_BYTES);
	return 0;
}

int archive_look(archive_in in, void *ctx, struct archive_head *head, struct ra_err *err)
{
	unsigned char bytes[ARCHIVE_HEAD_BYTES] = { 0 };
	ssize_t n = read_up_to(in, ctx, bytes, sizeof(bytes), err);
	if (n < 0)
		return (int)n;
	if (n < ARCHIVE_HEAD_BYTES)
		return ra_fail(err, RA_EDAMAGED, HINT_DAMAGED,
			       "damaged: the file ends in its head");
	return parse_head(bytes, head, err);
}

static int check_key(struct archive_reader *reader)
{
	const struct archive_head *head = &reader->head;
	char ours[sizeof(head->key_id)];
	if (!head->is_encrypted)
		return 0;
	if (!reader->key)
		return ra_fail(&reader->failed, RA_EKEY,
			       "Set BACKUP_KEY_FILE to the file of the key it was written with.",
			       "it is encrypted (key %s), and we have no key", head->key_id);
	sodium_bin2hex(ours, sizeof(ours), reader->key->id, ARCHIVE_KEY_ID_BYTES);
	if (strcmp(head->key_id, ours) != 0)
		return ra_fail(&reader->failed, RA_EKEY,
			       "Set BACKUP_KEY_FILE to the file of the key it was written with.",
			       "it is encrypted with another key (%s, ours is %s)", head->key_id,
			       ours);
	if (crypto_secretstream_xchacha20poly1305_init_pull(&reader->stream,
							    reader->head_bytes + ARCHIVE_AT_RANDOM,
							    reader->key->bytes) < 0)
		return damaged(reader, "its head is not valid");
	return 0;
}

static int read_head(struct archive_reader *reader)
{
	int rc = read_exactly(reader, reader->head_bytes, ARCHIVE_HEAD_BYTES);
	if (rc == 0)
		rc = parse_head(reader->head_bytes, &reader->head, &reader->failed);
	if (rc == 0)
		rc = check_key(reader);
	archive_hash_add(reader->hash, reader->head_bytes, ARCHIVE_HEAD_BYTES);
	reader->position = ARCHIVE_HEAD_BYTES;
	return rc;
}

/* --- a part ---------------------------------------------------------------------- */

static int open_plain(struct archive_reader *reader, const unsigned char *part, size_t len,
		      struct ra_str *content)
{
	unsigned char digest[ARCHIVE_HASH_BYTES];
	const unsigned char *seal = part + ARCHIVE_PART_BYTES + len;
	archive_hash_add(reader->hash, part, ARCHIVE_PART_BYTES + len);
	archive_hash_so_far(reader->hash, digest);
	if (memcmp(digest, seal, sizeof(digest)) != 0)
		return damaged(reader, "its checksum differs");
	archive_hash_add(reader->hash, seal, ARCHIVE_HASH_BYTES);
	*content = (struct ra_str){ (const char *)part + ARCHIVE_PART_BYTES, len };
	return 0;
}

static int open_sealed(struct archive_reader *reader, const unsigned char *part, size_t len,
		       struct ra_str *content)
{
	unsigned char covered[ARCHIVE_HEAD_BYTES + ARCHIVE_PART_BYTES];
	size_t covered_len = archive_covered(covered, reader->head_bytes, part);
	unsigned char tag, due = part[0] == ARCHIVE_TAIL ? ARCHIVE_TAG_LAST : ARCHIVE_TAG;

	ra_buf_clear(&reader->opened);
	char *opened = ra_buf_reserve(&reader->opened, len + 1);
	if (crypto_secretstream_xchacha20poly1305_pull(
		    &reader->stream, (unsigned char *)opened, NULL, &tag, part + ARCHIVE_PART_BYTES,
		    len + ARCHIVE_SEAL_BYTES, covered, covered_len) < 0 ||
	    tag != due)
		return damaged(reader, "its seal is broken");
	archive_hash_add(reader->hash, part, ARCHIVE_PART_BYTES + len + ARCHIVE_SEAL_BYTES);
	*content = (struct ra_str){ opened, len };
	return 0;
}

/* What a part of this kind may hold; 0 for what is no kind. */
static size_t bound_of(unsigned char kind)
{
	switch (kind) {
	case ARCHIVE_MANIFEST:
	case ARCHIVE_TAIL: return ARCHIVE_JSON_BYTES;
	case ARCHIVE_BLOCK: return ARCHIVE_BLOCK_BYTES;
	default: return 0;
	}
}

/* The next part, checked. Its content stands until the next one is read. */
static int read_part(struct archive_reader *reader, unsigned char *kind, struct ra_str *content)
{
	unsigned char header[ARCHIVE_PART_BYTES];
	size_t seal = reader->head.is_encrypted ? ARCHIVE_SEAL_BYTES : ARCHIVE_HASH_BYTES;
	int rc = read_exactly(reader, header, sizeof(header));
	if (rc < 0)
		return rc;

	size_t len = (size_t)header[1] << 24 | (size_t)header[2] << 16 | (size_t)header[3] << 8 |
		     header[4];
	if (len == 0 || len > bound_of(header[0]))
		return damaged(reader, "its length is not valid");
	ra_buf_clear(&reader->raw);
	unsigned char *part =
		(unsigned char *)ra_buf_reserve(&reader->raw, sizeof(header) + len + seal);
	memcpy(part, header, sizeof(header));
	rc = read_exactly(reader, part + sizeof(header), len + seal);
	if (rc == 0)
		rc = reader->head.is_encrypted ? open_sealed(reader, part, len, content)
					       : open_plain(reader, part, len, content);
	if (rc == 0)
		reader->position += sizeof(header) + len + seal;
	*kind = header[0];
	return rc;
}

static int parse_json(struct archive_reader *reader, struct ra_str text, json_t **json)
{
	*json = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
	return json_is_object(*json) ? 0 : damaged(reader, "it is not JSON");
}

/* --- the file ------------------------------------------------------------------------ */

static int read_manifest(struct archive_reader *reader)
{
	unsigned char kind;
	struct ra_str content;
	int rc = read_part(reader, &kind, &content);
	if (rc == 0 && kind != ARCHIVE_MANIFEST)
		rc = damaged(reader, "it does not begin with a manifest");
	return rc < 0 ? rc : parse_json(reader, content, &reader->manifest);
}

struct archive_reader *archive_open(archive_in in, void *ctx, const struct key *key,
				    struct ra_err *err)
{
	struct archive_reader *reader = ra_new(struct archive_reader);
	*reader = (struct archive_reader){
		.in = in,
		.ctx = ctx,
		.key = key,
		.hash = archive_hash_new(),
	};
	int rc = read_head(reader);
	if (rc == 0)
		rc = read_manifest(reader);
	if (rc < 0) {
		fail_again(reader, err);
		archive_reader_free(&reader);
	}
	return reader;
}

/* The tail was read: nothing may follow. */
static int read_end(struct archive_reader *reader, struct ra_str tail)
{
	unsigned char more;
	int rc = parse_json(reader, tail, &reader->tail);
	if (rc < 0)
		return rc;
	ssize_t n = read_up_to(reader->in, reader->ctx, &more, 1, &reader->failed);
	return n <= 0 ? (int)n : damaged(reader, "something follows the end");
}

static int read_next(struct archive_reader *reader)
{
	unsigned char kind;
	struct ra_str content;
	int rc = read_part(reader, &kind, &content);
	if (rc < 0)
		return rc;
	if (kind == ARCHIVE_BLOCK)
		reader->rest = content;
	else if (kind == ARCHIVE_TAIL)
		rc = read_end(reader, content);
	else
		rc = damaged(reader, "a second manifest");
	return rc;
}

ssize_t archive_read(struct archive_reader *reader, void *data, size_t len, struct ra_err *err)
{
	if (reader->failed.code)
		return fail_again(reader, err);
	if (reader->rest.len == 0 && !reader->tail && read_next(reader) < 0) {
		json_decref(reader->tail);
		reader->tail = NULL;
		return fail_again(reader, err);
	}
	size_t n = len < reader->rest.len ? len : reader->rest.len;
	if (n == 0)
		return 0;
	memcpy(data, reader->rest.ptr, n);
	reader->rest.ptr += n;
	reader->rest.len -= n;
	return (ssize_t)n;
}

const json_t *archive_manifest(const struct archive_reader *reader)
{
	return reader->manifest;
}

const json_t *archive_tail(const struct archive_reader *reader)
{
	return reader->tail;
}

json_t *archive_told(const struct archive_reader *reader)
{
	json_t *told = json_deep_copy(reader->manifest);
	json_object_update_missing(told, reader->tail);
	return told;
}

const struct archive_head *archive_reader_head(const struct archive_reader *reader)
{
	return &reader->head;
}

uint64_t archive_position(const struct archive_reader *reader)
{
	return reader->position;
}

void archive_reader_sum(const struct archive_reader *reader, struct archive_sum *sum)
{
	archive_hash_sum(reader->hash, reader->position, sum);
}

void archive_reader_free(struct archive_reader **reader)
{
	struct archive_reader *r = *reader;
	*reader = NULL;
	if (!r)
		return;
	sodium_memzero(&r->stream, sizeof(r->stream));
	EVP_MD_CTX_free(r->hash);
	ra_buf_fini(&r->raw);
	ra_buf_fini(&r->opened);
	json_decref(r->manifest);
	json_decref(r->tail);
	ra_free(r);
}
