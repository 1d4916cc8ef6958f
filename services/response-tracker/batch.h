/*
 * batch: what one transaction will write: acts on requests and on the staff,
 * in the order they happened, and what staff did. Lives from the first event
 * folded to the commit, then it is cleared and used again. Texts lie in the
 * arena.
 */
#pragma once
#include "libshared/base/arena.h"

/* One step of a request's life, or of the staff's: a function of schema response each. */
enum act_kind {
	ACT_ASK,
	ACT_MERGE,
	ACT_ANSWER,
	ACT_COMMUNITY,
	ACT_REOPEN,
	ACT_CANCEL,
	ACT_CANCEL_CHANNEL,
	ACT_THREAD,
	ACT_SHOWN,
	ACT_STAFF_BEGINS, /* from here on: of the staff */
	ACT_STAFF_ENDS,
	ACT_ROLE_GONE,
	ACT_KINDS,
};

struct act {
	enum act_kind kind;
	uint64_t guild, request;
	uint64_t person;  /* who asks, answers, is staff */
	uint64_t message; /* merged, answering, reopening; the thread made; shown by the bot; the
			   * channel or role gone */
	int64_t at;
	/* of ACT_ASK: */
	uint64_t channel, parent, thread;
	int64_t rule, priority;
	struct ra_str excerpt; /* { NULL }: none */
	const char *how;       /* of ACT_ASK, ACT_ANSWER: their kind; static */
	bool is_burst;         /* of ACT_MERGE: the burst goes on from it */
	bool is_reply;         /* of ACT_COMMUNITY; else it is in the thread */
	bool is_by_role;       /* of ACT_STAFF_BEGINS */
};

struct activity {
	uint64_t guild, user;
	int64_t at;
	struct ra_str kind; /* message, reply, reaction; static */
	uint64_t message;
	struct ra_str emoji;
	uint64_t channel;
	uint64_t target, target_user; /* 0: none */
	struct ra_str excerpt;
};

/* One step of a task report, as response.task_step() takes it. */
struct task_act {
	const char *step; /* static */
	uint64_t guild, report;
	uint64_t person; /* who reports, claims, verifies */
	uint64_t channel, reply;
	int64_t number, at;
	struct ra_str excerpt; /* { NULL }: none */
};

struct batch {
	struct ra_arena arena;
	struct act *acts; /* owned */
	size_t act_count, act_cap;
	struct activity *activities; /* owned */
	size_t activity_count, activity_cap;
	struct task_act *tasks; /* owned */
	size_t task_count, task_cap;
};

void batch_clear(struct batch *batch);
void batch_fini(struct batch *batch);
/* The next act, to be filled in; valid until the one after it. */
struct act *batch_act(struct batch *batch, enum act_kind kind, uint64_t guild, int64_t at);
/* A copy in the arena. */
struct ra_str batch_text(struct batch *batch, struct ra_str text);
void batch_activity(struct batch *batch, const struct activity *activity);
/* Likewise of reports. */
struct task_act *batch_task(struct batch *batch, const char *step, uint64_t guild, int64_t at);
