/*
 * files: the migrations of this release, NNNN_name.sql in one folder, read
 * whole and in order of their numbers.
 */
#pragma once
#include "libshared/base/base.h"
#include "libshared/base/err.h"

struct migration {
	int version;
	char *name;      /* owned; "base" of 0001_base.sql */
	char *path;      /* owned */
	char *sql;       /* owned */
	char sha256[65]; /* of the file, in hex */
	/* Programs have to be made for this version at least to run on what it leaves behind: what
	 * its first line, "-- contract: NNNN", says. 0: it only adds, any will do. */
	int needs;
};

struct migrations {
	struct migration *list; /* owned; ascending versions */
	size_t count;
};

/* 0, or a code with *err filled and nothing to free: a folder without migrations, a .sql file whose
 * name is none, one version twice. */
int migrations_read(struct migrations *migrations, const char *dir,
		    struct ra_err *err) RA_MUST_CHECK;
void migrations_fini(struct migrations *migrations);
/* NULL when there is none of that version. */
const struct migration *migrations_find(const struct migrations *migrations, int version);
