/*
 * voice: who sits in which voice channel of one guild, and the segments that
 * come of it. Pure: no I/O, no clock; time is what events say.
 *
 * A segment is a stretch in which nothing about a member changed: not the
 * channel, not their flags, not whether there was company, not whether
 * anybody was unmuted (metrics: Voice). So a change by one member may end the
 * segments of everybody in the room.
 *
 * The crowd is how many people are in voice under each rule. It stands from one
 * change to the next; then it is noted for the hours it stood in, as their peak
 * if none was higher. What changes at the same moment never stood.
 */
#pragma once
#include "services/analytics/batch.h"
#include <uthash.h>

#define VOICE_SESSION_SIZE 40

struct voice_member {
	uint64_t user;
	uint64_t channel;
	int64_t joined_at;  /* when they entered this channel */
	int64_t started_at; /* of the segment not yet written */
	char voice_session[VOICE_SESSION_SIZE];
	struct voice_flags flags;
	bool is_bot;
	bool is_listed; /* still there, says the snapshot */
	UT_hash_handle hh;
};

struct voice_told;

struct voice {
	uint64_t guild;
	uint64_t afk_channel;
	bool has_no_afk_rule;         /* who sits in the AFK channel is present like others */
	struct voice_member *members; /* owned */
	int32_t crowd[VOICE_RULES];
	int64_t crowd_since;
	struct voice_told *told; /* owned; by the snapshot that is open */
	size_t told_count, told_cap;
	uint64_t told_afk_channel;
};

/* What voice_change is told. `channel` 0: left. */
struct voice_change {
	uint64_t user, channel;
	struct ra_str voice_session;
	struct voice_flags flags;
	bool is_bot;
};

void voice_fini(struct voice *voice);
/* Puts a member where the database says they were; writes nothing. */
struct voice_member *voice_restore(struct voice *voice, uint64_t user);
/* All are where they were: the crowd is known. */
void voice_restored(struct voice *voice);
bool voice_has(const struct voice *voice, uint64_t user);
/* The state of one member is now `change`, since `at`. */
void voice_change(struct voice *voice, struct batch *batch, const struct voice_change *change,
		  int64_t at);
/* A snapshot begins, tells a state, ends, and only then counts: members not told are gone since
 * `gone_at`, and those told elsewhere than they were left then, too; the rest is so since `at`. */
void voice_snapshot_begin(struct voice *voice, uint64_t afk_channel);
void voice_snapshot_state(struct voice *voice, const struct voice_change *change);
void voice_snapshot_end(struct voice *voice, struct batch *batch, int64_t at, int64_t gone_at);
/* Everybody leaves. */
void voice_close_all(struct voice *voice, struct batch *batch, int64_t at);
/* Writes all segments up to `at` and goes on: so that long stays show up every hour. */
void voice_cut(struct voice *voice, struct batch *batch, int64_t at);
/* The AFK channel is another one from now on. */
void voice_set_afk(struct voice *voice, struct batch *batch, uint64_t afk_channel, int64_t at);
/* People in voice, and the milliseconds of their stays up to `at`. */
int64_t voice_people(const struct voice *voice);
int64_t voice_open_ms(const struct voice *voice, int64_t at);
