/* embed: see embed.h. */
#include "libshared/discord/embed.h"
#include "libshared/base/buf.h"
#include "libshared/base/day.h"
#include "libshared/base/utf8.h"
#include <stdio.h>

#define COLOUR          0x598ffa
#define TITLE_MAX       256
#define DESCRIPTION_MAX 4096
#define NAME_CHARS      256
#define VALUE_CHARS     1024
#define FOOTER_MAX      2048
#define LABEL_MAX       80

#define COMPONENT_ROW    1
#define COMPONENT_BUTTON 2
#define BUTTON_LINK      5

/* Whole characters, as many as Discord takes. */
static json_t *text(const char *from, size_t max)
{
	struct ra_str rest = ra_str_of(from);
	size_t len = 0, step;
	for (size_t chars = 0; chars < max && rest.len > 0 && (step = ra_utf8_first(rest)) > 0;
	     chars++, len += step)
		rest = (struct ra_str){ rest.ptr + step, rest.len - step };
	json_t *json = json_stringn(from ? from : "", len);
	return json ? json : json_string("");
}

json_t *embed_new(const char *title, const char *url, const char *description)
{
	json_t *embed = json_pack("{s:o, s:i}", "description", text(description, DESCRIPTION_MAX),
				  "color", COLOUR);
	if (title)
		json_object_set_new(embed, "title", text(title, TITLE_MAX));
	if (url)
		json_object_set_new(embed, "url", json_string(url));
	return embed;
}

void embed_colour(json_t *embed, int colour)
{
	json_object_set_new(embed, "color", json_integer(colour));
}

void embed_field(json_t *embed, const char *name, const char *value)
{
	json_t *fields = json_object_get(embed, "fields");
	if (!fields) {
		fields = json_array();
		json_object_set_new(embed, "fields", fields);
	}
	json_array_append_new(fields, json_pack("{s:o, s:o, s:b}", "name", text(name, NAME_CHARS),
						"value", text(value, VALUE_CHARS), "inline", 1));
}

void embed_footer(json_t *embed, const char *line)
{
	json_object_set_new(embed, "footer", json_pack("{s:o}", "text", text(line, FOOTER_MAX)));
}

json_t *embed_message(json_t *embed)
{
	return json_pack("{s:[o], s:{s:[]}}", "embeds", embed, "allowed_mentions", "parse");
}

/* All stand in one row. */
static void add_button(json_t *message, json_t *button)
{
	json_t *rows = json_object_get(message, "components");
	if (!rows) {
		rows = json_pack("[{s:i, s:[]}]", "type", COMPONENT_ROW, "components");
		json_object_set_new(message, "components", rows);
	}
	json_array_append_new(json_object_get(json_array_get(rows, 0), "components"), button);
}

void embed_button(json_t *message, const char *label, const char *url)
{
	if (url)
		add_button(message,
			   json_pack("{s:i, s:i, s:o, s:s}", "type", COMPONENT_BUTTON, "style",
				     BUTTON_LINK, "label", text(label, LABEL_MAX), "url", url));
}

void embed_action(json_t *message, enum embed_style style, const char *label, const char *custom_id)
{
	add_button(message,
		   json_pack("{s:i, s:i, s:o, s:s}", "type", COMPONENT_BUTTON, "style", (int)style,
			     "label", text(label, LABEL_MAX), "custom_id", custom_id));
}

void embed_expect_chart(json_t *message)
{
	json_t *embed = json_array_get(json_object_get(message, "embeds"), 0);
	json_object_set_new(embed, "image", json_pack("{s:s}", "url", "attachment://" EMBED_CHART));
	json_object_set_new(message, "attachments",
			    json_pack("[{s:i, s:s}]", "id", 0, "filename", EMBED_CHART));
}

/* Controls, and what turns the direction of all that follows. */
static bool is_unruly(struct ra_str c)
{
	static const char *const turns[] = { "\u200e", "\u200f", "\u202a", "\u202b", "\u202c",
					     "\u202d", "\u202e", "\u2066", "\u2067", "\u2068",
					     "\u2069", "\u2028", "\u2029" };
	if (c.len == 1)
		return (unsigned char)c.ptr[0] < 0x20 || c.ptr[0] == 0x7f;
	for (size_t i = 0; i < RA_COUNT(turns); i++)
		if (ra_str_is(c, turns[i]))
			return true;
	return false;
}

char *embed_name(struct ra_arena *arena, const char *name, size_t max)
{
	struct ra_buf out = { 0 };
	struct ra_str rest = ra_str_of(name);
	size_t step;
	ra_buf_add_text(&out, "\u2068"); /* isolates what is written from right to left */
	for (size_t chars = 0; rest.len > 0 && (step = ra_utf8_first(rest)) > 0;) {
		struct ra_str c = { rest.ptr, step };
		rest = (struct ra_str){ rest.ptr + step, rest.len - step };
		if (is_unruly(c))
			continue;
		if (chars++ == max) {
			ra_buf_add_text(&out, "\u2026");
			break;
		}
		if (c.len == 1 && strchr("\\*_~`|<>#[]()@:-+.!/", c.ptr[0]))
			ra_buf_add_text(&out, "\\");
		ra_buf_add_str(&out, c);
	}
	ra_buf_add_text(&out, "\u2069");
	char *safe = ra_arena_strdup(arena, ra_buf_str(&out));
	ra_buf_fini(&out);
	return safe;
}

char *embed_days(const struct lang *lang, struct ra_arena *arena, int first, int end)
{
	int year, month, mday, last_year, last_month, last_mday, last = end - 1;
	char *to = lang_date(lang, arena, last, true);
	day_split(first, &year, &month, &mday);
	day_split(last, &last_year, &last_month, &last_mday);
	if (last <= first)
		return to;
	if (year == last_year && month == last_month)
		return ra_arena_format(arena, "%d \u2013 %s", mday, to);
	return ra_arena_format(arena, "%s \u2013 %s",
			       lang_date(lang, arena, first, year != last_year), to);
}
