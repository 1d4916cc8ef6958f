/* rating: see rating.h. */
#include "libshared/desk/rating.h"
#include <stdio.h>

static const char *const colours[] = { "green", "blue", "yellow", "orange", "red", "grey" };

const struct rating_levels rating_levels_default = {
	.count = 5,
	.level = {
		{ 50, "Великолепно", "Excellent", "green" },
		{ 35, "Хорошо", "Good", "blue" },
		{ 20, "Нормально", "Normal", "yellow" },
		{ 10, "Плохо", "Poor", "orange" },
		{ 0, "Ужасно", "Terrible", "red" },
	},
};

int64_t rating_base(const struct rating_points *points, const struct rating_work *work)
{
	return points->message * work->messages + points->reply * work->replies +
	       points->reaction * work->reactions + points->task * work->tasks;
}

/* 0.8, 0.5, 0.2 and 0.3 of the formula, without fractions. */
int64_t rating_bonus(const struct rating_answers *answers)
{
	int64_t all = answers->responses;
	int64_t bonus = answers->good - answers->poor;
	if (all <= 0)
		return 0;
	if (5 * answers->good >= 4 * all)
		bonus += all / 5;
	else if (2 * answers->poor >= all)
		bonus -= 3 * all / 10;
	return bonus < -all ? -all : bonus;
}

size_t rating_level_of(const struct rating_levels *levels, int64_t score)
{
	size_t at = 0;
	while (at + 1 < levels->count && score < levels->level[at].from)
		at++;
	return at;
}

/* --- levels as JSON --- */

static bool read_name(const json_t *json, char out[4 * RATING_NAME_MAX_CHARS + 1])
{
	size_t characters = 0, bytes = json_string_length(json);
	const char *text = json_string_value(json);
	for (size_t i = 0; text && i < bytes; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
		characters += ((unsigned char)text[i] & 0xc0) != 0x80;
	}
	if (characters == 0 || characters > RATING_NAME_MAX_CHARS)
		return false;
	memcpy(out, text, bytes + 1);
	return true;
}

static const char *find_colour(const json_t *json)
{
	for (size_t i = 0; json_is_string(json) && i < RA_COUNT(colours); i++)
		if (strcmp(json_string_value(json), colours[i]) == 0)
			return colours[i];
	return NULL;
}

static int read_level(const json_t *json, bool is_last, struct rating_level *out,
		      struct ra_err *err)
{
	const json_t *from = json_object_get(json, "from");
	out->from = json_integer_value(from);
	out->colour = find_colour(json_object_get(json, "colour"));
	if (!read_name(json_object_get(json, "ru"), out->ru) ||
	    !read_name(json_object_get(json, "en"), out->en))
		return ra_fail(err, RA_EINVAL, "Give both names, 1 to 40 characters each.",
			       "a level has no name");
	if (!out->colour)
		return ra_fail(err, RA_EINVAL, "Use green, blue, yellow, orange, red or grey.",
			       "a level has no colour we know");
	if (is_last ? !json_is_null(from)
		    : !json_is_integer(from) || out->from < -RATING_SCORE_MAX ||
			      out->from > RATING_SCORE_MAX)
		return ra_fail(err, RA_EINVAL,
			       "Use a whole number; null for the last level, which takes what is "
			       "left.",
			       "a level begins at no score");
	return 0;
}

int rating_levels_read(const json_t *json, struct rating_levels *out, struct ra_err *err)
{
	size_t count = json_array_size(json);
	if (json_is_array(json) && count == 0) {
		*out = rating_levels_default;
		return 0;
	}
	if (!json_is_array(json) || count < 2 || count > RATING_LEVELS_MAX)
		return ra_fail(err, RA_EINVAL, "Send 2 to 10 levels, or none for the usual ones.",
			       "levels is no such array");
	*out = (struct rating_levels){ .count = count };
	for (size_t i = 0; i < count; i++) {
		bool is_last = i + 1 == count;
		int rc = read_level(json_array_get(json, i), is_last, &out->level[i], err);
		if (rc < 0)
			return rc;
		if (i > 0 && !is_last && out->level[i].from >= out->level[i - 1].from)
			return ra_fail(err, RA_EINVAL, "Begin with the highest score.",
				       "levels are not in order");
	}
	return 0;
}

json_t *rating_levels_json(const struct rating_levels *levels)
{
	json_t *json = json_array();
	for (size_t i = 0; i < levels->count; i++) {
		const struct rating_level *level = &levels->level[i];
		json_t *from = i + 1 == levels->count ? json_null()
						      : json_integer((json_int_t)level->from);
		json_array_append_new(json, json_pack("{s:o, s:s, s:s, s:s}", "from", from, "ru",
						      level->ru, "en", level->en, "colour",
						      level->colour));
	}
	return json;
}

/* --- among others --- */

size_t rating_rank(const int64_t *scores, size_t count, size_t place)
{
	size_t better = 0;
	while (better < count && scores[better] > scores[place])
		better++;
	return better + 1;
}

int rating_percentile(const int64_t *scores, size_t count, size_t place)
{
	size_t less = 0;
	if (count < 2)
		return -1;
	while (less < count && scores[count - 1 - less] < scores[place])
		less++;
	return (int)(100 * less / (count - 1));
}
