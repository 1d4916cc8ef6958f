/*
 * schema: which schema the programs of this build were made for, and whether
 * they run on the one that a database has. The one place that knows.
 *
 *   the database's version < made for   too old: wait until somebody migrates
 *   its `needs`            > made for   too new: refuse, no waiting mends it
 *   else                                fine, however much newer it is
 *
 * Migrations add; so programs of before run beside those of now while one is replaced by the other.
 * One that takes something away says which programs can do without (docs/upgrade.md).
 *
 * A process that is watched asks at every connect, before it says anything else (pg.c): a restore
 * may have put another database in the place of the one before.
 */
#pragma once
#include "libshared/base/err.h"
#include <libpq-fe.h>

/* What a database says of itself. */
struct ra_schema {
	int version; /* its newest migration; 0: none */
	int needs;   /* programs have to be made for this version at least */
};

enum ra_schema_fit { RA_SCHEMA_FITS, RA_SCHEMA_TOO_OLD, RA_SCHEMA_TOO_NEW };

/* The newest migration when this was built. */
int ra_schema_made_for(void);

/* One row: version, needs. Databases of before there was `needs` answer, too. */
#define RA_SCHEMA_SQL                                                                              \
	"SELECT coalesce(max(m.version), 0),"                                                      \
	" coalesce(max((to_jsonb(m) ->> 'needs')::int), 0) FROM public.schema_migration m"
struct ra_schema ra_schema_read(const PGresult *row);

/* Unless it fits, `err` says why not, and what to do. */
enum ra_schema_fit ra_schema_judge(int made_for, const struct ra_schema *schema,
				   struct ra_err *err);

/* --- a process that is watched --- */

/* Called from the loop, once a connection that is refused. */
typedef void (*ra_schema_refused_cb)(void *ctx, const struct ra_err *why);

/* From here on every connection of this process asks. NULL ends it. */
void ra_schema_watch(ra_schema_refused_cb refused, void *ctx);
bool ra_schema_is_watched(void);
/* What a connection was answered; `row` NULL: it could not be read, as `why` says. Calls refused,
 * and is what /readyz tells, where the connection is needed: a replica that lags is not. */
enum ra_schema_fit ra_schema_answered(bool is_needed, const PGresult *row, const struct ra_err *why,
				      struct ra_err *err);
/* For /readyz: what the newest connection that is needed found. */
bool ra_schema_is_ready(void *ctx, char why[128]);
