/* commands: the functions behind the table of commands.c, each in the file of its noun. */
#pragma once
#include "proto/backup_command.h"
#include "services/rationsctl/ctl.h"

int init_run(struct ctl *ctl, char **args);
int doctor_run(struct ctl *ctl, char **args);
int status_run(struct ctl *ctl, char **args);

int shard_list(struct ctl *ctl, char **args);
int shard_plan(struct ctl *ctl, char **args);

int guild_list(struct ctl *ctl, char **args);
int guild_show(struct ctl *ctl, char **args);
int guild_check(struct ctl *ctl, char **args); /* doctor.c */
int token_list(struct ctl *ctl, char **args);
int token_create(struct ctl *ctl, char **args);
int token_revoke(struct ctl *ctl, char **args);

int backup_list(struct ctl *ctl, char **args);
int backup_now(struct ctl *ctl, char **args);
int backup_verify(struct ctl *ctl, char **args);
int backup_drill(struct ctl *ctl, char **args);
int backup_restore(struct ctl *ctl, char **args);
/* Hands backup-scheduler a job and watches it until it has ended. Takes `parameters`. */
int backup_order(struct ctl *ctl, enum ra_backup_kind kind, const char *backup, json_t *parameters);

int import_list(struct ctl *ctl, char **args);
int import_file(struct ctl *ctl, char **args);
int import_merge(struct ctl *ctl, char **args);
int import_drop(struct ctl *ctl, char **args);
int migrate_run(struct ctl *ctl, char **args);
int config_run(struct ctl *ctl, char **args);
int demo_run(struct ctl *ctl, char **args);

int completion_run(struct ctl *ctl, char **args);
int man_run(struct ctl *ctl, char **args);
