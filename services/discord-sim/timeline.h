/*
 * timeline: where the simulation stands between its first day and now, kept
 * in a small file so that a restarted simulator goes on where it was.
 *
 *	epoch ........ history, as fast as it is consumed ........ target -> live
 *	      re-simulated silently | sent_until_ms
 *
 * The file is written ahead: before anything up to T is sent, sent_until_ms
 * on disk is at least T. After a crash the part that was reserved but not
 * sent is lost, as events are when a gateway dies; none is sent twice.
 */
#pragma once
#include "libshared/base/err.h"

struct timeline_conf {
	const char *path;   /* state file; NULL: none, every start is a new world */
	const char *preset; /* a file of another preset, seed or activity is refused */
	uint64_t seed;
	unsigned activity;     /* percent */
	uint32_t history_days; /* of a new timeline */
	double speed;          /* of live time; 1: the wall clock, 0: stands still */
};

struct timeline {
	char *path; /* owned; NULL: none */
	char preset[32];
	uint64_t seed;
	unsigned activity;
	int64_t epoch_ms;
	int64_t resumed_from_ms; /* everything up to and including it was told in an earlier life;
				    0: none */
	int64_t sent_until_ms;   /* as on disk */
	double speed;
	int64_t anchor_world_ms, anchor_wall_ms;
};

/* Reads the file, or starts a timeline whose epoch is history_days before wall_ms (on the hour) and
 * writes it. Negative with *err filled when the file is broken, another's, or can not be written.
 */
int timeline_open(struct timeline *t, const struct timeline_conf *conf, int64_t wall_ms,
		  struct ra_err *err) RA_MUST_CHECK;
/* How far the world should have come at that wall time: step the community up to it. Before the
 * first target is reached that is history, to be played as fast as it is consumed. */
int64_t timeline_target_ms(const struct timeline *t, int64_t wall_ms);
/* From now on live time runs at this speed. */
void timeline_set_speed(struct timeline *t, double speed, int64_t wall_ms);
/* Must have returned 0 before anything up to until_ms is sent. Writes to disk rarely: it reserves
 * ahead, an hour in history, ten seconds when live. */
int timeline_reserve(struct timeline *t, int64_t until_ms, int64_t wall_ms) RA_MUST_CHECK;
/* A clean stop: gives back what was reserved but not reached. `t` is empty afterwards. */
int timeline_close(struct timeline *t, int64_t reached_ms);
