/* store_internal: what a kind of store is, for store.c, store_folder.c and store_s3.c. */
#pragma once
#include "services/backup-scheduler/store.h"

/* As the functions of store.h; keys were checked. A kind's own structs begin with the common one.
 */
struct store_kind {
	const char *place;
	void (*close)(struct store *store);
	struct store_put *(*put_begin)(struct store *store, const char *key, uint64_t about_bytes,
				       struct ra_err *err);
	int (*put_write)(struct store_put *put, const void *data, size_t len, struct ra_err *err);
	int (*put_commit)(struct store_put *put, struct ra_err *err); /* frees it */
	void (*put_abort)(struct store_put *put);                     /* likewise */
	struct store_get *(*get_begin)(struct store *store, const char *key, uint64_t offset,
				       struct ra_err *err);
	ssize_t (*get_read)(struct store_get *get, void *data, size_t len, struct ra_err *err);
	void (*get_end)(struct store_get *get); /* frees it */
	/* Gives a descriptor of the object itself; NULL: it is not on this machine. */
	int (*open)(struct store *store, const char *key, int *fd, struct ra_err *err);
	int (*list)(struct store *store, store_each each, void *ctx, struct ra_err *err);
	int (*remove)(struct store *store, const char *key, struct ra_err *err);
	int64_t (*free_bytes)(struct store *store);
	int (*sweep)(struct store *store, struct ra_err *err);
};

struct store {
	const struct store_kind *kind;
	char *where; /* owned; for people */
};

struct store_put {
	struct store *store; /* borrowed */
};

struct store_get {
	struct store *store; /* borrowed */
	uint64_t size;       /* of the object */
};

/* What a folder calls a file that is being written; no key ends so. */
#define STORE_PART_SUFFIX ".part"
