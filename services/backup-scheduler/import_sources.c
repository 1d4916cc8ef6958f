/* import_sources: what one can move in from, and what becomes of it. */
#include "services/backup-scheduler/import_internal.h"

extern const struct import_source import_rations, import_exporter, import_csv;

/* A file is given to the first that knows it. */
const struct import_source *const import_sources[] = {
	&import_rations,
	&import_exporter,
	&import_csv,
	NULL,
};

const struct import_sink *const import_sinks[] = {
	&import_channels, &import_members, &import_messages,  &import_voices,
	&import_joins,    &import_leaves,  &import_snapshots, NULL,
};
