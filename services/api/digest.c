/* digest: what a guild decided about its digest: where, how often, at what hour; and what became of
 * the last one (digests.h posts them). */
#include "services/api/audit.h"
#include "services/api/body.h"
#include "services/api/sql.h"

#define TEST_MS 30000 /* one test in so long */

static const char *const rhythms[] = { "day", "week" };

/* clang-format off */
/* $1 guild. One row, JSON. */
const char sql_digest[] =
	"SELECT json_build_object("
	" 'digest', (SELECT json_build_object('channel_id', channel_id::text, 'every', every, "
	"   'weekday', weekday, 'hour', hour, 'next_at', " SQL_ISO("next_at") ") "
	"  FROM app.digest WHERE guild_id = $1), "
	" 'last', (SELECT json_build_object('state', state, 'why', nullif(why, ''), "
	"   'is_test', is_test, 'due_at', " SQL_ISO("due_at") ", "
	"   'finished_at', " SQL_ISO("finished_at") ", 'channel_id', channel_id::text) "
	"  FROM app.digest_post WHERE guild_id = $1 ORDER BY digest_post_id DESC LIMIT 1), "
	" 'channels', (SELECT coalesce(json_agg(json_build_object('id', channel_id::text, "
	"   'name', name) ORDER BY position, channel_id), '[]') "
	"  FROM (SELECT * FROM analytics.channel WHERE guild_id = $1 AND kind IN (0, 5) "
	"   AND deleted_at IS NULL ORDER BY position, channel_id LIMIT 500) c))";

/* $1 guild, $2 channel: can a message be posted there, and what is set now? */
const char sql_digest_check[] =
	"SELECT EXISTS (SELECT FROM analytics.channel WHERE guild_id = $1 AND channel_id = $2 "
	" AND kind IN (0, 5) AND deleted_at IS NULL), d.channel_id, d.every, d.weekday, d.hour "
	"FROM (SELECT) one LEFT JOIN app.digest d ON d.guild_id = $1";

/* $1 guild, $2 channel, $3 every, $4 weekday, $5 hour, $6 zone, $7 now, $8 account */
const char sql_digest_set[] =
	"INSERT INTO app.digest AS d "
	" (guild_id, channel_id, every, weekday, hour, next_at, set_by, set_at) "
	"VALUES ($1, $2, $3, $4::int, $5::int, "
	" app.digest_next($6, $3, $4::int, $5::int, public.ms_to_ts($7)), $8, "
	" public.ms_to_ts($7)) "
	"ON CONFLICT (guild_id) DO UPDATE SET channel_id = excluded.channel_id, "
	" every = excluded.every, weekday = excluded.weekday, hour = excluded.hour, "
	" next_at = excluded.next_at, set_by = excluded.set_by, set_at = excluded.set_at";

/* $1 guild. What waits to be posted is not wanted any more either. */
const char sql_digest_end[] =
	"WITH ended AS (DELETE FROM app.digest WHERE guild_id = $1) "
	"DELETE FROM app.digest_post WHERE guild_id = $1 AND state = 'waiting'";

/* $1 guild, $2 now, $3 how long after the last test. A row when it will come. */
const char sql_digest_try[] =
	"INSERT INTO app.digest_post (guild_id, channel_id, every, due_at, is_test) "
	"SELECT guild_id, channel_id, every, public.ms_to_ts($2), true FROM app.digest d "
	"WHERE guild_id = $1 AND NOT EXISTS (SELECT FROM app.digest_post p "
	" WHERE p.guild_id = $1 AND p.is_test "
	"  AND p.due_at > public.ms_to_ts($2::bigint - $3::bigint)) "
	"RETURNING digest_post_id";
/* clang-format on */

struct digest {
	uint64_t channel;
	const char *every;
	int64_t weekday, hour;
};

struct change {
	struct visit *visit; /* borrowed */
	struct digest is, was;
	bool had_one;
};

/* --- looking --- */

void digest_get(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	if (db_ask(visit->api->db, STMT_digest, &p, visit_reply_row, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

/* --- changing --- */

static json_t *digest_json(const struct digest *d)
{
	return json_pack("{s:o, s:s, s:I, s:I}", "channel_id", json_id(d->channel), "every",
			 d->every, "weekday", (json_int_t)d->weekday, "hour", (json_int_t)d->hour);
}

static void on_changed(void *ctx, int status, const struct ra_err *err)
{
	struct change *change = ctx;
	(void)err;
	if (status < 0)
		reply_failure(change->visit->api, change->visit->req, status);
	else
		digest_get(change->visit);
}

/* The statement, the note of it, one commit. */
static void commit(struct change *change, enum statement stmt, const struct ra_pg_params *p,
		   bool is_end)
{
	struct visit *visit = change->visit;
	struct ra_pg *pg = db_pick(visit->api->db);
	const struct audit audit = {
		.action = is_end ? "digest.end" : "digest.change",
		.before = change->had_one ? digest_json(&change->was) : NULL,
		.after = is_end ? NULL : digest_json(&change->is),
	};
	if (!pg || ra_pg_send(pg, (int)stmt, p, NULL, NULL) < 0 ||
	    audit_note(pg, visit, &audit) < 0 || ra_pg_sync(pg, on_changed, change) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

static void set(struct change *change)
{
	struct visit *visit = change->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)change->is.channel);
	ra_pg_text(&p, ra_str_of(change->is.every));
	ra_pg_i64(&p, change->is.weekday);
	ra_pg_i64(&p, change->is.hour);
	ra_pg_text(&p, ra_str_of(visit->access->guild.timezone));
	ra_pg_i64(&p, visit->now_ms);
	ra_pg_i64(&p, (int64_t)visit->access->user_id);
	commit(change, STMT_digest_set, &p, false);
}

static void end(struct change *change)
{
	struct ra_pg_params p = { .arena = change->visit->arena };
	ra_pg_i64(&p, (int64_t)change->visit->access->guild.id);
	commit(change, STMT_digest_end, &p, true);
}

static void read_was(struct change *change, const PGresult *rows)
{
	change->had_one = !ra_pg_is_null(rows, 0, 1);
	change->was = (struct digest){
		.channel = ra_pg_get_u64(rows, 0, 1),
		.every = ra_arena_strdup(change->visit->arena, ra_pg_get_str(rows, 0, 2)),
		.weekday = ra_pg_get_i64(rows, 0, 3),
		.hour = ra_pg_get_i64(rows, 0, 4),
	};
}

static void on_checked(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct change *change = ctx;
	struct visit *visit = change->visit;
	struct ra_err bad;
	(void)err;
	if (status < 0) {
		reply_failure(visit->api, visit->req, status);
		return;
	}
	read_was(change, rows);
	if (change->is.channel == 0) {
		end(change);
	} else if (!ra_pg_get_bool(rows, 0, 0)) {
		ra_fail(&bad, RA_EINVAL, "Use the id of a text channel of this server.",
			"channel_id names no channel to post to");
		reply_bad_argument(visit->req, &bad);
	} else {
		set(change);
	}
}

static void check(struct change *change)
{
	struct visit *visit = change->visit;
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, (int64_t)change->is.channel);
	if (db_ask(visit->api->db, STMT_digest_check, &p, on_checked, change) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}

void digest_put(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	struct body body;
	change->visit = visit;
	body_open(&body, visit);
	const char *channel = body_text(&body, "channel_id", 20);
	change->is.every = rhythms[body_choice(&body, "every", rhythms, RA_COUNT(rhythms))];
	change->is.weekday = body_number(&body, "weekday", 1, 7, 1);
	change->is.hour = body_number(&body, "hour", 0, 23, BODY_REQUIRED);
	if (body.rc == 0 && (ra_str_to_u64(ra_str_of(channel), &change->is.channel) < 0 ||
			     change->is.channel == 0 || change->is.channel > INT64_MAX))
		body_fail(&body, "Use the id of a text channel of this server.",
			  "channel_id is no id");
	if (body_close(&body))
		check(change);
}

void digest_delete(struct visit *visit)
{
	struct change *change = ra_arena_new(visit->arena, struct change);
	change->visit = visit;
	check(change);
}

/* --- trying --- */

static void on_tried(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct visit *visit = ctx;
	(void)err;
	if (status < 0)
		reply_failure(visit->api, visit->req, status);
	else if (PQntuples(rows) == 0)
		ra_http_problem(visit->req, 409, "digest", "No test now",
				"Choose a channel first; one test in half a minute.");
	else
		digest_get(visit);
}

void digest_test(struct visit *visit)
{
	struct ra_pg_params p = { .arena = visit->arena };
	ra_pg_i64(&p, (int64_t)visit->access->guild.id);
	ra_pg_i64(&p, visit->now_ms);
	ra_pg_i64(&p, TEST_MS);
	if (db_ask(visit->api->db, STMT_digest_try, &p, on_tried, visit) < 0)
		reply_failure(visit->api, visit->req, RA_EDOWN);
}
