#include "services/discord-sim/player.h"
#include "libshared/base/clock.h"
#include "services/discord-sim/community.h"
#include "services/discord-sim/gateway.h"
#include "services/discord-sim/oracle.h"
#include "services/discord-sim/sim.h"
#include "services/discord-sim/timeline.h"
#include <stdio.h>

/*
 *   CATCH_UP --told all that was told before--> HISTORY --at the clock--> LIVE
 *
 * HISTORY waits for a session and for its room; LIVE waits only for room, as
 * life goes on while nobody looks.
 */
enum phase { CATCH_UP, HISTORY, LIVE };

#define SLICE_EVENTS    512
#define CATCH_UP_EVENTS 20000
#define ROOM_WAIT_MS    2
#define NOBODY_WAIT_MS  100
#define IDLE_MAX_MS     500
/* A step never reaches further than this, so that one reservation covers it. */
#define STEP_MS (10 * 60 * 1000)

struct player {
	struct sim *sim;             /* borrowed */
	struct community *community; /* owned */
	struct timeline timeline;
	player_ready_cb ready;
	void *ctx;
	enum phase phase;
	bool is_paused;
	uint64_t burst;   /* events still to come at full speed */
	int64_t until_ms; /* of world time; 0: no end */
	uint64_t happened;
	int64_t clock_offset_ms; /* as last seen */
	uv_timer_t timer;
};

static int64_t target(const struct player *p)
{
	int64_t ms = timeline_target_ms(&p->timeline, ra_wall_ms());
	return p->until_ms > 0 && p->until_ms < ms ? p->until_ms : ms;
}

/* ---- stepping ---- */

static void catch_up(struct player *p)
{
	struct world *world = p->sim->world;
	if (community_step(p->community, p->timeline.resumed_from_ms, CATCH_UP_EVENTS) > 0)
		return;
	world_listen(world, gateway_dispatch, p->sim->gateway);
	p->phase = HISTORY;
	ra_info(&p->sim->log, "world ready", ra_f_u64("guilds", HASH_COUNT(world->guilds)));
	p->ready(p->ctx);
}

static bool may_play(const struct player *p)
{
	enum gateway_room room = gateway_room(p->sim->gateway);
	if (p->is_paused || room == ROOM_FULL)
		return false;
	return p->phase == LIVE || room == ROOM_FREE;
}

/* At most `max` things up to `until`; false when the state file refuses. */
static bool step(struct player *p, int64_t until, uint64_t max)
{
	int64_t reach = community_next_ms(p->community) + STEP_MS;
	if (until > reach)
		until = reach;
	int rc = timeline_reserve(&p->timeline, until, ra_wall_ms());
	if (rc < 0) {
		ra_error(&p->sim->log, "cannot write the state file",
			 ra_f_text("file", p->timeline.path), ra_f_err(rc));
		return false;
	}
	p->happened += community_step(p->community, until, max);
	return true;
}

/* Lets a slice happen of what is due. Returns how long to wait before the next. */
static uint64_t play(struct player *p)
{
	int64_t until = target(p);
	int64_t next = community_next_ms(p->community);
	if (next <= until)
		return step(p, until, SLICE_EVENTS) ? 0 : IDLE_MAX_MS;
	world_set_now(p->sim->world, until);
	p->phase = LIVE;
	double wait = (double)(next - until) / (p->timeline.speed > 0 ? p->timeline.speed : 1);
	return wait < IDLE_MAX_MS ? (uint64_t)wait + 1 : IDLE_MAX_MS;
}

/* Time runs ahead of the clock; afterwards the clock goes on from there. */
static uint64_t play_burst(struct player *p)
{
	uint64_t before = p->happened;
	uint64_t max = p->burst < SLICE_EVENTS ? p->burst : SLICE_EVENTS;
	if (!step(p, INT64_MAX, max))
		return IDLE_MAX_MS;
	uint64_t done = p->happened - before;
	p->burst = done < p->burst ? p->burst - done : 0;
	if (p->burst == 0) {
		p->timeline.anchor_world_ms = p->sim->world->now_ms;
		p->timeline.anchor_wall_ms = ra_wall_ms();
	}
	return 0;
}

/* A town that stands still goes along when a test moves the clock: nothing happens there, but what
 * others do in it gets the time it is. */
static void follow_moved_clock(struct player *p)
{
	int64_t offset_ms = ra_clock_offset_ms(), moved_ms = offset_ms - p->clock_offset_ms;
	p->clock_offset_ms = offset_ms;
	if (p->phase == LIVE && (p->is_paused || p->timeline.speed == 0) && moved_ms > 0)
		world_set_now(p->sim->world, p->sim->world->now_ms + moved_ms);
}

static void on_timer(uv_timer_t *timer)
{
	struct player *p = ra_container_of(timer, struct player, timer);
	uint64_t wait = 0;
	follow_moved_clock(p);
	if (p->phase == CATCH_UP)
		catch_up(p);
	else if (!may_play(p))
		wait = gateway_room(p->sim->gateway) == ROOM_FULL ? ROOM_WAIT_MS : NOBODY_WAIT_MS;
	else if (p->burst > 0)
		wait = play_burst(p);
	else
		wait = play(p);
	uv_timer_start(timer, on_timer, wait, 0);
}

/* ---- life ---- */

/* When history ends; with `*speed`, how time goes on from there. */
static int history_end(const struct conf *conf, int64_t *end_ms, double *speed, struct ra_err *err)
{
	*end_ms = ra_wall_ms();
	*speed = (double)conf->speed;
	if (conf->history_end[0] == '\0')
		return 0;
	*speed = 0;
	if (ra_iso8601_parse(ra_str_of(conf->history_end), end_ms) == 0)
		return 0;
	return ra_fail(err, RA_ECONF, "Write it like 2026-04-10T00:00:00Z.",
		       "SIM_HISTORY_END is not a time");
}

static int open_timeline(struct timeline *t, const struct conf *conf, struct ra_err *err)
{
	int64_t end_ms;
	double speed;
	int rc = history_end(conf, &end_ms, &speed, err);
	if (rc < 0)
		return rc;
	struct timeline_conf timeline = {
		.path = conf->state_file[0] ? conf->state_file : NULL,
		.preset = conf->preset,
		.seed = (uint64_t)conf->seed,
		.activity = (unsigned)conf->activity,
		.history_days = (uint32_t)conf->history_days,
		.speed = speed,
	};
	return timeline_open(t, &timeline, end_ms, err);
}

static struct community *build(struct sim *sim, int64_t epoch_ms, struct ra_err *err)
{
	const struct conf *conf = sim->conf;
	struct community_conf community = {
		.preset = conf->preset,
		.seed = (uint64_t)conf->seed,
		.epoch_ms = epoch_ms,
		.bench_guilds = (uint32_t)conf->bench_guilds,
		.bench_members = (uint32_t)conf->bench_members,
		.activity = (double)conf->activity / 100,
	};
	struct world_conf world = {
		.application_id = (uint64_t)conf->client_id,
		.bot_name = conf->bot_name,
		.history_per_channel = (size_t)conf->keep_messages,
	};
	sim->world = world_new(&world);
	return community_new(&community, sim->world, err);
}

struct community *player_build(struct sim *sim, struct ra_err *err)
{
	struct timeline t = { 0 };
	if (open_timeline(&t, sim->conf, err) < 0)
		return NULL;
	struct community *community = build(sim, t.epoch_ms, err);
	timeline_close(&t, t.resumed_from_ms);
	return community;
}

struct player *player_start(struct sim *sim, player_ready_cb ready, void *ctx, struct ra_err *err)
{
	struct player *p = ra_new(struct player);
	*p = (struct player){ .sim = sim, .ready = ready, .ctx = ctx };
	p->clock_offset_ms = ra_clock_offset_ms();
	int rc = open_timeline(&p->timeline, sim->conf, err);
	if (rc == 0)
		p->community = build(sim, p->timeline.epoch_ms, err);
	if (!p->community) {
		ra_free(p);
		return NULL;
	}
	uv_timer_init(sim->loop, &p->timer);
	uv_timer_start(&p->timer, on_timer, 0, 0);
	return p;
}

void player_stop(struct player *p)
{
	timeline_close(&p->timeline, p->sim->world->now_ms);
	uv_close((uv_handle_t *)&p->timer, NULL);
}

void player_free(struct player **player)
{
	if (!*player)
		return;
	community_free(&(*player)->community);
	ra_free(*player);
	*player = NULL;
}

/* ---- control ---- */

static int percent(int64_t from, int64_t now, int64_t to)
{
	return now <= from || to <= from ? 0
	       : now >= to               ? 100
					 : (int)((now - from) * 100 / (to - from));
}

bool player_is_live(const struct player *player, char why[128])
{
	const struct timeline *t = &player->timeline;
	int64_t now = player->sim->world->now_ms;
	int64_t told = t->resumed_from_ms > 0 ? t->resumed_from_ms : t->epoch_ms;
	if (player->phase == CATCH_UP)
		snprintf(why, 128, "remembering history: %d %%", percent(t->epoch_ms, now, told));
	else if (player->phase == HISTORY && gateway_room(player->sim->gateway) == ROOM_NOBODY)
		snprintf(why, 128, "waiting for a bot to connect");
	else if (player->phase == HISTORY)
		snprintf(why, 128, "playing history: %d %%", percent(told, now, target(player)));
	return player->phase == LIVE;
}

static void wake(struct player *p)
{
	uv_timer_start(&p->timer, on_timer, 0, 0);
}

void player_touch(struct player *player)
{
	follow_moved_clock(player);
	if (player->phase == LIVE && !player->is_paused && player->burst == 0)
		play(player);
}

void player_pause(struct player *player, bool is_paused)
{
	player->is_paused = is_paused;
	wake(player);
}

void player_set_speed(struct player *player, double speed)
{
	timeline_set_speed(&player->timeline, speed, ra_wall_ms());
	wake(player);
}

void player_burst(struct player *player, uint64_t events)
{
	player->burst += events;
	wake(player);
}

void player_run_until(struct player *player, int64_t world_ms)
{
	player->until_ms = world_ms;
	wake(player);
}

json_t *player_json(const struct player *player)
{
	static const char *const phases[] = {
		[CATCH_UP] = "catching-up",
		[HISTORY] = "history",
		[LIVE] = "live",
	};
	return json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:f, s:I, s:I}", "phase",
			 phases[player->phase], "paused", player->is_paused, "now_ms",
			 (json_int_t)player->sim->world->now_ms, "target_ms",
			 (json_int_t)target(player), "epoch_ms",
			 (json_int_t)player->timeline.epoch_ms, "until_ms",
			 (json_int_t)player->until_ms, "speed", player->timeline.speed, "happened",
			 (json_int_t)player->happened, "burst", (json_int_t)player->burst);
}
