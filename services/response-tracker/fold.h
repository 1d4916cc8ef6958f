/*
 * fold: what each event means to requests, answers and staff. Changes the
 * state and the batch, nothing else; no I/O, no clock. Definitions:
 * metrics.md, Requests and answers.
 *
 * Which messages stand for a request is asked of the database before a batch
 * is folded: fold_wants() collects them, fold_knows() is what it answered.
 * What folding itself does to requests is noted here as well, for the events
 * behind it in the batch; whether a step is possible is in the end decided by
 * the statement that takes it (migrations/0018_response_desk.sql).
 */
#pragma once
#include "proto/events.h"
#include "services/response-tracker/batch.h"
#include "services/response-tracker/state.h"

enum request_state { REQUEST_OPEN, REQUEST_ANSWERED, REQUEST_RESOLVED, REQUEST_VOID };

struct message_key {
	uint64_t guild, message;
};

/* A message that may stand for a request. */
struct known_message {
	struct message_key key;
	uint64_t request; /* 0: it does not */
	bool is_loaded;   /* the database was asked, or we know better */
};

struct known_request {
	struct message_key key; /* of its first message */
	uint64_t author;
	uint64_t channel;
	enum request_state state;
	int64_t closed_at;
};

struct fold {
	struct state state;
	struct batch batch;
	struct ra_table messages; /* of known_message */
	struct ra_table requests; /* of known_request */
};

void fold_init(struct fold *fold);
void fold_fini(struct fold *fold);
/* Back to nothing. */
void fold_clear(struct fold *fold);
/* The batch is committed: forgets its rows, and what was known for it. */
void fold_committed(struct fold *fold, int64_t now);

/* Notes the messages that have to be known before the event is folded. */
void fold_wants(struct fold *fold, const struct ra_event *event);
/* The database: that message stands for that request. */
void fold_knows(struct fold *fold, uint64_t guild, uint64_t message,
		const struct known_request *request);
/* The database has answered for all that fold_wants() noted. */
void fold_loaded(struct fold *fold);
void fold_event(struct fold *fold, const struct ra_event *event, bool is_hearsay);
