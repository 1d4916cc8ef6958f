/* shard_internal: a shard from inside: shard.c has its steps, shard_session.c what arrives in LIVE.
 */
#pragma once
#include "libshared/loop/backoff.h"
#include "services/gateway-ingest/chunks.h"
#include "services/gateway-ingest/connection.h"
#include "services/gateway-ingest/normalise.h"
#include "services/gateway-ingest/presence.h"
#include "services/gateway-ingest/publisher.h"
#include "services/gateway-ingest/shard.h"
#include "services/gateway-ingest/silence.h"

#define SHARD_SAMPLES 64

enum step { LOAD, ASK, SLOT, CONNECT, TURN, IDENTIFY, RESUME, LIVE, WAIT, STOP };

struct shard {
	struct shard_env env;
	unsigned index, count;
	char name[16]; /* "0/1" */
	struct ra_field log_fields[2];
	struct ra_log log;
	struct publisher *publisher;   /* owned */
	struct connection *connection; /* owned */
	struct normaliser *normaliser; /* owned */
	struct chunks chunks;
	struct roll roll;
	struct ra_buf out;                                  /* owned; a payload being written */
	char line[PRESENCE_SIZE], told_line[PRESENCE_SIZE]; /* to show; as Discord has it */

	enum step step;
	uv_timer_t timer;             /* of the step */
	uint64_t dispatches;          /* had so far */
	uint64_t dispatches_at_enter; /* of the step, or its last timeout */
	uint64_t dispatches_at_open;  /* of the connection */
	bool is_connected;            /* opened and not yet ended */
	bool is_full;                 /* reading is paused until Redis has taken what waits */
	char trouble[128];            /* why it is not live */

	/* asking for */
	int64_t intents;
	int64_t withheld; /* privileged intents left out because Discord disallowed some */

	/* the session's fortunes */
	uint64_t live_at_ms; /* monotonic; when LIVE was entered, 0: not on this connection */
	int64_t frame_at; /* ms; when the last dispatch was sent, as its frame says; 0: it does not
			   */
	uint64_t gap_after; /* the number behind which one was missing; 0 none yet */
	unsigned gaps;      /* of this session that a RESUME did not fill */
	bool has_gaps;      /* this session leaves numbers out, it is no accident */
	const char *cause;  /* why the shard is or was not connected */
	int64_t down_since; /* ms; 0 never connected */
	struct silence silence;
	unsigned resume_failures, url_failures;
	uint64_t first_resume_ms; /* monotonic; of those failures */
	struct ra_backoff reconnect_backoff, identify_backoff, fatal_backoff;
	bool has_identified; /* without a lasting session since */
	bool is_retiring, is_retired;
	bool is_crowded; /* closed with 4011, or 4010: another number of shards is wanted */
	bool has_turn;   /* to IDENTIFY, when the timer is over; else to ask again */

	struct shard_figures {
		unsigned identifies, resumes, endings;
		const char *last_cause;            /* of the endings; NULL none */
		int64_t live_since, last_event_at; /* ms, our clock; 0 not, or never */
		struct sample {
			uint64_t at_ms, events;
		} samples[SHARD_SAMPLES]; /* of the last minute, round robin */
		size_t sampled;
	} figures;

	int pending; /* parts still closing */
	shard_ended_cb ended;
	void *ended_ctx;
};

/* As the status has it. */
const char *shard_state(const struct shard *s);
/* Its series are no longer ours. */
void shard_forget_metrics(const struct shard *s);

/* The only place `step` changes. */
void shard_enter(struct shard *s, enum step step);

static inline bool shard_has_session(const struct shard *s)
{
	return session_exists(publisher_session(s->publisher));
}

/* shard_session.c */

/* Now, for events that carry no time: EVENT_CLOCK. */
/* Are members asked for? */
bool shard_wants_members(const struct shard *s);
int64_t shard_now(const struct shard *s);
void shard_on_dispatch(void *ctx, const struct frame *frame);
/* Normaliser and publisher meet. */
void shard_on_event(void *ctx, struct ra_event *event);
/* The connection is lost: remembers since when and why, and tells the readers. */
void shard_tell_disconnected(struct shard *s, const char *cause, int64_t at);
