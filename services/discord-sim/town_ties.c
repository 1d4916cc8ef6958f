/*
 * What ties people to a place beside talk: the invite they came by, the
 * commands they use, boosts, the events they want to come to.
 *
 * It has chance of its own (town->side), so that the rest of a town's life does
 * not depend on it.
 */
#include "services/discord-sim/town.h"
#include <stdio.h>

#define INVITED_PART    0.85   /* of those who come; the others found it by themselves */
#define ADDRESS_PART    0.6    /* of these, where the guild has an address of its own */
#define COMMANDS_A_DAY  2.5    /* as many as the bot is spoken to otherwise */
#define BOOSTS_A_DAY    0.0004 /* of a member */
#define BOOST_ENDS_PART 0.5
#define UNBAN_PART      0.05
#define TRIES           20

static uint32_t bystander(struct town *t)
{
	for (int i = 0; i < TRIES; i++) {
		uint32_t who = (uint32_t)rng_below(&t->side, t->person_count);
		if (t->people[who].is_here && !t->people[who].is_bot)
			return who;
	}
	return NOBODY;
}

/* `per_day` times on an average day, at the hours the place is awake. */
static void await(struct town *t, errand_fn run, double per_day)
{
	double pace = per_day * t->community->activity * town_pace(t, town_now(t));
	double wait_ms = pace > 0 ? rng_wait(&t->side, (double)DAY_MS / pace) : DAY_MS;
	bool is_soon = wait_ms < HOUR_MS;
	town_errand(t, is_soon ? (int64_t)wait_ms : HOUR_MS,
		    (struct errand){ .run = run, .extra = is_soon });
}

/* --- invites --- */

static bool is_usable(const struct town *t, const struct invite *invite)
{
	int64_t age_ms = (int64_t)invite->max_age_s * SECOND_MS;
	return age_ms == 0 || invite->created_at_ms + age_ms > town_now(t);
}

/* The first ones stand on a web page somewhere; most come by them. */
const char *town_invite_for(struct town *t)
{
	const struct guild *g = world_guild(town_world(t), t->guild_id);
	bool is_invited = rng_chance(&t->side, INVITED_PART);
	double unit = rng_unit(&t->side);
	size_t count = g ? g->invite_count : 0;
	if (!is_invited && g && g->vanity && unit < ADDRESS_PART)
		return g->vanity->code;
	if (!is_invited || count == 0)
		return NULL;
	const struct invite *invite = g->invites[(size_t)(unit * unit * (double)count)];
	return is_usable(t, invite) ? invite->code : NULL;
}

static void make_invites(struct town *t)
{
	uint32_t room = town_room_of(t, ROOM_LOBBY);
	for (unsigned i = 0; i < 2 && room != NOBODY; i++)
		act_invite(town_world(t),
			   &(struct invite_conf){ .channel_id = t->rooms[room].channel_id,
						  .inviter_id =
							  t->community->accounts[ACCOUNT_OWNER] });
}

/* --- commands of the town's bot --- */

static void on_command(struct town *t, const struct errand *e)
{
	static const char *const names[] = { "play", "play", "play", "rank", "help", "poll" };
	uint32_t room = town_room_of(t, ROOM_BOTS), who = e->extra ? bystander(t) : NOBODY;
	room = room == NOBODY ? town_room_of(t, ROOM_LOBBY) : room;
	size_t choice = rng_below(&t->side, RA_COUNT(names));
	if (who != NOBODY && room != NOBODY) {
		char name[16];
		snprintf(name, sizeof(name), "%s", names[choice]);
		struct command_use use = { .interaction_id = world_new_id(town_world(t)),
					   .user_id = t->people[who].user_id,
					   .name = name };
		act_post(town_world(t),
			 &(struct post){ .channel_id = t->rooms[room].channel_id,
					 .author_id = t->people[t->bot].user_id,
					 .text = RA_STR("✅"),
					 .type = MESSAGE_COMMAND,
					 .command = &use },
			 NULL);
	}
	await(t, on_command, t->plan->daily.bot * COMMANDS_A_DAY);
}

/* --- boosts --- */

static void on_unboost(struct town *t, const struct errand *e)
{
	act_unboost(town_world(t), t->guild_id, t->people[e->who].user_id);
}

static void on_boost(struct town *t, const struct errand *e)
{
	uint32_t who = e->extra ? bystander(t) : NOBODY;
	bool ends = rng_chance(&t->side, BOOST_ENDS_PART);
	int64_t lasts_ms = rng_between(&t->side, 3, 20) * DAY_MS;
	if (who != NOBODY) {
		act_boost(town_world(t), t->guild_id, t->people[who].user_id);
		if (ends)
			town_errand(t, lasts_ms, (struct errand){ .run = on_unboost, .who = who });
	}
	await(t, on_boost, t->plan->members * BOOSTS_A_DAY);
}

/* --- who wants to come --- */

static void on_interest(struct town *t, const struct errand *e)
{
	act_interest(town_world(t), t->guild_id, e->message_id, t->people[e->who].user_id,
		     e->extra == 0);
}

void town_interest(struct town *t, uint64_t event_id, int64_t within_ms)
{
	size_t count = 3 + rng_below(&t->side, 4 + t->person_count / 40);
	for (size_t i = 0; i < count; i++) {
		struct errand e = { .run = on_interest, .message_id = event_id };
		int64_t in_ms = rng_between(&t->side, MINUTE_MS, within_ms / 2);
		bool changes_mind = rng_chance(&t->side, 0.1);
		e.who = bystander(t);
		if (e.who == NOBODY)
			continue;
		town_errand(t, in_ms, e);
		e.extra = 1;
		if (changes_mind)
			town_errand(t, in_ms + within_ms / 3, e);
	}
}

/* --- forgiven --- */

static void on_unban(struct town *t, const struct errand *e)
{
	act_unban(town_world(t), t->guild_id, t->people[e->who].user_id,
		  t->community->accounts[ACCOUNT_OWNER]);
}

void town_maybe_forgive(struct town *t, uint32_t who)
{
	bool is_forgiven = rng_chance(&t->side, UNBAN_PART);
	int64_t in_ms = rng_between(&t->side, 1, 5) * DAY_MS;
	if (is_forgiven)
		town_errand(t, in_ms, (struct errand){ .run = on_unban, .who = who });
}

void town_start_ties(struct town *t)
{
	rng_seed(&t->side, rng_mix(t->noise, t->guild_id));
	if (t->plan->daily.joins > 0)
		make_invites(t);
	if (t->bot != NOBODY && t->plan->daily.bot > 0)
		await(t, on_command, t->plan->daily.bot * COMMANDS_A_DAY);
	if (t->plan->daily.admin > 0)
		await(t, on_boost, t->plan->members * BOOSTS_A_DAY);
}
