/* tool_verify: backup-scheduler --verify FILE|KEY; see tools.h. */
#include "libshared/base/buf.h"
#include "services/backup-scheduler/places.h"
#include "services/backup-scheduler/tools.h"
#include "services/backup-scheduler/verify.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

static int say(const char *where, const char *name, int rc, const struct verified *verified,
	       const struct ra_err *err)
{
	if (rc < 0) {
		printf("%s: %s: %s\n  %s\n", where, name, err->msg, err->hint);
		return 1;
	}
	printf("%s: %s: whole, %" PRIu64 " bytes%s%s\n  sha256 %s\n", where, name,
	       verified->sum.size, verified->head.is_encrypted ? ", encrypted with key " : "",
	       verified->head.key_id, verified->sum.sha256);
	return 0;
}

static int verify_file(const char *path, const struct key *key)
{
	struct verified verified = { .told = NULL };
	struct ra_err err = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? ra_fail(&err, -errno, "Choose another file.", "cannot open it: %s",
				  strerror(errno))
			: verify_archive(archive_in_fd, &fd, key, NULL, NULL, &verified, &err);
	int code = say("file", path, rc, &verified, &err);
	verified_fini(&verified);
	if (fd >= 0)
		close(fd);
	return code;
}

/* Every copy there is; where there is none, that is no news as long as another place has one. */
static int verify_places(const struct places *places, const char *object, const struct key *key)
{
	struct ra_err err = { 0 };
	unsigned found = 0;
	int code = 0;
	for (size_t i = 0; i < places->count; i++) {
		struct verified verified = { .told = NULL };
		int rc = verify_object(places->list[i], object, key, NULL, NULL, &verified, &err);
		if (rc != RA_ENOTFOUND) {
			code |= say(store_where(places->list[i]), object, rc, &verified, &err);
			found++;
		}
		verified_fini(&verified);
	}
	return found > 0 ? code : say("nowhere", object, RA_ENOTFOUND, NULL, &err);
}

static int verify_key(const struct conf *conf, const char *name, const struct key *key)
{
	struct places places;
	struct ra_err err = { 0 };
	if (places_open(&places, conf, false, &err) < 0) {
		fprintf(stderr, "backup-scheduler: %s\n  %s\n", err.msg, err.hint);
		return 1;
	}
	char *object = store_key_of(name);
	int code = verify_places(&places, object, key);
	ra_free(object);
	places_close(&places);
	return code;
}

int tool_verify(const void *ptr, int argc, char **argv)
{
	const struct conf *conf = ptr;
	struct key *key;
	struct ra_err err = { 0 };
	if (argc != 1) {
		fprintf(stderr,
			"backup-scheduler: --verify takes a file, or the name of a backup\n");
		return EX_USAGE;
	}
	if (key_load(&key, conf->key_file, &err) < 0) {
		fprintf(stderr, "backup-scheduler: %s\n  %s\n", err.msg, err.hint);
		return EX_CONFIG;
	}
	bool is_path = strchr(argv[0], '/') || access(argv[0], F_OK) == 0;
	int code = is_path ? verify_file(argv[0], key) : verify_key(conf, argv[0], key);
	key_free(&key);
	return code;
}
