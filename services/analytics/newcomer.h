/*
 * newcomer: the stays of people who were seen joining, and what they did
 * first: three messages, a talk (metrics: activation, retention).
 *
 * A stay is opened by a join and closed by the leave that is folded next.
 * Messages and talks belong to the stay in whose time they lie, whenever they
 * are told: history may bring an earlier message after a later one. So what a
 * batch knows of them is merged into the rows by time (SQL_FIRSTS), and since
 * each message is counted once, the three first are right in whatever order.
 * Of those who are counted anonymously nothing is noted but that they left.
 */
#pragma once
#include "services/analytics/fold.h"

/* A person joined, or left: told live, counted in member_flow. */
void newcomer_join(struct fold *fold, const struct ra_event *event, uint64_t user);
void newcomer_leave(struct fold *fold, const struct ra_event *event, uint64_t user);

/* A message of a person was counted: told live, or read from history. */
void newcomer_message(struct fold *fold, const struct ra_event *event);
void newcomer_old_message(struct batch *batch, uint64_t guild, uint64_t user, int64_t at);
/* A person's voice segment under the rule talking begins at `at`. */
void newcomer_talk(struct batch *batch, uint64_t guild, uint64_t user, int64_t at);
