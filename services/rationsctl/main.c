/*
 * rationsctl: looks at a running Rations, and tells it what to do, from a
 * terminal: rationsctl <noun> <verb> [--json]. commands.c is the table.
 */
#include "libshared/base/log.h"
#include "libshared/loop/service.h"
#include "services/rationsctl/ctl.h"
#include <curl/curl.h>
#include <signal.h>
#include <sodium.h>

static void print_usage(FILE *out, const struct command *command)
{
	char *usage = ra_format("%s%s%s%s%s", command->noun, command->verb ? " " : "",
				command->verb ? command->verb : "", *command->args ? " " : "",
				command->args);
	fprintf(out, "  %-34s %s\n", usage, command->help);
	ra_free(usage);
}

static void print_help(void)
{
	printf("rationsctl: looks at a running Rations, and tells it what to do\n\n"
	       "Usage: rationsctl <noun> [<verb>] [--json]\n\n");
	for (const struct command *command = ctl_commands; command->noun; command++)
		print_usage(stdout, command);
	printf("\nOptions are environment variables:\n\n");
	ra_conf_help(conf_options, conf_option_count);
}

static const struct command *find(char **args)
{
	for (const struct command *c = ctl_commands; c->noun; c++)
		if (strcmp(c->noun, args[0]) == 0 &&
		    (!c->verb || (args[1] && strcmp(c->verb, args[1]) == 0)))
			return c;
	return NULL;
}

/* What there is of the noun, or that there is nothing. */
static int misunderstood(const char *noun)
{
	size_t found = 0;
	for (const struct command *c = ctl_commands; c->noun; c++) {
		if (strcmp(c->noun, noun) != 0)
			continue;
		fprintf(stderr, found++ == 0 ? "rationsctl: this is how:\n" : "");
		print_usage(stderr, c);
	}
	if (found == 0)
		ctl_complain("no such command", "`rationsctl --help` lists them.");
	return CTL_USAGE;
}

static int run(const struct command *command, struct ctl *ctl, char **args)
{
	int rc = command->run(ctl, args);
	if (ctl->loop.data)
		ctl_close(ctl);
	return rc == CTL_USAGE ? misunderstood(command->noun) : rc;
}

int main(int argc, char **argv)
{
	struct conf conf = { 0 };
	struct ctl ctl = { .conf = &conf, .out = stdout };
	ctl.is_json = ctl_take_flag(argv, "--json");
	if (argc < 2 || !argv[1] || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_help();
		return argc < 2 ? CTL_USAGE : CTL_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("rationsctl %s\n", ra_version());
		return CTL_OK;
	}
	const struct command *command = find(argv + 1);
	if (!command)
		return misunderstood(argv[1]);
	signal(SIGPIPE, SIG_IGN);
	ra_log_setup("rationsctl", RA_LEVEL_ERROR, RA_LOG_LOGFMT);
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return CTL_UNAVAILABLE;
	int rc = CTL_CONFIG;
	if (ra_conf_load(conf_options, conf_option_count, &conf) == 0) {
		conf_complete(&conf);
		rc = run(command, &ctl, argv + (command->verb ? 3 : 2));
	}
	conf_fini(&conf);
	curl_global_cleanup();
	return rc;
}
