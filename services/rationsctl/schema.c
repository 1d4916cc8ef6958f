/* schema: see the header; and `rationsctl migrate`. */
#include "services/rationsctl/schema.h"
#include <dirent.h>
#include <stdlib.h>

int64_t schema_newest_file(const char *folder)
{
	int64_t newest = -1;
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	while (dir && (entry = readdir(dir))) {
		char *end;
		long number = strtol(entry->d_name, &end, 10);
		size_t len = strlen(end);
		bool is_migration = end == entry->d_name + 4 && *end == '_' && len > 4 &&
				    strcmp(end + len - 4, ".sql") == 0;
		if (is_migration && number > newest)
			newest = number;
	}
	if (dir)
		closedir(dir);
	return newest;
}

int64_t schema_of(PGconn *db, struct ra_err *err)
{
	PGresult *rows = sql_ask(
		db, err, "SELECT coalesce(max(version), 0) FROM public.schema_migration", 0, NULL);
	int64_t version = rows ? sql_i64(rows, 0, 0) : -1;
	PQclear(rows);
	return version;
}
