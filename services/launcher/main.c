/*
 * launcher: all of Rations on one machine in one command, with a private
 * PostgreSQL and Redis.
 *
 *   place, ports, data   may we run here? (before anything is started)
 *   plan                 what runs, with which settings
 *   launch               in which order, and is it ready
 *   child, terminal      one process, and its lines
 */
#include "services/launcher/conf.h"
#include "services/launcher/launch.h"

#define DRAIN_MS 60000

static int start(struct ra_service *service)
{
	struct launch *launch = launch_start(service);
	service->ctx = launch;
	return launch ? 0 : 1;
}

static void stop(struct ra_service *service)
{
	launch_stop(service->ctx);
}

static void fini(struct ra_service *service)
{
	struct launch *launch = service->ctx;
	launch_free(&launch);
}

int main(int argc, char **argv)
{
	const struct ra_service_spec spec = {
		.name = "launcher",
		.summary = "starts all of Rations, with a private PostgreSQL and Redis",
		.options = conf_options,
		.option_count = conf_option_count,
		.conf_size = sizeof(struct conf),
		.drain_ms = DRAIN_MS,
		.check = conf_check,
		.start = start,
		.stop = stop,
		.fini = fini,
	};
	return ra_service_main(&spec, argc, argv);
}
