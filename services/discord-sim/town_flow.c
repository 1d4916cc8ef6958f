/*
 * Coming and going: newcomers, what becomes of them, and who leaves; and once
 * a raid.
 *
 *	join -> screening passed -> role -> first words -> a regular
 *	   |-> leaves within the hour, the day, the week, the quarter; some return
 */
#include "services/discord-sim/town.h"

#define ACTIVE_PART    0.38
#define FIRST_WORDS_MS (24.0 * MINUTE_MS)
#define ATTRITION      0.0021 /* of the members, a day */
#define WAVE_FACTOR    8
#define RETURN_PART    0.06
#define RAIDERS        60
#define RAID_DAY       17
#define RAID_HOUR      20.2
#define BULK_MOST      100 /* Discord's limit for one request */

/* --- leaving --- */

static void on_return(struct town *t, const struct errand *e);

static void leave(struct town *t, uint32_t who)
{
	struct person *p = &t->people[who];
	bool returns = rng_chance(&t->rng, RETURN_PART);
	if (!p->is_here)
		return;
	town_leaves_voice(t, p);
	town_forget(t, who);
	act_leave(town_world(t), t->guild_id, p->user_id);
	if (returns)
		town_errand(t, rng_between(&t->rng, DAY_MS, 10 * DAY_MS),
			    (struct errand){ .run = on_return, .who = who });
}

static void on_departure(struct town *t, const struct errand *e)
{
	leave(t, e->who);
}

static bool is_account(const struct town *t, uint64_t user_id)
{
	for (unsigned i = 0; i < ACCOUNTS; i++)
		if (t->community->accounts[i] == user_id)
			return true;
	return false;
}

/* Those with ties to the place do not simply go. */
static void on_attrition(struct town *t, const struct errand *e)
{
	uint32_t who = e->extra ? town_anybody(t) : NOBODY;
	if (who != NOBODY && !t->people[who].is_staff && t->people[who].talk < 8 &&
	    !is_account(t, t->people[who].user_id))
		leave(t, who);
	town_await(t, on_attrition, t->plan->members * ATTRITION, 0);
}

static void draw_departure(struct town *t, uint32_t who)
{
	static const struct {
		double chance;
		int64_t from_ms, to_ms;
	} tenures[] = {
		{ 0.08, 2 * MINUTE_MS, HOUR_MS },   { 0.09, HOUR_MS, DAY_MS },
		{ 0.15, DAY_MS, 7 * DAY_MS },       { 0.10, 7 * DAY_MS, 30 * DAY_MS },
		{ 0.08, 30 * DAY_MS, 90 * DAY_MS },
	};
	double dice = rng_unit(&t->rng);
	for (size_t i = 0; i < RA_COUNT(tenures); i++) {
		dice -= tenures[i].chance;
		if (dice >= 0)
			continue;
		town_errand(t, rng_between(&t->rng, tenures[i].from_ms, tenures[i].to_ms),
			    (struct errand){ .run = on_departure, .who = who });
		return;
	}
}

/* --- the first days --- */

static void on_role(struct town *t, const struct errand *e)
{
	if (t->people[e->who].is_here && t->member_role)
		act_add_role(town_world(t), t->guild_id, t->people[e->who].user_id, t->member_role);
}

static void on_accept(struct town *t, const struct errand *e)
{
	struct person *p = &t->people[e->who];
	if (!p->is_here)
		return;
	p->is_pending = false;
	act_accept(town_world(t), t->guild_id, p->user_id);
	town_errand(t, rng_between(&t->rng, SECOND_MS, 4 * SECOND_MS),
		    (struct errand){ .run = on_role, .who = e->who });
}

static void on_again(struct town *t, const struct errand *e)
{
	if (t->people[e->who].is_here)
		act_join_again(town_world(t), t->guild_id, t->people[e->who].user_id);
}

/* extra: how many messages are still to come before they are one of all. */
static void on_words(struct town *t, const struct errand *e)
{
	struct person *p = &t->people[e->who];
	bool is_first = e->room == NOBODY;
	uint32_t room = is_first ? town_room_of(t, ROOM_LOBBY) : p->favourite[0];
	if (!p->is_here || p->is_pending || room == NOBODY)
		return;
	town_say(t, &(struct utterance){ .room = room,
					 .who = e->who,
					 .text = is_first ? TEXT_HELLO : TEXT_CHAT });
	if (e->extra == 0) {
		struct person habits = *p;
		town_give_habits(t, &habits);
		town_set_talk(t, e->who, (double)habits.talk * 0.7 + 0.2);
		town_set_voice(t, e->who, (double)habits.voice * 0.7);
		return;
	}
	struct errand more = *e;
	more.room = room;
	more.extra--;
	town_errand(t, (int64_t)rng_spread(&t->rng, 70 * MINUTE_MS, 1.2), more);
}

static void draw_first_days(struct town *t, uint32_t who)
{
	struct rng *rng = &t->rng;
	struct errand e = { .who = who, .room = NOBODY };
	if (rng_chance(rng, 0.01)) {
		e.run = on_again;
		town_errand(t, 400, e);
	}
	if (t->plan->has_screening && rng_chance(rng, 0.87)) {
		e.run = on_accept;
		town_errand(t, (int64_t)rng_spread(rng, 35 * SECOND_MS, 0.8) + 5 * SECOND_MS, e);
	} else if (!t->plan->has_screening && rng_chance(rng, 0.9)) {
		e.run = on_role;
		town_errand(t, rng_between(rng, 30, 300) * SECOND_MS, e);
	}
	if (rng_chance(rng, ACTIVE_PART)) {
		e.run = on_words;
		e.extra = rng_below(rng, 5);
		town_errand(t, (int64_t)rng_spread(rng, FIRST_WORDS_MS, 1.4) + MINUTE_MS, e);
	}
}

/* --- coming --- */

static uint32_t arrive(struct town *t, int64_t account_age_ms, bool is_screened)
{
	struct person p = { .is_here = true, .is_pending = is_screened, .joined_ms = town_now(t) };
	p.user_id = town_make_user(t, town_now(t) - account_age_ms);
	town_give_habits(t, &p);
	p.talk = 0; /* until their first words */
	p.voice = 0;
	act_join(town_world(t), &(struct join){ .guild_id = t->guild_id,
						.user_id = p.user_id,
						.is_pending = is_screened,
						.invite_code = town_invite_for(t) });
	return town_add_person(t, &p);
}

static void on_arrival(struct town *t, const struct errand *e)
{
	if (e->extra) {
		int64_t age_ms = (int64_t)rng_wait(&t->rng, 600.0 * DAY_MS) + HOUR_MS;
		uint32_t who = arrive(t, age_ms, t->plan->has_screening);
		draw_first_days(t, who);
		draw_departure(t, who);
	}
	bool is_wave = town_has(t, STORY_WAVE, town_now(t));
	town_await(t, on_arrival, t->plan->daily.joins * (is_wave ? WAVE_FACTOR : 1), 0);
}

static void on_return(struct town *t, const struct errand *e)
{
	struct person *p = &t->people[e->who];
	p->is_here = true;
	p->is_pending = false;
	p->joined_ms = town_now(t);
	act_join(town_world(t), &(struct join){ .guild_id = t->guild_id,
						.user_id = p->user_id,
						.is_rejoin = true });
	town_errand(t, rng_between(&t->rng, MINUTE_MS, HOUR_MS),
		    (struct errand){ .run = on_words, .who = e->who, .room = NOBODY });
}

/* --- the raid --- */

static void on_spam(struct town *t, const struct errand *e)
{
	uint32_t room = t->raid.rooms[rng_below(&t->rng, RA_COUNT(t->raid.rooms))];
	if (!t->people[e->who].is_here)
		return;
	uint64_t id = town_say_only(
		t, &(struct utterance){ .room = room, .who = e->who, .text = TEXT_SPAM });
	struct raid_spam *spam = &t->raid.spam[room == t->raid.rooms[1]];
	if (spam->count < RA_COUNT(spam->ids))
		spam->ids[spam->count++] = id;
}

static void on_banned(struct town *t, const struct errand *e)
{
	const struct person *p = &t->people[e->who];
	uint32_t by = town_on_duty(t, NOBODY);
	town_forget(t, e->who);
	act_ban(town_world(t), t->guild_id, p->user_id,
		by == NOBODY ? t->community->accounts[ACCOUNT_OWNER] : t->people[by].user_id);
	town_maybe_forgive(t, e->who);
}

static void on_raider(struct town *t, const struct errand *e)
{
	(void)e;
	struct errand next = { .run = on_spam };
	next.who = arrive(t, rng_between(&t->rng, HOUR_MS, 2 * DAY_MS), false);
	unsigned messages = 3 + (unsigned)rng_below(&t->rng, 4);
	for (unsigned i = 0; i < messages; i++)
		town_errand(t, rng_between(&t->rng, 40, 240) * SECOND_MS, next);
	next.run = on_banned;
	town_errand(t, rng_between(&t->rng, 260, 420) * SECOND_MS, next);
}

static void on_cleanup(struct town *t, const struct errand *e)
{
	(void)e;
	for (size_t i = 0; i < RA_COUNT(t->raid.spam); i++) {
		const struct raid_spam *spam = &t->raid.spam[i];
		for (size_t at = 0; at < spam->count; at += BULK_MOST) {
			size_t left = spam->count - at;
			act_delete_bulk(town_world(t), t->rooms[t->raid.rooms[i]].channel_id,
					spam->ids + at, left < BULK_MOST ? left : BULK_MOST);
		}
	}
}

static void on_raid(struct town *t, const struct errand *e)
{
	(void)e;
	t->raid.rooms[0] = town_room_of(t, ROOM_CHAT);
	t->raid.rooms[1] = town_room_of(t, ROOM_MEDIA);
	for (unsigned i = 0; i < RAIDERS; i++)
		town_errand(t, rng_between(&t->rng, 0, 4 * MINUTE_MS),
			    (struct errand){ .run = on_raider });
	town_errand(t, 13 * MINUTE_MS, (struct errand){ .run = on_cleanup });
}

void town_start_flow(struct town *t)
{
	int64_t raid_in_ms = town_until(t, RAID_DAY, RAID_HOUR);
	if (t->plan->daily.joins > 0) {
		town_await(t, on_arrival, t->plan->daily.joins, 0);
		town_await(t, on_attrition, t->plan->members * ATTRITION, 0);
	}
	if (t->plan->stories & STORY_RAID && raid_in_ms > 0)
		town_errand(t, raid_in_ms, (struct errand){ .run = on_raid });
}
