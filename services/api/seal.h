/*
 * seal: the cryptography of api, all of it libsodium's: keys from
 * SESSION_SECRET, sealed texts, random tokens, their hashes, PKCE.
 */
#pragma once
#include "libshared/base/arena.h"

#define SEAL_KEY_BYTES   32
#define TOKEN_BYTES      32
#define TOKEN_TEXT_LEN   43 /* 32 bytes as base64url */
#define TOKEN_HASH_BYTES 32

/* One key a purpose, so that what was sealed for one opens for no other. */
struct seal_keys {
	unsigned char tokens[SEAL_KEY_BYTES];   /* OAuth2 tokens at rest */
	unsigned char login[SEAL_KEY_BYTES];    /* the cookie of a login in progress */
	unsigned char webhooks[SEAL_KEY_BYTES]; /* their addresses and secrets */
};

void seal_keys_init(struct seal_keys *keys, const char *secret);

/* Authenticated encryption: nonce and box. The result lives in `arena`. */
struct ra_str seal(const unsigned char *key, struct ra_str text, struct ra_arena *arena);
/* RA_EDENIED when it was not sealed with this key. The result is NUL-terminated, too. */
int seal_open(const unsigned char *key, struct ra_str sealed, struct ra_arena *arena,
	      struct ra_str *text) RA_MUST_CHECK;

/* 32 random bytes as base64url, NUL-terminated. */
void token_make(char text[TOKEN_TEXT_LEN + 1]);
/* SHA-256 of a token's text: what the database may know. */
void token_hash(struct ra_str text, unsigned char hash[TOKEN_HASH_BYTES]);
/* In constant time. */
bool token_equal(struct ra_str a, struct ra_str b);

/* RFC 7636: base64url(SHA-256(verifier)). */
void pkce_challenge(struct ra_str verifier, char challenge[TOKEN_TEXT_LEN + 1]);

/* base64url without padding, for cookies. */
char *base64url_of(struct ra_str bytes, struct ra_arena *arena);
int base64url_to(struct ra_str text, struct ra_arena *arena, struct ra_str *bytes) RA_MUST_CHECK;
