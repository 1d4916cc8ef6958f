/* community: the same seed lives the same life, and it looks like one. */
#include "services/discord-sim/act.h"
#include "services/discord-sim/community.h"
#include "services/discord-sim/render.h"
#include "libshared/base/clock.h"
#include "libshared/discord/snowflake.h"
#include "tests/unit/services/discord-sim/sheet.h"

#define HOUR  3600000LL
#define DAY   (24 * HOUR)
#define EPOCH (1795000000000LL - 1795000000000LL % DAY)

struct life {
	struct world *world;
	struct community *community;
	uint64_t hash, dispatches, bytes;
	uint64_t per_hour[24], per_weekday[7]; /* messages, local to the guild watched */
	uint64_t watched;
	int64_t last_ms;
	bool is_checked;
};

static void on_dispatch(void *ctx, const struct dispatch *dispatch)
{
	struct life *life = ctx;
	life->dispatches++;
	life->bytes += dispatch->d.len;
	for (const char *c = dispatch->type; *c; c++)
		life->hash = (life->hash ^ (unsigned char)*c) * 1099511628211ULL;
	for (size_t i = 0; i < dispatch->d.len; i++)
		life->hash = (life->hash ^ (unsigned char)dispatch->d.ptr[i]) * 1099511628211ULL;
	assert_true(dispatch->at_ms >= life->last_ms);
	life->last_ms = dispatch->at_ms;
	if (dispatch->guild_id == life->watched && strcmp(dispatch->type, "MESSAGE_CREATE") == 0) {
		life->per_hour[dispatch->at_ms / HOUR % 24]++;
		life->per_weekday[(dispatch->at_ms / DAY + 3) % 7]++;
	}
}

static struct life begin(const char *preset, uint64_t seed)
{
	struct life life = { .hash = 14695981039346656037ULL };
	struct ra_err err;
	struct community_conf conf = { .preset = preset, .seed = seed, .epoch_ms = EPOCH };
	life.world = world_new(&(struct world_conf){ .application_id = 99, .bot_name = "bot" });
	life.community = community_new(&conf, life.world, &err);
	assert_non_null(life.community);
	return life;
}

static void end(struct life *life)
{
	community_free(&life->community);
	world_free(&life->world);
}

static void live(struct life *life, int64_t until_ms, size_t at_a_time)
{
	world_listen(life->world, on_dispatch, life);
	while (community_step(life->community, until_ms, at_a_time) > 0)
		;
}

static void the_same_seed_lives_the_same_life(void **state)
{
	(void)state;
	struct life a = begin("tiny", 7), b = begin("tiny", 7), c = begin("tiny", 8);
	live(&a, EPOCH + 5 * DAY, SIZE_MAX);
	live(&b, EPOCH + 5 * DAY, 1); /* however the steps are cut */
	live(&c, EPOCH + 5 * DAY, 100);
	assert_true(a.dispatches > 1000);
	assert_int_equal(a.dispatches, b.dispatches);
	assert_int_equal(a.hash, b.hash);
	assert_int_not_equal(a.hash, c.hash);
	end(&a);
	end(&b);
	end(&c);
}

/* What is over at some moment and goes on from there is the whole, without a word twice. */
static void a_restart_goes_on_where_it_was(void **state)
{
	(void)state;
	struct life whole = begin("tiny", 7), before = begin("tiny", 7), after = begin("tiny", 7);
	int64_t stop_ms = EPOCH + 3 * DAY + 12345;
	live(&whole, EPOCH + 5 * DAY, 64);
	live(&before, stop_ms, 64);
	while (community_step(after.community, stop_ms, 64) > 0)
		; /* nobody listens */
	assert_int_equal(after.dispatches, 0);
	after.hash = before.hash;
	live(&after, EPOCH + 5 * DAY, 64);
	assert_int_equal(before.dispatches + after.dispatches, whole.dispatches);
	assert_int_equal(after.hash, whole.hash);
	end(&whole);
	end(&before);
	end(&after);
}

/* Others act in the world, even against people the community counts on: its own life goes on, its
 * ids stay. */
static void visitors_change_nothing_of_it(void **state)
{
	(void)state;
	struct life alone = begin("tiny", 7), visited = begin("tiny", 7);
	struct guild *g = visited.world->guilds;
	uint64_t lobby = g->system_channel_id, newest[2];
	act_ban(visited.world, g->id, g->members->user_id, g->owner_id);
	for (int hour = 1; hour <= 48; hour++) {
		live(&alone, EPOCH + hour * HOUR, 100);
		live(&visited, EPOCH + hour * HOUR, 100);
		act_post(visited.world,
			 &(struct post){ .channel_id = lobby,
					 .author_id = g->owner_id,
					 .text = RA_STR("hello from outside") },
			 NULL);
	}
	struct life *lives[] = { &alone, &visited };
	for (int i = 0; i < 2; i++) {
		struct channel *c = world_channel(lives[i]->world, lobby);
		struct message *m = NULL;
		for (size_t k = 0; k < c->message_len; k++)
			if (strcmp(c->messages[c->message_first + k]->text, "hello from outside") !=
			    0)
				m = c->messages[c->message_first + k];
		assert_non_null(m);
		newest[i] = m->id;
	}
	assert_int_equal(newest[0], newest[1]);
	assert_int_equal(community_next_ms(alone.community), community_next_ms(visited.community));
	end(&alone);
	end(&visited);
}

static void check_all(void *ctx, const struct dispatch *dispatch)
{
	struct life *life = ctx;
	life->dispatches++;
	json_t *d = sheet_check(dispatch);
	if (dispatch->has_content) {
		json_t *masked = sheet_parse(dispatch->masked);
		assert_string_equal(json_string_value(sheet_at(masked, "content")), "");
		assert_int_equal(json_array_size(sheet_at(masked, "embeds")), 0);
		json_decref(masked);
	}
	json_decref(d);
}

static void every_dispatch_is_as_documented(void **state)
{
	(void)state;
	const char *presets[] = { "tiny", "demo" };
	for (int i = 0; i < 2; i++) {
		struct life life = begin(presets[i], 3);
		world_listen(life.world, check_all, &life);
		while (community_step(life.community, EPOCH + (i ? 1 : 12) * DAY, 1000) > 0)
			;
		assert_true(life.dispatches > 2000);
		end(&life);
	}
}

static void every_guild_create_parses(void **state)
{
	(void)state;
	struct life life = begin("demo", 3);
	live(&life, EPOCH + 6 * HOUR, 1000);
	for (struct guild *g = life.world->guilds; g; g = g->hh.next) {
		struct ra_buf out = { 0 };
		render_guild_create(&out, life.world, g,
				    &(struct guild_create){ .large_threshold = 50 });
		json_t *d = sheet_parse(ra_buf_str(&out));
		assert_int_equal(json_integer_value(sheet_at(d, "member_count")),
				 HASH_COUNT(g->members));
		assert_true(json_array_size(sheet_at(d, "channels")) > 0);
		json_decref(d);
		ra_buf_fini(&out);
	}
	end(&life);
}

static uint64_t sum(const uint64_t *values, int from, int to)
{
	uint64_t total = 0;
	for (int i = from; i < to; i++)
		total += values[i];
	return total;
}

static uint64_t guild_named(const struct world *world, const char *name)
{
	for (const struct guild *g = world->guilds; g; g = g->hh.next)
		if (strcmp(g->name, name) == 0)
			return g->id;
	fail_msg("no guild %s", name);
	return 0;
}

/* A project of people at work, in UTC. */
static void nights_and_weekends_are_quiet(void **state)
{
	(void)state;
	struct life life = begin("demo", 1);
	life.watched = guild_named(life.world, "libtide");
	uint64_t started_ms = ra_monotonic_ms();
	live(&life, EPOCH + 21 * DAY, 10000); /* before its big day */
	double seconds = (double)(ra_monotonic_ms() - started_ms) / 1000;
	print_message("%llu dispatches, %.0f a second here\n", (unsigned long long)life.dispatches,
		      (double)life.dispatches / seconds);
	uint64_t night = sum(life.per_hour, 1, 5), day = sum(life.per_hour, 9, 13);
	assert_true(night * 4 < day);
	uint64_t weekend = sum(life.per_weekday, 5, 7), middle = sum(life.per_weekday, 1, 3);
	assert_true(weekend * 10 < middle * 7);
	assert_true(weekend > 0 && night > 0);
	end(&life);
}

static const struct account *account(const struct world *world, const char *note)
{
	for (size_t i = 0; i < world->account_count; i++)
		if (strstr(world->accounts[i].note, note))
			return &world->accounts[i];
	fail_msg("no account that %s", note);
	return NULL;
}

static void the_accounts_may_what_they_say(void **state)
{
	(void)state;
	struct life life = begin("demo", 1);
	const struct guild *g = world_guild(life.world, guild_named(life.world, "libtide"));
	uint64_t owner = account(life.world, "owns")->user_id;
	uint64_t manager = account(life.world, "MANAGE_GUILD")->user_id;
	uint64_t insights = account(life.world, "INSIGHTS")->user_id;
	uint64_t member = account(life.world, "plain")->user_id;
	assert_int_equal(world_permissions(life.world, g, NULL, owner), PERM_ALL);
	assert_true(world_permissions(life.world, g, NULL, manager) & PERM_MANAGE_GUILD);
	uint64_t bits = world_permissions(life.world, g, NULL, insights);
	assert_true(bits & PERM_VIEW_GUILD_INSIGHTS && !(bits & PERM_MANAGE_GUILD));
	bits = world_permissions(life.world, g, NULL, member);
	assert_true(bits & PERM_VIEW_CHANNEL);
	assert_false(bits & (PERM_VIEW_GUILD_INSIGHTS | PERM_MANAGE_GUILD | PERM_ADMINISTRATOR));
	end(&life);
}

static void the_guilds_are_of_the_sizes_planned(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		unsigned members;
		bool has_bot;
	} planned[] = { { "Рассвет RP", 8000, true }, { "libtide", 2500, true },
			{ "Study Hall", 600, true },  { "Киноклуб «Зерно»", 320, true },
			{ "Iron Otters", 140, true }, { "Наши", 18, true },
			{ "Pixel Garden", 40, false } };
	struct life life = begin("demo", 1);
	for (size_t i = 0; i < RA_COUNT(planned); i++) {
		const struct guild *g =
			world_guild(life.world, guild_named(life.world, planned[i].name));
		assert_int_equal(HASH_COUNT(g->members), planned[i].members + planned[i].has_bot);
		assert_int_equal(g->is_bot_in, planned[i].has_bot);
		assert_true(ra_snowflake_ms(g->id) < EPOCH);
	}
	end(&life);
}

static void an_unknown_preset_is_refused(void **state)
{
	(void)state;
	struct ra_err err;
	struct world *world =
		world_new(&(struct world_conf){ .application_id = 9, .bot_name = "b" });
	struct community_conf conf = { .preset = "huge" };
	assert_null(community_new(&conf, world, &err));
	assert_int_equal(err.code, RA_ECONF);
	assert_non_null(strstr(err.msg, "huge"));
	world_free(&world);
}

static void bench_is_as_large_as_asked(void **state)
{
	(void)state;
	struct ra_err err;
	struct world *world =
		world_new(&(struct world_conf){ .application_id = 9, .bot_name = "b" });
	struct community_conf conf = {
		.preset = "bench", .epoch_ms = EPOCH, .bench_guilds = 5, .bench_members = 30
	};
	struct community *c = community_new(&conf, world, &err);
	assert_int_equal(HASH_COUNT(world->guilds), 5);
	assert_int_equal(HASH_COUNT(world->guilds->members), 31);
	assert_true(community_step(c, EPOCH + HOUR, 100000) > 0);
	community_free(&c);
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_seed_lives_the_same_life),
		cmocka_unit_test(a_restart_goes_on_where_it_was),
		cmocka_unit_test(visitors_change_nothing_of_it),
		cmocka_unit_test(every_dispatch_is_as_documented),
		cmocka_unit_test(every_guild_create_parses),
		cmocka_unit_test(nights_and_weekends_are_quiet),
		cmocka_unit_test(the_accounts_may_what_they_say),
		cmocka_unit_test(the_guilds_are_of_the_sizes_planned),
		cmocka_unit_test(an_unknown_preset_is_refused),
		cmocka_unit_test(bench_is_as_large_as_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
