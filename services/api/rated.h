/*
 * rated: staff of one or several guilds with what they did in a span, what it
 * is worth (rating.h), and where each stands among the others.
 *
 * Several guilds are pooled: work counts by the points of the guild it was
 * done in, answers by its bands; the bonus is of all answers together, the
 * levels are those of the guild named first.
 *
 *	rating_settings_ask -> rated_send, rated_send ... -> sync -> rated_finish each
 */
#pragma once
#include "libshared/desk/rating.h"
#include "services/api/visit.h"

#define RATED_GUILDS_MAX 50
#define RATED_MAX        5000 /* people */

struct rating_settings {
	uint64_t guild_id;
	struct rating_points points;
	struct rating_levels levels;
	int64_t good_s, poor_s; /* of app.desk_settings */
	bool is_own;            /* a row of its own: not the defaults */
};

/* Whose work may somebody look at? Their own; managers, and tokens that name members, anybody's. */
bool rated_may_see(const struct access *access, uint64_t person);

/* One of every guild, in the order asked for; in the visit's arena. */
typedef void (*rating_settings_cb)(struct visit *visit, const struct rating_settings *settings);
/* Answers the request itself when it fails. */
void rating_settings_ask(struct visit *visit, const uint64_t *guilds, size_t count,
			 rating_settings_cb done);

struct rated_person {
	uint64_t id;
	size_t place; /* of the first guild they are in */
	const char *name, *username, *avatar, *kind, *subdivision;
	bool is_staff, by_role, has_left;
	bool is_found; /* by the pattern */
	struct rating_work work;
	struct rating_answers answers;
	int64_t reopened; /* answers after a reopening; no part of the others */
	double p50_ms, mean_ms, fastest_ms, slowest_ms; /* -1: no answers */
	int64_t base, bonus, score;
	size_t level, rank;
	int percentile; /* -1: nobody else */
};

struct rated {
	struct visit *visit;                    /* borrowed */
	const struct rating_settings *settings; /* borrowed; one a guild */
	size_t guild_count;
	int64_t from_ms, to_ms;
	const char *pattern; /* of names, as order.h makes them; NULL: all are found */
	bool by_answer;      /* answers belong to the time they were given, not the request's */
	size_t count;
	struct rated_person *people; /* in the arena; after rated_finish the highest score first */
};

/* Adds two statements to the open group of `pg`. 0 or RA_EDOWN. */
int rated_send(struct rated *rated, struct ra_pg *pg) RA_MUST_CHECK;
/* Scores, ranks; those who are no longer staff have no rank (0) unless `with_former`. */
void rated_finish(struct rated *rated, bool with_former);
/* NULL: not among them. */
const struct rated_person *rated_find(const struct rated *rated, uint64_t id);
/* How many have a rank. */
size_t rated_ranked(const struct rated *rated);

/* Schema RatingLevel, several: how many of those with a rank are in each. */
json_t *rated_levels_json(const struct rated *rated);
/* Schema Rated. */
json_t *rated_json(const struct api *api, const struct rated_person *person);
