#include "services/analytics/write.h"
#include "libshared/pg/columns.h"
#include "services/analytics/days.h"
#include "services/analytics/sql.h"
#include "services/analytics/write_facts.h"

struct writer {
	struct ra_pg *pg;
	struct batch *batch;
	const struct state *state;
};

static int send_rows(struct writer *w, int stmt, const struct ra_pg_params *p)
{
	return ra_pg_send(w->pg, stmt, p, NULL, NULL);
}

static int take_turn(struct writer *w, const char *stream)
{
	struct ra_pg_params p = { .arena = &w->batch->arena };
	ra_pg_text(&p, ra_str_of(stream));
	return send_rows(w, SQL_TURN, &p);
}

static int check_rules(struct writer *w)
{
	struct ra_pg_params p = { .arena = &w->batch->arena };
	if (!w->batch->unnamed || w->batch->unnamed->version == 0)
		return 0;
	ra_pg_i64(&p, w->batch->unnamed->version);
	return send_rows(w, SQL_RULES_TURN, &p);
}

static void collect_guilds(struct state *state, struct batch *batch)
{
	for (struct guild *g = state->guilds; g; g = g->hh.next) {
		if (!g->is_changed)
			continue;
		g->is_changed = false;
		struct guild_row *row = ra_table_row(&batch->guilds, &g->id, NULL);
		row->name = batch_text(batch, ra_str_of(g->name));
		row->icon = batch_text(batch, ra_str_of(g->icon));
		row->locale = batch_text(batch, ra_str_of(g->locale));
		row->owner = g->owner;
		row->afk_channel = g->voice.afk_channel;
		row->member_count = g->member_count;
		row->messages_total = g->messages_total;
		row->premium_tier = g->premium_tier;
		row->premium_count = g->premium_count;
		row->bot_joined_at = g->bot_joined_at;
		row->first_event_at = g->first_event_at;
		row->last_event_at = g->last_event_at;
		row->unavailable_at = g->unavailable_at;
		row->removed_at = g->removed_at;
		row->is_available = g->is_available;
		row->snapshot_at = g->snapshot_at;
		row->unseen_since = g->unseen_since;
	}
}

static int write_guilds(struct writer *w)
{
	const struct ra_table *t = &w->batch->guilds;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct guild_row, guild);
	TEXT(t, struct guild_row, name);
	TEXT(t, struct guild_row, icon);
	TEXT(t, struct guild_row, locale);
	U64(t, struct guild_row, owner);
	U64(t, struct guild_row, afk_channel);
	I64(t, struct guild_row, member_count);
	I64(t, struct guild_row, messages_total);
	I64(t, struct guild_row, premium_tier);
	I64(t, struct guild_row, premium_count);
	I64N(t, struct guild_row, bot_joined_at);
	I64N(t, struct guild_row, first_event_at);
	I64N(t, struct guild_row, last_event_at);
	I64N(t, struct guild_row, unavailable_at);
	I64N(t, struct guild_row, removed_at);
	BOOL(t, struct guild_row, is_available);
	I64N(t, struct guild_row, snapshot_at);
	I64N(t, struct guild_row, unseen_since);
	return send_rows(w, SQL_GUILDS, &p);
}

/* Of channels and roles of which only the deletion is known nothing else may be written: they go
 * apart. */
static void split(struct ra_table *table, struct ra_table *described, struct ra_table *deleted,
		  size_t is_described_offset)
{
	for (size_t i = 0; i < table->count; i++) {
		const char *row = table->rows + i * table->row_size;
		bool is_described = *(const bool *)(const void *)(row + is_described_offset);
		memcpy(ra_table_row(is_described ? described : deleted, row, NULL), row,
		       table->row_size);
	}
}

static int write_channels(struct writer *w)
{
	struct ra_table t = RA_TABLE_OF(struct channel_row, struct channel_key), gone = t;
	split(&w->batch->channels, &t, &gone, offsetof(struct channel_row, is_described));
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(&t, struct channel_row, key.guild);
	U64(&t, struct channel_row, key.channel);
	U64(&t, struct channel_row, parent);
	I64(&t, struct channel_row, kind);
	TEXT(&t, struct channel_row, name);
	I64(&t, struct channel_row, position);
	BOOL(&t, struct channel_row, is_hidden);
	BOOL(&t, struct channel_row, is_nsfw);
	BOOL(&t, struct channel_row, is_archived);
	I64N(&t, struct channel_row, created_at);
	I64N(&t, struct channel_row, deleted_at);
	int rc = t.count ? send_rows(w, SQL_CHANNELS, &p) : 0;
	if (rc == 0 && gone.count) {
		p = (struct ra_pg_params){ .arena = &w->batch->arena };
		U64(&gone, struct channel_row, key.guild);
		U64(&gone, struct channel_row, key.channel);
		I64N(&gone, struct channel_row, deleted_at);
		BOOL(&gone, struct channel_row, is_archived);
		rc = send_rows(w, SQL_CHANNELS_GONE, &p);
	}
	ra_table_fini(&t);
	ra_table_fini(&gone);
	return rc;
}

static int write_roles(struct writer *w)
{
	struct ra_table t = { .row_size = w->batch->roles.row_size,
			      .key_size = w->batch->roles.key_size };
	struct ra_table gone = t;
	split(&w->batch->roles, &t, &gone, offsetof(struct role_row, is_described));
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(&t, struct role_row, guild);
	U64(&t, struct role_row, role);
	TEXT(&t, struct role_row, name);
	I64(&t, struct role_row, color);
	I64(&t, struct role_row, position);
	U64(&t, struct role_row, permissions);
	BOOL(&t, struct role_row, is_managed);
	I64N(&t, struct role_row, deleted_at);
	int rc = t.count ? send_rows(w, SQL_ROLES, &p) : 0;
	if (rc == 0 && gone.count) {
		p = (struct ra_pg_params){ .arena = &w->batch->arena };
		U64(&gone, struct role_row, guild);
		U64(&gone, struct role_row, role);
		I64N(&gone, struct role_row, deleted_at);
		rc = send_rows(w, SQL_ROLES_DELETED, &p);
	}
	ra_table_fini(&t);
	ra_table_fini(&gone);
	return rc;
}

static int write_members(struct writer *w)
{
	const struct ra_table *t = &w->batch->members;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct member_row, key.guild);
	U64(t, struct member_row, key.user);
	TEXT(t, struct member_row, username);
	TEXT(t, struct member_row, global_name);
	TEXT(t, struct member_row, nick);
	TEXT(t, struct member_row, avatar);
	TEXT(t, struct member_row, roles);
	I64N(t, struct member_row, joined_at);
	I64N(t, struct member_row, left_at);
	I64N(t, struct member_row, boosting_since);
	I64N(t, struct member_row, timeout_until);
	BOOL(t, struct member_row, is_bot);
	BOOL(t, struct member_row, is_pending);
	BOOL(t, struct member_row, has_names);
	BOOL(t, struct member_row, has_nick);
	BOOL(t, struct member_row, is_full);
	BOOL(t, struct member_row, has_left);
	BOOL(t, struct member_row, is_hearsay);
	return send_rows(w, SQL_MEMBERS, &p);
}

static int write_flows(struct writer *w)
{
	const struct ra_table *t = &w->batch->flows;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct flow_row, guild);
	I64(t, struct flow_row, at);
	U64(t, struct flow_row, user);
	TEXT(t, struct flow_row, kind);
	BOOL(t, struct flow_row, is_bot);
	BOOL(t, struct flow_row, is_rejoin);
	ra_pg_i64_array_or_null(&p, FIRST(t, struct flow_row, tenure_ms), t->count,
				sizeof(struct flow_row), -1);
	U64(t, struct flow_row, seq);
	return send_rows(w, SQL_FLOWS, &p);
}

static int write_departures(struct writer *w)
{
	const struct ra_table *t = &w->batch->departures;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct departure_row, key.guild);
	U64(t, struct departure_row, key.user);
	I64(t, struct departure_row, left_at);
	return send_rows(w, SQL_DEPARTURES, &p);
}

static int write_newcomers(struct writer *w)
{
	const struct ra_table *t = &w->batch->newcomers;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct newcomer_row, guild);
	U64(t, struct newcomer_row, user);
	I64(t, struct newcomer_row, joined_at);
	struct ra_pg_params keys = p;
	I64N(t, struct newcomer_row, left_at);
	int rc = send_rows(w, SQL_NEWCOMERS, &p);
	return rc == 0 ? send_rows(w, SQL_STAYS_APART, &keys) : rc;
}

static int write_firsts(struct writer *w)
{
	const struct ra_table *t = &w->batch->firsts;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct first_row, guild);
	U64(t, struct first_row, user);
	I64N(t, struct first_row, message_at[0]);
	I64N(t, struct first_row, message_at[1]);
	I64N(t, struct first_row, message_at[2]);
	I64N(t, struct first_row, talk_at);
	return send_rows(w, SQL_FIRSTS, &p);
}

static int write_snapshots(struct writer *w)
{
	const struct ra_table *t = &w->batch->snapshots;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct snapshot_row, guild);
	I64(t, struct snapshot_row, at);
	I64(t, struct snapshot_row, members);
	I64(t, struct snapshot_row, channels);
	I64(t, struct snapshot_row, voice_members);
	I64(t, struct snapshot_row, messages_total);
	I64(t, struct snapshot_row, voice_ms_open);
	return send_rows(w, SQL_SNAPSHOTS, &p);
}

static int write_guild_hours(struct writer *w)
{
	const struct ra_table *t = &w->batch->guild_hours;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct guild_hour_row, key.guild);
	I64(t, struct guild_hour_row, key.hour);
	I32(t, struct guild_hour_row, messages);
	I32(t, struct guild_hour_row, bot_messages);
	I32(t, struct guild_hour_row, replies);
	I32(t, struct guild_hour_row, attachments);
	I32(t, struct guild_hour_row, edits);
	I32(t, struct guild_hour_row, deletions);
	I32(t, struct guild_hour_row, reactions);
	I32(t, struct guild_hour_row, joins);
	I32(t, struct guild_hour_row, leaves);
	I64(t, struct guild_hour_row, voice_raw_ms);
	I64(t, struct guild_hour_row, voice_present_ms);
	I64(t, struct guild_hour_row, voice_engaged_ms);
	I64(t, struct guild_hour_row, voice_talking_ms);
	ra_pg_i64(&p, w->batch->source);
	return send_rows(w, SQL_GUILD_HOURS, &p);
}

static int write_event_hours(struct writer *w)
{
	const struct ra_table *t = &w->batch->event_hours;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct event_hour_row, key.guild);
	I64(t, struct event_hour_row, key.hour);
	TEXT(t, struct event_hour_row, name);
	I64(t, struct event_hour_row, events);
	return send_rows(w, SQL_EVENT_HOURS, &p);
}

static int write_segments(struct writer *w)
{
	const struct ra_table *t = &w->batch->segments;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct segment_row, guild);
	U64(t, struct segment_row, user);
	I64(t, struct segment_row, started_at);
	I64(t, struct segment_row, ended_at);
	U64(t, struct segment_row, channel);
	BOOL(t, struct segment_row, is_bot);
	BOOL(t, struct segment_row, flags.self_mute);
	BOOL(t, struct segment_row, flags.mute);
	BOOL(t, struct segment_row, flags.self_deaf);
	BOOL(t, struct segment_row, flags.deaf);
	BOOL(t, struct segment_row, flags.suppress);
	BOOL(t, struct segment_row, flags.stream);
	BOOL(t, struct segment_row, flags.video);
	BOOL(t, struct segment_row, is_afk);
	BOOL(t, struct segment_row, has_company);
	BOOL(t, struct segment_row, has_unmuted);
	return send_rows(w, SQL_VOICE_SEGMENTS, &p);
}

static int write_voice_guild_hours(struct writer *w)
{
	const struct ra_table *t = &w->batch->voice_guild_hours;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct voice_guild_hour_row, key.guild);
	I64(t, struct voice_guild_hour_row, key.hour);
	I32(t, struct voice_guild_hour_row, sessions);
	I64(t, struct voice_guild_hour_row, stream_ms);
	I64(t, struct voice_guild_hour_row, video_ms);
	I32(t, struct voice_guild_hour_row, peak[VOICE_RAW]);
	I32(t, struct voice_guild_hour_row, peak[VOICE_PRESENT]);
	I32(t, struct voice_guild_hour_row, peak[VOICE_ENGAGED]);
	I32(t, struct voice_guild_hour_row, peak[VOICE_TALKING]);
	I64N(t, struct voice_guild_hour_row, peak_at[VOICE_RAW]);
	I64N(t, struct voice_guild_hour_row, peak_at[VOICE_PRESENT]);
	I64N(t, struct voice_guild_hour_row, peak_at[VOICE_ENGAGED]);
	I64N(t, struct voice_guild_hour_row, peak_at[VOICE_TALKING]);
	return send_rows(w, SQL_VOICE_GUILD_HOURS, &p);
}

static int write_voices(struct writer *w)
{
	const struct ra_table *t = &w->batch->voices;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct voice_row, key.guild);
	U64(t, struct voice_row, key.user);
	U64(t, struct voice_row, channel);
	int rc = send_rows(w, SQL_VOICE_CLOSED, &p);
	if (rc < 0)
		return rc;
	I64N(t, struct voice_row, joined_at);
	I64N(t, struct voice_row, started_at);
	TEXT(t, struct voice_row, voice_session);
	BOOL(t, struct voice_row, is_bot);
	BOOL(t, struct voice_row, flags.self_mute);
	BOOL(t, struct voice_row, flags.mute);
	BOOL(t, struct voice_row, flags.self_deaf);
	BOOL(t, struct voice_row, flags.deaf);
	BOOL(t, struct voice_row, flags.suppress);
	BOOL(t, struct voice_row, flags.stream);
	BOOL(t, struct voice_row, flags.video);
	return send_rows(w, SQL_VOICE_OPEN, &p);
}

static int write_gaps(struct writer *w)
{
	const struct ra_table *t = &w->batch->gaps;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	ra_pg_i64(&p, w->state->shard.shard_id);
	ra_pg_i64(&p, w->state->shard.shard_count);
	I64(t, struct gap_row, started_at);
	I64N(t, struct gap_row, ended_at);
	TEXT(t, struct gap_row, cause);
	BOOL(t, struct gap_row, is_healed);
	I64(t, struct gap_row, lost_entries);
	return send_rows(w, SQL_GAPS, &p);
}

static int write_missed(struct writer *w)
{
	const struct ra_table *t = &w->batch->missed;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct missed_row, guild);
	U64(t, struct missed_row, channel);
	U64(t, struct missed_row, after);
	U64(t, struct missed_row, newest);
	return send_rows(w, SQL_MISSED, &p);
}

static int write_reaches(struct writer *w)
{
	const struct ra_table *t = &w->batch->reaches;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct reach_row, key.guild);
	U64(t, struct reach_row, key.channel);
	U64(t, struct reach_row, start);
	U64(t, struct reach_row, revived);
	U64(t, struct reach_row, boundary);
	U64(t, struct reach_row, last);
	BOOL(t, struct reach_row, has_hole);
	return send_rows(w, SQL_REACHES, &p);
}

static int write_services(struct writer *w)
{
	const struct ra_table *t = &w->batch->services;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	ra_pg_i64(&p, w->state->shard.shard_id);
	ra_pg_i64(&p, w->state->shard.shard_count);
	I64(t, struct service_row, started_at);
	I64N(t, struct service_row, ended_at);
	return send_rows(w, SQL_SERVICES, &p);
}

static int write_guild_gaps(struct writer *w)
{
	const struct ra_table *t = &w->batch->guild_gaps;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	U64(t, struct guild_gap_row, guild);
	I64(t, struct guild_gap_row, started_at);
	I64N(t, struct guild_gap_row, ended_at);
	TEXT(t, struct guild_gap_row, name);
	return send_rows(w, SQL_GUILD_GAPS, &p);
}

static int write_shard(struct writer *w, const char *session)
{
	const struct shard_state *shard = &w->state->shard;
	struct ra_pg_params p = { .arena = &w->batch->arena };
	ra_pg_i64(&p, shard->shard_id);
	ra_pg_i64(&p, shard->shard_count);
	ra_pg_bool(&p, shard->is_connected);
	ra_pg_i64(&p, shard->changed_at);
	ra_pg_text(&p, ra_str_of(session));
	ra_pg_i64(&p, (int64_t)shard->bot_id);
	ra_pg_i64(&p, shard->down_since);
	return send_rows(w, SQL_SHARD, &p);
}

int write_rows(struct ra_pg *pg, const char *stream, const struct state *state, struct batch *batch)
{
	struct writer w = { .pg = pg, .batch = batch, .state = state };
	const struct {
		const struct ra_table *table;
		int (*write)(struct writer *w);
	} steps[] = {
		{ &batch->guilds, write_guilds },
		{ &batch->channels, write_channels },
		{ &batch->roles, write_roles },
		{ &batch->members, write_members },
		{ &batch->flows, write_flows },
		{ &batch->departures, write_departures },
		{ &batch->newcomers, write_newcomers },
		{ &batch->firsts, write_firsts },
		{ &batch->snapshots, write_snapshots },
		{ &batch->guild_hours, write_guild_hours },
		{ &batch->event_hours, write_event_hours },
		{ &batch->segments, write_segments },
		{ &batch->voice_guild_hours, write_voice_guild_hours },
		{ &batch->voices, write_voices },
		{ &batch->gaps, write_gaps },
		{ &batch->missed, write_missed },
		{ &batch->reaches, write_reaches },
		{ &batch->services, write_services },
		{ &batch->guild_gaps, write_guild_gaps },
	};
	int rc = take_turn(&w, stream);
	if (rc == 0)
		rc = check_rules(&w);
	for (size_t i = 0; i < RA_COUNT(steps) && rc == 0; i++)
		rc = steps[i].table->count ? steps[i].write(&w) : 0;
	if (rc == 0)
		rc = write_facts(pg, batch);
	return rc == 0 ? days_write(pg, batch) : rc;
}

int write_batch(struct ra_pg *pg, const char *stream, const char *session, struct state *state,
		struct batch *batch)
{
	struct writer w = { .pg = pg, .batch = batch, .state = state };
	collect_guilds(state, batch);
	int rc = write_rows(pg, stream, state, batch);
	if (rc == 0 && state->shard.is_changed) {
		rc = write_shard(&w, session);
		state->shard.is_changed = false;
	}
	return rc;
}
