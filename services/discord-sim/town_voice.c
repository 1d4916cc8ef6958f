/*
 * Voice: people drop in where others are, pull friends after them, mute,
 * deafen, stream, wander off to the AFK channel, and go home.
 *
 *	enter --every 11 min or so--> change ... --(48 min)--> hang up
 *	   |-> a friend follows
 */
#include "services/discord-sim/town.h"

#define PULL_CHANCE 0.45
#define STAY_MS     (48.0 * MINUTE_MS)
#define STAY_MAX_MS (9 * HOUR_MS)
#define CHANGE_MS   (11.0 * MINUTE_MS)
#define BOT_STAY_MS (55.0 * MINUTE_MS)

static void tell(struct town *t, const struct person *p)
{
	struct voice v = { 0 };
	if (p->voice_room) {
		const struct room *room = &t->rooms[p->voice_room - 1];
		v = (struct voice){ .channel_id = room->channel_id,
				    .self_mute = p->self_mute || p->self_deaf,
				    .self_deaf = p->self_deaf,
				    .suppress = room->kind == ROOM_STAGE && !p->is_staff,
				    .stream = p->stream,
				    .video = p->video };
	}
	act_voice(town_world(t), t->guild_id, p->user_id, &v);
}

/* Where to go: rather where people already are. */
static uint32_t voice_room(struct town *t)
{
	double total = 0;
	for (int pass = 0; pass < 2; pass++) {
		double at = pass ? rng_unit(&t->rng) * total : 0;
		for (size_t i = 0; i < t->planned_rooms; i++) {
			const struct room *room = &t->rooms[i];
			if (room->kind != ROOM_VOICE)
				continue;
			double draw = room->weight * (room->occupants ? 8 : 1);
			total += pass ? 0 : draw;
			at -= draw;
			if (pass && at < 0)
				return (uint32_t)i;
		}
	}
	return NOBODY;
}

static void place(struct town *t, struct person *p, uint32_t room)
{
	if (p->voice_room)
		t->rooms[p->voice_room - 1].occupants--;
	p->voice_room = (uint16_t)(room == NOBODY ? 0 : room + 1);
	if (p->voice_room)
		t->rooms[room].occupants++;
}

/* --- leaving --- */

void town_leaves_voice(struct town *t, struct person *p)
{
	if (!p->voice_room)
		return;
	place(t, p, NOBODY);
	p->voice_visit++;
	p->self_mute = p->self_deaf = p->stream = p->video = false;
}

static void on_hang_up(struct town *t, const struct errand *e)
{
	struct person *p = &t->people[e->who];
	if (!p->voice_room || p->voice_visit != e->extra)
		return;
	town_leaves_voice(t, p);
	tell(t, p);
}

/* --- changing --- */

static void move(struct town *t, struct person *p, uint32_t room)
{
	if (room == NOBODY || p->voice_room == room + 1)
		return;
	place(t, p, room);
	p->stream = false;
}

static void fall_asleep(struct town *t, struct person *p)
{
	uint32_t afk = town_room_of(t, ROOM_AFK);
	if (afk == NOBODY)
		return;
	move(t, p, afk);
	p->self_mute = true;
	p->video = false;
}

static void on_unmute(struct town *t, const struct errand *e)
{
	t->people[e->who].mute = false;
	act_voice_mute(town_world(t), t->guild_id, t->people[e->who].user_id, false, false);
}

/* By the staff, for a few minutes. */
static void silence(struct town *t, uint32_t who)
{
	struct person *p = &t->people[who];
	if (p->mute || p->is_staff)
		return;
	p->mute = true;
	act_voice_mute(town_world(t), t->guild_id, p->user_id, true, false);
	town_errand(t, rng_between(&t->rng, 2, 10) * MINUTE_MS,
		    (struct errand){ .run = on_unmute, .who = who });
}

/* Most habits are off most of the time: what is on goes off sooner than it came. */
static bool flip(struct town *t, bool is_on, double on_chance)
{
	return rng_chance(&t->rng, is_on ? 0.6 : on_chance) ? !is_on : is_on;
}

/* Hands and eyes: each may change at any occasion. */
static void fidget(struct town *t, struct person *p)
{
	p->self_mute = flip(t, p->self_mute, 0.35);
	p->self_deaf = flip(t, p->self_deaf, 0.04);
	p->stream = flip(t, p->stream, 0.06);
	p->video = flip(t, p->video, 0.03);
}

static void change(struct town *t, uint32_t who)
{
	struct person *p = &t->people[who];
	double dice = rng_unit(&t->rng);
	bool is_asleep = t->rooms[p->voice_room - 1].kind == ROOM_AFK;
	if (!is_asleep && dice < 0.80)
		fidget(t, p);
	else if (is_asleep || dice < 0.92)
		move(t, p, voice_room(t));
	else if (dice < 0.985)
		fall_asleep(t, p);
	else
		silence(t, who);
	tell(t, p);
}

static void plan_change(struct town *t, const struct errand *e);

static void on_change(struct town *t, const struct errand *e)
{
	const struct person *p = &t->people[e->who];
	if (!p->voice_room || p->voice_visit != e->extra)
		return;
	change(t, e->who);
	plan_change(t, e);
}

static void plan_change(struct town *t, const struct errand *e)
{
	struct errand next = { .run = on_change, .who = e->who, .extra = e->extra };
	town_errand(t, (int64_t)rng_wait(&t->rng, CHANGE_MS) + 2 * SECOND_MS, next);
}

/* --- coming --- */

static void on_music(struct town *t, const struct errand *e)
{
	struct person *bot = &t->people[e->who];
	if (bot->voice_room || t->rooms[e->room].occupants == 0)
		return;
	place(t, bot, e->room);
	bot->self_deaf = true;
	tell(t, bot);
	town_errand(t, (int64_t)rng_spread(&t->rng, BOT_STAY_MS, 0.5),
		    (struct errand){ .run = on_hang_up, .who = e->who, .extra = bot->voice_visit });
}

static void on_pulled(struct town *t, const struct errand *e);

static void enter(struct town *t, uint32_t who, uint32_t room)
{
	struct person *p = &t->people[who];
	if (!p->is_here || p->voice_room || room == NOBODY)
		return;
	place(t, p, room);
	p->self_mute = rng_chance(&t->rng, 0.3);
	p->self_deaf = rng_chance(&t->rng, 0.04);
	tell(t, p);
	int64_t stay_ms = (int64_t)rng_spread(&t->rng, STAY_MS, 0.9) + 20 * SECOND_MS;
	struct errand e = { .run = on_hang_up, .who = who, .room = room, .extra = p->voice_visit };
	town_errand(t, stay_ms < STAY_MAX_MS ? stay_ms : STAY_MAX_MS, e);
	plan_change(t, &e);
	if (rng_chance(&t->rng, PULL_CHANCE))
		town_errand(t, rng_between(&t->rng, MINUTE_MS / 2, 6 * MINUTE_MS),
			    (struct errand){ .run = on_pulled, .room = room });
	if (t->music_bot != NOBODY && t->rooms[room].occupants > 1 && rng_chance(&t->rng, 0.2))
		town_errand(t, 20 * SECOND_MS,
			    (struct errand){ .run = on_music, .who = t->music_bot, .room = room });
}

static void on_pulled(struct town *t, const struct errand *e)
{
	uint32_t who = town_talker(t);
	if (who != NOBODY)
		enter(t, who, e->room);
}

static void on_drop_in(struct town *t, const struct errand *e)
{
	uint32_t who = e->extra ? town_talker(t) : NOBODY;
	if (who != NOBODY)
		enter(t, who, voice_room(t));
	town_await(t, on_drop_in, t->plan->daily.voice * (1 - PULL_CHANCE), 0);
}

void town_gather(struct town *t, uint32_t room, unsigned people)
{
	for (unsigned i = 0; i < people; i++)
		town_errand(t, rng_between(&t->rng, 0, 15 * MINUTE_MS),
			    (struct errand){ .run = on_pulled, .room = room });
}

void town_start_voice(struct town *t)
{
	if (t->plan->daily.voice > 0)
		town_await(t, on_drop_in, t->plan->daily.voice * (1 - PULL_CHANCE), 0);
}
