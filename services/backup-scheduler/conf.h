/* conf: the options of backup-scheduler, listed in conf.def. */
#pragma once
#include "libshared/conf/conf.h"

struct conf {
#define X RA_CONF_STRUCT
#include "services/backup-scheduler/conf.def"
#undef X
};

extern const struct ra_option conf_options[];
extern const size_t conf_option_count;

/* What a single option can not know. Prints the mistakes, returns their number. */
int conf_check(const void *conf);
/* Of it, where backups lie alone: for command lines that need no database. */
int conf_check_places(const void *conf);
/* The migrate program: MIGRATE_PROGRAM, or the one beside this; yours to ra_free. */
char *conf_migrate_program(const struct conf *conf);
