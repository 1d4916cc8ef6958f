/* transfer_file: the blocking half of a transfer: pieces of files on disk and at places. */
#pragma once
#include "proto/backup_transfer.h"
#include "services/backup-scheduler/conf.h"
#include "libshared/base/buf.h"
#include "libshared/base/err.h"

/* A piece of a backup from `offset` on, at most RA_TRANSFER_DOWN_BYTES of it; *size: of all. */
int transfer_read(const struct conf *conf, const char *place, const char *key, uint64_t offset,
		  struct ra_buf *piece, uint64_t *size, struct ra_err *err) RA_MUST_CHECK;

/* A piece of an upload of `size` bytes. *received: how much of it there is, whatever came of this.
 * RA_EINVAL: it is not the next one; RA_ETOOBIG: more than UPLOAD_MAX_BYTES, or than there is room
 * for. */
int transfer_write(const struct conf *conf, const char *upload, uint64_t offset, uint64_t size,
		   struct ra_str piece, uint64_t *received, struct ra_err *err) RA_MUST_CHECK;

/* Of the uploads' folder, then of one in it; yours to ra_free. */
char *transfer_folder(const struct conf *conf);
char *transfer_path(const struct conf *conf, const char *upload);
/* Removes what nobody has written to for so long. */
void transfer_sweep(const struct conf *conf, int64_t idle_ms);
