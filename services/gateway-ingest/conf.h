/* conf: the options of gateway-ingest, from conf.def. */
#pragma once
#include "libshared/conf/conf.h"

struct conf {
#define X RA_CONF_STRUCT
#include "services/gateway-ingest/conf.def"
#undef X
};
