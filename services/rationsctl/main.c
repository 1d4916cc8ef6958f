/*
 * rationsctl: looks at a running Rations, and tells it what to do, from a
 * terminal: rationsctl <noun> <verb> [--json].
 */
#include "libshared/base/log.h"
#include "libshared/loop/service.h"
#include "services/rationsctl/ctl.h"
#include <signal.h>

static const struct ra_option options[] = {
#define X RA_CONF_TABLE
#include "services/rationsctl/conf.def"
#undef X
};

static const struct command commands[] = {
	{ "shard", "list", NULL, "how every shard is: state, guilds, events a second, who holds it",
	  shard_list },
	{ "shard", "plan", "N", "bring up N shards beside those that serve, then hand over",
	  shard_plan },
};

static void print_help(void)
{
	printf("rationsctl: looks at a running Rations, and tells it what to do\n\n"
	       "Usage: rationsctl <noun> <verb> [--json]\n\n");
	for (size_t i = 0; i < RA_COUNT(commands); i++) {
		char *usage = ra_format("%s %s %s", commands[i].noun, commands[i].verb,
					commands[i].args ? commands[i].args : "");
		printf("  %-16s %s\n", usage, commands[i].help);
		ra_free(usage);
	}
	printf("\nOptions are environment variables:\n\n");
	ra_conf_help(options, RA_COUNT(options));
}

static const struct command *find(int argc, char **argv)
{
	for (size_t i = 0; argc >= 3 && i < RA_COUNT(commands); i++)
		if (strcmp(commands[i].noun, argv[1]) == 0 &&
		    strcmp(commands[i].verb, argv[2]) == 0 &&
		    (argc == 4) == (commands[i].args != NULL))
			return &commands[i];
	return NULL;
}

/* Takes the word out of the arguments; was it there? */
static bool take_flag(int *argc, char **argv, const char *flag)
{
	int kept = 0;
	for (int i = 0; i < *argc; i++)
		if (i == 0 || strcmp(argv[i], flag) != 0)
			argv[kept++] = argv[i];
	bool was_there = kept < *argc;
	*argc = kept;
	argv[kept] = NULL;
	return was_there;
}

static int run(const struct command *command, struct ctl *ctl, char **args)
{
	int rc = command->run(ctl, args);
	if (ctl->loop.data)
		ctl_close(ctl);
	return rc;
}

int main(int argc, char **argv)
{
	struct conf conf = { 0 };
	struct ctl ctl = { .conf = &conf, .out = stdout };
	ctl.is_json = take_flag(&argc, argv, "--json");
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		print_help();
		return argc < 2 ? CTL_USAGE : CTL_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("rationsctl %s\n", ra_version());
		return CTL_OK;
	}
	const struct command *command = find(argc, argv);
	if (!command) {
		ctl_complain("no such command", "`rationsctl --help` lists them.");
		return CTL_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	ra_log_setup("rationsctl", RA_LEVEL_ERROR, RA_LOG_LOGFMT);
	int rc = ra_conf_load(options, RA_COUNT(options), &conf) > 0 ? CTL_CONFIG
								     : run(command, &ctl, argv + 3);
	ra_conf_free(options, RA_COUNT(options), &conf);
	return rc;
}
