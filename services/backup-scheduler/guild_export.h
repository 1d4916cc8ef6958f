/*
 * guild_export: one guild alone, as rows, in a .rations file (archive.h) of
 * payload "guild". The manifest names the tables with their columns and types,
 * in the order they come; the payload is a text:
 *
 *	=app.guild_settings
 *	123	UTC	2026-11-21 10:00:00+00 ...    rows as COPY writes them
 *	\.
 *
 * table after table; the tail counts the rows of each. Which tables there are
 * is asked of the catalogue (backup.guild_tables, migrations/0033), so that a
 * new one is not forgotten. guild_restore.h is the way back.
 */
#pragma once
#include "services/backup-scheduler/export.h"

#define GUILD_FILE_FORMAT 1

int guild_export_write(struct export *x, struct ra_err *err) RA_MUST_CHECK;
/* The last migration `db` has seen. Negative and *err. */
int guild_schema(PGconn *db, struct ra_err *err);
