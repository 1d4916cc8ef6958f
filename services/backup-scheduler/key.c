/* key: see the header. */
#include "services/backup-scheduler/key.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#define HINT_FORM "Write 64 hex digits into it: openssl rand -hex 32."

/* The longest a key's file is: the digits and the end of their line, and one more to see it is
 * longer. */
#define FILE_BYTES (2 * KEY_BYTES + 3)

static void must_init(void)
{
	int rc = sodium_init();
	assert(rc >= 0);
	(void)rc;
}

struct key *key_new(const unsigned char bytes[KEY_BYTES])
{
	unsigned char id[crypto_generichash_BYTES_MIN];
	must_init();
	struct key *key = sodium_malloc(sizeof(*key));
	assert(key);
	memcpy(key->bytes, bytes, KEY_BYTES);
	crypto_generichash(id, sizeof(id), (const unsigned char *)"rations key id",
			   strlen("rations key id"), bytes, KEY_BYTES);
	memcpy(key->id, id, sizeof(key->id));
	return key;
}

void key_free(struct key **key)
{
	sodium_free(*key); /* zeroes it */
	*key = NULL;
}

static int check_mode(int fd, const char *path, struct ra_err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return ra_fail(err, RA_ECONF, HINT_FORM, "BACKUP_KEY_FILE: %s is no file", path);
	if (st.st_mode & (S_IWGRP | S_IRWXO))
		return ra_fail(err, RA_ECONF, "Close it: chmod 600.",
			       "BACKUP_KEY_FILE: others can read or change %s", path);
	return 0;
}

static bool is_blank(const unsigned char *text, size_t len)
{
	size_t n = 0;
	while (n < len && (text[n] == '\n' || text[n] == '\r' || text[n] == ' '))
		n++;
	return n == len;
}

/* The key in the `len` bytes of a file. */
static int parse(const unsigned char *text, size_t len, unsigned char bytes[KEY_BYTES])
{
	size_t got = 0;
	if (len == KEY_BYTES) {
		memcpy(bytes, text, KEY_BYTES);
		return 0;
	}
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	int rc = len == 2UL * KEY_BYTES ? sodium_hex2bin(bytes, KEY_BYTES, (const char *)text, len,
							 NULL, &got, NULL)
					: -1;
	return rc == 0 && got == KEY_BYTES ? 0 : RA_EINVAL;
}

/* `text`: FILE_BYTES of locked memory, a key's room behind them. */
static int load(struct key **key, int fd, unsigned char *text, const char *path, struct ra_err *err)
{
	unsigned char *bytes = text + FILE_BYTES;
	int rc = check_mode(fd, path, err);
	if (rc < 0)
		return rc;
	ssize_t len = read(fd, text, FILE_BYTES);
	if (len < 0)
		return ra_fail(err, RA_ECONF, "Make it readable for this user.",
			       "BACKUP_KEY_FILE: cannot read %s: %s", path, strerror(errno));
	if (is_blank(text, (size_t)len))
		return 0;
	if (len == FILE_BYTES || parse(text, (size_t)len, bytes) < 0 ||
	    sodium_is_zero(bytes, KEY_BYTES))
		return ra_fail(err, RA_ECONF, HINT_FORM,
			       "BACKUP_KEY_FILE: %s does not hold a key of %d bytes", path,
			       KEY_BYTES);
	*key = key_new(bytes);
	return 0;
}

int key_load(struct key **key, const char *path, struct ra_err *err)
{
	*key = NULL;
	if (!*path)
		return 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ra_fail(err, RA_ECONF, "Make it readable for this user, or unset it.",
			       "BACKUP_KEY_FILE: cannot open %s: %s", path, strerror(errno));
	must_init();
	unsigned char *text = sodium_malloc(FILE_BYTES + KEY_BYTES);
	assert(text);
	int rc = load(key, fd, text, path, err);
	sodium_free(text);
	close(fd);
	return rc;
}
