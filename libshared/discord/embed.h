/*
 * embed: what the bot shows in Discord, put together (Discord docs, Embed
 * Object): within Discord's limits, and nothing from outside does more than
 * stand there.
 */
#pragma once
#include "libshared/discord/lang.h"

#define EMBED_CHART "rations.png" /* the file that goes along with a picture */

/* {"title", "description", "color"}; texts are cut to what Discord takes. `title` and
 * `url` may be NULL. */
json_t *embed_new(const char *title, const char *url, const char *description);
/* Instead of our own: 0xrrggbb. */
void embed_colour(json_t *embed, int colour);
void embed_field(json_t *embed, const char *name, const char *value);
void embed_footer(json_t *embed, const char *text);

/* A message of one embed that mentions nobody; `embed` is taken. */
json_t *embed_message(json_t *embed);
/* Adds a button with a link; `url` NULL: none. At most five of both kinds stand in the row. */
void embed_button(json_t *message, const char *label, const char *url);
/* Adds a button that comes back to us as an interaction with this custom_id. */
enum embed_style { EMBED_PRIMARY = 1, EMBED_SECONDARY, EMBED_SUCCESS, EMBED_DANGER };
void embed_action(json_t *message, enum embed_style style, const char *label,
		  const char *custom_id);
/* The file EMBED_CHART will go along with the message. */
void embed_expect_chart(json_t *message);

/* Somebody's name as text: no markup, no line breaks, no change of direction, at most `max`
 * characters. */
char *embed_name(struct ra_arena *arena, const char *name, size_t max);
/* 16 – 22 Nov 2026: days of a calendar, `end` excluded. */
char *embed_days(const struct lang *lang, struct ra_arena *arena, int first, int end);
