/*
 * key: what seals backups: 32 bytes from the file BACKUP_KEY_FILE, kept in
 * memory that is neither swapped out nor dumped, and never shown. Which key it
 * is can be said by its id, which tells nothing about it.
 *
 * To make one: openssl rand -hex 32 >key && chmod 600 key
 */
#pragma once
#include "libshared/base/err.h"
#include "services/backup-scheduler/archive.h"

#define KEY_BYTES 32

struct key {
	unsigned char bytes[KEY_BYTES];
	unsigned char id[ARCHIVE_KEY_ID_BYTES];
};

/* The key of the file `path`: 32 bytes as they are, or as 64 hex digits in a line. *key is NULL,
 * with 0, when `path` is empty, or the file is, as with all options: backups are plain. RA_ECONF
 * with *err filled when the file can not be read, holds something else, or others of the machine
 * could read or change it. */
int key_load(struct key **key, const char *path, struct ra_err *err) RA_MUST_CHECK;
/* Of 32 bytes. */
struct key *key_new(const unsigned char bytes[KEY_BYTES]);
void key_free(struct key **key);
