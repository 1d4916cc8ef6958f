/*
 * queue: works through backup.job, one job at a time, each in a worker of its
 * own (worker.h).
 *
 *	STANDBY --lock--> IDLE --somebody was killed--> SWEEP --child ended--> IDLE
 *	                  IDLE --a job waits----------> WORK  --child ended--> IDLE
 *	any --connection lost--> STANDBY
 *
 * The lock makes one of several replicas the one that works; the others stand
 * by. A row that says running though nobody holds the worker's lock belongs
 * to a worker that was killed: the job waits again, or has failed when it was
 * begun too often (worker_kinds), and is swept behind. PostgreSQL may notice
 * a death a moment after we do, so every look looks for them.
 */
#pragma once
#include "libshared/loop/service.h"

struct queue;
struct ra_pg;

struct queue *queue_start(struct ra_service *service);
/* The worker is ended; its job waits for the next start. */
void queue_stop(struct queue *queue);
void queue_free(struct queue **queue);

/* There may be something to do: looks at once, and not in a while. */
void queue_poke(struct queue *queue);
/* Of the replicas, the one that works: who plans (schedule.h), too. */
bool queue_is_leader(const struct queue *queue);
bool queue_is_ready(void *queue, char why[128]);
