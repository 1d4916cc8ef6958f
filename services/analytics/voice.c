#include "services/analytics/voice.h"
#include "services/analytics/newcomer.h"
#include <stdio.h>

enum { HOUR_MS = 3600 * 1000 };

/* What a room is like for those in it, and how many count there. */
struct room {
	bool has_company, has_unmuted;
	int32_t crowd[VOICE_RULES];
};

static bool is_unmuted(const struct voice_flags *flags)
{
	return !flags->mute && !flags->self_mute && !flags->suppress;
}

static bool is_deafened(const struct voice_flags *flags)
{
	return flags->deaf || flags->self_deaf;
}

static struct room look_around(const struct voice *voice, uint64_t channel)
{
	int people = 0, unmuted = 0, present = 0, talking = 0;
	for (struct voice_member *m = voice->members; m && channel != 0; m = m->hh.next) {
		if (m->channel != channel || m->is_bot)
			continue;
		bool is_away = channel == voice->afk_channel && !voice->has_no_afk_rule;
		bool is_present = !is_away && !is_deafened(&m->flags);
		people++;
		unmuted += is_unmuted(&m->flags);
		present += is_present;
		talking += is_present && is_unmuted(&m->flags);
	}
	bool is_lively = people >= 2 && unmuted > 0;
	return (struct room){
		.has_company = people >= 2,
		.has_unmuted = unmuted > 0,
		.crowd = { [VOICE_RAW] = people,
			   [VOICE_PRESENT] = present,
			   [VOICE_ENGAGED] = is_lively ? present : 0,
			   [VOICE_TALKING] = is_lively ? talking : 0 },
	};
}

/* --- the crowd --- */

static void crowd_add(struct voice *voice, const struct room *room, int sign)
{
	for (int rule = 0; rule < VOICE_RULES; rule++)
		voice->crowd[rule] += sign * room->crowd[rule];
}

static void note_peak(struct voice *voice, struct batch *batch, int64_t at)
{
	struct voice_guild_hour_row *row = batch_voice_guild_hour(batch, voice->guild, at);
	for (int rule = 0; rule < VOICE_RULES; rule++) {
		if (voice->crowd[rule] <= row->peak[rule])
			continue;
		row->peak[rule] = voice->crowd[rule];
		row->peak_at[rule] = at;
	}
}

/* Something changes at `at`: until then the crowd stood. */
static void note_crowd(struct voice *voice, struct batch *batch, int64_t at)
{
	int64_t from = voice->crowd_since;
	while (voice->crowd[VOICE_RAW] > 0 && from < at) {
		note_peak(voice, batch, from);
		from += HOUR_MS - from % HOUR_MS;
	}
	if (at > voice->crowd_since)
		voice->crowd_since = at;
}

/* --- segments --- */

static void add_hours(const struct voice *voice, struct batch *batch, const struct segment_row *s)
{
	if (s->is_bot)
		return;
	bool is_away = s->is_afk && !voice->has_no_afk_rule;
	bool is_present = !is_away && !is_deafened(&s->flags);
	bool is_engaged = is_present && s->has_company && s->has_unmuted;
	int64_t raw = s->ended_at - s->started_at;
	int64_t present = is_present ? raw : 0;
	int64_t engaged = is_engaged ? raw : 0;
	int64_t talking = is_engaged && is_unmuted(&s->flags) ? raw : 0;

	struct user_hour_key key = { s->guild, batch_hour(batch, s->started_at), s->channel,
				     batch_person(batch, s->guild, s->user) };
	struct voice_hour_row *row = ra_table_row(&batch->voice_hours, &key, NULL);
	row->raw_ms += raw;
	row->present_ms += present;
	row->engaged_ms += engaged;
	row->talking_ms += talking;
	if (s->flags.stream || s->flags.video) {
		struct voice_guild_hour_row *shown =
			batch_voice_guild_hour(batch, s->guild, s->started_at);
		shown->stream_ms += s->flags.stream ? raw : 0;
		shown->video_ms += s->flags.video ? raw : 0;
	}
	struct guild_hour_row *hour = batch_guild_hour(batch, s->guild, s->started_at);
	hour->voice_raw_ms += raw;
	hour->voice_present_ms += present;
	hour->voice_engaged_ms += engaged;
	hour->voice_talking_ms += talking;
	if (talking > 0)
		newcomer_talk(batch, s->guild, s->user, s->started_at);
}

/* Writes the member's stretch up to `at`, a row for each hour it touches, and starts the next. */
static void end_segment(struct voice *voice, struct batch *batch, struct voice_member *m,
			struct room room, int64_t at)
{
	while (m->started_at < at) {
		int64_t edge = m->started_at - m->started_at % HOUR_MS + HOUR_MS;
		struct segment_row head = { .guild = voice->guild,
					    .user = m->user,
					    .started_at = m->started_at };
		struct segment_row *row = ra_table_row(&batch->segments, &head, NULL);
		row->ended_at = edge < at ? edge : at;
		row->channel = m->channel;
		row->flags = m->flags;
		row->is_bot = m->is_bot;
		row->is_afk = m->channel == voice->afk_channel;
		row->has_company = room.has_company;
		row->has_unmuted = room.has_unmuted;
		add_hours(voice, batch, row);
		m->started_at = row->ended_at;
	}
}

static void note_state(struct voice *voice, struct batch *batch, const struct voice_member *m)
{
	struct user_key key = { voice->guild, m->user };
	struct voice_row *row = ra_table_row(&batch->voices, &key, NULL);
	row->channel = m->channel;
	row->joined_at = m->joined_at;
	row->started_at = m->started_at;
	row->voice_session = batch_text(batch, ra_str_of(m->voice_session));
	row->flags = m->flags;
	row->is_bot = m->is_bot;
}

/* Ends the segments of all in the room, which was like `room` until `at`. */
static void end_room(struct voice *voice, struct batch *batch, uint64_t channel, struct room room,
		     int64_t at)
{
	for (struct voice_member *m = voice->members; m; m = m->hh.next) {
		if (m->channel != channel || m->started_at >= at)
			continue;
		end_segment(voice, batch, m, room, at);
		note_state(voice, batch, m);
	}
}

/* The same, when somebody's change made the room different for the others. */
static void end_room_if_changed(struct voice *voice, struct batch *batch, uint64_t channel,
				struct room before, int64_t at)
{
	struct room after = look_around(voice, channel);
	crowd_add(voice, &before, -1);
	crowd_add(voice, &after, 1);
	if (after.has_company != before.has_company || after.has_unmuted != before.has_unmuted)
		end_room(voice, batch, channel, before, at);
}

static void remove_member(struct voice *voice, struct batch *batch, struct voice_member *m)
{
	m->channel = 0;
	note_state(voice, batch, m);
	HASH_DEL(voice->members, m);
	ra_free(m);
}

static struct voice_member *find(const struct voice *voice, uint64_t user)
{
	struct voice_member *m = NULL;
	HASH_FIND(hh, voice->members, &user, sizeof user, m);
	return m;
}

static void copy_session(char to[VOICE_SESSION_SIZE], struct ra_str session)
{
	snprintf(to, VOICE_SESSION_SIZE, "%.*s", (int)session.len, session.ptr ? session.ptr : "");
}

bool voice_has(const struct voice *voice, uint64_t user)
{
	return find(voice, user) != NULL;
}

struct voice_member *voice_restore(struct voice *voice, uint64_t user)
{
	struct voice_member *m = ra_new(struct voice_member);
	m->user = user;
	HASH_ADD(hh, voice->members, user, sizeof m->user, m);
	return m;
}

static bool is_same_state(const struct voice_member *m, const struct voice_change *change)
{
	return m && m->channel == change->channel &&
	       memcmp(&m->flags, &change->flags, sizeof m->flags) == 0 &&
	       ra_str_eq(ra_str_of(m->voice_session), change->voice_session);
}

void voice_restored(struct voice *voice)
{
	for (struct voice_member *m = voice->members; m; m = m->hh.next) {
		struct voice_member *first = voice->members;
		while (first->channel != m->channel)
			first = first->hh.next;
		struct room room = look_around(voice, m->channel);
		if (first == m)
			crowd_add(voice, &room, 1);
		if (m->started_at > voice->crowd_since)
			voice->crowd_since = m->started_at;
	}
}

static void set_state(struct voice *voice, struct batch *batch, struct voice_member *m,
		      const struct voice_change *change, int64_t at)
{
	if (m->channel != change->channel)
		m->joined_at = m->started_at = at;
	m->channel = change->channel;
	m->flags = change->flags;
	m->is_bot = change->is_bot;
	copy_session(m->voice_session, change->voice_session);
	note_state(voice, batch, m);
}

void voice_change(struct voice *voice, struct batch *batch, const struct voice_change *change,
		  int64_t at)
{
	struct voice_member *m = find(voice, change->user);
	if ((!m && change->channel == 0) || is_same_state(m, change))
		return;

	uint64_t from = m ? m->channel : 0;
	uint64_t to = change->channel;
	struct room before_from = look_around(voice, from);
	struct room before_to = look_around(voice, to);
	note_crowd(voice, batch, at);
	if (m) {
		end_segment(voice, batch, m, before_from, at);
	} else {
		m = voice_restore(voice, change->user);
		if (!change->is_bot)
			batch_voice_guild_hour(batch, voice->guild, at)->sessions++;
	}
	if (to != 0)
		set_state(voice, batch, m, change, at);
	else
		remove_member(voice, batch, m);
	end_room_if_changed(voice, batch, from, before_from, at);
	if (to != from)
		end_room_if_changed(voice, batch, to, before_to, at);
}

/* --- snapshots --- */

/* A state told by the open snapshot. */
struct voice_told {
	struct voice_change
		change; /* its voice_session points into session, once it stands still */
	char session[VOICE_SESSION_SIZE];
};

void voice_snapshot_begin(struct voice *voice, uint64_t afk_channel)
{
	voice->told_count = 0;
	voice->told_afk_channel = afk_channel;
}

void voice_snapshot_state(struct voice *voice, const struct voice_change *change)
{
	if (voice->told_count == voice->told_cap) {
		voice->told_cap = voice->told_cap ? voice->told_cap * 2 : 16;
		voice->told = ra_realloc(voice->told, voice->told_cap * sizeof *voice->told);
	}
	struct voice_told *told = &voice->told[voice->told_count++];
	*told = (struct voice_told){ .change = *change };
	copy_session(told->session, change->voice_session);
}

/* Who is where they were, in the same voice session, has been there all along. */
static void list_those_who_stayed(struct voice *voice)
{
	for (struct voice_member *m = voice->members; m; m = m->hh.next)
		m->is_listed = false;
	for (size_t i = 0; i < voice->told_count; i++) {
		const struct voice_told *told = &voice->told[i];
		struct voice_member *m = find(voice, told->change.user);
		if (m)
			m->is_listed = m->channel == told->change.channel &&
				       strcmp(m->voice_session, told->session) == 0;
	}
}

static void drop(struct voice *voice, struct batch *batch, struct voice_member *m, int64_t at)
{
	struct voice_change gone = { .user = m->user };
	voice_change(voice, batch, &gone, at > m->started_at ? at : m->started_at);
}

static void drop_unlisted(struct voice *voice, struct batch *batch, int64_t at)
{
	struct voice_member *m, *next;
	HASH_ITER(hh, voice->members, m, next)
	{
		if (!m->is_listed)
			drop(voice, batch, m, at);
	}
}

void voice_snapshot_end(struct voice *voice, struct batch *batch, int64_t at, int64_t gone_at)
{
	list_those_who_stayed(voice);
	drop_unlisted(voice, batch, gone_at);
	voice_set_afk(voice, batch, voice->told_afk_channel, at);
	for (size_t i = 0; i < voice->told_count; i++) {
		struct voice_told *told = &voice->told[i];
		told->change.voice_session = ra_str_of(told->session);
		voice_change(voice, batch, &told->change, at);
	}
	voice->told_count = 0;
}

void voice_close_all(struct voice *voice, struct batch *batch, int64_t at)
{
	voice_snapshot_begin(voice, voice->afk_channel);
	voice_snapshot_end(voice, batch, at, at);
}

void voice_cut(struct voice *voice, struct batch *batch, int64_t at)
{
	note_crowd(voice, batch, at);
	for (struct voice_member *m = voice->members; m; m = m->hh.next) {
		if (m->started_at < at)
			end_room(voice, batch, m->channel, look_around(voice, m->channel), at);
	}
}

void voice_set_afk(struct voice *voice, struct batch *batch, uint64_t afk_channel, int64_t at)
{
	if (voice->afk_channel == afk_channel)
		return;
	uint64_t channels[] = { voice->afk_channel, afk_channel };
	note_crowd(voice, batch, at);
	for (size_t i = 0; i < RA_COUNT(channels); i++) {
		struct room room = look_around(voice, channels[i]);
		end_room(voice, batch, channels[i], room, at);
		crowd_add(voice, &room, -1);
	}
	voice->afk_channel = afk_channel;
	for (size_t i = 0; i < RA_COUNT(channels); i++) {
		struct room room = look_around(voice, channels[i]);
		crowd_add(voice, &room, 1);
	}
}

int64_t voice_people(const struct voice *voice)
{
	int64_t people = 0;
	for (struct voice_member *m = voice->members; m; m = m->hh.next)
		people += !m->is_bot;
	return people;
}

int64_t voice_open_ms(const struct voice *voice, int64_t at)
{
	int64_t ms = 0;
	for (struct voice_member *m = voice->members; m; m = m->hh.next) {
		if (!m->is_bot && m->joined_at < at)
			ms += at - m->joined_at;
	}
	return ms;
}

void voice_fini(struct voice *voice)
{
	ra_free(voice->told);
	struct voice_member *m, *next;
	HASH_ITER(hh, voice->members, m, next)
	{
		HASH_DEL(voice->members, m);
		ra_free(m);
	}
}
