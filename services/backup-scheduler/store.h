/*
 * store: a place where backups lie: a folder, or a bucket of an S3-compatible
 * store. One way to write, read, list and remove in all of them.
 *
 *	put = store_put_begin(store, key, about_bytes, &err);
 *	while (...)
 *		store_put_write(put, data, len, &err);
 *	store_put_commit(&put, &err);          or store_put_abort(&put)
 *
 * An object is there whole or not at all: a put shows under its key when it
 * is committed, and what it wrote is safe by then. What a killed process began
 * stays behind unseen until store_sweep().
 *
 * Everything blocks: for workers and command lines, not for a loop.
 */
#pragma once
#include "libshared/base/err.h"
#include <stdio.h>
#include <sys/types.h>

#define STORE_KEY_MAX 128
#define STORE_SUFFIX  ".rations"

struct s3_conf;
struct store;
struct store_put;
struct store_get;

struct store_object {
	const char *key;
	uint64_t size;
	int64_t stored_ms; /* since the epoch */
};

/* Negative ends the listing, with *err filled. */
typedef int (*store_each)(void *ctx, const struct store_object *object, struct ra_err *err);

/* 1 to STORE_KEY_MAX of 0-9 A-Z a-z . _ -, no dot first; and not what a folder calls unfinished. */
bool store_key_is_valid(struct ra_str key);

/* The key of the backup that people call `name`, with or without its end; yours to ra_free. */
char *store_key_of(const char *name);

/* Makes the folder when there is none. NULL with *err filled. */
struct store *store_folder_open(const char *dir, struct ra_err *err) RA_MUST_CHECK;
/* Calls nobody yet. NULL with *err filled when the configuration can not be meant. */
struct store *store_s3_open(const struct s3_conf *conf, struct ra_err *err) RA_MUST_CHECK;
void store_close(struct store **store);

/* "folder" or "s3", as backup.copy.place has it. */
const char *store_place(const struct store *store);
/* Where it is, for people: a path, or bucket and prefix. */
const char *store_where(const struct store *store);

/* `about_bytes`: what is expected, 0 when that is not known; it may well be more or less. An object
 * of that key is replaced by the commit. */
struct store_put *store_put_begin(struct store *store, const char *key, uint64_t about_bytes,
				  struct ra_err *err) RA_MUST_CHECK;
/* `put` is a struct store_put, so that this is the `out` of an archive. */
int store_put_write(void *put, const void *data, size_t len, struct ra_err *err) RA_MUST_CHECK;
/* Ends the put; *put is gone either way. */
int store_put_commit(struct store_put **put, struct ra_err *err) RA_MUST_CHECK;
/* Of NULL: nothing to do. */
void store_put_abort(struct store_put **put);

/* Reads an object from byte `offset` on. NULL with *err filled: RA_ENOTFOUND when there is none. */
struct store_get *store_get_begin(struct store *store, const char *key, uint64_t offset,
				  struct ra_err *err) RA_MUST_CHECK;
/* `get` is a struct store_get, so that this is the `in` of an archive. */
ssize_t store_get_read(void *get, void *data, size_t len, struct ra_err *err) RA_MUST_CHECK;
uint64_t store_get_size(const struct store_get *get); /* of the whole object */
void store_get_end(struct store_get **get);

/* A descriptor of the object as a local file, at its beginning: of the folder's own, or of a copy
 * without a name in the folder `dir` ("" : /tmp), which goes when it is closed. Not verified. */
int store_fetch(struct store *store, const char *key, const char *dir, int *fd,
		struct ra_err *err) RA_MUST_CHECK;

/* In no order. What has no valid key is passed over. */
int store_list(struct store *store, store_each each, void *ctx, struct ra_err *err) RA_MUST_CHECK;
/* 0 as well when there is none. */
int store_remove(struct store *store, const char *key, struct ra_err *err) RA_MUST_CHECK;
/* -1: nobody knows. */
int64_t store_free_bytes(struct store *store);
/* Removes what puts that died left behind; in a bucket only after an hour, as others might share it
 * and nobody can tell who lives. Their number, or what failed. */
int store_sweep(struct store *store, struct ra_err *err) RA_MUST_CHECK;
