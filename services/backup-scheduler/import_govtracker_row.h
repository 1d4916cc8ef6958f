/*
 * import_govtracker_row: a row of GovTracker2, wherever it came from: a file
 * of the Node version, a backup of the Python version, PostgreSQL or MySQL.
 * Names of columns are the same words in all of them, but for their spelling
 * (discordId, discord_id); values are texts, read as what is wanted.
 */
#pragma once
#include "libshared/base/arena.h"
#include "libshared/base/buf.h"
#include "libshared/base/err.h"

#define GOV_FIELDS_MAX 64
#define GOV_NAME_MAX   48
#define GOV_TEXT_MAX   16384 /* bytes of a value; what is longer is cut */

struct gov_field {
	char name[GOV_NAME_MAX]; /* lower case, without "_" */
	struct ra_str text;
};

/* A zeroed struct is an empty row. */
struct gov_row {
	struct ra_arena arena;
	struct gov_field fields[GOV_FIELDS_MAX];
	size_t count;
};

void gov_row_clear(struct gov_row *row);
void gov_row_fini(struct gov_row *row);
/* A copy of `text`; `within` and `name` are put together ("server", "id" is "serverid"). What makes
 * a row longer than anybody's is left out. */
void gov_row_add(struct gov_row *row, struct ra_str within, struct ra_str name, struct ra_str text);

/* `names`: the spellings it may have, with spaces between, as in gov_field; the first that has a
 * value counts. Empty: there is none. */
struct ra_str gov_text(const struct gov_row *row, const char *names);
/* The id of something of Discord's (a snowflake born before `now_ms`); 0: there is none. */
uint64_t gov_id(const struct gov_row *row, const char *names, int64_t now_ms);
uint64_t gov_id_of(struct ra_str text, int64_t now_ms);
/* A whole number, "5.0" too; false: there is none. */
bool gov_number(const struct gov_row *row, const char *names, int64_t *out);
bool gov_bool(const struct gov_row *row, const char *names, bool otherwise);
/* ISO 8601 with T or a blank, with a zone or (UTC) without, or a number of seconds or milliseconds;
 * false: there is none, or none from 2015 to a day from now. */
bool gov_time(const struct gov_row *row, const char *names, int64_t now_ms, int64_t *ms);

/* The next of a list: JSON's (["a", 1]), PostgreSQL's ({a,"b"}) or with commas; false: the end. */
bool gov_list_next(struct ra_str *list, struct ra_str *item);
