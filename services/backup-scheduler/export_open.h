/*
 * export_open: everything of a guild, or of all, for other programs: a ZIP of
 * CSV files, one a table, with datapackage.json (Frictionless Data Package:
 * what every table and column is, its type and unit) and README.md. Written in
 * one pass; what a table is comes from the comments in the database.
 */
#pragma once
#include "services/backup-scheduler/export.h"

int export_open_write(struct export *x, struct ra_err *err) RA_MUST_CHECK;
