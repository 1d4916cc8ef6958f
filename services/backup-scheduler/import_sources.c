/* import_sources: what one can move in from, and what becomes of it. */
#include "services/backup-scheduler/import_desk.h"
#include "services/backup-scheduler/import_internal.h"

extern const struct import_source import_rations, import_govtracker, import_govtracker_database,
	import_exporter, import_csv;

/* A file is given to the first that knows it. */
const struct import_source *const import_sources[] = {
	&import_rations,  &import_govtracker, &import_govtracker_database,
	&import_exporter, &import_csv,        NULL,
};

/* Of a desk: where a request was asked stands among the activities, who is a curator where they
 * worked, and when the settings are in place the live desk may begin. */
const struct import_sink *const import_sinks[] = {
	&import_channels,       &import_members,
	&import_messages,       &import_voices,
	&import_joins,          &import_leaves,
	&import_snapshots,      &import_activities,
	&import_requests,       &import_task_reports,
	&import_exclusions,     &import_curators,
	&import_desk_decisions, NULL,
};
