/*
 * town: one guild as the engine lives it: its people and their habits, its
 * rooms, and the errands still to be run.
 *
 * The rule that keeps it repeatable: what happens next is decided by the
 * town's own generator and its own memory, never by what an act in the world
 * returned. Others may have deleted a channel or banned somebody; then an act
 * fails, and the town carries on as if it had not.
 */
#pragma once
#include "services/discord-sim/act.h"
#include "services/discord-sim/plan.h"

#define SECOND_MS 1000LL
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
#define NOBODY    UINT32_MAX

struct person {
	uint64_t user_id;
	float talk;            /* share in what is written; 0: never writes */
	float voice;           /* share in voice */
	int8_t shift_h;        /* later than the others by so many hours */
	uint16_t favourite[2]; /* rooms */
	bool is_here, is_staff, is_bot, is_pending;
	uint16_t voice_room; /* 0: not in voice, else its index + 1 */
	bool self_mute, self_deaf, stream, video, mute;
	uint32_t voice_visit; /* errands of an earlier visit are void */
	int64_t joined_ms;
};

/* A message somebody may still answer, react to, edit or delete. */
struct said {
	uint64_t message_id;
	uint32_t author;
};

#define SAID_KEPT 12
struct room {
	uint64_t channel_id;
	enum room_kind kind;
	double weight;
	struct said said[SAID_KEPT]; /* the newest at (said_count - 1) % SAID_KEPT */
	uint64_t said_count;
	unsigned occupants; /* voice */
	bool is_closed;     /* an archived thread */
};

/* A draw among people in proportion to a share that changes: a Fenwick tree. */
struct shares {
	double *tree;
	size_t count, cap;
};

/* What the raiders wrote, and where. */
struct raid {
	uint32_t rooms[2];
	struct raid_spam {
		uint64_t ids[256];
		size_t count;
	} spam[2];
};

struct town {
	struct community *community; /* borrowed */
	const struct town_plan *plan;
	struct rng rng, side; /* side: of town_ties.c */
	uint64_t noise;       /* what makes its days differ */
	uint64_t guild_id, owner_id, webhook_id;
	struct person *people;
	size_t person_count, person_cap;
	struct shares talkers, listeners; /* who writes; who is in voice */
	struct room *rooms;
	size_t room_count, room_cap;
	size_t planned_rooms; /* those before threads */
	uint64_t staff_role, member_role;
	uint32_t bot, music_bot; /* people; NOBODY: none */
	struct raid raid;
	uint32_t *staff;
	size_t staff_count;
};

struct errand;
typedef void (*errand_fn)(struct town *town, const struct errand *errand);

/* Something to be done at its time. What the numbers mean is the function's business. */
struct errand {
	int64_t at_ms;
	uint64_t order; /* among those of the same moment */
	struct town *town;
	errand_fn run;
	uint32_t who, room;
	uint64_t message_id;
	uint64_t extra;
	const char *emoji; /* a literal */
};

/* Those one can log in as: the consent page lists them, members of every town. */
enum account_kind { ACCOUNT_OWNER, ACCOUNT_MANAGER, ACCOUNT_INSIGHTS, ACCOUNT_MEMBER, ACCOUNTS };

struct community {
	struct world *world;    /* borrowed */
	struct town_plan bench; /* what the towns of that preset are all like */
	uint64_t seed;
	int64_t epoch_ms;
	int64_t now_ms; /* of the errand being run */
	double activity;
	struct town *towns;
	size_t town_count;
	struct errand *errands; /* a heap, the next one first */
	size_t errand_count, errand_cap;
	uint64_t order;
	uint64_t accounts[ACCOUNTS]; /* users */
	struct user_name {           /* usernames taken */
		char *name;
		UT_hash_handle hh;
	} * names;
	struct ra_buf text; /* of the message being written */
};

static inline struct world *town_world(const struct town *t)
{
	return t->community->world;
}
static inline int64_t town_now(const struct town *t)
{
	return t->community->now_ms;
}

/* --- town.c --- */

/* `e` is copied; its town and order are filled in. */
void town_errand(struct town *t, int64_t in_ms, struct errand e);
/* What comes by chance, `per_day` times on an average day, at the hours its rhythm gives it: call
 * it to begin, and from `run` itself each time. In `run`, errand->extra tells whether the thing
 * comes now (1) or was only looked for. */
void town_await(struct town *t, errand_fn run, double per_day, uint32_t room);
/* Likewise, but with the hours of an office, whatever the town's: feeds, bots. */
void town_await_evenly(struct town *t, errand_fn run, double per_day, uint32_t room);
/* Takes the next errand off the heap; there always is one. */
struct errand town_next_errand(struct community *c);
/* How lively it is now; 1 on average. */
double town_pace(const struct town *t, int64_t at_ms);
/* Days since the epoch, in local time. */
int64_t town_day(const struct town *t, int64_t at_ms);
/* Local hour, 0 - 24. */
double town_hour(const struct town *t, int64_t at_ms);
bool town_has(const struct town *t, enum story story, int64_t at_ms);
/* ms from now until that day of the history at that local hour; negative: past. */
int64_t town_until(const struct town *t, int64_t day, double hour);

/* Whether this person would be about at this hour, by chance. */
bool town_is_up(struct town *t, const struct person *p);

void shares_set(struct shares *s, size_t index, double before, double after);
/* NOBODY when nobody has a share. */
uint32_t shares_draw(const struct shares *s, struct rng *rng);

/* --- town_people.c --- */

uint32_t town_add_person(struct town *t, const struct person *p);
void town_set_talk(struct town *t, uint32_t who, double talk);
void town_set_voice(struct town *t, uint32_t who, double voice);
/* Out of every draw. */
void town_forget(struct town *t, uint32_t who);
/* Somebody who would write, or go to voice, at this hour. May be NOBODY. */
uint32_t town_writer(struct town *t);
uint32_t town_talker(struct town *t);
/* Anybody who is here, chatty or not, no bots; may be NOBODY. */
uint32_t town_anybody(struct town *t);
/* One of those who read and sometimes react, but need not ever write; may be NOBODY. */
uint32_t town_lurker(struct town *t);
/* A staff member other than `not`, more likely one who is up now. May be NOBODY. */
uint32_t town_on_duty(struct town *t, uint32_t not );
/* A user who exists since then, with a name nobody has. */
uint64_t town_make_user(struct town *t, int64_t since_ms);
uint64_t town_make_bot(struct town *t, int64_t since_ms, const char *name);
/* What a person is like when they are here to stay. */
void town_give_habits(struct town *t, struct person *p);

/* --- town_chat.c --- */

struct utterance {
	uint32_t room, who; /* who: NOBODY for the webhook */
	enum text_kind text;
	uint64_t reply_to;
	uint32_t attachments;
	const char *before; /* put before the text; NULL: nothing */
};
/* The message's id, 0 when the world would not have it. Starts what follows of it: answers,
 * reactions, edits. */
uint64_t town_say(struct town *t, const struct utterance *u);
/* Without any consequence. */
uint64_t town_say_only(struct town *t, const struct utterance *u);
void town_reply_later(struct town *t, int64_t in_ms, const struct utterance *u);
void town_react_later(struct town *t, int64_t in_ms, uint32_t room, uint64_t message_id,
		      uint32_t who, const char *emoji);
uint32_t town_room_of(struct town *t, enum room_kind kind); /* NOBODY: none */
uint32_t town_open_thread(struct town *t, uint32_t parent, uint64_t message_id, uint32_t owner);
void town_start_chat(struct town *t);

/* --- the other walks of life: each starts its own errands --- */
void town_start_help(struct town *t);
void town_start_voice(struct town *t);
void town_start_flow(struct town *t);
void town_start_extras(struct town *t);
void town_start_ties(struct town *t);
/* --- town_ties.c --- */
/* By which invite the next one comes; NULL: by none, nobody knows how. Valid until the next act. */
const char *town_invite_for(struct town *t);
/* Some say within that time that they want to come. */
void town_interest(struct town *t, uint64_t event_id, int64_t within_ms);
/* Who was banned may be let in again some day. */
void town_maybe_forgive(struct town *t, uint32_t who);
/* Takes somebody who is going away out of voice, in the town's own memory. */
void town_leaves_voice(struct town *t, struct person *p);
/* Brings so many people to voice within a quarter of an hour: an event begins. */
void town_gather(struct town *t, uint32_t room, unsigned people);

/* --- build.c --- */

/* The accounts, and one town per plan, oldest first, the clock at the epoch afterwards. `copies` of
 * the one plan when there is only one. */
void build_accounts(struct community *c);
void build_towns(struct community *c, const struct plan *plan);
