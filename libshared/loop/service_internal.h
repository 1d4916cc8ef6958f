/* service_internal: the skeleton behind struct ra_service, shared by service.c and its admin port.
 */
#pragma once
#include "libshared/http/server.h"
#include "libshared/loop/service.h"

struct conf {
#define X RA_CONF_STRUCT
#include "libshared/loop/service.def"
#undef X
	ra_conf_int admin_port;
};

struct service_check {
	const char *name; /* borrowed */
	ra_ready_cb is_ready;
	void *ctx;
	bool is_note; /* told, but not waited for */
};

struct service_skeleton {
	struct ra_service service; /* what the program sees */
	const struct ra_service_spec *spec;
	struct conf conf;
	uv_loop_t loop;
	uv_signal_t on_term, on_int;
	uv_timer_t timer;             /* a stop that was asked for; then the drain */
	struct service_check *checks; /* owned */
	size_t check_count;
	bool is_stopping;
	bool is_overdue;
	bool is_refused; /* by the schema */
	int exit_code;
};

/* Starts the admin port, if the program has one. */
int service_admin_start(struct service_skeleton *skeleton, struct ra_err *err);
/* --health: asks a running process; returns the exit code. */
int service_admin_ask(const struct conf *conf);
