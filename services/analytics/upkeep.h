/*
 * upkeep: takes away what is not to be kept: people who want to be erased,
 * data older than its guild wants, guilds the bot has left, empty months.
 *
 *	every UPKEEP_INTERVAL: analytics.upkeep_step(), again as long as it finds something to do
 *
 * Each step is one small transaction that knows from the tables where the one
 * before has stopped, so this may be killed at any moment and simply begins
 * again. An advisory lock lets one replica work at a time.
 */
#pragma once
#include "libshared/loop/service.h"

struct upkeep;

struct upkeep *upkeep_start(struct ra_service *service);
void upkeep_stop(struct upkeep *upkeep);
void upkeep_free(struct upkeep **upkeep);
