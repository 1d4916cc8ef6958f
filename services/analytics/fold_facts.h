/* fold_facts: what events tell of a community beside its talk (facts.h); one function an event, and
 * what others' events tell in passing. */
#pragma once
#include "services/analytics/fold.h"

void on_ban_added(struct fold *fold, const struct ra_event *event);
void on_ban_removed(struct fold *fold, const struct ra_event *event);
void on_invite_created(struct fold *fold, const struct ra_event *event);
void on_invite_deleted(struct fold *fold, const struct ra_event *event);
void on_scheduled_event_changed(struct fold *fold, const struct ra_event *event);
void on_scheduled_event_interest(struct fold *fold, const struct ra_event *event);
void on_interaction_created(struct fold *fold, const struct ra_event *event);
void on_presence_changed(struct fold *fold, const struct ra_event *event);

/* A member was described whole (member_updated): do they boost now, are they timed out? */
void facts_on_member(struct fold *fold, const struct ra_event *event);
/* Who leaves boosts no longer. */
void facts_on_left(struct fold *fold, const struct ra_event *event);
/* A snapshot of the guild is whole. */
void facts_on_synced(struct fold *fold, const struct guild *guild, int64_t at);
/* A message that answers a command of another bot. */
void facts_on_message(struct fold *fold, const struct ra_event *event);
/* What came last, after a start; see fold_remember. */
void facts_remember(struct state *state, const struct ra_event *event);

/* Discord says since when somebody boosts. */
void facts_boost(struct batch *batch, uint64_t guild, uint64_t user, int64_t since);
