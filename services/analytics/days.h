/*
 * days: what users did in an hour, and the days and months of a guild, kept
 * in the transaction that writes its hours. What days mean and in which zone they are cut:
 * migration 0008; how different people are counted: docs/why/people-by-the-day.md.
 */
#pragma once
#include "services/analytics/batch.h"

/* Adds the hours of users, and what the batch adds to days and months, to the open group of `pg`;
 * the guilds must have been written before, in the same group. Joins and leaves go with their own
 * rows (sql_flows). Returns 0 or RA_EDOWN. */
int days_write(struct ra_pg *pg, struct batch *batch) RA_MUST_CHECK;
