/*
 * notify_send: the outbox's courier. A channel is a lane: its oldest waiting
 * notice is taken, the others stand behind it, and no lane looks at another.
 *
 *	SWEEP  what was answered meanwhile is dropped; what webhooks became is noted
 *	TAKE   the head of each lane, held for a while: a replica that dies leaves it to the others
 *	       each goes its way by itself (notify_post.h); when it is done, the lane's next is
 *taken
 */
#include "libshared/base/clock.h"
#include "services/response-tracker/notify_post.h"

enum {
	LANES_MAX = 20,  /* messages on their way at once */
	HOLD_MS = 90000, /* longer than an attempt can take */
};
#define TEST_WAITED_MS (12 * 60000)

/* clang-format off */
#define SQL_ABOUT_REQUESTS "n.kind IN ('reminder', 'escalation', 'storm')"
#define SQL_ANSWERED                                                                               \
	"(" SQL_ABOUT_REQUESTS " AND NOT EXISTS (SELECT FROM response.request r "                  \
	" WHERE r.guild_id = n.guild_id AND r.request_id = ANY (n.requests) AND r.state = 'open' " \
	" AND r.clock_at <= n.created_at))"

/* $1 now. What may have arrived is looked for first (LOOK). */
const char sql_notify_sweep[] =
	"UPDATE response.notice n SET state = 'dropped', why = 'answered', payload = '{}', finished_at = public.ms_to_ts($1) "
	"WHERE n.state = 'waiting' AND n.attempted_at IS NULL "
	" AND (n.held_until IS NULL OR n.held_until <= public.ms_to_ts($1)) AND " SQL_ANSWERED
	" AND NOT EXISTS (SELECT FROM app.webhook_delivery w WHERE w.notice_id = n.notice_id)";

/* $1 now. api's courier delivers to webhooks (services/api/courier.h). */
const char sql_notify_settle[] =
	"UPDATE response.notice n SET state = CASE WHEN w.delivered_at IS NOT NULL THEN 'sent' ELSE 'failed' END, "
	" why = coalesce(w.trouble, CASE WHEN w.delivered_at IS NULL THEN 'no_webhook' ELSE '' END), "
	" tries = coalesce(w.attempts, 0), payload = '{}', finished_at = public.ms_to_ts($1) "
	"FROM response.notice o LEFT JOIN app.webhook_delivery w ON w.notice_id = o.notice_id "
	"LEFT JOIN app.webhook h ON h.webhook_id = o.webhook_id "
	"WHERE n.notice_id = o.notice_id AND o.state = 'waiting' AND o.webhook_id IS NOT NULL "
	" AND ((w.notice_id IS NOT NULL AND w.due_at IS NULL) OR h.webhook_id IS NULL OR h.disabled_at IS NOT NULL)";

/* $1 now, $2 until when they are ours, $3 how many, $4 those we are at (our clock may have jumped) */
const char sql_notify_take[] =
	"WITH heads AS ("
	" SELECT DISTINCT ON (channel_id) notice_id FROM response.notice "
	" WHERE state = 'waiting' AND channel_id IS NOT NULL ORDER BY channel_id, notice_id"
	"), free AS ("
	" SELECT n.notice_id FROM response.notice n JOIN heads USING (notice_id) "
	" WHERE n.state = 'waiting' AND (n.held_until IS NULL OR n.held_until <= public.ms_to_ts($1)) "
	"  AND n.notice_id <> ALL ($4::bigint[]) "
	" ORDER BY n.notice_id LIMIT $3 FOR UPDATE OF n SKIP LOCKED"
	") "
	"UPDATE response.notice n SET held_until = public.ms_to_ts($2), tries = n.tries + 1 "
	"FROM free, response.notice o LEFT JOIN app.guild_settings s USING (guild_id) "
	"LEFT JOIN analytics.guild g USING (guild_id) "
	"WHERE n.notice_id = free.notice_id AND o.notice_id = n.notice_id "
	"RETURNING n.notice_id, n.guild_id, n.channel_id, n.payload, n.nonce, n.tries, "
	" public.ts_to_ms(n.created_at), public.ts_to_ms(n.attempted_at), " SQL_ANSWERED ", "
	" coalesce(nullif(s.language, ''), g.locale, ''), n.kind = 'test', g.name, "
	" (SELECT to_json(roles) FROM app.notice_settings t WHERE t.guild_id = n.guild_id), n.requests[1]";

enum column { ID, GUILD, CHANNEL, PAYLOAD, NONCE, TRIES, CREATED_MS, ATTEMPTED_MS, IS_ANSWERED, LOCALE,
	IS_TEST, GUILD_NAME, ROLES, REQUEST };
/* clang-format on */

struct notify_courier {
	struct notify *notify;                 /* borrowed */
	bool is_taking, is_wanted;             /* wanted: take again when this is done */
	struct notify_post *flying[LANES_MAX]; /* owned; NULL: free */
	int in_flight;
};

struct notify_courier *notify_courier_new(struct notify *notify)
{
	struct notify_courier *courier = ra_new(struct notify_courier);
	courier->notify = notify;
	return courier;
}

static void on_done(void *ctx, struct notify_post *post)
{
	struct notify_courier *courier = ctx;
	struct notify *n = courier->notify;
	for (size_t i = 0; i < LANES_MAX; i++)
		if (courier->flying[i] == post)
			courier->flying[i] = NULL;
	json_decref(post->message);
	ra_arena_fini(&post->arena);
	ra_free(post);
	courier->in_flight--;
	if (!n->is_stopping && ra_pg_is_up(n->pg))
		notify_courier_tick(courier); /* the next of its lane */
	notify_end(n);
}

/* What a test says is made up, and the same each time it is tried: somebody asks in that channel.
 */
static json_t *compose_test(struct notify_post *post, const PGresult *rows, int i)
{
	const uint64_t *roles;
	size_t count = notify_ids(&post->arena, ra_pg_get_str(rows, i, ROLES), &roles);
	const struct text_to to = { .roles = roles, .role_count = count, .is_here = count == 0 };
	const struct text_request sample = {
		.guild = post->guild,
		.channel = post->channel,
		.asked_ms = post->created_ms - TEST_WAITED_MS,
		.waited_ms = TEST_WAITED_MS,
		.priority = 2,
		.guild_name = notify_copy(&post->arena, rows, i, GUILD_NAME),
	};
	return text_test(post->lang, &post->arena, &sample, &to, post->created_ms);
}

static void begin_post(struct notify_courier *courier, const PGresult *rows, int i)
{
	struct notify_post *post = ra_new(struct notify_post);
	struct ra_str payload = ra_pg_get_str(rows, i, PAYLOAD);
	*post = (struct notify_post){
		.notify = courier->notify,
		.done = on_done,
		.ctx = courier,
		.id = ra_pg_get_i64(rows, i, ID),
		.guild = ra_pg_get_u64(rows, i, GUILD),
		.channel = ra_pg_get_u64(rows, i, CHANNEL),
		.request = ra_pg_get_u64(rows, i, REQUEST),
		.tries = (int)ra_pg_get_i64(rows, i, TRIES),
		.created_ms = ra_pg_get_i64(rows, i, CREATED_MS),
		.attempted_ms = ra_pg_get_i64(rows, i, ATTEMPTED_MS),
		.is_answered = ra_pg_get_bool(rows, i, IS_ANSWERED),
		.lang = lang_of(courier->notify->langs, ra_pg_get_str(rows, i, LOCALE)),
		.message = json_loadb(payload.ptr, payload.len, 0, NULL),
	};
	post->nonce = notify_copy(&post->arena, rows, i, NONCE);
	if (ra_pg_get_bool(rows, i, IS_TEST)) {
		json_decref(post->message);
		post->message = compose_test(post, rows, i);
	}
	size_t free_lane = 0;
	while (courier->flying[free_lane])
		free_lane++;
	courier->flying[free_lane] = post;
	courier->in_flight++;
	notify_begin(courier->notify);
	notify_post_start(post);
}

static void on_taken(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct notify_courier *courier = ctx;
	(void)err;
	/* What is taken and not begun is taken again when it is held no longer. */
	for (int i = 0; status == 0 && i < PQntuples(rows) && !courier->notify->is_stopping; i++)
		begin_post(courier, rows, i);
}

static void on_take_synced(void *ctx, int status, const struct ra_err *err)
{
	struct notify_courier *courier = ctx;
	bool is_wanted = courier->is_wanted;
	if (status < 0)
		ra_warn(courier->notify->conf.log, "notices not taken", ra_f_text("why", err->msg));
	courier->is_taking = courier->is_wanted = false;
	if (is_wanted && status == 0 && !courier->notify->is_stopping)
		notify_courier_tick(courier);
	notify_end(courier->notify);
}

void notify_courier_tick(struct notify_courier *courier)
{
	struct notify *n = courier->notify;
	struct ra_arena arena = { 0 };
	struct ra_pg_params now = { .arena = &arena }, p = { .arena = &arena };
	int64_t now_ms = ra_wall_ms(), ids[LANES_MAX];
	size_t count = 0;
	if (courier->is_taking || courier->in_flight >= LANES_MAX) {
		courier->is_wanted = true;
		return;
	}
	courier->is_taking = true;
	notify_begin(n);
	ra_pg_i64(&now, now_ms);
	ra_pg_i64(&p, now_ms);
	ra_pg_i64(&p, now_ms + HOLD_MS);
	ra_pg_i64(&p, LANES_MAX - courier->in_flight);
	for (size_t i = 0; i < LANES_MAX; i++)
		if (courier->flying[i])
			ids[count++] = courier->flying[i]->id;
	ra_pg_i64_array(&p, ids, count, sizeof(*ids));
	int rc = ra_pg_send(n->pg, NOTIFY_sweep, &now, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_send(n->pg, NOTIFY_settle, &now, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_send(n->pg, NOTIFY_take, &p, on_taken, courier);
	if (rc == 0)
		rc = ra_pg_sync(n->pg, on_take_synced, courier);
	if (rc < 0) {
		courier->is_taking = false;
		notify_end(n);
	}
	ra_arena_fini(&arena);
}
