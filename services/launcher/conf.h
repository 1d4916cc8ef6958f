/* conf: the options of the launcher, listed in conf.def. */
#pragma once
#include "libshared/conf/conf.h"

/* One admin port a service, from ADMIN_PORT on. */
#define CONF_ADMIN_PORTS 6

struct conf {
#define X RA_CONF_STRUCT
#include "services/launcher/conf.def"
#undef X
};

extern const struct ra_option conf_options[];
extern const size_t conf_option_count;

/* Without a bot token Discord is simulated. */
static inline bool conf_is_demo(const struct conf *conf)
{
	return !*conf->bot_token;
}

/* VAR_DIR from the root; yours to ra_free. */
char *conf_var_path(const struct conf *conf);
/* What a single option can not know. Prints the mistakes, returns their number. */
int conf_check(const void *conf);
