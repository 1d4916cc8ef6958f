/*
 * pg: one PostgreSQL connection on the loop that keeps itself up, in pipeline
 * mode. Statements are prepared at every connect from the table given at
 * open; the connection is up when all of them are (but for RA_PG_ANEW).
 *
 * Statements sent between two syncs are ONE transaction: all of them commit
 * together with the sync, or none does (PostgreSQL docs, 34.5 Pipeline Mode).
 *
 *	ra_pg_send(pg, UPSERT, &params, NULL, NULL);
 *	ra_pg_send(pg, SET_POSITION, &params2, NULL, NULL);
 *	ra_pg_sync(pg, on_committed, ctx);
 *
 * A lost connection answers everything in flight with RA_EDOWN and calls
 * on_down, then reconnects with backoff and calls on_up. Whether a
 * transaction whose sync was in flight has committed is then unknown: ask
 * the database (that is what the stored position is for).
 */
#pragma once
#include "libshared/base/arena.h"
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include "libshared/base/log.h"
#include <libpq-fe.h>
#include <uv.h>

#define RA_PG_MAX_PARAMS 40
/* Added to a statement's param_count: it is planned for the parameters at hand each time. For
 * questions over a stretch of time: the one plan PostgreSQL settles on after five of them may read
 * all there is where a day was asked for. Costs a millisecond or more each time. */
#define RA_PG_ANEW 0x100
/* Likewise: of this connection alone, not of its spare (ra_pg_set_spare). */
#define RA_PG_HERE  0x200
#define RA_PG_FLAGS (RA_PG_ANEW | RA_PG_HERE)

struct ra_pg;

/* The index in the table is the statement's name. */
struct ra_pg_stmt {
	const char *sql;
	int param_count;
};

struct ra_pg_ops {
	void (*on_up)(void *ctx);                    /* may be NULL */
	void (*on_down)(void *ctx, const char *why); /* may be NULL; only after an on_up */
	/* NOTIFY arrived; may be NULL. */
	void (*on_notify)(void *ctx, const char *channel, const char *payload);
};

/* Parameters of one statement; a zeroed struct is none. Bytes live in `arena` until it is reset:
 * never before ra_pg_send returned (it copies). */
struct ra_pg_params {
	struct ra_arena *arena; /* borrowed */
	int count;
	const char *values[RA_PG_MAX_PARAMS];
	int lengths[RA_PG_MAX_PARAMS];
	int formats[RA_PG_MAX_PARAMS];
};

/* Append one parameter. Snowflakes are bigint; times are milliseconds since the epoch and become
 * timestamptz on the SQL side with to_timestamp($n / 1000.0) or app-side helpers of the migration.
 */
void ra_pg_i64(struct ra_pg_params *p, int64_t value);
/* U+0000 is dropped, bytes that are not UTF-8 become U+FFFD: PostgreSQL would refuse the group. */
void ra_pg_text(struct ra_pg_params *p, struct ra_str value);
void ra_pg_bool(struct ra_pg_params *p, bool value);
void ra_pg_null(struct ra_pg_params *p);
void ra_pg_bytes(struct ra_pg_params *p, struct ra_str value);
/* Binary arrays for unnest(): `stride` bytes from one element to the next, so that a column of an
 * array of structs can be sent as it lies. `none`, where given: elements equal to it become NULL.
 */
void ra_pg_i64_array(struct ra_pg_params *p, const int64_t *first, size_t count, size_t stride);
void ra_pg_u64_array(struct ra_pg_params *p, const uint64_t *first, size_t count, size_t stride);
void ra_pg_i64_array_or_null(struct ra_pg_params *p, const int64_t *first, size_t count,
			     size_t stride, int64_t none);
void ra_pg_i32_array(struct ra_pg_params *p, const int32_t *first, size_t count, size_t stride);
void ra_pg_bool_array(struct ra_pg_params *p, const bool *first, size_t count, size_t stride);
/* A NULL ptr inside becomes NULL. */
void ra_pg_text_array(struct ra_pg_params *p, const struct ra_str *first, size_t count,
		      size_t stride);

/* `result`: rows (text format), borrowed until you return; or NULL with `status` < 0. On an SQL
 * error status is RA_EDB and err->msg says what PostgreSQL said, "SQLSTATE: message", never the
 * parameters; the statements after it in the group get the same. Called once a statement, before
 * its group's synced. */
typedef void (*ra_pg_result_cb)(void *ctx, int status, const PGresult *result,
				const struct ra_err *err);
/* 0: committed. RA_EDB: nothing of the group happened. RA_EDOWN: unknown. */
typedef void (*ra_pg_synced_cb)(void *ctx, int status, const struct ra_err *err);
typedef void (*ra_pg_closed_cb)(void *ctx);

/* `url`: postgres:// or postgresql://, as libpq takes it. Starts connecting at once. */
struct ra_pg *ra_pg_open(uv_loop_t *loop, const char *url, const char *application_name,
			 const struct ra_pg_stmt *stmts, size_t stmt_count,
			 const struct ra_log *log, const struct ra_pg_ops *ops, void *ctx,
			 struct ra_err *err);
/* 0, or RA_EINVAL and what is wrong with it: for checks of the configuration. */
int ra_pg_check_url(const char *url, struct ra_err *err) RA_MUST_CHECK;
void ra_pg_close(struct ra_pg *pg, ra_pg_closed_cb closed, void *ctx);

/* For a connection to a standby, where all is read and nothing written: a group that fails on it,
 * for whatever reason, is asked again of the connection that `spare` names (NULL: none is up), and
 * who asked does not notice. So answers are kept until their group has ended well, and while this
 * connection is up neither ra_pg_send nor ra_pg_sync fails. Nor is it one that must be there: it
 * is left out of rations_postgres_connections. Call it before the loop turns. */
typedef struct ra_pg *(*ra_pg_spare_cb)(void *ctx);
void ra_pg_set_spare(struct ra_pg *pg, ra_pg_spare_cb spare, void *ctx);

bool ra_pg_is_up(const struct ra_pg *pg);
const char *ra_pg_trouble(const struct ra_pg *pg);
/* Drops the connection and reconnects. */
void ra_pg_reset(struct ra_pg *pg, const char *why);

/* Adds a statement to the open group. `params` and `result` may be NULL. 0 or RA_EDOWN (then no
 * callback). */
int ra_pg_send(struct ra_pg *pg, int stmt, const struct ra_pg_params *params,
	       ra_pg_result_cb result, void *ctx) RA_MUST_CHECK;
/* Ends the group. `synced` may be NULL. Groups are answered in order; a group not answered within
 * 60 s drops the connection. */
int ra_pg_sync(struct ra_pg *pg, ra_pg_synced_cb synced, void *ctx) RA_MUST_CHECK;
/* Groups sent and not yet answered. */
size_t ra_pg_in_flight(const struct ra_pg *pg);

/* Whether trying again would come to the same: data that does not fit, violated constraints,
 * statements that make no sense, and what a function of ours refuses. `err` may be NULL. */
bool ra_pg_is_for_good(const struct ra_err *err);

/* Readers of text-format results; NULL gives 0, false, or the empty string. */
bool ra_pg_is_null(const PGresult *result, int row, int column);
int64_t ra_pg_get_i64(const PGresult *result, int row, int column);
uint64_t ra_pg_get_u64(const PGresult *result, int row, int column);
double ra_pg_get_double(const PGresult *result, int row, int column);
bool ra_pg_get_bool(const PGresult *result, int row, int column);
struct ra_str ra_pg_get_str(const PGresult *result, int row, int column);
