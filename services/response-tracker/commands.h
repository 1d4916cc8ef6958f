/*
 * commands: what people do through the dashboard, buttons and slash commands
 * (proto/command.h), read in a consumer group, so that any replica takes any.
 *
 * An entry is acknowledged when its transaction has committed, and not before;
 * what a dead replica had is taken over after a few seconds. That each is
 * carried out once is the transaction's doing (carry.h), not the group's.
 */
#pragma once
#include "libshared/loop/service.h"

struct commands;

struct commands *commands_start(struct ra_service *service);
void commands_stop(struct commands *commands);
void commands_free(struct commands **commands);
bool commands_are_ready(void *commands, char why[128]);
