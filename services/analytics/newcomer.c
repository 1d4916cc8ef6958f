#include "services/analytics/newcomer.h"

static struct known_row *known_of(struct fold *fold, uint64_t guild, uint64_t user)
{
	return ra_table_find(&fold->known, &(struct user_key){ guild, user });
}

static struct newcomer_row *stay(struct batch *batch, uint64_t guild, uint64_t user,
				 int64_t joined_at)
{
	struct newcomer_row head = { .guild = guild, .user = user, .joined_at = joined_at };
	return ra_table_row(&batch->newcomers, &head, NULL);
}

void newcomer_join(struct fold *fold, const struct ra_event *event, uint64_t user)
{
	struct known_row *known = known_of(fold, event->guild, user);
	if (unnamed_has(fold->batch->unnamed, event->guild, user))
		return;
	stay(fold->batch, event->guild, user, event->at)->left_at = 0;
	known->stay_began_at = event->at;
	known->stays++;
}

void newcomer_leave(struct fold *fold, const struct ra_event *event, uint64_t user)
{
	struct known_row *known = known_of(fold, event->guild, user);
	if (known->stay_began_at != 0) {
		stay(fold->batch, event->guild, user, known->stay_began_at)->left_at = event->at;
		known->stay_began_at = 0;
		return;
	}
	struct user_key key = { event->guild, user };
	((struct departure_row *)ra_table_row(&fold->batch->departures, &key, NULL))->left_at =
		event->at;
}

static struct first_row *firsts(struct batch *batch, uint64_t guild, uint64_t user, int64_t part)
{
	struct first_row head = { .guild = guild, .user = user, .part = part };
	return ra_table_row(&batch->firsts, &head, NULL);
}

/* Keeps the three smallest, in order; 0 is none. */
static void note_message(struct first_row *row, int64_t at)
{
	for (size_t i = 0; i < RA_COUNT(row->message_at); i++) {
		if (row->message_at[i] != 0 && row->message_at[i] <= at)
			continue;
		int64_t later = row->message_at[i];
		row->message_at[i] = at;
		at = later;
		if (at == 0)
			return;
	}
}

void newcomer_message(struct fold *fold, const struct ra_event *event)
{
	uint64_t user = event->message_created.user_id;
	if (unnamed_has(fold->batch->unnamed, event->guild, user))
		return;
	const struct known_row *known = known_of(fold, event->guild, user);
	/* What one stay said in this batch must not push out what another did. */
	note_message(firsts(fold->batch, event->guild, user, known ? known->stays : 0), event->at);
}

void newcomer_old_message(struct batch *batch, uint64_t guild, uint64_t user, int64_t at)
{
	if (!unnamed_has(batch->unnamed, guild, user))
		note_message(firsts(batch, guild, user, at), at);
}

void newcomer_talk(struct batch *batch, uint64_t guild, uint64_t user, int64_t at)
{
	firsts(batch, guild, user, at)->talk_at = at;
}
