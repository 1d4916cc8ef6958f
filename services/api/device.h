/*
 * device: what somebody logs in with, in two words of their own - "Firefox",
 * "Windows" - from what the browser says of itself. Pure. Of the rest of a
 * User-Agent nothing is kept: it would tell people apart.
 */
#pragma once
#include "libshared/base/base.h"

/* Both are "" when it is none we know; constants. */
struct device {
	const char *browser, *system;
};

struct device device_of(struct ra_str user_agent);
