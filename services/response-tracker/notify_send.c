/*
 * notify_send: the outbox's courier. A channel is a lane: its oldest waiting
 * notice is taken, the others stand behind it, and no lane looks at another.
 *
 *	SWEEP  what was answered meanwhile is dropped; what webhooks became is noted
 *	TAKE   the head of each lane, held for a while: a replica that dies leaves it to the others
 *	  each: LOOK for it in the channel, when it may have arrived long ago
 *	        --> NOTE that it is being sent --> SEND --> NOTE what became of it --> TAKE again
 *
 * Discord knows a nonce for some minutes, so a second attempt is no second
 * message then; later its own eyes tell: the channel's messages since the
 * first attempt.
 */
#include "libshared/base/clock.h"
#include "libshared/discord/snowflake.h"
#include "libshared/metrics/metrics.h"
#include "services/response-tracker/notify_internal.h"
#include <stdio.h>

enum {
	LANES_MAX = 20,        /* messages on their way at once */
	HOLD_MS = 90000,       /* longer than an attempt can take */
	DEADLINE_MS = 30000,   /* of one call */
	NONCE_MS = 120000,     /* as long Discord surely knows a nonce */
	LOOK_BACK_MS = 120000, /* Discord's clock and ours need not agree */
	RETRY_MS = 5000,       /* and longer each time */
	RETRY_FORBIDDEN_MS = 60000,
	RETRY_MAX_MS = 1800000,
};
#define TEST_WAITED_MS (12 * 60000)
#define GIVE_UP_MS     (24LL * 3600 * 1000)

RA_COUNTER_BY(notices_sent, "rations_notices_total", "outcome", "notices, and what became of them");

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

/* $1 notice, $2 now */
const char sql_notify_attempt[] =
	"UPDATE response.notice SET attempted_at = coalesce(attempted_at, public.ms_to_ts($2)) "
	"WHERE notice_id = $1 AND state = 'waiting'";

/* $1 notice, $2 now, $3 message. A reply or reaction to it is one to its request. */
const char sql_notify_sent[] =
	"WITH done AS ("
	" UPDATE response.notice SET state = 'sent', why = '', payload = '{}', finished_at = public.ms_to_ts($2), "
	"  message_id = nullif($3::bigint, 0), held_until = NULL "
	" WHERE notice_id = $1 AND state = 'waiting' RETURNING guild_id, channel_id, requests, message_id"
	"), well AS ("
	" DELETE FROM response.channel_trouble t USING done WHERE t.channel_id = done.channel_id"
	") "
	"INSERT INTO response.request_message (guild_id, message_id, request_id) "
	"SELECT d.guild_id, d.message_id, d.requests[1] FROM done d "
	"JOIN analytics.channel c ON c.guild_id = d.guild_id AND c.channel_id = d.channel_id "
	"WHERE cardinality(d.requests) = 1 AND d.message_id IS NOT NULL ON CONFLICT DO NOTHING";

/* $1 notice, $2 now, $3 state, $4 why, $5 not again before, $6 it may have arrived, $7 its tries */
const char sql_notify_unsent[] =
	"UPDATE response.notice SET state = $3, why = $4, payload = CASE WHEN $3 = 'waiting' THEN payload ELSE '{}' END, held_until = public.ms_to_ts($5), "
	" attempted_at = CASE WHEN $6::boolean THEN attempted_at END, "
	" finished_at = CASE WHEN $3 <> 'waiting' THEN public.ms_to_ts($2) END "
	"WHERE notice_id = $1 AND state = 'waiting' AND tries = $7::bigint";

/* $1 channel, $2 guild, $3 why, $4 now, $5 when it is tried again or 0, $6 payload of the notice to the
 * guild's channel for them, $7 its nonce, $8 they are told of it */
const char sql_notify_trouble[] =
	"WITH known AS (SELECT why FROM response.channel_trouble WHERE channel_id = $1"
	"), noted AS ("
	" INSERT INTO response.channel_trouble (channel_id, guild_id, why, since, retry_at) "
	" VALUES ($1, $2, $3, public.ms_to_ts($4), public.ms_to_ts(nullif($5::bigint, 0))) "
	" ON CONFLICT (channel_id) DO UPDATE SET why = excluded.why, retry_at = excluded.retry_at RETURNING 1"
	") "
	"INSERT INTO response.notice (guild_id, kind, channel_id, payload, nonce, created_at) "
	"SELECT guild_id, 'system', system_channel_id, $6::jsonb, $7, public.ms_to_ts($4) "
	"FROM app.notice_settings, noted WHERE guild_id = $2 AND $8::boolean "
	" AND system_channel_id <> $1 AND NOT EXISTS (SELECT FROM known WHERE why = $3) "
	"ON CONFLICT (nonce) DO NOTHING";
/* clang-format on */

struct notify_courier {
	struct notify *notify;          /* borrowed */
	bool is_taking, is_wanted;      /* wanted: take again when this is done */
	struct post *flying[LANES_MAX]; /* owned; NULL: free */
	int in_flight;
};

struct post {
	struct notify_courier *courier; /* borrowed */
	struct ra_arena arena;
	int64_t id, created_ms, attempted_ms; /* the latter 0: not yet */
	uint64_t guild, channel, request;     /* the first it is about; 0: none */
	int tries;
	bool is_answered;
	const char *nonce;
	const struct lang *lang; /* borrowed */
	json_t *message;         /* owned */
};

struct notify_courier *notify_courier_new(struct notify *notify)
{
	struct notify_courier *courier = ra_new(struct notify_courier);
	courier->notify = notify;
	return courier;
}

static void end(struct post *post)
{
	struct notify_courier *courier = post->courier;
	for (size_t i = 0; i < LANES_MAX; i++)
		if (courier->flying[i] == post)
			courier->flying[i] = NULL;
	json_decref(post->message);
	ra_arena_fini(&post->arena);
	ra_free(post);
	courier->in_flight--;
	if (courier->notify->is_stopping || !ra_pg_is_up(courier->notify->pg)) {
		notify_end(courier->notify);
		return;
	}
	notify_courier_tick(courier); /* the next of its lane */
	notify_end(courier->notify);
}

/* --- what became of it --- */

/* What could not be noted is taken again when it is held no longer, and found in the channel. */
static void on_noted(void *ctx, int status, const struct ra_err *err)
{
	struct post *post = ctx;
	if (status < 0)
		ra_warn(post->courier->notify->conf.log, "notice not noted",
			ra_f_text("why", err->msg));
	end(post);
}

static void sync_post(struct post *post, int rc, ra_pg_synced_cb done)
{
	if (rc == 0)
		rc = ra_pg_sync(post->courier->notify->pg, done, post);
	if (rc < 0)
		end(post);
}

static void note_sent(struct post *post, uint64_t message)
{
	struct ra_pg_params p = { .arena = &post->arena };
	ra_count_by(&notices_sent, "sent", 1);
	ra_info(post->courier->notify->conf.log, "notice sent", ra_f_u64("guild", post->guild),
		ra_f_u64("request", post->request), ra_f_int("notice", post->id),
		ra_f_u64("message", message));
	ra_pg_i64(&p, post->id);
	ra_pg_i64(&p, ra_wall_ms());
	ra_pg_i64(&p, (int64_t)message);
	sync_post(post, ra_pg_send(post->courier->notify->pg, NOTIFY_sent, &p, NULL, NULL),
		  on_noted);
}

struct failure {
	const char *why; /* a key of notices.system.why */
	bool is_final;
	bool has_arrived_perhaps;
	int64_t wait_ms;
};

static int64_t backoff(int64_t first_ms, int tries)
{
	int64_t ms = tries < 12 ? first_ms << (tries - 1) : RETRY_MAX_MS;
	return ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS;
}

static struct failure failure_of(const struct post *post, int status,
				 const struct ra_rest_answer *answer)
{
	int64_t asked_ms = (int64_t)answer->retry_after_ms;
	switch (status) {
	case RA_ENOTFOUND: return (struct failure){ "no_channel", true, false, 0 };
	case RA_EINVAL: return (struct failure){ "refused", true, false, 0 };
	case RA_EFORBIDDEN:
		return (struct failure){ "forbidden", false, false,
					 backoff(RETRY_FORBIDDEN_MS, post->tries) };
	default: break;
	}
	if (answer->http_status == 429 || asked_ms > 0)
		return (struct failure){ "rate_limited", false, true,
					 asked_ms > RETRY_MS ? asked_ms : RETRY_MS };
	return (struct failure){ "unreachable", false, true, backoff(RETRY_MS, post->tries) };
}

/* Each new kind of trouble with a channel is told once where the guild wants to hear of such. */
static int note_trouble(struct post *post, const struct failure *failure, int64_t now_ms)
{
	struct ra_pg_params p = { .arena = &post->arena };
	char *key = ra_arena_format(&post->arena, "system.why.%s", failure->why), nonce[26];
	const struct lang_arg channel = { "channel",
					  ra_arena_format(&post->arena, "<#%llu>",
							  (unsigned long long)post->channel) };
	char *words =
		ra_arena_format(&post->arena, "%s\n%s",
				lang_say(post->lang, &post->arena, "system.trouble", &channel, 1),
				lang_text(post->lang, key));
	json_t *message = text_system(failure->is_final ? TEXT_ERROR : TEXT_WARNING, NULL, words);
	char *payload = json_dumps(message, JSON_COMPACT);
	notify_nonce(nonce);
	ra_pg_i64(&p, (int64_t)post->channel);
	ra_pg_i64(&p, (int64_t)post->guild);
	ra_pg_text(&p, ra_str_of(failure->why));
	ra_pg_i64(&p, now_ms);
	ra_pg_i64(&p, failure->is_final ? 0 : now_ms + failure->wait_ms);
	ra_pg_text(&p, ra_str_of(payload));
	ra_pg_text(&p, ra_str_of(nonce));
	ra_pg_bool(&p, strcmp(failure->why, "unreachable") != 0); /* it would not get there */
	free(payload);
	json_decref(message);
	return ra_pg_send(post->courier->notify->pg, NOTIFY_trouble, &p, NULL, NULL);
}

static void note_unsent(struct post *post, const struct failure *failure)
{
	struct ra_pg_params p = { .arena = &post->arena };
	int64_t now_ms = ra_wall_ms();
	bool is_given_up = failure->is_final || post->created_ms < now_ms - GIVE_UP_MS;
	ra_warn(post->courier->notify->conf.log, "notice not sent", ra_f_u64("guild", post->guild),
		ra_f_u64("channel", post->channel), ra_f_text("why", failure->why),
		ra_f_int("tries", post->tries));
	ra_count_by(&notices_sent, is_given_up ? "failed" : failure->why, 1);
	ra_pg_i64(&p, post->id);
	ra_pg_i64(&p, now_ms);
	ra_pg_text(&p, is_given_up ? RA_STR("failed") : RA_STR("waiting"));
	ra_pg_text(&p, ra_str_of(failure->why));
	ra_pg_i64(&p, now_ms + failure->wait_ms);
	ra_pg_bool(&p, failure->has_arrived_perhaps || post->attempted_ms > 0);
	ra_pg_i64(&p, post->tries);
	int rc = ra_pg_send(post->courier->notify->pg, NOTIFY_unsent, &p, NULL, NULL);
	if (rc == 0)
		rc = note_trouble(post, failure, now_ms);
	sync_post(post, rc, on_noted);
}

static void note_dropped(struct post *post)
{
	struct ra_pg_params p = { .arena = &post->arena };
	int64_t now_ms = ra_wall_ms();
	ra_pg_i64(&p, post->id);
	ra_pg_i64(&p, now_ms);
	ra_pg_text(&p, RA_STR("dropped"));
	ra_pg_text(&p, RA_STR("answered"));
	ra_pg_i64(&p, now_ms);
	ra_pg_bool(&p, true);
	ra_pg_i64(&p, post->tries);
	sync_post(post, ra_pg_send(post->courier->notify->pg, NOTIFY_unsent, &p, NULL, NULL),
		  on_noted);
}

/* --- SEND --- */

static uint64_t id_of(const json_t *message)
{
	uint64_t id = 0;
	const char *text = json_string_value(json_object_get(message, "id"));
	return ra_str_to_u64(ra_str_of(text), &id) == 0 ? id : 0;
}

static void on_answer(void *ctx, int status, const struct ra_rest_answer *answer)
{
	struct post *post = ctx;
	if (status < 0) {
		struct failure failure = failure_of(post, status, answer);
		note_unsent(post, &failure);
		return;
	}
	json_t *message = json_loadb(answer->body.ptr, answer->body.len, 0, NULL);
	note_sent(post, id_of(message));
	json_decref(message);
}

/* From here on nobody knows whether it was sent until somebody says so. */
static void on_attempt(void *ctx, int status, const struct ra_err *err)
{
	struct post *post = ctx;
	(void)err;
	if (status < 0) {
		end(post);
		return;
	}
	json_object_set_new(post->message, "nonce", json_string(post->nonce));
	json_object_set_new(post->message, "enforce_nonce", json_true());
	char *body = json_dumps(post->message, JSON_COMPACT);
	ra_rest_send(post->courier->notify->rest,
		     &(struct ra_rest_call){ .route = "POST /channels/{channel.id}/messages",
					     .ids = { post->channel },
					     .body = ra_str_of(body),
					     .priority = RA_REST_LIVE,
					     .is_repeatable = true,
					     .deadline_ms = DEADLINE_MS },
		     on_answer, post);
	free(body);
}

static void send_it(struct post *post)
{
	struct ra_pg_params p = { .arena = &post->arena };
	ra_pg_i64(&p, post->id);
	ra_pg_i64(&p, ra_wall_ms());
	sync_post(post, ra_pg_send(post->courier->notify->pg, NOTIFY_attempt, &p, NULL, NULL),
		  on_attempt);
}

/* --- LOOK --- */

static const char *words_of(const json_t *message)
{
	const char *content = json_string_value(json_object_get(message, "content"));
	json_t *embed = json_array_get(json_object_get(message, "embeds"), 0);
	const char *description = json_string_value(json_object_get(embed, "description"));
	return content && *content ? content : description ? description : "";
}

/* Ours says how long somebody has waited, or when it was written: no two say the same. */
static bool is_ours(const struct post *post, const json_t *message)
{
	json_t *author = json_object_get(message, "author");
	const char *nonce = json_string_value(json_object_get(message, "nonce"));
	if (!json_is_true(json_object_get(author, "bot")))
		return false;
	if (nonce && strcmp(nonce, post->nonce) == 0)
		return true;
	return strcmp(words_of(message), words_of(post->message)) == 0;
}

static void on_looked(void *ctx, int status, const struct ra_rest_answer *answer)
{
	struct post *post = ctx;
	uint64_t found = 0;
	size_t i;
	json_t *message;
	if (status < 0) {
		struct failure failure = failure_of(post, status, answer);
		note_unsent(post, &failure);
		return;
	}
	json_t *list = json_loadb(answer->body.ptr, answer->body.len, 0, NULL);
	json_array_foreach(list, i, message) if (is_ours(post, message)) found = id_of(message);
	json_decref(list);
	if (found)
		note_sent(post, found);
	else if (post->is_answered)
		note_dropped(post);
	else
		send_it(post);
}

static void look(struct post *post)
{
	char query[64];
	snprintf(query, sizeof(query), "limit=100&after=%llu",
		 (unsigned long long)ra_snowflake_at(post->attempted_ms - LOOK_BACK_MS));
	ra_rest_send(post->courier->notify->rest,
		     &(struct ra_rest_call){ .route = "GET /channels/{channel.id}/messages",
					     .ids = { post->channel },
					     .query = query,
					     .priority = RA_REST_LIVE,
					     .deadline_ms = DEADLINE_MS },
		     on_looked, post);
}

/* --- TAKE --- */

/* What a test says is made up, and the same each time it is tried: somebody asks in that channel.
 */
static json_t *compose_test(struct post *post, const PGresult *rows, int i)
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
	struct post *post = ra_new(struct post);
	struct ra_str payload = ra_pg_get_str(rows, i, PAYLOAD);
	*post = (struct post){
		.courier = courier,
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
	bool is_old = post->attempted_ms > 0 && post->attempted_ms < ra_wall_ms() - NONCE_MS;
	if (is_old || (post->attempted_ms > 0 && post->is_answered))
		look(post);
	else
		send_it(post);
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
