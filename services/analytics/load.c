#include "services/analytics/load.h"
#include "services/analytics/sql.h"

static void copy_text(char *out, size_t size, struct ra_str text)
{
	size_t len = text.len < size ? text.len : size - 1;
	memcpy(out, text.ptr, len);
	out[len] = '\0';
}

static void on_shard(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	struct shard_state *shard = &((struct state *)ctx)->shard;
	if (status < 0 || PQntuples(r) == 0)
		return;
	shard->is_known = true;
	shard->is_connected = ra_pg_get_bool(r, 0, 0);
	shard->changed_at = ra_pg_get_i64(r, 0, 1);
	shard->down_since = ra_pg_get_i64(r, 0, 2);
	shard->bot_id = ra_pg_get_u64(r, 0, 3);
	shard->gap_started_at = ra_pg_get_i64(r, 0, 4);
	shard->service_started_at = ra_pg_get_i64(r, 0, 5);
}

static void on_unnamed(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	if (status == 0)
		unnamed_read(&((struct state *)ctx)->unnamed, r);
}

static void on_guilds(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		struct guild *g = state_guild_add(ctx, ra_pg_get_u64(r, i, 0));
		guild_set_text(&g->name, ra_pg_get_str(r, i, 1));
		guild_set_text(&g->icon, ra_pg_get_str(r, i, 2));
		guild_set_text(&g->locale, ra_pg_get_str(r, i, 3));
		g->owner = ra_pg_get_u64(r, i, 4);
		g->member_count = ra_pg_get_i64(r, i, 5);
		g->messages_total = ra_pg_get_i64(r, i, 6);
		g->voice.afk_channel = ra_pg_get_u64(r, i, 7);
		g->premium_tier = ra_pg_get_i64(r, i, 8);
		g->premium_count = ra_pg_get_i64(r, i, 9);
		g->bot_joined_at = ra_pg_get_i64(r, i, 10);
		g->first_event_at = ra_pg_get_i64(r, i, 11);
		g->last_event_at = ra_pg_get_i64(r, i, 12);
		g->unavailable_at = ra_pg_get_i64(r, i, 13);
		g->removed_at = ra_pg_get_i64(r, i, 14);
		g->is_available = ra_pg_get_bool(r, i, 15);
		g->snapshot_at = ra_pg_get_i64(r, i, 16);
		g->voice.has_no_afk_rule = !ra_pg_get_bool(r, i, 17);
		g->unseen_since = ra_pg_get_i64(r, i, 18);
	}
}

static void on_channels(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		struct channel *channel =
			guild_channel_add(state_guild_add(ctx, ra_pg_get_u64(r, i, 0)),
					  ra_pg_get_u64(r, i, 1), ra_pg_get_i64(r, i, 2));
		channel->is_hidden = ra_pg_get_bool(r, i, 3);
		channel->has_boundary = !ra_pg_is_null(r, i, 4);
		channel->boundary = ra_pg_get_u64(r, i, 4);
		channel->reached = ra_pg_get_u64(r, i, 5);
		channel->has_hole = ra_pg_get_bool(r, i, 6);
	}
}

static void on_roles(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++)
		guild_role_add(state_guild_add(ctx, ra_pg_get_u64(r, i, 0)),
			       ra_pg_get_u64(r, i, 1));
}

static void on_voice(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		struct guild *g = state_guild_add(ctx, ra_pg_get_u64(r, i, 0));
		struct voice_member *m = voice_restore(&g->voice, ra_pg_get_u64(r, i, 1));
		m->channel = ra_pg_get_u64(r, i, 2);
		m->joined_at = ra_pg_get_i64(r, i, 3);
		m->started_at = ra_pg_get_i64(r, i, 4);
		copy_text(m->voice_session, sizeof m->voice_session, ra_pg_get_str(r, i, 5));
		m->is_bot = ra_pg_get_bool(r, i, 6);
		m->flags = (struct voice_flags){
			.self_mute = ra_pg_get_bool(r, i, 7),
			.mute = ra_pg_get_bool(r, i, 8),
			.self_deaf = ra_pg_get_bool(r, i, 9),
			.deaf = ra_pg_get_bool(r, i, 10),
			.suppress = ra_pg_get_bool(r, i, 11),
			.stream = ra_pg_get_bool(r, i, 12),
			.video = ra_pg_get_bool(r, i, 13),
		};
	}
	struct state *state = ctx;
	for (struct guild *g = state->guilds; g; g = g->hh.next)
		voice_restored(&g->voice);
}

static void on_standings(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		struct guild *g = state_guild_add(ctx, ra_pg_get_u64(r, i, 0));
		struct standing *standing = guild_standing_add(g, ra_pg_get_u64(r, i, 1));
		standing->boosting_since = ra_pg_get_i64(r, i, 2);
		standing->timeout_until = ra_pg_get_i64(r, i, 3);
	}
}

int load_state(struct ra_pg *pg, struct state *state)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params shard = { .arena = &arena };
	ra_pg_i64(&shard, state->shard.shard_id);
	ra_pg_i64(&shard, state->shard.shard_count);

	const struct {
		int stmt;
		const struct ra_pg_params *params;
		ra_pg_result_cb on_result;
	} steps[] = {
		{ SQL_LOAD_SHARD, &shard, on_shard },
		{ SQL_LOAD_UNNAMED, NULL, on_unnamed },
		{ SQL_LOAD_GUILDS, &shard, on_guilds },
		{ SQL_LOAD_CHANNELS, &shard, on_channels },
		{ SQL_LOAD_ROLES, &shard, on_roles },
		{ SQL_LOAD_VOICE, &shard, on_voice },
		{ SQL_LOAD_STANDINGS, &shard, on_standings },
	};
	int rc = 0;
	for (size_t i = 0; i < RA_COUNT(steps) && rc == 0; i++)
		rc = ra_pg_send(pg, steps[i].stmt, steps[i].params, steps[i].on_result, state);
	ra_arena_fini(&arena);
	return rc;
}

static void on_members(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	struct fold *fold = ctx;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		struct user_key key = { ra_pg_get_u64(r, i, 0), ra_pg_get_u64(r, i, 1) };
		struct known_row *known = ra_table_find(&fold->known, &key);
		if (!known)
			continue;
		known->is_known = true;
		known->is_bot = ra_pg_get_bool(r, i, 2);
		known->joined_at = ra_pg_get_i64(r, i, 3);
		known->left_at = ra_pg_get_i64(r, i, 4);
	}
}

int load_known(struct ra_pg *pg, struct fold *fold)
{
	struct ra_arena arena = { 0 };
	struct user_key *keys = ra_arena_alloc(&arena, (fold->known.count + 1) * sizeof *keys);
	size_t count = 0;
	for (size_t i = 0; i < fold->known.count; i++) {
		const struct known_row *known =
			(const struct known_row *)(void *)fold->known.rows + i;
		if (!known->is_loaded)
			keys[count++] = known->key;
	}
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_u64_array(&p, &keys->guild, count, sizeof *keys);
	ra_pg_u64_array(&p, &keys->user, count, sizeof *keys);
	int rc = ra_pg_send(pg, SQL_LOAD_MEMBERS, &p, on_members, fold);
	ra_arena_fini(&arena);
	return rc;
}
