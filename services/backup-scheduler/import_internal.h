/* import_internal: what the files of import.h share. */
#pragma once
#include "libshared/base/arena.h"
#include "libshared/base/table.h"
#include "services/backup-scheduler/import.h"
#include <jansson.h>
#include <zlib.h>

enum {
	IMPORT_HEAD = 64 << 10,
	IMPORT_BUFFER = 1 << 20, /* of the file, and of rows not yet written */
	IMPORT_SINKS_MAX = 32,
	IMPORT_REASONS_MAX = 64,
	IMPORT_SAMPLES = 5,
};

/* Unpacked, more than anybody has: 1 TiB. */
#define IMPORT_UNPACKED_MAX (1LL << 40)

/* --- import_file.c ----------------------------------------------------------------- */

struct import_file {
	int fd;              /* -1: a database */
	int64_t size, taken; /* bytes of the file, and how many of them were read */
	int64_t unpacked;
	bool is_gzip, is_ended;
	z_stream z;
	unsigned char *packed; /* owned */
};

int import_file_open(struct import_file *, const char *path, struct ra_err *) RA_MUST_CHECK;
void import_file_close(struct import_file *);
ssize_t import_file_read(struct import_file *, void *to, size_t len, struct ra_err *) RA_MUST_CHECK;
/* An address of a database, no file. */
bool import_is_address(const char *location);
/* The source whose file (or database) this is, or NULL. */
const struct import_source *import_recognise(const char *location, struct ra_err *);

/* --- import_report.c ---------------------------------------------------------------- */

struct import_reason {
	char why[32];
	int64_t count;
	int samples;
	char sample[IMPORT_SAMPLES][120];
};

struct import_report {
	struct ra_table counts; /* of struct import_counted (import_report.c) */
	struct import_reason reasons[IMPORT_REASONS_MAX];
	size_t reason_count;
	char notes[16][32];
	size_t note_count;
};

void import_report_init(struct import_report *);
void import_report_fini(struct import_report *);
void import_report_count(struct import_report *, const char *name, uint64_t guild, int64_t at_ms,
			 int64_t how_many);
void import_report_skip(struct import_report *, const char *why, int64_t how_many,
			struct ra_str sample);
void import_report_note(struct import_report *, const char *word);
/* As the page and the command line read it; yours. */
json_t *import_report_json(const struct import_report *);
/* What import_report_json said, to go on from. */
void import_report_load(struct import_report *, const json_t *);

/* --- import_stage.c ------------------------------------------------------------------ */

struct import_stage {
	const struct import_sink *sink;
	struct ra_buf rows; /* owned; COPY text */
};

void import_stage_init(struct import *);
void import_stage_fini(struct import *);
/* Everything buffered, the report and the place in the file, in one transaction. */
int import_flush(struct import *, struct ra_err *) RA_MUST_CHECK;
int import_begin(struct import *, struct ra_err *) RA_MUST_CHECK;
int import_commit(struct import *, struct ra_err *) RA_MUST_CHECK;
/* After something failed. */
void import_rollback(struct import *);

/* --- import_limits.c ------------------------------------------------------------------- */

struct import_guild;

void import_limits_init(struct import *);
void import_limits_fini(struct import *);
/* NULL when the bot is not in it. */
struct import_guild *import_guild(struct import *, uint64_t guild);

enum import_verdict { IMPORT_FINE, IMPORT_LIVE, IMPORT_HISTORY, IMPORT_AGAIN };

/* Of a message by its id; of other kinds by milliseconds, channel 0. */
enum import_verdict import_verdict(struct import *, struct import_guild *, const char *kind,
				   uint64_t channel, int64_t at);
/* Counts a verdict that is not fine as left out. */
void import_left_out(struct import *, enum import_verdict, int64_t how_many, uint64_t guild);
/* From `from` to `to` of a kind is staged. */
void import_saw(struct import *, uint64_t guild, const char *kind, uint64_t channel, int64_t from,
		int64_t to);
int64_t import_guild_live_ms(const struct import_guild *);

/* --- import_figures.c, import_merge.c ---------------------------------------------------- */

extern const struct import_sink import_channels, import_members, import_messages, import_voices,
	import_joins, import_leaves, import_snapshots;

void import_figures_init(struct import *);
void import_figures_fini(struct import *);
/* Adds what was counted in memory to the rows to be written. */
void import_figures_flush(struct import *);
int import_merge_channels(struct import *, struct ra_err *) RA_MUST_CHECK;
int import_merge_members(struct import *, struct ra_err *) RA_MUST_CHECK;
int import_merge_messages(struct import *, struct ra_err *) RA_MUST_CHECK;
int import_merge_voice(struct import *, struct ra_err *) RA_MUST_CHECK;
int import_merge_flows(struct import *, struct ra_err *) RA_MUST_CHECK;
int import_merge_snapshots(struct import *, struct ra_err *) RA_MUST_CHECK;
/* Takes what was staged for the import's own, unless somebody else has taken some of it since it
 * was read: then RA_ELOCKED, and it has to be read again. Safe to repeat. */
int import_claim(struct import *, struct ra_err *) RA_MUST_CHECK;

/* --- the run ------------------------------------------------------------------------------- */

struct import {
	struct job *job; /* borrowed; NULL on the command line */
	PGconn *db;      /* the owner's; owned */
	int64_t id, asked_by;
	char *file_name; /* of the row; owned */
	char *location;  /* owned */
	char state[16];
	const struct import_source *source;
	struct import_file file;
	struct import_report report;
	struct import_cursor done, here; /* written, and handed over */
	struct import_stage stages[IMPORT_SINKS_MAX];
	size_t stage_count, staged_bytes;
	struct ra_buf *row; /* the one begun */
	double share;
	struct ra_table guilds; /* of pointers to struct import_guild */
	struct ra_table seen, messages, members;
	bool has_failed; /* a look-up failed: the next checkpoint says so */
	struct ra_err why;
};

/* import.c. Everything of *im is undone by import_close, also after a failure. */
int import_open(struct import *, struct job *, const char *url, struct ra_err *) RA_MUST_CHECK;
void import_close(struct import *);
/* A new one, or the one this job has begun before. */
int import_make(struct import *, const char *file, const char *name, struct ra_err *) RA_MUST_CHECK;
int import_load(struct import *, int64_t id, struct ra_err *) RA_MUST_CHECK;
int import_read_all(struct import *, struct ra_err *) RA_MUST_CHECK;
int import_merge_all(struct import *, struct ra_err *) RA_MUST_CHECK;
int import_drop(struct import *, struct ra_err *) RA_MUST_CHECK;

char *import_i64_text(char out[24], int64_t value);
