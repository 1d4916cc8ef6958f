/*
 * live: see live.h.
 *
 *	GET .../live --> a listener of its guild; the feed is wanted while there are listeners
 *	feed: on_event --> the guild's tallies; the guild is touched
 *	tick, once a second, each guild with listeners:
 *	    touched, or not read for 15 s --> read its row --> on_row
 *	    else                          --> publish, if the tallies have changed
 *	    a listener long not asked for --> access_check again; denied: its stream ends
 */
#include "services/api/live.h"
#include "libshared/metrics/metrics.h"
#include "services/api/feed.h"
#include "services/api/tally.h"
#include <uthash.h>

#define TICK_MS      1000
#define REPEAT_MS    15000
#define LIVE_SECONDS 60
#define LIVE_MINUTES 30

_Static_assert(LIVE_MINUTES * 60000LL == FEED_WINDOW_MS, "what is shown is what is read back");

RA_GAUGE(listeners_open, "rations_live_listeners", "open live streams");

/* $1 guild, $2 now, $3 stream of the newest event seen ('' none). */
const char sql_live[] =
	"SELECT g.member_count, "
	" (SELECT coalesce(sum(messages), 0) FROM analytics.guild_hourly h "
	"  WHERE h.guild_id = $1 AND h.hour >= today.at AND h.hour <= public.ms_to_ts($2)), "
	" (SELECT count(*) FROM analytics.voice_open v WHERE v.guild_id = $1 AND NOT v.is_bot), "
	" f.joins, f.leaves, public.ts_to_ms(g.last_event_at), "
	" (SELECT entry_id FROM analytics.position WHERE stream = $3) "
	"FROM analytics.guild g LEFT JOIN app.guild_settings s USING (guild_id) "
	"CROSS JOIN LATERAL (SELECT coalesce(s.timezone, 'UTC') AS name) zone "
	"CROSS JOIN LATERAL (SELECT date_trunc('day', public.ms_to_ts($2) AT TIME ZONE zone.name) "
	" AT TIME ZONE zone.name AS at) today "
	"CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE kind = 'join') AS joins, "
	" count(*) FILTER (WHERE kind = 'leave') AS leaves FROM analytics.member_flow m "
	" WHERE m.guild_id = $1 AND m.at >= today.at AND NOT m.is_bot) f "
	"WHERE g.guild_id = $1";

enum column { MEMBERS, MESSAGES_TODAY, VOICE_NOW, JOINS, LEAVES, LAST_EVENT, POSITION };

struct guild {
	struct live *live; /* borrowed */
	uint64_t id;
	struct tally seconds, minutes;
	const char *stream; /* the feed's; of the newest event, "" before */
	uint64_t entry_ms, entry;
	struct listener *listeners;
	bool is_touched, is_reading, has_row;
	int64_t read_ms, published_ms;
	int64_t row[POSITION]; /* of the last reading, up to LAST_EVENT */
	json_t *published;     /* owned; what was sent last, without its time */
	UT_hash_handle hh;
};

struct listener {
	struct guild *guild;           /* borrowed */
	struct ra_http_stream *stream; /* borrowed; NULL once gone */
	unsigned char hash[TOKEN_HASH_BYTES];
	struct ra_arena arena; /* of the access check in flight */
	bool is_checking;
	bool is_served; /* has had its first event */
	int64_t checked_ms;
	struct listener *next;
};

struct live {
	struct api *api;      /* borrowed */
	struct feed *feed;    /* owned */
	struct guild *guilds; /* owned; every guild an event was seen of, or is listened to */
	size_t listeners;
	uv_timer_t tick;
	int pending; /* the timer handle and the feed */
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

static void read_row(struct guild *guild);

static struct guild *guild_get_or_add(struct live *live, uint64_t id)
{
	struct guild *guild;
	HASH_FIND(hh, live->guilds, &id, sizeof(id), guild);
	if (guild)
		return guild;
	guild = ra_new(struct guild);
	guild->live = live;
	guild->id = id;
	guild->stream = "";
	guild->seconds.size = LIVE_SECONDS;
	guild->minutes.size = LIVE_MINUTES;
	HASH_ADD(hh, live->guilds, id, sizeof(guild->id), guild);
	return guild;
}

/* --- from the feed --- */

/* metrics.md: type 0 or 19, by a person. */
static bool is_message_of_person(const struct ra_event *event)
{
	const struct ra_ev_message_created *m = &event->message_created;
	return event->type == RA_EV_message_created && (m->kind == 0 || m->kind == 19) &&
	       !m->is_bot && !m->is_webhook && !m->is_system;
}

static void on_event(void *ctx, const struct feed_place *place, const struct ra_event *event)
{
	struct live *live = ctx;
	if (event->guild == 0)
		return;
	struct guild *guild = guild_get_or_add(live, event->guild);
	guild->stream = place->stream;
	guild->entry_ms = place->entry_ms;
	guild->entry = place->entry;
	guild->is_touched = true;
	if (is_message_of_person(event)) {
		tally_add(&guild->seconds, event->at / 1000);
		tally_add(&guild->minutes, event->at / 60000);
	}
}

/* --- to the listeners --- */

static json_t *live_json(const struct guild *guild, int64_t now_ms)
{
	const int64_t *row = guild->row;
	json_t *minutes = json_array();
	for (int64_t i = LIVE_MINUTES - 1; i >= 0; i--)
		json_array_append_new(minutes,
				      json_integer(tally_at(&guild->minutes, now_ms / 60000 - i)));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "messages_minute",
			 (json_int_t)tally_sum(&guild->seconds, now_ms / 1000), "messages_today",
			 (json_int_t)row[MESSAGES_TODAY], "members", (json_int_t)row[MEMBERS],
			 "voice_now", (json_int_t)row[VOICE_NOW], "joins_today",
			 (json_int_t)row[JOINS], "leaves_today", (json_int_t)row[LEAVES],
			 "last_event_at", json_instant(row[LAST_EVENT]), "minutes", minutes);
}

static char *event_text(json_t *json, int64_t now_ms)
{
	json_t *whole = json_copy(json);
	json_object_set_new(whole, "at", json_instant(now_ms));
	char *text = json_dumps(whole, JSON_COMPACT);
	json_decref(whole);
	return text;
}

static bool has_new_listener(const struct guild *guild)
{
	for (const struct listener *l = guild->listeners; l; l = l->next)
		if (!l->is_served)
			return true;
	return false;
}

/* Sends what there is to those it is news to. A listener that is too slow leaves while we send. */
static void send_event(struct guild *guild, const char *text, bool is_for_all)
{
	for (struct listener *l = guild->listeners, *next; l; l = next) {
		bool is_due = is_for_all || !l->is_served;
		next = l->next;
		l->is_served = true;
		if (is_due)
			ra_http_stream_send(l->stream, "live", NULL, ra_str_of(text));
	}
}

static void publish(struct guild *guild)
{
	int64_t now_ms = guild->live->api->now_ms();
	if (!guild->has_row || !feed_is_caught_up(guild->live->feed))
		return;
	json_t *json = live_json(guild, now_ms);
	bool is_news =
		!json_equal(json, guild->published) || now_ms - guild->published_ms >= REPEAT_MS;
	if (is_news || has_new_listener(guild)) {
		char *text = event_text(json, now_ms);
		send_event(guild, text, is_news);
		free(text);
	}
	if (is_news) {
		json_decref(guild->published);
		guild->published = json_incref(json);
		guild->published_ms = now_ms;
	}
	json_decref(json);
}

static void on_caught_up(void *ctx)
{
	struct live *live = ctx;
	for (struct guild *guild = live->guilds; guild; guild = guild->hh.next)
		if (guild->listeners)
			publish(guild);
}

/* --- the row --- */

/* Has the database folded in the newest event we know of? */
static bool is_folded(const struct guild *guild, const PGresult *rows)
{
	uint64_t ms, n;
	feed_entry_id(ra_pg_get_str(rows, 0, POSITION), &ms, &n);
	return guild->entry_ms == 0 || ms > guild->entry_ms ||
	       (ms == guild->entry_ms && n >= guild->entry);
}

static void on_row(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct guild *guild = ctx;
	(void)err;
	guild->is_reading = false;
	if (status < 0 || PQntuples(rows) == 0) {
		guild->is_touched = true;
		return;
	}
	for (int i = MEMBERS; i <= LAST_EVENT; i++)
		guild->row[i] = ra_pg_get_i64(rows, 0, i);
	guild->has_row = true;
	guild->is_touched = !is_folded(guild, rows);
	publish(guild);
}

static void read_row(struct guild *guild)
{
	struct api *api = guild->live->api;
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_i64(&p, (int64_t)guild->id);
	ra_pg_i64(&p, api->now_ms());
	ra_pg_text(&p, ra_str_of(guild->stream));
	guild->read_ms = api->now_ms();
	guild->is_reading = db_ask(api->db, STMT_live, &p, on_row, guild) == 0;
	ra_arena_fini(&arena);
}

/* --- listeners --- */

static void remove_listener(struct listener *listener)
{
	struct live *live = listener->guild->live;
	struct listener **at = &listener->guild->listeners;
	while (*at != listener)
		at = &(*at)->next;
	*at = listener->next;
	listener->stream = NULL;
	ra_gauge_set(&listeners_open, (double)--live->listeners);
	if (live->listeners == 0) {
		feed_want(live->feed, false);
		uv_timer_stop(&live->tick);
	}
}

static void free_listener(struct listener *listener)
{
	ra_arena_fini(&listener->arena);
	ra_free(listener);
}

static void on_gone(void *ctx)
{
	struct listener *listener = ctx;
	remove_listener(listener);
	if (!listener->is_checking)
		free_listener(listener);
}

static void on_checked(void *ctx, int status, const struct access *access)
{
	struct listener *listener = ctx;
	(void)access;
	listener->is_checking = false;
	if (!listener->stream) {
		free_listener(listener);
	} else if (status == RA_EDENIED || status == RA_ENOTFOUND || status == RA_EFORBIDDEN ||
		   status == RA_EHTTP) {
		struct ra_http_stream *stream = listener->stream;
		remove_listener(listener);
		free_listener(listener);
		ra_http_stream_end(stream);
	} else {
		ra_arena_reset(&listener->arena);
	}
}

static void recheck(struct listener *listener, int64_t now_ms)
{
	struct api *api = listener->guild->live->api;
	if (listener->is_checking || now_ms - listener->checked_ms < ACCESS_STREAM_MS)
		return;
	listener->is_checking = true;
	listener->checked_ms = now_ms;
	access_check(api, &listener->arena, listener->hash, ACCESS_GUILD, listener->guild->id,
		     on_checked, listener);
}

static void on_tick(uv_timer_t *timer)
{
	struct live *live = ra_container_of(timer, struct live, tick);
	int64_t now_ms = live->api->now_ms();
	for (struct guild *guild = live->guilds; guild; guild = guild->hh.next) {
		for (struct listener *l = guild->listeners, *next; l; l = next) {
			next = l->next;
			recheck(l, now_ms);
		}
		if (!guild->listeners || guild->is_reading)
			continue;
		if (guild->is_touched || now_ms - guild->read_ms >= REPEAT_MS)
			read_row(guild);
		else
			publish(guild);
	}
}

void live_stream(struct visit *visit)
{
	struct live *live = visit->api->live;
	struct guild *guild = guild_get_or_add(live, visit->access->guild.id);
	struct listener *listener = ra_new(struct listener);
	*listener = (struct listener){ .guild = guild,
				       .checked_ms = visit->now_ms,
				       .next = guild->listeners };
	memcpy(listener->hash, visit->hash, TOKEN_HASH_BYTES);
	guild->listeners = listener;
	ra_gauge_set(&listeners_open, (double)++live->listeners);
	listener->stream = ra_http_stream_start(visit->req, on_gone, listener);
	if (!listener->stream) {
		on_gone(listener);
		return;
	}
	feed_want(live->feed, true);
	if (!uv_is_active((uv_handle_t *)&live->tick))
		uv_timer_start(&live->tick, on_tick, TICK_MS, TICK_MS);
	if (!guild->is_reading)
		read_row(guild);
}

/* --- from main --- */

struct live *live_start(struct api *api, struct ra_err *err)
{
	static const struct feed_ops ops = { .on_event = on_event, .on_caught_up = on_caught_up };
	struct live *live = ra_new(struct live);
	live->api = api;
	live->feed =
		feed_open(api->loop, api->conf->redis_url, api->log, api->now_ms, &ops, live, err);
	if (!live->feed) {
		ra_free(live);
		return NULL;
	}
	live->pending = 2;
	uv_timer_init(api->loop, &live->tick);
	return live;
}

static void unref(void *ctx)
{
	struct live *live = ctx;
	if (--live->pending > 0)
		return;
	struct guild *guild, *next;
	HASH_ITER(hh, live->guilds, guild, next)
	{
		HASH_DEL(live->guilds, guild);
		json_decref(guild->published);
		ra_free(guild);
	}
	if (live->stopped)
		live->stopped(live->stopped_ctx);
	ra_free(live);
}

static void on_tick_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct live, tick));
}

void live_stop(struct live *live, void (*stopped)(void *ctx), void *ctx)
{
	live->stopped = stopped;
	live->stopped_ctx = ctx;
	uv_close((uv_handle_t *)&live->tick, on_tick_closed);
	feed_close(live->feed, unref, live);
}

bool live_is_ready(void *ctx, char why[128])
{
	struct live *live = ctx;
	return feed_is_ready(live->feed, why);
}
