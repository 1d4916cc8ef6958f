/* archive_format: see the header. */
#include "services/backup-scheduler/archive_format.h"
#include <assert.h>

/* As PNG's: what mistakes it for text, breaks it where it is seen first. */
const unsigned char archive_magic[12] = { 0x89, 'R', 'A',  'T',  'I',  'O',
					  'N',  'S', '\r', '\n', 0x1a, '\n' };

/* What OpenSSL does here fails for want of memory only. */
static void must(int ok)
{
	assert(ok == 1);
	(void)ok;
}

EVP_MD_CTX *archive_hash_new(void)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	must(hash != NULL);
	must(EVP_DigestInit_ex(hash, EVP_sha256(), NULL));
	return hash;
}

void archive_hash_add(EVP_MD_CTX *hash, const void *data, size_t len)
{
	must(EVP_DigestUpdate(hash, data, len));
}

void archive_hash_so_far(const EVP_MD_CTX *hash, unsigned char digest[ARCHIVE_HASH_BYTES])
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	must(copy != NULL);
	must(EVP_MD_CTX_copy_ex(copy, hash));
	must(EVP_DigestFinal_ex(copy, digest, NULL));
	EVP_MD_CTX_free(copy);
}

void archive_hash_sum(const EVP_MD_CTX *hash, uint64_t size, struct archive_sum *sum)
{
	unsigned char digest[ARCHIVE_HASH_BYTES];
	archive_hash_so_far(hash, digest);
	sodium_bin2hex(sum->sha256, sizeof(sum->sha256), digest, sizeof(digest));
	sum->size = size;
}

size_t archive_covered(unsigned char out[ARCHIVE_HEAD_BYTES + ARCHIVE_PART_BYTES],
		       const unsigned char *head, const unsigned char *part)
{
	size_t len = 0;
	if (part[0] == ARCHIVE_MANIFEST) {
		memcpy(out, head, ARCHIVE_HEAD_BYTES);
		len = ARCHIVE_HEAD_BYTES;
	}
	memcpy(out + len, part, ARCHIVE_PART_BYTES);
	return len + ARCHIVE_PART_BYTES;
}
