/* conf: see the header. Nothing here touches the machine: what it refuses is wrong wherever it is
 * tried. */
#include "services/launcher/conf.h"
#include "libshared/http/public_url.h"
#include "libshared/pg/pg.h"
#include "libshared/redis/redis.h"
#include <limits.h>
#include <sys/un.h>
#include <unistd.h>

/* The longest of the sockets below VAR_DIR. */
#define LONGEST_SOCKET "/demo/postgres/run/.s.PGSQL.5432"

const struct ra_option conf_options[] = {
#define X RA_CONF_TABLE
#include "services/launcher/conf.def"
#undef X
};
const size_t conf_option_count = RA_COUNT(conf_options);

char *conf_var_path(const struct conf *conf)
{
	char here[PATH_MAX];
	if (conf->var_dir[0] == '/' || !getcwd(here, sizeof(here)))
		return ra_strdup(conf->var_dir);
	return ra_format("%s/%s", here, conf->var_dir);
}

static int check_var_dir(const struct conf *conf)
{
	size_t max = sizeof(((struct sockaddr_un *)0)->sun_path) - sizeof(LONGEST_SOCKET);
	char *path = conf_var_path(conf);
	size_t len = strlen(path);
	ra_free(path);
	if (len <= max)
		return 0;
	char *what =
		ra_format("the path has %zu bytes, a Unix socket below it allows %zu", len, max);
	int mistakes = ra_conf_mistake("VAR_DIR", what, "Set it to a folder with a shorter path.");
	ra_free(what);
	return mistakes;
}

/* Two programs can not listen on one port. */
static int check_ports(const struct conf *conf)
{
	int64_t first = conf->admin_base, last = conf->admin_base + CONF_ADMIN_PORTS - 1;
	char *hint = ra_format("Keep %d to %d free for the services, or change ADMIN_PORT.",
			       (int)first, (int)last);
	int mistakes = 0;
	if (conf->port >= first && conf->port <= last)
		mistakes += ra_conf_mistake("PORT", "is one of the admin ports", hint);
	if (conf_is_demo(conf) && conf->sim_port >= first && conf->sim_port <= last)
		mistakes += ra_conf_mistake("SIM_PORT", "is one of the admin ports", hint);
	if (conf_is_demo(conf) && conf->sim_port == conf->port)
		mistakes += ra_conf_mistake("SIM_PORT", "is the same as PORT",
					    "Choose another for one of them.");
	ra_free(hint);
	return mistakes;
}

static int check_urls(const struct conf *conf)
{
	struct ra_err err;
	int mistakes = 0;
	const char *what = *conf->public_url ? ra_public_url_mistake(conf->public_url) : NULL;
	if (what)
		mistakes += ra_conf_mistake("PUBLIC_URL", what,
					    "Write it like https://stats.example.org, or "
					    "https://example.org/rations");
	if (*conf->database_url && ra_pg_check_url(conf->database_url, &err) < 0)
		mistakes += ra_conf_mistake("DATABASE_URL", err.msg, err.hint);
	if (*conf->redis_url && ra_redis_check_url(conf->redis_url, &err) < 0)
		mistakes += ra_conf_mistake("REDIS_URL", err.msg, err.hint);
	return mistakes;
}

static int check_programs(const struct conf *conf)
{
	int mistakes = 0;
	char *postgres = ra_format("%s/postgres", conf->postgres_dir);
	if (!*conf->database_url && access(postgres, X_OK) < 0)
		mistakes += ra_conf_mistake(
			"POSTGRES_BIN_DIR", "there is no postgres in it",
			"Install postgresql-15, or set it to where postgres and initdb are.");
	if (!*conf->redis_url && access(conf->redis_server, X_OK) < 0)
		mistakes += ra_conf_mistake("REDIS_SERVER", "is no program",
					    "Install redis-server, or set it to where that is.");
	ra_free(postgres);
	return mistakes;
}

int conf_check(const void *ptr)
{
	const struct conf *conf = ptr;
	return check_var_dir(conf) + check_ports(conf) + check_urls(conf) + check_programs(conf);
}
