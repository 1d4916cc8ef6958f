/*
 * digests: what changed in a guild, posted to a channel of its choice every
 * day or week on its own clocks. app.digest says when, app.digest_post is the
 * outbox; any replica may do the work, whoever dies over it is relieved.
 *
 * Once: a post is a row, sent with a nonce Discord enforces for some minutes;
 * who finds that it was sent before and does not know what came of that looks
 * for it in the channel first.
 */
#pragma once
#include "services/api/api.h"

struct digests;

/* Without DISCORD_BOT_TOKEN nothing is posted. */
struct digests *digests_start(struct api *api);
/* `stopped` comes from the loop when what is being posted is over. */
void digests_stop(struct digests *digests, void (*stopped)(void *ctx), void *ctx);
