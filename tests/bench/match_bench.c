/*
 * match_bench: what it costs to look for two hundred keywords, half Russian,
 * half English, half of them in any form, in a message; and what the loop
 * costs that tries one regular expression a keyword.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "libshared/desk/match.h"
#include "libshared/base/buf.h"
#include "tests/bench/bench.h"
#include <pcre2.h>
#include <stdlib.h>

#define KEYWORDS 200

/* What people write in such a place, long and short, with a request now and then. */
static const char *const messages[] = {
	"Всем привет! Кто сегодня вечером идёт на рейд, собираемся у банка в 20:00",
	"hello everyone, anybody up for a patrol tonight? we meet at the station at eight",
	"ну я ему говорю, что так не делают, а он опять своё, короче смешно вышло )))",
	"<@&1100000000000000003> здравствуйте, не могу сдать отчёт, пишет ошибку, что делать?",
	"lol",
	"https://example.com/clips/123456789?autoplay=1 посмотрите, какой момент поймал вчера",
	"the new update broke my keybinds again, had to reset everything, who knows why",
	"Коллеги, напоминаю, что завтра в 18:00 строевая подготовка, явка обязательна",
	"ок, спасибо",
	"Can somebody from the staff look at my application, it has been a week since I sent it in",
	"вчера играли до трёх ночи, потом ещё час обсуждали, кто виноват, итог: виноваты все 😂😂",
	"подскажите пожалуйста, где взять форму заявления на повышение, в закрепе не нашёл",
};

/* Words of two syllables that nobody writes, so that all of them are looked for to the end. */
static void add_keyword(struct ra_buf *buf, unsigned i)
{
	static const char *const russian[] = { "кур", "пом", "воп", "про", "спр",
					       "зая", "отч", "пов", "инс", "раз" };
	static const char *const english[] = { "hel", "que", "cur", "sta", "adm",
					       "rep", "app", "req", "upd", "wha" };
	static const char *const russian_ends[] = { "одник", "авила", "ешение", "атор", "овод" };
	static const char *const english_ends[] = { "ming", "ardly", "ation", "ator", "ents" };
	unsigned first = i / 2 % 10, last = i / 20 % 5;
	if (i % 2)
		ra_buf_printf(buf, "%s%s%s", russian[first], i >= 100 ? "ск" : "",
			      russian_ends[last]);
	else
		ra_buf_printf(buf, "%s%s%s", english[first], i >= 100 ? "th" : "",
			      english_ends[last]);
}

static size_t next_message;

static struct ra_str take_message(void)
{
	return ra_str_of(messages[next_message++ % RA_COUNT(messages)]);
}

static void match_all(void *ctx)
{
	struct match_message message = { .text = take_message(), .channel = 1 };
	bench_use((uint64_t)(uintptr_t)match_message(ctx, &message));
}

struct loop {
	pcre2_code *codes[KEYWORDS];
	pcre2_match_data *data;
};

static void try_each(void *ctx)
{
	struct loop *loop = ctx;
	struct ra_str text = take_message();
	uint64_t found = 0;
	for (size_t i = 0; i < KEYWORDS && !found; i++)
		found += pcre2_match(loop->codes[i], (PCRE2_SPTR)text.ptr, text.len, 0,
				     PCRE2_NO_UTF_CHECK, loop->data, NULL) > 0;
	bench_use(found);
}

static struct match_rules *make_rules(void)
{
	struct ra_buf words = { 0 }, stems = { 0 };
	for (unsigned i = 0; i < KEYWORDS; i++) {
		struct ra_buf *buf = i / 2 % 2 ? &words : &stems;
		add_keyword(buf, i);
		ra_buf_add_text(buf, "\n");
	}
	struct match_rule rule = { .rule_id = 1, .kind = MATCH_KEYWORD, .priority = 2 };
	rule.words = ra_buf_str(&words);
	rule.stems = ra_buf_str(&stems);
	struct match_rules *rules = match_compile(&rule, 1, NULL);
	if (!rules)
		abort();
	ra_buf_fini(&words);
	ra_buf_fini(&stems);
	return rules;
}

static struct loop *make_loop(bool with_jit)
{
	struct loop *loop = ra_new(struct loop);
	struct ra_buf pattern = { 0 };
	int code;
	size_t at;
	for (unsigned i = 0; i < KEYWORDS; i++) {
		ra_buf_clear(&pattern);
		ra_buf_add_text(&pattern, "\\b");
		add_keyword(&pattern, i);
		ra_buf_add_text(&pattern, "\\b");
		loop->codes[i] =
			pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len,
				      PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS, &code, &at, NULL);
		if (!loop->codes[i] ||
		    (with_jit && pcre2_jit_compile(loop->codes[i], PCRE2_JIT_COMPLETE) != 0))
			abort();
	}
	loop->data = pcre2_match_data_create(1, NULL);
	ra_buf_fini(&pattern);
	return loop;
}

static double best_us(void (*call)(void *ctx), void *ctx)
{
	double best = bench_round_ns(call, ctx);
	for (int i = 1; i < BENCH_ROUNDS; i++) {
		double ns = bench_round_ns(call, ctx);
		best = ns < best ? ns : best;
	}
	return best / 1000;
}

int main(void)
{
	size_t bytes = 0;
	for (size_t i = 0; i < RA_COUNT(messages); i++)
		bytes += strlen(messages[i]);
	printf("# %d keywords, messages of %zu bytes\n", KEYWORDS, bytes / RA_COUNT(messages));
	struct match_rules *rules = make_rules();
	printf("bench keyword_us_per_message %.2f us\n", best_us(match_all, rules));
	match_free(&rules);
	printf("bench keyword_us_per_message_by_a_pcre2_each %.2f us\n",
	       best_us(try_each, make_loop(false)));
	printf("bench keyword_us_per_message_by_a_pcre2_jit_each %.2f us\n",
	       best_us(try_each, make_loop(true)));
	return 0;
}
