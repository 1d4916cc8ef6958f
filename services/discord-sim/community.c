#include "services/discord-sim/community.h"
#include "services/discord-sim/town.h"

#define BENCH_GUILDS  10
#define BENCH_MEMBERS 1000

static void start_town(struct town *t)
{
	town_start_chat(t);
	town_start_help(t);
	town_start_voice(t);
	town_start_flow(t);
	town_start_extras(t);
	town_start_ties(t);
}

/* The plans of the preset; the one of bench is made on the spot. */
static struct plan plan_for(struct community *c, const struct community_conf *conf)
{
	struct plan plan = plan_of(conf->preset);
	size_t copies = conf->bench_guilds ? conf->bench_guilds : BENCH_GUILDS;
	if (strcmp(conf->preset, "bench") == 0) {
		c->bench = plan_bench(conf->bench_members ? conf->bench_members : BENCH_MEMBERS);
		plan = (struct plan){ &c->bench, 1, copies };
	} else if (strcmp(conf->preset, "crowd") == 0) {
		plan.town_count = copies;
	}
	return plan;
}

static void build(struct community *c, const struct plan *plan)
{
	struct world *world = c->world;
	world_listener listener = world->listener;
	enum world_lane lane = world->lane;
	world->listener = NULL;
	world->lane = LANE_COMMUNITY;
	build_accounts(c);
	build_towns(c, plan);
	world_set_now(world, c->epoch_ms);
	c->now_ms = c->epoch_ms;
	for (size_t i = 0; i < c->town_count; i++)
		start_town(&c->towns[i]);
	world->listener = listener;
	world->lane = lane;
}

struct community *community_new(const struct community_conf *conf, struct world *world,
				struct ra_err *err)
{
	struct community *c = ra_new(struct community);
	c->world = world;
	c->seed = conf->seed;
	c->epoch_ms = conf->epoch_ms;
	c->activity = conf->activity > 0 ? conf->activity : 1;
	struct plan plan = plan_for(c, conf);
	if (!plan.kinds) {
		ra_fail(err, RA_ECONF, "Choose demo, tiny, crowd or bench.",
			"no such community: %s", conf->preset);
		ra_free(c);
		return NULL;
	}
	build(c, &plan);
	return c;
}

static void free_names(struct community *c)
{
	struct user_name *name, *next;
	HASH_ITER(hh, c->names, name, next)
	{
		HASH_DEL(c->names, name);
		ra_free(name->name);
		ra_free(name);
	}
}

void community_free(struct community **community)
{
	struct community *c = *community;
	*community = NULL;
	if (!c)
		return;
	for (size_t i = 0; i < c->town_count; i++) {
		struct town *t = &c->towns[i];
		ra_free(t->people);
		ra_free(t->rooms);
		ra_free(t->staff);
		ra_free(t->talkers.tree);
		ra_free(t->listeners.tree);
	}
	free_names(c);
	ra_free(c->towns);
	ra_free(c->errands);
	ra_buf_fini(&c->text);
	ra_free(c);
}

int64_t community_next_ms(const struct community *community)
{
	return community->errands[0].at_ms;
}

size_t community_step(struct community *community, int64_t until_ms, size_t max_events)
{
	struct world *world = community->world;
	enum world_lane lane = world->lane;
	size_t done = 0;
	world->lane = LANE_COMMUNITY;
	while (community->errands[0].at_ms <= until_ms) {
		if (done >= max_events && community->errands[0].at_ms > community->now_ms)
			break;
		struct errand e = town_next_errand(community);
		community->now_ms = e.at_ms;
		world_set_now(world, e.at_ms);
		e.run(e.town, &e);
		done++;
	}
	world->lane = lane;
	return done;
}
