/*
 * body: the JSON object a change is sent as, read member by member into
 * bounded values. Every mistake is told, the first of them first.
 *
 *	body_open(&body, visit);
 *	name = body_text(&body, "name", 80);
 *	days = body_number(&body, "days", 1, 365, BODY_REQUIRED);
 *	if (body_close(&body))
 *		...all is well; else it is answered
 */
#pragma once
#include "services/api/visit.h"

#define BODY_REQUIRED INT64_MIN

struct body {
	struct visit *visit; /* borrowed */
	json_t *json;        /* owned; what was read is taken out of it */
	json_t *mistakes;    /* owned; all of them, as texts */
	struct ra_err err;   /* the first */
	int rc;
};

void body_open(struct body *body, struct visit *visit);
/* 400 with the mistakes (and false); a member nobody read is one. */
bool body_close(struct body *body) RA_MUST_CHECK;
/* A mistake the caller found. */
void body_fail(struct body *body, const char *hint, const char *fmt, ...) RA_PRINTF(3, 4);

/* Those of a part that was read like a body of its own; it is closed by it. */
void body_take_mistakes(struct body *body, struct body *part);

/* Was it sent, and not as null? */
bool body_has(const struct body *body, const char *name);
/* One line of 1 to `max` characters, spaces around it taken off; in the visit's arena. */
const char *body_text(struct body *body, const char *name, size_t max);
/* Missing or null gives `fallback`; BODY_REQUIRED: it must be there. */
int64_t body_number(struct body *body, const char *name, int64_t least, int64_t most,
		    int64_t fallback);
double body_real(struct body *body, const char *name, double least, double most);
bool body_bool(struct body *body, const char *name, bool fallback);
/* An id as a string; 0 when it is missing or null. */
uint64_t body_id(struct body *body, const char *name);
/* Ids as strings, `most` at most; yours to json_decref, NULL when it is missing. */
json_t *body_ids(struct body *body, const char *name, size_t most);
/* Lines of 1 to `max` characters, `most` at most; yours to json_decref, empty when it is missing.
 */
json_t *body_texts(struct body *body, const char *name, size_t most, size_t max);
/* Which of the `count` words it is. */
size_t body_choice(struct body *body, const char *name, const char *const *words, size_t count);
/* Which of them are in the array, as bits; one at least. */
unsigned body_choices(struct body *body, const char *name, const char *const *words, size_t count);
/* 400 with mistakes found after the body was read: an array of texts; taken. */
void body_reply_mistakes(struct visit *visit, json_t *mistakes);
