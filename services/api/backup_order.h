/*
 * backup_order: what owners of the installation ask of backup-scheduler
 * (proto/backup_command.h). Who orders has checked that they may; what comes
 * of it stands in backup.job.
 */
#pragma once
#include "proto/backup_command.h"
#include "services/api/visit.h"

struct backup_orders;

struct backup_orders *backup_orders_start(struct api *api, struct ra_err *err);
void backup_orders_stop(struct backup_orders *orders, void (*stopped)(void *ctx), void *ctx);

/* Puts the command in and answers `visit`: 202 {"command": id}, by which its job can be told from
 * others, or 503. `backup`: a backup_id, or "". `parameters`: an object, taken; NULL: none. */
void backup_order(struct visit *visit, enum ra_backup_kind kind, const char *backup,
		  json_t *parameters);
