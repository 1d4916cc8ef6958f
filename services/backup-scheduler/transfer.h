/*
 * transfer: files of backups to and from api, on the service's private port
 * (proto/backup_transfer.h). Nothing is answered without a ticket.
 *
 * What is uploaded grows in the folder "uploads" beside the backups, under a
 * name of ours, and is nothing yet: when it is whole a job of kind upload
 * reads and verifies all of it, gives it the name that it says it has, and
 * only then it is a backup. What nobody goes on with is removed.
 */
#pragma once
#include "libshared/loop/service.h"
#include "services/backup-scheduler/job.h"

struct transfer;

struct transfer *transfer_start(struct ra_service *service);
void transfer_stop(struct transfer *transfer);
void transfer_free(struct transfer **transfer);

/* A job of kind upload. Parameters: {"upload": its name, 32 hex digits}. */
int upload_run(struct job *job, struct ra_err *err);
