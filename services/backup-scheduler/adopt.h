/*
 * adopt: backups that lie in a place and that the database does not know: of
 * the machine that was lost, carried in by hand, or made just before the
 * database was put back. They are entered as what they say they are, so that
 * a page can show and restore them. Those of this installation the ladder and
 * the nightly drill take as their own; others are uploads to them, and left
 * alone: they may be somebody else's who shares the bucket.
 * What they hold was not read by then: jobs of kind verify do.
 */
#pragma once
#include "services/backup-scheduler/job.h"
#include "services/backup-scheduler/places.h"

/* Looks through all places, while nobody else works. What can not be looked at is said in the log.
 */
void adopt(PGconn *db, const struct places *places, const struct key *key);
