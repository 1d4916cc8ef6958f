/*
 * import_govtracker_source: where rows of GovTracker2 come from. A source
 * tells every row of a kind, one by one, in the order it has them; it can be
 * asked for the kinds in any order. Everything blocks.
 */
#pragma once
#include "services/backup-scheduler/import_govtracker_row.h"
#include <sys/types.h>

enum gov_kind {
	GOV_SERVERS,
	GOV_CURATORS,
	GOV_EXCLUDED,
	GOV_BOT_SETTINGS,
	GOV_NOTICE_SETTINGS,
	GOV_RATING_LEVELS,
	GOV_RATING_POINTS,
	GOV_ACTIVITIES,
	GOV_REQUESTS,
	GOV_REPORTS,
	GOV_KINDS,
};

/* The table of a kind: "discord_servers" ... */
extern const char *const gov_tables[GOV_KINDS];

/* Not 0: stop, and return that. */
typedef int (*gov_row_cb)(void *ctx, const struct gov_row *row, struct ra_err *err);

struct gov_source {
	/* Every row of that kind; none where there is no such table. */
	int (*each)(struct gov_source *, enum gov_kind, gov_row_cb, void *ctx, struct ra_err *);
	void (*close)(struct gov_source **);
	int64_t at;   /* the row told last: more than those before it of its kind, whenever it is
			 asked */
	double share; /* how far it has come, of all it has */
};

/* More than either version can write: both make a text of all they have first. It is mapped whole.
 */
#define GOV_FILE_MAX (768LL << 20)
/* How many times its size a packed file may become, once it is large. */
#define GOV_RATIO_MAX  200
#define GOV_RATIO_FROM (16LL << 20)

/* The next bytes of the file, unpacked (import_read): how many, 0 at the end, or what failed. */
typedef ssize_t (*gov_bytes_cb)(void *ctx, void *to, size_t len, struct ra_err *err);

/* A backup, an archive, an export: JSON at `path`. What is packed is unpacked beside it, by
 * `bytes`. NULL, and *err says why. */
struct gov_source *gov_file_open(const char *path, gov_bytes_cb bytes, void *ctx,
				 struct ra_err *err);
/* Does a file that begins so belong to GovTracker2? `head` is unpacked. */
bool gov_file_is_ours(struct ra_str head);
/* "postgresql://..." and "mysql://...", with a driver behind a "+" or without. They only read, in
 * one transaction. *err names no password. */
struct gov_source *gov_pg_open(const char *url, struct ra_err *err);
struct gov_source *gov_mysql_open(const char *url, struct ra_err *err);
