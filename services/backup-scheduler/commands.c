/*
 * commands: see commands.h. What is read is a row before more is read. Nothing is read while
 * PostgreSQL is away.
 */
#include "services/backup-scheduler/commands.h"
#include "libshared/base/clock.h"
#include "libshared/base/trace.h"
#include "libshared/metrics/metrics.h"
#include "libshared/pg/pg.h"
#include "libshared/redis/group.h"
#include "proto/backup_command.h"
#include "services/backup-scheduler/conf.h"
#include "services/backup-scheduler/queue.h"
#include <jansson.h>
#include <stdio.h>

RA_COUNTER_BY(commands_taken, "rations_backup_commands_total", "kind", "commands, by kind")
RA_COUNTER(commands_refused, "rations_backup_commands_refused_total",
	   "commands that made no sense, or that the database refused for good")

enum { SQL_JOB, SQL_CANCEL, SQL_COUNT };

/* clang-format off */
static const struct ra_pg_stmt stmts[] = {
	/* $1 command, $2 kind, $3 backup or '', $4 parameters, $5 actor, $6 at, $7 traceparent */
	[SQL_JOB] = {
		"INSERT INTO backup.job (command_id, kind, backup_id, parameters, asked_by, created_at, traceparent) "
		"VALUES ($1, $2, nullif($3, ''), $4::jsonb, $5, public.ms_to_ts($6), coalesce(left($7, 55), '')) ON CONFLICT (command_id) DO NOTHING", 7 },
	/* $1 job, $2 now. Who works on it looks once a second. */
	[SQL_CANCEL] = {
		"UPDATE backup.job SET is_cancelled = true, state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END, "
		" finished_at = CASE state WHEN 'waiting' THEN public.ms_to_ts($2) END "
		"WHERE job_id = $1 AND state IN ('waiting', 'running')", 2 },
};
/* clang-format on */

struct commands {
	struct queue *queue;    /* borrowed */
	struct ra_pg *pg;       /* owned */
	struct ra_group *group; /* owned */
	size_t in_flight;
	bool is_stopped;
};

/* A command on its way to the database. */
struct taken {
	struct commands *commands; /* borrowed */
	enum ra_backup_kind kind;
	char entry[48];
	char traceparent[RA_TRACEPARENT_MAX];
};

static void refuse(struct commands *c, const char *entry, const char *why)
{
	ra_count(&commands_refused, 1);
	ra_error(NULL, "command refused", ra_f_text("entry", entry), ra_f_text("why", why));
	if (!c->is_stopped)
		ra_group_done(c->group, entry);
}

static void on_taken(void *ctx, int status, const struct ra_err *err)
{
	struct taken *t = ctx;
	struct commands *c = t->commands;
	c->in_flight--;
	if (status == 0) {
		ra_count_by(&commands_taken, ra_backup_kind_text(t->kind), 1);
		ra_info(NULL, "command taken", ra_f_text("kind", ra_backup_kind_text(t->kind)),
			ra_f_trace(ra_str_of(t->traceparent)));
		if (!c->is_stopped)
			ra_group_done(c->group, t->entry);
	} else if (ra_pg_is_for_good(err)) {
		refuse(c, t->entry, err->msg);
	} else {
		ra_warn(NULL, "command has to be tried again",
			ra_f_text("error", err ? err->msg : "connection lost"));
	}
	ra_free(t);
	if (c->in_flight == 0 && !c->is_stopped) {
		queue_poke(c->queue);
		ra_group_poke(c->group);
	}
}

static int send_cancel(struct commands *c, const json_t *parameters)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_i64(&p, json_integer_value(json_object_get(parameters, "job")));
	ra_pg_i64(&p, ra_wall_ms());
	int rc = ra_pg_send(c->pg, SQL_CANCEL, &p, NULL, NULL);
	ra_arena_fini(&arena);
	return rc;
}

static int send_job(struct commands *c, const struct ra_backup_command *command)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_text(&p, command->id);
	ra_pg_text(&p, ra_str_of(ra_backup_kind_text(command->kind)));
	ra_pg_text(&p, command->backup);
	ra_pg_text(&p, command->parameters.len ? command->parameters : RA_STR("{}"));
	ra_pg_i64(&p, (int64_t)command->actor);
	ra_pg_i64(&p, command->at);
	ra_pg_text(&p, command->traceparent);
	int rc = ra_pg_send(c->pg, SQL_JOB, &p, NULL, NULL);
	ra_arena_fini(&arena);
	return rc;
}

static void take(struct commands *c, const struct ra_backup_command *command, const char *entry,
		 const json_t *parameters)
{
	struct taken *t = ra_new(struct taken);
	*t = (struct taken){ .commands = c, .kind = command->kind };
	snprintf(t->entry, sizeof(t->entry), "%s", entry);
	snprintf(t->traceparent, sizeof(t->traceparent), "%.*s", (int)command->traceparent.len,
		 command->traceparent.ptr);
	int rc = command->kind == RA_BACKUP_cancel ? send_cancel(c, parameters)
						   : send_job(c, command);
	if (rc == 0)
		rc = ra_pg_sync(c->pg, on_taken, t);
	if (rc == 0)
		c->in_flight++;
	else
		ra_free(t); /* the connection is going: it is read again */
}

static void on_entry(void *ctx, const struct ra_group_entry *entry)
{
	struct commands *c = ctx;
	struct ra_backup_command command;
	if (ra_backup_command_decode(&command, entry->words, entry->count) < 0) {
		refuse(c, entry->id, "it makes no sense");
		return;
	}
	json_t *parameters = command.parameters.len ? json_loadb(command.parameters.ptr,
								 command.parameters.len, 0, NULL)
						    : json_object();
	if (json_is_object(parameters))
		take(c, &command, entry->id, parameters);
	else
		refuse(c, entry->id, "its parameters are no JSON object");
	json_decref(parameters);
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
	return ra_group_is_ready(c->group, why);
}

struct commands *commands_start(struct ra_service *service, struct queue *queue)
{
	static const struct ra_pg_ops pg_ops = { .on_up = on_pg_up };
	static const struct ra_group_ops group_ops = { .on_entry = on_entry, .may_read = may_read };
	const struct conf *conf = service->conf;
	struct commands *c = ra_new(struct commands);
	c->queue = queue;
	/* The URLs were checked when the program started: opening can not fail. */
	c->pg = ra_pg_open(service->loop, conf->database_url, "rations-backup-commands", stmts,
			   SQL_COUNT, NULL, &pg_ops, c, NULL);
	c->group = ra_group_open(&(struct ra_group_conf){ .loop = service->loop,
							  .redis_url = conf->redis_url,
							  .stream = RA_BACKUP_STREAM,
							  .group = RA_BACKUP_GROUP,
							  .count = 16,
							  .block_ms = 500,
							  .claim_ms = 5000 },
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
