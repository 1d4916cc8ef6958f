/* worker: see the header. */
#include "services/backup-scheduler/worker.h"
#include "libshared/base/log.h"
#include "services/backup-scheduler/drill.h"
#include "services/backup-scheduler/dump.h"
#include "services/backup-scheduler/export.h"
#include "services/backup-scheduler/guild_restore.h"
#include "services/backup-scheduler/remove.h"
#include "services/backup-scheduler/import.h"
#include "services/backup-scheduler/restore.h"
#include "services/backup-scheduler/sweep.h"
#include "services/backup-scheduler/verify.h"
#include "services/backup-scheduler/transfer.h"
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

const struct worker_kind worker_kinds[] = {
	/* clang-format off */
	{ "backup", backup_run, 3 },
	{ "drill", drill_run, 3 },
	{ "delete", remove_run, 3 },
	{ "verify", verify_run, 3 },
	{ "import", import_run, 20 },
	{ "export", export_run, 3 },
	{ "guild", guild_restore_run, 3 },
	{ "restore", restore_run, 1 },
	{ "upload", upload_run, 3 },
	{ .kind = NULL },
	/* clang-format on */
};

static const struct worker_kind *find_kind(const char *kind)
{
	for (const struct worker_kind *k = worker_kinds; k->kind; k++)
		if (strcmp(k->kind, kind) == 0)
			return k;
	return NULL;
}

/* Nobody's child works on: who takes over would do the same beside it. */
static void die_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
}

static int run(struct job *job, struct ra_err *err)
{
	const struct worker_kind *kind = find_kind(job->kind);
	if (!kind)
		return job_fail(job, err, "jobs of kind %s are not known here", job->kind);
	ra_info(NULL, "job begun", ra_f_int("job", job->id), ra_f_text("kind", job->kind),
		ra_f_int("try", job->tries));
	return kind->run(job, err);
}

int worker_main(const struct conf *conf, int64_t job_id)
{
	struct job job;
	struct ra_err err = { 0 };
	die_with_parent();
	if (job_open(&job, conf, job_id, &err) < 0) {
		ra_warn(NULL, "job not begun", ra_f_int("job", job_id), ra_f_text("why", err.msg));
		return WORKER_EXIT_LATER;
	}
	int rc = run(&job, &err);
	job_close(&job, rc, &err);
	return rc == 0 ? 0 : 1;
}

int worker_sweep(const struct conf *conf)
{
	struct ra_err err = { 0 };
	die_with_parent();
	if (sweep(conf, &err) == 0)
		return 0;
	ra_warn(NULL, "not swept", ra_f_text("why", err.msg), ra_f_text("hint", err.hint));
	return WORKER_EXIT_LATER;
}
