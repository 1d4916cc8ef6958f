/*
 * texts: what people write, in the language and about the things of their
 * community. Phrases hold choices, {so|or so}, and # for a small number, so
 * that a few hundred lines do not repeat themselves too soon.
 */
#pragma once
#include "libshared/base/buf.h"
#include "services/discord-sim/rng.h"

enum lang { LANG_RU, LANG_EN, LANGS };

enum theme {
	THEME_COMMON,
	THEME_ROLEPLAY,
	THEME_CODE,
	THEME_CLAN,
	THEME_FRIENDS,
	THEME_STUDY,
	THEME_FILM,
	THEMES
};

enum text_kind {
	TEXT_CHAT,   /* talk about the theme */
	TEXT_SHORT,  /* what fills the gaps: laughter, agreement */
	TEXT_MEDIA,  /* beside a picture */
	TEXT_HELLO,  /* a newcomer's first words */
	TEXT_HELP,   /* somebody needs the staff */
	TEXT_ANSWER, /* the staff answers */
	TEXT_THANKS,
	TEXT_TITLE,    /* of a thread or a forum post */
	TEXT_NEWS,     /* announcements */
	TEXT_FEED,     /* what the webhook posts */
	TEXT_BOT,      /* what the bot posts */
	TEXT_COMMAND,  /* what one tells a bot */
	TEXT_LINK,     /* with a link in it */
	TEXT_EVENT,    /* name of a scheduled event */
	TEXT_REPORT,   /* done tasks, for the staff to approve */
	TEXT_APPROVAL, /* the staff's reply to that */
	TEXT_SPAM,
	TEXT_KINDS
};

/* Appends one; falls back to what is common to the language where the theme has nothing of its own.
 */
void text_make(struct ra_buf *out, struct rng *rng, enum lang lang, enum theme theme,
	       enum text_kind kind);

/* A set of phrases, by theme and kind; texts_ru.c and texts_en.c hold one each. */
struct phrases {
	const char *const *lines; /* NULL-terminated; NULL: none */
};
extern const struct phrases texts_ru[THEMES][TEXT_KINDS], texts_en[THEMES][TEXT_KINDS];

/* --- names --- */

struct name {
	char username[40]; /* lowercase, not yet unique */
	char display[96];  /* as others see it */
};
void name_make(struct name *out, struct rng *rng, enum lang lang);
/* A character's name for a nickname in a role-play community: "Марк Салливан". */
void name_character(char *out, size_t size, struct rng *rng);
