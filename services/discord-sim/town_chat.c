/*
 * Talk: a spark begins it, each message may draw another after it, and around
 * them come reactions, edits, deletions, threads.
 *
 *	spark -> message -> follow-up -> follow-up ...     (0.6 of them draw one)
 *	            |-> reactions, edit, deletion, preview, thread
 */
#include "services/discord-sim/town.h"
#include <math.h>
#include <stdio.h>

#define FOLLOW_CHANCE  0.6
#define FOLLOW_MS      (22.0 * SECOND_MS)
#define FAVOURITE_PART 0.55
#define REACTION_MS    (75.0 * SECOND_MS)
#define THREAD_LIFE_MS (1.2 * DAY_MS)

/* --- rooms --- */

uint32_t town_room_of(struct town *t, enum room_kind kind)
{
	uint32_t found = NOBODY, seen = 0;
	for (size_t i = 0; i < t->planned_rooms; i++)
		if (t->rooms[i].kind == kind && rng_below(&t->rng, ++seen) == 0)
			found = (uint32_t)i;
	return found;
}

/* Where talk just begins. */
static bool is_for_talk(const struct room *room)
{
	return room->kind == ROOM_LOBBY || room->kind == ROOM_CHAT || room->kind == ROOM_MEDIA ||
	       room->kind == ROOM_HELP || room->kind == ROOM_STAFF;
}

static uint32_t room_to_talk_in(struct town *t, const struct person *p)
{
	if (rng_chance(&t->rng, FAVOURITE_PART))
		return p->favourite[rng_below(&t->rng, 2)];
	double total = 0;
	for (size_t i = 0; i < t->planned_rooms; i++)
		total += is_for_talk(&t->rooms[i]) ? t->rooms[i].weight : 0;
	double at = rng_unit(&t->rng) * total;
	for (size_t i = 0; i < t->planned_rooms; i++) {
		at -= is_for_talk(&t->rooms[i]) ? t->rooms[i].weight : 0;
		if (at < 0)
			return (uint32_t)i;
	}
	return p->favourite[0];
}

static void remember(struct room *room, uint64_t message_id, uint32_t who)
{
	room->said[room->said_count++ % SAID_KEPT] = (struct said){ message_id, who };
}

/* One of the newest; NULL when nothing was said yet. */
static const struct said *recent(struct town *t, const struct room *room, unsigned back)
{
	uint64_t kept = room->said_count < SAID_KEPT ? room->said_count : SAID_KEPT;
	if (kept == 0)
		return NULL;
	uint64_t skip = rng_below(&t->rng, kept < back ? kept : back);
	return &room->said[(room->said_count - 1 - skip) % SAID_KEPT];
}

/* --- what follows of a message --- */

static void on_edit(struct town *t, const struct errand *e)
{
	struct ra_buf *text = &t->community->text;
	ra_buf_clear(text);
	text_make(text, &t->rng, t->plan->lang, t->plan->theme, TEXT_CHAT);
	act_edit(town_world(t), &(struct edit){ .channel_id = t->rooms[e->room].channel_id,
						.message_id = e->message_id,
						.text = ra_buf_str(text) });
}

static void on_delete(struct town *t, const struct errand *e)
{
	act_delete(town_world(t), t->rooms[e->room].channel_id, e->message_id);
}

static void on_preview(struct town *t, const struct errand *e)
{
	act_embed(town_world(t), t->rooms[e->room].channel_id, e->message_id);
}

static struct act_reaction reaction_of(const struct town *t, const struct errand *e)
{
	return (struct act_reaction){ .channel_id = t->rooms[e->room].channel_id,
				      .message_id = e->message_id,
				      .user_id = t->people[e->who].user_id,
				      .emoji = e->emoji };
}

static void on_unreact(struct town *t, const struct errand *e)
{
	struct act_reaction r = reaction_of(t, e);
	act_unreact(town_world(t), &r);
}

static void on_react(struct town *t, const struct errand *e)
{
	bool regrets = rng_chance(&t->rng, 0.03);
	if (!t->people[e->who].is_here)
		return;
	struct act_reaction r = reaction_of(t, e);
	act_react(town_world(t), &r);
	if (regrets) {
		struct errand back = *e;
		back.run = on_unreact;
		town_errand(t, rng_between(&t->rng, SECOND_MS, MINUTE_MS), back);
	}
}

void town_react_later(struct town *t, int64_t in_ms, uint32_t room, uint64_t message_id,
		      uint32_t who, const char *emoji)
{
	town_errand(t, in_ms,
		    (struct errand){ .run = on_react,
				     .room = room,
				     .who = who,
				     .message_id = message_id,
				     .emoji = emoji });
}

static const char *usual_emoji(struct town *t)
{
	size_t count = 0;
	while (count < RA_COUNT(t->plan->emoji) && t->plan->emoji[count])
		count++;
	/* the first ones are the most usual */
	uint64_t a = rng_below(&t->rng, count), b = rng_below(&t->rng, count);
	return t->plan->emoji[a < b ? a : b];
}

/* How many will react: seldom anybody to chat, often to pictures, many to news. */
static unsigned reactions_drawn(struct town *t, enum room_kind kind)
{
	struct rng *rng = &t->rng;
	if (kind == ROOM_NEWS)
		return (unsigned)rng_spread(rng, sqrt(t->plan->members) * 0.35, 0.4);
	if (!rng_chance(rng, kind == ROOM_MEDIA ? 0.55 : 0.13))
		return 0;
	return 1 + (unsigned)rng_wait(rng, kind == ROOM_MEDIA ? 2.2 : 0.9);
}

static void draw_reactions(struct town *t, uint32_t room, uint64_t message_id)
{
	unsigned count = reactions_drawn(t, t->rooms[room].kind);
	if (!t->plan->emoji[0])
		return;
	const char *emoji = usual_emoji(t);
	for (unsigned i = 0; i < count; i++) {
		bool is_lurker = rng_chance(&t->rng, 0.25);
		uint32_t who = is_lurker ? town_lurker(t) : town_writer(t);
		if (i > 0 && rng_chance(&t->rng, 0.3))
			emoji = usual_emoji(t);
		int64_t in_ms = (int64_t)rng_spread(&t->rng, REACTION_MS, 1.3) + 2 * SECOND_MS;
		if (who != NOBODY)
			town_react_later(t, in_ms, room, message_id, who, emoji);
	}
}

static void draw_corrections(struct town *t, const struct utterance *u, uint64_t message_id)
{
	struct errand e = { .room = u->room, .message_id = message_id };
	if (u->text == TEXT_LINK) {
		e.run = on_preview;
		town_errand(t, rng_between(&t->rng, 400, 2 * SECOND_MS), e);
	}
	if (rng_chance(&t->rng, 0.035)) {
		e.run = on_edit;
		town_errand(t, (int64_t)rng_spread(&t->rng, 25 * SECOND_MS, 1), e);
	}
	if (rng_chance(&t->rng, 0.015)) {
		e.run = on_delete;
		town_errand(t, (int64_t)rng_spread(&t->rng, 70 * SECOND_MS, 1.5), e);
	}
}

/* --- saying --- */

static void write_text(struct town *t, const struct utterance *u)
{
	struct ra_buf *text = &t->community->text;
	ra_buf_clear(text);
	if (u->before)
		ra_buf_add_text(text, u->before);
	text_make(text, &t->rng, t->plan->lang, t->plan->theme, u->text);
}

uint64_t town_say_only(struct town *t, const struct utterance *u)
{
	bool is_webhook = u->who == NOBODY;
	struct message *m = NULL;
	write_text(t, u);
	act_post(town_world(t),
		 &(struct post){
			 .channel_id = t->rooms[u->room].channel_id,
			 .author_id = is_webhook ? t->webhook_id : t->people[u->who].user_id,
			 .webhook_name = is_webhook ? t->plan->webhook_name : NULL,
			 .text = ra_buf_str(&t->community->text),
			 .reply_to = u->reply_to,
			 .attachments = u->attachments,
		 },
		 &m);
	uint64_t id = m ? m->id : 0;
	remember(&t->rooms[u->room], id, u->who);
	return id;
}

static void on_follow(struct town *t, const struct errand *e);

uint64_t town_say(struct town *t, const struct utterance *u)
{
	uint64_t id = town_say_only(t, u);
	enum room_kind kind = t->rooms[u->room].kind;
	draw_reactions(t, u->room, id);
	draw_corrections(t, u, id);
	if (kind != ROOM_NEWS && kind != ROOM_FEED && rng_chance(&t->rng, FOLLOW_CHANCE))
		town_errand(t, (int64_t)rng_spread(&t->rng, FOLLOW_MS, 1) + SECOND_MS,
			    (struct errand){ .run = on_follow, .room = u->room });
	if (kind == ROOM_CHAT && rng_chance(&t->rng, 0.003))
		town_open_thread(t, u->room, id, u->who);
	return id;
}

static void on_reply(struct town *t, const struct errand *e)
{
	const struct person *p = &t->people[e->who];
	if (!p->is_here || t->rooms[e->room].is_closed)
		return;
	town_say(t, &(struct utterance){ .room = e->room,
					 .who = e->who,
					 .text = (enum text_kind)e->extra,
					 .reply_to = e->message_id });
}

void town_reply_later(struct town *t, int64_t in_ms, const struct utterance *u)
{
	town_errand(t, in_ms,
		    (struct errand){ .run = on_reply,
				     .room = u->room,
				     .who = u->who,
				     .message_id = u->reply_to,
				     .extra = u->text });
}

/* What somebody says in passing; mentions are written in front. */
static void chat(struct town *t, uint32_t room, uint32_t who, uint64_t reply_to)
{
	struct utterance u = { .room = room, .who = who, .reply_to = reply_to };
	char mention[32];
	double dice = rng_unit(&t->rng);
	bool is_picture = t->rooms[room].kind == ROOM_MEDIA ? dice < 0.5 : dice < 0.03;
	u.text = is_picture     ? TEXT_MEDIA
		 : dice < 0.62  ? TEXT_CHAT
		 : dice < 0.965 ? TEXT_SHORT
				: TEXT_LINK;
	u.attachments = is_picture ? 1 + (uint32_t)rng_chance(&t->rng, 0.2) : 0;
	if (!reply_to && rng_chance(&t->rng, 0.04)) {
		uint32_t whom = town_writer(t);
		if (whom != NOBODY) {
			snprintf(mention, sizeof(mention), "<@%llu> ",
				 (unsigned long long)t->people[whom].user_id);
			u.before = mention;
		}
	}
	town_say(t, &u);
}

/* Who speaks next where somebody just spoke: one of those talking, the same again, or somebody new.
 */
static uint32_t next_speaker(struct town *t, const struct room *room)
{
	const struct said *last = recent(t, room, 1), *other = recent(t, room, 6);
	double dice = rng_unit(&t->rng);
	if (dice < 0.45 && other && other->author != NOBODY)
		return other->author;
	if (dice < 0.65 && last && last->author != NOBODY)
		return last->author;
	return town_writer(t);
}

static uint32_t speaker_for(struct town *t, uint32_t room)
{
	uint32_t who = next_speaker(t, &t->rooms[room]);
	if (t->rooms[room].kind == ROOM_STAFF && who != NOBODY && !t->people[who].is_staff)
		return town_on_duty(t, NOBODY);
	return who;
}

static void on_follow(struct town *t, const struct errand *e)
{
	uint32_t who = speaker_for(t, e->room);
	const struct said *to = recent(t, &t->rooms[e->room], 4);
	bool replies = rng_chance(&t->rng, 0.33);
	if (who == NOBODY || !t->people[who].is_here || t->people[who].is_bot ||
	    t->rooms[e->room].is_closed)
		return;
	chat(t, e->room, who, replies && to && to->author != who ? to->message_id : 0);
}

static void on_spark(struct town *t, const struct errand *e)
{
	if (e->extra) {
		uint32_t who = town_writer(t);
		uint32_t room = who == NOBODY ? 0 : room_to_talk_in(t, &t->people[who]);
		if (who != NOBODY && t->rooms[room].kind == ROOM_STAFF && !t->people[who].is_staff)
			who = town_on_duty(t, NOBODY);
		if (who != NOBODY)
			chat(t, room, who, 0);
	}
	town_await(t, on_spark, t->plan->daily.messages * (1 - FOLLOW_CHANCE), 0);
}

/* --- threads --- */

static void on_archive(struct town *t, const struct errand *e)
{
	act_update_thread(town_world(t), t->rooms[e->room].channel_id, NULL, true, false);
	t->rooms[e->room].is_closed = true;
}

static uint32_t add_room(struct town *t, const struct room *room)
{
	if (t->room_count == t->room_cap) {
		t->room_cap *= 2;
		t->rooms = ra_realloc(t->rooms, t->room_cap * sizeof(*t->rooms));
	}
	t->rooms[t->room_count] = *room;
	return (uint32_t)t->room_count++;
}

uint32_t town_open_thread(struct town *t, uint32_t parent, uint64_t message_id, uint32_t owner)
{
	struct ra_buf *name = &t->community->text;
	struct ra_buf question = { 0 };
	bool is_post = t->rooms[parent].kind == ROOM_FORUM;
	ra_buf_clear(name);
	text_make(name, &t->rng, t->plan->lang, t->plan->theme, TEXT_TITLE);
	if (is_post)
		text_make(&question, &t->rng, t->plan->lang, t->plan->theme, TEXT_HELP);
	const struct channel *c =
		act_thread(town_world(t), &(struct thread_conf){
						  .parent_id = t->rooms[parent].channel_id,
						  .message_id = message_id,
						  .owner_id = t->people[owner].user_id,
						  .name = ra_buf_text(name),
						  .text = ra_buf_str(&question),
					  });
	ra_buf_fini(&question);
	struct room room = { .channel_id = c ? c->id : 0, .kind = ROOM_THREAD };
	if (is_post)
		remember(&room, room.channel_id, owner);
	uint32_t index = add_room(t, &room);
	unsigned first = 1 + (unsigned)rng_wait(&t->rng, 2);
	for (unsigned i = 0; !is_post && i < first; i++)
		town_errand(t, (int64_t)rng_spread(&t->rng, 4 * MINUTE_MS, 1),
			    (struct errand){ .run = on_follow, .room = index });
	town_errand(t, (int64_t)rng_spread(&t->rng, THREAD_LIFE_MS, 0.5),
		    (struct errand){ .run = on_archive, .room = index });
	return index;
}

void town_start_chat(struct town *t)
{
	town_await(t, on_spark, t->plan->daily.messages * (1 - FOLLOW_CHANCE), 0);
}
