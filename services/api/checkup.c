/*
 * checkup: see checkup.h.
 *
 *	asked --kept and young enough--> answered
 *	   \--> waits --nobody is looked at--> looked at --the child ends--> all who wait are
 *answered, the next is looked at
 */
#include "services/api/checkup.h"
#include "libshared/base/clock.h"
#include "libshared/metrics/metrics.h"
#include "services/api/ctl_child.h"
#include "services/api/visit.h"
#include <inttypes.h>

/* How old an answer may be: for who looks, and for who wants it anew. */
enum { KEEP_MS = 60000, ANEW_MS = 1000, SUBJECTS_MAX = 32 };

RA_COUNTER_BY(checkups_ended, "rations_checkups_total", "outcome",
	      "runs of rationsctl doctor for a page: whole, cut short, or without an answer")

struct waiting {
	struct visit *visit; /* borrowed; both are in the request's arena */
	struct waiting *next;
};

struct subject {
	uint64_t guild;          /* 0: the installation */
	json_t *answer;          /* owned; NULL: none yet */
	uint64_t at_ms;          /* monotonic: when it was given */
	struct waiting *waiting; /* NULL: nobody */
};

struct checkup {
	struct api *api; /* borrowed */
	struct subject subjects[SUBJECTS_MAX];
	struct subject *looked_at; /* NULL: none */
	size_t turn; /* whose it is next: nobody who asks and asks keeps others waiting */
	struct ctl_child *child; /* of looked_at */
	void (*stopped)(void *ctx);
	void *stopped_ctx; /* borrowed */
};

static void look_at_next(struct checkup *checkup);

/* --- the answer --- */

static void reply(struct visit *visit, const struct subject *subject)
{
	if (subject->answer)
		ra_http_reply_json(visit->req, 200, json_incref(subject->answer));
	else
		ra_http_problem(visit->req, 503, "checkup", "The checks could not be made",
				"Ask in a terminal instead: rationsctl doctor");
}

static void reply_to_all(struct subject *subject)
{
	while (subject->waiting) {
		struct waiting *waiting = subject->waiting;
		subject->waiting = waiting->next;
		reply(waiting->visit, subject);
	}
}

static void take(struct subject *subject, const struct api *api, json_t *lines, bool is_whole)
{
	json_decref(subject->answer);
	subject->answer = NULL;
	subject->at_ms = ra_monotonic_ms();
	if (json_array_size(lines) > 0)
		subject->answer = json_pack("{s:o, s:b, s:O}", "at", json_instant(api->now_ms()),
					    "is_whole", is_whole, "checks", lines);
	json_decref(lines);
}

static void fini(struct checkup *checkup)
{
	for (size_t i = 0; i < SUBJECTS_MAX; i++) {
		reply_to_all(&checkup->subjects[i]);
		json_decref(checkup->subjects[i].answer);
	}
	checkup->stopped(checkup->stopped_ctx);
	ra_free(checkup);
}

static void on_looked(void *ctx, json_t *lines, int status)
{
	struct checkup *checkup = ctx;
	struct subject *subject = checkup->looked_at;
	bool is_whole = status == 0 || status == 1; /* rationsctl: 1 is "no, not all is well" */
	checkup->looked_at = NULL;
	checkup->child = NULL;
	take(subject, checkup->api, lines, is_whole);
	ra_count_by(&checkups_ended, !subject->answer ? "nothing" : is_whole ? "whole" : "cut", 1);
	if (!is_whole)
		ra_warn(checkup->api->log, "rationsctl did not finish its checks",
			ra_f_int("status", status));
	reply_to_all(subject);
	if (checkup->stopped)
		fini(checkup);
	else
		look_at_next(checkup);
}

/* --- looking --- */

static void look_at(struct checkup *checkup, struct subject *subject)
{
	char doctor[] = "doctor", guild[] = "guild", check[] = "check", lines[] = "--lines", id[24];
	char *whole[] = { doctor, lines, NULL }, *one[] = { guild, check, id, lines, NULL };
	snprintf(id, sizeof(id), "%" PRIu64, subject->guild);
	checkup->looked_at = subject;
	checkup->child = ctl_child_start(checkup->api->loop, subject->guild ? one : whole,
					 on_looked, checkup);
}

/* Somebody whose visitors have gone is not worth a look. */
static bool is_waited_for(const struct subject *subject)
{
	for (const struct waiting *at = subject->waiting; at; at = at->next)
		if (!ra_http_is_gone(at->visit->req))
			return true;
	return false;
}

static void look_at_next(struct checkup *checkup)
{
	for (size_t i = 0; i < SUBJECTS_MAX && !checkup->looked_at; i++) {
		struct subject *subject = &checkup->subjects[checkup->turn++ % SUBJECTS_MAX];
		if (is_waited_for(subject))
			look_at(checkup, subject);
		else
			reply_to_all(subject);
	}
}

/* --- asking --- */

/* The guild's, or the one whose answer is the oldest, made its own; NULL: all are waited for. */
static struct subject *subject_of(struct checkup *checkup, uint64_t guild)
{
	struct subject *oldest = NULL;
	for (size_t i = 0; i < SUBJECTS_MAX; i++) {
		struct subject *subject = &checkup->subjects[i];
		if (subject->guild == guild && (guild || i == 0))
			return subject;
		if (i > 0 && !subject->waiting && subject != checkup->looked_at &&
		    (!oldest || subject->at_ms < oldest->at_ms))
			oldest = subject;
	}
	if (oldest) {
		json_decref(oldest->answer);
		*oldest = (struct subject){ .guild = guild };
	}
	return oldest;
}

static void ask(struct visit *visit, uint64_t guild)
{
	struct checkup *checkup = visit->api->checkup;
	struct subject *subject = subject_of(checkup, guild);
	uint64_t keep_ms = visit->endpoint->is_change ? ANEW_MS : KEEP_MS;
	if (!subject) {
		ra_http_problem(visit->req, 503, "busy", "Too many servers are being checked",
				"Try again in a minute.");
		return;
	}
	if (subject != checkup->looked_at && subject->answer &&
	    ra_monotonic_ms() - subject->at_ms < keep_ms) {
		reply(visit, subject);
		return;
	}
	struct waiting *waiting = ra_arena_alloc(visit->arena, sizeof(*waiting));
	*waiting = (struct waiting){ visit, subject->waiting };
	subject->waiting = waiting;
	if (!checkup->looked_at)
		look_at_next(checkup);
}

void checkup_of_all(struct visit *visit)
{
	ask(visit, 0);
}

void checkup_of_guild(struct visit *visit)
{
	ask(visit, visit->access->guild.id);
}

/* --- its life --- */

struct checkup *checkup_start(struct api *api)
{
	struct checkup *checkup = ra_new(struct checkup);
	*checkup = (struct checkup){ .api = api };
	return checkup;
}

void checkup_stop(struct checkup *checkup, void (*stopped)(void *ctx), void *ctx)
{
	checkup->stopped = stopped;
	checkup->stopped_ctx = ctx;
	if (checkup->child)
		ctl_child_stop(checkup->child);
	else
		fini(checkup);
}
