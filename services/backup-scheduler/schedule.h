/*
 * schedule: makes jobs of what app.backup_settings says comes again: backups,
 * and drills where they are nightly. When each is due next stands in
 * backup.plan, worked out when the settings change and whenever one is due:
 * job and next time are one transaction, so that a time fires once, whoever
 * is killed. What was due while nobody ran is made up for, once.
 */
#pragma once
#include "libshared/loop/service.h"

struct schedule;
struct queue;

/* Plans while the queue's replica is the one that works; pokes it. Borrowed. */
struct schedule *schedule_start(struct ra_service *service, struct queue *queue);
void schedule_stop(struct schedule *schedule);
void schedule_free(struct schedule **schedule);
