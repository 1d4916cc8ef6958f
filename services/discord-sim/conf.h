/* conf: the options of discord-sim; conf.def says what they mean. */
#pragma once
#include "libshared/conf/conf.h"

struct conf {
#define X RA_CONF_STRUCT
#include "services/discord-sim/conf.def"
#undef X
};
