/* Everything else: feeds, bots, news, the small work of running a place, weekly events, and its
 * stories. */
#include "services/discord-sim/town.h"

#define NEWS_A_DAY    0.6
#define EVENT_HOUR    19.0
#define EVENT_MS      (2 * HOUR_MS)
#define PLANNED_AHEAD (3 * DAY_MS)
#define WEEK_MS       (7 * DAY_MS)

/* --- feeds, bots, news --- */

static void on_feed(struct town *t, const struct errand *e)
{
	uint32_t room = e->extra ? town_room_of(t, ROOM_FEED) : NOBODY;
	if (room != NOBODY)
		town_say(t, &(struct utterance){ .room = room, .who = NOBODY, .text = TEXT_FEED });
	town_await_evenly(t, on_feed, t->plan->daily.feed, 0);
}

static void on_bot_answer(struct town *t, const struct errand *e)
{
	town_say_only(t, &(struct utterance){ .room = e->room,
					      .who = t->bot,
					      .text = TEXT_BOT,
					      .reply_to = e->message_id });
}

/* Mostly it is asked; sometimes it speaks up by itself. */
static void on_bot(struct town *t, const struct errand *e)
{
	uint32_t room = town_room_of(t, ROOM_BOTS), who = town_writer(t);
	if (room == NOBODY)
		room = town_room_of(t, ROOM_LOBBY);
	if (e->extra && rng_chance(&t->rng, 0.35)) {
		town_say_only(t,
			      &(struct utterance){ .room = room, .who = t->bot, .text = TEXT_BOT });
	} else if (e->extra && who != NOBODY) {
		uint64_t id = town_say_only(
			t, &(struct utterance){ .room = room, .who = who, .text = TEXT_COMMAND });
		town_errand(
			t, rng_between(&t->rng, 300, 1500),
			(struct errand){ .run = on_bot_answer, .room = room, .message_id = id });
	}
	town_await(t, on_bot, t->plan->daily.bot, 0);
}

static void on_news(struct town *t, const struct errand *e)
{
	uint32_t room = e->extra ? town_room_of(t, ROOM_NEWS) : NOBODY;
	uint32_t who = town_on_duty(t, NOBODY);
	if (room != NOBODY && who != NOBODY)
		town_say(t, &(struct utterance){ .room = room, .who = who, .text = TEXT_NEWS });
	town_await(t, on_news, NEWS_A_DAY, 0);
}

/* --- running the place --- */

static void rename_somebody(struct town *t, uint32_t who)
{
	char nick[64];
	struct name name;
	name_make(&name, &t->rng, t->plan->lang);
	if (t->plan->theme == THEME_ROLEPLAY)
		name_character(nick, sizeof(nick), &t->rng);
	act_nick(town_world(t), t->guild_id, t->people[who].user_id,
		 t->plan->theme == THEME_ROLEPLAY ? nick : name.display);
}

static void on_timeout_end(struct town *t, const struct errand *e)
{
	act_timeout(town_world(t), t->guild_id, t->people[e->who].user_id, 0);
}

static void time_out(struct town *t, uint32_t who)
{
	int64_t for_ms = rng_between(&t->rng, 5, 60) * MINUTE_MS;
	if (t->people[who].is_staff)
		return;
	act_timeout(town_world(t), t->guild_id, t->people[who].user_id, town_now(t) + for_ms);
	if (rng_chance(&t->rng, 0.2)) /* mercy; else it just runs out */
		town_errand(t, for_ms / 2, (struct errand){ .run = on_timeout_end, .who = who });
}

static void pin_something(struct town *t, uint32_t who)
{
	uint32_t room = town_room_of(t, ROOM_CHAT);
	if (room == NOBODY || t->rooms[room].said_count == 0)
		return;
	const struct said *said = &t->rooms[room].said[(t->rooms[room].said_count - 1) % SAID_KEPT];
	act_pin(town_world(t), t->rooms[room].channel_id, said->message_id, t->people[who].user_id,
		true);
}

static void invite(struct town *t, uint32_t who)
{
	static const uint32_t ages_s[] = { 0, 86400, 604800 };
	uint32_t room = town_room_of(t, ROOM_LOBBY);
	act_invite(town_world(t), &(struct invite_conf){
					  .channel_id = t->rooms[room].channel_id,
					  .inviter_id = t->people[who].user_id,
					  .max_age_s = ages_s[rng_below(&t->rng, RA_COUNT(ages_s))],
				  });
}

static void on_admin(struct town *t, const struct errand *e)
{
	double dice = rng_unit(&t->rng);
	uint32_t who = town_writer(t);
	if (e->extra && who != NOBODY) {
		if (dice < 0.5)
			rename_somebody(t, who);
		else if (dice < 0.65)
			pin_something(t, who);
		else if (dice < 0.82)
			invite(t, who);
		else if (dice < 0.98)
			time_out(t, who);
		else
			act_boost(town_world(t), t->guild_id, t->people[who].user_id);
	}
	town_await(t, on_admin, t->plan->daily.admin, 0);
}

/* --- weekly events: planned, begun, over --- */

static void set_event(struct town *t, uint64_t event_id, enum event_status status)
{
	const struct guild *g = world_guild(town_world(t), t->guild_id);
	const struct scheduled_event *was = g ? world_event(g, event_id) : NULL;
	if (!was)
		return;
	/* copied first: the act frees what it replaces */
	char *name = ra_strdup(was->name);
	act_event(town_world(t), &(struct event_conf){ .guild_id = t->guild_id,
						       .id = event_id,
						       .channel_id = was->channel_id,
						       .creator_id = was->creator_id,
						       .name = name,
						       .starts_at_ms = was->starts_at_ms,
						       .ends_at_ms = was->ends_at_ms,
						       .status = (int)status });
	ra_free(name);
}

static void on_event_end(struct town *t, const struct errand *e)
{
	set_event(t, e->message_id, EVENT_COMPLETED);
}

static void on_event_start(struct town *t, const struct errand *e)
{
	set_event(t, e->message_id, EVENT_ACTIVE);
	town_gather(t, e->room, 4 + (unsigned)rng_below(&t->rng, 8));
	struct errand end = *e;
	end.run = on_event_end;
	town_errand(t, EVENT_MS, end);
}

static void on_event_plan(struct town *t, const struct errand *e)
{
	struct ra_buf *name = &t->community->text;
	uint32_t stage = town_room_of(t, ROOM_STAGE);
	uint32_t room = stage != NOBODY ? stage : town_room_of(t, ROOM_VOICE);
	uint32_t who = town_on_duty(t, NOBODY);
	ra_buf_clear(name);
	text_make(name, &t->rng, t->plan->lang, t->plan->theme, TEXT_EVENT);
	if (room != NOBODY && who != NOBODY) {
		struct errand start = { .run = on_event_start, .room = room };
		start.message_id =
			act_event(town_world(t),
				  &(struct event_conf){ .guild_id = t->guild_id,
							.channel_id = t->rooms[room].channel_id,
							.creator_id = t->people[who].user_id,
							.name = ra_buf_text(name),
							.starts_at_ms = town_now(t) + PLANNED_AHEAD,
							.ends_at_ms = town_now(t) + PLANNED_AHEAD +
								      EVENT_MS });
		town_interest(t, start.message_id, PLANNED_AHEAD);
		town_errand(t, PLANNED_AHEAD, start);
	}
	town_errand(t, WEEK_MS, *e);
}

/* --- stories --- */

static void on_outage(struct town *t, const struct errand *e)
{
	bool begins = e->extra == 0;
	act_outage(town_world(t), t->guild_id, begins);
	if (begins)
		town_errand(t, 34 * MINUTE_MS, (struct errand){ .run = on_outage, .extra = 1 });
}

static void on_new_channel(struct town *t, const struct errand *e)
{
	(void)e;
	act_create_channel(
		town_world(t),
		&(struct channel_conf){ .guild_id = t->guild_id,
					.type = CHANNEL_TEXT,
					.name = t->plan->lang == LANG_RU ? "идеи" : "ideas",
					.position = (int)t->room_count });
}

static void on_promotion(struct town *t, const struct errand *e)
{
	(void)e;
	uint32_t who = town_writer(t);
	if (who != NOBODY && !t->people[who].is_staff) {
		t->people[who].is_staff = true;
		act_add_role(town_world(t), t->guild_id, t->people[who].user_id, t->staff_role);
	}
}

static void plan_story(struct town *t, enum story story, int64_t day, double hour, errand_fn run)
{
	int64_t in_ms = town_until(t, day, hour);
	if (t->plan->stories & story && in_ms > 0)
		town_errand(t, in_ms, (struct errand){ .run = run });
}

void town_start_extras(struct town *t)
{
	if (t->plan->daily.feed > 0)
		town_await_evenly(t, on_feed, t->plan->daily.feed, 0);
	if (t->bot != NOBODY)
		town_await(t, on_bot, t->plan->daily.bot, 0);
	if (t->plan->daily.admin > 0)
		town_await(t, on_admin, t->plan->daily.admin, 0);
	if (t->staff_count > 0) {
		town_await(t, on_news, NEWS_A_DAY, 0);
		town_errand(t, town_until(t, 2, EVENT_HOUR),
			    (struct errand){ .run = on_event_plan });
	}
	plan_story(t, STORY_OUTAGE, 12, 5.6, on_outage);
	plan_story(t, STORY_BUILD, 9, 15.0, on_new_channel);
	plan_story(t, STORY_BUILD, 14, 18.0, on_promotion);
}
