/* conf: see the header. */
#include "services/backup-scheduler/conf.h"
#include "libshared/pg/pg.h"
#include "libshared/redis/redis.h"
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

const struct ra_option conf_options[] = {
#define X RA_CONF_TABLE
#include "services/backup-scheduler/conf.def"
#undef X
};
const size_t conf_option_count = RA_COUNT(conf_options);

int conf_check_places(const void *ptr)
{
	const struct conf *conf = ptr;
	int mistakes = 0;
	if (!*conf->backup_dir && !*conf->s3_endpoint)
		mistakes += ra_conf_mistake("BACKUP_DIR", "is empty, and there is no S3_ENDPOINT",
					    "Set one of them: backups must lie somewhere.");
	if (!*conf->s3_endpoint)
		return mistakes;
	if (strncmp(conf->s3_endpoint, "https://", 8) != 0 &&
	    strncmp(conf->s3_endpoint, "http://", 7) != 0)
		mistakes += ra_conf_mistake("S3_ENDPOINT", "is no http address",
					    "Write it like https://s3.example.org");
	if (!*conf->s3_bucket)
		mistakes += ra_conf_mistake("S3_BUCKET", "is empty",
					    "Set it to the bucket of the backups.");
	if (!*conf->s3_access_key || !*conf->s3_secret_key)
		mistakes += ra_conf_mistake("S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY",
					    "are not both set", "Set both, or their _FILEs.");
	return mistakes;
}

int conf_check(const void *ptr)
{
	const struct conf *conf = ptr;
	struct ra_err err;
	int mistakes = conf_check_places(conf);
	if (!*conf->database_url)
		mistakes += ra_conf_mistake("DATABASE_URL", "is not set",
					    "Set it, or DATABASE_URL_FILE, to PostgreSQL as role "
					    "rations_backup.");
	else if (ra_pg_check_url(conf->database_url, &err) < 0)
		mistakes += ra_conf_mistake("DATABASE_URL", err.msg, err.hint);
	if (*conf->admin_url && ra_pg_check_url(conf->admin_url, &err) < 0)
		mistakes += ra_conf_mistake("ADMIN_DATABASE_URL", err.msg, err.hint);
	if (ra_redis_check_url(conf->redis_url, &err) < 0)
		mistakes += ra_conf_mistake("REDIS_URL", err.msg, err.hint);
	return mistakes;
}

char *conf_migrate_program(const struct conf *conf)
{
	char path[PATH_MAX] = "";
	if (*conf->migrate)
		return ra_strdup(conf->migrate);
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash = n > 0 ? strrchr(path, '/') : NULL;
	return slash ? ra_format("%.*s/migrate", (int)(slash - path), path) : ra_strdup("migrate");
}
