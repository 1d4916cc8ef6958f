/* Time in a town: its rhythm, its errands, and draws among its people. */
#include "services/discord-sim/town.h"
#include <math.h>

#define LOOK_AGAIN_MS (10 * MINUTE_MS) /* a rate is taken to hold for so long */
#define GROWTH_A_DAY  0.004
#define DAY_NOISE     0.14
#define QUIET_PACE    0.25
#define WAVE_PACE     2.1

/* --- rhythm --- */

/* Shapes of a day, by local hour. */
static const double hours_of[][24] = {
	[RHYTHM_EVENING] = { .38, .22, .12,  .07, .05, .06,  .12,  .30, .50,  .62,  .72, .82,
			     .95, 1.0, 1.05, 1.2, 1.4, 1.65, 1.95, 2.2, 2.35, 2.25, 1.6, .85 },
	[RHYTHM_OFFICE] = { .28, .18, .14, .12,  .12, .16,  .32, .65, 1.15, 1.6, 1.85, 1.75,
			    1.5, 1.7, 1.9, 1.85, 1.7, 1.45, 1.2, 1.1, 1.0,  .8,  .6,   .42 },
	[RHYTHM_STUDENT] = { .6,  .35, .2,   .1,  .06,  .05, .1,   .25, .5,  .8,  1.0, 1.05,
			     1.0, 1.1, 1.25, 1.4, 1.55, 1.6, 1.55, 1.7, 1.8, 1.7, 1.4, 1.0 },
	[RHYTHM_FLAT] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 },
};
#define BUSIEST_HOUR 2.35

/* Of a week, Monday first. */
static const double days_of[][7] = {
	[RHYTHM_EVENING] = { .88, .87, .9, .94, 1.1, 1.2, 1.11 },
	[RHYTHM_OFFICE] = { 1.15, 1.2, 1.18, 1.14, 1.05, .66, .62 },
	[RHYTHM_STUDENT] = { 1.1, 1.1, 1.08, 1.05, .8, .82, 1.05 },
	[RHYTHM_FLAT] = { 1, 1, 1, 1, 1, 1, 1 },
};

static int64_t local_ms(const struct town *t, int64_t at_ms)
{
	return at_ms + t->plan->zone_min * MINUTE_MS;
}

double town_hour(const struct town *t, int64_t at_ms)
{
	return (double)(local_ms(t, at_ms) % DAY_MS) / (double)HOUR_MS;
}

int64_t town_day(const struct town *t, int64_t at_ms)
{
	return local_ms(t, at_ms) / DAY_MS - local_ms(t, t->community->epoch_ms) / DAY_MS;
}

int64_t town_until(const struct town *t, int64_t day, double hour)
{
	int64_t first_day = local_ms(t, t->community->epoch_ms) / DAY_MS;
	return (first_day + day) * DAY_MS + (int64_t)(hour * (double)HOUR_MS) -
	       local_ms(t, town_now(t));
}

/* 1970 began on a Thursday. */
static unsigned weekday(const struct town *t, int64_t at_ms)
{
	return (unsigned)((local_ms(t, at_ms) / DAY_MS + 3) % 7);
}

static double hour_shape(enum rhythm rhythm, double hour)
{
	unsigned h = (unsigned)hour;
	double part = hour - h;
	return hours_of[rhythm][h % 24] * (1 - part) + hours_of[rhythm][(h + 1) % 24] * part;
}

bool town_has(const struct town *t, enum story story, int64_t at_ms)
{
	static const struct {
		enum story story;
		int64_t day;
	} days[] = { { STORY_WAVE, 23 }, { STORY_QUIET, 26 }, { STORY_RAID, 17 } };
	for (size_t i = 0; i < RA_COUNT(days); i++)
		if (days[i].story == story)
			return t->plan->stories & story && town_day(t, at_ms) == days[i].day;
	return false;
}

static double special_pace(const struct town *t, int64_t at_ms)
{
	if (town_has(t, STORY_QUIET, at_ms))
		return QUIET_PACE;
	return town_has(t, STORY_WAVE, at_ms) ? WAVE_PACE : 1;
}

double town_pace(const struct town *t, int64_t at_ms)
{
	int64_t day = town_day(t, at_ms);
	double noise = (double)(rng_mix(t->noise, (uint64_t)day) >> 11) * 0x1p-53;
	return hour_shape(t->plan->rhythm, town_hour(t, at_ms)) *
	       days_of[t->plan->rhythm][weekday(t, at_ms)] * (1 + GROWTH_A_DAY * (double)day) *
	       (1 - DAY_NOISE + 2 * DAY_NOISE * noise) * special_pace(t, at_ms);
}

/* Whether somebody with habits of their own would be up, of those whom the draw found. */
bool town_is_up(struct town *t, const struct person *p)
{
	uint64_t day = rng_mix(p->user_id, (uint64_t)town_day(t, town_now(t)));
	if (day % 100 < (p->is_staff ? 12 : 32))
		return false; /* a day off */
	double hour = fmod(town_hour(t, town_now(t)) - p->shift_h + 24, 24);
	return rng_chance(&t->rng, 0.15 + hour_shape(t->plan->rhythm, hour) / BUSIEST_HOUR);
}

/* --- errands: a binary heap --- */

static bool is_before(const struct errand *a, const struct errand *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

void town_errand(struct town *t, int64_t in_ms, struct errand e)
{
	struct community *c = t->community;
	if (c->errand_count == c->errand_cap) {
		c->errand_cap = c->errand_cap ? c->errand_cap * 2 : 256;
		c->errands = ra_realloc(c->errands, c->errand_cap * sizeof(*c->errands));
	}
	e.town = t;
	e.at_ms = c->now_ms + (in_ms > 1 ? in_ms : 1);
	e.order = c->order++;
	size_t at = c->errand_count++;
	for (; at > 0 && is_before(&e, &c->errands[(at - 1) / 2]); at = (at - 1) / 2)
		c->errands[at] = c->errands[(at - 1) / 2];
	c->errands[at] = e;
}

struct errand town_next_errand(struct community *c)
{
	struct errand next = c->errands[0];
	struct errand last = c->errands[--c->errand_count];
	size_t at = 0, child;
	while ((child = 2 * at + 1) < c->errand_count) {
		if (child + 1 < c->errand_count &&
		    is_before(&c->errands[child + 1], &c->errands[child]))
			child++;
		if (!is_before(&c->errands[child], &last))
			break;
		c->errands[at] = c->errands[child];
		at = child;
	}
	c->errands[at] = last;
	return next;
}

static void await(struct town *t, errand_fn run, double per_day, uint32_t room)
{
	if (per_day <= 0) {
		town_errand(t, LOOK_AGAIN_MS, (struct errand){ .run = run, .room = room });
		return;
	}
	double wait_ms = rng_wait(&t->rng, (double)DAY_MS / per_day);
	bool comes = wait_ms < (double)LOOK_AGAIN_MS;
	town_errand(t, comes ? (int64_t)wait_ms : LOOK_AGAIN_MS,
		    (struct errand){ .run = run, .room = room, .extra = comes });
}

void town_await(struct town *t, errand_fn run, double per_day, uint32_t room)
{
	await(t, run, per_day * t->community->activity * town_pace(t, town_now(t)), room);
}

void town_await_evenly(struct town *t, errand_fn run, double per_day, uint32_t room)
{
	double pace = hour_shape(RHYTHM_OFFICE, town_hour(t, town_now(t)));
	await(t, run, per_day * t->community->activity * pace, room);
}

/* --- shares --- */

static void grow_shares(struct shares *s, size_t index)
{
	size_t cap = s->cap ? s->cap : 64;
	while (cap <= index)
		cap *= 2;
	if (cap == s->cap)
		return;
	s->tree = ra_realloc(s->tree, (cap + 1) * sizeof(*s->tree));
	memset(s->tree + (s->cap ? s->cap + 1 : 0), 0,
	       (cap - s->cap + (s->cap ? 0 : 1)) * sizeof(*s->tree));
	/* a node of the grown half that covers the old one holds its sum */
	for (size_t node = s->cap ? s->cap * 2 : cap + 1; node <= cap; node *= 2)
		s->tree[node] = s->tree[node / 2];
	s->cap = cap;
}

void shares_set(struct shares *s, size_t index, double before, double after)
{
	grow_shares(s, index);
	if (index >= s->count)
		s->count = index + 1;
	for (size_t node = index + 1; node <= s->cap; node += node & -node)
		s->tree[node] += after - before;
}

uint32_t shares_draw(const struct shares *s, struct rng *rng)
{
	double at = rng_unit(rng) * (s->cap ? s->tree[s->cap] : 0);
	size_t index = 0;
	for (size_t step = s->cap; step > 0; step /= 2)
		if (index + step <= s->cap && s->tree[index + step] <= at) {
			index += step;
			at -= s->tree[index];
		}
	return index < s->count ? (uint32_t)index : NOBODY;
}
