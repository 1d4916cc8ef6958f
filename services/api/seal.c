/* seal: see seal.h. sodium_init is called once, by api_start. */
#include "services/api/seal.h"
#include "libshared/base/err.h"
#include <sodium.h>

#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

_Static_assert(SEAL_KEY_BYTES == crypto_secretbox_KEYBYTES, "a key is a secretbox key");
_Static_assert(TOKEN_HASH_BYTES == crypto_hash_sha256_BYTES, "a token's hash is SHA-256");

void seal_keys_init(struct seal_keys *keys, const char *secret)
{
	unsigned char master[crypto_kdf_KEYBYTES];
	crypto_generichash(master, sizeof(master), (const unsigned char *)secret, strlen(secret),
			   NULL, 0);
	crypto_kdf_derive_from_key(keys->tokens, SEAL_KEY_BYTES, 1, "rations_", master);
	crypto_kdf_derive_from_key(keys->login, SEAL_KEY_BYTES, 2, "rations_", master);
	crypto_kdf_derive_from_key(keys->webhooks, SEAL_KEY_BYTES, 3, "rations_", master);
	sodium_memzero(master, sizeof(master));
}

struct ra_str seal(const unsigned char *key, struct ra_str text, struct ra_arena *arena)
{
	size_t len = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + text.len;
	unsigned char *out = ra_arena_alloc(arena, len);
	randombytes_buf(out, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, (const unsigned char *)text.ptr,
			      text.len, out, key);
	return (struct ra_str){ (const char *)out, len };
}

int seal_open(const unsigned char *key, struct ra_str sealed, struct ra_arena *arena,
	      struct ra_str *text)
{
	const size_t extra = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
	if (sealed.len < extra)
		return RA_EDENIED;
	const unsigned char *nonce = (const unsigned char *)sealed.ptr;
	unsigned char *out = ra_arena_alloc(arena, sealed.len - extra + 1);
	if (crypto_secretbox_open_easy(out, nonce + crypto_secretbox_NONCEBYTES,
				       sealed.len - crypto_secretbox_NONCEBYTES, nonce, key) != 0)
		return RA_EDENIED;
	*text = (struct ra_str){ (const char *)out, sealed.len - extra };
	return 0;
}

static void encode_32(const unsigned char bytes[32], char text[TOKEN_TEXT_LEN + 1])
{
	sodium_bin2base64(text, TOKEN_TEXT_LEN + 1, bytes, 32, VARIANT);
}

void token_make(char text[TOKEN_TEXT_LEN + 1])
{
	unsigned char bytes[TOKEN_BYTES];
	randombytes_buf(bytes, sizeof(bytes));
	encode_32(bytes, text);
	sodium_memzero(bytes, sizeof(bytes));
}

void token_hash(struct ra_str text, unsigned char hash[TOKEN_HASH_BYTES])
{
	crypto_hash_sha256(hash, (const unsigned char *)text.ptr, text.len);
}

bool token_equal(struct ra_str a, struct ra_str b)
{
	return a.len == b.len && a.len > 0 && sodium_memcmp(a.ptr, b.ptr, a.len) == 0;
}

void pkce_challenge(struct ra_str verifier, char challenge[TOKEN_TEXT_LEN + 1])
{
	unsigned char hash[TOKEN_HASH_BYTES];
	token_hash(verifier, hash);
	encode_32(hash, challenge);
}

char *base64url_of(struct ra_str bytes, struct ra_arena *arena)
{
	size_t size = sodium_base64_ENCODED_LEN(bytes.len, VARIANT);
	char *text = ra_arena_alloc(arena, size);
	return sodium_bin2base64(text, size, (const unsigned char *)bytes.ptr, bytes.len, VARIANT);
}

int base64url_to(struct ra_str text, struct ra_arena *arena, struct ra_str *bytes)
{
	unsigned char *out = ra_arena_alloc(arena, text.len + 1);
	size_t len;
	const char *end;
	if (sodium_base642bin(out, text.len + 1, text.ptr, text.len, NULL, &len, &end, VARIANT) !=
		    0 ||
	    end != text.ptr + text.len)
		return RA_EINVAL;
	*bytes = (struct ra_str){ (const char *)out, len };
	return 0;
}
