/*
 * child: one supervised process. Its output becomes our output, a line at a
 * time, with its name in front. Services that end are started again with
 * backoff, unless they say that their configuration is wrong (78, as
 * <sysexits.h> has it); one-shots tell how they ended. A child dies with us,
 * however we die (PR_SET_PDEATHSIG, set by setpriv of util-linux).
 */
#pragma once
#include <stdbool.h>
#include <uv.h>

struct child;

/* A one-shot ended, or a service ended for good; `exit_status` is -1 when it could not be started.
 */
typedef void (*child_done_cb)(void *ctx, struct child *child, int64_t exit_status);

struct child_spec {
	const char *name;        /* as the log shows it; borrowed */
	const char *const *argv; /* NULL-terminated; copied */
	const char *const
		*env;     /* "NAME=value" on top of our environment; NULL-terminated; copied */
	const char *cwd;  /* where it runs; borrowed; NULL: where we do */
	const char *user; /* run as this user (we are root); NULL: as ourselves */
	int stop_signal;
	bool is_service; /* restart it when it ends */
};

/* Starts at once. `done` comes exactly once, from the loop; the child is freed after it. */
struct child *child_start(uv_loop_t *loop, const struct child_spec *spec, child_done_cb done,
			  void *ctx);
/* Asks it to end; kills it after `grace_ms`. */
void child_stop(struct child *child, uint64_t grace_ms);
const char *child_name(const struct child *child);
