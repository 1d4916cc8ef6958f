/* export_zip: see the header. Numbers are little-endian; names of fields as in APPNOTE.TXT, 4.3. */
#include "services/backup-scheduler/export_zip.h"
#include "libshared/base/base.h"
#include "libshared/base/buf.h"
#include <assert.h>
#include <string.h>
#include <time.h>
#define ZLIB_CONST
#include <zlib.h>

enum {
	VERSION = 45,             /* needed to extract: Zip64 */
	FLAGS = 1 << 3 | 1 << 11, /* sizes follow the data; names are UTF-8 */
	DEFLATED = 8,
	OUT_BYTES = 64 * 1024,
};

#define MOST_32 0xffffffffULL

struct zip {
	zip_out out;
	void *ctx; /* borrowed */
	z_stream deflate;
	bool is_open; /* a file is being written */
	char *name;   /* owned; of that */
	uint64_t at;  /* bytes of the whole so far */
	uint64_t from, size, packed;
	uint32_t crc;
	uint16_t date, time;
	uint64_t files;
	struct ra_buf directory; /* owned */
};

static void put(struct ra_buf *buf, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++, value >>= 8)
		ra_buf_add(buf, &(unsigned char){ (unsigned char)value }, 1);
}

static uint32_t cut(uint64_t value)
{
	return (uint32_t)(value < MOST_32 ? value : MOST_32);
}

static int send(struct zip *zip, const void *data, size_t len, struct ra_err *err)
{
	zip->at += len;
	return len ? zip->out(zip->ctx, data, len, err) : 0;
}

static int send_buf(struct zip *zip, struct ra_buf *buf, struct ra_err *err)
{
	struct ra_str text = ra_buf_str(buf);
	int rc = send(zip, text.ptr, text.len, err);
	ra_buf_fini(buf);
	return rc;
}

struct zip *zip_new(zip_out out, void *ctx)
{
	struct zip *zip = ra_new(struct zip);
	time_t now = time(NULL);
	struct tm t;
	gmtime_r(&now, &t);
	*zip = (struct zip){ .out = out, .ctx = ctx };
	zip->date = (uint16_t)((t.tm_year - 80) << 9 | (t.tm_mon + 1) << 5 | t.tm_mday);
	zip->time = (uint16_t)(t.tm_hour << 11 | t.tm_min << 5 | t.tm_sec / 2);
	int rc = deflateInit2(&zip->deflate, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
	assert(rc == Z_OK);
	return zip;
}

/* --- a file --- */

static void put_common(struct zip *zip, struct ra_buf *buf)
{
	put(buf, VERSION, 2);
	put(buf, FLAGS, 2);
	put(buf, DEFLATED, 2);
	put(buf, zip->time, 2);
	put(buf, zip->date, 2);
}

/* A Zip64 field with empty sizes says that those which follow have 8 bytes. */
static int begin(struct zip *zip, struct ra_err *err)
{
	struct ra_buf head = { 0 };
	put(&head, 0x04034b50, 4);
	put_common(zip, &head);
	put(&head, 0, 4);
	put(&head, MOST_32, 4);
	put(&head, MOST_32, 4);
	put(&head, strlen(zip->name), 2);
	put(&head, 20, 2);
	ra_buf_add(&head, zip->name, strlen(zip->name));
	put(&head, 1, 2);
	put(&head, 16, 2);
	put(&head, 0, 8);
	put(&head, 0, 8);
	return send_buf(zip, &head, err);
}

static void remember(struct zip *zip)
{
	struct ra_buf *d = &zip->directory;
	bool is_large = zip->size >= MOST_32 || zip->packed >= MOST_32 || zip->from >= MOST_32;
	put(d, 0x02014b50, 4);
	put(d, 3 << 8 | VERSION, 2); /* made on Unix, for the permissions below */
	put_common(zip, d);
	put(d, zip->crc, 4);
	put(d, is_large ? MOST_32 : cut(zip->packed), 4);
	put(d, is_large ? MOST_32 : cut(zip->size), 4);
	put(d, strlen(zip->name), 2);
	put(d, is_large ? 28 : 0, 2);
	put(d, 0, 2 + 2 + 2);
	put(d, 0100644ULL << 16, 4);
	put(d, is_large ? MOST_32 : cut(zip->from), 4);
	ra_buf_add(d, zip->name, strlen(zip->name));
	if (is_large) {
		put(d, 1, 2);
		put(d, 24, 2);
		put(d, zip->size, 8);
		put(d, zip->packed, 8);
		put(d, zip->from, 8);
	}
	zip->files++;
}

static int pack(struct zip *zip, const void *data, size_t len, int flush, struct ra_err *err)
{
	unsigned char out[OUT_BYTES];
	zip->deflate.next_in = data;
	zip->deflate.avail_in = (uInt)len;
	do {
		zip->deflate.next_out = out;
		zip->deflate.avail_out = sizeof(out);
		deflate(&zip->deflate, flush);
		size_t made = sizeof(out) - zip->deflate.avail_out;
		int rc = send(zip, out, made, err);
		if (rc < 0)
			return rc;
		zip->packed += made;
	} while (zip->deflate.avail_out == 0);
	return 0;
}

static int end_file(struct zip *zip, struct ra_err *err)
{
	struct ra_buf tail = { 0 };
	if (!zip->is_open)
		return 0;
	zip->is_open = false;
	int rc = pack(zip, "", 0, Z_FINISH, err);
	deflateReset(&zip->deflate);
	if (rc < 0)
		return rc;
	remember(zip);
	put(&tail, 0x08074b50, 4);
	put(&tail, zip->crc, 4);
	put(&tail, zip->packed, 8);
	put(&tail, zip->size, 8);
	return send_buf(zip, &tail, err);
}

int zip_file(struct zip *zip, const char *name, struct ra_err *err)
{
	int rc = end_file(zip, err);
	if (rc < 0)
		return rc;
	ra_free(zip->name);
	zip->name = ra_strdup(name);
	zip->from = zip->at;
	zip->size = zip->packed = 0;
	zip->crc = 0;
	zip->is_open = true;
	return begin(zip, err);
}

int zip_write(struct zip *zip, const void *data, size_t len, struct ra_err *err)
{
	const char *at = data;
	int rc = 0;
	for (size_t n; rc == 0 && len > 0; at += n, len -= n) {
		n = len < (1u << 30) ? len : 1u << 30; /* zlib counts in 32 bits */
		zip->crc = (uint32_t)crc32(zip->crc, (const unsigned char *)at, (uInt)n);
		zip->size += n;
		rc = pack(zip, at, n, Z_NO_FLUSH, err);
	}
	return rc;
}

/* --- the end --- */

int zip_end(struct zip *zip, struct ra_err *err)
{
	int rc = end_file(zip, err);
	if (rc < 0)
		return rc;
	uint64_t from = zip->at, size = ra_buf_str(&zip->directory).len;
	struct ra_buf *d = &zip->directory;
	put(d, 0x06064b50, 4); /* Zip64 end of central directory */
	put(d, 44, 8);
	put(d, VERSION, 2);
	put(d, VERSION, 2);
	put(d, 0, 4 + 4);
	put(d, zip->files, 8);
	put(d, zip->files, 8);
	put(d, size, 8);
	put(d, from, 8);
	put(d, 0x07064b50, 4); /* where that is */
	put(d, 0, 4);
	put(d, from + size, 8);
	put(d, 1, 4);
	put(d, 0x06054b50, 4); /* end of central directory */
	put(d, 0, 2 + 2);
	put(d, zip->files, 2);
	put(d, zip->files, 2);
	put(d, cut(size), 4);
	put(d, cut(from), 4);
	put(d, 0, 2);
	return send_buf(zip, d, err);
}

void zip_free(struct zip **zip)
{
	deflateEnd(&(*zip)->deflate);
	ra_buf_fini(&(*zip)->directory);
	ra_free((*zip)->name);
	ra_free(*zip);
	*zip = NULL;
}
