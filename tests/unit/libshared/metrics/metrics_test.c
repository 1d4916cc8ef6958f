/* metrics: the text Prometheus reads, byte for byte where it is ours to decide. */
#include "libshared/metrics/metrics.h"
#include "libshared/base/buf.h"
#include "libshared/metrics/format.h"
#include "tests/harness/cmocka.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

RA_COUNTER(plain_counter, "rations_b_total", "a counter\nwith \\ and \"quotes\"");
RA_COUNTER_BY(counter_by, "rations_c_total", "type", "counted by type");
RA_GAUGE(plain_gauge, "rations_a", "a gauge");
RA_GAUGE_BY(gauge_by, "rations_d", "shard", "a gauge by shard");
RA_HISTOGRAM(histogram, "rations_e_seconds", "how long");
RA_HISTOGRAM_BY(histogram_by, "rations_f_seconds", "route", "how long, by route");

static int start_at_zero(void **state)
{
	(void)state;
	ra_metrics_fini();
	plain_counter.value = plain_gauge.value = histogram.sum = 0;
	return 0;
}

static char *rendered(void)
{
	struct ra_buf out = { 0 };
	ra_metrics_render(&out);
	char *text = ra_strdup(ra_buf_text(&out));
	ra_buf_fini(&out);
	return text;
}

static void assert_renders(const char *expected)
{
	char *text = rendered();
	if (!strstr(text, expected))
		fail_msg("not found:\n%s\nin:\n%s", expected, text);
	ra_free(text);
}

static void counts(void **state)
{
	(void)state;
	ra_count(&plain_counter, 1);
	ra_count(&plain_counter, 2.5);
	assert_renders("# HELP rations_b_total a counter\\nwith \\\\ and \"quotes\"\n"
		       "# TYPE rations_b_total counter\n"
		       "rations_b_total 3.5\n");
}

static void gauges_go_both_ways(void **state)
{
	(void)state;
	ra_gauge_set(&plain_gauge, 7);
	ra_gauge_set(&plain_gauge, -2);
	assert_renders("# TYPE rations_a gauge\nrations_a -2\n");
}

static void labels_are_ordered_and_escaped(void **state)
{
	(void)state;
	char label[] = "ready";
	ra_count_by(&counter_by, label, 1);
	memset(label, 'x', 5); /* the value was copied */
	ra_count_by(&counter_by, "a\\b\"c\n", 2);
	ra_count_by(&counter_by, "ready", 3);
	ra_gauge_set_by(&gauge_by, "1", 4);
	ra_gauge_set_by(&gauge_by, "0", 5);
	ra_gauge_set_by(&gauge_by, "1", 6);
	assert_renders("# HELP rations_c_total counted by type\n# TYPE rations_c_total counter\n"
		       "rations_c_total{type=\"a\\\\b\\\"c\\n\"} 2\n"
		       "rations_c_total{type=\"ready\"} 4\n"
		       "# HELP rations_d a gauge by shard\n# TYPE rations_d gauge\n"
		       "rations_d{shard=\"0\"} 5\n"
		       "rations_d{shard=\"1\"} 6\n");
}

static void buckets_are_cumulative(void **state)
{
	(void)state;
	ra_observe(&histogram, 0);
	ra_observe(&histogram, 0.001); /* a bound belongs to its bucket */
	ra_observe(&histogram, 0.0011);
	ra_observe(&histogram, 0.5);
	ra_observe(&histogram, 3600);
	assert_renders("# TYPE rations_e_seconds histogram\n"
		       "rations_e_seconds_bucket{le=\"0.001\"} 2\n"
		       "rations_e_seconds_bucket{le=\"0.0025\"} 3\n"
		       "rations_e_seconds_bucket{le=\"0.005\"} 3\n");
	assert_renders("rations_e_seconds_bucket{le=\"0.25\"} 3\n"
		       "rations_e_seconds_bucket{le=\"0.5\"} 4\n");
	assert_renders("rations_e_seconds_bucket{le=\"60\"} 4\n"
		       "rations_e_seconds_bucket{le=\"+Inf\"} 5\n"
		       "rations_e_seconds_sum 3600.5021\n"
		       "rations_e_seconds_count 5\n");
}

static void a_histogram_exists_before_its_first_value(void **state)
{
	(void)state;
	assert_renders("rations_e_seconds_bucket{le=\"+Inf\"} 0\n"
		       "rations_e_seconds_sum 0\nrations_e_seconds_count 0\n");
}

static void metrics_are_ordered_and_named_once(void **state)
{
	(void)state;
	static const char *const names[] = { "rations_a ", "rations_b_total ", "rations_c_total ",
					     "rations_d ", "rations_e_seconds " };
	char *text = rendered();
	const char *at = text;
	for (size_t i = 0; i < RA_COUNT(names); i++) {
		char *head = ra_format("# HELP %s", names[i]);
		const char *found = strstr(at, head);
		assert_non_null(found);
		assert_null(strstr(found + 1, head));
		at = found;
		ra_free(head);
	}
	ra_free(text);
}

static double sample(const char *name)
{
	char *text = rendered();
	char *line = ra_format("\n%s ", name);
	const char *found = strstr(text, line);
	assert_non_null(found);
	double value = strtod(found + strlen(line), NULL);
	ra_free(line);
	ra_free(text);
	return value;
}

static void knows_the_process(void **state)
{
	(void)state;
	assert_true(sample("process_cpu_seconds_total") > 0);
	assert_true(sample("process_resident_memory_bytes") > 100000);
	double fds = sample("process_open_fds");
	assert_true(fds >= 3);
	FILE *another = tmpfile();
	assert_true(sample("process_open_fds") == fds + 1);
	fclose(another);
	double age = difftime(time(NULL), 0) - sample("process_start_time_seconds");
	assert_true(age > -2 && age < 600);
}

static void assert_number(double value, const char *expected)
{
	struct ra_buf out = { 0 };
	ra_format_number(&out, value);
	assert_string_equal(ra_buf_text(&out), expected);
	ra_buf_fini(&out);
}

static void numbers_are_short_and_exact(void **state)
{
	(void)state;
	assert_number(0, "0");
	assert_number(0.1, "0.1");
	assert_number(9007199254740991, "9007199254740991");
	assert_number(1.0 / 3, "0.3333333333333333");
	assert_number(NAN, "NaN");
	assert_number(INFINITY, "+Inf");
	assert_number(-INFINITY, "-Inf");
}

static void forgotten_series_are_gone(void **state)
{
	struct ra_buf out = { 0 };
	(void)state;
	ra_gauge_set_by(&gauge_by, "7/8", 1);
	ra_gauge_set_by(&gauge_by, "8/8", 1);
	ra_metric_forget(&gauge_by, "7/8");
	ra_metric_forget(&gauge_by, "7/8"); /* harmless */
	ra_metrics_render(&out);
	ra_buf_add(&out, "", 1);
	assert_null(strstr(out.ptr, "7/8"));
	assert_non_null(strstr(out.ptr, "8/8"));
	ra_metric_forget(&gauge_by, "8/8");
	ra_buf_fini(&out);
}

static void a_histogram_has_one_row_of_buckets_a_label(void **state)
{
	struct ra_buf out = { 0 };
	(void)state;
	ra_observe_by(&histogram_by, "GET /a/{b}", 0.3);
	ra_observe_by(&histogram_by, "GET /a/{b}", 3);
	ra_metrics_render(&out);
	const char *text = ra_buf_text(&out);
	assert_non_null(strstr(text, "_bucket{route=\"GET /a/{b}\",le=\"0.25\"} 0\n"));
	assert_non_null(strstr(text, "_bucket{route=\"GET /a/{b}\",le=\"0.5\"} 1\n"));
	assert_non_null(strstr(text, "_bucket{route=\"GET /a/{b}\",le=\"+Inf\"} 2\n"));
	assert_non_null(strstr(text, "_sum{route=\"GET /a/{b}\"} 3.3\n"));
	assert_non_null(strstr(text, "_count{route=\"GET /a/{b}\"} 2\n"));
	ra_metric_forget(&histogram_by, "GET /a/{b}");
	ra_buf_fini(&out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, start_at_zero)
	const struct CMUnitTest tests[] = {
		TEST(counts),
		TEST(gauges_go_both_ways),
		TEST(labels_are_ordered_and_escaped),
		TEST(buckets_are_cumulative),
		TEST(a_histogram_exists_before_its_first_value),
		TEST(metrics_are_ordered_and_named_once),
		TEST(knows_the_process),
		TEST(numbers_are_short_and_exact),
		TEST(forgotten_series_are_gone),
		TEST(a_histogram_has_one_row_of_buckets_a_label),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	ra_metrics_fini();
	return failed;
}
