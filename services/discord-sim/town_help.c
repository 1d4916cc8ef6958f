/*
 * Help: somebody asks, and the staff answers: by a reply, a reaction or in a
 * thread; mostly within minutes, at night much later, and sometimes never.
 * Likewise in forums, and for reports of done tasks.
 *
 *	request --(1.5 min; asleep: x8)--> answer --> thanks
 *	     |-> a bystander answers too
 */
#include "services/discord-sim/town.h"
#include <stdio.h>

#define ANSWER_MS     (95.0 * SECOND_MS)
#define POST_MS       (24.0 * MINUTE_MS)
#define ASLEEP_FACTOR 8
#define LATEST_MS     (20 * HOUR_MS)

enum answer { ANSWER_REPLY, ANSWER_REACTION, ANSWER_THREAD };

/* Somebody who may need help: not the staff itself. */
static uint32_t asker(struct town *t)
{
	uint32_t who = town_writer(t);
	for (int i = 0; i < 4 && who != NOBODY && t->people[who].is_staff; i++)
		who = town_writer(t);
	return who != NOBODY && !t->people[who].is_staff ? who : NOBODY;
}

static int64_t soon(struct town *t, double median_ms, double sigma)
{
	int64_t in_ms = (int64_t)rng_spread(&t->rng, median_ms, sigma) + 3 * SECOND_MS;
	return in_ms < LATEST_MS ? in_ms : LATEST_MS;
}

/* Writes "<@&role> " when they think of it. */
static const char *role_mention(struct town *t, double chance, char out[32])
{
	if (!rng_chance(&t->rng, chance) || !t->staff_role)
		return NULL;
	snprintf(out, 32, "<@&%llu> ", (unsigned long long)t->staff_role);
	return out;
}

/* --- answers --- */

static void thank(struct town *t, uint32_t room, uint64_t message_id, uint32_t who)
{
	if (rng_chance(&t->rng, 0.5))
		town_reply_later(t, soon(t, 70 * SECOND_MS, 0.8),
				 &(struct utterance){ .room = room,
						      .who = who,
						      .text = TEXT_THANKS,
						      .reply_to = message_id });
}

static void answer_in_thread(struct town *t, const struct errand *e)
{
	uint32_t asked = (uint32_t)(e->extra >> 8);
	uint32_t thread = town_open_thread(t, e->room, e->message_id, e->who);
	uint64_t id = town_say_only(
		t, &(struct utterance){ .room = thread, .who = e->who, .text = TEXT_ANSWER });
	thank(t, thread, id, asked);
}

static void answer_by_reply(struct town *t, const struct errand *e)
{
	uint32_t asked = (uint32_t)(e->extra >> 8);
	uint64_t id = town_say_only(t, &(struct utterance){ .room = e->room,
							    .who = e->who,
							    .text = TEXT_ANSWER,
							    .reply_to = e->message_id });
	thank(t, e->room, id, asked);
}

static void on_answer(struct town *t, const struct errand *e)
{
	enum answer kind = (enum answer)(e->extra & 0xff);
	if (!t->people[e->who].is_here || t->rooms[e->room].is_closed)
		return;
	if (kind == ANSWER_THREAD) {
		answer_in_thread(t, e);
	} else if (kind == ANSWER_REPLY) {
		answer_by_reply(t, e);
	} else {
		town_react_later(t, 1, e->room, e->message_id, e->who,
				 rng_chance(&t->rng, 0.5) ? "✅" : "👀");
		if (rng_chance(&t->rng, 0.6)) {
			struct errand words = *e;
			words.extra = (e->extra & ~0xffULL) | ANSWER_REPLY;
			town_errand(t, soon(t, 3 * MINUTE_MS, 0.7), words);
		}
	}
}

static enum answer draw_answer(struct town *t)
{
	double dice = rng_unit(&t->rng);
	return dice < 0.58 ? ANSWER_REPLY : dice < 0.82 ? ANSWER_REACTION : ANSWER_THREAD;
}

/* Who will answer, when, and how: or nobody. */
static void draw_answers(struct town *t, uint32_t room, uint64_t message_id, uint32_t who,
			 double median_ms)
{
	double hour = town_hour(t, town_now(t));
	bool is_never = rng_chance(&t->rng, hour > 2 && hour < 8 ? 0.24 : 0.09);
	uint32_t staff = town_on_duty(t, who), other = asker(t);
	bool is_asleep = staff != NOBODY && !town_is_up(t, &t->people[staff]);
	int64_t in_ms = soon(t, is_asleep ? median_ms * ASLEEP_FACTOR : median_ms, 1.25);
	enum answer kind = t->rooms[room].kind == ROOM_THREAD ? ANSWER_REPLY : draw_answer(t);
	if (!is_never && staff != NOBODY)
		town_errand(t, in_ms,
			    (struct errand){ .run = on_answer,
					     .room = room,
					     .who = staff,
					     .message_id = message_id,
					     .extra = (uint64_t)who << 8 | kind });
	if (rng_chance(&t->rng, 0.28) && other != NOBODY && other != who)
		town_reply_later(t, soon(t, median_ms * 0.8, 1),
				 &(struct utterance){ .room = room,
						      .who = other,
						      .text = TEXT_ANSWER,
						      .reply_to = message_id });
}

/* --- requests --- */

static void on_more(struct town *t, const struct errand *e)
{
	town_say_only(t, &(struct utterance){ .room = e->room, .who = e->who, .text = TEXT_SHORT });
}

static void on_withdrawal(struct town *t, const struct errand *e)
{
	act_delete(town_world(t), t->rooms[e->room].channel_id, e->message_id);
}

static void ask(struct town *t)
{
	char mention[32];
	uint32_t who = asker(t), room = town_room_of(t, ROOM_HELP);
	if (who == NOBODY || room == NOBODY)
		return;
	bool has_picture = rng_chance(&t->rng, 0.15);
	uint64_t id = town_say_only(t, &(struct utterance){
					       .room = room,
					       .who = who,
					       .text = TEXT_HELP,
					       .before = role_mention(t, 0.6, mention),
					       .attachments = has_picture,
				       });
	struct errand e = { .room = room, .who = who, .message_id = id };
	if (rng_chance(&t->rng, 0.14)) {
		e.run = on_more;
		town_errand(t, rng_between(&t->rng, 15, 80) * SECOND_MS, e);
	}
	if (rng_chance(&t->rng, 0.02)) {
		e.run = on_withdrawal;
		town_errand(t, rng_between(&t->rng, 1, 40) * MINUTE_MS, e);
	}
	draw_answers(t, room, id, who, ANSWER_MS);
}

static void on_request(struct town *t, const struct errand *e)
{
	if (e->extra)
		ask(t);
	town_await(t, on_request, t->plan->daily.requests, 0);
}

static void on_post(struct town *t, const struct errand *e)
{
	uint32_t who = e->extra ? asker(t) : NOBODY;
	uint32_t forum = town_room_of(t, ROOM_FORUM);
	if (who != NOBODY && forum != NOBODY) {
		uint32_t room = town_open_thread(t, forum, 0, who);
		draw_answers(t, room, t->rooms[room].channel_id, who, POST_MS);
	}
	town_await(t, on_post, t->plan->daily.posts, 0);
}

/* --- reports: claimed by a reaction, completed by the same person's reply --- */

static void on_approval(struct town *t, const struct errand *e)
{
	if (t->people[e->who].is_here)
		town_say_only(t, &(struct utterance){ .room = e->room,
						      .who = e->who,
						      .text = TEXT_APPROVAL,
						      .reply_to = e->message_id });
}

static void file_report(struct town *t)
{
	char mention[32];
	uint32_t who = asker(t), room = town_room_of(t, ROOM_REPORTS), staff = town_on_duty(t, who);
	if (who == NOBODY || room == NOBODY || staff == NOBODY)
		return;
	uint64_t id = town_say_only(t, &(struct utterance){
					       .room = room,
					       .who = who,
					       .text = TEXT_REPORT,
					       .before = role_mention(t, 0.75, mention),
					       .attachments = 1,
				       });
	int64_t claimed_ms = soon(t, 14 * MINUTE_MS, 1.1);
	int64_t approved_ms = claimed_ms + soon(t, 9 * MINUTE_MS, 0.9);
	if (rng_chance(&t->rng, 0.92))
		town_react_later(t, claimed_ms, room, id, staff, "👀");
	if (rng_chance(&t->rng, 0.85))
		town_errand(
			t, approved_ms,
			(struct errand){
				.run = on_approval, .room = room, .who = staff, .message_id = id });
}

static void on_report(struct town *t, const struct errand *e)
{
	if (e->extra)
		file_report(t);
	town_await(t, on_report, t->plan->daily.reports, 0);
}

void town_start_help(struct town *t)
{
	if (t->plan->daily.requests > 0)
		town_await(t, on_request, t->plan->daily.requests, 0);
	if (t->plan->daily.posts > 0)
		town_await(t, on_post, t->plan->daily.posts, 0);
	if (t->plan->daily.reports > 0)
		town_await(t, on_report, t->plan->daily.reports, 0);
}
