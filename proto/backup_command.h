/*
 * backup_command: what people ask of backup-scheduler, through the dashboard
 * or rationsctl: a job, or the end of one. What api hands over.
 *
 * Whoever sends it has checked that they may. One short stream,
 * "commands:backup", read in a consumer group; each command is carried out
 * once, however often it is read (backup.job.command_id). What became of it
 * stands in backup.job, and is told by NOTIFY backup, '<job_id>'.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/base/err.h"

#define RA_BACKUP_STREAM         "commands:backup"
#define RA_BACKUP_GROUP          "backup"
#define RA_BACKUP_KEPT           1000 /* entries in the stream, MAXLEN ~ */
#define RA_BACKUP_ID_CHARS       32
#define RA_BACKUP_PARAMETERS_MAX 16384 /* bytes of JSON text */

/* X(kind, what `backup` and `parameters` are). All but cancel are kinds of backup.job. */
#define RA_BACKUP_KINDS(X)                                                                         \
	X(backup, "parameters: kind (manual, before_restore), name, description")                  \
	X(drill, "backup: which; empty: the newest good one")                                      \
	X(verify, "backup: which")                                                                 \
	X(restore, "backup: which; parameters: what services/backup-scheduler/restore.h says")     \
	X(delete, "backup: which")                                                                 \
	X(upload, "parameters: what services/backup-scheduler/transfer.h says")                    \
	X(import, "parameters: what services/backup-scheduler/import.h says")                      \
	X(export, "parameters: what services/backup-scheduler/export.h says")                      \
	X(guild, "backup: which; parameters: what services/backup-scheduler/guild_restore.h says") \
	X(cancel, "parameters: job, the job_id that is to end")

enum ra_backup_kind {
	RA_BACKUP_NONE,
#define X(kind, what) RA_BACKUP_##kind,
	RA_BACKUP_KINDS(X)
#undef X
		RA_BACKUP_KIND_COUNT
};

/* Texts are borrowed from where it was read. */
struct ra_backup_command {
	struct ra_str id; /* 32 hex digits, unguessable: whoever waits for the outcome knows it */
	enum ra_backup_kind kind;
	int64_t at;                /* ms: when they asked */
	uint64_t actor;            /* the account; 0: the command line */
	struct ra_str backup;      /* a backup_id, or empty */
	struct ra_str parameters;  /* a JSON object, or empty */
	struct ra_str traceparent; /* of what they did it with, to be logged; or empty */
};

const char *ra_backup_kind_text(enum ra_backup_kind kind);
/* RA_BACKUP_NONE: no such kind. */
enum ra_backup_kind ra_backup_kind_of(struct ra_str text);
/* As RESP words, field and value in turn, ready to follow "XADD key *". Returns how many words. */
size_t ra_backup_command_encode(const struct ra_backup_command *command, struct ra_buf *resp_words);
/* RA_EINVAL: it lacks what every command has, or is larger than one may be. Unknown fields are
 * skipped. */
int ra_backup_command_decode(struct ra_backup_command *command, const struct ra_str *words,
			     size_t count) RA_MUST_CHECK;
