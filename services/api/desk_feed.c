/*
 * desk_feed: see desk_feed.h.
 *
 *	LISTEN response --on_notify--> the order it belongs to
 *	                `------------> touched --a moment later--> rows --> readers
 *	GET /inbox/live --> which guilds --> a reader; asked again and again
 */
#include "services/api/desk_feed.h"
#include "libshared/metrics/metrics.h"
#include "services/api/desk_order.h"
#include "services/api/desk_row.h"
#include <stdlib.h>

#define GATHER_MS   100 /* several commits about a request are one event */
#define TICK_MS     1000
#define TOUCHED_MAX 200 /* more at once: everybody reads all anew */

RA_GAUGE(readers_open, "rations_desk_readers", "open streams of Inbox");

/* clang-format off */
/* $1 reader */
const char sql_desk_guilds[] =
	"SELECT m.guild_id FROM app.account_guild m "
	"JOIN analytics.guild g ON g.guild_id = m.guild_id AND g.removed_at IS NULL "
	"WHERE m.user_id = $1 AND " SQL_IS_DESK_OPEN_TO;
/* clang-format on */

struct reader {
	struct desk_feed *feed;        /* borrowed */
	struct ra_http_stream *stream; /* borrowed; NULL: it has not begun, or is gone */
	struct visit *visit;           /* borrowed, until the stream begins */
	unsigned char hash[TOKEN_HASH_BYTES];
	uint64_t user_id;
	uint64_t *guilds; /* owned */
	size_t guild_count;
	struct ra_arena arena; /* of the access check in flight */
	bool is_checking;
	int64_t checked_ms;
	struct reader *next;
};

struct desk_feed {
	struct api *api;  /* borrowed */
	struct ra_pg *pg; /* owned; does nothing but listen */
	struct desk_ref touched[TOUCHED_MAX];
	size_t touched_count;
	bool is_too_much, is_reading;
	struct reader *readers;
	size_t reader_count;
	uv_timer_t gather, tick;
	int pending; /* timers, connection, and rows being read */
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

/* --- to the readers --- */

static bool reads(const struct reader *reader, uint64_t guild)
{
	for (size_t i = 0; i < reader->guild_count; i++)
		if (reader->guilds[i] == guild)
			return true;
	return false;
}

/* A reader that is too slow leaves while we send. */
static void send_event(struct desk_feed *feed, uint64_t guild, const char *event, const char *data)
{
	for (struct reader *reader = feed->readers, *next; reader; reader = next) {
		next = reader->next;
		if (guild == 0 || reads(reader, guild))
			ra_http_stream_send(reader->stream, event, NULL, ra_str_of(data));
	}
}

static void send_gone(struct desk_feed *feed, const struct desk_ref *ref)
{
	char *data = ra_format("{\"guild\":\"%llu\",\"id\":\"%llu\"}",
			       (unsigned long long)ref->guild, (unsigned long long)ref->request);
	send_event(feed, ref->guild, "gone", data);
	ra_free(data);
}

static void send_row(struct desk_feed *feed, uint64_t guild, const json_t *row)
{
	char *data = json_dumps(row, JSON_COMPACT);
	send_event(feed, guild, "request", data);
	free(data);
}

/* --- what has changed --- */

static void unref(void *ctx);
static void gather_on(struct desk_feed *feed);

struct batch {
	struct desk_feed *feed; /* borrowed */
	size_t count;
	struct desk_ref refs[TOUCHED_MAX];
};

static void on_rows(void *ctx, int status, json_t *rows)
{
	struct batch *batch = ctx;
	struct desk_feed *feed = batch->feed;
	feed->is_reading = false;
	if (status < 0)
		send_event(feed, 0, "anew", "{}");
	for (size_t i = 0; status == 0 && i < batch->count; i++) {
		const json_t *row = json_array_get(rows, i);
		if (json_is_object(row))
			send_row(feed, batch->refs[i].guild, row);
		else
			send_gone(feed, &batch->refs[i]);
	}
	json_decref(rows);
	ra_free(batch);
	if (feed->touched_count > 0 || feed->is_too_much)
		gather_on(feed);
	unref(feed);
}

static void read_touched(struct desk_feed *feed)
{
	struct batch *batch = ra_new(struct batch);
	batch->feed = feed;
	batch->count = feed->touched_count;
	memcpy(batch->refs, feed->touched, feed->touched_count * sizeof(*feed->touched));
	feed->touched_count = 0;
	if (desk_rows_ask(feed->api, batch->refs, batch->count, on_rows, batch) < 0) {
		ra_free(batch);
		send_event(feed, 0, "anew", "{}");
		return;
	}
	feed->is_reading = true;
	feed->pending++;
}

static void on_gathered(uv_timer_t *timer)
{
	struct desk_feed *feed = ra_container_of(timer, struct desk_feed, gather);
	if (feed->is_reading)
		return; /* on_rows goes on */
	if (feed->is_too_much) {
		feed->is_too_much = false;
		feed->touched_count = 0;
		send_event(feed, 0, "anew", "{}");
	} else if (feed->touched_count > 0) {
		read_touched(feed);
	}
}

static void gather_on(struct desk_feed *feed)
{
	if (!feed->stopped && !uv_is_active((uv_handle_t *)&feed->gather))
		uv_timer_start(&feed->gather, on_gathered, GATHER_MS, 0);
}

static void touch(struct desk_feed *feed, uint64_t guild, uint64_t request)
{
	for (size_t i = 0; i < feed->touched_count; i++)
		if (feed->touched[i].guild == guild && feed->touched[i].request == request)
			return;
	if (feed->touched_count == TOUCHED_MAX)
		feed->is_too_much = true;
	else
		feed->touched[feed->touched_count++] = (struct desk_ref){ guild, request };
	gather_on(feed);
}

/* "<guild> <request|0> <command|->" */
static void on_notify(void *ctx, const char *channel, const char *payload)
{
	struct desk_feed *feed = ctx;
	const char *second = strchr(payload, ' '), *third = second ? strchr(second + 1, ' ') : NULL;
	uint64_t guild, request;
	(void)channel;
	if (!third ||
	    ra_str_to_u64((struct ra_str){ payload, (size_t)(second - payload) }, &guild) < 0 ||
	    ra_str_to_u64((struct ra_str){ second + 1, (size_t)(third - second - 1) }, &request) <
		    0)
		return;
	desk_orders_hear(feed->api->orders, ra_str_of(third + 1));
	if (request != 0 && feed->readers)
		touch(feed, guild, request);
}

/* From now on nothing is missed; what was said before, nobody knows. */
static void on_listening(void *ctx, int status, const struct ra_err *err)
{
	(void)err;
	if (status == 0)
		send_event(ctx, 0, "anew", "{}");
}

static void on_up(void *ctx)
{
	struct desk_feed *feed = ctx;
	int rc = ra_pg_send(feed->pg, 0, NULL, NULL, NULL);
	if (rc == 0)
		rc = ra_pg_sync(feed->pg, on_listening, feed);
	(void)rc; /* refused: it is down again, and comes up again */
}

/* --- readers --- */

static void remove_reader(struct reader *reader)
{
	struct desk_feed *feed = reader->feed;
	struct reader **at = &feed->readers;
	while (*at != reader)
		at = &(*at)->next;
	*at = reader->next;
	reader->stream = NULL;
	ra_gauge_set(&readers_open, (double)--feed->reader_count);
	if (feed->reader_count == 0)
		uv_timer_stop(&feed->tick);
}

static void free_reader(struct reader *reader)
{
	ra_arena_fini(&reader->arena);
	ra_free(reader->guilds);
	ra_free(reader);
}

static void on_gone(void *ctx)
{
	struct reader *reader = ctx;
	remove_reader(reader);
	if (!reader->is_checking)
		free_reader(reader);
}

static void turn_away(struct reader *reader)
{
	struct ra_http_stream *stream = reader->stream;
	remove_reader(reader);
	free_reader(reader);
	ra_http_stream_end(stream);
}

static void read_guilds(struct reader *reader, const PGresult *rows)
{
	reader->guild_count = (size_t)PQntuples(rows);
	reader->guilds =
		ra_realloc(reader->guilds, (reader->guild_count + 1) * sizeof(*reader->guilds));
	for (size_t i = 0; i < reader->guild_count; i++)
		reader->guilds[i] = ra_pg_get_u64(rows, (int)i, 0);
}

static int ask_guilds(struct reader *reader, ra_pg_result_cb result)
{
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	ra_pg_i64(&p, (int64_t)reader->user_id);
	int rc = db_ask(reader->feed->api->db, STMT_desk_guilds, &p, result, reader);
	ra_arena_fini(&arena);
	return rc;
}

static void on_guilds_again(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct reader *reader = ctx;
	(void)err;
	reader->is_checking = false;
	if (!reader->stream)
		free_reader(reader);
	else if (status == 0)
		read_guilds(reader, rows);
}

static void on_checked(void *ctx, int status, const struct access *access)
{
	struct reader *reader = ctx;
	(void)access;
	reader->is_checking = false;
	if (!reader->stream)
		free_reader(reader);
	else if (status == RA_EDENIED || status == RA_EHTTP)
		turn_away(reader);
	else
		reader->is_checking = ask_guilds(reader, on_guilds_again) == 0;
}

static void recheck(struct reader *reader, int64_t now_ms)
{
	if (reader->is_checking || now_ms - reader->checked_ms < ACCESS_STREAM_MS)
		return;
	reader->is_checking = true;
	reader->checked_ms = now_ms;
	ra_arena_reset(&reader->arena);
	access_check(reader->feed->api, &reader->arena, reader->hash, ACCESS_GUILDS, 0, on_checked,
		     reader);
}

static void on_tick(uv_timer_t *timer)
{
	struct desk_feed *feed = ra_container_of(timer, struct desk_feed, tick);
	int64_t now_ms = feed->api->now_ms();
	for (struct reader *reader = feed->readers, *next; reader; reader = next) {
		next = reader->next;
		recheck(reader, now_ms);
	}
}

static void on_guilds(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct reader *reader = ctx;
	struct desk_feed *feed = reader->feed;
	struct visit *visit = reader->visit;
	(void)err;
	if (status == 0)
		reader->stream = ra_http_stream_start(visit->req, on_gone, reader);
	else
		reply_failure(visit->api, visit->req, status);
	if (!reader->stream) {
		free_reader(reader);
		return;
	}
	read_guilds(reader, rows);
	reader->next = feed->readers;
	feed->readers = reader;
	ra_gauge_set(&readers_open, (double)++feed->reader_count);
	if (!uv_is_active((uv_handle_t *)&feed->tick))
		uv_timer_start(&feed->tick, on_tick, TICK_MS, TICK_MS);
	ra_http_stream_send(reader->stream, "anew", NULL, RA_STR("{}"));
}

void inbox_live(struct visit *visit)
{
	struct reader *reader = ra_new(struct reader);
	*reader = (struct reader){ .feed = visit->api->desk_feed,
				   .visit = visit,
				   .user_id = visit->access->user_id,
				   .checked_ms = visit->now_ms };
	memcpy(reader->hash, visit->hash, TOKEN_HASH_BYTES);
	if (ask_guilds(reader, on_guilds) < 0) {
		free_reader(reader);
		reply_failure(visit->api, visit->req, RA_EDOWN);
	}
}

/* --- from the api --- */

struct desk_feed *desk_feed_start(struct api *api, struct ra_err *err)
{
	static const struct ra_pg_stmt stmts[] = { { "LISTEN response", 0 } };
	static const struct ra_pg_ops ops = { .on_up = on_up, .on_notify = on_notify };
	struct desk_feed *feed = ra_new(struct desk_feed);
	feed->api = api;
	feed->pg = ra_pg_open(api->loop, api->conf->database_url, "rations-api-desk", stmts,
			      RA_COUNT(stmts), api->log, &ops, feed, err);
	if (!feed->pg) {
		ra_free(feed);
		return NULL;
	}
	feed->pending = 3;
	uv_timer_init(api->loop, &feed->gather);
	uv_timer_init(api->loop, &feed->tick);
	return feed;
}

static void unref(void *ctx)
{
	struct desk_feed *feed = ctx;
	if (--feed->pending > 0)
		return;
	feed->stopped(feed->stopped_ctx);
	ra_free(feed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(handle->data);
}

void desk_feed_stop(struct desk_feed *feed, void (*stopped)(void *ctx), void *ctx)
{
	feed->stopped = stopped;
	feed->stopped_ctx = ctx;
	feed->gather.data = feed->tick.data = feed;
	uv_close((uv_handle_t *)&feed->gather, on_timer_closed);
	uv_close((uv_handle_t *)&feed->tick, on_timer_closed);
	ra_pg_close(feed->pg, unref, feed);
}
