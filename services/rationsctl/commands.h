/* commands: the functions behind the table of commands.c, each in the file of its noun. */
#pragma once
#include "services/rationsctl/ctl.h"

int doctor_run(struct ctl *ctl, char **args);
int shard_list(struct ctl *ctl, char **args);
int shard_plan(struct ctl *ctl, char **args);
int completion_run(struct ctl *ctl, char **args);
int man_run(struct ctl *ctl, char **args);
