/*
 * notify_text: what Discord is told, as bodies of Create Message (Discord
 * docs), in the guild's language (locales/<language>/notices.json). Pure.
 *
 * Who is mentioned is named in allowed_mentions, one by one: nothing that a
 * member wrote, no name and no excerpt, can mention anybody.
 */
#pragma once
#include "libshared/discord/embed.h"

#define TEXT_LISTED_MAX   10 /* requests named in one digest; of the others the number */
#define TEXT_MENTIONS_MAX 20

enum text_colour {
	TEXT_INFO = 0x598ffa,
	TEXT_WARNING = 0xf0ad4e,
	TEXT_ERROR = 0xdc3545,
	TEXT_SUCCESS = 0x2eb67d,
};

/* Who is mentioned. */
struct text_to {
	const uint64_t *roles, *users; /* borrowed */
	size_t role_count, user_count;
	bool is_here;      /* everybody who is online in the channel */
	bool is_elsewhere; /* the channel is in another guild: no buttons, names instead of links */
};

struct text_request {
	uint64_t guild, channel, id, author;
	bool is_message; /* `id` is one: it can be linked to */
	int64_t asked_ms, waited_ms;
	int priority;
	bool is_reopened;
	uint64_t claimed_by; /* 0: nobody */
	const char *excerpt; /* NULL: not kept */
	const char *author_name, *channel_name, *guild_name;
};

/* 1 hour 12 minutes: the two largest units, as "for ..." wants them. */
char *text_wait(const struct lang *lang, struct ra_arena *arena, int64_t ms);
/* Where Discord shows it. */
char *text_link(struct ra_arena *arena, const struct text_request *request);

/* The nth reminder of a request, from 0. */
json_t *text_reminder(const struct lang *lang, struct ra_arena *arena,
		      const struct text_request *request, const struct text_to *to, int nth);
/* `note`: a key of what is worth knowing ("nobody_on_call"); NULL: nothing. */
json_t *text_escalation(const struct lang *lang, struct ra_arena *arena,
			const struct text_request *request, const struct text_to *to, int step,
			const char *note);
/* Many in one; `requests` the oldest first. `step` 0: they are reminders. */
json_t *text_digest(const struct lang *lang, struct ra_arena *arena,
		    const struct text_request *requests, size_t count, const struct text_to *to,
		    int step);
/* What becomes of a reminder's message when it was answered (`by` 0: closed without). */
json_t *text_answered(const struct lang *lang, struct ra_arena *arena,
		      const struct text_request *request, uint64_t by, bool is_elsewhere);
/* A notice of Rations itself. */
json_t *text_system(enum text_colour colour, const char *title, const char *text);
/* A day of the desk. */
struct text_report {
	int day;          /* days since 1970-01-01, on the guild's calendar */
	const char *time; /* "21:00" by its clock: the report is about the 24 hours before */
	int64_t activities, curators, points;
	uint64_t best; /* 0: nobody */
	int64_t best_points;
	int64_t requests, answered, waiting;
	int64_t median_ms; /* survival.h; SURVIVAL_NOT_REACHED */
	bool is_too_few;   /* for a median */
};
json_t *text_report(const struct lang *lang, struct ra_arena *arena,
		    const struct text_report *report);
/* For the test button: what a reminder looks like. */
json_t *text_test(const struct lang *lang, struct ra_arena *arena,
		  const struct text_request *request, const struct text_to *to, int64_t now_ms);
