/*
 * tools: what can be done with backups from a terminal, with no database and
 * no service: to see which there are (--list), and to read one whole
 * (--verify). Each returns its exit code: 0; 1 when it can not or what it
 * found is damaged; 64 for what it does not understand.
 */
#pragma once

/* [--json] */
int tool_list(const void *conf, int argc, char **argv);
/* FILE|KEY: a path, or a backup in the places of the configuration. */
int tool_verify(const void *conf, int argc, char **argv);
