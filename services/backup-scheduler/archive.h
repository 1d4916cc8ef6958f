/*
 * archive: a .rations file, written and read in one pass: a head, the
 * manifest, the payload in blocks of 1 MiB, a tail. Byte by byte it is
 * described in docs/backup-file.md.
 *
 *	writer = archive_create(manifest, key, out, ctx, &err);
 *	while (...)
 *		archive_write(writer, data, len, &err);
 *	archive_finish(writer, tail, &sum, &err);
 *	archive_writer_free(&writer);
 *
 *	reader = archive_open(in, ctx, key, &err);
 *	while ((n = archive_read(reader, data, sizeof(data), &err)) > 0)
 *		...
 *	archive_reader_free(&reader);
 *
 * Without a key every part is followed by the SHA-256 of the file up to
 * there; with one every part is sealed by libsodium's secretstream, which
 * knows their order. Either way no byte can be changed, lost, added or moved
 * without being noticed, and nothing is handed out before it was checked.
 * What comes whole is only known at the end: act on nothing before
 * archive_read() gave 0.
 *
 * Memory: two blocks, whatever the size; the manifest and the tail are
 * bounded. Everything blocks in `out` and `in`.
 */
#pragma once
#include "libshared/base/err.h"
#include <jansson.h>
#include <sys/types.h>

#define ARCHIVE_BLOCK_BYTES  ((size_t)1 << 20)
#define ARCHIVE_JSON_BYTES   ((size_t)8 << 20) /* a manifest, a tail: at most */
#define ARCHIVE_KEY_ID_BYTES 8

struct key;
struct archive_writer;
struct archive_reader;

/* Takes all of `data`, or returns what failed, with *err filled. */
typedef int (*archive_out)(void *ctx, const void *data, size_t len, struct ra_err *err);
/* Up to `len` bytes; 0 at the end; or what failed, with *err filled. */
typedef ssize_t (*archive_in)(void *ctx, void *data, size_t len, struct ra_err *err);

/* A whole file: its size and the SHA-256 of it, as sha256sum prints it. */
struct archive_sum {
	uint64_t size;
	char sha256[65];
};

/* What is in the clear. */
struct archive_head {
	unsigned version;
	bool is_encrypted;
	char key_id[2 * ARCHIVE_KEY_ID_BYTES + 1]; /* "" when it is not */
};

/* Begins a file: the head and the manifest (an object, borrowed for the call). `key` (borrowed)
 * seals it, NULL leaves it plain. NULL with *err filled when `out` failed. */
struct archive_writer *archive_create(const json_t *manifest, const struct key *key,
				      archive_out out, void *ctx, struct ra_err *err) RA_MUST_CHECK;
/* After a failure every further call fails the same. */
int archive_write(struct archive_writer *writer, const void *data, size_t len,
		  struct ra_err *err) RA_MUST_CHECK;
/* The tail (an object, borrowed; NULL: an empty one) ends the file; *sum may be NULL. */
int archive_finish(struct archive_writer *writer, const json_t *tail, struct archive_sum *sum,
		   struct ra_err *err) RA_MUST_CHECK;
void archive_writer_free(struct archive_writer **writer);

/* Reads the head and the manifest. NULL with *err filled: RA_EDAMAGED when it is no such file or a
 * byte of it is not as written, RA_EKEY when it is sealed and `key` (borrowed, or NULL) is not the
 * one, or what `in` failed with. */
struct archive_reader *archive_open(archive_in in, void *ctx, const struct key *key,
				    struct ra_err *err) RA_MUST_CHECK;
/* Up to `len` checked bytes of the payload. 0: it has ended, and the whole file was as written.
 * Negative, and so from then on: RA_EDAMAGED, or what `in` failed with. */
ssize_t archive_read(struct archive_reader *reader, void *data, size_t len,
		     struct ra_err *err) RA_MUST_CHECK;
/* Borrowed from the reader. */
const json_t *archive_manifest(const struct archive_reader *reader);
/* Likewise; NULL before archive_read() gave 0. */
const json_t *archive_tail(const struct archive_reader *reader);
/* All that the file says of itself: the manifest, and what the tail adds to it. Call after
 * archive_read() gave 0; yours. */
json_t *archive_told(const struct archive_reader *reader);
const struct archive_head *archive_reader_head(const struct archive_reader *reader);
/* How much of the file was read, for progress. */
uint64_t archive_position(const struct archive_reader *reader);
/* Of the whole file; call after archive_read() gave 0. */
void archive_reader_sum(const struct archive_reader *reader, struct archive_sum *sum);
void archive_reader_free(struct archive_reader **reader);

/* What can be said of a file without its key: reads the head alone. */
int archive_look(archive_in in, void *ctx, struct archive_head *head,
		 struct ra_err *err) RA_MUST_CHECK;

/* `out` and `in` of a file descriptor; ctx is an int *. */
int archive_out_fd(void *fd, const void *data, size_t len, struct ra_err *err) RA_MUST_CHECK;
ssize_t archive_in_fd(void *fd, void *data, size_t len, struct ra_err *err) RA_MUST_CHECK;
