/* fold_shard: the shard's own: when it was in service, and where it was not connected (metrics.md,
 * coverage). */
#pragma once
#include "services/analytics/fold.h"

void on_shard_ready(struct fold *fold, const struct ra_event *event);
void on_shard_resumed(struct fold *fold, const struct ra_event *event);
void on_shard_disconnected(struct fold *fold, const struct ra_event *event);
/* Watched from now on, unless it is already. */
void fold_begin_service(struct fold *fold, int64_t at);
/* Entries were cut off before `event`, the first that is left. */
void fold_cut_off(struct fold *fold, const struct ra_event *event);
