/* sim: the parts of the simulator and how they reach each other. Built and torn down in main.c. */
#pragma once
#include "libshared/base/log.h"
#include "services/discord-sim/conf.h"
#include <uv.h>

struct gateway;
struct ledger;
struct limits;
struct oauth;
struct oracle;
struct player;
struct ra_http_server;
struct recording;
struct rest;
struct world;

struct sim {
	const struct conf *conf; /* borrowed */
	uv_loop_t *loop;         /* borrowed */
	struct ra_log log;
	struct ra_http_server *http;
	struct world *world;
	struct player *player;
	struct oracle *oracle;
	struct ledger *ledger; /* NULL: none is kept */
	struct gateway *gateway;
	struct rest *rest;
	struct oauth *oauth;
	struct recording *recording; /* NULL: no replay */
};
