/* conf: the options of response-tracker, listed in conf.def. */
#pragma once
#include "libshared/conf/conf.h"

struct conf {
#define X RA_CONF_STRUCT
#include "services/response-tracker/conf.def"
#undef X
};
