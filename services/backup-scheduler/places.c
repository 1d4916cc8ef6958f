/* places: see the header. */
#include "services/backup-scheduler/places.h"
#include "services/backup-scheduler/s3.h"

static int add(struct places *places, struct store *store, const struct ra_err *err)
{
	if (!store)
		return err->code;
	places->list[places->count++] = store;
	return 0;
}

static struct store *open_bucket(const struct conf *conf, bool is_patient, struct ra_err *err)
{
	const struct s3_conf s3 = {
		.endpoint = conf->s3_endpoint,
		.region = conf->s3_region,
		.bucket = conf->s3_bucket,
		.prefix = conf->s3_prefix,
		.access_key = conf->s3_access_key,
		.secret_key = conf->s3_secret_key,
		.is_path_style = conf->s3_path_style,
		.tries = is_patient ? 0 : 3,
	};
	return store_s3_open(&s3, err);
}

int places_open(struct places *places, const struct conf *conf, bool is_patient, struct ra_err *err)
{
	int rc = 0;
	*places = (struct places){ .count = 0 };
	if (*conf->backup_dir)
		rc = add(places, store_folder_open(conf->backup_dir, err), err);
	if (rc == 0 && *conf->s3_endpoint)
		rc = add(places, open_bucket(conf, is_patient, err), err);
	if (rc < 0)
		places_close(places);
	return rc;
}

void places_close(struct places *places)
{
	for (size_t i = 0; i < places->count; i++)
		store_close(&places->list[i]);
	places->count = 0;
}

struct store *places_find(const struct places *places, const char *place)
{
	for (size_t i = 0; i < places->count; i++)
		if (strcmp(store_place(places->list[i]), place) == 0)
			return places->list[i];
	return NULL;
}
