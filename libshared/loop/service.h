/*
 * service: what every long-running program of ours is: options from the
 * environment, a loop, logs, an admin port, signals, a drain.
 *
 *	static const struct ra_service_spec spec = { .name = "analytics", ... };
 *	int main(int argc, char **argv) { return ra_service_main(&spec, argc, argv); }
 *
 * Life: options are read (mistakes: exit 78) -> start() builds everything and
 * returns (non-zero: exit 1) -> the loop runs -> SIGTERM or SIGINT calls
 * stop() once -> when the loop has nothing left, or after drain_ms, fini()
 * frees what is left and the process exits 0.
 *
 * Command line: --help, --version, --config (every option, and where it comes from), --health (asks
 *the running process's /healthz and exits 0 or 1; for container checks), and the program's tools.
 */
#pragma once
#include "libshared/base/err.h"
#include "libshared/base/log.h"
#include "libshared/conf/conf.h"
#include <uv.h>

struct ra_http_server;

struct ra_service {
	uv_loop_t *loop;              /* owned by the skeleton */
	struct ra_http_server *admin; /* the admin port; add routes if you like */
	const void *conf;             /* your struct conf, filled */
	void *ctx;                    /* yours */
};

/* A dependency, as /readyz shows it. */
typedef bool (*ra_ready_cb)(void *ctx, char why[128]);

/* Something else the program does when its first argument says so: with its options and its log,
 * but no loop. `argv`: what stands behind. Returns the exit code. */
struct ra_service_tool {
	const char *name;      /* "--list"; NULL ends the table */
	const char *arguments; /* "FILE", for --help */
	const char *help;
	int (*run)(const void *conf, int argc, char **argv);
	int (*check)(const void *conf); /* instead of the service's own; NULL: that one */
};

struct ra_service_spec {
	const char *name;
	const char *summary; /* one line for --help */
	const struct ra_option *options;
	size_t option_count;
	size_t conf_size;
	uint16_t admin_port; /* default of ADMIN_PORT; 0: none */
	size_t admin_body;   /* bytes a request to it may bring; default 64 KiB */
	uint64_t drain_ms;   /* default 10000 */
	/* Fills in options that were left out and follow from others, before check. May be NULL. */
	void (*complete)(void *conf);
	/* Checks that need more than one option. Returns the number of mistakes it printed. May be
	 * NULL. */
	int (*check)(const void *conf);
	const struct ra_service_tool *tools; /* NULL: none */
	/* It reads and writes the database: waits for a schema it was made for (/readyz says so),
	 * exits 78 where the schema no longer is for it. */
	bool has_schema;
	/* 0, or a code once it has said why not: RA_ECONF, what only another setting can mend, ends
	 * the program with 78; whoever starts it again need not try. */
	int (*start)(struct ra_service *service);
	void (*stop)(struct ra_service *service);
	void (*fini)(struct ra_service *service);
};

int ra_service_main(const struct ra_service_spec *spec, int argc, char **argv);

/* What `git describe` said when this was built; "dev" when nobody said. */
const char *ra_version(void);
/* Lets this process open as many files as it may (by default 1024, for old programs), and says how
 * many those are. */
size_t ra_file_limit(void);

/* Adds a line to /readyz: 200 when every check says true, else 503; the body is JSON, one member a
 * check: true, or the reason as text. `name` is borrowed for the life of the process. */
void ra_service_ready_check(struct ra_service *service, const char *name, ra_ready_cb check,
			    void *ctx);
/* The same for what it can do without: /readyz says how it is, and stays 200. */
void ra_service_ready_note(struct ra_service *service, const char *name, ra_ready_cb check,
			   void *ctx);
/* The same answer as /readyz: true when ready; *json (appended) is the body. */
struct ra_buf;
bool ra_service_is_ready(struct ra_service *service, struct ra_buf *json);
/* Ends the process as a signal would; `exit_code` is what main returns. For what no retry can mend.
 */
void ra_service_stop(struct ra_service *service, int exit_code);
