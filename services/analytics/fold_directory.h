/* fold_directory: guilds, channels, roles and members as events describe them; one function an
 * event. */
#pragma once
#include "services/analytics/fold.h"

void on_guild_available(struct fold *fold, const struct ra_event *event);
void on_guild_synced(struct fold *fold, const struct ra_event *event);
void on_guild_updated(struct fold *fold, const struct ra_event *event);
void on_guild_removed(struct fold *fold, const struct ra_event *event);
void on_guild_unavailable(struct fold *fold, const struct ra_event *event);
void on_channel_upserted(struct fold *fold, const struct ra_event *event);
void on_channel_deleted(struct fold *fold, const struct ra_event *event);
void on_role_upserted(struct fold *fold, const struct ra_event *event);
void on_role_deleted(struct fold *fold, const struct ra_event *event);
void on_member_joined(struct fold *fold, const struct ra_event *event);
void on_member_left(struct fold *fold, const struct ra_event *event);
void on_member_updated(struct fold *fold, const struct ra_event *event);
void on_member_seen(struct fold *fold, const struct ra_event *event);
