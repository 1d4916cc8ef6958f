/*
 * migrate: brings the database's schema up to date, and ends.
 *
 *   files       the migrations of this release
 *   database    what was applied, and applying
 *   migrate     the two compared: refuse, apply, or tell
 *   passwords   of the services' roles, from files
 *
 * Exit codes: 0 the schema is up to date, 1 it is not, 78 bad configuration.
 */
#include "services/migrate/migrate.h"
#include <sysexits.h>

static const struct ra_option options[] = {
#define X RA_CONF_TABLE
#include "services/migrate/conf.def"
#undef X
};

static void print_help(void)
{
	printf("migrate: brings the database's schema up to date\n\n"
	       "Usage: migrate [--status | --load | --help]\n\n"
	       "  --status  says what is applied and what is missing, changes nothing\n"
	       "  --load    runs the SQL on its standard input, all of it or none\n\n"
	       "Environment:\n");
	ra_conf_help(options, RA_COUNT(options));
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	bool is_status = strcmp(what, "--status") == 0, is_load = strcmp(what, "--load") == 0;
	struct conf conf = { 0 };
	struct ra_err err = { 0 };
	int rc = EX_CONFIG;

	if (strcmp(what, "--help") == 0) {
		print_help();
		return 0;
	}
	if (argc > 2 || (*what && !is_status && !is_load)) {
		fprintf(stderr, "migrate: no such option: %s\n  Try migrate --help.\n",
			argv[argc - 1]);
		return EX_USAGE;
	}
	if (ra_conf_load(options, RA_COUNT(options), &conf) == 0) {
		rc = is_status ? migrate_status(&conf, stdout, &err)
		     : is_load ? migrate_load(&conf, stdin, &err)
			       : migrate_run(&conf, stdout, &err);
		if (rc < 0)
			fprintf(stderr, "migrate: %s\n  %s\n", err.msg, err.hint);
		rc = rc == RA_ECONF ? EX_CONFIG : rc < 0;
	}
	ra_conf_free(options, RA_COUNT(options), &conf);
	return rc;
}
