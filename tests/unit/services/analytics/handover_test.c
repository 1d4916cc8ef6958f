/*
 * handover: two plans of shards tell the same history, out of step, and the
 * tables must be as if one of them had told it.
 *
 * A made-up history of a few guilds is told three times: by the two shards of
 * the old plan up to their end, by the three of the new one from their
 * beginning, and, as the measure, by a single shard that tells of each event
 * what the old plan told, and of what it did not live to tell what the new
 * one did. Readers die every few entries; Discord replays.
 */
#include "libshared/redis/redis.h"
#include "libshared/stream/handover.h"
#include "libshared/stream/identity.h"
#include "services/analytics/stream.h"
#include "tests/harness/loop.h"
#include "tests/harness/servers.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	GUILDS = 7,
	USERS = 5,
	ROOMS = 3,
	MESSAGES = 4, /* that get reactions */
	SECOND = 1000,
	MINUTE = 60 * SECOND,
	OLD_COUNT = 2,
	NEW_COUNT = 3,
};

#define BEGIN_MS   (1790000000000LL - 1790000000000LL % 3600000 + 40 * MINUTE)
#define NEW_MS     (BEGIN_MS + 18 * MINUTE) /* the new plan comes up; the hour turns in between */
#define OLD_END_MS (BEGIN_MS + 22 * MINUTE)
#define END_MS     (BEGIN_MS + 40 * MINUTE)

static struct test_redis redis;
static struct test_pg pg;
static redisContext *cli;
static uint64_t random_state;

static uint64_t any(uint64_t below)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % below;
}

static void command(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	redisReply *reply = redisvCommand(cli, fmt, args);
	va_end(args);
	assert_non_null(reply);
	if (reply->type == REDIS_REPLY_ERROR)
		fail_msg("%s: %s", fmt, reply->str);
	freeReplyObject(reply);
}

static void sql(const char *text)
{
	PGconn *conn = test_pg_connect(&pg);
	PGresult *result = PQexec(conn, text);
	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", text, PQerrorMessage(conn));
	PQclear(result);
	PQfinish(conn);
}

/* --- tellers: shards that publish ------------------------------------------------ */

struct teller {
	char name[16], session[24];
	int64_t begin_ms, end_ms, last_ms; /* last_ms: of its newest entry */
	int64_t lag_ms;                    /* at most */
	uint64_t seq, part, entries;
	bool is_over;
	struct ra_buf told[32]; /* the newest entries, to be replayed; owned */
	size_t words[32];
};

static uint64_t guild_id(int guild)
{
	return (uint64_t)(100 + guild) << 22;
}

static void add_entry(struct teller *t, const struct ra_buf *words, size_t count, int64_t ms)
{
	struct ra_buf out = { 0 };
	char key[32], id[48];
	t->last_ms = ms > t->last_ms ? ms : t->last_ms;
	snprintf(key, sizeof(key), "events:{%s}", t->name);
	snprintf(id, sizeof(id), "%lld-%llu", (long long)t->last_ms,
		 (unsigned long long)t->entries + 1);
	ra_resp_command(&out, count + 3);
	ra_resp_word(&out, RA_STR("XADD"));
	ra_resp_word(&out, ra_str_of(key));
	ra_resp_word(&out, ra_str_of(id));
	ra_buf_add(&out, words->ptr, words->len);
	redisAppendFormattedCommand(cli, out.ptr, out.len);
	redisReply *reply = NULL;
	assert_int_equal(redisGetReply(cli, (void **)&reply), REDIS_OK);
	if (reply->type == REDIS_REPLY_ERROR)
		fail_msg("%s", reply->str);
	freeReplyObject(reply);
	ra_buf_fini(&out);
	t->entries++;
}

/* The event as this shard tells it, at `ms`. */
static void publish(struct teller *t, struct ra_event *event, int64_t ms)
{
	size_t slot = t->entries % RA_COUNT(t->told);
	event->session = ra_str_of(t->session);
	event->seq = t->seq;
	event->part = t->part++;
	ra_buf_clear(&t->told[slot]);
	t->words[slot] = ra_event_encode(event, &t->told[slot]);
	add_entry(t, &t->told[slot], t->words[slot], ms);
}

static void next_dispatch(struct teller *t)
{
	t->seq++;
	t->part = 0;
}

/* Redis had lost the newest entries, and Discord tells them again: here they are there already. */
static void replay(struct teller *t)
{
	size_t count = any(RA_COUNT(t->told) / 2);
	if (t->entries < RA_COUNT(t->told))
		return;
	struct ra_buf copies[RA_COUNT(t->told)] = { 0 };
	size_t words[RA_COUNT(t->told)];
	for (size_t i = 0; i < count; i++) {
		size_t slot = (t->entries - count + i) % RA_COUNT(t->told);
		ra_buf_add(&copies[i], t->told[slot].ptr, t->told[slot].len);
		words[i] = t->words[slot];
	}
	for (size_t i = 0; i < count; i++) {
		size_t slot = t->entries % RA_COUNT(t->told);
		ra_buf_clear(&t->told[slot]);
		ra_buf_add(&t->told[slot], copies[i].ptr, copies[i].len);
		t->words[slot] = words[i];
		add_entry(t, &copies[i], words[i], t->last_ms);
		ra_buf_fini(&copies[i]);
	}
}

/* --- the world --------------------------------------------------------------------- */

struct community {
	int64_t back_at;       /* while not available */
	uint64_t rooms[USERS]; /* voice; 0 none */
	int64_t joined_at[USERS];
	uint64_t messages[MESSAGES];
	bool is_reacted[MESSAGES];
	bool is_member[USERS];
	bool is_available;
	bool is_told_by_new; /* its GUILD_CREATE has come to the new plan */
};

static struct community guilds[GUILDS];
static struct teller old_plan[OLD_COUNT], new_plan[NEW_COUNT], measure;

static struct ra_event blank(enum ra_event_type type, int guild)
{
	const struct ra_str words[] = { RA_STR("type"), ra_str_of(ra_event_name(type)) };
	struct ra_event event;
	assert_int_equal(ra_event_decode(&event, words, 2, NULL), 0);
	event.guild = guild < 0 ? 0 : guild_id(guild);
	return event;
}

static void publish_snapshot(struct teller *t, int g, int64_t ms)
{
	struct community *guild = &guilds[g];
	next_dispatch(t);
	struct ra_event e = blank(RA_EV_guild_available, g);
	e.at = ms;
	e.guild_available.name = RA_STR("a guild");
	for (int i = 0; i < USERS; i++)
		e.guild_available.member_count += guild->is_member[i];
	publish(t, &e, ms);
	for (int i = 0; i < ROOMS; i++) {
		e = blank(RA_EV_channel_upserted, g);
		e.at = ms;
		e.channel_upserted.channel_id = guild_id(g) + 10 + (uint64_t)i;
		e.channel_upserted.kind = 2;
		e.channel_upserted.snapshot = true;
		publish(t, &e, ms);
	}
	for (int i = 0; i < USERS; i++) {
		if (guild->rooms[i] == 0)
			continue;
		e = blank(RA_EV_voice_state_changed, g);
		e.at = ms;
		e.voice_state_changed.user_id = (uint64_t)i + 1;
		e.voice_state_changed.channel_id = guild->rooms[i];
		e.voice_state_changed.voice_session = RA_STR("v");
		e.voice_state_changed.snapshot = true;
		publish(t, &e, ms);
	}
	e = blank(RA_EV_guild_synced, g);
	e.at = ms;
	publish(t, &e, ms);
}

/* What a shard puts before an event: names, which it may have sent or not. */
static void publish_name(struct teller *t, const struct ra_event *told, uint64_t user, int64_t ms)
{
	struct ra_event e = blank(RA_EV_member_seen, -1);
	char name[24];
	e.guild = told->guild;
	e.at = told->at;
	e.member_seen.user_id = user;
	snprintf(name, sizeof(name), "user %llu", (unsigned long long)user);
	e.member_seen.username = ra_str_of(name);
	publish(t, &e, ms);
}

static bool has_own_time(const struct ra_event *event)
{
	return event->type == RA_EV_message_created;
}

/* The event happened; both plans hear of it in their own time, and the measure of one of them. */
static void tell(struct ra_event *event, int g, int64_t now, bool is_snapshot)
{
	struct teller *old = &old_plan[(guild_id(g) >> 22) % OLD_COUNT];
	struct teller *young = &new_plan[(guild_id(g) >> 22) % NEW_COUNT];
	int64_t old_ms = now + (int64_t)any((uint64_t)old->lag_ms + 1);
	int64_t new_ms = now + (int64_t)any((uint64_t)young->lag_ms + 1);
	old_ms = old_ms > old->last_ms ? old_ms : old->last_ms;
	new_ms = new_ms > young->last_ms ? new_ms : young->last_ms;
	bool by_old = old_ms <= old->end_ms && !old->is_over;
	old->is_over = !by_old; /* what it did not get to, and all behind it */
	bool by_new = guilds[g].is_told_by_new || (is_snapshot && young->begin_ms != 0);
	struct {
		struct teller *teller;
		int64_t ms;
		bool is_telling;
	} ways[] = {
		{ old, old_ms, by_old },
		{ young, new_ms, by_new },
		{ &measure, by_old ? old_ms : new_ms, true },
	};
	assert_true(by_old || by_new);
	for (size_t i = 0; i < RA_COUNT(ways); i++) {
		if (!ways[i].is_telling)
			continue;
		if (is_snapshot) {
			publish_snapshot(ways[i].teller, g, ways[i].ms);
			continue;
		}
		next_dispatch(ways[i].teller);
		if (!has_own_time(event))
			event->at = ways[i].ms;
		if (event->type == RA_EV_message_created)
			publish_name(ways[i].teller, event, event->message_created.user_id,
				     ways[i].ms);
		publish(ways[i].teller, event, ways[i].ms);
		if (ways[i].teller != &measure && any(60) == 0)
			replay(ways[i].teller);
	}
	guilds[g].is_told_by_new |= is_snapshot && by_new;
}

static void post(int g, int64_t now)
{
	static uint64_t count;
	struct ra_event e = blank(RA_EV_message_created, g);
	e.at = now;
	e.message_created.message_id = ((uint64_t)(now - 1420070400000LL) << 22) + ++count % 4096;
	e.message_created.channel_id = guild_id(g) + 10 + any(ROOMS);
	e.message_created.user_id = any(USERS) + 1;
	e.message_created.length = (int64_t)any(50);
	guilds[g].messages[any(MESSAGES)] = e.message_created.message_id;
	tell(&e, g, now, false);
}

static void edit_or_delete(int g, int64_t now)
{
	struct ra_event e = blank(any(2) ? RA_EV_message_edited : RA_EV_message_deleted, g);
	size_t i = any(MESSAGES);
	uint64_t id = guilds[g].messages[i];
	if (id == 0)
		return;
	if (e.type == RA_EV_message_edited) {
		e.message_edited.message_id = id;
		e.message_edited.channel_id = guild_id(g) + 10;
		e.message_edited.user_id = 1;
		e.message_edited.edited_at = now;
	} else {
		e.message_deleted.message_id = id;
		guilds[g].messages[i] = 0; /* once */
		e.message_deleted.channel_id = guild_id(g) + 10;
	}
	tell(&e, g, now, false);
}

/* Given and taken back, again and again, by the same. */
static void toggle_reaction(int g, int64_t now)
{
	size_t i = any(MESSAGES);
	bool *is_there = &guilds[g].is_reacted[i];
	struct ra_event e = blank(*is_there ? RA_EV_reaction_removed : RA_EV_reaction_added, g);
	*is_there = !*is_there;
	if (*is_there) {
		e.reaction_added.message_id = guild_id(g) + 4000 + i;
		e.reaction_added.channel_id = guild_id(g) + 10;
		e.reaction_added.user_id = 1;
		e.reaction_added.author_id = 2;
		e.reaction_added.emoji = RA_STR("x");
	} else {
		e.reaction_removed.message_id = guild_id(g) + 4000 + i;
		e.reaction_removed.channel_id = guild_id(g) + 10;
		e.reaction_removed.user_id = 1;
		e.reaction_removed.emoji = RA_STR("x");
	}
	tell(&e, g, now, false);
}

static void come_or_go(int g, int64_t now)
{
	size_t i = any(USERS);
	bool *is_member = &guilds[g].is_member[i];
	struct ra_event e = blank(*is_member ? RA_EV_member_left : RA_EV_member_joined, g);
	char name[24];
	snprintf(name, sizeof(name), "user %zu", i + 1);
	*is_member = !*is_member;
	if (*is_member) {
		e.member_joined.user_id = i + 1;
		e.member_joined.username = ra_str_of(name);
		e.member_joined.joined_at = now;
	} else {
		e.member_left.user_id = i + 1;
		e.member_left.username = ra_str_of(name);
	}
	tell(&e, g, now, false);
}

static void rename_somebody(int g, int64_t now)
{
	size_t i = any(USERS);
	char nick[24], name[24];
	struct ra_event e = blank(RA_EV_member_updated, g);
	if (!guilds[g].is_member[i])
		return;
	snprintf(nick, sizeof(nick), "nick %llu", (unsigned long long)any(1000));
	snprintf(name, sizeof(name), "user %zu", i + 1);
	e.member_updated.user_id = i + 1;
	e.member_updated.username = ra_str_of(name);
	e.member_updated.nick = ra_str_of(nick);
	tell(&e, g, now, false);
}

static void talk(int g, int64_t now)
{
	size_t i = any(USERS);
	struct ra_event e = blank(RA_EV_voice_state_changed, g);
	guilds[g].rooms[i] = any(3) ? guild_id(g) + 10 + any(ROOMS) : 0;
	e.voice_state_changed.user_id = i + 1;
	e.voice_state_changed.channel_id = guilds[g].rooms[i];
	e.voice_state_changed.voice_session = RA_STR("v");
	tell(&e, g, now, false);
}

static void go_down(int g, int64_t now)
{
	struct ra_event e = blank(RA_EV_guild_unavailable, g);
	guilds[g].is_available = false;
	guilds[g].back_at = now + (int64_t)any(3 * MINUTE);
	tell(&e, g, now, false);
}

static void something_happens(int g, int64_t now)
{
	static void (*const ways[])(int g, int64_t now) = {
		post,       post, post, edit_or_delete,  toggle_reaction, toggle_reaction,
		come_or_go, talk, talk, rename_somebody,
	};
	if (any(150) == 0)
		go_down(g, now);
	else
		ways[any(RA_COUNT(ways))](g, now);
}

/* --- both plans --------------------------------------------------------------------- */

static void begin_session(struct teller *t, const char *name, int64_t begin_ms, int64_t end_ms,
			  int64_t lag_ms)
{
	snprintf(t->name, sizeof(t->name), "%s", name);
	snprintf(t->session, sizeof(t->session), "session of %s", name);
	t->begin_ms = t->last_ms = begin_ms;
	t->end_ms = end_ms;
	t->lag_ms = lag_ms;
	struct ra_event e = blank(RA_EV_shard_ready, -1);
	e.at = begin_ms;
	next_dispatch(t);
	publish(t, &e, begin_ms);
}

static void begin_old_plan(void)
{
	begin_session(&measure, "1.0", BEGIN_MS, END_MS, 1);
	begin_session(&old_plan[0], "2.0", BEGIN_MS, OLD_END_MS, 300);
	begin_session(&old_plan[1], "2.1", BEGIN_MS, OLD_END_MS + 1700, 2500);
	for (int g = 0; g < GUILDS; g++) {
		guilds[g] = (struct community){ .is_available = true };
		for (int i = 0; i < MESSAGES; i++)
			guilds[g].messages[i] = guild_id(g) + 100 + (uint64_t)i;
		publish_snapshot(&measure, g, BEGIN_MS);
		publish_snapshot(&old_plan[(guild_id(g) >> 22) % OLD_COUNT], g, BEGIN_MS);
	}
}

/* The new shards come up one after the other, their guilds after that, and tell what they are told
 * as it was a moment ago. */
static void begin_new_plan(int64_t now)
{
	static const char *const names[] = { "3.0", "3.1", "3.2" };
	for (int i = 0; i < NEW_COUNT; i++) {
		if (new_plan[i].begin_ms == 0 && now >= NEW_MS + i * 5 * SECOND)
			begin_session(&new_plan[i], names[i], now, END_MS, 400 + 1500 * i);
	}
	for (int g = 0; g < GUILDS; g++) {
		struct teller *t = &new_plan[(guild_id(g) >> 22) % NEW_COUNT];
		if (t->begin_ms == 0 || guilds[g].is_told_by_new || !guilds[g].is_available ||
		    now < NEW_MS + 20 * SECOND + g * 7 * SECOND)
			continue;
		guilds[g].is_told_by_new = true;
		publish_snapshot(t, g, now > t->last_ms ? now : t->last_ms);
	}
}

static void end_old_plan(void)
{
	for (int i = 0; i < OLD_COUNT; i++) {
		struct ra_event e = blank(RA_EV_shard_disconnected, -1);
		e.at = old_plan[i].end_ms;
		e.shard_disconnected.cause = RA_STR("resharded");
		publish(&old_plan[i], &e, old_plan[i].end_ms);
		command("HSET session:{%s} retired %lld-%llu", old_plan[i].name,
			(long long)old_plan[i].last_ms, (unsigned long long)old_plan[i].entries);
	}
}

static void tell_history(void)
{
	memset(old_plan, 0, sizeof(old_plan));
	memset(new_plan, 0, sizeof(new_plan));
	memset(&measure, 0, sizeof(measure));
	begin_old_plan();
	for (int64_t now = BEGIN_MS + SECOND; now < END_MS; now += (int64_t)any(2 * SECOND)) {
		if (now >= NEW_MS)
			begin_new_plan(now);
		int g = (int)any(GUILDS);
		bool is_back = !guilds[g].is_available && now >= guilds[g].back_at;
		/* the old plan goes only when the new one has all guilds that there are */
		if (is_back) {
			guilds[g].is_available = true;
			tell(NULL, g, now, true);
		} else if (guilds[g].is_available) {
			something_happens(g, now);
		}
	}
	end_old_plan();
}

static void forget_tellers(void)
{
	struct teller *all[] = { &measure,     &old_plan[0], &old_plan[1],
				 &new_plan[0], &new_plan[1], &new_plan[2] };
	for (size_t i = 0; i < RA_COUNT(all); i++)
		for (size_t k = 0; k < RA_COUNT(all[i]->told); k++)
			ra_buf_fini(&all[i]->told[k]);
}

/* --- readers -------------------------------------------------------------------------- */

static void on_stopped(void *ctx)
{
	*(bool *)ctx = true;
}

/* Is all of the stream folded in? */
static bool is_read(const struct teller *t)
{
	char *text = ra_format("SELECT count(*) FROM analytics.position WHERE stream = "
			       "'events:{%s}' AND entry_id = '%lld-%llu'",
			       t->name, (long long)t->last_ms, (unsigned long long)t->entries);
	bool is = test_pg_number(&pg, text) == 1;
	ra_free(text);
	return is;
}

static long long entries_read(const struct teller *t)
{
	char *text = ra_format("SELECT coalesce((SELECT entries FROM analytics.position WHERE "
			       "stream = 'events:{%s}'), 0)",
			       t->name);
	long long entries = test_pg_number(&pg, text);
	ra_free(text);
	return entries;
}

/* Reads the stream to its end; with `dies`, by readers that do not live long. */
static void read_stream(struct teller *t, unsigned count, unsigned id, bool dies)
{
	uv_loop_t loop;
	char url[160];
	test_pg_url(&pg, "rations_analytics", url);
	const struct ra_reader_conf conf = {
		.redis_url = redis.url,
		.database_url = url,
		.ops = &stream_ops,
		.shard_id = id,
		.shard_count = count,
		.batch_entries = dies ? 90 : 4000,
		.idle_tick_ms = 50,
	};
	test_loop_open(&loop);
	while (!is_read(t)) {
		bool is_stopped = false;
		long long enough = dies ? entries_read(t) + 100 + (long long)any(900) : 1LL << 60;
		struct ra_reader *reader = ra_reader_start(&loop, &conf);
		test_run_until(&loop, entries_read(t) >= enough || is_read(t));
		ra_reader_stop(reader, on_stopped, &is_stopped);
		test_run_until(&loop, is_stopped);
	}
	test_loop_close(&loop);
}

/* Only now: the row says that it has ended. */
static void finish_stream(unsigned count, unsigned id)
{
	uv_loop_t loop;
	char url[160];
	bool is_done = false, is_stopped = false;
	test_pg_url(&pg, "rations_analytics", url);
	const struct ra_reader_conf conf = {
		.redis_url = redis.url,
		.database_url = url,
		.ops = &stream_ops,
		.shard_id = id,
		.shard_count = count,
		.batch_entries = 4000,
		.idle_tick_ms = 50,
		.done = on_stopped,
		.done_ctx = &is_done,
	};
	test_loop_open(&loop);
	struct ra_reader *reader = ra_reader_start(&loop, &conf);
	test_run_until(&loop, is_done);
	ra_reader_stop(reader, on_stopped, &is_stopped);
	test_run_until(&loop, is_stopped);
	test_loop_close(&loop);
}

static const struct {
	const char *name, *columns;
} tables[] = {
	{ "message_hourly", "*" },
	{ "guild_hourly", "*" },
	{ "voice_segment", "*" },
	{ "voice_hourly", "*" },
	{ "voice_open", "*" },
	{ "member", "*" },
	{ "member_flow", "guild_id, at, user_id, kind, is_bot, is_rejoin, tenure_ms" },
	{ "guild", "*" },
	{ "channel", "*" },
	{ "role", "*" },
	{ "channel_live", "*" },
	{ "guild_gap", "*" },
	{ "event_hourly", "*" },
};

static void keep_measure(void)
{
	sql("SET client_min_messages = warning; DROP SCHEMA IF EXISTS measure CASCADE; "
	    "CREATE SCHEMA measure");
	for (size_t i = 0; i < RA_COUNT(tables); i++) {
		char *text = ra_format("CREATE TABLE measure.%s AS SELECT * FROM analytics.%s",
				       tables[i].name, tables[i].name);
		sql(text);
		ra_free(text);
	}
}

static void empty_tables(void)
{
	sql("DO $$ DECLARE name text; BEGIN FOR name IN SELECT c.oid::regclass FROM pg_class c "
	    "WHERE relnamespace = 'analytics'::regnamespace AND relkind IN ('r', 'p') AND NOT "
	    "relispartition LOOP EXECUTE 'TRUNCATE ' || name; END LOOP; END $$");
}

static long long differences(const char *columns, const char *of, const char *name,
			     const char *other)
{
	char *text = ra_format("SELECT count(*) FROM (SELECT %s FROM %s.%s WHERE guild_id <> 0 "
			       "EXCEPT ALL SELECT %s FROM %s.%s WHERE guild_id <> 0) d",
			       columns, of, name, columns, other, name);
	long long count = test_pg_number(&pg, text);
	if (count > 0 && getenv("SHOW")) {
		char *show = ra_format(
			"psql -X -q '%s' -c \"SELECT '%s' AS of, * FROM (SELECT %s FROM %s.%s "
			"EXCEPT ALL SELECT %s FROM %s.%s) d ORDER BY 2, 3, 4 LIMIT 12\"",
			pg.url, of, columns, of, name, columns, other, name);
		(void)!system(show);
		ra_free(show);
	}
	ra_free(text);
	return count;
}

static void compare(uint64_t seed)
{
	/* every process sends names anew */
	sql("DELETE FROM measure.event_hourly WHERE type = 'member_seen'; "
	    "DELETE FROM analytics.event_hourly WHERE type = 'member_seen'");
	for (size_t i = 0; i < RA_COUNT(tables); i++) {
		const char *name = tables[i].name, *columns = tables[i].columns;
		long long missing = differences(columns, "measure", name, "analytics");
		long long surplus = differences(columns, "analytics", name, "measure");
		if (missing > 0 || surplus > 0)
			fail_msg("history %llu: analytics.%s lacks %lld rows and has %lld others",
				 (unsigned long long)seed, name, missing, surplus);
	}
	assert_true(test_pg_number(&pg, "SELECT sum(messages) FROM analytics.guild_hourly") > 300);
	assert_true(test_pg_number(&pg, "SELECT sum(reactions) FROM analytics.guild_hourly") > 100);
	assert_true(test_pg_number(&pg, "SELECT count(*) FROM analytics.voice_segment") > 100);
	assert_true(test_pg_number(&pg, "SELECT count(*) FROM analytics.position WHERE "
					"finished_at IS NOT NULL") == OLD_COUNT);
	assert_true(test_pg_number(&pg, "SELECT count(*) FROM analytics.shard_service WHERE "
					"shard_count = 2 AND ended_at IS NOT NULL") == OLD_COUNT);
}

static void one_history(uint64_t seed)
{
	random_state = seed;
	command("FLUSHALL");
	tell_history();
	read_stream(&measure, 1, 0, false);
	keep_measure();
	empty_tables();
	for (unsigned i = 0; i < OLD_COUNT; i++) {
		read_stream(&old_plan[i], OLD_COUNT, i, true);
		finish_stream(OLD_COUNT, i);
	}
	for (unsigned i = 0; i < NEW_COUNT; i++)
		read_stream(&new_plan[i], NEW_COUNT, i, true);
	compare(seed);
	empty_tables();
	forget_tellers();
}

static uint64_t wanted(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);
	return text ? strtoull(text, NULL, 10) : otherwise;
}

static void two_plans_count_as_one(void **state)
{
	(void)state;
	uint64_t first = wanted("SEED", 1), count = wanted("HISTORIES", 2);
	for (uint64_t seed = first; seed < first + count; seed++)
		one_history(seed);
}

/* --- identity -------------------------------------------------------------------------- */

static void an_event_is_known_by_what_it_is(void **state)
{
	(void)state;
	uint64_t a, b;
	struct ra_event e = blank(RA_EV_reaction_added, 1);
	e.reaction_added.message_id = 5;
	e.reaction_added.user_id = 6;
	e.reaction_added.emoji = RA_STR("x");
	e.at = 1;
	assert_int_equal(ra_event_identity(&e, &a), RA_IDENTITY_REPEATABLE);
	e.at = 2;
	e.session = RA_STR("another");
	e.seq = 99;
	assert_int_equal(ra_event_identity(&e, &b), RA_IDENTITY_REPEATABLE);
	assert_true(a == b);
	e.reaction_added.emoji = RA_STR("y");
	ra_event_identity(&e, &b);
	assert_true(a != b);
	e.reaction_added.emoji = RA_STR("x");
	e.guild = guild_id(2);
	ra_event_identity(&e, &b);
	assert_true(a != b);
	e = blank(RA_EV_member_seen, 1);
	assert_int_equal(ra_event_identity(&e, &a), RA_IDENTITY_NONE);
	e = blank(RA_EV_shard_ready, -1);
	assert_int_equal(ra_event_identity(&e, &a), RA_IDENTITY_NONE);
	e = blank(RA_EV_message_created, 1);
	assert_int_equal(ra_event_identity(&e, &a), RA_IDENTITY_UNIQUE);
}

static int start(void **state)
{
	(void)state;
	test_redis_start(&redis, TEST_AOF_OFF, NULL);
	test_pg_start(&pg, false, true);
	cli = redisConnectUnix(redis.socket);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	redisFree(cli);
	test_redis_stop(&redis);
	test_pg_stop(&pg);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_known_by_what_it_is),
		cmocka_unit_test(two_plans_count_as_one),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
