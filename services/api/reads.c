/* reads: see reads.h. */
#include "services/api/reads.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "services/api/session.h"
#include "services/api/standby.h"

#define CHANGED_COOKIE "rations_changed"
/* Guilds whose cut is remembered; two that share a place take turns, and ask the primary. */
#define PLACES 4096

RA_COUNTER_BY(questions, "rations_api_questions_total", "server",
	      "groups of questions over time, by who was asked")

/* How the days of a guild were cut when it was last visited, and since when they are. */
struct settled {
	uint64_t guild, cut, since_ms;
};

int reads_open(struct api *api, struct ra_err *err)
{
	const struct conf *conf = api->conf;
	if (!conf->replica_url || !*conf->replica_url)
		return 0;
	api->settled = ra_alloc(PLACES * sizeof(*api->settled));
	api->standby = standby_open(api->loop, conf->replica_url, (int)conf->database_pool,
				    conf->replica_lag, api->db, api->log, err);
	return api->standby ? 0 : RA_ECONF;
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t cut_of(const struct access_guild *guild)
{
	uint64_t sum = 14695981039346656037ULL ^ guild->has_days;
	for (const char *at = guild->timezone; at && *at; at++)
		sum = (sum ^ (unsigned char)*at) * 1099511628211ULL;
	return sum;
}

/* Has the guild been cut in this way for as long as the replica may be behind? */
static bool is_settled(const struct api *api, const struct access_guild *guild)
{
	struct settled *place = &api->settled[(guild->id >> 22) % PLACES];
	uint64_t now_ms = ra_monotonic_ms(), cut = cut_of(guild);
	if (place->guild != guild->id || place->cut != cut)
		*place = (struct settled){ guild->id, cut, now_ms };
	return now_ms - place->since_ms >= (uint64_t)api->conf->replica_lag;
}

struct ra_pg *reads_pick(const struct visit *visit)
{
	const struct api *api = visit->api;
	struct ra_pg *pg = NULL;
	if (!api->standby)
		return db_pick(api->db);
	if (is_settled(api, &visit->access->guild) &&
	    ra_http_cookie(visit->req, CHANGED_COOKIE).len == 0)
		pg = standby_pick(api->standby);
	ra_count_by(&questions, pg ? "replica" : "primary", 1);
	return pg ? pg : db_pick(api->db);
}

int reads_ask(const struct visit *visit, enum statement stmt, const struct ra_pg_params *params,
	      ra_pg_result_cb result, void *ctx)
{
	return db_ask_on(reads_pick(visit), stmt, params, result, ctx);
}

/* Until the group's end, which is its transaction's (libshared/pg/pg.h). */
const char sql_roomy[] = "SELECT set_config('work_mem', '64MB', true)";

int reads_roomy(struct ra_pg *pg)
{
	return ra_pg_send(pg, STMT_roomy, NULL, NULL, NULL);
}

void reads_note_change(const struct visit *visit)
{
	const struct conf *conf = visit->api->conf;
	/* and a second for a commit that PostgreSQL was told not to wait for */
	if (visit->api->standby)
		cookie_set(visit->api, visit->req, CHANGED_COOKIE, "1", "/",
			   conf->replica_lag / 1000 + 2);
}
