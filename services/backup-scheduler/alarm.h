/*
 * alarm: what is wrong with backups, as rows of backup.alarm: for the page,
 * and for response-tracker, which tells Discord. One of a kind is open until
 * the next time all is well.
 */
#pragma once
#include "libshared/base/err.h"
#include <libpq-fe.h>

#define ALARM_BACKUP "backup_failed"
#define ALARM_DRILL  "drill_failed"
#define ALARM_SPACE  "no_space"

/* `backup_id` may be NULL. What can not be written is said in the log. */
void alarm_raise(PGconn *db, const char *kind, const char *backup_id, const char *why);
void alarm_end(PGconn *db, const char *kind);
