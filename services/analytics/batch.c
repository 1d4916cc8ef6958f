#include "services/analytics/batch.h"

enum { HOUR_MS = 3600 * 1000 };

void batch_init(struct batch *batch)
{
	*batch = (struct batch){
		.messages = RA_TABLE_OF(struct message_row, struct user_hour_key),
		.guild_hours = RA_TABLE_OF(struct guild_hour_row, struct hour_key),
		.event_hours = RA_TABLE_OF(struct event_hour_row, struct event_hour_key),
		.voice_hours = RA_TABLE_OF(struct voice_hour_row, struct user_hour_key),
		.voice_guild_hours = RA_TABLE_OF(struct voice_guild_hour_row, struct hour_key),
		.segments = { .row_size = sizeof(struct segment_row),
			      .key_size = offsetof(struct segment_row, ended_at) },
		.voices = RA_TABLE_OF(struct voice_row, struct user_key),
		.guilds = RA_TABLE_OF(struct guild_row, uint64_t),
		.channels = RA_TABLE_OF(struct channel_row, struct channel_key),
		.roles = { .row_size = sizeof(struct role_row),
			   .key_size = offsetof(struct role_row, color) },
		.members = RA_TABLE_OF(struct member_row, struct user_key),
		.flows = { .row_size = sizeof(struct flow_row),
			   .key_size = offsetof(struct flow_row, kind) },
		.newcomers = { .row_size = sizeof(struct newcomer_row),
			       .key_size = offsetof(struct newcomer_row, left_at) },
		.departures = RA_TABLE_OF(struct departure_row, struct user_key),
		.firsts = { .row_size = sizeof(struct first_row),
			    .key_size = offsetof(struct first_row, message_at) },
		.snapshots = { .row_size = sizeof(struct snapshot_row),
			       .key_size = offsetof(struct snapshot_row, members) },
		.gaps = RA_TABLE_OF(struct gap_row, int64_t),
		.reaches = RA_TABLE_OF(struct reach_row, struct channel_key),
		.missed = { .row_size = sizeof(struct missed_row),
			    .key_size = offsetof(struct missed_row, after) },
		.services = RA_TABLE_OF(struct service_row, int64_t),
		.guild_gaps = { .row_size = sizeof(struct guild_gap_row),
				.key_size = offsetof(struct guild_gap_row, ended_at) },
	};
	facts_init(&batch->facts);
}

static void each_table(struct batch *batch, void (*visit)(struct ra_table *table))
{
	struct ra_table *all[] = {
		&batch->messages,    &batch->guild_hours, &batch->event_hours,
		&batch->voice_hours, &batch->segments,    &batch->voices,
		&batch->guilds,      &batch->channels,    &batch->roles,
		&batch->members,     &batch->flows,       &batch->snapshots,
		&batch->gaps,        &batch->reaches,     &batch->missed,
		&batch->services,    &batch->guild_gaps,  &batch->newcomers,
		&batch->departures,  &batch->firsts,      &batch->voice_guild_hours,
	};
	for (size_t i = 0; i < RA_COUNT(all); i++)
		visit(all[i]);
}

void batch_clear(struct batch *batch)
{
	each_table(batch, ra_table_clear);
	facts_clear(&batch->facts);
	ra_arena_reset(&batch->arena);
	batch->first_hour = batch->last_hour = 0;
}

void batch_fini(struct batch *batch)
{
	each_table(batch, ra_table_fini);
	facts_fini(&batch->facts);
	ra_arena_fini(&batch->arena);
}

int64_t batch_hour(struct batch *batch, int64_t at)
{
	int64_t hour = at - at % HOUR_MS;
	if (batch->first_hour == 0 || hour < batch->first_hour)
		batch->first_hour = hour;
	if (hour > batch->last_hour)
		batch->last_hour = hour;
	return hour;
}

struct message_row *batch_message(struct batch *batch, uint64_t guild, int64_t at, uint64_t channel,
				  uint64_t user)
{
	struct user_hour_key key = { guild, batch_hour(batch, at), channel,
				     batch_person(batch, guild, user) };
	return ra_table_row(&batch->messages, &key, NULL);
}

struct guild_hour_row *batch_guild_hour(struct batch *batch, uint64_t guild, int64_t at)
{
	struct hour_key key = { guild, batch_hour(batch, at) };
	return ra_table_row(&batch->guild_hours, &key, NULL);
}

struct voice_guild_hour_row *batch_voice_guild_hour(struct batch *batch, uint64_t guild, int64_t at)
{
	struct hour_key key = { guild, batch_hour(batch, at) };
	return ra_table_row(&batch->voice_guild_hours, &key, NULL);
}

struct member_row *batch_member(struct batch *batch, uint64_t guild, uint64_t user)
{
	struct user_key key = { guild, user };
	struct member_row *row = ra_table_row(&batch->members, &key, NULL);
	if (row->is_hearsay)
		*row = (struct member_row){ .key = key };
	return row;
}

struct member_row *batch_member_hearsay(struct batch *batch, uint64_t guild, uint64_t user)
{
	struct user_key key = { guild, user };
	bool is_new;
	struct member_row *row = ra_table_row(&batch->members, &key, &is_new);
	row->is_hearsay |= is_new;
	return row->is_hearsay ? row : NULL;
}

struct channel_row *batch_channel(struct batch *batch, uint64_t guild, uint64_t channel)
{
	struct channel_key key = { guild, channel };
	return ra_table_row(&batch->channels, &key, NULL);
}

void batch_guild_gap(struct batch *batch, uint64_t guild, enum guild_gap cause, int64_t started_at,
		     int64_t ended_at)
{
	static const char *const names[] = {
		[GUILD_UNAVAILABLE] = "guild_unavailable",
		[GUILD_REMOVED] = "guild_removed",
	};
	struct guild_gap_row head = { .guild = guild, .started_at = started_at, .cause = cause };
	struct guild_gap_row *row = ra_table_row(&batch->guild_gaps, &head, NULL);
	row->ended_at = ended_at;
	row->name = ra_str_of(names[cause]);
}

uint64_t batch_person(const struct batch *batch, uint64_t guild, uint64_t user)
{
	return unnamed_person(batch->unnamed, guild, user);
}

struct ra_str batch_text(struct batch *batch, struct ra_str text)
{
	if (text.len == 0)
		return (struct ra_str){ NULL, 0 };
	return (struct ra_str){ ra_arena_strdup(&batch->arena, text), text.len };
}
