/*
 * programs: what other programs of Rations do better themselves: bring the
 * schema up to date, read a file to move in from, show the demo, tell their
 * own options. They are found beside this one, and told what it knows.
 */
#include "libshared/base/buf.h"
#include "proto/backup_command.h"
#include "services/rationsctl/commands.h"
#include "services/rationsctl/table.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- running one --- */

static char *path_of(const struct ctl *ctl, const char *program)
{
	char self[PATH_MAX];
	if (*ctl->conf->bin_dir)
		return ra_format("%s/%s", ctl->conf->bin_dir, program);
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self));
	while (len > 0 && self[len - 1] != '/')
		len--;
	return ra_format("%.*s%s", len > 0 ? (int)len : 0, self, program);
}

/* Unless somebody has said so already. */
static void offer(const char *name, const char *value)
{
	char *file = ra_format("%s_FILE", name);
	const char *told = getenv(file);
	if (*value && !(told && *told))
		setenv(name, value, false);
	ra_free(file);
}

static void insist(const char *name, const char *value)
{
	char *file = ra_format("%s_FILE", name);
	if (*value) {
		unsetenv(file);
		setenv(name, value, true);
	}
	ra_free(file);
}

/* Becomes that program. */
static int become(const struct ctl *ctl, const char *program, char *const *argv)
{
	char *path = path_of(ctl, program);
	fflush(NULL);
	execv(path, argv);
	char *what = ra_format("%s can not be run: %s", path, strerror(errno));
	ctl_complain(what, "Set BIN_DIR to where the programs of Rations are.");
	ra_free(what);
	ra_free(path);
	return CTL_UNAVAILABLE;
}

/* What it prints; false: it did not end well. Yours to ra_buf_fini. */
static bool listen_to(const struct ctl *ctl, const char *program, const char *argument,
		      struct ra_buf *out)
{
	int ends[2], status = -1;
	char piece[4096];
	char *const argv[] = { (char *)program, (char *)argument, NULL };
	if (pipe(ends) < 0)
		return false;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		_exit(become(ctl, program, argv));
	}
	close(ends[1]);
	for (ssize_t n; pid > 0 && (n = read(ends[0], piece, sizeof(piece))) > 0;)
		ra_buf_add(out, piece, (size_t)n);
	close(ends[0]);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

/* --- rationsctl migrate [--status] --- */

int migrate_run(struct ctl *ctl, char **args)
{
	bool is_status = ctl_take_flag(args, "--status");
	char *argv[] = { "migrate", is_status ? "--status" : NULL, NULL };
	if (*args)
		return CTL_USAGE;
	insist("DATABASE_URL", ctl->conf->admin_url);
	return become(ctl, "migrate", argv);
}

/* --- rationsctl import FILE | list | merge | drop --- */

/* clang-format off */
static const char imports_sql[] =
	"SELECT coalesce(json_agg(json_build_object('id', import_id, 'source', source, 'name', coalesce(nullif(name, ''), file), "
	" 'state', state, 'size_bytes', size_bytes, 'created_at', created_at AT TIME ZONE 'UTC', 'why', why, 'report', report) "
	" ORDER BY import_id DESC), '[]') FROM (SELECT * FROM backup.import ORDER BY import_id DESC LIMIT 200) i";
/* clang-format on */

int import_list(struct ctl *ctl, char **args)
{
	static const struct table_column columns[] = {
		{ "id", "IMPORT", TABLE_NUMBER },      { "source", "OF", TABLE_TEXT },
		{ "name", "NAME", TABLE_TEXT },        { "state", "STATE", TABLE_TEXT },
		{ "size_bytes", "SIZE", TABLE_BYTES }, { "created_at", "BEGUN (UTC)", TABLE_TIME },
		{ "why", "WHY", TABLE_TEXT },          { NULL, NULL, TABLE_TEXT },
	};
	struct ra_err err;
	if (*args)
		return CTL_USAGE;
	PGconn *db = sql_open(ctl, false, &err);
	json_t *list = db ? sql_json(db, &err, imports_sql, 0, NULL) : NULL;
	PQfinish(db);
	return list ? table_print(ctl, list, columns, "Nothing was moved in from.")
		    : ctl_complain_of(&err);
}

static int order(struct ctl *ctl, char **args, const char *what)
{
	int64_t id;
	if (ctl_count(args) != 1)
		return CTL_USAGE;
	if (ra_str_to_i64(ra_str_of(args[0]), &id) < 0) {
		ctl_complain("that is no number", "`rationsctl import list` shows them.");
		return CTL_BAD_DATA;
	}
	return backup_order(ctl, RA_BACKUP_import, "",
			    json_pack("{s:s, s:I}", "do", what, "import", (json_int_t)id));
}

int import_merge(struct ctl *ctl, char **args)
{
	return order(ctl, args, "merge");
}

int import_drop(struct ctl *ctl, char **args)
{
	return order(ctl, args, "drop");
}

int import_file(struct ctl *ctl, char **args)
{
	bool is_dry = ctl_take_flag(args, "--dry-run");
	char *argv[] = { "backup-scheduler", "--import", *args, is_dry ? "--dry-run" : NULL, NULL };
	if (ctl_count(args) != 1)
		return CTL_USAGE;
	offer("DATABASE_URL", ctl->conf->backup_url);
	offer("ADMIN_DATABASE_URL", ctl->conf->admin_url);
	offer("REDIS_URL", ctl->conf->redis_url);
	offer("BACKUP_DIR", ctl->conf->backup_dir);
	return become(ctl, "backup-scheduler", argv);
}

/* --- rationsctl demo --- */

int demo_run(struct ctl *ctl, char **args)
{
	char *argv[] = { "launcher", NULL };
	if (*args)
		return CTL_USAGE;
	unsetenv("DISCORD_BOT_TOKEN");
	unsetenv("DISCORD_BOT_TOKEN_FILE");
	return become(ctl, "launcher", argv);
}

/* --- rationsctl config [PROGRAM] --- */

static const char *const configured[] = { "gateway-ingest", "analytics", "response-tracker", "api",
					  "backup-scheduler" };

/* "NAME\tvalue\tfrom where" a line, as --config prints it. */
static void add_options(json_t *list, const char *program, struct ra_buf *lines)
{
	char *rest = (char *)ra_buf_text(lines), *line;
	while ((line = strsep(&rest, "\n"))) {
		const char *name = strsep(&line, "\t"), *value = strsep(&line, "\t");
		if (line)
			json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "program",
							      program, "option", name, "value",
							      value, "from", line));
	}
}

int config_run(struct ctl *ctl, char **args)
{
	static const struct table_column columns[] = {
		{ "program", "PROGRAM", TABLE_TEXT }, { "option", "OPTION", TABLE_TEXT },
		{ "value", "VALUE", TABLE_TEXT },     { "from", "FROM", TABLE_TEXT },
		{ NULL, NULL, TABLE_TEXT },
	};
	json_t *list = json_array();
	bool is_known = false, is_fine = true;
	for (size_t i = 0; i < RA_COUNT(configured); i++) {
		struct ra_buf lines = { 0 };
		if (*args && strcmp(args[0], configured[i]) != 0)
			continue;
		is_known = true;
		is_fine &= listen_to(ctl, configured[i], "--config", &lines);
		add_options(list, configured[i], &lines);
		ra_buf_fini(&lines);
	}
	if (!is_known || ctl_count(args) > 1) {
		json_decref(list);
		return CTL_USAGE;
	}
	table_print(ctl, list, columns, "No program told anything.");
	return is_fine ? CTL_OK : CTL_CONFIG;
}
