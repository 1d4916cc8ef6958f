#include "services/analytics/boundary.h"
#include "libshared/discord/snowflake.h"
#include "libshared/metrics/metrics.h"

enum { THREAD_KIND = 11 };

RA_COUNTER(messages_old, "rations_messages_left_to_history_total",
	   "messages told after a snapshot that listed newer ones: history counts them");

static bool is_thread(int64_t kind)
{
	return kind >= 10 && kind <= 12;
}

/* Not categories, directories, and forums, whose last_message_id is a thread. */
static bool holds_messages(int64_t kind)
{
	return kind != 4 && kind < 14;
}

/* In threads that the snapshot did not list. */
static uint64_t unlisted_boundary(const struct guild *guild)
{
	return guild->snapshot_at > RA_DISCORD_EPOCH_MS ? ra_snowflake_at(guild->snapshot_at) - 1
							: 0;
}

static void miss(struct fold *fold, uint64_t guild, uint64_t channel, uint64_t after,
		 uint64_t newest)
{
	struct missed_row head = { .guild = guild, .channel = channel, .newest = newest };
	((struct missed_row *)ra_table_row(&fold->batch->missed, &head, NULL))->after = after;
}

/* What is newer than was reached, up to and with `newest`, was not told. */
static void fill_up_to(struct fold *fold, const struct guild *guild, struct channel *channel,
		       uint64_t newest)
{
	if (newest <= channel->reached)
		return;
	miss(fold, guild->id, channel->id, channel->reached, newest);
	channel->boundary = channel->reached = newest;
}

static void note(struct fold *fold, const struct guild *guild, const struct channel *channel,
		 uint64_t revived)
{
	struct channel_key key = { guild->id, channel->id };
	bool is_new;
	struct reach_row *row = ra_table_row(&fold->batch->reaches, &key, &is_new);
	if (is_new) {
		row->start = channel->boundary;
		row->revived = revived;
	} else if (revived > row->last) {
		miss(fold, guild->id, channel->id, row->last, revived);
	}
	row->boundary = channel->boundary;
	row->last = channel->reached;
	row->has_hole = channel->has_hole;
}

static void begin(struct fold *fold, const struct guild *guild, struct channel *channel,
		  uint64_t boundary, bool is_revived)
{
	channel->has_boundary = true;
	channel->boundary = channel->reached = boundary;
	note(fold, guild, channel, is_revived ? boundary : 0);
}

/* Listed with its newest message, after a time in which we may not have been told. */
static void list(struct fold *fold, const struct guild *guild, struct channel *channel,
		 uint64_t newest)
{
	if (!channel->has_boundary) {
		begin(fold, guild, channel, newest, false);
	} else if (newest > channel->reached || channel->has_hole) {
		channel->has_hole = false;
		fill_up_to(fold, guild, channel, newest);
		note(fold, guild, channel, 0);
	}
}

void boundary_cut_off(struct fold *fold)
{
	for (struct guild *guild = fold->state->guilds; guild; guild = guild->hh.next) {
		for (struct channel *c = guild->channels; c; c = c->hh.next) {
			if (!c->has_boundary)
				continue;
			c->has_hole = true;
			note(fold, guild, c, 0);
		}
	}
}

void boundary_on_channel(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_channel_upserted *c = &event->channel_upserted;
	struct guild *guild = state_guild_add(fold->state, event->guild);
	struct channel *channel = guild_channel(guild, c->channel_id);
	if (!holds_messages(c->kind) || c->is_hidden)
		return;
	bool is_known = channel != NULL;
	bool was_away = is_known && (channel->is_hidden || !channel->has_boundary);
	if (!is_known)
		channel = guild_channel_add(guild, c->channel_id, c->kind);
	if (c->snapshot || was_away || (!is_known && !c->is_new && !is_thread(c->kind)))
		list(fold, guild, channel, c->last_message_id);
	else if (!is_known && c->is_new)
		begin(fold, guild, channel, 0, false);
	else if (!is_known)
		begin(fold, guild, channel, unlisted_boundary(guild), true);
}

bool boundary_take(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_message_created *m = &event->message_created;
	struct guild *guild = state_guild(fold->state, event->guild);
	if (!guild)
		return true; /* nothing of it was ever described */
	struct channel *channel = guild_channel(guild, m->channel_id);
	if (!channel)
		channel = guild_channel_add(guild, m->channel_id, THREAD_KIND);
	if (!channel->has_boundary)
		begin(fold, guild, channel, unlisted_boundary(guild), true);
	if (m->message_id <= channel->boundary) {
		ra_count(&messages_old, 1);
		return false;
	}
	if (m->message_id > channel->reached) {
		if (channel->has_hole)
			fill_up_to(fold, guild, channel, m->message_id - 1);
		channel->has_hole = false;
		channel->reached = m->message_id;
		note(fold, guild, channel, 0);
	}
	return true;
}
