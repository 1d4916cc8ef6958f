/*
 * desk_order: a command to response-tracker (proto/command.h), and what came
 * of it.
 *
 *	XADD commands:response --> NOTIFY response with its id --> read the outcome --> done
 *	                           nothing for 2 s -----------> read it anyway -----'
 *
 * Who orders has checked that they may. An order that was put in is carried
 * out once, whatever becomes of us.
 */
#pragma once
#include "proto/command.h"
#include "services/api/api.h"

struct desk_orders;

struct desk_orders *desk_orders_start(struct api *api, struct ra_err *err);
/* Those that still wait are told RA_ESTOPPED. */
void desk_orders_stop(struct desk_orders *orders, void (*stopped)(void *ctx), void *ctx);

/* Exactly once, from the loop. 0: `outcome` says what came of it, "done" or why not
 * (migrations/0018: act_on_request, ask_by_command ...). RA_ETIMEOUT: it was put in and is not
 * carried out yet. RA_EDOWN: it could not be put in, or nobody knows. */
typedef void (*desk_order_cb)(void *ctx, int status, const char *outcome);
/* `command`: all but `at`; its text is copied. Without an id it gets one; who may be somebody's
 * second with the same order gives both the same, and learns what came of the first. 0, or RA_EDOWN
 * (then no callback). */
int desk_order(struct desk_orders *orders, struct ra_command command, desk_order_cb done,
	       void *ctx) RA_MUST_CHECK;

/* response-tracker has carried this one out (desk_feed.h). */
void desk_orders_hear(struct desk_orders *orders, struct ra_str command_id);
