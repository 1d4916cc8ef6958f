/*
 * roster: see roster.h. A refresh is a job:
 *
 *	load tokens --valid-----------------------> ask guilds --> store --> done
 *	     `--expired--> refresh --> store pair --^
 *	                     `--denied--> load again: another process may have been faster
 *
 * Any step may end it. A job lives until it has told everybody who waits,
 * then a little longer: to remember that the table is fresh, or when Discord may
 * be asked again.
 */
#include "services/api/roster.h"
#include "services/api/discord.h"
#include <sodium.h>

#define TOKEN_SLACK_MS 60000 /* a token this close to its end counts as expired */
#define RECENT_MS                                                                                  \
	10000           /* a refresh this recent serves those who read the table before it ended   \
			 */
#define GUILDS_MAX 1000 /* Discord allows 200 */

const char sql_account_tokens[] =
	"SELECT access_sealed, refresh_sealed, public.ts_to_ms(token_expires_at) "
	"FROM app.account WHERE user_id = $1";

const char sql_account_set_tokens[] =
	"UPDATE app.account SET access_sealed = $2, refresh_sealed = $3, "
	"token_expires_at = public.ms_to_ts($4) WHERE user_id = $1";

const char sql_guilds_clear[] = "DELETE FROM app.account_guild WHERE user_id = $1";

const char sql_guilds_insert[] =
	"INSERT INTO app.account_guild (user_id, guild_id, name, icon, is_owner, permissions) "
	"SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::boolean[], "
	" $6::bigint[])";

const char sql_guilds_fetched[] =
	"UPDATE app.account SET guilds_fetched_at = public.ms_to_ts($2) WHERE user_id = $1";

const char sql_account_end[] =
	"WITH gone AS (DELETE FROM app.session WHERE user_id = $1) "
	"UPDATE app.account SET access_sealed = NULL, refresh_sealed = NULL WHERE user_id = $1";

struct waiter {
	roster_cb done;
	void *ctx; /* borrowed */
	struct waiter *next;
};

struct job {
	struct roster *roster; /* borrowed */
	uint64_t user_id;
	struct waiter *waiters; /* owned; NULL: it is over, and only remembers these times */
	int64_t retry_at_ms, stored_ms;
	struct ra_arena arena;
	struct ra_str access, refresh; /* in the arena */
	struct ra_str refused;         /* a refresh token Discord has just refused */
	struct job *next;
};

struct roster {
	struct api *api;  /* borrowed */
	struct job *jobs; /* owned */
};

static void load_tokens(struct job *job);
static void ask_guilds(struct job *job);

/* --- the list itself --- */

static void read_guild(const json_t *guild, struct guild_list *out)
{
	size_t i = out->count;
	uint64_t permissions = 0;
	out->ids[i] = discord_id(guild, "id");
	out->names[i] = discord_text(guild, "name");
	out->icons[i] = discord_text(guild, "icon");
	if (out->icons[i].len == 0)
		out->icons[i].ptr = NULL;
	out->are_owned[i] = json_is_true(json_object_get(guild, "owner"));
	if (ra_str_to_u64(discord_text(guild, "permissions"), &permissions) < 0)
		permissions = 0;
	out->permissions[i] = permissions;
	out->count += out->ids[i] != 0;
}

int guild_list_read(const json_t *body, struct ra_arena *arena, struct guild_list *out)
{
	size_t count = json_array_size(body);
	if (!json_is_array(body) || count > GUILDS_MAX)
		return RA_EPROTO;
	*out = (struct guild_list){
		.ids = ra_arena_alloc(arena, (count + 1) * sizeof(*out->ids)),
		.names = ra_arena_alloc(arena, (count + 1) * sizeof(*out->names)),
		.icons = ra_arena_alloc(arena, (count + 1) * sizeof(*out->icons)),
		.are_owned = ra_arena_alloc(arena, (count + 1) * sizeof(*out->are_owned)),
		.permissions = ra_arena_alloc(arena, (count + 1) * sizeof(*out->permissions)),
	};
	for (size_t i = 0; i < count; i++)
		read_guild(json_array_get(body, i), out);
	return 0;
}

int guild_list_send(struct ra_pg *pg, struct ra_arena *arena, uint64_t user_id,
		    const struct guild_list *list, int64_t now_ms)
{
	struct ra_pg_params user = { .arena = arena }, fetched = { .arena = arena };
	struct ra_pg_params rows = { .arena = arena };
	ra_pg_i64(&user, (int64_t)user_id);
	ra_pg_i64(&rows, (int64_t)user_id);
	ra_pg_u64_array(&rows, list->ids, list->count, sizeof(*list->ids));
	ra_pg_text_array(&rows, list->names, list->count, sizeof(*list->names));
	ra_pg_text_array(&rows, list->icons, list->count, sizeof(*list->icons));
	ra_pg_bool_array(&rows, list->are_owned, list->count, sizeof(*list->are_owned));
	ra_pg_u64_array(&rows, list->permissions, list->count, sizeof(*list->permissions));
	ra_pg_i64(&fetched, (int64_t)user_id);
	ra_pg_i64(&fetched, now_ms);
	int rc = ra_pg_send(pg, STMT_guilds_clear, &user, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_send(pg, STMT_guilds_insert, &rows, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_send(pg, STMT_guilds_fetched, &fetched, NULL, NULL);
	return rc;
}

/* --- jobs --- */

static struct job *find_job(struct roster *roster, uint64_t user_id)
{
	for (struct job *job = roster->jobs; job; job = job->next)
		if (job->user_id == user_id)
			return job;
	return NULL;
}

static bool is_recent(const struct job *job)
{
	int64_t age_ms = job->roster->api->now_ms() - job->stored_ms;
	return age_ms >= 0 && age_ms <= RECENT_MS;
}

static void job_free(struct job *job)
{
	ra_arena_fini(&job->arena);
	ra_free(job);
}

/* Forgets the jobs that only remember a time that has passed. */
static void sweep(struct roster *roster)
{
	for (struct job **at = &roster->jobs; *at;) {
		struct job *job = *at;
		bool is_over = !job->waiters && !is_recent(job) &&
			       job->retry_at_ms <= roster->api->now_ms();
		if (is_over) {
			*at = job->next;
			job_free(job);
		} else {
			at = &job->next;
		}
	}
}

static void finish(struct job *job, int status)
{
	struct waiter *waiter = job->waiters;
	job->waiters = NULL;
	ra_arena_reset(&job->arena);
	while (waiter) {
		struct waiter *next = waiter->next;
		waiter->done(waiter->ctx, status);
		ra_free(waiter);
		waiter = next;
	}
}

static void hold(struct job *job, uint64_t retry_ms)
{
	job->retry_at_ms = job->roster->api->now_ms() + (int64_t)retry_ms;
	finish(job, RA_EHTTP);
}

/* --- 1: tokens from the table --- */

static struct ra_str open_column(struct job *job, const PGresult *rows, int column)
{
	struct ra_str hex = ra_pg_get_str(rows, 0, column), text = RA_STR("");
	size_t len = 0;
	unsigned char *bytes = ra_arena_alloc(&job->arena, hex.len / 2 + 1);
	if (!ra_str_starts(hex, "\\x") ||
	    sodium_hex2bin(bytes, hex.len / 2, hex.ptr + 2, hex.len - 2, NULL, &len, NULL) != 0 ||
	    seal_open(job->roster->api->keys.tokens, (struct ra_str){ (char *)bytes, len },
		      &job->arena, &text) < 0)
		return RA_STR("");
	return text;
}

static void on_ended(void *ctx, int status, const struct ra_err *err)
{
	struct job *job = ctx;
	if (status < 0)
		ra_warn(job->roster->api->log, "sessions not ended",
			ra_f_text("why", err ? err->msg : ""));
	finish(job, RA_EDENIED);
}

/* Discord takes none of our tokens: keeping on with them would get our address banned. */
static void end_sessions(struct job *job)
{
	struct api *api = job->roster->api;
	struct ra_pg *pg = db_pick(api->db);
	struct ra_pg_params p = { .arena = &job->arena };
	ra_pg_i64(&p, (int64_t)job->user_id);
	ra_info(api->log, "discord authorization ended", ra_f_u64("user", job->user_id));
	if (!pg || ra_pg_send(pg, STMT_account_end, &p, NULL, NULL) < 0 ||
	    ra_pg_sync(pg, on_ended, job) < 0)
		finish(job, RA_EDOWN);
}

static void on_pair_stored(void *ctx, int status, const struct ra_err *err)
{
	struct job *job = ctx;
	(void)err;
	if (status < 0)
		finish(job, status);
	else
		ask_guilds(job);
}

static int store_pair(struct job *job, const struct discord_tokens *tokens)
{
	struct api *api = job->roster->api;
	struct ra_pg *pg = db_pick(api->db);
	struct ra_pg_params p = { .arena = &job->arena };
	ra_pg_i64(&p, (int64_t)job->user_id);
	ra_pg_bytes(&p, seal(api->keys.tokens, tokens->access, &job->arena));
	ra_pg_bytes(&p, seal(api->keys.tokens, tokens->refresh, &job->arena));
	ra_pg_i64(&p, api->now_ms() + tokens->expires_in_ms);
	job->access = ra_str_of(ra_arena_strdup(&job->arena, tokens->access));
	if (!pg || ra_pg_send(pg, STMT_account_set_tokens, &p, NULL, NULL) < 0)
		return RA_EDOWN;
	return ra_pg_sync(pg, on_pair_stored, job);
}

static void on_refreshed(void *ctx, int status, const struct discord_answer *answer)
{
	struct job *job = ctx;
	struct discord_tokens tokens;
	if (status == RA_EDENIED) {
		job->refused = job->refresh;
		load_tokens(job);
	} else if (status < 0 || discord_read_tokens(answer->body, &tokens) < 0) {
		hold(job, answer->retry_ms);
	} else if (store_pair(job, &tokens) < 0) {
		finish(job, RA_EDOWN);
	}
}

static void on_tokens(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct job *job = ctx;
	struct api *api = job->roster->api;
	(void)err;
	if (status < 0) {
		finish(job, status);
		return;
	}
	bool is_known = PQntuples(rows) == 1;
	job->access = is_known ? open_column(job, rows, 0) : RA_STR("");
	job->refresh = is_known ? open_column(job, rows, 1) : RA_STR("");
	if (job->access.len == 0 || ra_str_eq(job->refresh, job->refused))
		end_sessions(job);
	else if (ra_pg_get_i64(rows, 0, 2) - TOKEN_SLACK_MS > api->now_ms())
		ask_guilds(job);
	else
		discord_refresh(api, job->refresh, on_refreshed, job);
}

static void load_tokens(struct job *job)
{
	struct ra_pg_params p = { .arena = &job->arena };
	ra_pg_i64(&p, (int64_t)job->user_id);
	if (db_ask(job->roster->api->db, STMT_account_tokens, &p, on_tokens, job) < 0)
		finish(job, RA_EDOWN);
}

/* --- 2: the guilds --- */

static void on_stored(void *ctx, int status, const struct ra_err *err)
{
	struct job *job = ctx;
	(void)err;
	if (status == 0)
		job->stored_ms = job->roster->api->now_ms();
	finish(job, status);
}

static void on_guilds(void *ctx, int status, const struct discord_answer *answer)
{
	struct job *job = ctx;
	struct api *api = job->roster->api;
	struct guild_list list;
	if (status == RA_EDENIED) {
		end_sessions(job);
		return;
	}
	if (status < 0 || guild_list_read(answer->body, &job->arena, &list) < 0) {
		hold(job, answer->retry_ms);
		return;
	}
	struct ra_pg *pg = db_pick(api->db);
	if (!pg || guild_list_send(pg, &job->arena, job->user_id, &list, api->now_ms()) < 0 ||
	    ra_pg_sync(pg, on_stored, job) < 0)
		finish(job, RA_EDOWN);
}

static void ask_guilds(struct job *job)
{
	discord_ask_user(job->roster->api, job->access, "GET /users/@me/guilds", "limit=200",
			 on_guilds, job);
}

/* --- from outside --- */

struct roster *roster_new(struct api *api)
{
	struct roster *roster = ra_new(struct roster);
	roster->api = api;
	return roster;
}

void roster_free(struct roster *roster)
{
	while (roster->jobs) {
		struct job *job = roster->jobs;
		roster->jobs = job->next;
		job_free(job);
	}
	ra_free(roster);
}

bool roster_may_ask(struct roster *roster, uint64_t user_id)
{
	const struct job *job = find_job(roster, user_id);
	return !job || job->retry_at_ms <= roster->api->now_ms();
}

void roster_refresh(struct roster *roster, uint64_t user_id, roster_cb done, void *ctx)
{
	sweep(roster);
	struct job *job = find_job(roster, user_id);
	bool is_running = job && job->waiters;
	if (job && !is_running && is_recent(job)) {
		done(ctx, 0);
		return;
	}
	if (!job) {
		job = ra_new(struct job);
		*job = (struct job){ .roster = roster, .user_id = user_id, .next = roster->jobs };
		roster->jobs = job;
	}
	struct waiter *waiter = ra_new(struct waiter);
	*waiter = (struct waiter){ done, ctx, job->waiters };
	job->waiters = waiter;
	if (!is_running) {
		job->refused = (struct ra_str){ 0 };
		load_tokens(job);
	}
}
