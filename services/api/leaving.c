/*
 * leaving: what becomes of the data of a guild when the bot has been removed.
 * It is kept for a while, then backup-scheduler takes it away (its upkeep.h); until then
 * whoever manages the guild may keep it, or not wait.
 */
#include "services/api/audit.h"
#include "services/api/body.h"

#define DAY_MS       (24LL * 3600 * 1000)
#define GRACE_MAX    365
#define GRACE_UNSAID 30 /* as the column has it */

/* $1 guild */
const char sql_leaving[] = "SELECT s.guild_id IS NULL, s.leave_grace_days FROM (SELECT) one "
			   "LEFT JOIN app.guild_settings s ON s.guild_id = $1";

/* $1 guild, $2 days or null, $3 account, $4 now */
const char sql_leaving_set[] =
	"INSERT INTO app.guild_settings AS s (guild_id, leave_grace_days, updated_by, updated_at) "
	"VALUES ($1, $2, $3, public.ms_to_ts($4)) ON CONFLICT (guild_id) DO UPDATE SET "
	"leave_grace_days = excluded.leave_grace_days, updated_by = excluded.updated_by, "
	"updated_at = excluded.updated_at";

struct leaving {
	struct visit *visit; /* borrowed */
	bool is_change, keeps;
	int64_t days; /* the wish; or, when there is none, as it is */
};

static void reply(const struct leaving *leaving)
{
	const struct access_guild *guild = &leaving->visit->access->guild;
	bool is_counted = guild->removed_ms != 0 && !leaving->keeps;
	int64_t ends_ms = guild->removed_ms + leaving->days * DAY_MS;
	ra_http_reply_json(leaving->visit->req, 200,
			   json_pack("{s:o, s:o, s:o}", "removed_at",
				     json_instant(guild->removed_ms), "leave_grace_days",
				     leaving->keeps ? json_null() : json_integer(leaving->days),
				     "deleted_at", json_instant(is_counted ? ends_ms : 0)));
}

static void on_set(void *ctx, int status, const struct ra_err *err)
{
	struct leaving *leaving = ctx;
	(void)err;
	if (status < 0)
		reply_failure(leaving->visit->api, leaving->visit->req, status);
	else
		reply(leaving);
}

static json_t *days_json(bool keeps, int64_t days)
{
	return json_pack("{s:o}", "leave_grace_days", keeps ? json_null() : json_integer(days));
}

static void set(struct leaving *leaving, bool kept, int64_t before)
{
	struct visit *visit = leaving->visit;
	struct ra_pg *pg = db_pick(visit->api->db);
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	if (leaving->keeps)
		ra_pg_null(&p);
	else
		ra_pg_i64(&p, leaving->days);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	ra_pg_i64(&p, visit->now_ms);
	int rc = pg ? ra_pg_send(pg, STMT_leaving_set, &p, NULL, NULL) : RA_EDOWN;
	if (rc == 0)
		rc = audit_note(
			pg, visit,
			&(struct audit){ .action = "settings.change",
					 .before = days_json(kept, before),
					 .after = days_json(leaving->keeps, leaving->days) });
	if (rc == 0)
		rc = ra_pg_sync(pg, on_set, leaving);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

static void on_asked(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct leaving *leaving = ctx;
	(void)err;
	if (status < 0) {
		reply_failure(leaving->visit->api, leaving->visit->req, status);
		return;
	}
	bool is_unsaid = ra_pg_get_bool(rows, 0, 0);
	bool is_kept = !is_unsaid && ra_pg_is_null(rows, 0, 1);
	int64_t days = is_unsaid ? GRACE_UNSAID : ra_pg_get_i64(rows, 0, 1);
	if (leaving->is_change) {
		set(leaving, is_kept, days);
		return;
	}
	leaving->keeps = is_kept;
	leaving->days = days;
	reply(leaving);
}

static void ask(struct leaving *leaving)
{
	struct visit *visit = leaving->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	if (db_ask(visit->api->db, STMT_leaving, &p, on_asked, leaving) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void leaving_get(struct visit *visit)
{
	struct leaving *leaving = ra_arena_new(visit->arena, struct leaving);
	*leaving = (struct leaving){ .visit = visit };
	ask(leaving);
}

void leaving_put(struct visit *visit)
{
	struct leaving *leaving = ra_arena_new(visit->arena, struct leaving);
	struct body body;
	*leaving = (struct leaving){ .visit = visit, .is_change = true };
	body_open(&body, visit);
	if (body.rc == 0 && !json_object_get(body.json, "leave_grace_days"))
		body_fail(&body, "Send days, or null to keep the data.",
			  "leave_grace_days is missing");
	leaving->keeps = !body_has(&body, "leave_grace_days");
	leaving->days = body_number(&body, "leave_grace_days", 0, GRACE_MAX, 0);
	if (body_close(&body))
		ask(leaving);
}
