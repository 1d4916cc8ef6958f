/* conf: the options of analytics, listed in conf.def. */
#pragma once
#include "libshared/conf/conf.h"

struct conf {
#define X RA_CONF_STRUCT
#include "services/analytics/conf.def"
#undef X
};
