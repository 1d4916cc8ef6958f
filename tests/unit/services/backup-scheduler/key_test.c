/* The key's file: what it may hold, and who may read it. */
#include "services/backup-scheduler/key.h"
#include "tests/harness/cmocka.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static char path[] = "/tmp/rations-key-XXXXXX";

/* What comes of a file that holds this; *key is NULL or to be freed. */
static int load(struct key **key, const char *text, size_t len, mode_t mode, struct ra_err *err)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return key_load(key, path, err);
}

static void assert_key(const char *text, size_t len, mode_t mode)
{
	struct ra_err err = { 0 };
	struct key *key;
	assert_int_equal(load(&key, text, len, mode, &err), 0);
	assert_non_null(key);
	for (unsigned char i = 0; i < KEY_BYTES; i++)
		assert_int_equal(key->bytes[i], i);
	key_free(&key);
	assert_null(key);
}

static void digits_or_bytes(void **state)
{
	(void)state;
	char raw[KEY_BYTES];
	for (char i = 0; i < KEY_BYTES; i++)
		raw[(size_t)i] = i;
	assert_key(HEX, strlen(HEX), 0600);
	assert_key(HEX "\n", strlen(HEX) + 1, 0400);
	assert_key(HEX "\r\n", strlen(HEX) + 2, 0440);
	assert_key(raw, sizeof(raw), 0600);
}

static void anything_else_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "secret",
					   HEX "0",
					   HEX "00",
					   HEX "\n\n\n",
					   "x" HEX,
					   HEX " ",
					   "0x" HEX,
					   HEX "\n" HEX,
					   "zz02030405060708090a0b0c0d0e0f"
					   "101112131415161718191a1b1c1d1e1f" };
	char zero[KEY_BYTES] = { 0 };
	struct ra_err err = { 0 };
	struct key *key;
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		assert_int_equal(load(&key, bad[i], strlen(bad[i]), 0600, &err), RA_ECONF);
		assert_null(key);
		assert_null(strstr(err.msg, bad[i]));
	}
	assert_int_equal(load(&key, zero, sizeof(zero), 0600, &err), RA_ECONF);
	assert_int_equal(key_load(&key, "/nowhere/key", &err), RA_ECONF);
	assert_int_equal(key_load(&key, "/tmp", &err), RA_ECONF);
}

static void a_file_that_is_open_is_refused(void **state)
{
	(void)state;
	static const mode_t open_modes[] = { 0644, 0604, 0602, 0620, 0601 };
	struct ra_err err = { 0 };
	struct key *key;
	for (size_t i = 0; i < RA_COUNT(open_modes); i++) {
		assert_int_equal(load(&key, HEX, strlen(HEX), open_modes[i], &err), RA_ECONF);
		assert_null(key);
	}
}

static void nothing_is_no_key(void **state)
{
	(void)state;
	struct ra_err err = { 0 };
	struct key *key;
	assert_int_equal(key_load(&key, "", &err), 0);
	assert_null(key);
	assert_int_equal(load(&key, "", 0, 0600, &err), 0);
	assert_null(key);
	assert_int_equal(load(&key, "\n", 1, 0600, &err), 0);
	assert_null(key);
}

static int make_file(void **state)
{
	(void)state;
	int fd = mkostemp(path, O_CLOEXEC);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_or_bytes),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(a_file_that_is_open_is_refused),
		cmocka_unit_test(nothing_is_no_key),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
