#include "services/analytics/fold.h"
#include "libshared/discord/snowflake.h"
#include "libshared/metrics/metrics.h"
#include "services/analytics/boundary.h"
#include "services/analytics/fold_directory.h"
#include "services/analytics/fold_facts.h"
#include "services/analytics/fold_shard.h"
#include "services/analytics/newcomer.h"
#include <stdio.h>

enum {
	SNAPSHOT_MS = 5 * 60 * 1000,
	HOUR_MS = 3600 * 1000,
	BLOCK_MS = 10 * 60 * 1000,
	/* After a longer silence the snapshots in between would all be the same: leave them out. */
	LONGEST_SILENCE_MS = 24 * HOUR_MS,
};

/* What recent tells apart. */
enum { SEEN_MESSAGE = 1, SEEN_DELETE = 2, SEEN_EDIT_BASE = 16 };

RA_COUNTER(events_repeated, "rations_events_repeated_total",
	   "things Discord told twice under different seqs, counted once");

void fold_init(struct fold *fold, struct state *state, struct batch *batch,
	       struct ra_reading *reading)
{
	*fold = (struct fold){ .state = state,
			       .batch = batch,
			       .reading = reading,
			       .known = RA_TABLE_OF(struct known_row, struct user_key) };
	batch->unnamed = &state->unnamed;
}

void fold_fini(struct fold *fold)
{
	ra_table_fini(&fold->known);
}

static uint64_t text_hash(struct ra_str text)
{
	uint64_t hash = 14695981039346656037ULL;
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.ptr[i]) * 1099511628211ULL;
	return hash;
}

static bool is_counted_kind(int64_t kind)
{
	return kind == 0 || kind == 19;
}

/* --- messages ------------------------------------------------------------ */

static int32_t author_kind(const struct ra_ev_message_created *m)
{
	return m->is_system ? 3 : m->is_webhook ? 2 : m->is_bot ? 1 : 0;
}

bool fold_message(struct batch *batch, uint64_t guild, int64_t at,
		  const struct ra_ev_message_created *m)
{
	/* Discord allows ten attachments and 4000 characters. */
	int32_t attachments = m->attachments > 100 ? 100 : (int32_t)m->attachments;
	struct message_row *row = batch_message(batch, guild, at, m->channel_id, m->user_id);
	row->author_kind = author_kind(m);
	if (!is_counted_kind(m->kind)) {
		row->notices++;
		return false;
	}
	row->messages++;
	row->replies += m->kind == 19;
	row->attachments += attachments;
	row->characters += m->length;
	row->blocks |= 1 << (at % HOUR_MS / BLOCK_MS);

	struct guild_hour_row *hour = batch_guild_hour(batch, guild, at);
	if (row->author_kind != 0) {
		hour->bot_messages += row->author_kind != 3;
		return false;
	}
	hour->messages++;
	hour->replies += m->kind == 19;
	hour->attachments += attachments;
	hour->characters += m->length;
	return true;
}

static void on_message_created(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_message_created *m = &event->message_created;
	if (!boundary_take(fold, event))
		return;
	if (!ra_recent_add(&fold->state->recent, m->message_id, SEEN_MESSAGE, 0)) {
		ra_count(&events_repeated, 1);
		return;
	}
	facts_on_message(fold, event);
	struct guild *guild = state_guild(fold->state, event->guild);
	if (!fold_message(fold->batch, event->guild, event->at, m))
		return;
	newcomer_message(fold, event);
	if (guild)
		guild->messages_total++;
}

static void on_message_edited(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_message_edited *m = &event->message_edited;
	uint64_t edit = SEEN_EDIT_BASE + (uint64_t)m->edited_at;
	if (!ra_recent_add(&fold->state->recent, m->message_id, edit, 0)) {
		ra_count(&events_repeated, 1);
		return;
	}
	if (m->is_bot || m->user_id == 0)
		return;
	batch_message(fold->batch, event->guild, event->at, m->channel_id, m->user_id)->edits++;
	batch_guild_hour(fold->batch, event->guild, event->at)->edits++;
}

static void on_message_deleted(struct fold *fold, const struct ra_event *event)
{
	uint64_t id = event->message_deleted.message_id;
	if (ra_recent_add(&fold->state->recent, id, SEEN_DELETE, 0))
		batch_guild_hour(fold->batch, event->guild, event->at)->deletions++;
	else
		ra_count(&events_repeated, 1);
}

static void on_reaction_added(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_reaction_added *r = &event->reaction_added;
	if (!ra_recent_add(&fold->state->recent, r->message_id, r->user_id, text_hash(r->emoji))) {
		ra_count(&events_repeated, 1);
		return;
	}
	if (r->is_bot)
		return;
	batch_message(fold->batch, event->guild, event->at, r->channel_id, r->user_id)
		->reactions_given++;
	if (r->author_id)
		batch_message(fold->batch, event->guild, event->at, r->channel_id, r->author_id)
			->reactions_received++;
	batch_guild_hour(fold->batch, event->guild, event->at)->reactions++;
}

static void on_reaction_removed(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_reaction_removed *r = &event->reaction_removed;
	ra_recent_remove(&fold->state->recent, r->message_id, r->user_id, text_hash(r->emoji));
}

void fold_remember(struct state *state, const struct ra_event *event)
{
	facts_remember(state, event);
	switch (event->type) {
	case RA_EV_message_created:
		ra_recent_add(&state->recent, event->message_created.message_id, SEEN_MESSAGE, 0);
		break;
	case RA_EV_message_edited:
		ra_recent_add(&state->recent, event->message_edited.message_id,
			      SEEN_EDIT_BASE + (uint64_t)event->message_edited.edited_at, 0);
		break;
	case RA_EV_message_deleted:
		ra_recent_add(&state->recent, event->message_deleted.message_id, SEEN_DELETE, 0);
		break;
	case RA_EV_reaction_added:
		ra_recent_add(&state->recent, event->reaction_added.message_id,
			      event->reaction_added.user_id,
			      text_hash(event->reaction_added.emoji));
		break;
	case RA_EV_reaction_removed:
		ra_recent_remove(&state->recent, event->reaction_removed.message_id,
				 event->reaction_removed.user_id,
				 text_hash(event->reaction_removed.emoji));
		break;
	default: break;
	}
}

/* --- voice --------------------------------------------------------------- */

static void on_voice_state_changed(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_voice_state_changed *v = &event->voice_state_changed;
	struct guild *guild = state_guild_add(fold->state, event->guild);
	uint64_t alias = unnamed_alias(v->voice_session);
	bool is_unnamed = unnamed_has(&fold->state->unnamed, event->guild, v->user_id);
	/* Counted anonymously until now, and not any more. */
	if (!is_unnamed && voice_has(&guild->voice, alias))
		voice_change(&guild->voice, fold->batch, &(struct voice_change){ .user = alias },
			     event->at);
	struct voice_change change = {
		.user = is_unnamed ? alias : v->user_id,
		.channel = v->channel_id,
		.voice_session = v->voice_session,
		.is_bot = v->is_bot,
		.flags = { .self_mute = v->self_mute,
			   .mute = v->mute,
			   .self_deaf = v->self_deaf,
			   .deaf = v->deaf,
			   .suppress = v->suppress,
			   .stream = v->stream,
			   .video = v->video },
	};
	if (v->snapshot && guild->gone_at)
		voice_snapshot_state(&guild->voice, &change);
	else
		voice_change(&guild->voice, fold->batch, &change, event->at);
}

/* --- time ----------------------------------------------------------------- */

static void take_snapshot(struct fold *fold, int64_t at)
{
	for (struct guild *guild = fold->state->guilds; guild; guild = guild->hh.next) {
		if (!guild->is_available || guild->removed_at)
			continue;
		struct snapshot_row head = { .guild = guild->id, .at = at };
		struct snapshot_row *row = ra_table_row(&fold->batch->snapshots, &head, NULL);
		row->members = guild->member_count;
		row->channels = guild_channel_count(guild);
		row->voice_members = voice_people(&guild->voice);
		row->messages_total = guild->messages_total;
		row->voice_ms_open = voice_open_ms(&guild->voice, at);
		if (at % HOUR_MS == 0)
			voice_cut(&guild->voice, fold->batch, at);
	}
}

void fold_tick(struct fold *fold, int64_t at)
{
	int64_t event_at = fold->reading->position.event_at;
	int64_t due = event_at - event_at % SNAPSHOT_MS + SNAPSHOT_MS;
	if (event_at == 0 || at - due > LONGEST_SILENCE_MS)
		due = at - at % SNAPSHOT_MS;
	for (; due <= at && fold->state->open_snapshots == 0; due += SNAPSHOT_MS)
		take_snapshot(fold, due);
	ra_reading_pass_time(fold->reading, at);
}

/* --- the table of contents -------------------------------------------------- */

typedef void (*folder)(struct fold *fold, const struct ra_event *event);

static const folder folders[RA_EVENT_TYPES] = {
	[RA_EV_guild_available] = on_guild_available,
	[RA_EV_guild_synced] = on_guild_synced,
	[RA_EV_guild_updated] = on_guild_updated,
	[RA_EV_guild_removed] = on_guild_removed,
	[RA_EV_guild_unavailable] = on_guild_unavailable,
	[RA_EV_channel_upserted] = on_channel_upserted,
	[RA_EV_channel_deleted] = on_channel_deleted,
	[RA_EV_role_upserted] = on_role_upserted,
	[RA_EV_role_deleted] = on_role_deleted,
	[RA_EV_member_joined] = on_member_joined,
	[RA_EV_member_left] = on_member_left,
	[RA_EV_member_updated] = on_member_updated,
	[RA_EV_member_seen] = on_member_seen,
	[RA_EV_message_created] = on_message_created,
	[RA_EV_message_edited] = on_message_edited,
	[RA_EV_message_deleted] = on_message_deleted,
	[RA_EV_reaction_added] = on_reaction_added,
	[RA_EV_reaction_removed] = on_reaction_removed,
	[RA_EV_voice_state_changed] = on_voice_state_changed,
	[RA_EV_ban_added] = on_ban_added,
	[RA_EV_ban_removed] = on_ban_removed,
	[RA_EV_invite_created] = on_invite_created,
	[RA_EV_invite_deleted] = on_invite_deleted,
	[RA_EV_scheduled_event_changed] = on_scheduled_event_changed,
	[RA_EV_scheduled_event_interest] = on_scheduled_event_interest,
	[RA_EV_interaction_created] = on_interaction_created,
	[RA_EV_presence_changed] = on_presence_changed,
	[RA_EV_shard_ready] = on_shard_ready,
	[RA_EV_shard_resumed] = on_shard_resumed,
	[RA_EV_shard_disconnected] = on_shard_disconnected,
};

void fold_wants(struct fold *fold, const struct ra_event *event)
{
	uint64_t user = event->type == RA_EV_member_joined ? event->member_joined.user_id
			: event->type == RA_EV_member_left ? event->member_left.user_id
							   : 0;
	if (user != 0)
		ra_table_row(&fold->known, &(struct user_key){ event->guild, user }, NULL);
}

void fold_known_loaded(struct fold *fold)
{
	for (size_t i = 0; i < fold->known.count; i++) {
		struct known_row *known = (struct known_row *)(void *)fold->known.rows + i;
		const struct member_row *row = ra_table_find(&fold->batch->members, &known->key);
		if (known->is_loaded)
			continue;
		known->is_loaded = true;
		if (!row || !row->has_left)
			continue;
		known->is_known = true;
		known->is_bot = row->is_bot;
		known->left_at = row->left_at;
		known->joined_at = row->joined_at ? row->joined_at : known->joined_at;
	}
}

static void note_event(struct fold *fold, const struct ra_event *event)
{
	struct event_hour_key key = { event->guild, batch_hour(fold->batch, event->at),
				      event->type };
	struct event_hour_row *row = ra_table_row(&fold->batch->event_hours, &key, NULL);
	row->name = ra_str_of(ra_event_name(event->type));
	row->events++;

	struct guild *guild = state_guild(fold->state, event->guild);
	if (!guild)
		return;
	if (guild->first_event_at == 0)
		guild->first_event_at = event->at;
	if (event->at > guild->last_event_at)
		guild->last_event_at = event->at;
	guild->is_changed = true;
}

/* Time passes up to the event. Before a new session, and where the stream was cut off, nobody
 * looked: no snapshots, and who vanished meanwhile is not counted up to an hour's edge in between.
 */
static void come_to(struct fold *fold, const struct ra_event *event)
{
	const struct ra_reading *reading = fold->reading;
	if (reading->is_cut_off)
		fold_cut_off(fold, event);
	else if (reading->position.session[0] == '\0')
		fold_begin_service(fold, event->at);
	if (reading->is_cut_off || event->type == RA_EV_shard_ready)
		ra_reading_pass_time(fold->reading, event->at);
	else
		fold_tick(fold, event->at);
}

void fold_event(struct fold *fold, const struct ra_event *event, bool is_hearsay)
{
	come_to(fold, event);
	fold->is_hearsay = is_hearsay;
	if (folders[event->type])
		folders[event->type](fold, event);
	if (!is_hearsay)
		note_event(fold, event);
}
