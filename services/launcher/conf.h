/* conf: the options of the launcher, listed in conf.def. */
#pragma once
#include "libshared/conf/conf.h"

struct conf {
#define X RA_CONF_STRUCT
#include "services/launcher/conf.def"
#undef X
};
