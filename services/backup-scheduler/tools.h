/*
 * tools: what can be done with backups from a terminal, with no database and
 * no service: to see which there are (--list), to read one whole (--verify),
 * and to carry them in and out. Each returns its exit code: 0; 1 when it can not or what it
 * found is damaged; 64 for what it does not understand.
 */
#pragma once

/* [--json] */
int tool_list(const void *conf, int argc, char **argv);
/* FILE|KEY: a path, or a backup in the places of the configuration. */
int tool_verify(const void *conf, int argc, char **argv);
/* FILE, into every place of the configuration. */
int tool_upload(const void *conf, int argc, char **argv);
/* KEY [FILE], from the first place that has it whole. */
int tool_download(const void *conf, int argc, char **argv);
/* KEY, from every place. */
int tool_delete(const void *conf, int argc, char **argv);
