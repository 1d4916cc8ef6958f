/*
 * commands: see commands.h. What is read is done before more is read. Nothing is read while
 * PostgreSQL is away.
 */
#include "services/response-tracker/commands.h"
#include "libshared/base/clock.h"
#include "libshared/base/trace.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/group.h"
#include "services/response-tracker/carry.h"
#include "services/response-tracker/conf.h"
#include "services/response-tracker/sql.h"
#include <stdio.h>

RA_COUNTER_BY(commands_carried, "rations_response_commands_total", "kind",
	      "commands carried out, by kind")
RA_COUNTER(commands_refused, "rations_response_commands_refused_total",
	   "commands that were malformed, or that the database refused for good")

struct commands {
	struct ra_pg *pg;       /* owned */
	struct ra_group *group; /* owned */
	size_t in_flight;
	bool is_stopped;
};

/* A command on its way to the database. */
struct carried {
	struct commands *commands; /* borrowed */
	enum ra_command_kind kind;
	char entry[48];
	char traceparent[RA_TRACEPARENT_MAX];
};

static void on_carried(void *ctx, int status, const struct ra_err *err)
{
	struct carried *e = ctx;
	struct commands *c = e->commands;
	struct ra_str trace = ra_str_of(e->traceparent);
	c->in_flight--;
	if (status == 0) {
		ra_count_by(&commands_carried, ra_command_kind_text(e->kind), 1);
		ra_info(NULL, "command carried out",
			ra_f_text("kind", ra_command_kind_text(e->kind)), ra_f_trace(trace));
	} else if (ra_pg_is_for_good(err)) {
		ra_count(&commands_refused, 1);
		ra_error(NULL, "command refused", ra_f_text("kind", ra_command_kind_text(e->kind)),
			 ra_f_text("error", err->msg), ra_f_trace(trace));
	} else {
		ra_warn(NULL, "command has to be tried again",
			ra_f_text("kind", ra_command_kind_text(e->kind)),
			ra_f_text("error", err ? err->msg : "connection lost"), ra_f_trace(trace));
	}
	if (!c->is_stopped && (status == 0 || ra_pg_is_for_good(err)))
		ra_group_done(c->group, e->entry);
	ra_free(e);
	if (c->in_flight == 0 && !c->is_stopped)
		ra_group_poke(c->group);
}

static void on_entry(void *ctx, const struct ra_group_entry *entry)
{
	struct commands *c = ctx;
	struct ra_command command;
	if (ra_command_decode(&command, entry->words, entry->count) < 0) {
		ra_count(&commands_refused, 1);
		ra_error(NULL, "command makes no sense", ra_f_text("entry", entry->id));
		ra_group_done(c->group, entry->id);
		return;
	}
	struct carried *e = ra_new(struct carried);
	*e = (struct carried){ .commands = c, .kind = command.kind };
	snprintf(e->entry, sizeof(e->entry), "%s", entry->id);
	snprintf(e->traceparent, sizeof(e->traceparent), "%.*s", (int)command.traceparent.len,
		 command.traceparent.ptr);
	if (carry_send(c->pg, &command, ra_wall_ms(), on_carried, e) == 0)
		c->in_flight++;
	else
		ra_free(e); /* the connection is going: it is read again */
}

static bool may_read(void *ctx)
{
	const struct commands *c = ctx;
	return c->in_flight == 0 && ra_pg_is_up(c->pg);
}

/* --- life -------------------------------------------------------------------------- */

static void on_pg_up(void *ctx)
{
	struct commands *c = ctx;
	ra_group_poke(c->group);
}

bool commands_are_ready(void *ctx, char why[128])
{
	const struct commands *c = ctx;
	if (ra_pg_is_up(c->pg))
		return ra_group_is_ready(c->group, why);
	snprintf(why, 128, "PostgreSQL: %s", ra_pg_trouble(c->pg));
	return false;
}

struct commands *commands_start(struct ra_service *service)
{
	static const struct ra_pg_ops pg_ops = { .on_up = on_pg_up };
	static const struct ra_group_ops group_ops = { .on_entry = on_entry, .may_read = may_read };
	const struct conf *conf = service->conf;
	struct commands *c = ra_new(struct commands);
	/* The URLs were checked when the program started: opening can not fail. */
	c->pg = ra_pg_open(service->loop, conf->database_url, "rations-commands", sql_stmts,
			   SQL_COUNT, NULL, &pg_ops, c, NULL);
	c->group = ra_group_open(&(struct ra_group_conf){ .loop = service->loop,
							  .redis_url = conf->redis_url,
							  .stream = RA_COMMANDS_STREAM,
							  .group = RA_COMMANDS_GROUP,
							  .count = 64,
							  .block_ms = 250,
							  .claim_ms = 3000 },
				 &group_ops, c, NULL);
	return c;
}

void commands_stop(struct commands *c)
{
	c->is_stopped = true;
	ra_group_close(c->group, NULL, NULL);
	ra_pg_close(c->pg, NULL, NULL);
}

void commands_free(struct commands **commands)
{
	ra_free(*commands);
	*commands = NULL;
}
