/* Backups in a folder: whole or not there, and nothing of anybody else touched. */
#include "libshared/base/buf.h"
#include "libshared/base/clock.h"
#include "services/backup-scheduler/store.h"
#include "tests/harness/cmocka.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static char *path_of(const char *name)
{
	static char path[192];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static struct store *open_store(void)
{
	struct ra_err err = { 0 };
	struct store *store = store_folder_open(dir, &err);
	assert_non_null(store);
	return store;
}

static struct store_put *begin(struct store *store, const char *key, const char *text)
{
	struct ra_err err = { 0 };
	struct store_put *put = store_put_begin(store, key, 0, &err);
	assert_non_null(put);
	assert_int_equal(store_put_write(put, text, strlen(text), &err), 0);
	return put;
}

static void put_text(struct store *store, const char *key, const char *text)
{
	struct ra_err err = { 0 };
	struct store_put *put = begin(store, key, text);
	assert_int_equal(store_put_commit(&put, &err), 0);
	assert_null(put);
}

/* "" when there is none. */
static const char *get_text(struct store *store, const char *key, uint64_t offset)
{
	static char text[128];
	struct ra_err err = { 0 };
	struct store_get *get = store_get_begin(store, key, offset, &err);
	if (!get) {
		assert_int_equal(err.code, RA_ENOTFOUND);
		return "";
	}
	ssize_t n = store_get_read(get, text, sizeof(text) - 1, &err);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_int_equal(store_get_read(get, text + n, 1, &err), 0);
	store_get_end(&get);
	return text;
}

static int note(void *ctx, const struct store_object *object, struct ra_err *err)
{
	(void)err;
	ra_buf_printf(ctx, "%s %llu;", object->key, (unsigned long long)object->size);
	assert_true(llabs((long long)(object->stored_ms - ra_wall_ms())) < 600000);
	return 0;
}

/* In the folder's order: for one or none. */
static void assert_listed(struct store *store, const char *expected)
{
	struct ra_buf found = { 0 };
	struct ra_err err = { 0 };
	assert_int_equal(store_list(store, note, &found, &err), 0);
	assert_string_equal(ra_buf_text(&found), expected);
	ra_buf_fini(&found);
}

static void an_object_shows_when_it_is_whole(void **state)
{
	(void)state;
	struct store *store = open_store();
	struct ra_err err = { 0 };
	struct stat st;
	struct store_put *put = begin(store, "a.rations", "half");
	assert_listed(store, "");
	assert_string_equal(get_text(store, "a.rations", 0), "");

	/* Whoever else writes it is told. */
	assert_null(store_put_begin(store, "a.rations", 0, &err));
	assert_int_equal(err.code, RA_ELOCKED);

	assert_int_equal(store_put_write(put, " whole", 6, &err), 0);
	assert_int_equal(store_put_commit(&put, &err), 0);
	assert_listed(store, "a.rations 10;");
	assert_string_equal(get_text(store, "a.rations", 0), "half whole");
	assert_string_equal(get_text(store, "a.rations", 5), "whole");
	assert_int_equal(stat(path_of("a.rations"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	put_text(store, "a.rations", "new");
	assert_string_equal(get_text(store, "a.rations", 0), "new");
	assert_int_equal(store_remove(store, "a.rations", &err), 0);
	assert_int_equal(store_remove(store, "a.rations", &err), 0);
	assert_listed(store, "");
	store_close(&store);
}

static void an_aborted_put_leaves_what_was(void **state)
{
	(void)state;
	struct store *store = open_store();
	struct ra_err err = { 0 };
	put_text(store, "a.rations", "old");
	struct store_put *put = begin(store, "a.rations", "new");
	store_put_abort(&put);
	assert_string_equal(get_text(store, "a.rations", 0), "old");
	assert_int_equal(access(path_of("a.rations.part"), F_OK), -1);
	store_put_abort(&put); /* of nothing */
	assert_int_equal(store_remove(store, "a.rations", &err), 0);
	store_close(&store);
}

static void only_what_the_dead_left_is_swept(void **state)
{
	(void)state;
	struct store *store = open_store();
	struct ra_err err = { 0 };
	int left = open(path_of("dead.rations.part"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(left >= 0);
	close(left);
	assert_int_equal(mkdir(path_of("folder.part"), 0700), 0);
	struct store_put *put = begin(store, "alive.rations", "go on");

	assert_int_equal(store_sweep(store, &err), 1);
	assert_int_equal(access(path_of("dead.rations.part"), F_OK), -1);
	assert_int_equal(store_put_commit(&put, &err), 0);
	assert_string_equal(get_text(store, "alive.rations", 0), "go on");
	assert_int_equal(store_remove(store, "alive.rations", &err), 0);
	assert_int_equal(rmdir(path_of("folder.part")), 0);
	store_close(&store);
}

static void names_are_checked(void **state)
{
	(void)state;
	static const char *const bad[] = { "",     ".",       "..",  ".hidden",       "../a",
					   "a/b",  "a b",     "a\n", "\xd0\xb0",      "a.part",
					   "a\\b", "%2e%2e/", "a:b", "a.rations.part" };
	struct store *store = open_store();
	struct ra_err err = { 0 };
	for (size_t i = 0; i < RA_COUNT(bad); i++) {
		assert_false(store_key_is_valid(ra_str_of(bad[i])));
		assert_null(store_put_begin(store, bad[i], 0, &err));
		assert_int_equal(err.code, RA_EINVAL);
		assert_null(store_get_begin(store, bad[i], 0, &err));
		assert_int_equal(store_remove(store, bad[i], &err), RA_EINVAL);
	}
	assert_true(store_key_is_valid(RA_STR("20261121T020000Z-0a1b2c3d.rations")));
	assert_false(store_key_is_valid((struct ra_str){ "a\0b", 3 }));
	store_close(&store);
}

static void links_are_not_followed(void **state)
{
	(void)state;
	struct store *store = open_store();
	struct ra_err err = { 0 };
	assert_int_equal(symlink("/etc/passwd", path_of("link.rations")), 0);
	assert_int_equal(symlink("/etc/passwd", path_of("b.rations.part")), 0);
	assert_listed(store, "");
	assert_null(store_get_begin(store, "link.rations", 0, &err));
	assert_null(store_put_begin(store, "b.rations", 0, &err));
	assert_int_equal(store_sweep(store, &err), 0);
	assert_int_equal(unlink(path_of("link.rations")), 0);
	assert_int_equal(unlink(path_of("b.rations.part")), 0);
	store_close(&store);
}

static void a_file_can_be_had_for_reading(void **state)
{
	(void)state;
	struct store *store = open_store();
	struct ra_err err = { 0 };
	char text[8] = { 0 };
	int fd;
	put_text(store, "a.rations", "abc");
	assert_int_equal(store_fetch(store, "a.rations", "", &fd, &err), 0);
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	assert_string_equal(text, "abc");
	close(fd);
	assert_int_equal(store_remove(store, "a.rations", &err), 0);
	assert_int_equal(store_fetch(store, "a.rations", "", &fd, &err), RA_ENOTFOUND);
	assert_int_equal(fd, -1);
	assert_true(store_free_bytes(store) > 0);
	assert_string_equal(store_place(store), "folder");
	assert_string_equal(store_where(store), dir);
	store_close(&store);
}

static int make_dir(void **state)
{
	(void)state;
	char made[] = "/tmp/rations-folder-XXXXXX";
	if (!mkdtemp(made))
		return -1;
	snprintf(dir, sizeof(dir), "%s/made", made); /* by the store itself */
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	int rc = rmdir(dir); /* nothing was left in it */
	*strrchr(dir, '/') = '\0';
	return rc | rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_shows_when_it_is_whole),
		cmocka_unit_test(an_aborted_put_leaves_what_was),
		cmocka_unit_test(only_what_the_dead_left_is_swept),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(links_are_not_followed),
		cmocka_unit_test(a_file_can_be_had_for_reading),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
