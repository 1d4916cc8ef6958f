/*
 * notify_look: one look at what is due (notify.h): LOOK -> READ, and WRITE in
 * notify_tell.c. Whatever fails is left as it is for the next look.
 */
#include "services/response-tracker/notify_look.h"
#include "libshared/base/clock.h"

/* clang-format off */
/* $1 now, $2 shards, $3 how many shards each of their plans has */
const char sql_notify_look[] =
	"WITH due AS ("
	" SELECT guild_id, min(due_at) AS due_at FROM response.due d WHERE due_at <= public.ms_to_ts($1) "
	"  AND EXISTS (SELECT FROM unnest($2::bigint[], $3::bigint[]) s (id, count) "
	"   WHERE (d.guild_id >> 22) % s.count = s.id) "
	" GROUP BY guild_id ORDER BY min(due_at) LIMIT 50"
	") "
	"SELECT d.guild_id, coalesce(n.is_enabled, false), n.repeat_s, n.repeat_cap, n.storm, "
	" n.channel_id, coalesce(n.channel_guild_id, d.guild_id) <> d.guild_id, to_json(n.roles), "
	" public.ts_to_ms(app.notice_from(d.guild_id, public.ms_to_ts($1))), "
	" recent.count, public.ts_to_ms(recent.first), coalesce(nullif(s.language, ''), g.locale, ''), g.name, "
	" (SELECT json_agg(json_build_object('step', step, 'wait_s', wait_s, 'kind', kind, "
	"   'target', target_id, 'is_here', EXISTS (SELECT FROM analytics.channel c "
	"    WHERE c.guild_id = d.guild_id AND c.channel_id = e.target_id)) ORDER BY step) "
	"  FROM app.escalation e WHERE e.guild_id = d.guild_id), "
	" (SELECT json_agg(user_id ORDER BY user_id) FROM app.curator c "
	"  WHERE c.guild_id = d.guild_id AND is_lead AND is_active), "
	" to_json(app.on_call(d.guild_id, public.ms_to_ts($1))) "
	"FROM due d LEFT JOIN app.notice_settings n USING (guild_id) "
	"LEFT JOIN app.guild_settings s USING (guild_id) LEFT JOIN analytics.guild g USING (guild_id) "
	"CROSS JOIN LATERAL (SELECT count(*), min(created_at) AS first FROM response.notice o "
	" WHERE o.guild_id = d.guild_id AND o.kind IN ('reminder', 'escalation') "
	"  AND o.created_at > public.ms_to_ts($1) - interval '1 minute' AND o.state <> 'dropped') recent "
	"ORDER BY d.due_at";

enum guild_column { G_GUILD, IS_ENABLED, REPEAT_S, REPEAT_CAP, STORM, CHANNEL, IS_ELSEWHERE, ROLES,
	OPEN_MS, RECENT, RECENT_MS, LOCALE, GUILD_NAME, STEPS, LEADS, ON_CALL };

/* $1 now, $2 guilds */
const char sql_notify_read[] =
	"SELECT d.guild_id, d.request_id, d.kind, d.step, public.ts_to_ms(d.due_at), "
	" coalesce(r.state = 'open', false), public.ts_to_ms(r.snoozed_until), r.channel_id, r.author_id, "
	" r.kind <> 'command', public.ts_to_ms(r.asked_at), public.ts_to_ms(r.clock_at), r.priority, "
	" r.reopened > 0, r.claimed_by, CASE WHEN s.wants_excerpts THEN r.excerpt END, "
	" coalesce(nullif(m.nick, ''), nullif(m.global_name, ''), m.username), c.name "
	"FROM (SELECT * FROM response.due WHERE guild_id = ANY ($2::bigint[]) "
	"  AND due_at <= public.ms_to_ts($1) ORDER BY due_at, request_id LIMIT 1000) d "
	"LEFT JOIN response.request r USING (guild_id, request_id) "
	"LEFT JOIN app.guild_settings s USING (guild_id) "
	"LEFT JOIN analytics.member m ON m.guild_id = d.guild_id AND m.user_id = r.author_id "
	"LEFT JOIN analytics.channel c ON c.guild_id = d.guild_id AND c.channel_id = r.channel_id "
	"ORDER BY d.guild_id, d.due_at, d.request_id, d.kind DESC";

enum row_column { R_GUILD, REQUEST, KIND, STEP, DUE_MS, IS_OPEN, SNOOZED_MS, R_CHANNEL, AUTHOR,
	IS_MESSAGE, ASKED_MS, CLOCK_MS, PRIORITY, IS_REOPENED, CLAIMED_BY, EXCERPT, AUTHOR_NAME,
	CHANNEL_NAME };
/* clang-format on */

void notify_look_end(struct notify_look *look)
{
	struct notify *n = look->notify;
	bool has_told = look->has_told && n->rest && !n->is_stopping && ra_pg_is_up(n->pg);
	ra_arena_fini(&look->arena);
	ra_free(look);
	n->look = NULL;
	if (has_told)
		notify_courier_tick(n->courier);
	notify_end(n);
}

/* --- READ --- */

static void read_row(struct notify_look *look, const PGresult *rows, int i, struct look_row *row)
{
	struct ra_arena *arena = &look->arena;
	bool is_reminder = ra_str_is(ra_pg_get_str(rows, i, KIND), "reminder");
	row->guild = ra_pg_get_u64(rows, i, R_GUILD);
	row->due = (struct plan_due){
		.kind = is_reminder ? PLAN_REMINDER : PLAN_ESCALATION,
		.step = (int)ra_pg_get_i64(rows, i, STEP),
		.due_ms = ra_pg_get_i64(rows, i, DUE_MS),
		.is_open = ra_pg_get_bool(rows, i, IS_OPEN),
		.snoozed_until_ms = ra_pg_get_i64(rows, i, SNOOZED_MS),
	};
	row->request = (struct text_request){
		.guild = row->guild,
		.channel = ra_pg_get_u64(rows, i, R_CHANNEL),
		.id = ra_pg_get_u64(rows, i, REQUEST),
		.author = ra_pg_get_u64(rows, i, AUTHOR),
		.is_message = ra_pg_get_bool(rows, i, IS_MESSAGE),
		.asked_ms = ra_pg_get_i64(rows, i, ASKED_MS),
		.waited_ms = look->now_ms - ra_pg_get_i64(rows, i, CLOCK_MS),
		.priority = (int)ra_pg_get_i64(rows, i, PRIORITY),
		.is_reopened = ra_pg_get_bool(rows, i, IS_REOPENED),
		.claimed_by = ra_pg_get_u64(rows, i, CLAIMED_BY),
		.excerpt = notify_copy(arena, rows, i, EXCERPT),
		.author_name = notify_copy(arena, rows, i, AUTHOR_NAME),
		.channel_name = notify_copy(arena, rows, i, CHANNEL_NAME),
	};
}

static void on_read(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct notify_look *look = ctx;
	(void)err;
	if (status < 0)
		return; /* on_rows_read is told, too */
	look->row_count = (size_t)PQntuples(rows);
	look->rows = ra_arena_alloc(&look->arena, (look->row_count + 1) * sizeof(*look->rows));
	for (size_t i = 0; i < look->row_count; i++)
		read_row(look, rows, (int)i, &look->rows[i]);
	for (size_t i = 0; i < look->row_count; i++)
		for (size_t g = 0; g < look->guild_count; g++)
			if (look->guilds[g].id == look->rows[i].guild)
				look->rows[i].request.guild_name = look->guilds[g].name;
}

static void on_rows_read(void *ctx, int status, const struct ra_err *err)
{
	struct notify_look *look = ctx;
	(void)err;
	if (status < 0 || look->row_count == 0)
		notify_look_end(look);
	else
		notify_look_write(look);
}

static void read_rows(struct notify_look *look)
{
	struct ra_pg_params p = { .arena = &look->arena };
	ra_pg_i64(&p, look->now_ms);
	ra_pg_u64_array(&p, &look->guilds->id, look->guild_count, sizeof(*look->guilds));
	int rc = ra_pg_send(look->notify->pg, NOTIFY_read, &p, on_read, look);
	if (rc == 0)
		rc = ra_pg_sync(look->notify->pg, on_rows_read, look);
	if (rc < 0)
		notify_look_end(look);
}

/* --- LOOK --- */

static enum plan_way way_of(const char *word)
{
	static const char *const words[] = {
		[PLAN_ON_CALL] = "on_call", [PLAN_ROLE] = "role",       [PLAN_LEAD] = "lead",
		[PLAN_CHANNEL] = "channel", [PLAN_WEBHOOK] = "webhook",
	};
	size_t i = 0;
	while (i + 1 < RA_COUNT(words) && strcmp(word, words[i]) != 0)
		i++;
	return (enum plan_way)i;
}

static void read_steps(struct notify_look *look, struct look_guild *guild, struct ra_str text)
{
	json_t *list = json_loadb(text.ptr, text.len, 0, NULL), *one;
	size_t i, count = json_array_size(list);
	struct plan_step *steps = ra_arena_alloc(&look->arena, (count + 1) * sizeof(*steps));
	guild->steps_here = ra_arena_alloc(&look->arena, (count + 1) * sizeof(bool));
	json_array_foreach(list, i, one)
	{
		steps[i] = (struct plan_step){
			.step = (int)json_integer_value(json_object_get(one, "step")),
			.wait_ms = json_integer_value(json_object_get(one, "wait_s")) * 1000,
			.way = way_of(json_string_value(json_object_get(one, "kind"))),
			.target = (uint64_t)json_integer_value(json_object_get(one, "target")),
		};
		guild->steps_here[i] = json_is_true(json_object_get(one, "is_here"));
	}
	guild->plan.steps = steps;
	guild->plan.step_count = count;
	json_decref(list);
}

static void read_guild(struct notify_look *look, const PGresult *rows, int i,
		       struct look_guild *guild)
{
	struct ra_arena *arena = &look->arena;
	*guild = (struct look_guild){
		.id = ra_pg_get_u64(rows, i, G_GUILD),
		.channel = ra_pg_get_u64(rows, i, CHANNEL),
		.is_elsewhere = ra_pg_get_bool(rows, i, IS_ELSEWHERE),
		.lang = lang_of(look->notify->langs, ra_pg_get_str(rows, i, LOCALE)),
		.name = notify_copy(arena, rows, i, GUILD_NAME),
		.plan = {
			.is_enabled = ra_pg_get_bool(rows, i, IS_ENABLED),
			.repeat_ms = ra_pg_get_i64(rows, i, REPEAT_S) * 1000,
			.repeat_cap = (int)ra_pg_get_i64(rows, i, REPEAT_CAP),
			.open_ms = ra_pg_get_i64(rows, i, OPEN_MS),
			.storm = (int)ra_pg_get_i64(rows, i, STORM),
			.recent = (int)ra_pg_get_i64(rows, i, RECENT),
			.recent_ms = ra_pg_get_i64(rows, i, RECENT_MS),
		},
	};
	guild->role_count = notify_ids(arena, ra_pg_get_str(rows, i, ROLES), &guild->roles);
	guild->lead_count = notify_ids(arena, ra_pg_get_str(rows, i, LEADS), &guild->leads);
	guild->on_call_count = notify_ids(arena, ra_pg_get_str(rows, i, ON_CALL), &guild->on_call);
	read_steps(look, guild, ra_pg_get_str(rows, i, STEPS));
}

static void on_guilds(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct notify_look *look = ctx;
	(void)err;
	if (status < 0)
		return; /* on_looked is told, too */
	look->guild_count = (size_t)PQntuples(rows);
	look->guilds =
		ra_arena_alloc(&look->arena, (look->guild_count + 1) * sizeof(*look->guilds));
	for (size_t i = 0; i < look->guild_count; i++)
		read_guild(look, rows, (int)i, &look->guilds[i]);
}

static void on_looked(void *ctx, int status, const struct ra_err *err)
{
	struct notify_look *look = ctx;
	if (status < 0)
		ra_warn(look->notify->conf.log, "notices not looked at",
			ra_f_text("why", err->msg));
	if (status < 0 || look->guild_count == 0 || look->notify->is_stopping)
		notify_look_end(look);
	else
		read_rows(look);
}

void notify_look(struct notify *n)
{
	if (n->look)
		return;
	struct notify_look *look = ra_new(struct notify_look);
	struct ra_pg_params p = { .arena = &look->arena };
	look->notify = n;
	look->now_ms = ra_wall_ms();
	n->look = look;
	notify_begin(n);
	ra_pg_i64(&p, look->now_ms);
	int rc = notify_shards(n, &p) ? 0 : RA_EDOWN;
	if (rc == 0)
		rc = ra_pg_send(n->pg, NOTIFY_look, &p, on_guilds, look);
	if (rc == 0)
		rc = ra_pg_sync(n->pg, on_looked, look);
	if (rc < 0)
		notify_look_end(look);
}
