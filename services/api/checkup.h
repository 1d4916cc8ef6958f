/*
 * checkup: what `rationsctl doctor` finds, on the page: of the installation
 * for those who run it, of one guild for those who manage it. The checks are
 * known to rationsctl alone (services/rationsctl/doctor.h); it is run as a
 * child, one at a time, and its answer is kept for a minute. Whoever asks
 * meanwhile waits for the same answer.
 */
#pragma once
#include "services/api/api.h"

struct checkup;

struct checkup *checkup_start(struct api *api);
/* Who waits is answered; `stopped` comes when the memory is gone, perhaps before this returns. */
void checkup_stop(struct checkup *checkup, void (*stopped)(void *ctx), void *ctx);
