/*
 * backup_files: files of backups, from backup-scheduler to a browser and back
 * (proto/backup_transfer.h). Piece by piece, each with a ticket of its own:
 * nothing of a file is kept here, any replica takes any piece.
 */
#pragma once
#include "proto/backup_transfer.h"
#include "services/api/api.h"

struct backup_files;

struct backup_files *backup_files_start(struct api *api);
void backup_files_stop(struct backup_files *files, void (*stopped)(void *ctx), void *ctx);
