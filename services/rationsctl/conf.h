/* conf: the options of rationsctl, listed in conf.def. */
#pragma once
#include "libshared/conf/conf.h"

struct conf {
#define X RA_CONF_STRUCT
#include "services/rationsctl/conf.def"
#undef X
};
