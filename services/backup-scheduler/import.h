/*
 * import: moving in. What another system has counted, read from its file and
 * put where our own figures are, before the first moment we counted ourselves.
 *
 *	file --source--> records --sinks--> staging, and a report --"Import"--> figures
 *	      (reads)            (buffer, COPY)                    (merge)
 *
 * Reading is the dry run: rows go to staging tables of schema backup, and a
 * page that asks for figures sees nothing of them. The report says what there
 * is, from when to when, and what is left out and why. Importing moves the
 * staged rows; nothing is read a second time. Rows and the place in the file
 * they end at are one transaction, and so are taking a row out of staging and
 * putting it in place, so the process may be killed at any moment.
 *
 * Which of two files counts where they overlap, and how imported rows and our
 * own are kept apart: docs/why/imports.md. Everything here blocks; it runs in
 * a worker of its own (worker.h), with bounded memory.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/base/err.h"
#include <libpq-fe.h>
#include <sys/types.h>

struct import;
struct job;

/* --- sources ------------------------------------------------------------------- */

/* A system one can move in from. */
struct import_source {
	const char *name; /* in reports, texts and commands: rations, exporter, csv ... */
	/* Of a file: whether `head`, its first 64 KiB (unpacked when it is gzip), looks like one of
	 * ours. NULL: never a file. */
	bool (*is_mine)(struct ra_str head);
	/* Of a running database: whether `location` is an address we speak. NULL: never one. */
	bool (*is_my_address)(const char *location);
	/* Hands every record to the sinks, with import_checkpoint() after each; begins behind
	 * import_cursor(). Returns 0, or what stopped it (RA_ESTOPPED comes from the checkpoint).
	 */
	int (*read)(struct import *, struct ra_err *);
};

/* import_sources.c: all of them, the last one NULL. */
extern const struct import_source *const import_sources[];

/* Where a record ends: what is read before it is not read again. */
struct import_cursor {
	int64_t part; /* a table, a list ...; 0 when there is only one */
	int64_t at;   /* in it: a row id, or the byte behind the record */
};

struct import_cursor import_cursor(const struct import *);
/* Everything up to here was handed over. Writes what is buffered when that is much; says how far it
 * is; RA_ESTOPPED when somebody cancelled. */
int import_checkpoint(struct import *, struct import_cursor here, struct ra_err *) RA_MUST_CHECK;
/* Share of the work done, 0 to 1: of a file it is known anyway. */
void import_share(struct import *, double share);

/* --- reading --------------------------------------------------------------------- */

/* A path made by us, or the address of a database (with its password: never log it). */
const char *import_location(const struct import *);
/* The bytes of the file, unpacked when it is gzip, in order. 0 at the end; RA_ETOOBIG when it
 * unpacks to more than anybody has. */
ssize_t import_read(struct import *, void *to, size_t len, struct ra_err *) RA_MUST_CHECK;

/* import_json.c: walks a JSON text of any length with little memory. */
enum { IMPORT_VALUE_MAX = 4 << 20 };

struct import_json_ops {
	/* Whether what is inside the object or list at `path` is wanted one by one; otherwise it is
	 * a value. The outermost is "", then "data", "data.curators" ... An element of a list is
	 * always a value, and has the list's path. */
	bool (*opens)(void *ctx, const char *path);
	/* A value, as it lies (ra_json_init); longer ones than IMPORT_VALUE_MAX come as an empty
	 * text. `end` is the byte behind it, the same whenever the file is read. Not 0: stop. */
	int (*value)(void *ctx, const char *path, struct ra_str raw, int64_t end,
		     struct ra_err *err);
};

/* RA_EPROTO when it ends too early, or is not JSON. */
int import_json_walk(struct import *, const struct import_json_ops *, void *ctx,
		     struct ra_err *) RA_MUST_CHECK;

/* --- sinks ------------------------------------------------------------------------- */

/* A kind of record: how it is staged, and how it gets from there to its place. */
struct import_sink {
	const char *name;  /* in the report: messages, joins, curators ... */
	const char *stage; /* "backup.import_x (import_id, a, b ...)" */
	/* Moves the staged rows of the import to their place, in as many transactions as it likes,
	 * each of which takes out what it puts in. NULL: another sink's does it. */
	int (*merge)(struct import *, struct ra_err *);
};

/* import_sources.c: in the order in which they are merged, the last one NULL. */
extern const struct import_sink *const import_sinks[];

/* A staged row: begin (which writes import_id), the columns in their order, end. */
void import_row(struct import *, const struct import_sink *);
void import_i64(struct import *, int64_t);
void import_text(struct import *, struct ra_str); /* valid UTF-8 is made of it */
void import_bool(struct import *, bool);
void import_time(struct import *, int64_t ms);
void import_null(struct import *);
void import_row_end(struct import *);

/* So many of a kind are there, from a moment (milliseconds; 0: it has none). */
void import_count(struct import *, const struct import_sink *, uint64_t guild, int64_t at_ms,
		  int64_t how_many);
/* Something is left out. `why` is a word the page translates; the first samples are shown. */
void import_skip(struct import *, const char *why, int64_t how_many, struct ra_str sample);
/* A word the page turns into a sentence: what one has to know about this import. */
void import_note(struct import *, const char *word);

int64_t import_id(const struct import *);
/* The account that asked for it; 0: the command line. */
int64_t import_asked_by(const struct import *);
/* The owner's connection: it may write everywhere. Ask it with db_run() and db_query() (job.h). */
PGconn *import_db(struct import *);

/* --- what every source needs to know --------------------------------------------------- */

/* Whether the bot is in the guild; where it is not, that is counted as left out (guild_unknown). */
bool import_has_guild(struct import *, uint64_t guild, int64_t how_many);
/* When we began to count in the guild ourselves, milliseconds: what is imported lies before. */
int64_t import_live_since(struct import *, uint64_t guild);
/* 1 for people who opted out, or are being erased, in the guild; else `user`. */
uint64_t import_person(struct import *, uint64_t guild, uint64_t user);

/* "2025-03-01 14:00:00.123", with T or a space, fraction and zone or without: then it is UTC. */
int import_parse_time(struct ra_str text, int64_t *ms) RA_MUST_CHECK;

/* --- records of analytics (import_figures.c) --------------------------------------------- */

struct import_channel {
	uint64_t guild, channel, parent;
	int kind; /* Discord's channel type */
	struct ra_str name;
};

struct import_member {
	uint64_t guild, user;
	struct ra_str username, nick;
	bool is_bot;
};

struct import_message {
	uint64_t guild, channel, user;
	uint64_t id;     /* the snowflake; where only the time is known, import_id_at() */
	int author_kind; /* 0 human, 1 bot, 2 webhook, 3 Discord itself */
	bool is_notice;  /* not of type 0 or 19 */
	bool is_reply;
	int attachments;
	int64_t characters;
	int64_t messages;  /* so many at once; 0 is 1 */
	int64_t covers_ms; /* and they are all there were in this time from `id` on; 0: just this
			      one */
};

struct import_voice {
	uint64_t guild, channel, user;
	int64_t from_ms, to_ms;
};

struct import_flow {
	uint64_t guild, user;
	int64_t at_ms;
	bool is_leave, is_bot;
};

struct import_snapshot {
	uint64_t guild;
	int64_t at_ms;
	int64_t members, channels, voice_members;
};

/* Each checks what it is given, leaves out (and counts) what lies behind our first own moment, what
 * an earlier import or the reading of history covers, and what is no id or time at all. */
void import_channel(struct import *, const struct import_channel *);
void import_member(struct import *, const struct import_member *);
void import_message(struct import *, const struct import_message *);
void import_voice(struct import *, const struct import_voice *);
void import_flow(struct import *, const struct import_flow *);
void import_snapshot(struct import *, const struct import_snapshot *);
/* The first id of that millisecond. */
uint64_t import_id_at(int64_t ms);

/* --- life ---------------------------------------------------------------------------------- */

/* Of worker_kinds: a job of kind import. Its parameters:
 *	{"do": "read", "file": "...", "name": "..."}  makes an import of a file in BACKUP_DIR/import
 *	{"do": "read", "url": "...", "name": "..."}   the same of a database; the address is not
 *kept
 *	{"do": "merge", "import": id}                 imports what was read
 *	{"do": "drop", "import": id}                  forgets what was read, and the file
 * Begun again after it was killed, it goes on where it was. */
int import_run(struct job *, struct ra_err *) RA_MUST_CHECK;
/* The command line: `backup-scheduler --import FILE [--dry-run]`. Its exit code. */
int import_command(const void *conf, int argc, char **argv);
