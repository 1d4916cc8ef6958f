/*
 * notify_mark: a reminder whose request was answered or closed says so: its
 * message is changed, once, and its buttons go. Doing it again does no harm,
 * so nothing but the time it was done is kept.
 */
#include "libshared/base/clock.h"
#include "services/response-tracker/notify_internal.h"

#define AT_ONCE     5
#define DEADLINE_MS 30000

/* clang-format off */
/* $1 now, $2 how many */
const char sql_notify_marks[] =
	"SELECT n.notice_id, n.channel_id, n.message_id, r.guild_id, r.request_id, r.channel_id, r.author_id, "
	" r.kind <> 'command', public.ts_to_ms(r.asked_at), "
	" public.ts_to_ms(coalesce(o.answered_at, r.answered_at)) - public.ts_to_ms(r.clock_at), "
	" CASE WHEN r.state <> 'not_a_request' THEN coalesce(o.answered_by, r.answered_by) END, "
	" coalesce(nullif(s.language, ''), g.locale, ''), g.name, "
	" coalesce(nullif(m.nick, ''), nullif(m.global_name, ''), m.username), c.name, "
	" NOT EXISTS (SELECT FROM analytics.channel h WHERE h.guild_id = n.guild_id AND h.channel_id = n.channel_id) "
	"FROM response.notice n "
	"JOIN response.request r ON r.guild_id = n.guild_id AND r.request_id = n.requests[1] "
	"LEFT JOIN response.reopening o ON o.guild_id = r.guild_id AND o.request_id = r.request_id "
	" AND o.reopened_at = r.clock_at "
	"LEFT JOIN app.guild_settings s ON s.guild_id = n.guild_id "
	"LEFT JOIN analytics.guild g ON g.guild_id = n.guild_id "
	"LEFT JOIN analytics.member m ON m.guild_id = r.guild_id AND m.user_id = r.author_id "
	"LEFT JOIN analytics.channel c ON c.guild_id = r.guild_id AND c.channel_id = r.channel_id "
	"WHERE n.state = 'sent' AND n.marked_at IS NULL AND n.kind IN ('reminder', 'escalation') "
	" AND n.finished_at > public.ms_to_ts($1) - interval '7 days' "
	" AND n.message_id IS NOT NULL AND r.state <> 'open' "
	"ORDER BY n.finished_at LIMIT $2";

enum column { ID, CHANNEL, MESSAGE, GUILD, REQUEST, R_CHANNEL, AUTHOR, IS_MESSAGE, ASKED_MS,
	ANSWER_MS, ANSWERED_BY, LOCALE, GUILD_NAME, AUTHOR_NAME, CHANNEL_NAME, IS_ELSEWHERE };

/* $1 notice, $2 now */
const char sql_notify_marked[] =
	"UPDATE response.notice SET marked_at = public.ms_to_ts($2) WHERE notice_id = $1";
/* clang-format on */

struct notify_marker {
	struct notify *notify; /* borrowed */
	int under_way;         /* the question, and the messages being changed */
};

struct mark {
	struct notify_marker *marker; /* borrowed */
	int64_t id;
};

struct notify_marker *notify_marker_new(struct notify *notify)
{
	struct notify_marker *marker = ra_new(struct notify_marker);
	marker->notify = notify;
	return marker;
}

static void end(struct notify_marker *marker)
{
	marker->under_way--;
	notify_end(marker->notify);
}

static void on_marked(void *ctx, int status, const struct ra_err *err)
{
	(void)status;
	(void)err; /* not noted: it is done again */
	end(ctx);
}

/* What Discord says no to (the message is gone, we may not write any more) is done with. */
static void on_changed(void *ctx, int status, const struct ra_rest_answer *answer)
{
	struct mark *mark = ctx;
	struct notify_marker *marker = mark->marker;
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	bool is_done = status == 0 || status == RA_ENOTFOUND || status == RA_EFORBIDDEN ||
		       status == RA_EINVAL;
	(void)answer;
	ra_pg_i64(&p, mark->id);
	ra_pg_i64(&p, ra_wall_ms());
	ra_free(mark);
	int rc = is_done ? ra_pg_send(marker->notify->pg, NOTIFY_marked, &p, NULL, NULL) : RA_EHTTP;
	if (rc == 0)
		rc = ra_pg_sync(marker->notify->pg, on_marked, marker);
	if (rc < 0)
		end(marker);
	ra_arena_fini(&arena);
}

static void change(struct notify_marker *marker, const PGresult *rows, int i)
{
	struct ra_arena arena = { 0 };
	struct mark *mark = ra_new(struct mark);
	const struct text_request request = {
		.guild = ra_pg_get_u64(rows, i, GUILD),
		.channel = ra_pg_get_u64(rows, i, R_CHANNEL),
		.id = ra_pg_get_u64(rows, i, REQUEST),
		.author = ra_pg_get_u64(rows, i, AUTHOR),
		.is_message = ra_pg_get_bool(rows, i, IS_MESSAGE),
		.asked_ms = ra_pg_get_i64(rows, i, ASKED_MS),
		.waited_ms = ra_pg_get_i64(rows, i, ANSWER_MS),
		.priority = 2,
		.guild_name = notify_copy(&arena, rows, i, GUILD_NAME),
		.author_name = notify_copy(&arena, rows, i, AUTHOR_NAME),
		.channel_name = notify_copy(&arena, rows, i, CHANNEL_NAME),
	};
	json_t *message = text_answered(
		lang_of(marker->notify->langs, ra_pg_get_str(rows, i, LOCALE)), &arena, &request,
		ra_pg_get_u64(rows, i, ANSWERED_BY), ra_pg_get_bool(rows, i, IS_ELSEWHERE));
	char *body = json_dumps(message, JSON_COMPACT);
	*mark = (struct mark){ marker, ra_pg_get_i64(rows, i, ID) };
	marker->under_way++;
	notify_begin(marker->notify);
	ra_rest_send(
		marker->notify->rest,
		&(struct ra_rest_call){
			.route = "PATCH /channels/{channel.id}/messages/{message.id}",
			.ids = { ra_pg_get_u64(rows, i, CHANNEL), ra_pg_get_u64(rows, i, MESSAGE) },
			.body = ra_str_of(body),
			.priority = RA_REST_BACKGROUND,
			.is_repeatable = true,
			.deadline_ms = DEADLINE_MS },
		on_changed, mark);
	free(body);
	json_decref(message);
	ra_arena_fini(&arena);
}

static void on_rows(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct notify_marker *marker = ctx;
	(void)err;
	for (int i = 0; status == 0 && i < PQntuples(rows) && !marker->notify->is_stopping; i++)
		change(marker, rows, i);
}

static void on_asked(void *ctx, int status, const struct ra_err *err)
{
	(void)status;
	(void)err;
	end(ctx);
}

void notify_marker_tick(struct notify_marker *marker)
{
	struct notify *n = marker->notify;
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	if (marker->under_way > 0)
		return;
	ra_pg_i64(&p, ra_wall_ms());
	ra_pg_i64(&p, AT_ONCE);
	marker->under_way++;
	notify_begin(n);
	int rc = ra_pg_send(n->pg, NOTIFY_marks, &p, on_rows, marker);
	if (rc == 0)
		rc = ra_pg_sync(n->pg, on_asked, marker);
	if (rc < 0)
		end(marker);
	ra_arena_fini(&arena);
}
