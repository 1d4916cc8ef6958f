/* conf: the options of migrate, listed in conf.def. */
#pragma once
#include "libshared/conf/conf.h"

struct conf {
#define X RA_CONF_STRUCT
#include "services/migrate/conf.def"
#undef X
};
