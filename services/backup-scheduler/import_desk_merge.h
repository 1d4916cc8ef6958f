/* import_desk_merge: puts what was staged of a desk in its place (import_desk.h). */
#pragma once
#include "services/backup-scheduler/import.h"

int merge_activities(struct import *, struct ra_err *) RA_MUST_CHECK;
int merge_requests(struct import *, struct ra_err *) RA_MUST_CHECK;
int merge_task_reports(struct import *, struct ra_err *) RA_MUST_CHECK;
int merge_exclusions(struct import *, struct ra_err *) RA_MUST_CHECK;
int merge_curators(struct import *, struct ra_err *) RA_MUST_CHECK;
int merge_decisions(struct import *, struct ra_err *) RA_MUST_CHECK;
