/* picture and lang: what the bot shows and says in Discord. */
#include "services/api/picture.h"
#include "services/api/multipart.h"
#include "services/api/period.h"
#include "tests/harness/cmocka.h"
#include <cairo.h>

static struct langs *langs;

static int setup(void **state)
{
	struct ra_err err = { 0 };
	langs = langs_load("locales", "discord", &err);
	assert_non_null(langs);
	*state = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	langs_free(langs);
	picture_forget_fonts();
	return 0;
}

struct reader {
	struct ra_str png;
	size_t at;
};

static cairo_status_t on_read(void *ctx, unsigned char *out, unsigned len)
{
	struct reader *r = ctx;
	if (r->png.len - r->at < len)
		return CAIRO_STATUS_READ_ERROR;
	memcpy(out, r->png.ptr + r->at, len);
	r->at += len;
	return CAIRO_STATUS_SUCCESS;
}

static unsigned pixel(cairo_surface_t *surface, int x, int y)
{
	unsigned value;
	const unsigned char *row = cairo_image_surface_get_data(surface) +
				   (ptrdiff_t)y * cairo_image_surface_get_stride(surface);
	memcpy(&value, row + (ptrdiff_t)x * 4, sizeof(value));
	return value & 0xffffff;
}

/* How many pixels of a row have the colour. */
static int count_in_row(cairo_surface_t *surface, int y, unsigned colour)
{
	int count = 0;
	for (int x = 0; x < PICTURE_WIDTH; x++)
		count += pixel(surface, x, y) == colour;
	return count;
}

static const char *labels[] = { "16 нояб.", "17 нояб.", "18 нояб.", "19 нояб." };

static void test_png(void **state)
{
	int64_t now[] = { 10, 400, 0, PICTURE_UNKNOWN }, before[] = { 20, 10, 30, 40 };
	struct picture p = { .lang = lang_of(langs, RA_STR("ru")),
			     .legend = "Сообщения",
			     .legend_before = "Раньше",
			     .has_before = true,
			     .count = 4,
			     .now = now,
			     .before = before,
			     .labels = labels };
	struct ra_buf png = { 0 };
	(void)state;
	assert_int_equal(picture_draw(&p, &png), 0);
	struct reader reader = { ra_buf_str(&png), 0 };
	cairo_surface_t *surface = cairo_image_surface_create_from_png_stream(on_read, &reader);
	assert_int_equal(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
	assert_int_equal(cairo_image_surface_get_width(surface), PICTURE_WIDTH);
	assert_int_equal(cairo_image_surface_get_height(surface), PICTURE_HEIGHT);
	unsigned bar = 0x598ffa;
	int wide = count_in_row(surface, 100, bar), low = count_in_row(surface, 370, bar);
	assert_in_range(wide, 150, 230); /* one bar reaches up here */
	assert_true(low > wide);         /* two reach down there */
	cairo_surface_destroy(surface);
	ra_buf_fini(&png);
}

static void test_nothing(void **state)
{
	struct picture p = { .lang = lang_of(langs, RA_STR("en")) };
	struct ra_buf png = { 0 };
	(void)state;
	assert_int_equal(picture_draw(&p, &png), RA_EINVAL);
	assert_int_equal(png.len, 0);
	ra_buf_fini(&png);
}

static void test_step(void **state)
{
	(void)state;
	assert_int_equal(picture_step(0, 4, false), 1);
	assert_int_equal(picture_step(4, 4, false), 1);
	assert_int_equal(picture_step(5, 4, false), 2);
	assert_int_equal(picture_step(400, 4, false), 100);
	assert_int_equal(picture_step(401, 4, false), 200);
	assert_int_equal(picture_step(1000000007, 4, false), 500000000);
	assert_int_equal(picture_step(0, 4, true), 60000);
	assert_int_equal(picture_step(3 * 3600000, 4, true), 3600000);
	assert_int_equal(picture_step(21 * 3600000LL, 4, true), 10 * 3600000LL);
}

static void test_plurals(void **state)
{
	static const struct {
		int64_t n;
		const char *ru, *en;
	} cases[] = { { 0, "many", "other" },  { 1, "one", "one" },     { 2, "few", "other" },
		      { 5, "many", "other" },  { 11, "many", "other" }, { 12, "many", "other" },
		      { 21, "one", "other" },  { 22, "few", "other" },  { 111, "many", "other" },
		      { 101, "one", "other" }, { -1, "one", "one" } };
	(void)state;
	for (size_t i = 0; i < RA_COUNT(cases); i++) {
		assert_string_equal(plural_form("ru", cases[i].n), cases[i].ru);
		assert_string_equal(plural_form("en", cases[i].n), cases[i].en);
	}
}

static void test_texts(void **state)
{
	struct ra_arena arena = { 0 };
	const struct lang *ru = lang_of(langs, RA_STR("ru")), *en = lang_of(langs, RA_STR("en-GB"));
	(void)state;
	assert_string_equal(lang_code(lang_of(langs, RA_STR("de"))), "en");
	assert_string_equal(lang_code(lang_of(langs, RA_STR(""))), "en");
	assert_string_equal(lang_code(ru), "ru");
	assert_string_equal(lang_count(ru, &arena, "messages", 1234), "1\u00a0234 сообщения");
	assert_string_equal(lang_count(ru, &arena, "messages", 5), "5 сообщений");
	assert_string_equal(lang_count(en, &arena, "messages", 1234567), "1,234,567 messages");
	assert_string_equal(lang_number(en, &arena, -1234), "\u22121,234");
	assert_string_equal(lang_change(en, &arena, 150, 100), "+50%");
	assert_string_equal(lang_change(ru, &arena, 50, 100), "\u221250\u00a0%");
	assert_string_equal(lang_change(ru, &arena, 50, 0), "");
	assert_string_equal(lang_duration(en, &arena, 45LL * 60000 * 10), "7\u00a0h 30\u00a0min");
	assert_string_equal(lang_duration(ru, &arena, 59000), "1\u00a0мин");
	assert_string_equal(lang_date(ru, &arena, day_of(2026, 5, 9), true),
			    "9\u00a0мая\u00a02026");
	assert_string_equal(lang_text(en, "no.such.key"), "no.such.key");
	ra_arena_fini(&arena);
}

static void test_multipart(void **state)
{
	struct ra_buf out = { 0 };
	(void)state;
	multipart_write(&out, RA_STR("{}"), "chart.png", RA_STR("\x89PNG"));
	assert_non_null(strstr(ra_buf_text(&out), "name=\"payload_json\""));
	assert_non_null(strstr(ra_buf_text(&out), "\r\n\r\n{}\r\n--" MULTIPART_BOUNDARY "\r\n"));
	assert_non_null(strstr(ra_buf_text(&out), "filename=\"chart.png\""));
	assert_non_null(strstr(ra_buf_text(&out), "\r\n--" MULTIPART_BOUNDARY "--\r\n"));
	ra_buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_png),   cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_step),  cmocka_unit_test(test_plurals),
		cmocka_unit_test(test_texts), cmocka_unit_test(test_multipart),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
