/*
 * backup-scheduler: data that is never lost. The service reads what people
 * ask (commands.h), plans what the schedule says (schedule.h), and works
 * through both, one job at a time (queue.h). Its loop never waits: a job is
 * this program again, as a worker (worker.h), which may. Beside them, upkeep.h
 * does what comes again and again.
 */
#include "libshared/loop/service.h"
#include "proto/backup_transfer.h"
#include "services/backup-scheduler/commands.h"
#include "services/backup-scheduler/conf.h"
#include "services/backup-scheduler/import.h"
#include "services/backup-scheduler/queue.h"
#include "services/backup-scheduler/restore.h"
#include "services/backup-scheduler/schedule.h"
#include "services/backup-scheduler/tools.h"
#include "services/backup-scheduler/transfer.h"
#include "services/backup-scheduler/upkeep.h"
#include "services/backup-scheduler/worker.h"
#include <stdlib.h>

struct scheduler {
	struct queue *queue;       /* owned */
	struct commands *commands; /* owned */
	struct schedule *schedule; /* owned */
	struct upkeep *upkeep;     /* owned */
	struct transfer *transfer; /* owned */
};

static int start(struct ra_service *service)
{
	struct scheduler *s = ra_new(struct scheduler);
	s->queue = queue_start(service);
	s->commands = commands_start(service, s->queue);
	s->schedule = schedule_start(service, s->queue);
	s->upkeep = upkeep_start(service);
	s->transfer = transfer_start(service);
	service->ctx = s;
	ra_service_ready_check(service, "queue", queue_is_ready, s->queue);
	ra_service_ready_check(service, "commands", commands_are_ready, s->commands);
	return 0;
}

static void stop(struct ra_service *service)
{
	struct scheduler *s = service->ctx;
	transfer_stop(s->transfer);
	upkeep_stop(s->upkeep);
	schedule_stop(s->schedule);
	commands_stop(s->commands);
	queue_stop(s->queue);
}

static void fini(struct ra_service *service)
{
	struct scheduler *s = service->ctx;
	transfer_free(&s->transfer);
	upkeep_free(&s->upkeep);
	schedule_free(&s->schedule);
	commands_free(&s->commands);
	queue_free(&s->queue);
	ra_free(s);
}

/* --- command line ------------------------------------------------------------------ */

static int run_worker(const void *conf, int argc, char **argv)
{
	return argc == 1 ? worker_main(conf, atoll(argv[0])) : 64;
}

static int run_sweep(const void *conf, int argc, char **argv)
{
	(void)argv;
	return argc == 0 ? worker_sweep(conf) : 64;
}

int main(int argc, char **argv)
{
	static const struct ra_service_tool tools[] = {
		{ "--worker", "JOB", "one job of the queue, for the service itself", run_worker,
		  NULL },
		{ "--sweep", "", "clears away what killed workers left, likewise", run_sweep,
		  NULL },
		{ "--list", "[--json]", "the backups there are", tool_list, conf_check_places },
		{ "--verify", "FILE|KEY", "reads every byte of a backup", tool_verify,
		  conf_check_places },
		{ "--upload", "FILE", "into every place of backups", tool_upload,
		  conf_check_places },
		{ "--download", "KEY [FILE]", "from one of them", tool_download,
		  conf_check_places },
		{ "--delete", "KEY", "from all of them", tool_delete, conf_check_places },
		{ "--import", "FILE [--dry-run]", "moves in from another system", import_command,
		  NULL },
		{ "--restore", "FILE|KEY [--force]",
		  "puts a backup into the database's place; --force: what is there is put aside",
		  restore_tool, NULL },
		{ .name = NULL },
	};
	const struct ra_service_spec spec = {
		.name = "backup-scheduler",
		.summary = "backups, restores, imports and upkeep",
		.options = conf_options,
		.option_count = conf_option_count,
		.conf_size = sizeof(struct conf),
		.admin_port = 5105,
		.has_schema = true,
		.admin_body = RA_TRANSFER_UP_BYTES,
		.check = conf_check,
		.tools = tools,
		.start = start,
		.stop = stop,
		.fini = fini,
	};
	return ra_service_main(&spec, argc, argv);
}
