/*
 * emit: how an act tells what it did.
 *
 *	struct ra_buf *d = emit_open(world, guild);
 *	if (d) {
 *		...render into d...
 *		emit_send(world, &(struct dispatch){ .type = "CHANNEL_CREATE", ... });
 *	}
 *
 * NULL means nobody would hear it: the world is silent, the bot is not in the
 * guild, or the guild is down. Only the acts use it.
 */
#pragma once
#include "services/discord-sim/world.h"

struct ra_buf *emit_open(struct world *world, const struct guild *guild);
/* Also NULL where the bot does not see the channel. */
struct ra_buf *emit_open_channel(struct world *world, const struct channel *channel);
/* Fills in d, masked (when has_content), at_ms and, unless is_ungated, intents; tells the listener.
 */
void emit_send(struct world *world, struct dispatch *dispatch, bool is_ungated);

/* {"guild_id":..,"user":..}, d of many. */
void emit_guild_user(struct world *world, const struct guild *guild, const char *type,
		     uint64_t user_id, const struct deed *deed);
void emit_channel(struct world *world, const char *type, const struct channel *channel);
void emit_message(struct world *world, const char *type, const struct channel *channel,
		  const struct message *message, const struct deed *deed);
/* With what happened to them; NULL: nothing countable. */
void emit_member_deed(struct world *world, const struct guild *guild, const struct member *member,
		      const struct deed *deed);
void emit_member_update(struct world *world, const struct guild *guild,
			const struct member *member);
/* VOICE_STATE_UPDATE of somebody who is, or was a moment ago, a member. */
void emit_voice(struct world *world, const struct guild *guild, const struct member *member);
void emit_audit(struct world *world, const struct guild *guild, int action, uint64_t by_id,
		uint64_t target_id);

/* What every deed of a guild begins with. */
struct deed emit_deed(const struct world *world, enum deed_kind kind, const struct guild *guild,
		      uint64_t user_id);
