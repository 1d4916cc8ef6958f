/*
 * import_rations: the SQLite file of the original Rations (docs of its tables:
 * docs/why/imports.md), three tables, each read by its row ids:
 *
 *	message_analytics   a row a message: guild, channel, user, length, time
 *	user_activity       voice join and leave (with the seconds), members joining and leaving
 *	server_analytics    every 5 minutes: members, channels
 *
 * Its versions called columns differently; the first name that is there is
 * taken. Its messages have no ids, so they are told apart by their time.
 */
#include "libshared/base/table.h"
#include "services/backup-scheduler/import_internal.h"
#include "services/backup-scheduler/import_sqlite.h"
#include <stdio.h>

enum { FIELDS_MAX = 8 };

struct rations {
	struct import *im;
	struct import_sqlite file; /* owned */
	struct ra_table stays;     /* of struct stay_row: who is in voice */
	bool is_past;              /* the row was read by a process before us */
};

struct stay_row {
	struct {
		uint64_t guild, user;
	} key;
	uint64_t channel;
	int64_t from_ms;
};

/* A row as it was selected; a column that is not there is NULL. */
struct row {
	sqlite3_stmt *stmt;
};

struct table {
	const char *name;
	const char
		*fields[FIELDS_MAX]; /* what each may be called; '!' before: it has to be there */
	void (*take)(struct rations *r, const struct row *row);
	bool needs_past; /* what lies before the cursor is of matter */
};

/* --- values
 * ------------------------------------------------------------------------------------------ */

static struct ra_str text_at(const struct row *row, int field)
{
	const void *text = sqlite3_column_text(row->stmt, field + 1);
	return (struct ra_str){ text,
				text ? (size_t)sqlite3_column_bytes(row->stmt, field + 1) : 0 };
}

static bool has(const struct row *row, int field)
{
	return sqlite3_column_type(row->stmt, field + 1) != SQLITE_NULL;
}

/* As a number or, because JavaScript and others lose digits, as a text. */
static uint64_t id_at(const struct row *row, int field)
{
	uint64_t id = 0;
	return ra_str_to_u64(text_at(row, field), &id) == 0 ? id : 0;
}

static int64_t number_at(const struct row *row, int field)
{
	return sqlite3_column_int64(row->stmt, field + 1);
}

/* Text, seconds, or milliseconds; 0: none of them. */
static int64_t time_at(const struct row *row, int field)
{
	int64_t ms = 0;
	int type = sqlite3_column_type(row->stmt, field + 1);
	if (type == SQLITE_TEXT)
		return import_parse_time(text_at(row, field), &ms) == 0 ? ms : 0;
	double value = sqlite3_column_double(row->stmt, field + 1);
	if (type == SQLITE_NULL || !(value > 0 && value < 1e14))
		return 0;
	return (int64_t)(value > 1e11 ? value : value * 1000);
}

static void broken(struct rations *r, const char *table, const struct row *row)
{
	char text[64];
	snprintf(text, sizeof text, "%s row %lld", table,
		 (long long)sqlite3_column_int64(row->stmt, 0));
	import_skip(r->im, "broken", 1, ra_str_of(text));
}

/* --- message_analytics
 * --------------------------------------------------------------------------------- */

enum { MESSAGE_GUILD, MESSAGE_CHANNEL, MESSAGE_USER, MESSAGE_AT, MESSAGE_LENGTH, MESSAGE_ID };

static void take_message(struct rations *r, const struct row *row)
{
	int64_t at = time_at(row, MESSAGE_AT);
	struct import_message m = {
		.guild = id_at(row, MESSAGE_GUILD),
		.channel = id_at(row, MESSAGE_CHANNEL),
		.user = id_at(row, MESSAGE_USER),
		.characters = number_at(row, MESSAGE_LENGTH),
		.id = id_at(row, MESSAGE_ID),
	};
	if (at == 0 && m.id == 0) {
		broken(r, "message_analytics", row);
		return;
	}
	if (m.id == 0) {
		m.id = import_id_at(at);
		m.covers_ms = 1;
	}
	import_message(r->im, &m);
}

/* --- user_activity
 * ---------------------------------------------------------------------------------------- */

enum {
	ACTIVITY_GUILD,
	ACTIVITY_USER,
	ACTIVITY_KIND,
	ACTIVITY_AT,
	ACTIVITY_CHANNEL,
	ACTIVITY_SECONDS,
};

static void come(struct rations *r, const struct import_voice *v, int64_t at)
{
	struct stay_row head = { .key = { v->guild, v->user } };
	struct stay_row *stay = ra_table_row(&r->stays, &head.key, NULL);
	stay->channel = v->channel;
	stay->from_ms = at;
}

/* The seconds are the bot's own; where it wrote none, the join before tells. */
static void go(struct rations *r, const struct row *row, struct import_voice *v, int64_t at)
{
	struct stay_row head = { .key = { v->guild, v->user } };
	struct stay_row *stay = ra_table_find(&r->stays, &head.key);
	double seconds = sqlite3_column_double(row->stmt, ACTIVITY_SECONDS + 1);
	if (v->channel == 0 && stay)
		v->channel = stay->channel;
	v->to_ms = at;
	v->from_ms = has(row, ACTIVITY_SECONDS) && seconds > 0 && seconds < 1e8
			     ? at - (int64_t)(seconds * 1000)
		     : stay ? stay->from_ms
			    : 0;
	if (stay)
		stay->from_ms = 0;
	if (r->is_past)
		return;
	if (v->from_ms == 0)
		import_skip(r->im, "voice_unknown", 1, (struct ra_str){ NULL, 0 });
	else
		import_voice(r->im, v);
}

static bool is_one_of(struct ra_str text, const char *const *words)
{
	for (; *words; words++)
		if (ra_str_is(text, *words))
			return true;
	return false;
}

static void take_activity(struct rations *r, const struct row *row)
{
	static const char *const joins[] = { "join", "member_join", "joined", NULL };
	static const char *const leaves[] = { "leave", "member_leave", "member_remove", "left",
					      NULL };
	int64_t at = time_at(row, ACTIVITY_AT);
	struct ra_str kind = text_at(row, ACTIVITY_KIND);
	struct import_voice v = { .guild = id_at(row, ACTIVITY_GUILD),
				  .user = id_at(row, ACTIVITY_USER),
				  .channel = id_at(row, ACTIVITY_CHANNEL) };
	struct import_flow flow = { .guild = v.guild, .user = v.user, .at_ms = at };
	if (at == 0) {
		if (!r->is_past)
			broken(r, "user_activity", row);
	} else if (ra_str_is(kind, "voice_join")) {
		come(r, &v, at);
	} else if (ra_str_is(kind, "voice_leave")) {
		go(r, row, &v, at);
	} else if (r->is_past) {
		return;
	} else if (is_one_of(kind, joins) || is_one_of(kind, leaves)) {
		flow.is_leave = is_one_of(kind, leaves);
		import_flow(r->im, &flow);
	} else {
		import_skip(r->im, "kind_unknown", 1, kind);
	}
}

/* --- server_analytics
 * --------------------------------------------------------------------------------------- */

enum { SERVER_GUILD, SERVER_AT, SERVER_MEMBERS, SERVER_CHANNELS };

static void take_server(struct rations *r, const struct row *row)
{
	struct import_snapshot s = {
		.guild = id_at(row, SERVER_GUILD),
		.at_ms = time_at(row, SERVER_AT),
		.members = number_at(row, SERVER_MEMBERS),
		.channels = number_at(row, SERVER_CHANNELS),
	};
	if (s.at_ms == 0)
		broken(r, "server_analytics", row);
	else
		import_snapshot(r->im, &s);
}

/* --- tables
 * ------------------------------------------------------------------------------------------------------
 */

#define AT      "!timestamp created_at recorded_at date time"
#define SECONDS "duration duration_seconds voice_duration session_duration seconds"

static const struct table tables[] = {
	{ "message_analytics",
	  { "!guild_id server_id", "!channel_id", "!user_id author_id member_id", AT,
	    "message_length length content_length character_count", "message_id", NULL },
	  take_message,
	  false },
	{ "user_activity",
	  { "!guild_id server_id", "!user_id member_id", "!activity_type action type event_type",
	    AT, "channel_id voice_channel_id", SECONDS, NULL },
	  take_activity,
	  true },
	{ "server_analytics",
	  { "!guild_id server_id", AT, "!member_count members total_members",
	    "channel_count text_channels channels text_channel_count total_channels", NULL },
	  take_server,
	  false },
};

enum { TABLES = RA_COUNT(tables) };

/* SELECT of the columns that are there, from behind the row id on. NULL: one that has to be is not.
 */
static char *select_of(struct rations *r, const struct table *table, struct ra_err *err)
{
	struct ra_buf sql = { 0 };
	ra_buf_add_text(&sql, "SELECT rowid");
	for (int i = 0; table->fields[i]; i++) {
		bool is_needed = table->fields[i][0] == '!';
		char name[64];
		if (import_sqlite_column(r->file.db, table->name, table->fields[i] + is_needed,
					 name)) {
			ra_buf_printf(&sql, ", \"%s\"", name);
		} else if (is_needed) {
			ra_buf_fini(&sql);
			(void)ra_fail(err, RA_EPROTO, "Is it the file of Rations?",
				      "table %s has no column %s", table->name,
				      table->fields[i] + 1);
			return NULL;
		} else {
			ra_buf_add_text(&sql, ", NULL");
		}
	}
	ra_buf_printf(&sql, " FROM \"%s\" WHERE rowid > ? ORDER BY rowid", table->name);
	char *text = ra_strdup(ra_buf_text(&sql));
	ra_buf_fini(&sql);
	return text;
}

static int64_t last_row(sqlite3 *db, const char *table)
{
	sqlite3_stmt *stmt = NULL;
	int64_t last = 0;
	char *sql = ra_format("SELECT max(rowid) FROM \"%s\"", table);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		last = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	ra_free(sql);
	return last;
}

static int read_rows(struct rations *r, size_t part, int64_t past, sqlite3_stmt *stmt,
		     struct ra_err *err)
{
	struct row row = { stmt };
	int64_t last = last_row(r->file.db, tables[part].name);
	int rc, step;
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(stmt, 0);
		r->file.patience = 0;
		r->is_past = id <= past;
		tables[part].take(r, &row);
		if (r->is_past)
			continue;
		double done = last > 0 ? (double)id / (double)last : 0;
		import_share(r->im, ((double)part + done) / TABLES);
		rc = import_checkpoint(
			r->im, (struct import_cursor){ .part = (int64_t)part + 1, .at = id }, err);
		if (rc < 0)
			return rc;
	}
	return step == SQLITE_DONE ? 0 : import_sqlite_fail(r->file.db, err);
}

static int read_table(struct rations *r, size_t part, struct ra_err *err)
{
	struct import_cursor from = import_cursor(r->im);
	sqlite3_stmt *stmt = NULL;
	char *sql = select_of(r, &tables[part], err);
	if (!sql)
		return err->code;
	int rc = sqlite3_prepare_v2(r->file.db, sql, -1, &stmt, NULL) == SQLITE_OK
			 ? 0
			 : import_sqlite_fail(r->file.db, err);
	ra_free(sql);
	if (rc == 0) {
		int64_t past = from.part == (int64_t)part + 1 ? from.at : INT64_MIN;
		sqlite3_bind_int64(stmt, 1, tables[part].needs_past ? INT64_MIN : past);
		rc = read_rows(r, part, past, stmt, err);
	}
	sqlite3_finalize(stmt);
	return rc;
}

static int read_tables(struct rations *r, struct ra_err *err)
{
	/* parts begin at 1: 0 is the beginning of all */
	size_t begin = (size_t)import_cursor(r->im).part, found = 0;
	int rc = 0;
	for (size_t i = 0; i < RA_COUNT(tables) && rc == 0; i++) {
		if (!import_sqlite_has_table(r->file.db, tables[i].name))
			continue;
		found++;
		if (i + 1 >= begin)
			rc = read_table(r, i, err);
	}
	if (rc == 0 && found == 0)
		rc = ra_fail(err, RA_EPROTO, "It has a table message_analytics.",
			     "this SQLite file is not one of Rations");
	return rc;
}

static int read_all(struct import *im, struct ra_err *err)
{
	struct rations r = { .im = im,
			     .stays = { .row_size = sizeof(struct stay_row),
					.key_size = sizeof(((struct stay_row *)0)->key) } };
	if (im->file.is_gzip)
		return ra_fail(err, RA_EINVAL, "Unpack it first.", "the SQLite file is packed");
	int rc = import_sqlite_open(&r.file, import_location(im), err);
	rc = rc == 0 ? read_tables(&r, err) : rc;
	import_sqlite_close(&r.file);
	ra_table_fini(&r.stays);
	return rc;
}

static bool is_mine(struct ra_str head)
{
	return head.len >= 16 && memcmp(head.ptr, "SQLite format 3", 16) == 0;
}

const struct import_source import_rations = {
	.name = "rations",
	.is_mine = is_mine,
	.read = read_all,
};
