/*
 * import_limits: up to where a guild may be imported. Loaded once for each
 * guild the file tells of; what changes between reading and importing is found
 * out by import_claim().
 *
 *	  imported              history          counted live
 *	----------- after_id [ newest_id = start_id ] ------------> ids of a channel
 *	  here it may be added
 */
#include "libshared/discord/snowflake.h"
#include "services/backup-scheduler/import_internal.h"
#include "services/backup-scheduler/job.h"
#include <stdio.h>

#define HOUR_MS 3600000LL
/* In a channel that had no message when we came, there is no id to go by, and the first one we were
 * told may have been written a moment before. */
#define TOLD_LATE_MS 60000LL

/* The newest message that may be imported. */
struct bound_row {
	uint64_t channel;
	int64_t live, history;
};

struct span {
	uint64_t channel;
	char kind[16];
	int64_t from, to;
};

struct unnamed_row {
	uint64_t user;
};

struct import_guild {
	uint64_t id;
	bool is_here;
	int64_t live_ms;
	struct ra_table bounds;  /* of struct bound_row */
	struct ra_table unnamed; /* of struct unnamed_row */
	struct span *spans;      /* owned; by kind, channel, from */
	size_t span_count;
};

struct guild_row {
	uint64_t id;
	struct import_guild *guild; /* owned */
};

static int64_t number(const PGresult *rows, int row, int column)
{
	int64_t value = 0;
	const char *text = PQgetvalue(rows, row, column);
	return ra_str_to_i64(ra_str_of(text), &value) == 0 ? value : 0;
}

static PGresult *ask(struct import *im, const char *sql, uint64_t guild)
{
	char id[24];
	const char *values[] = { import_i64_text(id, (int64_t)guild) };
	PGresult *rows = im->has_failed ? NULL : db_query(im->db, &im->why, sql, 1, values);
	if (!rows && !im->has_failed)
		im->has_failed = true;
	return rows;
}

static void load_guild(struct import *im, struct import_guild *g)
{
	PGresult *rows = ask(im,
			     "SELECT coalesce(ts_to_ms(first_event_at), ts_to_ms(now())) "
			     "FROM analytics.guild WHERE guild_id = $1 AND removed_at IS NULL",
			     g->id);
	if (rows && PQntuples(rows) == 1) {
		g->is_here = true;
		g->live_ms = number(rows, 0, 0);
	}
	PQclear(rows);
}

/* Of history that was refused, what lies behind the page it was refused at is nobody's. */
static void load_bounds(struct import *im, struct import_guild *g)
{
	PGresult *rows = ask(im,
			     "SELECT l.channel_id, l.start_id, min(CASE WHEN r.skipped IS NULL "
			     "THEN r.after_id ELSE r.cursor_id - 1 END) "
			     "FROM analytics.channel_live l LEFT JOIN analytics.history_range r "
			     "ON r.guild_id = l.guild_id AND r.channel_id = l.channel_id "
			     "AND r.reason = 'start' WHERE l.guild_id = $1 GROUP BY 1, 2",
			     g->id);
	for (int i = 0; rows && i < PQntuples(rows); i++) {
		uint64_t channel = (uint64_t)number(rows, i, 0);
		struct bound_row *bound = ra_table_row(&g->bounds, &channel, NULL);
		bound->live = number(rows, i, 1);
		if (bound->live == 0)
			bound->live = (int64_t)import_id_at(g->live_ms - TOLD_LATE_MS);
		bound->history = PQgetisnull(rows, i, 2) ? bound->live : number(rows, i, 2);
	}
	PQclear(rows);
}

static void load_spans(struct import *im, struct import_guild *g)
{
	PGresult *rows = ask(im,
			     "SELECT channel_id, from_id, to_id, kind FROM analytics.import_span "
			     "WHERE guild_id = $1 ORDER BY kind COLLATE \"C\", channel_id, from_id",
			     g->id);
	g->span_count = rows ? (size_t)PQntuples(rows) : 0;
	g->spans = ra_alloc((g->span_count + 1) * sizeof(*g->spans));
	for (size_t i = 0; i < g->span_count; i++) {
		struct span *span = &g->spans[i];
		span->channel = (uint64_t)number(rows, (int)i, 0);
		span->from = number(rows, (int)i, 1);
		span->to = number(rows, (int)i, 2);
		snprintf(span->kind, sizeof span->kind, "%s", PQgetvalue(rows, (int)i, 3));
	}
	PQclear(rows);
}

static void load_unnamed(struct import *im, struct import_guild *g)
{
	PGresult *rows =
		ask(im, "SELECT user_id FROM analytics.unnamed WHERE guild_id = $1", g->id);
	for (int i = 0; rows && i < PQntuples(rows); i++) {
		uint64_t user = (uint64_t)number(rows, i, 0);
		(void)ra_table_row(&g->unnamed, &user, NULL);
	}
	PQclear(rows);
}

static struct import_guild *guild_of(struct import *im, uint64_t id)
{
	bool is_new;
	struct guild_row *row = ra_table_row(&im->guilds, &id, &is_new);
	if (!is_new)
		return row->guild;
	struct import_guild *g = row->guild = ra_new(struct import_guild);
	g->id = id;
	g->bounds = RA_TABLE_OF(struct bound_row, uint64_t);
	g->unnamed = RA_TABLE_OF(struct unnamed_row, uint64_t);
	load_guild(im, g);
	if (g->is_here) {
		load_bounds(im, g);
		load_spans(im, g);
		load_unnamed(im, g);
	}
	return g;
}

void import_limits_init(struct import *im)
{
	im->guilds = RA_TABLE_OF(struct guild_row, uint64_t);
}

void import_limits_fini(struct import *im)
{
	struct guild_row *rows = (struct guild_row *)(void *)im->guilds.rows;
	for (size_t i = 0; i < im->guilds.count; i++) {
		ra_table_fini(&rows[i].guild->bounds);
		ra_table_fini(&rows[i].guild->unnamed);
		ra_free(rows[i].guild->spans);
		ra_free(rows[i].guild);
	}
	ra_table_fini(&im->guilds);
}

/* --- questions ----------------------------------------------------------------------------- */

/* A file may tell of guilds that never were: so many are remembered. */
enum { GUILDS_MAX = 100000 };

struct import_guild *import_guild(struct import *im, uint64_t guild)
{
	if (guild == 0 || guild > INT64_MAX || im->guilds.count >= GUILDS_MAX)
		return NULL;
	struct import_guild *g = guild_of(im, guild);
	return g->is_here ? g : NULL;
}

static struct ra_str id_sample(char text[24], uint64_t id)
{
	snprintf(text, 24, "%llu", (unsigned long long)id);
	return ra_str_of(text);
}

bool import_has_guild(struct import *im, uint64_t guild, int64_t how_many)
{
	char text[24];
	if (import_guild(im, guild))
		return true;
	import_skip(im, "guild_unknown", how_many, id_sample(text, guild));
	return false;
}

int64_t import_guild_live_ms(const struct import_guild *g)
{
	return g->live_ms;
}

int64_t import_live_since(struct import *im, uint64_t guild)
{
	const struct import_guild *g = import_guild(im, guild);
	return g ? g->live_ms : 0;
}

uint64_t import_person(struct import *im, uint64_t guild, uint64_t user)
{
	const struct import_guild *g = import_guild(im, guild);
	return g && ra_table_find(&g->unnamed, &user) ? 1 : user;
}

static int compare(const struct span *span, const char *kind, uint64_t channel)
{
	int order = strcmp(span->kind, kind);
	return order ? order : (span->channel > channel) - (span->channel < channel);
}

/* The last span that begins at `at` or before holds it, or none does. */
static bool is_covered(const struct import_guild *g, const char *kind, uint64_t channel, int64_t at)
{
	size_t lo = 0, hi = g->span_count;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int order = compare(&g->spans[mid], kind, channel);
		if (order > 0 || (order == 0 && g->spans[mid].from > at))
			hi = mid;
		else
			lo = mid + 1;
	}
	const struct span *span = lo > 0 ? &g->spans[lo - 1] : NULL;
	return span && compare(span, kind, channel) == 0 && at <= span->to;
}

static enum import_verdict message_verdict(const struct import_guild *g, uint64_t channel,
					   int64_t id)
{
	const struct bound_row *bound = ra_table_find(&g->bounds, &channel);
	if (!bound)
		return ra_snowflake_ms((uint64_t)id) < g->live_ms ? IMPORT_FINE : IMPORT_LIVE;
	if (id > bound->live)
		return IMPORT_LIVE;
	return id > bound->history ? IMPORT_HISTORY : IMPORT_FINE;
}

/* Voice is added up by the hour, so the hour in which we began is ours. */
static int64_t live_ms_of(const struct import_guild *g, const char *kind)
{
	return strcmp(kind, "voice") == 0 ? g->live_ms - g->live_ms % HOUR_MS : g->live_ms;
}

enum import_verdict import_verdict(struct import *im, struct import_guild *g, const char *kind,
				   uint64_t channel, int64_t at)
{
	(void)im;
	enum import_verdict verdict = IMPORT_FINE;
	if (strcmp(kind, "messages") == 0)
		verdict = message_verdict(g, channel, at);
	else if (at >= live_ms_of(g, kind))
		verdict = IMPORT_LIVE;
	if (verdict == IMPORT_FINE && is_covered(g, kind, channel, at))
		verdict = IMPORT_AGAIN;
	return verdict;
}

void import_left_out(struct import *im, enum import_verdict verdict, int64_t how_many,
		     uint64_t guild)
{
	static const char *const words[] = {
		[IMPORT_LIVE] = "live",
		[IMPORT_HISTORY] = "history",
		[IMPORT_AGAIN] = "again",
	};
	char text[24];
	if (verdict != IMPORT_FINE)
		import_skip(im, words[verdict], how_many, id_sample(text, guild));
}
