/* s3_sign: see the header. */
#include "services/backup-scheduler/s3_sign.h"
#include <assert.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <time.h>

#define ALGORITHM "AWS4-HMAC-SHA256"

void s3_timestamp(int64_t at_ms, char out[17])
{
	struct tm tm;
	time_t at = at_ms / 1000;
	gmtime_r(&at, &tm);
	strftime(out, 17, "%Y%m%dT%H%M%SZ", &tm);
}

/* OpenSSL's, as parts of many MiB pass here. */
void s3_sha256(struct ra_str bytes, char hex[65])
{
	unsigned char digest[32];
	int ok = EVP_Digest(bytes.ptr, bytes.len, digest, NULL, EVP_sha256(), NULL);
	assert(ok == 1);
	(void)ok;
	sodium_bin2hex(hex, 65, digest, sizeof(digest));
}

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void s3_encode(struct ra_buf *out, struct ra_str text, bool is_path)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (is_unreserved(c) || (is_path && c == '/'))
			ra_buf_add(out, &c, 1);
		else
			ra_buf_printf(out, "%%%02X", (unsigned char)c);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct s3_field *)a)->name, ((const struct s3_field *)b)->name);
}

static void sort(struct s3_field out[S3_FIELDS_MAX], const struct s3_field *fields, size_t count)
{
	assert(count <= S3_FIELDS_MAX);
	if (count == 0)
		return;
	memcpy(out, fields, count * sizeof(*fields));
	qsort(out, count, sizeof(*out), by_name);
}

void s3_query(struct ra_buf *out, const struct s3_field *fields, size_t count)
{
	struct s3_field sorted[S3_FIELDS_MAX];
	sort(sorted, fields, count);
	for (size_t i = 0; i < count; i++) {
		ra_buf_add_text(out, i ? "&" : "");
		s3_encode(out, ra_str_of(sorted[i].name), false);
		ra_buf_add_text(out, "=");
		s3_encode(out, ra_str_of(sorted[i].value), false);
	}
}

/* --- the signature ------------------------------------------------------------------ */

struct mac {
	unsigned char bytes[crypto_auth_hmacsha256_BYTES];
};

static struct mac hmac(const void *key, size_t key_len, struct ra_str text)
{
	struct mac mac;
	crypto_auth_hmacsha256_state state;
	crypto_auth_hmacsha256_init(&state, key, key_len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)text.ptr, text.len);
	crypto_auth_hmacsha256_final(&state, mac.bytes);
	sodium_memzero(&state, sizeof(state));
	return mac;
}

static struct mac hmac_next(const struct mac *key, struct ra_str text)
{
	return hmac(key->bytes, sizeof(key->bytes), text);
}

/* The secret, made good for one day, one region and S3 alone. */
static struct mac signing_key(const struct s3_signing *s)
{
	char *secret = ra_format("AWS4%s", s->secret_key);
	struct mac day = hmac(secret, strlen(secret), (struct ra_str){ s->timestamp, 8 });
	struct mac region = hmac_next(&day, ra_str_of(s->region));
	struct mac service = hmac_next(&region, RA_STR("s3"));
	sodium_memzero(secret, strlen(secret));
	ra_free(secret);
	return hmac_next(&service, RA_STR("aws4_request"));
}

static void add_names(struct ra_buf *out, const struct s3_field *headers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ra_buf_printf(out, "%s%s", i ? ";" : "", headers[i].name);
}

static void add_canonical_request(struct ra_buf *out, const struct s3_signing *s,
				  const struct s3_field *headers)
{
	ra_buf_printf(out, "%s\n%s\n%s\n", s->method, s->path, s->query);
	for (size_t i = 0; i < s->header_count; i++)
		ra_buf_printf(out, "%s:%s\n", headers[i].name, headers[i].value);
	ra_buf_add_text(out, "\n");
	add_names(out, headers, s->header_count);
	ra_buf_printf(out, "\n%s", s->body_sha256);
}

void s3_sign(const struct s3_signing *s, struct ra_buf *authorization)
{
	struct s3_field headers[S3_FIELDS_MAX];
	struct ra_buf text = { 0 };
	char request[65], signature[65];
	sort(headers, s->headers, s->header_count);
	add_canonical_request(&text, s, headers);
	s3_sha256(ra_buf_str(&text), request);

	char *scope = ra_format("%.8s/%s/s3/aws4_request", s->timestamp, s->region);
	ra_buf_clear(&text);
	ra_buf_printf(&text, ALGORITHM "\n%s\n%s\n%s", s->timestamp, scope, request);
	struct mac key = signing_key(s);
	struct mac mac = hmac_next(&key, ra_buf_str(&text));
	sodium_bin2hex(signature, sizeof(signature), mac.bytes, sizeof(mac.bytes));

	ra_buf_printf(authorization, ALGORITHM " Credential=%s/%s,SignedHeaders=", s->access_key,
		      scope);
	add_names(authorization, headers, s->header_count);
	ra_buf_printf(authorization, ",Signature=%s", signature);
	sodium_memzero(&key, sizeof(key));
	ra_free(scope);
	ra_buf_fini(&text);
}
