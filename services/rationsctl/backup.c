/*
 * backup: what backups there are, and what backup-scheduler shall do: handed
 * over as the dashboard does (proto/backup_command.h), then the row of its job
 * is watched until it has ended, through a restore, too, where the database
 * itself goes away and comes back.
 */
#include "libshared/base/clock.h"
#include "proto/backup_command.h"
#include "services/rationsctl/commands.h"
#include "services/rationsctl/table.h"
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOOK_EVERY_MS = 300, TAKEN_WITHIN_MS = 20000, AWAY_MS = 120000 };

/* clang-format off */
static const char list_sql[] =
	"SELECT coalesce(json_agg(json_build_object('id', backup_id, 'kind', kind, 'state', state, 'name', name, "
	" 'started_at', started_at AT TIME ZONE 'UTC', 'size_bytes', size_bytes, 'drill', drill_state, 'why', why, "
	" 'places', (SELECT string_agg(place || CASE state WHEN 'good' THEN '' ELSE ' (' || state || ')' END, ', ') "
	"  FROM backup.copy c WHERE c.backup_id = b.backup_id)) ORDER BY started_at DESC), '[]') "
	"FROM (SELECT * FROM backup.backup WHERE state <> 'deleted' ORDER BY started_at DESC LIMIT 200) b";
static const char job_sql[] =
	"SELECT json_build_object('job', job_id, 'kind', kind, 'state', state, 'step', step, 'progress', progress, "
	" 'why', why, 'backup', backup_id, 'detail', detail) FROM backup.job WHERE command_id = $1";
/* clang-format on */

/* --- rationsctl backup list --- */

int backup_list(struct ctl *ctl, char **args)
{
	static const struct table_column columns[] = {
		{ "id", "BACKUP", TABLE_TEXT },
		{ "kind", "KIND", TABLE_TEXT },
		{ "state", "STATE", TABLE_TEXT },
		{ "started_at", "BEGUN (UTC)", TABLE_TIME },
		{ "size_bytes", "SIZE", TABLE_BYTES },
		{ "drill", "DRILL", TABLE_TEXT },
		{ "places", "WHERE", TABLE_TEXT },
		{ "name", "NAME", TABLE_TEXT },
		{ NULL, NULL, TABLE_TEXT },
	};
	struct ra_err err;
	if (*args)
		return CTL_USAGE;
	PGconn *db = sql_open(ctl, false, &err);
	json_t *list = db ? sql_json(db, &err, list_sql, 0, NULL) : NULL;
	PQfinish(db);
	return list ? table_print(ctl, list, columns,
				  "There is no backup yet: rationsctl backup now")
		    : ctl_complain_of(&err);
}

/* --- asking --- */

static bool put(struct ctl *ctl, const char *id, enum ra_backup_kind kind, const char *backup,
		json_t *parameters, struct ra_err *err)
{
	char *text = json_dumps(parameters, JSON_COMPACT), at[24];
	snprintf(at, sizeof(at), "%lld", (long long)ra_wall_ms());
	json_t *entry = REDIS_ASK(
		ctl, RA_BACKUP_STREAM, err, RA_STR("XADD"), RA_STR(RA_BACKUP_STREAM),
		RA_STR("MAXLEN"), RA_STR("~"), RA_STR("1000"), RA_STR("*"), RA_STR("id"),
		ra_str_of(id), RA_STR("kind"), ra_str_of(ra_backup_kind_text(kind)), RA_STR("at"),
		ra_str_of(at), RA_STR("actor"), RA_STR("0"), RA_STR("backup"), ra_str_of(backup),
		RA_STR("parameters"), ra_str_of(text));
	free(text);
	json_decref(parameters);
	bool is_put = json_is_string(entry);
	json_decref(entry);
	return is_put;
}

/* --- watching --- */

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

/* One line that is written over on a terminal; elsewhere a line a step. */
static void show(const json_t *job, char last[80])
{
	char line[80];
	bool is_terminal = isatty(STDERR_FILENO);
	const json_t *progress = json_object_get(job, "progress");
	const char *step = *text_of(job, "step") ? text_of(job, "step") : text_of(job, "state");
	if (is_terminal && json_is_number(progress))
		snprintf(line, sizeof(line), "%.30s %3.0f %%", step,
			 100 * json_number_value(progress));
	else
		snprintf(line, sizeof(line), "%.30s", step);
	if (strcmp(line, last) != 0)
		fprintf(stderr, is_terminal ? "\r%-50s" : "%s\n", line);
	snprintf(last, 80, "%s", line);
}

static bool is_over(const json_t *job)
{
	const char *state = text_of(job, "state");
	return *state && strcmp(state, "waiting") != 0 && strcmp(state, "running") != 0;
}

/* The row when the job has ended; NULL and *err: it was never taken, or the database is gone. */
static json_t *watch(struct ctl *ctl, const char *id, struct ra_err *err)
{
	const char *const values[] = { id };
	char last[80] = "";
	PGconn *db = NULL;
	json_t *job = NULL;
	bool was_taken = false;
	uint64_t until_ms = ra_monotonic_ms() + TAKEN_WITHIN_MS;
	for (; !is_over(job) && ra_monotonic_ms() < until_ms; usleep(LOOK_EVERY_MS * 1000)) {
		json_decref(job);
		job = NULL;
		if (!db)
			db = sql_open(ctl, false, err);
		if (db)
			job = sql_json(db, err, job_sql, 1, values);
		if (job) {
			show(job, last);
			was_taken = true;
			until_ms = ra_monotonic_ms() + AWAY_MS;
		} else if (db && PQstatus(db) != CONNECTION_OK) {
			PQfinish(db);
			db = NULL;
		}
	}
	PQfinish(db);
	if (*last && isatty(STDERR_FILENO))
		fputc('\n', stderr);
	if (is_over(job))
		return job;
	json_decref(job);
	if (!was_taken && err->code == RA_ENOTFOUND)
		ra_fail(err, RA_EDOWN, "Is backup-scheduler running? rationsctl status",
			"nobody takes the job");
	return NULL;
}

static int tell(struct ctl *ctl, json_t *job)
{
	bool is_done = strcmp(text_of(job, "state"), "done") == 0;
	if (!is_done)
		ctl_complain(text_of(job, "state"), text_of(job, "why"));
	if (ctl->is_json) {
		ctl_print_json(ctl, job);
		return is_done ? CTL_OK : CTL_NO;
	}
	if (is_done)
		fprintf(ctl->out, "done%s%s\n", *text_of(job, "backup") ? ": " : "",
			text_of(job, "backup"));
	json_decref(job);
	return is_done ? CTL_OK : CTL_NO;
}

int backup_order(struct ctl *ctl, enum ra_backup_kind kind, const char *backup, json_t *parameters)
{
	unsigned char bytes[RA_BACKUP_ID_CHARS / 2];
	char id[RA_BACKUP_ID_CHARS + 1];
	struct ra_err err = { 0 };
	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(id, sizeof(id), bytes, sizeof(bytes));
	if (!put(ctl, id, kind, backup, parameters, &err))
		return ctl_complain_of(&err);
	json_t *job = watch(ctl, id, &err);
	return job ? tell(ctl, job) : ctl_complain_of(&err);
}

/* --- rationsctl backup now | verify | drill | restore --- */

int backup_now(struct ctl *ctl, char **args)
{
	if (ctl_count(args) > 1)
		return CTL_USAGE;
	return backup_order(ctl, RA_BACKUP_backup, "",
			    json_pack("{s:s, s:s}", "kind", "manual", "name", *args ? *args : ""));
}

int backup_verify(struct ctl *ctl, char **args)
{
	if (ctl_count(args) != 1)
		return CTL_USAGE;
	return backup_order(ctl, RA_BACKUP_verify, args[0], json_object());
}

int backup_drill(struct ctl *ctl, char **args)
{
	if (ctl_count(args) > 1)
		return CTL_USAGE;
	return backup_order(ctl, RA_BACKUP_drill, *args ? *args : "", json_object());
}

static bool is_sure(const char *backup)
{
	char line[80] = "";
	if (!isatty(STDIN_FILENO)) {
		ctl_complain("this puts another database in the place of the one there is",
			     "Say --yes, or ask from a terminal.");
		return false;
	}
	fprintf(stderr, "The database is put aside, and what is in the backup takes its place.\n"
			"Write the backup's id to go on: ");
	if (!fgets(line, sizeof(line), stdin))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return strcmp(line, backup) == 0;
}

int backup_restore(struct ctl *ctl, char **args)
{
	bool is_forced = ctl_take_flag(args, "--force"), is_yes = ctl_take_flag(args, "--yes");
	if (ctl_count(args) != 1)
		return CTL_USAGE;
	if (!is_yes && !is_sure(args[0]))
		return CTL_NO;
	return backup_order(ctl, RA_BACKUP_restore, args[0],
			    json_pack("{s:b}", "force", is_forced));
}
