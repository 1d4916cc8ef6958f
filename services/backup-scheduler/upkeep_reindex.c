#include "services/backup-scheduler/upkeep_reindex.h"
#include "libshared/base/base.h"
#include "libshared/base/log.h"
#include "libshared/metrics/metrics.h"
#include <jansson.h>
#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RA_COUNTER(indexes_remade, "rations_upkeep_indexes_total", "indexes that were made anew");

struct upkeep_reindex {
	uv_loop_t *loop; /* borrowed */
	const char *url; /* borrowed */
	uv_work_t work;
	bool is_running;
	atomic_bool is_stopped;
	int remade;       /* indexes, in the run that has ended */
	uv_mutex_t mutex; /* of cancel */
	PGcancel *cancel; /* owned; of what is under way */
};

static bool is_good(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);
	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static bool run(PGconn *conn, const char *sql)
{
	PGresult *result = PQexec(conn, sql);
	bool good = is_good(result);
	PQclear(result);
	return good;
}

/* The first value of the first row, or NULL; ra_free it. */
static char *ask(PGconn *conn, const char *sql)
{
	PGresult *result = PQexec(conn, sql);
	char *answer =
		is_good(result) && PQntuples(result) ? ra_strdup(PQgetvalue(result, 0, 0)) : NULL;
	PQclear(result);
	return answer;
}

/* --- a run --- */

static int drop_halves(PGconn *conn)
{
	static const char wanted[] = "SELECT index_id::regclass FROM backup.index_bloat "
				     "WHERE is_left_behind ORDER BY 1 LIMIT 1";
	for (char *name; (name = ask(conn, wanted)) != NULL;) {
		char *sql = ra_format("DROP INDEX CONCURRENTLY %s", name);
		bool is_gone = run(conn, sql);
		ra_free(sql);
		ra_free(name);
		if (!is_gone)
			return -1;
	}
	return 0;
}

/* The name is as PostgreSQL quotes it. What was made anew once in a run is not again: an estimate
 * may be wrong. */
static char *worst(PGconn *conn, int64_t from_bytes)
{
	char *sql =
		ra_format("INSERT INTO pg_temp.remade SELECT index_id FROM backup.index_bloat "
			  "WHERE bytes >= %lld AND bytes > 3 * fresh_bytes AND NOT is_left_behind "
			  "AND index_id NOT IN (SELECT index_id FROM pg_temp.remade) "
			  "ORDER BY bytes - fresh_bytes DESC LIMIT 1 RETURNING index_id::regclass",
			  (long long)from_bytes);
	char *name = ask(conn, sql);
	ra_free(sql);
	return name;
}

static void tell(PGconn *conn, const char *outcome, int count, const char *why)
{
	json_t *told = json_pack("{s:i, s:i}", "steps", count, "rows", 0);
	if (why[0])
		json_object_set_new(told, "why", json_string(why));
	char *text = json_dumps(told, JSON_COMPACT);
	const char *values[] = { outcome, text };
	PQclear(PQexecParams(conn, "SELECT backup.upkeep_reindexed($1, $2::jsonb)", 2, NULL, values,
			     NULL, NULL, 0));
	free(text);
	json_decref(told);
}

int upkeep_reindex_run(PGconn *conn, int64_t from_bytes, const atomic_bool *is_stopped,
		       char why[256])
{
	int count = 0;
	why[0] = '\0';
	bool good = run(conn, "SET lock_timeout = '60s'") &&
		    run(conn, "CREATE TEMP TABLE IF NOT EXISTS remade (index_id regclass)") &&
		    run(conn, "TRUNCATE pg_temp.remade") && drop_halves(conn) == 0;
	while (good && !*is_stopped) {
		char *name = worst(conn, from_bytes);
		if (!name)
			break;
		char *sql = ra_format("REINDEX INDEX CONCURRENTLY %s", name);
		good = run(conn, sql);
		count += good;
		ra_free(sql);
		ra_free(name);
	}
	if (good && !*is_stopped)
		return count;
	const char *said = *is_stopped ? "stopped" : PQerrorMessage(conn);
	snprintf(why, 256, "%.*s", (int)strcspn(said, "\n"), said);
	return -1;
}

/* --- on a thread --- */

static void hold_cancel(struct upkeep_reindex *r, PGcancel *cancel)
{
	uv_mutex_lock(&r->mutex);
	if (r->cancel)
		PQfreeCancel(r->cancel);
	r->cancel = cancel;
	uv_mutex_unlock(&r->mutex);
}

static void run_and_tell(struct upkeep_reindex *r, PGconn *conn)
{
	char why[256] = "";
	char *is_mine = ask(conn, "SELECT pg_try_advisory_lock(hashtext('backup.reindex'))");
	char *is_busy = ask(conn, "SELECT EXISTS (SELECT FROM backup.job WHERE state = 'running')");
	if (!is_mine || !is_busy || is_mine[0] != 't') {
		ra_debug(NULL, "another replica makes indexes anew");
	} else if (is_busy[0] == 't') {
		tell(conn, "busy", 0, "a job is running");
	} else {
		tell(conn, "", 0, "");
		int count = upkeep_reindex_run(conn, REINDEX_FROM_BYTES, &r->is_stopped, why);
		tell(conn, count >= 0 ? "done" : "busy", count > 0 ? count : 0, why);
		r->remade = count > 0 ? count : 0;
	}
	ra_free(is_mine);
	ra_free(is_busy);
}

static void work(uv_work_t *request)
{
	struct upkeep_reindex *r = ra_container_of(request, struct upkeep_reindex, work);
	PGconn *conn = PQconnectdb(r->url);
	if (PQstatus(conn) == CONNECTION_OK && !r->is_stopped) {
		hold_cancel(r, PQgetCancel(conn));
		run_and_tell(r, conn);
		hold_cancel(r, NULL);
	}
	PQfinish(conn);
}

static void on_worked(uv_work_t *request, int status)
{
	struct upkeep_reindex *r = ra_container_of(request, struct upkeep_reindex, work);
	(void)status;
	r->is_running = false;
	ra_count(&indexes_remade, r->remade);
	r->remade = 0;
}

struct upkeep_reindex *upkeep_reindex_new(uv_loop_t *loop, const char *url)
{
	struct upkeep_reindex *r = ra_new(struct upkeep_reindex);
	r->loop = loop;
	r->url = url;
	uv_mutex_init(&r->mutex);
	return r;
}

bool upkeep_reindex_begin(struct upkeep_reindex *r)
{
	if (!r->url || !r->url[0])
		return false;
	if (!r->is_running && !r->is_stopped)
		r->is_running = uv_queue_work(r->loop, &r->work, work, on_worked) == 0;
	return true;
}

void upkeep_reindex_stop(struct upkeep_reindex *r)
{
	char error[256];
	r->is_stopped = true;
	uv_mutex_lock(&r->mutex);
	if (r->cancel)
		PQcancel(r->cancel, error, sizeof(error));
	uv_mutex_unlock(&r->mutex);
}

void upkeep_reindex_free(struct upkeep_reindex **reindex)
{
	struct upkeep_reindex *r = *reindex;
	*reindex = NULL;
	if (r->is_running)
		return; /* the drain is over and the thread still holds it: the process ends */
	uv_mutex_destroy(&r->mutex);
	ra_free(r);
}
