/* words: what people write, and what those write who want not to be found. */
#include "libshared/desk/words.h"
#include "libshared/base/utf8.h"
#include "tests/harness/cmocka.h"
#include <stdio.h>

/* The words of `text`, a bar between two. */
static const char *read_words(struct ra_str text)
{
	static char joined[4096];
	struct words words = { 0 };
	size_t len = 0;
	words_read(&words, text);
	joined[0] = '\0';
	for (size_t i = 0; i < words.count; i++) {
		struct ra_str word = words_at(&words, i);
		assert_int_equal(words.items[i].hash, words_hash(word));
		len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s%.*s", i ? "|" : "",
					(int)word.len, word.ptr);
	}
	words_fini(&words);
	return joined;
}

#define assert_words(text, expected) assert_string_equal(read_words(RA_STR(text)), expected)

static void knows_where_words_end(void **state)
{
	(void)state;
	assert_words("", "");
	assert_words(" \n\t.,!?()", "");
	assert_words("help", "help");
	assert_words("Help, PLEASE!", "help|please");
	assert_words("помощь-то нужна?", "помощь|то|нужна");
	assert_words("**помощь** __help__ ~~нет~~", "помощь|help|нет");
	assert_words("can't", "can|t");
	assert_words("5 задач/2fa", "5|задач|2fa");
	assert_words("line\r\nbreak", "line|break");
	assert_words("nul\0inside", "nul|inside");
	assert_words("«ёлки»…палки", "елки|палки");
}

static void folds_case_and_yo(void **state)
{
	(void)state;
	assert_words("ПОМОЩЬ", "помощь");
	assert_words("Ёж ёж", "еж|еж");
	assert_words("е\xcc\x88ж Е\xcc\x88Ж", "еж|еж"); /* е and a diaeresis */
	assert_words("ÉCOLE Straße", "ecole|strasse");
	assert_words("ΟΔΟΣ", "οδοσ");
}

static void keeps_short_i_and_no_other_accent(void **state)
{
	(void)state;
	assert_words("Йод йод", "йод|йод");
	assert_words("и\xcc\x86од И\xcc\x86ОД", "йод|йод");
	assert_words("по\xcc\x81мощь", "помощь"); /* with its stress */
	assert_words("h\xcc\xb6"
		     "e\xcc\xb6"
		     "l\xcc\xb6"
		     "p\xcc\xb6",
		     "help"); /* struck through */
	assert_words("\xcc\x81\xcc\x86", "");
}

static void ignores_what_nobody_sees(void **state)
{
	(void)state;
	assert_words("по\xe2\x80\x8bмо\xe2\x80\x8dщь", "помощь"); /* U+200B, U+200D */
	assert_words("he\xc2\xadlp", "help");                     /* soft hyphen */
	assert_words("\xef\xbb\xbfhelp\xef\xb8\x8f", "help");     /* BOM, a variation selector */
	assert_words("he\xe2\x81\xa0lp", "help");                 /* word joiner */
	assert_words("\xe2\x80\xaehelp\xe2\x80\xac", "help");     /* right to left */
	assert_words("he\xf3\xa0\x81\x81lp", "help");             /* a tag */
}

static void reads_ornaments_as_letters(void **state)
{
	(void)state;
	assert_words("\xef\xbd\x88\xef\xbd\x85\xef\xbd\x8c\xef\xbd\x90", "help"); /* wide */
	assert_words("\xf0\x9d\x90\x87\xf0\x9d\x90\x9e\xf0\x9d\x90\xa5\xf0\x9d\x90\xa9", "help");
	assert_words("\xef\xac\x81ne", "fine"); /* a ligature */
	assert_words("№5", "5");
}

static void mends_words_of_two_scripts(void **state)
{
	(void)state;
	assert_words("п\x6fм\x6fщь", "помощь"); /* Latin o */
	assert_words("h\xd0\xb5lp", "help");    /* Cyrillic е */
	assert_words("кyрaтоp", "куратор");
	assert_words("помощьz", "помощьz"); /* neither z nor щ has a likeness */
	assert_words("скинь скрин PDF-файла", "скинь|скрин|pdf|файла");
	assert_words("сор cop", "сор|cop"); /* each of one script: left alone */
}

static void takes_signs_one_by_one(void **state)
{
	(void)state;
	assert_words("🆘help", "🆘|help");
	assert_words("👍🏽👍", "👍|🏽|👍");
	assert_words("帮助我", "帮|助|我");
	assert_words("도움 주세요", "도움|주세요");
}

static void leaves_marks_and_links_out(void **state)
{
	(void)state;
	assert_words("<@123456> помогите", "помогите");
	assert_words("<@!1><@&2><#3>x", "x");
	assert_words("<:help:123> <a:help:123>", "");
	assert_words("</help:12> </help me:12> <t:1700000000:R>", "");
	assert_words("<help> <@help> <:help: me> a<b", "help|help|help|me|a|b");
	assert_words("https://example.com/help?x=help and help", "and|help");
	assert_words("[help](http://example.com/a)", "help");
	assert_words("HTTPS://HELP", "");
	assert_words("http help https:", "http|help|https");
	assert_words("<", "");
	assert_words("<@", "");
}

static void survives_what_is_no_utf8(void **state)
{
	(void)state;
	assert_words("he\xfflp", "he|lp");
	assert_words("\xd0", "");
	assert_words("пом\xd0", "пом");
	assert_words("\xed\xa0\x80x", "x"); /* half a pair */
	assert_words("\xf0\x9f", "");
}

static void looks_at_no_more_than_its_bound(void **state)
{
	(void)state;
	static char text[WORDS_TEXT_MAX + 100];
	struct words words = { 0 };
	memset(text, 'a', sizeof(text));
	words_read(&words, (struct ra_str){ text, sizeof(text) });
	assert_int_equal(words.count, 1);
	assert_int_equal(words.items[0].len, WORDS_TEXT_MAX);
	words_read(&words, RA_STR("b"));
	assert_int_equal(words.count, 1);
	assert_string_equal(ra_buf_text(&words.text), "b");
	words_fini(&words);
}

/* Whatever is written, what comes out is read the same again. */
static void is_at_rest_after_once(void **state)
{
	(void)state;
	struct words once = { 0 }, twice = { 0 };
	struct ra_buf buf = { 0 };
	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		ra_buf_clear(&buf);
		ra_utf8_add(&buf, c);
		words_read(&once, ra_buf_str(&buf));
		words_read(&twice, ra_buf_str(&once.text));
		if (!ra_str_eq(ra_buf_str(&once.text), ra_buf_str(&twice.text)) ||
		    once.count != twice.count)
			fail_msg("U+%04X: %s, %s", c, ra_buf_text(&once.text),
				 ra_buf_text(&twice.text));
	}
	ra_buf_fini(&buf);
	words_fini(&once);
	words_fini(&twice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_where_words_end),
		cmocka_unit_test(folds_case_and_yo),
		cmocka_unit_test(keeps_short_i_and_no_other_accent),
		cmocka_unit_test(ignores_what_nobody_sees),
		cmocka_unit_test(reads_ornaments_as_letters),
		cmocka_unit_test(mends_words_of_two_scripts),
		cmocka_unit_test(takes_signs_one_by_one),
		cmocka_unit_test(leaves_marks_and_links_out),
		cmocka_unit_test(survives_what_is_no_utf8),
		cmocka_unit_test(looks_at_no_more_than_its_bound),
		cmocka_unit_test(is_at_rest_after_once),
	};
	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
