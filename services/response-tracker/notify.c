/* notify: see notify.h. Its life, and what its parts share. */
#include "libshared/base/clock.h"
#include "services/response-tracker/notify_internal.h"
#include <stdio.h>

#define TICK_MS 500

static const struct ra_pg_stmt stmts[] = {
#define X(name, params) [NOTIFY_##name] = { sql_notify_##name, params },
	NOTIFY_SQL(X)
#undef X
};

/* --- what the parts share --- */

static void close_connections(struct notify *n)
{
	ra_pg_close(n->pg, NULL, NULL);
	if (n->rest)
		ra_rest_close(n->rest, NULL, NULL);
	n->pg = NULL;
	n->rest = NULL;
}

void notify_begin(struct notify *n)
{
	n->under_way++;
}

void notify_end(struct notify *n)
{
	if (--n->under_way == 0 && n->is_stopping)
		close_connections(n);
}

bool notify_shards(const struct notify *n, struct ra_pg_params *p)
{
	int64_t ids[NOTIFY_SHARDS_MAX], counts[NOTIFY_SHARDS_MAX];
	size_t count = n->conf.at_ease(n->conf.at_ease_ctx, ids, counts, NOTIFY_SHARDS_MAX);
	ra_pg_i64_array(p, ids, count, sizeof(*ids));
	ra_pg_i64_array(p, counts, count, sizeof(*counts));
	return count > 0;
}

size_t notify_ids(struct ra_arena *arena, struct ra_str json, const uint64_t **ids)
{
	json_t *list = json_loadb(json.ptr, json.len, 0, NULL), *one;
	uint64_t *all = ra_arena_alloc(arena, (json_array_size(list) + 1) * sizeof(*all));
	size_t i;
	json_array_foreach(list, i, one) all[i] = (uint64_t)json_integer_value(one);
	size_t count = json_array_size(list);
	json_decref(list);
	*ids = all;
	return count;
}

const char *notify_copy(struct ra_arena *arena, const PGresult *rows, int row, int column)
{
	if (ra_pg_is_null(rows, row, column))
		return NULL;
	return ra_arena_strdup(arena, ra_pg_get_str(rows, row, column));
}

void notify_nonce(char nonce[26])
{
	snprintf(nonce, 26, "n%012llx%012llx", (unsigned long long)ra_random(1ULL << 48),
		 (unsigned long long)ra_random(1ULL << 48));
}

/* $1 guild, $2 payload, $3 nonce, $4 now, $5 kind */
const char sql_notify_system[] =
	"INSERT INTO response.notice (guild_id, kind, channel_id, payload, nonce, created_at) "
	"SELECT guild_id, $5, system_channel_id, $2::jsonb, $3, public.ms_to_ts($4) "
	"FROM app.notice_settings WHERE guild_id = $1 AND system_channel_id IS NOT NULL "
	"ON CONFLICT (nonce) DO NOTHING";

int notify_system(struct notify *n, uint64_t guild, const char *kind, json_t *message,
		  const char *nonce)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	char *payload = json_dumps(message, JSON_COMPACT);
	ra_pg_i64(&p, (int64_t)guild);
	ra_pg_text(&p, ra_str_of(payload));
	ra_pg_text(&p, ra_str_of(nonce));
	ra_pg_i64(&p, ra_wall_ms());
	ra_pg_text(&p, ra_str_of(kind));
	int rc = ra_pg_send(n->pg, NOTIFY_system, &p, NULL, NULL);
	free(payload);
	ra_arena_fini(&arena);
	return rc;
}

/* --- life --- */

static void on_timer(uv_timer_t *timer)
{
	struct notify *n = ra_container_of(timer, struct notify, timer);
	if (!ra_pg_is_up(n->pg))
		return;
	notify_look(n);
	notify_reporter_tick(n->reporter);
	notify_leveller_tick(n->leveller);
	notify_alarmer_tick(n->alarmer);
	if (!n->rest)
		return;
	notify_courier_tick(n->courier);
	notify_marker_tick(n->marker);
}

static int open_connections(struct notify *n, struct ra_err *err)
{
	static const struct ra_pg_ops ops = { .on_up = NULL };
	const struct notify_conf *conf = &n->conf;
	n->langs = langs_load(conf->locales_dir, "notices", err);
	if (!n->langs)
		return RA_ECONF;
	if (*conf->discord_token) {
		n->rest = ra_rest_open(n->loop,
				       &(struct ra_rest_options){ .base_url = conf->discord_api,
								  .token = conf->discord_token,
								  .redis_url = conf->redis_url,
								  .log = conf->log },
				       err);
		if (!n->rest)
			return RA_ECONF;
	}
	n->pg = ra_pg_open(n->loop, conf->database_url, "rations-notify", stmts, NOTIFY_SQL_COUNT,
			   conf->log, &ops, n, err);
	return n->pg ? 0 : RA_ECONF;
}

struct notify *notify_start(uv_loop_t *loop, const struct notify_conf *conf, struct ra_err *err)
{
	struct notify *n = ra_new(struct notify);
	n->conf = *conf;
	n->loop = loop;
	if (open_connections(n, err) < 0) {
		if (n->rest)
			ra_rest_close(n->rest, NULL, NULL);
		langs_free(n->langs);
		ra_free(n);
		return NULL;
	}
	n->courier = notify_courier_new(n);
	n->marker = notify_marker_new(n);
	n->reporter = notify_reporter_new(n);
	n->leveller = notify_leveller_new(n);
	n->alarmer = notify_alarmer_new(n);
	uv_timer_init(loop, &n->timer);
	uv_timer_start(&n->timer, on_timer, TICK_MS, TICK_MS);
	return n;
}

void notify_stop(struct notify *n)
{
	if (!n || n->is_stopping)
		return;
	n->is_stopping = true;
	uv_timer_stop(&n->timer);
	uv_close((uv_handle_t *)&n->timer, NULL);
	if (n->under_way == 0)
		close_connections(n);
}

void notify_free(struct notify **n)
{
	if (!*n)
		return;
	ra_free((*n)->courier);
	ra_free((*n)->marker);
	ra_free((*n)->reporter);
	ra_free((*n)->leveller);
	ra_free((*n)->alarmer);
	langs_free((*n)->langs);
	ra_free(*n);
	*n = NULL;
}
