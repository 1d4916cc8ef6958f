/*
 * discord-sim: a Discord to develop, test and demonstrate against.
 *
 *   player      lets the community live in the world
 *   world       tells every change to the gateway
 *   gateway     WebSockets: who may see it gets it
 *   rest        /api: the same world, asked and told by HTTP
 *   oauth       consent page, tokens
 *   cdn         faces and icons
 *   control     what tests turn (SIM_CONTROL)
 *
 * The port opens when the world is ready; /readyz waits until somebody was
 * told its history. `discord-sim --desk-seed` prints SQL instead: what the
 * staff of its communities would have set up (desk_seed.h).
 */
#include "libshared/http/server.h"
#include "libshared/loop/service.h"
#include "services/discord-sim/cdn.h"
#include "services/discord-sim/control.h"
#include "services/discord-sim/desk_seed.h"
#include "services/discord-sim/gateway.h"
#include "services/discord-sim/oauth.h"
#include "services/discord-sim/ledger.h"
#include "services/discord-sim/oracle.h"
#include "services/discord-sim/player.h"
#include "services/discord-sim/replay.h"
#include "services/discord-sim/rest.h"
#include "services/discord-sim/sim.h"
#include "services/discord-sim/world.h"
#include <stdio.h>
#include <sysexits.h>

#define ADMIN_PORT 5110
#define DRAIN_MS   2000
#define MAX_BODY   (25 * 1024 * 1024) /* a message with files (sheet, section 9) */

static const struct ra_option options[] = {
#define X RA_CONF_TABLE
#include "services/discord-sim/conf.def"
#undef X
};

static bool is_ready(void *ctx, char why[128])
{
	struct sim *sim = ctx;
	bool is_live = player_is_live(sim->player, why);
	if (sim->recording)
		snprintf(why, 128, "the port is not open yet");
	return sim->http && (is_live || sim->recording);
}

static int fail(const struct sim *sim, const struct ra_err *err)
{
	ra_error(&sim->log, "cannot start", ra_f_text("what", err->msg),
		 ra_f_text("hint", err->hint));
	return 1;
}

static void add_routes(struct sim *sim)
{
	ra_http_route(sim->http, "GET", "/", gateway_accept, sim->gateway);
	ra_http_route(sim->http, "GET", "/gateway", gateway_accept, sim->gateway);
	ra_http_route(sim->http, "GET", "/gateway/", gateway_accept, sim->gateway);
	oauth_routes(sim->oauth);
	rest_routes(sim->rest);
	cdn_routes(sim);
	if (sim->conf->control)
		control_routes(sim);
}

static void on_world_ready(void *ctx)
{
	struct ra_service *service = ctx;
	struct sim *sim = service->ctx;
	struct ra_err err;
	struct ra_http_options http = {
		.host = sim->conf->host,
		.port = (uint16_t)sim->conf->port,
		.max_body = MAX_BODY,
		.server_name = "discord-sim",
	};
	sim->http = ra_http_server_start(sim->loop, &http, &sim->log, &err);
	if (!sim->http) {
		ra_service_stop(service, fail(sim, &err));
		return;
	}
	add_routes(sim);
	ra_info(&sim->log, "listening", ra_f_text("host", sim->conf->host),
		ra_f_int("port", ra_http_server_port(sim->http)));
}

static int start(struct ra_service *service)
{
	struct sim *sim = ra_new(struct sim);
	struct ra_err err = { 0 };
	service->ctx = sim;
	sim->conf = service->conf;
	sim->loop = service->loop;
	ra_service_ready_check(service, "world", is_ready, sim);

	struct oracle_conf oracle = { .totals_only = strcmp(sim->conf->preset, "bench") == 0 };
	sim->oracle = oracle_new(&oracle);
	sim->ledger = ledger_open(sim->conf->ledger, &err);
	if (!sim->ledger && sim->conf->ledger[0])
		return fail(sim, &err);
	if (sim->conf->replay_file[0]) {
		sim->recording = recording_open(sim->conf->replay_file, sim->conf->replay_paced,
						sim->loop, &err);
		if (!sim->recording)
			return fail(sim, &err);
	}
	sim->gateway = gateway_new(sim);
	sim->oauth = oauth_new(sim);
	sim->rest = rest_new(sim);
	sim->player = player_start(sim, on_world_ready, service, &err);
	return sim->player ? 0 : fail(sim, &err);
}

static void on_http_closed(void *ctx)
{
	struct sim *sim = ctx;
	sim->http = NULL;
}

static void stop(struct ra_service *service)
{
	struct sim *sim = service->ctx;
	player_stop(sim->player);
	gateway_stop(sim->gateway);
	rest_stop(sim->rest);
	if (sim->http)
		ra_http_server_stop(sim->http, DRAIN_MS, on_http_closed, sim);
}

static void fini(struct ra_service *service)
{
	struct sim *sim = service->ctx;
	if (!sim)
		return;
	rest_free(&sim->rest);
	oauth_free(&sim->oauth);
	gateway_free(&sim->gateway);
	recording_free(&sim->recording);
	player_free(&sim->player);
	world_free(&sim->world);
	oracle_free(&sim->oracle);
	ledger_close(&sim->ledger);
	ra_free(sim);
}

static const struct ra_service_spec spec = {
	.name = "discord-sim",
	.summary = "a Discord to develop, test and demonstrate against",
	.options = options,
	.option_count = RA_COUNT(options),
	.conf_size = sizeof(struct conf),
	.admin_port = ADMIN_PORT,
	.drain_ms = DRAIN_MS + 1000,
	.start = start,
	.stop = stop,
	.fini = fini,
};

/* In place of a service. */
static int print_desks(void)
{
	struct conf conf = { 0 };
	int exit_code = EX_CONFIG;
	if (ra_conf_load(options, RA_COUNT(options), &conf) == 0)
		exit_code = desk_seed(&conf, stdout);
	ra_conf_free(options, RA_COUNT(options), &conf);
	return exit_code;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--desk-seed") == 0)
		return print_desks();
	return ra_service_main(&spec, argc, argv);
}
