/*
 * commands: what people ask for (proto/backup_command.h), read in a consumer
 * group, so that any replica takes any, and made rows of backup.job, which
 * the queue works through. An entry is acknowledged when its row is
 * committed; that each becomes one row is the row's doing (command_id).
 */
#pragma once
#include "libshared/loop/service.h"

struct commands;
struct queue;

/* `queue` is poked when there is something new; borrowed. */
struct commands *commands_start(struct ra_service *service, struct queue *queue);
void commands_stop(struct commands *commands);
void commands_free(struct commands **commands);
bool commands_are_ready(void *commands, char why[128]);
