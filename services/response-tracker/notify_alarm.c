/*
 * notify_alarm: what is wrong with backups (backup.alarm, which
 * backup-scheduler writes), told where Rations tells of itself: when it
 * begins, once a day while it lasts, and when it is over. That each is told
 * once is the nonce's doing, so nothing has to be written down there.
 *
 * It is the installation's matter and no guild's: only the guild hears of it
 * that app.backup_settings names.
 *
 * What waits in the outbox is counted along the way, for /metrics.
 */
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "services/response-tracker/notify_internal.h"
#include <stdlib.h>

#define EVERY_MS 5000

RA_GAUGE(waiting, "rations_notices_waiting", "notices that are due and not sent")
RA_GAUGE(oldest, "rations_notices_oldest_seconds", "how long the oldest of them waits")

/* clang-format off */
/* $1 now */
const char sql_notify_alarms[] =
	"WITH place AS ("
	" SELECT n.guild_id, coalesce(nullif(s.language, ''), g.locale, '') AS locale "
	" FROM app.notice_settings n JOIN analytics.guild g USING (guild_id) "
	" LEFT JOIN app.guild_settings s USING (guild_id) "
	" WHERE n.guild_id = (SELECT alarm_guild_id FROM app.backup_settings) "
	"  AND n.system_channel_id IS NOT NULL AND g.removed_at IS NULL"
	"), told AS ("
	" SELECT a.*, 'ba' || alarm_id || CASE WHEN ended_at IS NULL "
	"   THEN '.' || floor(extract(epoch FROM public.ms_to_ts($1) - raised_at) / 86400) ELSE '.end' END AS nonce "
	" FROM backup.alarm a WHERE ended_at IS NULL OR (ended_at > public.ms_to_ts($1) - interval '1 day' "
	"  AND EXISTS (SELECT FROM response.notice WHERE nonce = 'ba' || alarm_id || '.0'))"
	") "
	"SELECT guild_id, locale, t.kind, t.why, public.ts_to_ms(raised_at), ended_at IS NOT NULL, t.nonce "
	"FROM told t CROSS JOIN place WHERE NOT EXISTS (SELECT FROM response.notice o WHERE o.nonce = t.nonce) "
	"ORDER BY alarm_id LIMIT 10";

/* $1 now */
const char sql_notify_waiting[] =
	"SELECT count(*), extract(epoch FROM public.ms_to_ts($1) - min(created_at)) "
	"FROM response.notice WHERE state = 'waiting'";
/* clang-format on */

enum column { GUILD, LOCALE, KIND, WHY, RAISED_MS, IS_OVER, NONCE };

struct notify_alarmer {
	struct notify *notify; /* borrowed */
	int64_t asked_ms;
	bool is_asking;
};

struct notify_alarmer *notify_alarmer_new(struct notify *notify)
{
	struct notify_alarmer *alarmer = ra_new(struct notify_alarmer);
	alarmer->notify = notify;
	return alarmer;
}

static json_t *say(const struct lang *lang, struct ra_arena *arena, const char *kind,
		   const char *why, int64_t raised_ms, bool is_over)
{
	long long raised_s = raised_ms / 1000;
	const struct lang_arg args[] = {
		{ "why", embed_name(arena, why, 300) },
		{ "since", ra_arena_format(arena, "<t:%lld:R>", raised_s) },
	};
	const char *part = is_over ? "over" : "began";
	char *title = ra_arena_format(arena, "system.backups.%s.%s", part, kind);
	char *text = ra_arena_format(arena, "system.backups.%s.text", part);
	return text_system(is_over ? TEXT_SUCCESS : TEXT_ERROR, lang_text(lang, title),
			   lang_say(lang, arena, text, args, RA_COUNT(args)));
}

/* Into the next group: this one is being answered. */
static void on_alarms(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct notify *n = ((struct notify_alarmer *)ctx)->notify;
	struct ra_arena arena = { 0 };
	int rc = 0, count = status == 0 ? PQntuples(rows) : 0;
	(void)err;
	for (int i = 0; rc == 0 && i < count; i++) {
		const struct lang *lang = lang_of(n->langs, ra_pg_get_str(rows, i, LOCALE));
		json_t *message =
			say(lang, &arena, notify_copy(&arena, rows, i, KIND),
			    notify_copy(&arena, rows, i, WHY), ra_pg_get_i64(rows, i, RAISED_MS),
			    ra_pg_get_bool(rows, i, IS_OVER));
		rc = notify_system(n, ra_pg_get_u64(rows, i, GUILD), "system", message,
				   notify_copy(&arena, rows, i, NONCE));
		json_decref(message);
	}
	if (rc == 0 && count > 0)
		rc = ra_pg_sync(n->pg, NULL, NULL);
	(void)rc; /* refused: the connection is going, and it is looked at again */
	ra_arena_fini(&arena);
}

static void on_waiting(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	(void)ctx, (void)err;
	if (status < 0)
		return;
	double oldest_s = ra_pg_get_double(rows, 0, 1);
	ra_gauge_set(&waiting, ra_pg_get_double(rows, 0, 0));
	ra_gauge_set(&oldest, oldest_s > 0 ? oldest_s : 0);
}

static void on_asked(void *ctx, int status, const struct ra_err *err)
{
	struct notify_alarmer *alarmer = ctx;
	if (status < 0)
		ra_warn(alarmer->notify->conf.log, "alarms not looked for",
			ra_f_text("why", err ? err->msg : "connection lost"));
	alarmer->is_asking = false;
	notify_end(alarmer->notify);
}

void notify_alarmer_tick(struct notify_alarmer *alarmer)
{
	struct notify *n = alarmer->notify;
	int64_t now_ms = ra_wall_ms();
	if (alarmer->is_asking || llabs(now_ms - alarmer->asked_ms) < EVERY_MS)
		return;
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	alarmer->asked_ms = now_ms;
	ra_pg_i64(&p, now_ms);
	int rc = ra_pg_send(n->pg, NOTIFY_alarms, &p, on_alarms, alarmer);
	if (rc == 0)
		rc = ra_pg_send(n->pg, NOTIFY_waiting, &p, on_waiting, NULL);
	if (rc == 0)
		rc = ra_pg_sync(n->pg, on_asked, alarmer);
	alarmer->is_asking = rc == 0;
	if (rc == 0)
		notify_begin(n);
	ra_arena_fini(&arena);
}
