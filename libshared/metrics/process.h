/*
 * process: what the kernel knows about this process, under the names every
 * Prometheus client uses.
 */
#pragma once
#include "libshared/base/buf.h"

double ra_process_resident_bytes(void);
void ra_process_render(struct ra_buf *out);
