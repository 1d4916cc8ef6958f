/* schema: see the header. */
#include "libshared/pg/schema.h"
#include "libshared/base/base.h"
#include <stdio.h>
#include <stdlib.h>

/* The Makefile gives it; not to those who look at this file alone. */
#ifndef RA_SCHEMA
#define RA_SCHEMA "0"
#endif

/* A text, so that a file can be asked: grep -ao 'made for schema [0-9]*' bin/api */
static const volatile char made_for[] = "made for schema " RA_SCHEMA;

static struct {
	bool is_watched;
	ra_schema_refused_cb refused;
	void *ctx; /* borrowed; handed back to refused */
	char trouble[256];
} watched = { .trouble = "no database has been asked yet" };

int ra_schema_made_for(void)
{
	int version = 0;
	for (const volatile char *at = made_for + strlen("made for schema "); *at; at++)
		version = version * 10 + (*at - '0');
	return version;
}

struct ra_schema ra_schema_read(const PGresult *row)
{
	return (struct ra_schema){ .version = atoi(PQgetvalue(row, 0, 0)),
				   .needs = atoi(PQgetvalue(row, 0, 1)) };
}

enum ra_schema_fit ra_schema_judge(int ours, const struct ra_schema *schema, struct ra_err *err)
{
	if (schema->version < ours) {
		ra_fail(err, RA_EDOWN, "Run migrate of this release.",
			"the schema is at version %d, this release needs %d", schema->version,
			ours);
		return RA_SCHEMA_TOO_OLD;
	}
	if (schema->needs > ours) {
		ra_fail(err, RA_EDENIED,
			"Install a release made for that version or a newer one, or restore a "
			"backup of before.",
			"the schema at version %d runs with programs made for %d or newer, this "
			"release was made for %d",
			schema->version, schema->needs, ours);
		return RA_SCHEMA_TOO_NEW;
	}
	return RA_SCHEMA_FITS;
}

void ra_schema_watch(ra_schema_refused_cb refused, void *ctx)
{
	watched.is_watched = refused != NULL;
	watched.refused = refused;
	watched.ctx = ctx;
}

bool ra_schema_is_watched(void)
{
	return watched.is_watched;
}

/* A database that nobody migrated yet has no such table; a very old one shows it to its owner only.
 */
static enum ra_schema_fit judge(const PGresult *row, const struct ra_err *why, struct ra_err *err)
{
	if (row) {
		const struct ra_schema schema = ra_schema_read(row);
		return ra_schema_judge(ra_schema_made_for(), &schema, err);
	}
	ra_fail(err, RA_EDOWN, "Run migrate of this release.",
		"the schema can not be read, this release needs %d: %s", ra_schema_made_for(),
		why->msg);
	return RA_SCHEMA_TOO_OLD;
}

enum ra_schema_fit ra_schema_answered(bool is_needed, const PGresult *row, const struct ra_err *why,
				      struct ra_err *err)
{
	enum ra_schema_fit fit = judge(row, why, err);
	if (!is_needed)
		return fit;
	snprintf(watched.trouble, sizeof(watched.trouble), "%s",
		 fit == RA_SCHEMA_FITS ? "" : err->msg);
	if (fit == RA_SCHEMA_TOO_NEW && watched.refused)
		watched.refused(watched.ctx, err);
	return fit;
}

bool ra_schema_is_ready(void *ctx, char why[128])
{
	(void)ctx;
	snprintf(why, 128, "%.127s", watched.trouble);
	return watched.trouble[0] == '\0';
}
