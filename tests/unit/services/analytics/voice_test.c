/* voice: segments on hand-made evenings, against sums done by hand (metrics: Voice). */
#include "services/analytics/voice.h"
#include "tests/harness/cmocka.h"

enum { MIN = 60 * 1000, HOUR = 60 * MIN };
#define T0 (1790000000000LL - 1790000000000LL % HOUR) /* the start of an hour */
enum { ROOM = 10, OTHER = 11, AFK = 12, ANN = 1, BEN = 2, BOT = 3 };

struct evening {
	struct voice voice;
	struct batch batch;
};

static int start(void **state)
{
	struct evening *e = ra_new(struct evening);
	batch_init(&e->batch);
	e->voice.guild = 7;
	e->voice.afk_channel = AFK;
	*state = e;
	return 0;
}

static int stop(void **state)
{
	struct evening *e = *state;
	voice_fini(&e->voice);
	batch_fini(&e->batch);
	ra_free(e);
	return 0;
}

static void move(struct evening *e, uint64_t user, uint64_t channel, int64_t at,
		 struct voice_flags flags)
{
	struct voice_change change = { .user = user,
				       .channel = channel,
				       .flags = flags,
				       .is_bot = user == BOT,
				       .voice_session = RA_STR("s") };
	voice_change(&e->voice, &e->batch, &change, at);
}

static struct voice_hour_row total(const struct evening *e, uint64_t user)
{
	struct voice_hour_row sum = { 0 };
	for (size_t i = 0; i < e->batch.voice_hours.count; i++) {
		const struct voice_hour_row *row =
			(const struct voice_hour_row *)(void *)e->batch.voice_hours.rows + i;
		if (row->key.user != user)
			continue;
		sum.raw_ms += row->raw_ms;
		sum.present_ms += row->present_ms;
		sum.engaged_ms += row->engaged_ms;
		sum.talking_ms += row->talking_ms;
	}
	return sum;
}

static void check(const struct evening *e, uint64_t user, int64_t raw, int64_t present,
		  int64_t engaged, int64_t talking)
{
	struct voice_hour_row sum = total(e, user);
	assert_int_equal(sum.raw_ms, raw);
	assert_int_equal(sum.present_ms, present);
	assert_int_equal(sum.engaged_ms, engaged);
	assert_int_equal(sum.talking_ms, talking);
}

static const struct voice_flags open_mic = { 0 };
static const struct voice_flags muted = { .self_mute = true };
static const struct voice_flags deafened = { .self_mute = true, .self_deaf = true };

static void alone_is_present_but_not_engaged(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0, open_mic);
	move(e, ANN, 0, T0 + 10 * MIN, open_mic);
	check(e, ANN, 10 * MIN, 10 * MIN, 0, 0);
	assert_int_equal(e->batch.segments.count, 1);
	assert_null(e->voice.members);
}

static void company_engages_both(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0, open_mic);
	move(e, BEN, ROOM, T0 + 5 * MIN, muted);
	move(e, ANN, 0, T0 + 20 * MIN, open_mic);
	move(e, BEN, 0, T0 + 30 * MIN, muted);
	check(e, ANN, 20 * MIN, 20 * MIN, 15 * MIN, 15 * MIN);
	check(e, BEN, 25 * MIN, 25 * MIN, 15 * MIN, 0);
}

static void bots_are_no_company(void **state)
{
	struct evening *e = *state;
	move(e, BOT, ROOM, T0, open_mic);
	move(e, ANN, ROOM, T0, open_mic);
	move(e, ANN, 0, T0 + 10 * MIN, open_mic);
	move(e, BOT, 0, T0 + 10 * MIN, open_mic);
	check(e, ANN, 10 * MIN, 10 * MIN, 0, 0);
	check(e, BOT, 0, 0, 0, 0);
	assert_int_equal(e->batch.segments.count, 2);
}

static void nobody_unmuted_is_not_engaged(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0, muted);
	move(e, BEN, ROOM, T0, muted);
	move(e, BEN, ROOM, T0 + 4 * MIN, open_mic);
	move(e, ANN, 0, T0 + 10 * MIN, muted);
	check(e, ANN, 10 * MIN, 10 * MIN, 6 * MIN, 0);
}

static void deafened_and_afk_are_not_present(void **state)
{
	struct evening *e = *state;
	move(e, BEN, ROOM, T0, open_mic);
	move(e, ANN, ROOM, T0, open_mic);
	move(e, ANN, ROOM, T0 + 10 * MIN, deafened);
	move(e, ANN, AFK, T0 + 15 * MIN, deafened);
	move(e, ANN, 0, T0 + 20 * MIN, deafened);
	check(e, ANN, 20 * MIN, 10 * MIN, 10 * MIN, 10 * MIN);
}

static void a_move_closes_and_opens(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0, open_mic);
	move(e, ANN, OTHER, T0 + MIN, open_mic);
	assert_int_equal(e->batch.segments.count, 1);
	const struct segment_row *row = (const void *)e->batch.segments.rows;
	assert_int_equal(row->channel, ROOM);
	assert_int_equal(e->voice.members->channel, OTHER);
	assert_int_equal(e->voice.members->joined_at, T0 + MIN);
}

static void segments_are_cut_at_hours(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0 + 50 * MIN, open_mic);
	move(e, ANN, 0, T0 + 2 * HOUR + 5 * MIN, open_mic);
	assert_int_equal(e->batch.segments.count, 3);
	assert_int_equal(e->batch.voice_hours.count, 3);
	check(e, ANN, 75 * MIN, 75 * MIN, 0, 0);
}

static void others_are_not_split_when_their_room_stays_the_same(void **state)
{
	struct evening *e = *state;
	uint64_t carl = 4;
	move(e, ANN, ROOM, T0, open_mic);
	move(e, BEN, ROOM, T0, open_mic);
	move(e, carl, ROOM, T0 + MIN, muted);
	move(e, carl, ROOM, T0 + 2 * MIN, deafened);
	move(e, carl, 0, T0 + 3 * MIN, deafened);
	assert_int_equal(e->batch.segments.count, 2); /* carl's own */
}

static void a_snapshot_closes_who_is_gone_and_keeps_who_stayed(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0, open_mic);
	move(e, BEN, ROOM, T0, open_mic);
	/* Blind from 10 to 20; then only Ann is listed, in the same voice session. */
	struct voice_change ann = { .user = ANN, .channel = ROOM, .voice_session = RA_STR("s") };
	voice_snapshot_begin(&e->voice, AFK);
	voice_snapshot_state(&e->voice, &ann);
	voice_snapshot_end(&e->voice, &e->batch, T0 + 20 * MIN, T0 + 10 * MIN);
	move(e, ANN, 0, T0 + 30 * MIN, open_mic);
	check(e, BEN, 10 * MIN, 10 * MIN, 10 * MIN, 10 * MIN);
	check(e, ANN, 30 * MIN, 30 * MIN, 10 * MIN, 10 * MIN);
}

static void another_voice_session_is_another_stay(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0, open_mic);
	struct voice_change again = { .user = ANN, .channel = ROOM, .voice_session = RA_STR("t") };
	voice_snapshot_begin(&e->voice, AFK);
	voice_snapshot_state(&e->voice, &again);
	voice_snapshot_end(&e->voice, &e->batch, T0 + 20 * MIN, T0 + 10 * MIN);
	move(e, ANN, 0, T0 + 30 * MIN, open_mic);
	check(e, ANN, 20 * MIN, 20 * MIN, 0, 0);
}

/* Who has gone was no company to who came meanwhile, however the snapshot is ordered. */
static void who_came_while_nobody_looked_did_not_meet_who_had_gone(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0, open_mic);
	struct voice_change ben = { .user = BEN, .channel = ROOM, .voice_session = RA_STR("u") };
	voice_snapshot_begin(&e->voice, AFK);
	voice_snapshot_state(&e->voice, &ben);
	voice_snapshot_end(&e->voice, &e->batch, T0 + 20 * MIN, T0 + 10 * MIN);
	move(e, BEN, 0, T0 + 30 * MIN, open_mic);
	check(e, ANN, 10 * MIN, 10 * MIN, 0, 0);
	check(e, BEN, 10 * MIN, 10 * MIN, 0, 0);
}

static void another_afk_channel_is_one_from_the_snapshot_on(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0, open_mic);
	move(e, BEN, OTHER, T0, open_mic);
	struct voice_change ben = { .user = BEN, .channel = OTHER, .voice_session = RA_STR("s") };
	voice_snapshot_begin(&e->voice, OTHER);
	voice_snapshot_state(&e->voice, &ben);
	voice_snapshot_end(&e->voice, &e->batch, T0 + 20 * MIN, T0 + 10 * MIN);
	move(e, BEN, 0, T0 + 30 * MIN, open_mic);
	check(e, ANN, 10 * MIN, 10 * MIN, 0, 0);
	check(e, BEN, 30 * MIN, 20 * MIN, 0, 0);
}

static void a_cut_writes_and_goes_on(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0 + 30 * MIN, open_mic);
	voice_cut(&e->voice, &e->batch, T0 + HOUR);
	check(e, ANN, 30 * MIN, 30 * MIN, 0, 0);
	assert_int_equal(voice_open_ms(&e->voice, T0 + HOUR), 30 * MIN);
	assert_int_equal(voice_people(&e->voice), 1);
	move(e, ANN, 0, T0 + HOUR + MIN, open_mic);
	check(e, ANN, 31 * MIN, 31 * MIN, 0, 0);
}

/* --- how many at once --- */

static const struct voice_guild_hour_row *hour_of(const struct evening *e, int64_t at)
{
	struct hour_key key = { 7, at - at % HOUR };
	return ra_table_find(&e->batch.voice_guild_hours, &key);
}

static void check_peak(const struct evening *e, enum voice_rule rule, int64_t hour, int people,
		       int64_t at)
{
	const struct voice_guild_hour_row *row = hour_of(e, hour);
	assert_non_null(row);
	assert_int_equal(row->peak[rule], people);
	assert_int_equal(row->peak_at[rule], at);
}

static void a_peak_is_the_most_at_once_under_each_rule(void **state)
{
	struct evening *e = *state;
	move(e, BOT, ROOM, T0, open_mic);
	move(e, ANN, ROOM, T0 + 5 * MIN, open_mic);
	move(e, BEN, AFK, T0 + 10 * MIN, open_mic);
	move(e, BEN, ROOM, T0 + 20 * MIN, muted);
	move(e, ANN, 0, T0 + 30 * MIN, open_mic);
	move(e, BEN, 0, T0 + 40 * MIN, muted);
	check_peak(e, VOICE_RAW, T0, 2, T0 + 10 * MIN);
	check_peak(e, VOICE_PRESENT, T0, 2, T0 + 20 * MIN);
	check_peak(e, VOICE_ENGAGED, T0, 2, T0 + 20 * MIN);
	check_peak(e, VOICE_TALKING, T0, 1, T0 + 20 * MIN);
	assert_int_equal(hour_of(e, T0)->sessions, 2);
}

static void a_crowd_that_stands_for_hours_is_the_peak_of_each(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0 + 30 * MIN, open_mic);
	move(e, ANN, 0, T0 + 2 * HOUR + MIN, open_mic);
	check_peak(e, VOICE_RAW, T0, 1, T0 + 30 * MIN);
	check_peak(e, VOICE_RAW, T0 + HOUR, 1, T0 + HOUR);
	check_peak(e, VOICE_RAW, T0 + 2 * HOUR, 1, T0 + 2 * HOUR);
	assert_null(hour_of(e, T0 + 3 * HOUR));
}

static void who_goes_as_another_comes_was_not_there_with_them(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0, open_mic);
	move(e, BEN, ROOM, T0 + MIN, open_mic);
	move(e, ANN, 0, T0 + MIN, open_mic);
	move(e, BEN, 0, T0 + 2 * MIN, open_mic);
	check_peak(e, VOICE_RAW, T0, 1, T0);
}

static void who_had_gone_while_nobody_looked_is_in_no_peak(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0, open_mic);
	move(e, BEN, ROOM, T0, open_mic);
	struct voice_change ann = { .user = ANN, .channel = ROOM, .voice_session = RA_STR("s") };
	voice_snapshot_begin(&e->voice, AFK);
	voice_snapshot_state(&e->voice, &ann);
	voice_snapshot_end(&e->voice, &e->batch, T0 + HOUR + 20 * MIN, T0 + 10 * MIN);
	voice_cut(&e->voice, &e->batch, T0 + 2 * HOUR);
	check_peak(e, VOICE_RAW, T0, 2, T0);
	check_peak(e, VOICE_RAW, T0 + HOUR, 1, T0 + HOUR);
}

static void another_afk_channel_is_another_crowd(void **state)
{
	struct evening *e = *state;
	move(e, ANN, ROOM, T0, open_mic);
	voice_set_afk(&e->voice, &e->batch, ROOM, T0 + HOUR);
	voice_cut(&e->voice, &e->batch, T0 + 2 * HOUR);
	check_peak(e, VOICE_PRESENT, T0, 1, T0);
	check_peak(e, VOICE_RAW, T0 + HOUR, 1, T0 + HOUR);
	check_peak(e, VOICE_PRESENT, T0 + HOUR, 0, 0);
}

static void a_crowd_outlives_its_process(void **state)
{
	struct evening *e = *state;
	struct voice_member *ann = voice_restore(&e->voice, ANN);
	ann->channel = ROOM;
	ann->joined_at = ann->started_at = T0 + MIN;
	struct voice_member *ben = voice_restore(&e->voice, BEN);
	ben->channel = ROOM;
	ben->joined_at = ben->started_at = T0 + 2 * MIN;
	voice_restored(&e->voice);
	move(e, BEN, 0, T0 + 3 * MIN, open_mic);
	move(e, ANN, 0, T0 + 4 * MIN, open_mic);
	check_peak(e, VOICE_TALKING, T0, 2, T0 + 2 * MIN);
	assert_int_equal(hour_of(e, T0)->sessions, 0);
}

static void streams_and_cameras_are_timed(void **state)
{
	struct evening *e = *state;
	struct voice_flags both = { .stream = true, .video = true };
	struct voice_flags camera = { .video = true };
	move(e, ANN, ROOM, T0, both);
	move(e, ANN, ROOM, T0 + 10 * MIN, camera);
	move(e, ANN, 0, T0 + HOUR + 15 * MIN, camera);
	assert_int_equal(hour_of(e, T0)->stream_ms, 10 * MIN);
	assert_int_equal(hour_of(e, T0)->video_ms, HOUR);
	assert_int_equal(hour_of(e, T0 + HOUR)->video_ms, 15 * MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(alone_is_present_but_not_engaged, start, stop),
		cmocka_unit_test_setup_teardown(company_engages_both, start, stop),
		cmocka_unit_test_setup_teardown(bots_are_no_company, start, stop),
		cmocka_unit_test_setup_teardown(nobody_unmuted_is_not_engaged, start, stop),
		cmocka_unit_test_setup_teardown(deafened_and_afk_are_not_present, start, stop),
		cmocka_unit_test_setup_teardown(a_move_closes_and_opens, start, stop),
		cmocka_unit_test_setup_teardown(segments_are_cut_at_hours, start, stop),
		cmocka_unit_test_setup_teardown(a_peak_is_the_most_at_once_under_each_rule, start,
						stop),
		cmocka_unit_test_setup_teardown(a_crowd_that_stands_for_hours_is_the_peak_of_each,
						start, stop),
		cmocka_unit_test_setup_teardown(who_goes_as_another_comes_was_not_there_with_them,
						start, stop),
		cmocka_unit_test_setup_teardown(who_had_gone_while_nobody_looked_is_in_no_peak,
						start, stop),
		cmocka_unit_test_setup_teardown(another_afk_channel_is_another_crowd, start, stop),
		cmocka_unit_test_setup_teardown(a_crowd_outlives_its_process, start, stop),
		cmocka_unit_test_setup_teardown(streams_and_cameras_are_timed, start, stop),
		cmocka_unit_test_setup_teardown(others_are_not_split_when_their_room_stays_the_same,
						start, stop),
		cmocka_unit_test_setup_teardown(a_snapshot_closes_who_is_gone_and_keeps_who_stayed,
						start, stop),
		cmocka_unit_test_setup_teardown(another_voice_session_is_another_stay, start, stop),
		cmocka_unit_test_setup_teardown(
			who_came_while_nobody_looked_did_not_meet_who_had_gone, start, stop),
		cmocka_unit_test_setup_teardown(another_afk_channel_is_one_from_the_snapshot_on,
						start, stop),
		cmocka_unit_test_setup_teardown(a_cut_writes_and_goes_on, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
