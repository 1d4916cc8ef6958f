/*
 * commands: see the header. A turn, and the next one behind it:
 *
 *	XACK, XDEL   what is written down
 *	XAUTOCLAIM   what another replica has had for too long
 *	XREADGROUP   what is new; waits for it for a moment
 *
 * Nothing is read while PostgreSQL is away. The stream may be gone, and the
 * group with it: NOGROUP makes it again, from 0, for what lies there has been
 * nobody's yet.
 */
#include "services/backup-scheduler/commands.h"
#include "libshared/base/clock.h"
#include "libshared/base/trace.h"
#include "libshared/metrics/metrics.h"
#include "libshared/pg/pg.h"
#include "libshared/redis/redis.h"
#include "proto/backup_command.h"
#include "services/backup-scheduler/conf.h"
#include "services/backup-scheduler/queue.h"
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

enum { READ_ENTRIES = 16, BLOCK_MS = 500, CLAIM_MS = 5000, RETRY_MS = 500, WORDS_MAX = 32 };

RA_COUNTER_BY(commands_taken, "rations_backup_commands_total", "kind", "commands, by kind")
RA_COUNTER(commands_refused, "rations_backup_commands_refused_total",
	   "commands that made no sense, or that the database refused for good")

enum { SQL_JOB, SQL_CANCEL, SQL_COUNT };

/* clang-format off */
static const struct ra_pg_stmt stmts[] = {
	/* $1 command, $2 kind, $3 backup or '', $4 parameters, $5 actor, $6 at */
	[SQL_JOB] = {
		"INSERT INTO backup.job (command_id, kind, backup_id, parameters, asked_by, created_at) "
		"VALUES ($1, $2, nullif($3, ''), $4::jsonb, $5, public.ms_to_ts($6)) ON CONFLICT (command_id) DO NOTHING", 6 },
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
	struct ra_redis *redis; /* owned */
	char consumer[96];
	struct ra_buf out;  /* owned; a command being written */
	struct ra_buf done; /* owned; entry ids, a NUL behind each */
	size_t done_count, in_flight;
	bool is_turning, is_stopped;
	uv_timer_t timer; /* after an error */
};

/* A command on its way to the database. */
struct taken {
	struct commands *commands; /* borrowed */
	enum ra_backup_kind kind;
	char entry[48];
	char traceparent[RA_TRACEPARENT_MAX];
};

static void turn(struct commands *c);

/* --- an entry ------------------------------------------------------------------- */

static void settle(struct commands *c, const char *entry)
{
	ra_buf_add(&c->done, entry, strlen(entry) + 1);
	c->done_count++;
}

static void refuse(struct commands *c, const char *entry, const char *why)
{
	ra_count(&commands_refused, 1);
	ra_error(NULL, "command refused", ra_f_text("entry", entry), ra_f_text("why", why));
	settle(c, entry);
}

/* Data errors and violated constraints stay what they are, however often they are tried. */
static bool is_for_good(const struct ra_err *err)
{
	return err && err->code == RA_EDB &&
	       (strncmp(err->msg, "22", 2) == 0 || strncmp(err->msg, "23", 2) == 0);
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
		settle(c, t->entry);
	} else if (is_for_good(err)) {
		refuse(c, t->entry, err->msg);
	} else {
		ra_warn(NULL, "command has to be tried again",
			ra_f_text("error", err ? err->msg : "connection lost"));
	}
	ra_free(t);
	if (c->in_flight == 0 && !c->is_stopped) {
		queue_poke(c->queue);
		turn(c);
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

static bool read_fields(const redisReply *fields, struct ra_backup_command *out)
{
	struct ra_str words[WORDS_MAX];
	if (fields->type != REDIS_REPLY_ARRAY || fields->elements > WORDS_MAX)
		return false;
	for (size_t i = 0; i < fields->elements; i++)
		words[i] = ra_reply_str(fields->element[i]);
	return ra_backup_command_decode(out, words, fields->elements) == 0;
}

static void read_entry(struct commands *c, const redisReply *entry)
{
	struct ra_backup_command command;
	char id[48];
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
		return; /* claimed, but deleted since */
	struct ra_str text = ra_reply_str(entry->element[0]);
	snprintf(id, sizeof(id), "%.*s", (int)text.len, text.ptr);
	if (!read_fields(entry->element[1], &command)) {
		refuse(c, id, "it makes no sense");
		return;
	}
	json_t *parameters = command.parameters.len ? json_loadb(command.parameters.ptr,
								 command.parameters.len, 0, NULL)
						    : json_object();
	if (json_is_object(parameters))
		take(c, &command, id, parameters);
	else
		refuse(c, id, "its parameters are no JSON object");
	json_decref(parameters);
}

static void read_entries(struct commands *c, const redisReply *entries)
{
	for (size_t i = 0; entries->type == REDIS_REPLY_ARRAY && i < entries->elements; i++)
		read_entry(c, entries->element[i]);
}

/* --- a turn ---------------------------------------------------------------------- */

static void on_retry(uv_timer_t *timer)
{
	turn(ra_container_of(timer, struct commands, timer));
}

static void on_group(void *ctx, const redisReply *reply)
{
	struct commands *c = ctx;
	c->is_turning = false;
	if (reply) /* BUSYGROUP: another replica was quicker */
		turn(c);
}

static void on_error(struct commands *c, const char *why)
{
	if (strncmp(why, "NOGROUP", 7) == 0 || strncmp(why, "UNBLOCKED", 9) == 0) {
		c->is_turning =
			ra_redis_sendf(c->redis, on_group, c, "XGROUP CREATE %s %s 0 MKSTREAM",
				       RA_BACKUP_STREAM, RA_BACKUP_GROUP) == 0;
		return;
	}
	ra_warn(NULL, "commands not read", ra_f_text("why", why));
	uv_timer_start(&c->timer, on_retry, RETRY_MS, 0);
}

/* [next, [entry ...], [deleted ...]] */
static void on_claimed(void *ctx, const redisReply *reply)
{
	struct commands *c = ctx;
	if (!c->is_stopped && reply && reply->type == REDIS_REPLY_ARRAY && reply->elements >= 2)
		read_entries(c, reply->element[1]);
}

/* [[key, [entry ...]]], or nil when nothing came. */
static void on_read(void *ctx, const redisReply *reply)
{
	struct commands *c = ctx;
	c->is_turning = false;
	if (!reply || c->is_stopped)
		return; /* on_redis_up begins anew */
	if (reply->type == REDIS_REPLY_ERROR) {
		on_error(c, reply->str);
		return;
	}
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
	    reply->element[0]->type == REDIS_REPLY_ARRAY && reply->element[0]->elements == 2)
		read_entries(c, reply->element[0]->element[1]);
	if (c->in_flight == 0)
		turn(c);
}

static int send_done(struct commands *c, const char *command, bool has_group)
{
	const char *at = c->done.ptr;
	ra_buf_clear(&c->out);
	ra_resp_command(&c->out, c->done_count + (has_group ? 3 : 2));
	ra_resp_word(&c->out, ra_str_of(command));
	ra_resp_word(&c->out, RA_STR(RA_BACKUP_STREAM));
	if (has_group)
		ra_resp_word(&c->out, RA_STR(RA_BACKUP_GROUP));
	for (size_t i = 0; i < c->done_count; i++, at += strlen(at) + 1)
		ra_resp_word(&c->out, ra_str_of(at));
	return ra_redis_send_resp(c->redis, NULL, NULL, ra_buf_str(&c->out));
}

static int acknowledge(struct commands *c)
{
	if (c->done_count == 0)
		return 0;
	int rc = send_done(c, "XACK", true);
	if (rc == 0)
		rc = send_done(c, "XDEL", false);
	ra_buf_clear(&c->done);
	c->done_count = 0;
	return rc;
}

static void turn(struct commands *c)
{
	if (c->is_stopped || c->is_turning || !ra_pg_is_up(c->pg) || !ra_redis_is_up(c->redis))
		return; /* whichever comes up begins anew */
	int rc = acknowledge(c);
	if (rc == 0)
		rc = ra_redis_sendf(c->redis, on_claimed, c, "XAUTOCLAIM %s %s %s %d 0-0 COUNT %d",
				    RA_BACKUP_STREAM, RA_BACKUP_GROUP, c->consumer, CLAIM_MS,
				    READ_ENTRIES);
	if (rc == 0)
		rc = ra_redis_sendf(c->redis, on_read, c,
				    "XREADGROUP GROUP %s %s COUNT %d BLOCK %d STREAMS %s >",
				    RA_BACKUP_GROUP, c->consumer, READ_ENTRIES, BLOCK_MS,
				    RA_BACKUP_STREAM);
	c->is_turning = rc == 0;
}

/* --- life -------------------------------------------------------------------------- */

static void on_pg_up(void *ctx)
{
	turn(ctx);
}

static void on_redis_up(void *ctx)
{
	struct commands *c = ctx;
	c->is_turning = false;
	uv_timer_stop(&c->timer);
	turn(c);
}

bool commands_are_ready(void *ctx, char why[128])
{
	const struct commands *c = ctx;
	if (ra_redis_is_up(c->redis))
		return true;
	snprintf(why, 128, "Redis: %s", ra_redis_trouble(c->redis));
	return false;
}

struct commands *commands_start(struct ra_service *service, struct queue *queue)
{
	static const struct ra_pg_ops pg_ops = { .on_up = on_pg_up };
	static const struct ra_redis_ops redis_ops = { .on_up = on_redis_up };
	const struct conf *conf = service->conf;
	struct commands *c = ra_new(struct commands);
	char host[64] = "";
	gethostname(host, sizeof(host) - 1);
	c->queue = queue;
	snprintf(c->consumer, sizeof(c->consumer), "%s-%d", host, (int)getpid());
	uv_timer_init(service->loop, &c->timer);
	/* The URLs were checked when the program started: opening can not fail. */
	c->pg = ra_pg_open(service->loop, conf->database_url, "rations-backup-commands", stmts,
			   SQL_COUNT, NULL, &pg_ops, c, NULL);
	c->redis = ra_redis_open(service->loop, conf->redis_url, RA_BACKUP_STREAM, NULL, &redis_ops,
				 c, NULL);
	return c;
}

void commands_stop(struct commands *c)
{
	c->is_stopped = true;
	ra_redis_close(c->redis, NULL, NULL);
	ra_pg_close(c->pg, NULL, NULL);
	uv_close((uv_handle_t *)&c->timer, NULL);
}

void commands_free(struct commands **commands)
{
	struct commands *c = *commands;
	ra_buf_fini(&c->out);
	ra_buf_fini(&c->done);
	ra_free(c);
	*commands = NULL;
}
