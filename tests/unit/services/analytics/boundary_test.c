/* boundary: which messages are live's and which history's, told as stories. */
#include "libshared/discord/snowflake.h"
#include "services/analytics/boundary.h"
#include "tests/harness/cmocka.h"
#include "tests/unit/services/analytics/tell.h"

enum { GUILD = 7, ROOM = 10, THREAD = 11, ANN = 1 };
#define T0 1790000000000LL

struct story {
	struct state state;
	struct ra_reading reading;
	struct batch batch;
	struct fold fold;
	uint64_t seq;
	int64_t at;
};

static int start(void **ctx)
{
	struct story *s = ra_new(struct story);
	state_init(&s->state, 0, 1);
	ra_reading_init(&s->reading, 0, 1);
	batch_init(&s->batch);
	fold_init(&s->fold, &s->state, &s->batch, &s->reading);
	s->at = T0;
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

/* The id of a message said that many milliseconds after T0. */
static uint64_t id(int64_t ms)
{
	return ra_snowflake_at(T0 + ms);
}

static void tell(struct story *s, struct ra_event event)
{
	event.session = RA_STR("one");
	event.seq = ++s->seq;
	event.guild = GUILD;
	if (event.at == 0)
		event.at = s->at;
	tell_event(&s->fold, &event);
}

static void channel(struct story *s, struct ra_ev_channel_upserted channel)
{
	tell(s, (struct ra_event){ .type = RA_EV_channel_upserted, .channel_upserted = channel });
}

static void open_snapshot(struct story *s, int64_t ms)
{
	s->at = T0 + ms;
	tell(s, (struct ra_event){ .type = RA_EV_guild_available });
}

static void close_snapshot(struct story *s)
{
	tell(s, (struct ra_event){ .type = RA_EV_guild_synced });
}

/* GUILD_CREATE at that time, with one channel and its newest message. */
static void snapshot(struct story *s, int64_t ms, uint64_t newest)
{
	open_snapshot(s, ms);
	channel(s, (struct ra_ev_channel_upserted){
			   .channel_id = ROOM, .snapshot = true, .last_message_id = newest });
	close_snapshot(s);
}

static void say(struct story *s, uint64_t room, uint64_t message)
{
	tell(s, (struct ra_event){ .type = RA_EV_message_created,
				   .at = ra_snowflake_ms(message),
				   .message_created = { .message_id = message,
							.channel_id = room,
							.user_id = ANN } });
}

static int counted(struct story *s)
{
	int sum = 0;
	for (size_t i = 0; i < s->batch.messages.count; i++)
		sum += ((struct message_row *)(void *)s->batch.messages.rows)[i].messages;
	return sum;
}

static const struct reach_row *reach(struct story *s, uint64_t room)
{
	return ra_table_find(&s->batch.reaches, &(struct channel_key){ GUILD, room });
}

static const struct missed_row *missed(struct story *s, size_t i)
{
	assert_true(i < s->batch.missed.count);
	return (struct missed_row *)(void *)s->batch.missed.rows + i;
}

static void what_is_listed_is_history(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, id(50));
	say(s, ROOM, id(200));
	assert_int_equal(reach(s, ROOM)->start, id(50));
	assert_int_equal(reach(s, ROOM)->last, id(200));
	assert_int_equal(s->batch.missed.count, 0);
}

/* Two messages may be told in another order than their ids: the listed one came first. */
static void told_late_but_listed_counts_once(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, id(50));
	say(s, ROOM, id(50));
	say(s, ROOM, id(49));
	assert_int_equal(counted(s), 0);
	say(s, ROOM, id(51));
	assert_int_equal(counted(s), 1);
}

static void a_new_session_finds_what_was_missed(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, id(50));
	say(s, ROOM, id(200));
	snapshot(s, 1000, id(900));
	assert_int_equal(s->batch.missed.count, 1);
	assert_int_equal(missed(s, 0)->after, id(200));
	assert_int_equal(missed(s, 0)->newest, id(900));
	say(s, ROOM, id(850));
	say(s, ROOM, id(1100));
	assert_int_equal(counted(s), 2);
	assert_int_equal(reach(s, ROOM)->start, id(50));
}

static void nothing_missed_writes_nothing(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, id(50));
	say(s, ROOM, id(200));
	snapshot(s, 1000, id(200));
	snapshot(s, 2000, id(200));
	assert_int_equal(s->batch.missed.count, 0);
}

static void a_channel_that_was_silent_misses_everything_new(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, 0);
	snapshot(s, 1000, id(500));
	assert_int_equal(missed(s, 0)->after, 0);
	assert_int_equal(missed(s, 0)->newest, id(500));
}

static void a_new_channel_has_no_history(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, id(50));
	channel(s, (struct ra_ev_channel_upserted){
			   .channel_id = 12, .is_new = true, .last_message_id = id(150) });
	say(s, 12, id(150));
	assert_int_equal(counted(s), 1);
	assert_int_equal(reach(s, 12)->start, 0);
}

static void a_channel_in_view_again_missed_what_was_said(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, id(50));
	channel(s, (struct ra_ev_channel_upserted){ .channel_id = ROOM, .is_hidden = true });
	channel(s,
		(struct ra_ev_channel_upserted){ .channel_id = ROOM, .last_message_id = id(700) });
	assert_int_equal(missed(s, 0)->after, id(50));
	assert_int_equal(missed(s, 0)->newest, id(700));
}

/* The newest message of an update is no boundary: we were told all along. */
static void an_update_changes_nothing(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, id(50));
	channel(s,
		(struct ra_ev_channel_upserted){ .channel_id = ROOM, .last_message_id = id(700) });
	say(s, ROOM, id(700));
	assert_int_equal(counted(s), 1);
	assert_int_equal(s->batch.missed.count, 0);
}

/* Reviving sends THREAD_UPDATE with the message that revives it, then the message. */
static void a_revived_thread_counts_from_the_snapshot(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, id(50));
	channel(s, (struct ra_ev_channel_upserted){
			   .channel_id = THREAD, .kind = 11, .last_message_id = id(300) });
	say(s, THREAD, id(300));
	assert_int_equal(counted(s), 1);
	assert_int_equal(reach(s, THREAD)->start, id(100) - 1);
	assert_int_equal(reach(s, THREAD)->revived, id(100) - 1);
	assert_int_equal(reach(s, THREAD)->last, id(300));
}

static void a_thread_told_of_by_its_message_only(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, id(50));
	say(s, THREAD, id(300));
	assert_int_equal(counted(s), 1);
	assert_int_equal(reach(s, THREAD)->revived, id(100) - 1);
}

static void a_thread_revived_after_a_gap_in_one_batch(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, id(50));
	channel(s, (struct ra_ev_channel_upserted){
			   .channel_id = THREAD, .kind = 11, .is_new = true });
	say(s, THREAD, id(200));
	snapshot(s, 1000, id(50)); /* not listed: archived meanwhile */
	say(s, THREAD, id(1500));
	assert_int_equal(counted(s), 2);
	assert_int_equal(missed(s, 0)->channel, THREAD);
	assert_int_equal(missed(s, 0)->after, id(200));
	assert_int_equal(missed(s, 0)->newest, id(1000) - 1);
	assert_int_equal(reach(s, THREAD)->start, 0);
}

static void a_cut_stream_lost_what_lies_before_the_next_message(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, id(50));
	say(s, ROOM, id(200));
	boundary_cut_off(&s->fold);
	assert_true(reach(s, ROOM)->has_hole);
	say(s, ROOM, id(900));
	say(s, ROOM, id(901));
	assert_int_equal(counted(s), 3);
	assert_int_equal(s->batch.missed.count, 1);
	assert_int_equal(missed(s, 0)->after, id(200));
	assert_int_equal(missed(s, 0)->newest, id(900) - 1);
	assert_false(reach(s, ROOM)->has_hole);
	say(s, ROOM, id(800)); /* told late: in the range */
	assert_int_equal(counted(s), 3);
}

static void a_snapshot_closes_the_hole(void **ctx)
{
	struct story *s = *ctx;
	snapshot(s, 100, id(50));
	boundary_cut_off(&s->fold);
	snapshot(s, 1000, id(50));
	assert_int_equal(s->batch.missed.count, 0);
	assert_false(reach(s, ROOM)->has_hole);
	say(s, ROOM, id(1100));
	assert_int_equal(s->batch.missed.count, 0);
	assert_int_equal(counted(s), 1);
}

/* Discord sets last_message_id of a forum to its newest thread. */
static void forums_and_categories_hold_no_messages(void **ctx)
{
	struct story *s = *ctx;
	static const int64_t kinds[] = { 4, 14, 15, 16 };
	open_snapshot(s, 100);
	for (size_t i = 0; i < RA_COUNT(kinds); i++)
		channel(s, (struct ra_ev_channel_upserted){ .channel_id = 20 + i,
							    .kind = kinds[i],
							    .snapshot = true,
							    .last_message_id = id(50) });
	close_snapshot(s);
	assert_int_equal(s->batch.reaches.count, 0);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(what_is_listed_is_history),
		STORY(told_late_but_listed_counts_once),
		STORY(a_new_session_finds_what_was_missed),
		STORY(nothing_missed_writes_nothing),
		STORY(a_channel_that_was_silent_misses_everything_new),
		STORY(a_new_channel_has_no_history),
		STORY(a_channel_in_view_again_missed_what_was_said),
		STORY(an_update_changes_nothing),
		STORY(a_revived_thread_counts_from_the_snapshot),
		STORY(a_thread_told_of_by_its_message_only),
		STORY(a_thread_revived_after_a_gap_in_one_batch),
		STORY(a_cut_stream_lost_what_lies_before_the_next_message),
		STORY(a_snapshot_closes_the_hole),
		STORY(forums_and_categories_hold_no_messages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
