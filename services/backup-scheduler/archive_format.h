/*
 * archive_format: what a writer and a reader of .rations files agree on; see
 * docs/backup-file.md.
 *
 *   head      magic 12, version 1, flags 1, zero 2, key id 8, random 24
 *   part      kind 1, length 4 (big-endian), content, seal
 *
 * One part 'M' (manifest, JSON), any number of 'B' (blocks of the payload),
 * one 'T' (tail, JSON), and nothing behind it. The seal of a plain part is the
 * SHA-256 of the file up to it; in an encrypted file content and seal are one
 * message of secretstream, 17 bytes longer than the content. The random bytes
 * are secretstream's header, and make any two files different from their
 * begin.
 */
#pragma once
#include "services/backup-scheduler/archive.h"
#include <openssl/evp.h>
#include <sodium.h>

#define ARCHIVE_VERSION   2 /* 1: a manifest was all of it, a tail told nothing */
#define ARCHIVE_ENCRYPTED 1 /* a flag */

extern const unsigned char archive_magic[12];

/* Offsets in the head. */
#define ARCHIVE_AT_VERSION 12
#define ARCHIVE_AT_FLAGS   13
#define ARCHIVE_AT_ZERO    14
#define ARCHIVE_AT_KEY_ID  16
#define ARCHIVE_AT_RANDOM  24
#define ARCHIVE_HEAD_BYTES 48

#define ARCHIVE_PART_BYTES 5 /* kind and length */
#define ARCHIVE_HASH_BYTES 32
#define ARCHIVE_SEAL_BYTES crypto_secretstream_xchacha20poly1305_ABYTES
#define ARCHIVE_TAG        crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
#define ARCHIVE_TAG_LAST   crypto_secretstream_xchacha20poly1305_TAG_FINAL /* of the tail */

enum archive_kind { ARCHIVE_MANIFEST = 'M', ARCHIVE_BLOCK = 'B', ARCHIVE_TAIL = 'T' };

/* The running SHA-256 of a file. OpenSSL's, as it uses the processor's own instructions. */
EVP_MD_CTX *archive_hash_new(void);
void archive_hash_add(EVP_MD_CTX *hash, const void *data, size_t len);
/* Of everything so far; the hash goes on. */
void archive_hash_so_far(const EVP_MD_CTX *hash, unsigned char digest[ARCHIVE_HASH_BYTES]);
void archive_hash_sum(const EVP_MD_CTX *hash, uint64_t size, struct archive_sum *sum);

/* What a part's seal covers beside its content: kind and length, and in the first part the head
 * before them. Returns its length. */
size_t archive_covered(unsigned char out[ARCHIVE_HEAD_BYTES + ARCHIVE_PART_BYTES],
		       const unsigned char *head, const unsigned char *part);
