/* fold: short stories of events, and what they must add up to (metrics.md). */
#include "services/analytics/fold.h"
#include "tests/harness/cmocka.h"
#include "tests/unit/services/analytics/tell.h"

enum { MIN = 60 * 1000, HOUR = 60 * MIN };
#define T0 (1790000000000LL - 1790000000000LL % HOUR)
enum { GUILD = 7, ROOM = 10, ANN = 1, BEN = 2 };

struct story {
	struct state state;
	struct ra_reading reading;
	struct batch batch;
	struct fold fold;
	uint64_t seq;
};

static int start(void **ctx)
{
	struct story *s = ra_new(struct story);
	state_init(&s->state, 0, 1);
	ra_reading_init(&s->reading, 0, 1);
	batch_init(&s->batch);
	fold_init(&s->fold, &s->state, &s->batch, &s->reading);
	state_guild_add(&s->state, GUILD)->member_count = 100;
	*ctx = s;
	return 0;
}

static int stop(void **ctx)
{
	struct story *s = *ctx;
	fold_fini(&s->fold);
	batch_fini(&s->batch);
	ra_reading_fini(&s->reading);
	state_fini(&s->state);
	ra_free(s);
	return 0;
}

static struct ra_event event_at(struct story *s, enum ra_event_type type, int64_t at)
{
	return (struct ra_event){
		.type = type, .session = RA_STR("one"), .seq = ++s->seq, .at = at, .guild = GUILD
	};
}

static bool tell(struct story *s, const struct ra_event *event)
{
	return tell_event(&s->fold, event);
}

static void post(struct story *s, uint64_t id, uint64_t user, int64_t kind, int64_t at, bool is_bot)
{
	struct ra_event e = event_at(s, RA_EV_message_created, at);
	e.message_created.message_id = id;
	e.message_created.channel_id = ROOM;
	e.message_created.user_id = user;
	e.message_created.kind = kind;
	e.message_created.length = 5;
	e.message_created.is_bot = is_bot;
	tell(s, &e);
}

static void come(struct story *s, uint64_t user, int64_t joined_at)
{
	struct ra_event e = event_at(s, RA_EV_member_joined, joined_at);
	e.member_joined.user_id = user;
	e.member_joined.joined_at = joined_at;
	tell(s, &e);
}

static void go(struct story *s, uint64_t user, int64_t at)
{
	struct ra_event e = event_at(s, RA_EV_member_left, at);
	e.member_left.user_id = user;
	tell(s, &e);
}

static const struct guild_hour_row *hour(struct story *s, int64_t at)
{
	return batch_guild_hour(&s->batch, GUILD, at);
}

static void people_count_bots_and_notices_apart(void **ctx)
{
	struct story *s = *ctx;
	post(s, 1001, ANN, 0, T0, false);
	post(s, 1002, ANN, 19, T0 + MIN, false);
	post(s, 1003, ANN, 7, T0 + MIN, false);
	post(s, 1004, 99, 0, T0 + MIN, true);
	assert_int_equal(hour(s, T0)->messages, 2);
	assert_int_equal(hour(s, T0)->replies, 1);
	assert_int_equal(hour(s, T0)->bot_messages, 1);
	const struct message_row *ann = batch_message(&s->batch, GUILD, T0, ROOM, ANN);
	assert_int_equal(ann->messages, 2);
	assert_int_equal(ann->notices, 1);
	assert_int_equal(ann->characters, 10);
	assert_int_equal(batch_message(&s->batch, GUILD, T0, ROOM, 99)->author_kind, 1);
	assert_int_equal(state_guild(&s->state, GUILD)->messages_total, 2);
}

static void the_same_message_counts_once(void **ctx)
{
	struct story *s = *ctx;
	post(s, 1001, ANN, 0, T0, false);
	post(s, 1001, ANN, 0, T0, false);
	assert_int_equal(hour(s, T0)->messages, 1);
}

static void what_was_folded_is_skipped(void **ctx)
{
	struct story *s = *ctx;
	post(s, 1001, ANN, 0, T0, false);
	post(s, 1002, ANN, 0, T0, false);
	s->seq = 0; /* Discord replays from the start of the session */
	struct ra_event again = event_at(s, RA_EV_message_created, T0);
	assert_false(tell(s, &again));
	again.seq = 2;
	assert_false(tell(s, &again));
	again.part = 1;
	assert_true(tell(s, &again));
	again.session = RA_STR("two");
	again.seq = 1;
	assert_true(tell(s, &again));
}

static void an_edit_told_twice_counts_once(void **ctx)
{
	struct story *s = *ctx;
	for (int i = 0; i < 3; i++) {
		struct ra_event e = event_at(s, RA_EV_message_edited, T0 + MIN);
		e.message_edited.message_id = 1001;
		e.message_edited.channel_id = ROOM;
		e.message_edited.user_id = ANN;
		e.message_edited.edited_at = T0 + (i < 2 ? 1 : 2) * MIN;
		tell(s, &e);
	}
	assert_int_equal(hour(s, T0)->edits, 2);
}

static void a_reaction_may_come_again_after_it_was_taken_back(void **ctx)
{
	struct story *s = *ctx;
	static const bool is_added[] = { true, true, false, true };
	for (size_t i = 0; i < RA_COUNT(is_added); i++) {
		struct ra_event e = event_at(
			s, is_added[i] ? RA_EV_reaction_added : RA_EV_reaction_removed, T0);
		if (is_added[i])
			e.reaction_added = (struct ra_ev_reaction_added){ .message_id = 1001,
									  .channel_id = ROOM,
									  .user_id = ANN,
									  .author_id = BEN,
									  .emoji = RA_STR("x") };
		else
			e.reaction_removed =
				(struct ra_ev_reaction_removed){ .message_id = 1001,
								 .channel_id = ROOM,
								 .user_id = ANN,
								 .emoji = RA_STR("x") };
		tell(s, &e);
	}
	assert_int_equal(hour(s, T0)->reactions, 2);
	assert_int_equal(batch_message(&s->batch, GUILD, T0, ROOM, ANN)->reactions_given, 2);
	assert_int_equal(batch_message(&s->batch, GUILD, T0, ROOM, BEN)->reactions_received, 2);
}

static void who_is_a_member_does_not_join_again(void **ctx)
{
	struct story *s = *ctx;
	come(s, ANN, T0);
	come(s, ANN, T0 + 400);
	assert_int_equal(hour(s, T0)->joins, 1);
	assert_int_equal(state_guild(&s->state, GUILD)->member_count, 101);
}

static void a_leave_knows_the_tenure_and_a_return_is_a_rejoin(void **ctx)
{
	struct story *s = *ctx;
	come(s, ANN, T0);
	go(s, ANN, T0 + 5 * MIN);
	go(s, ANN, T0 + 6 * MIN);
	come(s, ANN, T0 + 7 * MIN);
	assert_int_equal(hour(s, T0)->leaves, 1);
	assert_int_equal(hour(s, T0)->joins, 2);
	const struct flow_row *flows = (const void *)s->batch.flows.rows;
	assert_int_equal(s->batch.flows.count, 3);
	assert_int_equal(flows[1].tenure_ms, 5 * MIN);
	assert_false(flows[0].is_rejoin);
	assert_true(flows[2].is_rejoin);
}

static void two_leaves_at_the_same_time_are_two(void **ctx)
{
	struct story *s = *ctx;
	go(s, ANN, T0 + MIN);
	come(s, ANN, T0);
	go(s, ANN, T0 + MIN);
	assert_int_equal(hour(s, T0)->leaves, 2);
	assert_int_equal(s->batch.flows.count, 3);
}

static void a_stranger_who_leaves_has_no_tenure(void **ctx)
{
	struct story *s = *ctx;
	go(s, BEN, T0);
	const struct flow_row *flow = (const void *)s->batch.flows.rows;
	assert_int_equal(flow->tenure_ms, -1);
	assert_int_equal(state_guild(&s->state, GUILD)->member_count, 99);
}

static void snapshots_are_due_every_five_minutes_of_event_time(void **ctx)
{
	struct story *s = *ctx;
	post(s, 1001, ANN, 0, T0 + MIN, false);
	post(s, 1002, ANN, 0, T0 + 16 * MIN, false);
	const struct snapshot_row *rows = (const void *)s->batch.snapshots.rows;
	assert_int_equal(s->batch.snapshots.count, 4);
	assert_int_equal(rows[0].at, T0);
	assert_int_equal(rows[0].messages_total, 0);
	assert_int_equal(rows[3].at, T0 + 15 * MIN);
	assert_int_equal(rows[3].messages_total, 1);
	assert_int_equal(rows[3].members, 100);
}

static void a_snapshot_of_the_guild_replaces_what_it_does_not_list(void **ctx)
{
	struct story *s = *ctx;
	struct guild *guild = state_guild(&s->state, GUILD);
	guild_channel_add(guild, 10, 0);
	guild_channel_add(guild, 11, 0);
	guild_channel_add(guild, 12, 11); /* a thread: archived, for all we know */
	guild_role_add(guild, 20);

	struct ra_event e = event_at(s, RA_EV_guild_available, T0);
	e.guild_available.member_count = 42;
	tell(s, &e);
	assert_int_equal(s->state.open_snapshots, 1);
	e.type = RA_EV_channel_upserted;
	e.part = 1;
	e.channel_upserted = (struct ra_ev_channel_upserted){ .channel_id = 10,
							      .snapshot = true,
							      .name = RA_STR("a") };
	tell(s, &e);
	e.type = RA_EV_guild_synced;
	e.part = 2;
	e.guild_synced = (struct ra_ev_guild_synced){ .channels = 1 };
	tell(s, &e);

	assert_int_equal(s->state.open_snapshots, 0);
	assert_int_equal(guild->member_count, 42);
	assert_int_equal(guild_channel_count(guild), 1);
	assert_int_equal(batch_channel(&s->batch, GUILD, 11)->deleted_at, T0);
	assert_int_equal(batch_channel(&s->batch, GUILD, 10)->deleted_at, 0);
	assert_int_equal(batch_channel(&s->batch, GUILD, 12)->deleted_at, 0);
	assert_true(batch_channel(&s->batch, GUILD, 12)->is_archived);
	assert_null(guild->roles);
}

static void a_hidden_channel_keeps_its_name(void **ctx)
{
	struct story *s = *ctx;
	struct ra_event e = event_at(s, RA_EV_channel_upserted, T0);
	e.channel_upserted = (struct ra_ev_channel_upserted){ .channel_id = 10,
							      .parent_id = 5,
							      .name = RA_STR("staff") };
	tell(s, &e);
	e = event_at(s, RA_EV_channel_upserted, T0);
	e.channel_upserted = (struct ra_ev_channel_upserted){ .channel_id = 10, .is_hidden = true };
	tell(s, &e);
	const struct channel_row *row = batch_channel(&s->batch, GUILD, 10);
	assert_true(row->is_hidden);
	assert_true(ra_str_is(row->name, "staff"));
	assert_int_equal(row->parent, 5);
}

static void an_impossible_time_is_the_streams(void **ctx)
{
	struct story *s = *ctx;
	post(s, 1001, ANN, 0, T0, false);
	post(s, 1002, ANN, 0, 0, false);
	assert_int_equal(hour(s, T0)->messages, 2);
	assert_int_equal(s->batch.first_hour, T0);
}

static void a_gap_is_healed_by_resume_and_not_by_identify(void **ctx)
{
	struct story *s = *ctx;
	struct ra_event e = event_at(s, RA_EV_shard_disconnected, T0);
	tell(s, &e);
	e = event_at(s, RA_EV_shard_resumed, T0 + MIN);
	e.shard_resumed.down_since = T0;
	tell(s, &e);
	e = event_at(s, RA_EV_shard_ready, T0 + 10 * MIN);
	e.shard_ready.down_since = T0 + 5 * MIN; /* killed: nobody said it was going */
	e.shard_ready.cause = RA_STR("restart");
	tell(s, &e);
	const struct gap_row *gaps = (const void *)s->batch.gaps.rows;
	assert_int_equal(s->batch.gaps.count, 2);
	assert_int_equal(gaps[0].ended_at, T0 + MIN);
	assert_true(gaps[0].is_healed);
	assert_int_equal(gaps[1].started_at, T0 + 5 * MIN);
	assert_int_equal(gaps[1].ended_at, T0 + 10 * MIN);
	assert_false(gaps[1].is_healed);
	assert_true(s->state.shard.is_connected);
}

static struct gap_row *gap(struct story *s, size_t i)
{
	assert_true(i < s->batch.gaps.count);
	return (struct gap_row *)(void *)s->batch.gaps.rows + i;
}

static struct service_row *service(struct story *s, size_t i)
{
	assert_true(i < s->batch.services.count);
	return (struct service_row *)(void *)s->batch.services.rows + i;
}

static void disconnect(struct story *s, const char *cause, int64_t at)
{
	struct ra_event e = event_at(s, RA_EV_shard_disconnected, at);
	e.shard_disconnected.cause = ra_str_of(cause);
	e.guild = 0;
	tell(s, &e);
}

static void ready(struct story *s, int64_t at, int64_t down_since)
{
	struct ra_event e = event_at(s, RA_EV_shard_ready, at);
	e.shard_ready.down_since = down_since;
	e.shard_ready.cause = RA_STR("restart");
	e.guild = 0;
	tell(s, &e);
}

static void a_shard_serves_until_its_plan_is_given_up(void **ctx)
{
	struct story *s = *ctx;
	ready(s, T0, 0);
	disconnect(s, "network", T0 + MIN);
	disconnect(s, "resharded", T0 + 3 * MIN);
	assert_int_equal(s->batch.services.count, 1);
	assert_int_equal(service(s, 0)->started_at, T0);
	assert_int_equal(service(s, 0)->ended_at, T0 + 3 * MIN);
	assert_int_equal(s->batch.gaps.count, 1);
	assert_int_equal(gap(s, 0)->ended_at, T0 + 3 * MIN);
	assert_false(gap(s, 0)->is_healed);
	/* hours later the same plan serves again: what was between is none of its gaps */
	ready(s, T0 + 5 * HOUR, T0 + 3 * MIN);
	assert_int_equal(s->batch.gaps.count, 1);
	assert_int_equal(service(s, 1)->started_at, T0 + 5 * HOUR);
	assert_int_equal(service(s, 1)->ended_at, 0);
	post(s, 1001, ANN, 0, T0 + 5 * HOUR + MIN, false);
	fold_finish(&s->fold); /* and is given up without a word */
	assert_int_equal(service(s, 1)->ended_at, T0 + 5 * HOUR + MIN);
}

static void an_outage_is_a_gap_of_the_guild(void **ctx)
{
	struct story *s = *ctx;
	for (int i = 0; i < 2; i++) {
		struct ra_event e = event_at(s, RA_EV_guild_unavailable, T0 + i * MIN);
		tell(s, &e);
	}
	struct ra_event e = event_at(s, RA_EV_guild_removed, T0 + 5 * MIN);
	tell(s, &e);
	e = event_at(s, RA_EV_guild_available, T0 + 9 * MIN);
	e.guild_available.name = e.guild_available.icon = e.guild_available.locale = RA_STR("");
	tell(s, &e);
	const struct guild_gap_row *gaps = (const void *)s->batch.guild_gaps.rows;
	assert_int_equal(s->batch.guild_gaps.count, 2);
	assert_int_equal(gaps[0].started_at, T0);
	assert_int_equal(gaps[0].ended_at, T0 + 9 * MIN);
	assert_true(ra_str_is(gaps[0].name, "guild_unavailable"));
	assert_int_equal(gaps[1].started_at, T0 + 5 * MIN);
	assert_true(ra_str_is(gaps[1].name, "guild_removed"));
	assert_int_equal(s->batch.gaps.count, 0);
}

static void what_was_cut_off_is_a_gap(void **ctx)
{
	struct story *s = *ctx;
	ready(s, T0, 0);
	post(s, 1001, ANN, 0, T0 + MIN, false);
	s->reading.is_cut_off = true;
	s->reading.lost_entries = 77;
	post(s, 1002, ANN, 0, T0 + 9 * MIN, false);
	assert_int_equal(gap(s, 0)->started_at, T0 + MIN);
	assert_int_equal(gap(s, 0)->ended_at, T0 + 9 * MIN);
	assert_int_equal(gap(s, 0)->lost_entries, 77);
	assert_false(gap(s, 0)->is_healed);
	assert_false(s->reading.is_cut_off);
	/* a gap that was open has its end in what was cut */
	disconnect(s, "network", T0 + 10 * MIN);
	s->reading.is_cut_off = true;
	post(s, 1003, ANN, 0, T0 + 19 * MIN, false);
	assert_int_equal(s->batch.gaps.count, 2);
	assert_int_equal(gap(s, 1)->started_at, T0 + 10 * MIN);
	assert_int_equal(gap(s, 1)->ended_at, T0 + 19 * MIN);
	assert_true(ra_str_is(gap(s, 1)->cause, "stream_cut"));
}

static void nobody_tells_of_what_is_to_come(void **ctx)
{
	struct story *s = *ctx;
	s->reading.entry_ms = T0 + MIN;
	post(s, 1001, ANN, 0, T0, false);
	post(s, 1002, ANN, 0, T0 + 400 * 24LL * HOUR, false);
	assert_int_equal(hour(s, T0)->messages, 2);
	assert_int_equal(s->reading.position.event_at, T0);
}

static void a_gap_ends_though_the_next_clock_is_behind(void **ctx)
{
	struct story *s = *ctx;
	struct ra_event e = event_at(s, RA_EV_shard_disconnected, T0 + MIN);
	tell(s, &e);
	e = event_at(s, RA_EV_shard_resumed, T0);
	e.shard_resumed.down_since = T0 + MIN;
	tell(s, &e);
	const struct gap_row *gaps = (const void *)s->batch.gaps.rows;
	assert_int_equal(s->batch.gaps.count, 1);
	assert_int_equal(gaps[0].ended_at, T0 + MIN);
	assert_true(gaps[0].is_healed);
}

/* Over the edge of an hour, at which open voice sessions are written down. */
static void who_vanished_in_a_gap_left_when_it_began(void **ctx)
{
	struct story *s = *ctx;
	s->state.shard.service_started_at = T0;
	state_guild(&s->state, GUILD)->is_available = true;
	struct ra_event e = event_at(s, RA_EV_voice_state_changed, T0 + 40 * MIN);
	e.voice_state_changed.user_id = ANN;
	e.voice_state_changed.channel_id = ROOM;
	tell(s, &e);
	e = event_at(s, RA_EV_shard_ready, T0 + 80 * MIN);
	e.shard_ready.down_since = T0 + 50 * MIN;
	tell(s, &e);
	e = event_at(s, RA_EV_guild_available, T0 + 80 * MIN);
	tell(s, &e);
	e = event_at(s, RA_EV_guild_synced, T0 + 80 * MIN);
	tell(s, &e);
	assert_int_equal(hour(s, T0)->voice_raw_ms, 10 * MIN);
	assert_int_equal(hour(s, T0 + HOUR)->voice_raw_ms, 0);
}

/* --- people who opted out (unnamed.h) --- */

static void hide(struct story *s, uint64_t user)
{
	struct unnamed_row row = { GUILD, user };
	ra_table_row(&s->state.unnamed.people, &row, NULL);
}

static void react(struct story *s, uint64_t user, uint64_t author)
{
	struct ra_event e = event_at(s, RA_EV_reaction_added, T0 + MIN);
	e.reaction_added.message_id = 500;
	e.reaction_added.channel_id = ROOM;
	e.reaction_added.user_id = user;
	e.reaction_added.author_id = author;
	e.reaction_added.emoji = RA_STR("x");
	tell(s, &e);
}

static void sit(struct story *s, uint64_t user, uint64_t channel, const char *session, int64_t at)
{
	struct ra_event e = event_at(s, RA_EV_voice_state_changed, at);
	e.voice_state_changed.user_id = user;
	e.voice_state_changed.channel_id = channel;
	e.voice_state_changed.voice_session = ra_str_of(session);
	tell(s, &e);
}

/* Everything in the batch that names a user. */
/* Nobody is in voice. */
static void describe(struct story *s, int64_t at)
{
	struct ra_event e = event_at(s, RA_EV_guild_available, at);
	tell(s, &e);
	e = event_at(s, RA_EV_guild_synced, at);
	tell(s, &e);
}

/* The guild is unavailable at READY: it was last seen with the session before, which was lost. */
static void who_vanished_before_an_outage_left_with_the_session(void **ctx)
{
	struct story *s = *ctx;
	ready(s, T0, 0);
	describe(s, T0);
	sit(s, ANN, ROOM, "v", T0 + 5 * MIN);
	disconnect(s, "network", T0 + 10 * MIN);
	ready(s, T0 + 20 * MIN, T0 + 10 * MIN);
	struct ra_event e = event_at(s, RA_EV_guild_unavailable, T0 + 20 * MIN);
	tell(s, &e);
	ready(s, T0 + 25 * MIN, T0 + 22 * MIN); /* nor does a second one know more */
	describe(s, T0 + 30 * MIN);
	assert_int_equal(hour(s, T0)->voice_raw_ms, 5 * MIN);
	/* an outage of the guild alone ends what it does not list when it began */
	sit(s, ANN, ROOM, "w", T0 + 31 * MIN);
	e = event_at(s, RA_EV_guild_unavailable, T0 + 33 * MIN);
	tell(s, &e);
	describe(s, T0 + 40 * MIN);
	assert_int_equal(hour(s, T0)->voice_raw_ms, 7 * MIN);
}

static size_t rows_of(const struct batch *b, uint64_t user)
{
	size_t found = 0;
	const struct message_row *messages = (const void *)b->messages.rows;
	for (size_t i = 0; i < b->messages.count; i++)
		found += messages[i].key.user == user;
	const struct voice_hour_row *hours = (const void *)b->voice_hours.rows;
	for (size_t i = 0; i < b->voice_hours.count; i++)
		found += hours[i].key.user == user;
	const struct segment_row *segments = (const void *)b->segments.rows;
	for (size_t i = 0; i < b->segments.count; i++)
		found += segments[i].user == user;
	const struct voice_row *voices = (const void *)b->voices.rows;
	for (size_t i = 0; i < b->voices.count; i++)
		found += voices[i].key.user == user;
	const struct member_row *members = (const void *)b->members.rows;
	for (size_t i = 0; i < b->members.count; i++)
		found += members[i].key.user == user;
	const struct flow_row *flows = (const void *)b->flows.rows;
	for (size_t i = 0; i < b->flows.count; i++)
		found += flows[i].user == user;
	const struct newcomer_row *newcomers = (const void *)b->newcomers.rows;
	for (size_t i = 0; i < b->newcomers.count; i++)
		found += newcomers[i].user == user;
	return found;
}

/* Two who opted out do everything there is to do: it counts, and neither is anywhere. */
static void unnamed_people_count_and_are_nowhere(void **ctx)
{
	enum { CAT = 7001, DAN = 7002 };
	struct story *s = *ctx;
	hide(s, CAT);
	hide(s, DAN);
	come(s, CAT, T0);
	post(s, 501, CAT, 0, T0 + MIN, false);
	post(s, 502, DAN, 0, T0 + MIN, false);
	react(s, CAT, DAN);
	react(s, DAN, ANN); /* the same emoji on the same message: two reactions all the same */
	sit(s, CAT, ROOM, "one", T0 + MIN);
	sit(s, DAN, ROOM, "two", T0 + MIN);
	sit(s, CAT, 0, "one", T0 + 11 * MIN);
	sit(s, DAN, 0, "two", T0 + 21 * MIN);
	go(s, CAT, T0 + 30 * MIN);

	const struct guild_hour_row *h = hour(s, T0);
	assert_int_equal(h->messages, 2);
	assert_int_equal(h->reactions, 2);
	assert_int_equal(h->joins, 1);
	assert_int_equal(h->leaves, 1);
	assert_int_equal(h->voice_raw_ms, 30 * MIN);
	assert_int_equal(h->voice_engaged_ms, 20 * MIN); /* they were company for each other */
	assert_int_equal(state_guild(&s->state, GUILD)->member_count, 100);
	const struct message_row *row = batch_message(&s->batch, GUILD, T0, ROOM, ANONYMOUS);
	assert_int_equal(row->messages, 2);
	assert_int_equal(row->reactions_given, 2);
	assert_int_equal(rows_of(&s->batch, CAT), 0);
	assert_int_equal(rows_of(&s->batch, DAN), 0);
}

/* Somebody in voice wants to be counted again: the stay goes on under their name. */
static void unnamed_no_more(void **ctx)
{
	enum { CAT = 7001 };
	struct story *s = *ctx;
	hide(s, CAT);
	sit(s, CAT, ROOM, "one", T0);
	ra_table_clear(&s->state.unnamed.people);
	sit(s, CAT, ROOM + 1, "one", T0 + 10 * MIN);
	sit(s, CAT, 0, "one", T0 + 15 * MIN);
	assert_int_equal(hour(s, T0)->voice_raw_ms, 15 * MIN);
	assert_int_equal(voice_people(&state_guild(&s->state, GUILD)->voice), 0);
	assert_int_equal(rows_of(&s->batch, CAT), 3); /* an hour, a segment, out of voice */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(people_count_bots_and_notices_apart, start, stop),
		cmocka_unit_test_setup_teardown(the_same_message_counts_once, start, stop),
		cmocka_unit_test_setup_teardown(what_was_folded_is_skipped, start, stop),
		cmocka_unit_test_setup_teardown(an_edit_told_twice_counts_once, start, stop),
		cmocka_unit_test_setup_teardown(a_reaction_may_come_again_after_it_was_taken_back,
						start, stop),
		cmocka_unit_test_setup_teardown(who_is_a_member_does_not_join_again, start, stop),
		cmocka_unit_test_setup_teardown(a_leave_knows_the_tenure_and_a_return_is_a_rejoin,
						start, stop),
		cmocka_unit_test_setup_teardown(two_leaves_at_the_same_time_are_two, start, stop),
		cmocka_unit_test_setup_teardown(a_stranger_who_leaves_has_no_tenure, start, stop),
		cmocka_unit_test_setup_teardown(snapshots_are_due_every_five_minutes_of_event_time,
						start, stop),
		cmocka_unit_test_setup_teardown(
			a_snapshot_of_the_guild_replaces_what_it_does_not_list, start, stop),
		cmocka_unit_test_setup_teardown(a_hidden_channel_keeps_its_name, start, stop),
		cmocka_unit_test_setup_teardown(an_impossible_time_is_the_streams, start, stop),
		cmocka_unit_test_setup_teardown(a_shard_serves_until_its_plan_is_given_up, start,
						stop),
		cmocka_unit_test_setup_teardown(an_outage_is_a_gap_of_the_guild, start, stop),
		cmocka_unit_test_setup_teardown(what_was_cut_off_is_a_gap, start, stop),
		cmocka_unit_test_setup_teardown(nobody_tells_of_what_is_to_come, start, stop),
		cmocka_unit_test_setup_teardown(a_gap_is_healed_by_resume_and_not_by_identify,
						start, stop),
		cmocka_unit_test_setup_teardown(a_gap_ends_though_the_next_clock_is_behind, start,
						stop),
		cmocka_unit_test_setup_teardown(who_vanished_before_an_outage_left_with_the_session,
						start, stop),
		cmocka_unit_test_setup_teardown(who_vanished_in_a_gap_left_when_it_began, start,
						stop),
		cmocka_unit_test_setup_teardown(unnamed_people_count_and_are_nowhere, start, stop),
		cmocka_unit_test_setup_teardown(unnamed_no_more, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
