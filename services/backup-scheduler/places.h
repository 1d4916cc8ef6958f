/* places: the stores of a configuration: the folder, a bucket, or both. */
#pragma once
#include "services/backup-scheduler/conf.h"
#include "services/backup-scheduler/key.h"
#include "services/backup-scheduler/store.h"

#define PLACES_MAX 2

struct places {
	struct store *list[PLACES_MAX]; /* owned */
	size_t count;
};

/* `is_patient`: for a job, which waits for a store that is away; somebody at a terminal does not.
 * 0, or a code with *err filled and nothing to close. */
int places_open(struct places *places, const struct conf *conf, bool is_patient,
		struct ra_err *err) RA_MUST_CHECK;
void places_close(struct places *places);
/* The one backup.copy.place names; NULL when there is none. */
struct store *places_find(const struct places *places, const char *place);
