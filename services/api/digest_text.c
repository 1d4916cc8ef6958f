/* digest_text: see digest_text.h. */
#include "services/api/digest_text.h"
#include <math.h>

#define LEAST     5         /* fewer of anything are no news */
#define LEAST_MS  1800000.0 /* of time */
#define RECORD_OF 4         /* periods, at least */
#define FAR       2.5       /* standard deviations */
#define MUCH      0.2       /* of the period before */

static double mean_of(const struct digest_figure *f)
{
	double sum = 0;
	for (size_t i = 0; i < f->count; i++)
		sum += (double)f->history[i];
	return f->count ? sum / (double)f->count : 0;
}

static double deviation_of(const struct digest_figure *f, double mean)
{
	double sum = 0;
	for (size_t i = 0; i < f->count; i++)
		sum += ((double)f->history[i] - mean) * ((double)f->history[i] - mean);
	return f->count > 1 ? sqrt(sum / (double)(f->count - 1)) : 0;
}

/* Above (1) or below (-1) all of history; 0 neither. */
static int place_of(const struct digest_figure *f)
{
	size_t above = 0, below = 0;
	for (size_t i = 0; i < f->count; i++) {
		above += f->value > f->history[i];
		below += f->value < f->history[i];
	}
	return above == f->count ? 1 : below == f->count ? -1 : 0;
}

struct digest_finding digest_judge(const struct digest_figure *f)
{
	double least = f->is_time ? LEAST_MS : LEAST, mean = mean_of(f);
	double step = deviation_of(f, mean), value = (double)f->value;
	bool has_before = f->before != DIGEST_UNKNOWN && f->before > 0;
	double change = has_before ? (value - (double)f->before) / (double)f->before : 0;
	double differs = has_before ? fabs(value - (double)f->before) : 0;
	double away = step > 0 ? (value - mean) / step : 0;
	if (f->value == DIGEST_UNKNOWN || fmax(value, mean) < least)
		return (struct digest_finding){ DIGEST_NOTHING, 0 };
	if (f->count >= RECORD_OF && place_of(f) != 0 && fabs(value - mean) >= least)
		return (struct digest_finding){ place_of(f) > 0 ? DIGEST_HIGH : DIGEST_LOW,
						4 + fabs(away) };
	if (f->count >= RECORD_OF && fabs(away) >= FAR && fabs(value - mean) >= least)
		return (struct digest_finding){ away > 0 ? DIGEST_ABOVE : DIGEST_BELOW,
						2 + fabs(away) };
	if (differs >= least && fabs(change) >= MUCH)
		return (struct digest_finding){ DIGEST_CHANGED, fmin(fabs(change), 2) };
	return (struct digest_finding){ DIGEST_NOTHING, 0 };
}

static const char *amount(const struct lang *lang, struct ra_arena *arena, bool is_time,
			  int64_t value)
{
	return is_time ? lang_duration(lang, arena, value) : lang_number(lang, arena, value);
}

const char *digest_say(const struct lang *lang, struct ra_arena *arena,
		       const struct digest_figure *f, enum digest_kind kind, const char *every)
{
	static const char *const keys[] = {
		[DIGEST_HIGH] = "digest.record_high_", [DIGEST_LOW] = "digest.record_low_",
		[DIGEST_ABOVE] = "digest.unusual_up",  [DIGEST_BELOW] = "digest.unusual_down",
		[DIGEST_CHANGED] = "digest.changed",
	};
	char *name = ra_arena_format(arena, "figure.%s", f->key);
	double before = f->before == DIGEST_UNKNOWN ? 0 : (double)f->before;
	bool is_against_usual = kind == DIGEST_ABOVE || kind == DIGEST_BELOW;
	double usual = mean_of(f);
	const struct lang_arg args[] = {
		{ "figure", lang_text(lang, name) },
		{ "value", amount(lang, arena, f->is_time, f->value) },
		{ "before", amount(lang, arena, f->is_time, (int64_t)before) },
		{ "usual", amount(lang, arena, f->is_time, (int64_t)llround(usual)) },
		{ "change",
		  lang_change(lang, arena, (double)f->value, is_against_usual ? usual : before) },
		{ "span", lang_count(lang, arena, "span.weeks", (int64_t)f->count + 1) },
	};
	bool is_record = kind == DIGEST_HIGH || kind == DIGEST_LOW;
	char *key = ra_arena_format(arena, "%s%s", keys[kind], is_record ? every : "");
	return lang_say(lang, arena, key, args, RA_COUNT(args));
}
