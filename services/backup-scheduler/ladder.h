/* ladder: takes away the backups that are not kept (libshared/cron/ladder.h says which). */
#pragma once
#include "services/backup-scheduler/job.h"

/* Removes what is not kept, as app.backup_settings says. */
int ladder_climb_down(struct job *job, struct ra_err *err) RA_MUST_CHECK;
