/* ports: may we listen where the services are going to? */
#pragma once
#include "libshared/base/err.h"
#include "services/launcher/conf.h"

/* 0, or what is wrong with the first port that is taken or forbidden. */
int ports_check(const struct conf *conf, struct ra_err *err) RA_MUST_CHECK;
