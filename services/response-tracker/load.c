#include "services/response-tracker/load.h"
#include "libshared/base/log.h"
#include "libshared/desk/match.h"
#include "libshared/discord/snowflake.h"
#include "libshared/metrics/metrics.h"
#include "services/response-tracker/sql.h"
#include "services/response-tracker/task.h"

RA_COUNTER(rules_refused, "rations_request_rules_refused_total",
	   "guilds whose rules could not be compiled: nothing is a request there")

static void on_versions(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	struct state *state = ctx;
	if (status < 0 || PQntuples(r) == 0)
		return;
	state->desk_version = ra_pg_get_i64(r, 0, 0);
	state->rules_version = ra_pg_get_i64(r, 0, 1);
}

static void read_ids(struct id_list *list, struct ra_str text)
{
	struct ra_arena arena = { 0 };
	uint64_t *ids = ra_arena_alloc(&arena, (text.len / 2 + 1) * sizeof *ids), id;
	size_t count = 0;
	while ((id = ra_ids_next(&text)) != 0)
		ids[count++] = id;
	id_list_set(list, ids, count);
	ra_arena_fini(&arena);
}

static void on_guilds(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	struct state *state = ctx;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		uint64_t id = ra_pg_get_u64(r, i, 0);
		struct guild *g = ra_table_row(&state->guilds, &id, NULL);
		g->is_enabled = ra_pg_get_bool(r, i, 1);
		g->wants_excerpts = ra_pg_get_bool(r, i, 2);
		g->counts_replies = ra_pg_get_bool(r, i, 3);
		g->counts_threads = ra_pg_get_bool(r, i, 4);
		g->counts_reactions = ra_pg_get_bool(r, i, 5);
		g->merge_window_ms = ra_pg_get_i64(r, i, 6) * 1000;
		g->reopen_window_ms = ra_pg_get_i64(r, i, 7) * 1000;
		read_ids(&g->staff_roles, ra_pg_get_str(r, i, 8));
		read_ids(&g->ignored, ra_pg_get_str(r, i, 9));
		g->allowed = ra_str_dup(ra_pg_get_str(r, i, 10));
		g->denied = ra_str_dup(ra_pg_get_str(r, i, 11));
	}
}

static void on_people(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		struct person *p =
			state_person_add(ctx, ra_pg_get_u64(r, i, 0), ra_pg_get_u64(r, i, 1));
		p->is_staff = ra_pg_get_bool(r, i, 2);
		p->is_by_role = ra_pg_get_bool(r, i, 3);
		p->is_by_hand = ra_pg_get_bool(r, i, 4);
		p->is_barred = ra_pg_get_bool(r, i, 5);
		p->is_unnamed = ra_pg_get_bool(r, i, 6);
	}
}

static void on_channels(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		const struct channel channel = { ra_pg_get_u64(r, i, 1), ra_pg_get_u64(r, i, 2),
						 ra_pg_get_i64(r, i, 3) };
		state_channel_put(ctx, &channel);
	}
}

static enum match_kind kind_of(struct ra_str text)
{
	if (ra_str_is(text, "mention"))
		return MATCH_MENTION;
	return ra_str_is(text, "forum") ? MATCH_FORUM : MATCH_KEYWORD;
}

static struct match_rule rule_of(const PGresult *r, int row)
{
	return (struct match_rule){
		.rule_id = ra_pg_get_u64(r, row, 1),
		.kind = kind_of(ra_pg_get_str(r, row, 2)),
		.priority = (int)ra_pg_get_i64(r, row, 3),
		.roles = ra_pg_get_str(r, row, 4),
		.allowed = ra_pg_get_str(r, row, 5),
		.denied = ra_pg_get_str(r, row, 6),
		.words = ra_pg_get_str(r, row, 7),
		.stems = ra_pg_get_str(r, row, 8),
		.phrases = ra_pg_get_str(r, row, 9),
		.patterns = ra_pg_get_str(r, row, 10),
	};
}

/* api has checked every term when it was written; that one is none now is its fault or ours. */
static void compile(struct state *state, uint64_t guild_id, const struct match_rule *rules,
		    size_t count)
{
	struct ra_err err = { 0 };
	struct guild *guild = state_guild(state, guild_id);
	if (!guild || count == 0)
		return;
	guild->rules = match_compile(rules, count, &err);
	if (guild->rules)
		return;
	ra_count(&rules_refused, 1);
	ra_error(NULL, "rules can not be compiled", ra_f_u64("guild", guild_id),
		 ra_f_text("error", err.msg));
}

/* Ordered by guild. */
static void on_rules(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	struct match_rule rules[MATCH_RULES_MAX];
	size_t count = 0;
	uint64_t guild = 0;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		uint64_t of = ra_pg_get_u64(r, i, 0);
		if (of != guild) {
			compile(ctx, guild, rules, count);
			count = 0;
		}
		guild = of;
		if (count < RA_COUNT(rules))
			rules[count++] = rule_of(r, i);
	}
	compile(ctx, guild, rules, count);
}

/* The newest of a channel and author comes last. */
static void on_bursts(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	struct state *state = ctx;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		const struct burst_key key = { ra_pg_get_u64(r, i, 0), ra_pg_get_u64(r, i, 1),
					       ra_pg_get_u64(r, i, 2) };
		struct burst *burst = ra_table_row(&state->bursts, &key, NULL);
		burst->request = ra_pg_get_u64(r, i, 3);
		burst->last_at = ra_snowflake_ms(ra_pg_get_u64(r, i, 4));
	}
}

int load_state(struct ra_pg *pg, const char *stream, uint32_t shard_id, uint32_t shard_count,
	       int64_t now, struct state *state)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params shard = { .arena = &arena };
	ra_pg_i64(&shard, shard_id);
	ra_pg_i64(&shard, shard_count);
	struct ra_pg_params bursts = shard;
	ra_pg_text(&bursts, ra_str_of(stream));
	struct ra_pg_params staff = { .arena = &arena };
	ra_pg_text(&staff, ra_str_of(stream));
	ra_pg_i64(&staff, shard_id);
	ra_pg_i64(&staff, shard_count);
	ra_pg_i64(&staff, now);

	const struct {
		int stmt;
		const struct ra_pg_params *params;
		ra_pg_result_cb on_result;
	} steps[] = {
		{ SQL_LOAD_VERSIONS, NULL, on_versions },   { SQL_SYNC_STAFF, &staff, NULL },
		{ SQL_LOAD_GUILDS, &shard, on_guilds },     { SQL_LOAD_PEOPLE, &shard, on_people },
		{ SQL_LOAD_CHANNELS, &shard, on_channels }, { SQL_LOAD_RULES, &shard, on_rules },
		{ SQL_LOAD_BURSTS, &bursts, on_bursts },
	};
	int rc = 0;
	for (size_t i = 0; i < RA_COUNT(steps) && rc == 0; i++)
		rc = ra_pg_send(pg, steps[i].stmt, steps[i].params, steps[i].on_result, state);
	if (rc == 0)
		rc = task_load(pg, &shard, state);
	ra_arena_fini(&arena);
	return rc;
}

/* --- requests that a batch is about ---------------------------------------------------- */

static enum request_state state_of(struct ra_str text)
{
	if (ra_str_is(text, "open"))
		return REQUEST_OPEN;
	if (ra_str_is(text, "answered"))
		return REQUEST_ANSWERED;
	return ra_str_is(text, "resolved") ? REQUEST_RESOLVED : REQUEST_VOID;
}

static void on_requests(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		uint64_t guild = ra_pg_get_u64(r, i, 0);
		const struct known_request request = {
			.key = { guild, ra_pg_get_u64(r, i, 2) },
			.author = ra_pg_get_u64(r, i, 3),
			.channel = ra_pg_get_u64(r, i, 4),
			.state = state_of(ra_pg_get_str(r, i, 5)),
			.closed_at = ra_pg_get_i64(r, i, 6),
		};
		fold_knows(ctx, guild, ra_pg_get_u64(r, i, 1), &request);
	}
}

int load_requests(struct ra_pg *pg, struct fold *fold)
{
	struct ra_arena arena = { 0 };
	const struct known_message *messages = (const void *)fold->messages.rows;
	struct message_key *keys =
		ra_arena_alloc(&arena, (fold->messages.count + 1) * sizeof *keys);
	size_t count = 0;
	for (size_t i = 0; i < fold->messages.count; i++)
		if (!messages[i].is_loaded)
			keys[count++] = messages[i].key;
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_u64_array(&p, &keys->guild, count, sizeof *keys);
	ra_pg_u64_array(&p, &keys->message, count, sizeof *keys);
	int rc = count ? ra_pg_send(pg, SQL_LOAD_REQUESTS, &p, on_requests, fold) : 0;
	ra_arena_fini(&arena);
	return rc < 0 ? rc : count > 0;
}
