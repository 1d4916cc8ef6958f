/* outlet: see outlet.h. */
#include "services/api/outlet.h"

/* clang-format off */
#define SQL_OF(kind, table, id, name, in_use)                                                      \
	"SELECT count(*) FILTER (WHERE " in_use "), max(" id ") FILTER (WHERE " id " = $3), "      \
	" max(" name ") FILTER (WHERE " id " = $3) "                                               \
	"FROM app." table " WHERE guild_id = $1 AND $4::int = " kind " "
#define SQL_IN_USE                                                                                 \
	"revoked_at IS NULL AND (expires_at IS NULL OR expires_at > public.ms_to_ts($2))"

/* $1 guild, $2 now, $3 id, $4 kind. One row: how many there are, and the one with that id. */
const char sql_outlet[] =
	"SELECT sum(in_use), max(id), max(name) FROM ("
	SQL_OF("0", "api_token", "token_id", "name", SQL_IN_USE) "UNION ALL "
	SQL_OF("1", "share_link", "share_id", "title", SQL_IN_USE) "UNION ALL "
	SQL_OF("2", "alert_rule", "rule_id", "name", "true") "UNION ALL "
	SQL_OF("3", "webhook", "webhook_id", "name", "true") "UNION ALL "
	SQL_OF("4", "request_rule", "rule_id", "name", "true")
	") o (in_use, id, name)";
/* clang-format on */

static const struct {
	const char *param;
	int64_t most;
	const char *full;
} kinds[] = {
	[OUTLET_TOKEN] = { "token_id", 50, "There are 50 tokens in use. Revoke one first." },
	[OUTLET_SHARE] = { "share_id", 50, "There are 50 links in use. Revoke one first." },
	[OUTLET_RULE] = { "rule_id", 100, "There are 100 rules. Delete one first." },
	[OUTLET_WEBHOOK] = { "webhook_id", 10, "There are 10 webhooks. Delete one first." },
	[OUTLET_REQUEST_RULE] = { "rule_id", 50, "There are 50 rules. Delete one first." },
};

struct look {
	struct visit *visit; /* borrowed */
	enum outlet kind;
	bool is_for_room;
	outlet_cb done;
	void *ctx; /* borrowed */
};

static void on_look(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct look *look = ctx;
	struct visit *visit = look->visit;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (look->is_for_room && ra_pg_get_i64(rows, 0, 0) >= kinds[look->kind].most)
		ra_http_problem(visit->req, 409, "full", "There are enough of these",
				kinds[look->kind].full);
	else if (!look->is_for_room && ra_pg_is_null(rows, 0, 1))
		ra_http_problem(visit->req, 404, "missing", "There is no such thing",
				"It was deleted, or belongs to another server.");
	else
		look->done(visit, ra_pg_get_i64(rows, 0, 1),
			   ra_arena_strdup(visit->arena, ra_pg_get_str(rows, 0, 2)), look->ctx);
}

static void begin_look(struct look wanted, int64_t id)
{
	struct visit *visit = wanted.visit;
	struct look *look = ra_arena_new(visit->arena, struct look);
	struct ra_pg_params p = { .arena = visit->arena };
	*look = wanted;
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, visit->now_ms);
	ra_pg_i64(&p, id);
	ra_pg_i64(&p, look->kind);
	if (db_ask(visit->api->db, STMT_outlet, &p, on_look, look) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void outlet_room(struct visit *visit, enum outlet kind, outlet_cb done, void *ctx)
{
	begin_look((struct look){ visit, kind, true, done, ctx }, 0);
}

void outlet_find(struct visit *visit, enum outlet kind, outlet_cb done, void *ctx)
{
	int64_t id = 0; /* none has it */
	if (ra_str_to_i64(ra_http_param(visit->req, kinds[kind].param), &id) < 0)
		id = 0;
	begin_look((struct look){ visit, kind, false, done, ctx }, id);
}

/* --- the change --- */

struct changing {
	struct visit *visit; /* borrowed */
	struct outlet_change change;
	int64_t id;
};

static void on_row(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct changing *changing = ctx;
	(void)err;
	if (status == 0 && PQntuples(rows) > 0)
		changing->id = ra_pg_get_i64(rows, 0, 0);
}

static void on_committed(void *ctx, int status, const struct ra_err *err)
{
	struct changing *changing = ctx;
	struct visit *visit = changing->visit;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else
		changing->change.done(visit, changing->id, changing->change.ctx);
}

void outlet_change(struct visit *visit, const struct outlet_change *change)
{
	struct changing *changing = ra_arena_new(visit->arena, struct changing);
	struct ra_pg *pg = db_pick(visit->api->db);
	*changing = (struct changing){ .visit = visit, .change = *change };
	int rc =
		pg ? ra_pg_send(pg, (int)change->stmt, change->params, on_row, changing) : RA_EDOWN;
	if (rc == 0)
		rc = audit_note(pg, visit, &change->audit);
	if (rc == 0)
		rc = ra_pg_sync(pg, on_committed, changing);
	if (rc < 0)
		reply_failure(visit->api, visit->req, rc);
}

/* --- answers --- */

void outlet_reply_gone(struct visit *visit, int64_t id, void *ctx)
{
	(void)id;
	(void)ctx;
	ra_http_set_header(visit->req, "cache-control", "no-store");
	ra_http_reply(visit->req, 204, NULL, RA_STR(""));
}

struct listing {
	struct visit *visit; /* borrowed */
	const char *name;
};

static void on_list(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct listing *listing = ctx;
	struct visit *visit = listing->visit;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	ra_http_reply_json(visit->req, 200,
			   json_pack("{s:o}", listing->name, json_column(rows, 0, 0)));
}

void outlet_reply_list(struct visit *visit, enum statement stmt, const char *name)
{
	struct listing *listing = ra_arena_new(visit->arena, struct listing);
	struct ra_pg_params p = { .arena = visit->arena };
	*listing = (struct listing){ visit, name };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	if (db_ask(visit->api->db, stmt, &p, on_list, listing) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
