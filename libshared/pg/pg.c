/*
 * pg: one PostgreSQL connection that keeps itself up, on libpq's pipeline.
 *
 *   WAITING --timer--> RESOLVING --> CONNECTING --> PREPARING --> UP
 *      ^                                                          |
 *      '------------------- on_gone <--- LOST <-------------------'
 *
 * RESOLVING is skipped when there is no name to resolve. PREPARING begins
 * with the question whether this is a schema for us. Any failure leads
 * to on_gone and back to WAITING, with backoff. LOST is the moment in which
 * what was in flight is answered with RA_EDOWN.
 *
 * libpq answers in the order of sending, so what is in flight is a queue:
 * statements and syncs. Each takes its callback with it.
 *
 * A connection with a spare keeps each group whole (again.h): its answers go
 * out when the group has ended well, and else the group goes to the spare.
 *
 * Whatever the caller asks for (open, reset, close) happens from the timer,
 * so no callback of his runs inside his own call. `pending` counts the timer,
 * the poll handles and a resolve in flight; at 0 after close the memory goes.
 */
#include "libshared/pg/pg.h"
#include "libshared/base/clock.h"
#include "libshared/base/fifo.h"
#include "libshared/loop/backoff.h"
#include "libshared/metrics/metrics.h"
#include "libshared/pg/again.h"
#include "libshared/pg/schema.h"
#include "libshared/pg/target.h"
#include <assert.h>
#include <netdb.h>
#include <stdio.h>

#define CONNECT_TIMEOUT_MS 10000
#define GROUP_TIMEOUT_MS   60000
#define BACKOFF_MIN_MS     100
#define BACKOFF_MAX_MS     5000

RA_GAUGE(connections, "rations_postgres_connections", "connections to PostgreSQL we want")
RA_GAUGE(connections_up, "rations_postgres_connections_up", "connections to PostgreSQL we have")
RA_HISTOGRAM(group_seconds, "rations_postgres_group_seconds",
	     "from sending a group of statements to its end")

enum state { WAITING, RESOLVING, CONNECTING, PREPARING, UP, LOST, CLOSING };

/* Something sent, whose answer must come. */
struct sent {
	enum { STATEMENT, SYNC } kind;
	int stmt;
	bool is_answered;       /* only the terminating NULL is missing */
	ra_pg_result_cb result; /* of a statement; may be NULL */
	ra_pg_synced_cb synced; /* of a sync; may be NULL */
	uint64_t sent_at_ms;    /* of a sync */
	void *ctx;
	/* With a spare, in place of the callbacks: */
	struct pg_again_part *part; /* of a statement */
	struct pg_again *group;     /* of a sync; owned */
};

/* libpq may replace its socket by another with the same number while it connects, which epoll does
 * not see; so a poll handle serves for one step of connecting, and frees itself. */
struct watch {
	uv_poll_t poll;
	struct ra_pg *pg;
};

struct ra_pg {
	uv_loop_t *loop;          /* borrowed */
	const struct ra_log *log; /* borrowed */
	struct ra_pg_ops ops;
	void *ctx;                      /* borrowed; handed back to ops */
	const struct ra_pg_stmt *stmts; /* borrowed */
	size_t stmt_count;
	const char *application_name; /* borrowed */
	struct pg_target target;

	enum state state;
	bool was_up; /* on_up was called, on_down not yet */
	char trouble[256];
	struct ra_err misfit; /* why the schema is not for us; code 0: it is */
	struct ra_backoff backoff;
	unsigned failures; /* since it was last up */

	PGconn *conn;        /* owned; NULL when there is none */
	struct watch *watch; /* lives while conn has a socket to watch */
	int events;
	struct ra_fifo in_flight;
	size_t groups;           /* the syncs among them */
	struct ra_err group_err; /* the first error of the group being answered */

	ra_pg_spare_cb spare; /* NULL: what fails has failed */
	void *spare_ctx;
	struct pg_again *open_group; /* owned; NULL between groups */

	int pending;
	uv_timer_t timer; /* the next try, a watchdog, or "cut it now" */
	uv_getaddrinfo_t resolve;

	ra_pg_closed_cb closed; /* may be NULL */
	void *closed_ctx;
};

static void on_timer(uv_timer_t *timer);
static void begin(struct ra_pg *pg);
static void resolve_next(struct ra_pg *pg);
static void connect_step(struct ra_pg *pg, PostgresPollingStatusType status);
static void prepare(struct ra_pg *pg);
static void talk(struct ra_pg *pg, int events);

/* ---- Memory goes with the last handle. ---- */

static void unref(struct ra_pg *pg)
{
	if (--pg->pending > 0)
		return;
	ra_pg_closed_cb closed = pg->closed;
	void *closed_ctx = pg->closed_ctx;
	bool is_needed = !pg->spare;
	pg_target_fini(&pg->target);
	ra_fifo_fini(&pg->in_flight);
	ra_free(pg);
	ra_gauge_add(&connections, is_needed ? -1 : 0);
	if (closed)
		closed(closed_ctx);
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of(handle, struct ra_pg, timer));
}

static void on_watch_closed(uv_handle_t *handle)
{
	struct watch *watch = ra_container_of(handle, struct watch, poll);
	unref(watch->pg);
	ra_free(watch);
}

/* ---- Watching the socket. ---- */

static void unwatch(struct ra_pg *pg)
{
	if (pg->watch)
		uv_close((uv_handle_t *)&pg->watch->poll, on_watch_closed);
	pg->watch = NULL;
	pg->events = 0;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct ra_pg *pg = ra_container_of(poll, struct watch, poll)->pg;
	if (pg->state == CONNECTING) {
		unwatch(pg);
		connect_step(pg, PQconnectPoll(pg->conn));
	} else {
		/* on an error let libpq read the socket and see for itself */
		talk(pg, status < 0 ? UV_READABLE : events);
	}
}

static void watch(struct ra_pg *pg, int events)
{
	if (!pg->watch) {
		pg->watch = ra_new(struct watch);
		pg->watch->pg = pg;
		pg->pending++;
		int rc = uv_poll_init(pg->loop, &pg->watch->poll, PQsocket(pg->conn));
		assert(rc == 0);
		(void)rc;
	}
	if (events != pg->events)
		uv_poll_start(&pg->watch->poll, events, on_poll);
	pg->events = events;
}

/* ---- The end of a connection, whichever way it came. ---- */

/* libpq's words, on one line; what it indents is advice. */
static void set_trouble(struct ra_pg *pg, const char *why)
{
	size_t len = 0;
	pg->trouble[0] = '\0';
	while (*why && len < sizeof(pg->trouble)) {
		size_t line = strcspn(why, "\n");
		if (*why != '\t')
			len += (size_t)snprintf(pg->trouble + len, sizeof(pg->trouble) - len,
						"%s%.*s", len ? "; " : "", (int)line, why);
		why += line + (why[line] == '\n');
	}
}

static const char *hint_of(const struct ra_pg *pg)
{
	if (pg->misfit.code)
		return pg->misfit.hint;
	return pg->spare ? "Is it running, and is DATABASE_REPLICA_URL right?"
			 : "Is it running, and is DATABASE_URL right?";
}

/* Nothing of the connection is left: tell, and try again later. */
static void on_gone(struct ra_pg *pg)
{
	bool was_up = pg->was_up;
	pg->was_up = false;
	ra_gauge_add(&connections_up, was_up && !pg->spare ? -1 : 0);
	if (pg->state == CLOSING)
		return;
	pg->failures++;
	uint64_t retry_ms = ra_backoff_next_ms(&pg->backoff);
	pg->state = WAITING;
	uv_timer_start(&pg->timer, on_timer, retry_ms, 0);
	/* One line for an outage; the tries after the first are for debugging. */
	if (was_up || pg->failures == 1)
		ra_warn(pg->log, "postgres down", ra_f_text("why", pg->trouble),
			ra_f_text("hint", hint_of(pg)), ra_f_u64("retry_ms", retry_ms));
	else
		ra_debug(pg->log, "postgres still down", ra_f_text("why", pg->trouble),
			 ra_f_u64("retry_ms", retry_ms));
	if (was_up && pg->ops.on_down)
		pg->ops.on_down(pg->ctx, pg->trouble);
}

static void answer_all(struct ra_pg *pg)
{
	struct ra_err err;
	struct sent sent;

	ra_fail(&err, RA_EDOWN, "", "%s", pg->trouble);
	pg->groups = 0;
	while (ra_fifo_pop(&pg->in_flight, &sent)) {
		if (sent.group && pg->state == CLOSING)
			pg_again_drop(sent.group, &err);
		else if (sent.group)
			pg_again_ask(sent.group);
		if (sent.kind == SYNC && sent.synced)
			sent.synced(sent.ctx, RA_EDOWN, &err);
		if (sent.kind == STATEMENT && sent.result && !sent.is_answered)
			sent.result(sent.ctx, RA_EDOWN, NULL, &err);
	}
	if (pg->open_group)
		pg_again_drop(pg->open_group, &err);
	pg->open_group = NULL;
}

/* Closes the connection and answers what was in flight. Only from the loop. */
static void cut(struct ra_pg *pg)
{
	unwatch(pg);
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg->group_err = (struct ra_err){ 0 };
	if (pg->state != CLOSING)
		pg->state = LOST;
	answer_all(pg);
	on_gone(pg);
}

static void fail(struct ra_pg *pg, const char *why)
{
	set_trouble(pg, why);
	cut(pg);
}

/* Gives the connection up, but from the loop. libpq may have closed its socket: the next that is
 * opened, or accepted, has that number, and must find nobody watching it. */
static void lose(struct ra_pg *pg, const char *why)
{
	set_trouble(pg, why);
	unwatch(pg);
	pg->state = LOST;
	uv_timer_start(&pg->timer, on_timer, 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct ra_pg *pg = ra_container_of(timer, struct ra_pg, timer);

	switch (pg->state) {
	case WAITING: begin(pg); break;
	case CONNECTING: fail(pg, "connecting timed out"); break;
	case PREPARING:
	case UP: fail(pg, "no answer in time"); break;
	case LOST: cut(pg); break;
	case CLOSING:
		cut(pg);
		uv_cancel((uv_req_t *)&pg->resolve); /* harmless when none is in flight */
		uv_close((uv_handle_t *)timer, on_timer_closed);
		break;
	case RESOLVING: break; /* no timer runs */
	}
}

/* ---- Connecting. ---- */

static void on_notice(void *ctx, const char *message)
{
	struct ra_pg *pg = ctx;
	ra_debug(pg->log, "postgres notice", ra_f_text("text", message));
}

static void start_connect(struct ra_pg *pg)
{
	pg->state = CONNECTING;
	pg->conn = pg_target_connect(&pg->target, pg->failures, pg->application_name);
	if (!pg->conn) {
		on_gone(pg); /* `trouble` says what became of the names */
		return;
	}
	PQsetNoticeProcessor(pg->conn, on_notice, pg);
	uv_timer_start(&pg->timer, on_timer, CONNECT_TIMEOUT_MS, 0);
	connect_step(pg, PQstatus(pg->conn) == CONNECTION_BAD ? PGRES_POLLING_FAILED
							      : PGRES_POLLING_WRITING);
}

static void connect_step(struct ra_pg *pg, PostgresPollingStatusType status)
{
	switch (status) {
	case PGRES_POLLING_READING: watch(pg, UV_READABLE); break;
	case PGRES_POLLING_WRITING: watch(pg, UV_WRITABLE); break;
	case PGRES_POLLING_OK: prepare(pg); break;
	default: fail(pg, PQerrorMessage(pg->conn)); break;
	}
}

static void on_resolved(uv_getaddrinfo_t *resolve, int status, struct addrinfo *list)
{
	struct ra_pg *pg = ra_container_of(resolve, struct ra_pg, resolve);
	char address[NI_MAXHOST];

	if (pg->state == CLOSING) {
		uv_freeaddrinfo(list);
		unref(pg);
		return;
	}
	pg->pending--;
	if (status < 0)
		set_trouble(pg, uv_strerror(status));
	for (const struct addrinfo *a = list; a; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof(address), NULL, 0,
				NI_NUMERICHOST) == 0)
			pg_target_add(&pg->target, address);
	uv_freeaddrinfo(list);
	resolve_next(pg);
}

static void resolve_next(struct ra_pg *pg)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	const char *name = pg_target_next(&pg->target);
	if (!name) {
		start_connect(pg);
		return;
	}
	pg->pending++;
	int rc = uv_getaddrinfo(pg->loop, &pg->resolve, on_resolved, name, NULL, &hints);
	if (rc < 0) { /* not a name at all */
		pg->pending--;
		set_trouble(pg, uv_strerror(rc));
		resolve_next(pg);
	}
}

static void begin(struct ra_pg *pg)
{
	pg->state = RESOLVING;
	pg_target_rewind(&pg->target);
	resolve_next(pg);
}

/* ---- Preparing. ---- */

static void on_schema(void *ctx, int status, const PGresult *row, const struct ra_err *err)
{
	struct ra_pg *pg = ctx;
	if (status != RA_EDOWN)
		ra_schema_answered(!pg->spare, row, err, &pg->misfit);
}

static void on_prepared(void *ctx, int status, const struct ra_err *err)
{
	struct ra_pg *pg = ctx;
	if (status == RA_EDOWN)
		return;
	if (status < 0 || pg->misfit.code) {
		lose(pg, pg->misfit.code ? pg->misfit.msg : err->msg);
		return;
	}
	ra_backoff_reset(&pg->backoff);
	pg->failures = 0;
	pg->state = UP;
	pg->was_up = true;
	ra_gauge_add(&connections_up, pg->spare ? 0 : 1);
	pg->trouble[0] = '\0';
	ra_info(pg->log, "postgres up");
	if (pg->ops.on_up)
		pg->ops.on_up(pg->ctx);
}

/* Its number is a statement's name. */
static const char *stmt_name(size_t stmt, char name[21])
{
	name[ra_u64_digits(stmt, name)] = '\0';
	return name;
}

static int sync_group(struct ra_pg *pg, ra_pg_synced_cb synced, void *ctx);

static void prepare(struct ra_pg *pg)
{
	char name[21];
	bool ok = PQsetnonblocking(pg->conn, 1) == 0 && PQenterPipelineMode(pg->conn);

	pg->state = PREPARING;
	pg->misfit = (struct ra_err){ 0 };
	if (ok && ra_schema_is_watched()) {
		ok = PQsendQueryParams(pg->conn, RA_SCHEMA_SQL, 0, NULL, NULL, NULL, NULL, 0);
		ra_fifo_push(&pg->in_flight, &(struct sent){ .kind = STATEMENT,
							     .stmt = -1,
							     .result = on_schema,
							     .ctx = pg });
	}
	for (size_t i = 0; ok && i < pg->stmt_count; i++) {
		if (pg->stmts[i].param_count & RA_PG_ANEW)
			continue;
		ok = PQsendPrepare(pg->conn, stmt_name(i, name), pg->stmts[i].sql, 0, NULL);
		ra_fifo_push(&pg->in_flight, &(struct sent){ .kind = STATEMENT, .stmt = (int)i });
	}
	if (!ok || sync_group(pg, on_prepared, pg) < 0)
		fail(pg, PQerrorMessage(pg->conn));
}

/* ---- Answers. ---- */

/* What PostgreSQL said, SQLSTATE first. Its "detail" quotes rows, and so does the message of a data
 * error (class 22) after its colon: neither goes on. */
static void describe(struct ra_err *err, const struct sent *sent, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	bool is_data = strncmp(sqlstate, "22", 2) == 0;
	size_t len = is_data ? strcspn(message, ":") : strlen(message);

	if (sent->kind == STATEMENT)
		ra_fail(err, RA_EDB, "", "%s: %.*s (statement %d)", sqlstate, (int)len, message,
			sent->stmt);
	else
		ra_fail(err, RA_EDB, "", "%s: %.*s", sqlstate, (int)len, message);
}

bool ra_pg_is_for_good(const struct ra_err *err)
{
	static const char *const classes[] = { "22", "23", "42", "P0" };
	for (size_t i = 0; err && err->code == RA_EDB && i < RA_COUNT(classes); i++)
		if (strncmp(err->msg, classes[i], 2) == 0)
			return true;
	return false;
}

/* An error that is not the statement's but the connection's. */
static bool is_fatal(const PGresult *result)
{
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	return !PQresultErrorField(result, PG_DIAG_SQLSTATE) ||
	       !PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) ||
	       (severity && strcmp(severity, "ERROR") != 0);
}

/* True when `result` is kept. */
static bool answer_statement(struct ra_pg *pg, struct sent *front, PGresult *result)
{
	struct sent sent = *front; /* the callback may send, and move the queue */
	bool failed = pg->group_err.code != 0;

	assert(!sent.is_answered);
	front->is_answered = true;
	if (sent.part)
		pg_again_keep(sent.part, result);
	else if (sent.result)
		sent.result(sent.ctx, failed ? RA_EDB : 0, failed ? NULL : result,
			    failed ? &pg->group_err : NULL);
	return sent.part != NULL;
}

static void answer_sync(struct ra_pg *pg)
{
	struct ra_err err = pg->group_err;
	struct sent sent;

	pg->group_err = (struct ra_err){ 0 };
	ra_fifo_pop(&pg->in_flight, &sent);
	ra_observe(&group_seconds, (double)(ra_monotonic_ms() - sent.sent_at_ms) / 1000);
	if (--pg->groups > 0)
		uv_timer_start(&pg->timer, on_timer, GROUP_TIMEOUT_MS, 0);
	else
		uv_timer_stop(&pg->timer);
	if (sent.group && err.code)
		pg_again_ask(sent.group);
	else if (sent.group)
		pg_again_deliver(sent.group);
	if (sent.synced)
		sent.synced(sent.ctx, err.code, err.code ? &err : NULL);
}

/* True when `result` is kept. */
static bool on_result(struct ra_pg *pg, PGresult *result)
{
	struct sent *front = ra_fifo_front(&pg->in_flight);
	struct sent answered;

	if (!result) { /* the end of a statement's answer, or of an error at commit */
		if (front->is_answered)
			ra_fifo_pop(&pg->in_flight, &answered);
		return false;
	}
	switch (PQresultStatus(result)) {
	case PGRES_PIPELINE_SYNC: answer_sync(pg); break;
	case PGRES_FATAL_ERROR:
		if (is_fatal(result)) {
			lose(pg, PQresultErrorMessage(result));
			break;
		}
		if (!pg->group_err.code)
			describe(&pg->group_err, front, result);
		/* fall through */
	case PGRES_PIPELINE_ABORTED:
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		if (front->kind == STATEMENT)
			return answer_statement(pg, front, result);
		break;
	default: lose(pg, "a statement that a pipeline can not carry (COPY)"); break;
	}
	return false;
}

static bool is_talking(const struct ra_pg *pg)
{
	return pg->state == PREPARING || pg->state == UP;
}

static void take_results(struct ra_pg *pg)
{
	/* A NULL ends a statement's answer; two in a row mean that libpq has no more. */
	int nulls = 0;
	while (is_talking(pg) && pg->in_flight.count > 0 && nulls < 2 && !PQisBusy(pg->conn)) {
		PGresult *result = PQgetResult(pg->conn);
		nulls = result ? 0 : nulls + 1;
		if (!on_result(pg, result))
			PQclear(result);
	}
}

static void take_notifies(struct ra_pg *pg)
{
	PGnotify *notify;
	while (is_talking(pg) && (notify = PQnotifies(pg->conn))) {
		if (pg->ops.on_notify)
			pg->ops.on_notify(pg->ctx, notify->relname, notify->extra);
		PQfreemem(notify);
	}
}

/* Sends what can be sent and watches for what can not; the result of PQflush. */
static int flush(struct ra_pg *pg)
{
	int rc = PQflush(pg->conn);
	if (rc >= 0)
		watch(pg, rc == 1 ? UV_READABLE | UV_WRITABLE : UV_READABLE);
	return rc;
}

static void talk(struct ra_pg *pg, int events)
{
	if (!is_talking(pg))
		return; /* about to be cut */
	bool ok = !(events & UV_READABLE) || PQconsumeInput(pg->conn);
	if (ok)
		take_results(pg);
	if (ok)
		take_notifies(pg);
	if (is_talking(pg) && (!ok || flush(pg) < 0 || PQstatus(pg->conn) == CONNECTION_BAD))
		fail(pg, PQerrorMessage(pg->conn));
}

/* ---- Sending. ---- */

static bool send_stmt(struct ra_pg *pg, int stmt, const struct ra_pg_params *params)
{
	char name[21];
	assert(stmt >= 0 && (size_t)stmt < pg->stmt_count);
	const struct ra_pg_stmt *asked = &pg->stmts[stmt];
	assert(params->count == (asked->param_count & ~RA_PG_FLAGS));
	int is_sent =
		asked->param_count & RA_PG_ANEW
			? PQsendQueryParams(pg->conn, asked->sql, params->count, NULL,
					    params->values, params->lengths, params->formats, 0)
			: PQsendQueryPrepared(pg->conn, stmt_name((size_t)stmt, name),
					      params->count, params->values, params->lengths,
					      params->formats, 0);
	if (!is_sent)
		lose(pg, PQerrorMessage(pg->conn));
	return is_sent;
}

/* A part of the open group. What can not be sent stays in it: the connection is being given up, and
 * the group goes to the spare. */
static int send_part(struct ra_pg *pg, int stmt, const struct ra_pg_params *params,
		     ra_pg_result_cb result, void *ctx)
{
	if (pg->state != UP && !pg->open_group)
		return RA_EDOWN;
	if (!pg->open_group)
		pg->open_group = pg_again_new(pg->spare, pg->spare_ctx);
	struct pg_again_part *part = pg_again_add(pg->open_group, stmt, params, result, ctx);
	if (pg->state == UP && send_stmt(pg, stmt, params))
		ra_fifo_push(&pg->in_flight,
			     &(struct sent){ .kind = STATEMENT, .stmt = stmt, .part = part });
	return 0;
}

int ra_pg_send(struct ra_pg *pg, int stmt, const struct ra_pg_params *params,
	       ra_pg_result_cb result, void *ctx)
{
	static const struct ra_pg_params none;

	if (!params)
		params = &none;
	if (pg->spare && !(pg->stmts[stmt].param_count & RA_PG_HERE))
		return send_part(pg, stmt, params, result, ctx);
	if (pg->state != UP || !send_stmt(pg, stmt, params))
		return RA_EDOWN;
	ra_fifo_push(
		&pg->in_flight,
		&(struct sent){ .kind = STATEMENT, .stmt = stmt, .result = result, .ctx = ctx });
	return 0;
}

static int sync_group(struct ra_pg *pg, ra_pg_synced_cb synced, void *ctx)
{
	if (!PQpipelineSync(pg->conn) || flush(pg) < 0)
		return RA_EDOWN;
	ra_fifo_push(&pg->in_flight, &(struct sent){ .kind = SYNC,
						     .synced = synced,
						     .sent_at_ms = ra_monotonic_ms(),
						     .ctx = ctx });
	if (pg->groups++ == 0)
		uv_timer_start(&pg->timer, on_timer, GROUP_TIMEOUT_MS, 0);
	return 0;
}

/* The end of the open group, which from here on is answered whatever becomes of the connection. */
static int sync_open_group(struct ra_pg *pg, ra_pg_synced_cb synced, void *ctx)
{
	struct sent end = { .kind = SYNC,
			    .group = pg->open_group,
			    .sent_at_ms = ra_monotonic_ms() };

	pg_again_close(pg->open_group, synced, ctx);
	pg->open_group = NULL;
	if (pg->state == UP && (!PQpipelineSync(pg->conn) || flush(pg) < 0))
		lose(pg, PQerrorMessage(pg->conn));
	ra_fifo_push(&pg->in_flight, &end);
	if (pg->groups++ == 0 && pg->state == UP)
		uv_timer_start(&pg->timer, on_timer, GROUP_TIMEOUT_MS, 0);
	return 0;
}

int ra_pg_sync(struct ra_pg *pg, ra_pg_synced_cb synced, void *ctx)
{
	if (pg->open_group)
		return sync_open_group(pg, synced, ctx);
	if (pg->state != UP)
		return RA_EDOWN;
	int rc = sync_group(pg, synced, ctx);
	if (rc < 0)
		lose(pg, PQerrorMessage(pg->conn));
	return rc;
}

/* ---- Life. ---- */

struct ra_pg *ra_pg_open(uv_loop_t *loop, const char *url, const char *application_name,
			 const struct ra_pg_stmt *stmts, size_t stmt_count,
			 const struct ra_log *log, const struct ra_pg_ops *ops, void *ctx,
			 struct ra_err *err)
{
	struct pg_target target;
	if (pg_target_parse(&target, url, err) < 0)
		return NULL;
	struct ra_pg *pg = ra_new(struct ra_pg);
	*pg = (struct ra_pg){
		.loop = loop,
		.log = log,
		.ops = ops ? *ops : (struct ra_pg_ops){ 0 },
		.ctx = ctx,
		.stmts = stmts,
		.stmt_count = stmt_count,
		.application_name = application_name,
		.target = target,
		.state = WAITING,
		.trouble = "connecting",
		.backoff = { .min_ms = BACKOFF_MIN_MS, .max_ms = BACKOFF_MAX_MS },
		.in_flight = { .item_size = sizeof(struct sent) },
		.pending = 1, /* the timer */
	};
	ra_gauge_add(&connections, 1);
	uv_timer_init(loop, &pg->timer);
	uv_timer_start(&pg->timer, on_timer, 0, 0);
	return pg;
}

int ra_pg_check_url(const char *url, struct ra_err *err)
{
	struct pg_target target;
	int rc = pg_target_parse(&target, url, err);
	if (rc == 0)
		pg_target_fini(&target);
	return rc;
}

void ra_pg_close(struct ra_pg *pg, ra_pg_closed_cb closed, void *ctx)
{
	assert(pg->state != CLOSING);
	if (is_talking(pg))
		set_trouble(pg, "closed");
	pg->state = CLOSING;
	pg->closed = closed;
	pg->closed_ctx = ctx;
	uv_timer_start(&pg->timer, on_timer, 0, 0);
}

void ra_pg_set_spare(struct ra_pg *pg, ra_pg_spare_cb spare, void *ctx)
{
	assert(pg->state == WAITING && !pg->spare);
	ra_gauge_add(&connections, -1);
	pg->spare = spare;
	pg->spare_ctx = ctx;
}

bool ra_pg_is_up(const struct ra_pg *pg)
{
	return pg->state == UP;
}

const char *ra_pg_trouble(const struct ra_pg *pg)
{
	return pg->trouble;
}

void ra_pg_reset(struct ra_pg *pg, const char *why)
{
	if (pg->state == UP)
		lose(pg, why);
}

size_t ra_pg_in_flight(const struct ra_pg *pg)
{
	return pg->groups;
}
