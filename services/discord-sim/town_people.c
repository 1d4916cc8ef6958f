/* Who lives in a town, and who of them is about. */
#include "services/discord-sim/town.h"
#include "libshared/discord/snowflake.h"
#include <math.h>
#include <stdio.h>

#define LURKER_TRIES 20
#define TRIES        8 /* to find somebody who is up */

uint32_t town_add_person(struct town *t, const struct person *p)
{
	if (t->person_count == t->person_cap) {
		t->person_cap = t->person_cap ? t->person_cap * 2 : 32;
		t->people = ra_realloc(t->people, t->person_cap * sizeof(*t->people));
	}
	uint32_t who = (uint32_t)t->person_count++;
	t->people[who] = *p;
	t->people[who].talk = 0;
	t->people[who].voice = 0;
	town_set_talk(t, who, (double)p->talk);
	town_set_voice(t, who, (double)p->voice);
	return who;
}

void town_set_talk(struct town *t, uint32_t who, double talk)
{
	struct person *p = &t->people[who];
	shares_set(&t->talkers, who, (double)p->talk, (double)(float)talk);
	p->talk = (float)talk;
}

void town_set_voice(struct town *t, uint32_t who, double voice)
{
	struct person *p = &t->people[who];
	shares_set(&t->listeners, who, (double)p->voice, (double)(float)voice);
	p->voice = (float)voice;
}

void town_forget(struct town *t, uint32_t who)
{
	town_set_talk(t, who, 0);
	town_set_voice(t, who, 0);
	t->people[who].is_here = false;
}

/* --- who is about --- */

/* The larger the place, the smaller the part of it that ever says a word. */
static double writing_part(const struct town *t)
{
	double part = 2.2 * pow(t->plan->members, -0.33);
	return part < 0.95 ? part : 0.95;
}

static uint32_t draw_up(struct town *t, const struct shares *shares)
{
	uint32_t who = NOBODY;
	bool is_up = false;
	for (int i = 0; i < TRIES && !is_up; i++) {
		who = shares_draw(shares, &t->rng);
		is_up = who != NOBODY && town_is_up(t, &t->people[who]);
	}
	if (!is_up)
		return NOBODY;
	return t->people[who].is_here ? who : NOBODY;
}

uint32_t town_writer(struct town *t)
{
	return draw_up(t, &t->talkers);
}

uint32_t town_talker(struct town *t)
{
	return draw_up(t, &t->listeners);
}

uint32_t town_anybody(struct town *t)
{
	for (int i = 0; i < TRIES; i++) {
		uint32_t who = (uint32_t)rng_below(&t->rng, t->person_count);
		if (t->people[who].is_here && !t->people[who].is_bot)
			return who;
	}
	return NOBODY;
}

uint32_t town_lurker(struct town *t)
{
	uint64_t part = (uint64_t)(writing_part(t) * 500);
	uint32_t who = NOBODY;
	bool reacts = false;
	for (int i = 0; i < LURKER_TRIES && !reacts; i++) {
		who = town_anybody(t);
		reacts = who != NOBODY && rng_mix(t->people[who].user_id, t->noise) % 1000 < part;
	}
	return reacts ? who : NOBODY;
}

uint32_t town_on_duty(struct town *t, uint32_t not )
{
	uint32_t found = NOBODY;
	for (int i = 0; i < TRIES && t->staff_count > 0; i++) {
		uint32_t who = t->staff[rng_below(&t->rng, t->staff_count)];
		if (who == not )
			continue;
		found = who;
		if (town_is_up(t, &t->people[who]))
			break;
	}
	return found;
}

/* --- making them --- */

static bool take_name(struct community *c, const char *name)
{
	struct user_name *taken;
	HASH_FIND_STR(c->names, name, taken);
	if (taken)
		return false;
	taken = ra_new(struct user_name);
	taken->name = ra_strdup(name);
	HASH_ADD_KEYPTR(hh, c->names, taken->name, strlen(taken->name), taken);
	return true;
}

static void make_unique(struct town *t, struct name *name)
{
	char base[sizeof(name->username)];
	memcpy(base, name->username, sizeof(base));
	uint64_t range = 90;
	while (!take_name(t->community, name->username)) {
		uint64_t number = 10 + rng_below(&t->rng, range);
		snprintf(name->username, sizeof(name->username), "%.20s%llu", base,
			 (unsigned long long)number);
		range = range < 100000000 ? range * 2 : range;
	}
}

static uint64_t new_user_id(struct town *t, int64_t since_ms)
{
	uint64_t id;
	/* Nobody was there before Discord, nor in its first millisecond: such ids nobody has. */
	since_ms = since_ms > RA_DISCORD_EPOCH_MS ? since_ms : RA_DISCORD_EPOCH_MS + 1;
	do
		id = ra_snowflake_at(since_ms) | (rng_next(&t->rng) & 0x3fffff);
	while (world_user(town_world(t), id));
	return id;
}

uint64_t town_make_user(struct town *t, int64_t since_ms)
{
	struct name name;
	char avatar[33];
	name_make(&name, &t->rng, t->plan->lang);
	make_unique(t, &name);
	bool has_avatar = rng_chance(&t->rng, 0.6);
	rng_hex(&t->rng, avatar);
	uint64_t id = new_user_id(t, since_ms);
	act_user(town_world(t), &(struct user_conf){ .id = id,
						     .username = name.username,
						     .global_name = name.display,
						     .avatar = has_avatar ? avatar : NULL,
						     .locale = t->plan->locale });
	return id;
}

uint64_t town_make_bot(struct town *t, int64_t since_ms, const char *name)
{
	uint64_t id = new_user_id(t, since_ms);
	act_user(town_world(t), &(struct user_conf){ .id = id, .username = name, .is_bot = true });
	return id;
}

/* --- habits --- */

/* Few do most of it. */
static double heavy_tail(struct rng *rng, double shape, double most)
{
	double x = pow(1 - rng_unit(rng), -1 / shape);
	return x < most ? x : most;
}

static uint16_t favourite_room(struct town *t)
{
	double total = 0, at;
	for (size_t i = 0; i < t->planned_rooms; i++)
		total += t->rooms[i].kind <= ROOM_MEDIA ? t->rooms[i].weight : 0;
	at = rng_unit(&t->rng) * total;
	for (size_t i = 0; i < t->planned_rooms; i++) {
		at -= t->rooms[i].kind <= ROOM_MEDIA ? t->rooms[i].weight : 0;
		if (at < 0)
			return (uint16_t)i;
	}
	return 0;
}

void town_give_habits(struct town *t, struct person *p)
{
	struct rng *rng = &t->rng;
	p->talk = rng_chance(rng, writing_part(t)) ? (float)heavy_tail(rng, 1.1, 90) : 0;
	p->voice = rng_chance(rng, 0.4 * writing_part(t)) ? (float)heavy_tail(rng, 1.3, 30) : 0;
	int64_t shift_h = rng_between(rng, -2, 2);
	p->shift_h = (int8_t)(shift_h + rng_between(rng, -2, 2));
	if (rng_chance(rng, 0.06))
		p->shift_h = (int8_t)(p->shift_h + 6); /* owls */
	p->favourite[0] = favourite_room(t);
	p->favourite[1] = favourite_room(t);
}
