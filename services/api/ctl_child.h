/*
 * ctl_child: one run of rationsctl, which waits in plain code for what it asks
 * and so must not be on our loop. It finds what we find: our environment, less
 * what it does not need. Its time and its words are bounded.
 */
#pragma once
#include <jansson.h>
#include <uv.h>

struct ctl_child;

/* What it printed, a JSON value a line: an array, taken. Its exit code; negative: it could not be
 * started, was killed, or took too long, and `lines` is what it had said till then. */
typedef void (*ctl_child_cb)(void *ctx, json_t *lines, int status);

/* `args` are what follows the program's name, ended by NULL; copied by the kernel. `done` comes
 * exactly once, from the loop. */
struct ctl_child *ctl_child_start(uv_loop_t *loop, char *const *args, ctl_child_cb done, void *ctx);
/* Ends it; `done` comes. */
void ctl_child_stop(struct ctl_child *child);
