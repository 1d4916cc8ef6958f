/*
 * launcher: all of Rations on one machine in one command, with a private
 * PostgreSQL and Redis. See launch.h for the order of things.
 */
#include "services/launcher/conf.h"
#include "services/launcher/launch.h"

static const struct ra_option options[] = {
#define X RA_CONF_TABLE
#include "services/launcher/conf.def"
#undef X
};

static int start(struct ra_service *service)
{
	struct launch *launch = NULL;
	int rc = launch_start(service, &launch);
	service->ctx = launch;
	return rc;
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
	static const struct ra_service_spec spec = {
		.name = "launcher",
		.summary = "starts all of Rations, with a private PostgreSQL and Redis",
		.options = options,
		.option_count = RA_COUNT(options),
		.conf_size = sizeof(struct conf),
		.drain_ms = 60000,
		.start = start,
		.stop = stop,
		.fini = fini,
	};
	return ra_service_main(&spec, argc, argv);
}
