#include "libshared/loop/service.h"
#include "libshared/base/clock.h"
#include "libshared/loop/service_internal.h"
#include "libshared/metrics/metrics.h"
#include "libshared/pg/schema.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 *   arguments -> options -> admin port -> start() -> the loop turns
 *   signal or ra_service_stop -> stop(), admin port closes -> the loop runs dry
 *   (or drain_ms passes) -> fini() -> exit
 */

#ifndef RA_VERSION
#define RA_VERSION "dev"
#endif

const char *ra_version(void)
{
	return RA_VERSION;
}

size_t ra_file_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
}

#define DRAIN_MS 10000

/* <sysexits.h> */
#define EXIT_USAGE  64
#define EXIT_CONFIG 78

static const struct ra_option common_options[] = {
#define X RA_CONF_TABLE
#include "libshared/loop/service.def"
#undef X
};

#define COMMON_MAX (RA_COUNT(common_options) + 1)

/* What every program has, and ADMIN_PORT with the default of this one. */
static size_t list_common(const struct ra_service_spec *spec, char port[6],
			  struct ra_option options[COMMON_MAX])
{
	memcpy(options, common_options, sizeof(common_options));
	if (!spec->admin_port)
		return RA_COUNT(common_options);
	snprintf(port, 6, "%u", spec->admin_port);
	options[RA_COUNT(common_options)] = (struct ra_option){
		"ADMIN_PORT", RA_CONF_int, offsetof(struct conf, admin_port),   port,
		"1",          "65535",     "port of /healthz /readyz /metrics",
	};
	return COMMON_MAX;
}

static void print_tools(const struct ra_service_spec *spec)
{
	for (const struct ra_service_tool *tool = spec->tools; tool && tool->name; tool++)
		printf("  %s %s %s  %s\n", spec->name, tool->name, tool->arguments, tool->help);
	if (spec->tools)
		printf("\n");
}

static void print_help(const struct ra_service_spec *spec, const struct ra_option *common,
		       size_t common_count)
{
	printf("%s: %s\n\nUsage: %s [--help | --version | --config | --health]\n\n", spec->name,
	       spec->summary, spec->name);
	print_tools(spec);
	printf("Options are environment variables; NAME_FILE names a file that holds NAME's "
	       "value.\n\n");
	ra_conf_help(spec->options, spec->option_count);
	ra_conf_help(common, common_count);
}

static int follow_clock(const struct service_skeleton *skeleton)
{
	const char *path = skeleton->conf.clock_offset_file;
	if (path[0] == '\0' || ra_clock_follow(path) == 0)
		return 0;
	return ra_conf_mistake("CLOCK_OFFSET_FILE", "is no file of eight bytes",
			       "It is for tests; leave it unset.");
}

static void setup_log(const struct service_skeleton *skeleton)
{
	static const char *const levels[] = { "debug", "info", "warn", "error" };
	enum ra_level level = RA_LEVEL_INFO;

	for (size_t i = 0; i < RA_COUNT(levels); i++)
		if (strcmp(skeleton->conf.log_level, levels[i]) == 0)
			level = (enum ra_level)i;
	ra_log_setup(skeleton->spec->name, level,
		     strcmp(skeleton->conf.log_format, "json") == 0 ? RA_LOG_JSON : RA_LOG_LOGFMT);
}

/* Steps of a life, in the order they happen. */

static void on_admin_closed(void *ctx)
{
	((struct service_skeleton *)ctx)->service.admin = NULL;
}

static void on_drain_timeout(uv_timer_t *timer)
{
	struct service_skeleton *skeleton = ra_container_of(timer, struct service_skeleton, timer);

	ra_warn(NULL, "drain timed out");
	skeleton->is_overdue = true;
	uv_stop(&skeleton->loop);
}

static void begin_stop(struct service_skeleton *skeleton)
{
	const struct ra_service_spec *spec = skeleton->spec;
	uint64_t drain_ms = spec->drain_ms ? spec->drain_ms : DRAIN_MS;

	if (skeleton->is_stopping)
		return;
	skeleton->is_stopping = true;
	ra_info(NULL, "stopping");
	uv_timer_start(&skeleton->timer, on_drain_timeout, drain_ms, 0);
	uv_unref((uv_handle_t *)&skeleton->timer);
	if (skeleton->service.admin)
		ra_http_server_stop(skeleton->service.admin, drain_ms, on_admin_closed, skeleton);
	if (spec->stop)
		spec->stop(&skeleton->service);
}

static void on_signal(uv_signal_t *handle, int signum)
{
	struct service_skeleton *skeleton = handle->data;

	if (skeleton->is_stopping) {
		ra_warn(NULL, "stopped by force");
		_exit(128 + signum);
	}
	begin_stop(skeleton);
}

static void on_stop_wanted(uv_timer_t *timer)
{
	begin_stop(ra_container_of(timer, struct service_skeleton, timer));
}

void ra_service_stop(struct ra_service *service, int exit_code)
{
	struct service_skeleton *skeleton =
		ra_container_of(service, struct service_skeleton, service);

	if (skeleton->is_stopping)
		return;
	skeleton->exit_code = exit_code;
	uv_timer_start(&skeleton->timer, on_stop_wanted, 0, 0);
}

static void on_schema_refused(void *ctx, const struct ra_err *why)
{
	struct service_skeleton *skeleton = ctx;

	if (skeleton->is_refused)
		return; /* the other connections hear the same */
	skeleton->is_refused = true;
	ra_error(NULL, "cannot run on this schema", ra_f_text("why", why->msg),
		 ra_f_text("hint", why->hint));
	ra_service_stop(&skeleton->service, EXIT_CONFIG);
}

static void watch_schema(struct service_skeleton *skeleton)
{
	if (!skeleton->spec->has_schema)
		return;
	ra_schema_watch(on_schema_refused, skeleton);
	ra_service_ready_check(&skeleton->service, "schema", ra_schema_is_ready, NULL);
}

/* Unreferenced: a signal alone is no reason to live. */
static void watch_signal(struct service_skeleton *skeleton, uv_signal_t *handle, int signum)
{
	uv_signal_init(&skeleton->loop, handle);
	handle->data = skeleton;
	uv_signal_start(handle, on_signal, signum);
	uv_unref((uv_handle_t *)handle);
}

static void open_loop(struct service_skeleton *skeleton)
{
	signal(SIGPIPE, SIG_IGN);
	uv_loop_init(&skeleton->loop);
	skeleton->service.loop = &skeleton->loop;
	uv_timer_init(&skeleton->loop, &skeleton->timer);
	watch_signal(skeleton, &skeleton->on_term, SIGTERM);
	watch_signal(skeleton, &skeleton->on_int, SIGINT);
}

static void close_loop(struct service_skeleton *skeleton)
{
	uv_close((uv_handle_t *)&skeleton->on_term, NULL);
	uv_close((uv_handle_t *)&skeleton->on_int, NULL);
	uv_close((uv_handle_t *)&skeleton->timer, NULL);
	uv_run(&skeleton->loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&skeleton->loop) < 0)
		ra_warn(NULL, "handles left open");
}

static int start(struct service_skeleton *skeleton)
{
	struct ra_err err = { 0 };

	if (service_admin_start(skeleton, &err) < 0) {
		ra_error(NULL, "cannot start", ra_f_text("what", err.msg),
			 ra_f_text("hint", err.hint));
		return 1;
	}
	watch_schema(skeleton);
	int rc = skeleton->spec->start(&skeleton->service);
	if (rc != 0) /* half built: the kernel tidies up better than we would */
		_exit(rc == RA_ECONF ? EXIT_CONFIG : 1);
	ra_info(NULL, "started", ra_f_text("version", ra_version()));
	return 0;
}

static int run(struct service_skeleton *skeleton)
{
	open_loop(skeleton);
	if (start(skeleton) != 0) {
		close_loop(skeleton);
		return 1;
	}
	uv_run(&skeleton->loop, UV_RUN_DEFAULT);
	ra_schema_watch(NULL, NULL);
	if (skeleton->spec->fini)
		skeleton->spec->fini(&skeleton->service);
	if (skeleton->is_overdue)
		_exit(skeleton->exit_code); /* the loop still holds what fini has freed */
	close_loop(skeleton);
	ra_info(NULL, "stopped");
	return skeleton->exit_code;
}

/* What the command line asks for; no tool: to serve. */
struct asked {
	const struct ra_service_tool *tool;
	int argc; /* what stands behind it */
	char **argv;
};

static int load_and_run(struct service_skeleton *skeleton, const struct ra_option *common,
			size_t common_count, const struct asked *asked)
{
	const struct ra_service_spec *spec = skeleton->spec;
	int (*check)(const void *) =
		asked->tool && asked->tool->check ? asked->tool->check : spec->check;
	void *conf = ra_alloc(spec->conf_size);
	int exit_code = EXIT_CONFIG;

	int mistakes = ra_conf_load(spec->options, spec->option_count, conf);
	mistakes += ra_conf_load(common, common_count, &skeleton->conf);
	if (mistakes == 0 && spec->complete)
		spec->complete(conf);
	if (mistakes == 0 && check)
		mistakes = check(conf);
	if (mistakes == 0)
		mistakes = follow_clock(skeleton);
	if (mistakes == 0) {
		setup_log(skeleton);
		ra_conf_dump(spec->options, spec->option_count, conf);
		skeleton->service.conf = conf;
		exit_code = asked->tool ? asked->tool->run(conf, asked->argc, asked->argv)
					: run(skeleton);
	}
	ra_conf_free(spec->options, spec->option_count, conf);
	ra_conf_free(common, common_count, &skeleton->conf);
	ra_free(skeleton->checks);
	ra_free(conf);
	ra_metrics_fini();
	return exit_code;
}

static int ask_health(const struct ra_option *common, size_t common_count)
{
	struct conf conf = { 0 };
	int mistakes = ra_conf_load(common, common_count, &conf);
	int exit_code = mistakes == 0 ? service_admin_ask(&conf) : EXIT_CONFIG;

	ra_conf_free(common, common_count, &conf);
	return exit_code;
}

/* What the program would start with; mistakes come first, on stderr. */
static int explain(const struct ra_service_spec *spec, const struct ra_option *common,
		   size_t common_count)
{
	struct conf own = { 0 };
	void *conf = ra_alloc(spec->conf_size);
	int mistakes = ra_conf_load(spec->options, spec->option_count, conf);
	mistakes += ra_conf_load(common, common_count, &own);
	if (mistakes == 0 && spec->complete)
		spec->complete(conf);
	ra_conf_explain(spec->options, spec->option_count, conf);
	ra_conf_explain(common, common_count, &own);
	ra_conf_free(spec->options, spec->option_count, conf);
	ra_conf_free(common, common_count, &own);
	ra_free(conf);
	return mistakes == 0 ? 0 : EXIT_CONFIG;
}

static const struct ra_service_tool *find_tool(const struct ra_service_spec *spec, const char *arg)
{
	const struct ra_service_tool *tool = spec->tools;
	while (tool && tool->name && strcmp(tool->name, arg) != 0)
		tool++;
	return tool && tool->name ? tool : NULL;
}

int ra_service_main(const struct ra_service_spec *spec, int argc, char **argv)
{
	char port[6];
	struct ra_option common[COMMON_MAX];
	size_t common_count = list_common(spec, port, common);
	struct service_skeleton skeleton = { .spec = spec };
	const char *arg = argc > 1 ? argv[1] : NULL;

	if (!arg)
		return load_and_run(&skeleton, common, common_count, &(struct asked){ 0 });
	const struct ra_service_tool *tool = find_tool(spec, arg);
	if (tool)
		return load_and_run(&skeleton, common, common_count,
				    &(struct asked){ tool, argc - 2, argv + 2 });
	if (argc == 2 && strcmp(arg, "--help") == 0) {
		print_help(spec, common, common_count);
		return 0;
	}
	if (argc == 2 && strcmp(arg, "--version") == 0) {
		printf("%s %s\n", spec->name, ra_version());
		return 0;
	}
	if (argc == 2 && strcmp(arg, "--config") == 0)
		return explain(spec, common, common_count);
	if (argc == 2 && strcmp(arg, "--health") == 0 && spec->admin_port)
		return ask_health(common, common_count);
	fprintf(stderr, "%s: unknown argument %s\n  Try %s --help.\n", spec->name, arg, spec->name);
	return EXIT_USAGE;
}
