/*
 * upkeep: what has to be done again and again so that the database stays as it
 * should be: people who want to be erased, guilds the bot has left, data older
 * than its guild wants, expired sessions and logs, rows that belong to nothing,
 * months ahead, empty months, statistics, swollen indexes.
 *
 *	every UPKEEP_INTERVAL: backup.upkeep_step(), again as long as it finds something to do
 *	                       reindex due: upkeep_reindex.h, on a thread
 *
 * What is due, and what came of it, is in backup.upkeep (migrations/0033). Each
 * step is one small transaction that knows from the tables where the one before
 * has stopped, so this may be killed at any moment and simply goes on. An
 * advisory lock lets one replica work at a time. It has a connection of its
 * own and never waits for the queue of jobs.
 */
#pragma once
#include "libshared/loop/service.h"

struct upkeep;

struct upkeep *upkeep_start(struct ra_service *service);
void upkeep_stop(struct upkeep *upkeep);
void upkeep_free(struct upkeep **upkeep);
