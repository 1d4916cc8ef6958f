/* notify_post: see the header. */
#include "services/response-tracker/notify_post.h"
#include "libshared/base/clock.h"
#include "libshared/discord/snowflake.h"
#include "libshared/metrics/metrics.h"
#include <stdio.h>

enum {
	DEADLINE_MS = 30000,   /* of one call */
	NONCE_MS = 120000,     /* as long Discord surely knows a nonce */
	LOOK_BACK_MS = 120000, /* Discord's clock and ours need not agree */
	RETRY_MS = 5000,       /* and longer each time */
	RETRY_FORBIDDEN_MS = 60000,
	RETRY_MAX_MS = 1800000,
};
#define GIVE_UP_MS (24LL * 3600 * 1000)

RA_COUNTER_BY(notices_sent, "rations_notices_total", "outcome", "notices, and what became of them");

/* clang-format off */
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

/* --- NOTE what became of it --- */

/* What could not be noted is taken again when it is held no longer, and found in the channel. */
static void on_noted(void *ctx, int status, const struct ra_err *err)
{
	struct notify_post *post = ctx;
	if (status < 0)
		ra_warn(post->notify->conf.log, "notice not noted", ra_f_text("why", err->msg));
	post->done(post->ctx, post);
}

static void sync_post(struct notify_post *post, int rc, ra_pg_synced_cb done)
{
	if (rc == 0)
		rc = ra_pg_sync(post->notify->pg, done, post);
	if (rc < 0)
		post->done(post->ctx, post);
}

static void note_sent(struct notify_post *post, uint64_t message)
{
	struct ra_pg_params p = { .arena = &post->arena };
	ra_count_by(&notices_sent, "sent", 1);
	ra_info(post->notify->conf.log, "notice sent", ra_f_u64("guild", post->guild),
		ra_f_u64("request", post->request), ra_f_int("notice", post->id),
		ra_f_u64("message", message));
	ra_pg_i64(&p, post->id);
	ra_pg_i64(&p, ra_wall_ms());
	ra_pg_i64(&p, (int64_t)message);
	sync_post(post, ra_pg_send(post->notify->pg, NOTIFY_sent, &p, NULL, NULL), on_noted);
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

static struct failure failure_of(const struct notify_post *post, int status,
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
static int note_trouble(struct notify_post *post, const struct failure *failure, int64_t now_ms)
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
	return ra_pg_send(post->notify->pg, NOTIFY_trouble, &p, NULL, NULL);
}

static void note_unsent(struct notify_post *post, const struct failure *failure)
{
	struct ra_pg_params p = { .arena = &post->arena };
	int64_t now_ms = ra_wall_ms();
	bool is_given_up = failure->is_final || post->created_ms < now_ms - GIVE_UP_MS;
	ra_warn(post->notify->conf.log, "notice not sent", ra_f_u64("guild", post->guild),
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
	int rc = ra_pg_send(post->notify->pg, NOTIFY_unsent, &p, NULL, NULL);
	if (rc == 0)
		rc = note_trouble(post, failure, now_ms);
	sync_post(post, rc, on_noted);
}

static void note_dropped(struct notify_post *post)
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
	sync_post(post, ra_pg_send(post->notify->pg, NOTIFY_unsent, &p, NULL, NULL), on_noted);
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
	struct notify_post *post = ctx;
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
	struct notify_post *post = ctx;
	(void)err;
	if (status < 0) {
		post->done(post->ctx, post);
		return;
	}
	json_object_set_new(post->message, "nonce", json_string(post->nonce));
	json_object_set_new(post->message, "enforce_nonce", json_true());
	char *body = json_dumps(post->message, JSON_COMPACT);
	ra_rest_send(post->notify->rest,
		     &(struct ra_rest_call){ .route = "POST /channels/{channel.id}/messages",
					     .ids = { post->channel },
					     .body = ra_str_of(body),
					     .priority = RA_REST_LIVE,
					     .is_repeatable = true,
					     .deadline_ms = DEADLINE_MS },
		     on_answer, post);
	free(body);
}

static void send_it(struct notify_post *post)
{
	struct ra_pg_params p = { .arena = &post->arena };
	ra_pg_i64(&p, post->id);
	ra_pg_i64(&p, ra_wall_ms());
	sync_post(post, ra_pg_send(post->notify->pg, NOTIFY_attempt, &p, NULL, NULL), on_attempt);
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
static bool is_ours(const struct notify_post *post, const json_t *message)
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
	struct notify_post *post = ctx;
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

static void look(struct notify_post *post)
{
	char query[64];
	snprintf(query, sizeof(query), "limit=100&after=%llu",
		 (unsigned long long)ra_snowflake_at(post->attempted_ms - LOOK_BACK_MS));
	ra_rest_send(post->notify->rest,
		     &(struct ra_rest_call){ .route = "GET /channels/{channel.id}/messages",
					     .ids = { post->channel },
					     .query = query,
					     .priority = RA_REST_LIVE,
					     .deadline_ms = DEADLINE_MS },
		     on_looked, post);
}

void notify_post_start(struct notify_post *post)
{
	bool is_old = post->attempted_ms > 0 && post->attempted_ms < ra_wall_ms() - NONCE_MS;
	if (is_old || (post->attempted_ms > 0 && post->is_answered))
		look(post);
	else
		send_it(post);
}
