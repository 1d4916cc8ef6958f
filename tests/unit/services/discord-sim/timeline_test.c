/* timeline: the file that lets a simulation go on where it was. */
#include "services/discord-sim/timeline.h"
#include "tests/harness/cmocka.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOUR 3600000LL
#define DAY  (24 * HOUR)
#define NOW  1795001234567LL

struct scene {
	char dir[32];
	char path[64];
};

static int start(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	snprintf(s->dir, sizeof(s->dir), "/tmp/timeline.XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->path, sizeof(s->path), "%s/state", s->dir);
	*state = s;
	return 0;
}

static int stop(void **state)
{
	struct scene *s = *state;
	unlink(s->path);
	rmdir(s->dir);
	free(s);
	return 0;
}

static struct timeline_conf conf_of(const struct scene *s)
{
	return (struct timeline_conf){
		.path = s->path, .preset = "tiny", .seed = 7, .history_days = 30, .speed = 1
	};
}

static void open_it(struct timeline *t, const struct timeline_conf *conf, int64_t wall_ms)
{
	struct ra_err err;
	assert_int_equal(timeline_open(t, conf, wall_ms, &err), 0);
}

static void a_new_one_begins_in_the_past(void **state)
{
	struct timeline_conf conf = conf_of(*state);
	struct timeline t;
	open_it(&t, &conf, NOW);
	assert_int_equal(t.epoch_ms % HOUR, 0);
	assert_true(t.epoch_ms <= NOW - 30 * DAY && t.epoch_ms > NOW - 30 * DAY - HOUR);
	assert_int_equal(t.resumed_from_ms, 0);
	assert_int_equal(timeline_target_ms(&t, NOW + 5000), NOW + 5000);
	timeline_close(&t, t.epoch_ms);
}

static void a_crash_loses_what_was_reserved_and_repeats_nothing(void **state)
{
	struct timeline_conf conf = conf_of(*state);
	struct timeline t, again;
	open_it(&t, &conf, NOW);
	int64_t told_ms = t.epoch_ms + 3 * DAY;
	assert_int_equal(timeline_reserve(&t, told_ms, NOW), 0);
	open_it(&again, &conf, NOW + DAY); /* the first was never closed */
	assert_int_equal(again.epoch_ms, t.epoch_ms);
	assert_true(again.resumed_from_ms >= told_ms && again.resumed_from_ms <= told_ms + HOUR);
	assert_int_equal(timeline_target_ms(&again, NOW + DAY), NOW + DAY);
	timeline_close(&again, again.resumed_from_ms);
	timeline_close(&t, 0);
}

static void a_clean_stop_loses_nothing(void **state)
{
	struct timeline_conf conf = conf_of(*state);
	struct timeline t;
	open_it(&t, &conf, NOW);
	int64_t reached_ms = t.epoch_ms + 3 * DAY;
	assert_int_equal(timeline_reserve(&t, reached_ms + 1000, NOW), 0);
	assert_int_equal(timeline_close(&t, reached_ms), 0);
	open_it(&t, &conf, NOW);
	assert_int_equal(t.resumed_from_ms, reached_ms);
	timeline_close(&t, reached_ms);
}

static void reserving_is_ahead_and_rare(void **state)
{
	struct timeline_conf conf = conf_of(*state);
	struct timeline t;
	open_it(&t, &conf, NOW);
	assert_int_equal(timeline_reserve(&t, t.epoch_ms + 1, NOW), 0);
	assert_int_equal(t.sent_until_ms, t.epoch_ms + 1 + HOUR);
	unlink(((struct scene *)*state)->path);
	assert_int_equal(timeline_reserve(&t, t.epoch_ms + HOUR, NOW), 0);
	assert_int_not_equal(access(((struct scene *)*state)->path, F_OK),
			     0); /* not written again */
	assert_int_equal(timeline_reserve(&t, NOW, NOW), 0);
	assert_int_equal(t.sent_until_ms, NOW + 10000); /* live: only a little ahead */
	timeline_close(&t, t.sent_until_ms);
}

static void speed_bends_time_without_a_jump(void **state)
{
	struct timeline_conf conf = conf_of(*state);
	struct timeline t;
	open_it(&t, &conf, NOW);
	timeline_set_speed(&t, 60, NOW + 1000);
	assert_int_equal(timeline_target_ms(&t, NOW + 1000), NOW + 1000);
	assert_int_equal(timeline_target_ms(&t, NOW + 2000), NOW + 61000);
	timeline_set_speed(&t, 0, NOW + 2000);
	assert_int_equal(timeline_target_ms(&t, NOW + DAY), NOW + 61000);
	timeline_close(&t, t.epoch_ms);
}

static void anothers_file_is_refused(void **state)
{
	struct timeline_conf conf = conf_of(*state);
	struct timeline t;
	struct ra_err err;
	open_it(&t, &conf, NOW);
	timeline_close(&t, t.epoch_ms);
	conf.seed = 8;
	assert_int_equal(timeline_open(&t, &conf, NOW, &err), RA_EINVAL);
	assert_non_null(strstr(err.msg, conf.path));
	conf.seed = 7;
	conf.activity = 200;
	assert_int_equal(timeline_open(&t, &conf, NOW, &err), RA_EINVAL);
	conf.activity = 0;
	conf.preset = "demo";
	assert_int_equal(timeline_open(&t, &conf, NOW, &err), RA_EINVAL);
}

static void rubbish_is_refused(void **state)
{
	struct timeline_conf conf = conf_of(*state);
	struct timeline t;
	struct ra_err err;
	FILE *file = fopen(conf.path, "w");
	fputs("timeline 1 tiny seven\n", file);
	fclose(file);
	assert_int_equal(timeline_open(&t, &conf, NOW, &err), RA_EINVAL);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	struct timeline_conf conf = conf_of(*state);
	struct timeline t;
	struct ra_err err;
	conf.path = "/nowhere/at/all/state";
	assert_true(timeline_open(&t, &conf, NOW, &err) < 0);
	assert_non_null(strstr(err.msg, "/nowhere/at/all/state"));
}

static void without_a_path_nothing_is_written(void **state)
{
	struct timeline_conf conf = conf_of(*state);
	struct timeline t;
	conf.path = NULL;
	open_it(&t, &conf, NOW);
	assert_int_equal(timeline_reserve(&t, NOW, NOW), 0);
	timeline_close(&t, NOW);
	assert_int_not_equal(access(((struct scene *)*state)->path, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_new_one_begins_in_the_past, start, stop),
		cmocka_unit_test_setup_teardown(a_crash_loses_what_was_reserved_and_repeats_nothing,
						start, stop),
		cmocka_unit_test_setup_teardown(a_clean_stop_loses_nothing, start, stop),
		cmocka_unit_test_setup_teardown(reserving_is_ahead_and_rare, start, stop),
		cmocka_unit_test_setup_teardown(speed_bends_time_without_a_jump, start, stop),
		cmocka_unit_test_setup_teardown(anothers_file_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(rubbish_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_named, start, stop),
		cmocka_unit_test_setup_teardown(without_a_path_nothing_is_written, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
