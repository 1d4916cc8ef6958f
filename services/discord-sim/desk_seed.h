/*
 * desk_seed: what the staff of the community would have set up in Rations
 * before anybody asked: who they are, what is a request, by when it should be
 * answered, when they are there. As SQL for the demo and for tests.
 */
#pragma once
#include "services/discord-sim/conf.h"
#include <stdio.h>

/* `discord-sim --desk-seed`: builds the community that would be played with these settings, and
 * writes its desks to `out`. Run again it changes nothing in a database: guilds that have settings
 * are left alone. Returns an exit code. */
int desk_seed(const struct conf *conf, FILE *out);
