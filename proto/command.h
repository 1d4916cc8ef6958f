/*
 * command: somebody acted on a request for help, or a task report, through
 * the dashboard, a button or a slash command. What api hands to
 * response-tracker.
 *
 * api has checked that they may. One short stream, "commands:response", read
 * by the replicas of response-tracker in a consumer group; each command is
 * carried out once, however often it is read (response.command), and its
 * outcome told by NOTIFY response, '<guild> <request|0> <id>'.
 */
#pragma once
#include "libshared/base/buf.h"
#include "libshared/base/err.h"

#define RA_COMMANDS_STREAM  "commands:response"
#define RA_COMMANDS_GROUP   "response"
#define RA_COMMANDS_KEPT    10000 /* entries in the stream, MAXLEN ~ */
#define RA_COMMAND_ID_CHARS 32

/* X(kind, what `target`, `value`, `text` and `author` are; `actor` is who did it) */
#define RA_COMMAND_KINDS(X)                                                                        \
	X(claim, "target: the request")                                                            \
	X(unclaim, "likewise")                                                                     \
	X(resolve, "likewise")                                                                     \
	X(reopen, "likewise; of not_a_request: takes the mark away")                               \
	X(not_a_request, "likewise")                                                               \
	X(snooze, "likewise; value: until when, ms")                                               \
	X(ask, "target: the interaction; channel; text: what is asked; actor: who asks")           \
	X(menu, "target: the message marked as a request; channel; author: its own; text: its")    \
	X(task_claim, "target: the report")                                                        \
	X(task_verify, "likewise; value: how many are approved, -1: all")                          \
	X(task_state, "likewise; text: pending, reviewing, verified or archived")                  \
	X(notice_test, "channel: where to")

enum ra_command_kind {
	RA_COMMAND_NONE,
#define X(kind, what) RA_COMMAND_##kind,
	RA_COMMAND_KINDS(X)
#undef X
		RA_COMMAND_KIND_COUNT
};

/* Texts are borrowed from where it was read. */
struct ra_command {
	struct ra_str id; /* 32 hex digits, unguessable: whoever waits for the outcome knows it */
	enum ra_command_kind kind;
	int64_t at; /* ms: when they acted */
	uint64_t guild, actor, target, channel, parent, author;
	int64_t value;
	struct ra_str text;
	struct ra_str traceparent; /* of what they did it with, to be logged; or empty */
};

const char *ra_command_kind_text(enum ra_command_kind kind);
/* RA_COMMAND_NONE: no such kind. */
enum ra_command_kind ra_command_kind_of(struct ra_str text);
/* As RESP words, field and value in turn, ready to follow "XADD key *". Returns how many words. */
size_t ra_command_encode(const struct ra_command *command, struct ra_buf *resp_words);
/* RA_EINVAL: it lacks what every command has. Unknown fields are skipped. */
int ra_command_decode(struct ra_command *command, const struct ra_str *words,
		      size_t count) RA_MUST_CHECK;
