/* conf: see conf.h. */
#include "services/rationsctl/conf.h"
#include "libshared/http/public_url.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* What discord-sim answers to when nothing else is said (services/discord-sim/conf.def). */
#define SIM_BOT_TOKEN     "simulated-bot-token"
#define SIM_CLIENT_ID     "1100000000000000001"
#define SIM_CLIENT_SECRET "simulated-client-secret"

const struct ra_option conf_options[] = {
#define X RA_CONF_TABLE
#include "services/rationsctl/conf.def"
#undef X
};
const size_t conf_option_count = RA_COUNT(conf_options);

static void set(char **option, char *value)
{
	ra_free(*option);
	*option = value;
}

static bool is_there(const char *folder, const char *name)
{
	char path[PATH_MAX];
	struct stat entry;
	return snprintf(path, sizeof(path), "%s/%s", folder, name) < PATH_MAX &&
	       stat(path, &entry) == 0;
}

/* The launcher's folder in VAR_DIR, from the root: the one that runs, else the one there is. */
static bool find_home(const char *var_dir, char home[PATH_MAX], bool *is_demo)
{
	static const char *const modes[] = { "live", "demo" };
	for (int has_to_run = 1; has_to_run >= 0; has_to_run--)
		for (size_t i = 0; i < RA_COUNT(modes); i++) {
			char *guess = ra_format("%s/%s", var_dir, modes[i]);
			bool is_it = realpath(guess, home) &&
				     is_there(home, has_to_run ? "redis/redis.sock" : "postgres");
			ra_free(guess);
			*is_demo = i == 1;
			if (is_it)
				return true;
		}
	return false;
}

static char *postgres_of(const char *home, const char *role)
{
	return ra_format("postgresql://%s@/rations?host=%s/postgres/run", role, home);
}

static void be_demo(struct conf *conf)
{
	conf->is_demo = true;
	set(&conf->bot_token, ra_strdup(SIM_BOT_TOKEN));
	set(&conf->client_id, ra_strdup(SIM_CLIENT_ID));
	set(&conf->client_secret, ra_strdup(SIM_CLIENT_SECRET));
	set(&conf->api_base, ra_format("http://127.0.0.1:%lld/api/v10", (long long)conf->sim_port));
}

static void take_home(struct conf *conf, const char *home, bool is_demo)
{
	if (!*conf->redis_url)
		set(&conf->redis_url, ra_format("unix://%s/redis/redis.sock", home));
	if (!*conf->database_url) {
		set(&conf->database_url, postgres_of(home, "rations_api"));
		set(&conf->backup_url, postgres_of(home, "rations_backup"));
		if (!*conf->admin_url)
			set(&conf->admin_url, postgres_of(home, "rations"));
	}
	if (!*conf->backup_dir)
		set(&conf->backup_dir, ra_format("%s/backups", home));
	if (is_demo && !*conf->bot_token)
		be_demo(conf);
}

void conf_complete(struct conf *conf)
{
	char home[PATH_MAX];
	bool is_demo;
	bool is_told = *conf->redis_url && *conf->database_url;
	if (!is_told && find_home(conf->var_dir, home, &is_demo))
		take_home(conf, home, is_demo);
	if (!*conf->redis_url)
		set(&conf->redis_url, ra_strdup("redis://127.0.0.1:6379"));
	if (!*conf->admin_url)
		set(&conf->admin_url, ra_strdup(conf->database_url));
	if (!conf->backup_url)
		conf->backup_url = ra_strdup("");
	set(&conf->public_url, ra_public_url(conf->public_url, conf->port));
}

void conf_fini(struct conf *conf)
{
	set(&conf->backup_url, NULL);
	ra_conf_free(conf_options, conf_option_count, conf);
}
