/*
 * commands: see commands.h. A turn, and the next one behind it:
 *
 *	XACK, XDEL   what is carried out
 *	XAUTOCLAIM   what another replica has had for too long
 *	XREADGROUP   what is new; waits for it for a moment
 *
 * Nothing is read while PostgreSQL is away. The stream may be gone, and the
 * group with it: NOGROUP makes it again, from 0, for what lies there has been
 * nobody's yet.
 */
#include "services/response-tracker/commands.h"
#include "libshared/base/clock.h"
#include "libshared/base/trace.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/redis.h"
#include "services/response-tracker/carry.h"
#include "services/response-tracker/conf.h"
#include "services/response-tracker/sql.h"
#include <stdio.h>
#include <unistd.h>

enum {
	READ_ENTRIES = 64,
	BLOCK_MS = 250,
	CLAIM_MS = 3000,
	RETRY_MS = 500,
	WORDS_MAX = 64,
	SWEEP_MS = 3600 * 1000,
};

#define KEPT_MS (7LL * 24 * 3600 * 1000)

RA_COUNTER_BY(commands_carried, "rations_commands_total", "kind", "commands carried out, by kind")
RA_COUNTER(commands_refused, "rations_commands_refused_total",
	   "commands that were malformed, or that the database refused for good")

struct commands {
	const struct conf *conf; /* borrowed */
	uv_loop_t *loop;
	struct ra_pg *pg;       /* owned */
	struct ra_redis *redis; /* owned */
	char consumer[96];
	struct ra_buf out;  /* owned; a command being written */
	struct ra_buf done; /* owned; entry ids, a NUL behind each */
	size_t done_count, in_flight;
	bool is_turning, is_stopped;
	uint64_t swept_at_ms; /* monotonic */
	uv_timer_t timer;     /* after an error */
};

/* A command on its way to the database. */
struct carried {
	struct commands *commands; /* borrowed */
	enum ra_command_kind kind;
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

/* Data errors and violated constraints stay what they are, however often they are tried. */
static bool is_for_good(const struct ra_err *err)
{
	static const char *const classes[] = { "22", "23", "42", "P0" };
	for (size_t i = 0; err && err->code == RA_EDB && i < RA_COUNT(classes); i++)
		if (strncmp(err->msg, classes[i], 2) == 0)
			return true;
	return false;
}

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
		settle(c, e->entry);
	} else if (is_for_good(err)) {
		ra_count(&commands_refused, 1);
		ra_error(NULL, "command refused", ra_f_text("kind", ra_command_kind_text(e->kind)),
			 ra_f_text("error", err->msg), ra_f_trace(trace));
		settle(c, e->entry);
	} else {
		ra_warn(NULL, "command has to be tried again",
			ra_f_text("kind", ra_command_kind_text(e->kind)),
			ra_f_text("error", err ? err->msg : "connection lost"), ra_f_trace(trace));
	}
	ra_free(e);
	if (c->in_flight == 0 && !c->is_stopped)
		turn(c);
}

static bool read_fields(const redisReply *fields, struct ra_command *out)
{
	struct ra_str words[WORDS_MAX];
	if (fields->type != REDIS_REPLY_ARRAY || fields->elements > WORDS_MAX)
		return false;
	for (size_t i = 0; i < fields->elements; i++)
		words[i] = ra_reply_str(fields->element[i]);
	return ra_command_decode(out, words, fields->elements) == 0;
}

static void read_entry(struct commands *c, const redisReply *entry)
{
	struct ra_command command;
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
		return; /* claimed, but deleted since */
	struct carried *e = ra_new(struct carried);
	*e = (struct carried){ .commands = c };
	struct ra_str id = ra_reply_str(entry->element[0]);
	snprintf(e->entry, sizeof e->entry, "%.*s", (int)id.len, id.ptr);
	if (!read_fields(entry->element[1], &command)) {
		ra_count(&commands_refused, 1);
		ra_error(NULL, "command makes no sense", ra_f_text("entry", e->entry));
		settle(c, e->entry);
		ra_free(e);
		return;
	}
	e->kind = command.kind;
	snprintf(e->traceparent, sizeof(e->traceparent), "%.*s", (int)command.traceparent.len,
		 command.traceparent.ptr);
	if (carry_send(c->pg, &command, ra_wall_ms(), on_carried, e) == 0)
		c->in_flight++;
	else
		ra_free(e); /* the connection is going: it is read again */
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
				       RA_COMMANDS_STREAM, RA_COMMANDS_GROUP) == 0;
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
	ra_resp_word(&c->out, RA_STR(RA_COMMANDS_STREAM));
	if (has_group)
		ra_resp_word(&c->out, RA_STR(RA_COMMANDS_GROUP));
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

/* Outcomes nobody can be waiting for any more. */
static void sweep(struct commands *c)
{
	uint64_t now_ms = ra_monotonic_ms();
	if (c->swept_at_ms && now_ms - c->swept_at_ms < SWEEP_MS)
		return;
	c->swept_at_ms = now_ms;
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_i64(&p, ra_wall_ms() - KEPT_MS);
	int rc = ra_pg_send(c->pg, SQL_COMMANDS_OLD, &p, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_sync(c->pg, NULL, NULL);
	(void)rc; /* refused: in an hour */
	ra_arena_fini(&arena);
}

static void turn(struct commands *c)
{
	if (c->is_stopped || c->is_turning || !ra_pg_is_up(c->pg) || !ra_redis_is_up(c->redis))
		return; /* whichever comes up begins anew */
	sweep(c);
	int rc = acknowledge(c);
	if (rc == 0)
		rc = ra_redis_sendf(c->redis, on_claimed, c, "XAUTOCLAIM %s %s %s %d 0-0 COUNT %d",
				    RA_COMMANDS_STREAM, RA_COMMANDS_GROUP, c->consumer, CLAIM_MS,
				    READ_ENTRIES);
	if (rc == 0)
		rc = ra_redis_sendf(c->redis, on_read, c,
				    "XREADGROUP GROUP %s %s COUNT %d BLOCK %d STREAMS %s >",
				    RA_COMMANDS_GROUP, c->consumer, READ_ENTRIES, BLOCK_MS,
				    RA_COMMANDS_STREAM);
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
	if (!ra_pg_is_up(c->pg))
		snprintf(why, 128, "PostgreSQL: %s", ra_pg_trouble(c->pg));
	else if (!ra_redis_is_up(c->redis))
		snprintf(why, 128, "Redis: %s", ra_redis_trouble(c->redis));
	else
		return true;
	return false;
}

struct commands *commands_start(struct ra_service *service)
{
	static const struct ra_pg_ops pg_ops = { .on_up = on_pg_up };
	static const struct ra_redis_ops redis_ops = { .on_up = on_redis_up };
	const struct conf *conf = service->conf;
	struct commands *c = ra_new(struct commands);
	char host[64] = "";
	gethostname(host, sizeof(host) - 1);
	c->conf = conf;
	c->loop = service->loop;
	snprintf(c->consumer, sizeof c->consumer, "%s-%d", host, (int)getpid());
	uv_timer_init(service->loop, &c->timer);
	/* The URLs were checked when the program started: opening can not fail. */
	c->pg = ra_pg_open(service->loop, conf->database_url, "rations-commands", sql_stmts,
			   SQL_COUNT, NULL, &pg_ops, c, NULL);
	c->redis = ra_redis_open(service->loop, conf->redis_url, RA_COMMANDS_STREAM, NULL,
				 &redis_ops, c, NULL);
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
