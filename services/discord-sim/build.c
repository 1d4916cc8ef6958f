/* How a town comes to be what it is on the first day: its guild, channels, roles and people. */
#include "services/discord-sim/town.h"
#include "libshared/discord/snowflake.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define STAFF_TALK   14
#define BOT_SINCE_MS (60 * DAY_MS) /* our bot, before the epoch */
#define ONLINE_PART  0.18

#define MANAGER_PERMISSIONS                                                                        \
	(PERM_MANAGE_GUILD | PERM_KICK_MEMBERS | PERM_BAN_MEMBERS | PERM_MANAGE_MESSAGES |         \
	 PERM_VIEW_AUDIT_LOG | PERM_MANAGE_THREADS | PERM_MODERATE_MEMBERS)
#define STAFF_PERMISSIONS (PERM_MANAGE_MESSAGES | PERM_MANAGE_THREADS | PERM_MUTE_MEMBERS)

/* --- accounts --- */

static const struct {
	const char *username, *global_name, *locale, *note;
} accounts[ACCOUNTS] = {
	[ACCOUNT_OWNER] = { "olga.sobol", "Ольга Соболь", "ru", "owns every server" },
	[ACCOUNT_MANAGER] = { "mark.novak", "Mark Novak", "en-US",
			      "manages servers (MANAGE_GUILD)" },
	[ACCOUNT_INSIGHTS] = { "vera.lind", "Вера Линд", "ru",
			       "may see insights (VIEW_GUILD_INSIGHTS)" },
	[ACCOUNT_MEMBER] = { "pavel.kim", "Pavel Kim", "en-US", "a plain member everywhere" },
};

void build_accounts(struct community *c)
{
	for (unsigned i = 0; i < ACCOUNTS; i++) {
		/* years before anything else, so that no town can take the id */
		uint64_t id = ra_snowflake_at(RA_DISCORD_EPOCH_MS + (365 + i) * DAY_MS) + 1;
		char avatar[33];
		struct rng rng;
		rng_seed(&rng, rng_mix(c->seed, id));
		rng_hex(&rng, avatar);
		act_user(c->world, &(struct user_conf){ .id = id,
							.username = accounts[i].username,
							.global_name = accounts[i].global_name,
							.avatar = avatar,
							.locale = accounts[i].locale });
		act_account(c->world, id, accounts[i].note);
		c->accounts[i] = id;
	}
}

/* --- roles --- */

/* The roles of a town, as it hands them out. */
struct wardrobe {
	uint64_t manager, insights, bot;
	const struct role_plan *division_plans[16];
	uint64_t divisions[16];
	size_t division_count;
};

static uint64_t permissions_of(enum role_kind kind)
{
	switch (kind) {
	case ROLE_MANAGER: return MANAGER_PERMISSIONS;
	case ROLE_STAFF: return STAFF_PERMISSIONS;
	case ROLE_INSIGHTS: return PERM_VIEW_GUILD_INSIGHTS;
	case ROLE_PLAIN:
	case ROLE_MEMBER:
	case ROLE_DIVISION:
	case ROLE_BOT: break;
	}
	return 0;
}

static void hang_up(struct town *t, struct wardrobe *w, const struct role_plan *plan, uint64_t id)
{
	switch (plan->kind) {
	case ROLE_MANAGER: w->manager = id; break;
	case ROLE_INSIGHTS: w->insights = id; break;
	case ROLE_BOT: w->bot = id; break;
	case ROLE_STAFF: t->staff_role = id; break;
	case ROLE_MEMBER: t->member_role = id; break;
	case ROLE_DIVISION:
		if (w->division_count < RA_COUNT(w->divisions)) {
			w->division_plans[w->division_count] = plan;
			w->divisions[w->division_count++] = id;
		}
		break;
	case ROLE_PLAIN: break;
	}
}

/* Written from the top down, as the server's settings show them. */
static void make_roles(struct town *t, struct wardrobe *w)
{
	for (size_t i = t->plan->role_count; i-- > 0;) {
		const struct role_plan *plan = &t->plan->roles[i];
		const struct role *role =
			act_role(town_world(t), &(struct role_conf){
							.guild_id = t->guild_id,
							.name = plan->name,
							.color = plan->color,
							.permissions = permissions_of(plan->kind),
							.is_hoisted = plan->kind != ROLE_MEMBER,
							.is_mentionable = plan->kind == ROLE_STAFF,
						});
		hang_up(t, w, plan, role->id);
	}
}

/* --- rooms --- */

static int channel_type(enum room_kind kind)
{
	switch (kind) {
	case ROOM_CATEGORY: return CHANNEL_CATEGORY;
	case ROOM_FORUM: return CHANNEL_FORUM;
	case ROOM_VOICE:
	case ROOM_AFK: return CHANNEL_VOICE;
	case ROOM_STAGE: return CHANNEL_STAGE;
	case ROOM_THREAD: return CHANNEL_PUBLIC_THREAD;
	case ROOM_LOBBY:
	case ROOM_CHAT:
	case ROOM_MEDIA:
	case ROOM_HELP:
	case ROOM_REPORTS:
	case ROOM_NEWS:
	case ROOM_FEED:
	case ROOM_BOTS:
	case ROOM_STAFF: break;
	}
	return CHANNEL_TEXT;
}

static size_t overwrites_of(const struct town *t, const struct wardrobe *w, enum room_kind kind,
			    struct overwrite out[3])
{
	if (kind == ROOM_NEWS) {
		out[0] = (struct overwrite){ .id = t->guild_id, .deny = PERM_SEND_MESSAGES };
		return 1;
	}
	if (kind != ROOM_STAFF)
		return 0;
	out[0] = (struct overwrite){ .id = t->guild_id, .deny = PERM_VIEW_CHANNEL };
	out[1] = (struct overwrite){ .id = t->staff_role, .allow = PERM_VIEW_CHANNEL };
	out[2] = (struct overwrite){ .id = w->manager, .allow = PERM_VIEW_CHANNEL };
	return w->manager ? 3 : 2;
}

static void make_rooms(struct town *t, const struct wardrobe *w)
{
	uint64_t category = 0;
	bool has_news = strstr(t->plan->features, "NEWS") != NULL;
	for (size_t i = 0; i < t->plan->room_count; i++) {
		const struct room_plan *plan = &t->plan->rooms[i];
		struct overwrite overwrites[3];
		bool is_news = plan->kind == ROOM_NEWS && has_news;
		const struct channel *c = act_create_channel(
			town_world(t),
			&(struct channel_conf){
				.guild_id = t->guild_id,
				.parent_id = plan->kind == ROOM_CATEGORY ? 0 : category,
				.type = is_news ? CHANNEL_ANNOUNCEMENT : channel_type(plan->kind),
				.name = plan->name,
				.topic = plan->topic,
				.position = (int)i,
				.overwrites = overwrites,
				.overwrite_count = overwrites_of(t, w, plan->kind, overwrites),
			});
		if (plan->kind == ROOM_CATEGORY)
			category = c->id;
		t->rooms[t->room_count++] = (struct room){ .channel_id = c->id,
							   .kind = plan->kind,
							   .weight = plan->weight };
	}
}

static void place_rooms(struct town *t)
{
	t->room_cap = t->plan->room_count;
	t->planned_rooms = t->plan->room_count;
	t->rooms = ra_alloc(t->room_cap * sizeof(*t->rooms));
}

static uint64_t channel_of(struct town *t, enum room_kind kind)
{
	uint32_t room = town_room_of(t, kind);
	return room == NOBODY ? 0 : t->rooms[room].channel_id;
}

/* --- people --- */

static uint32_t settle(struct town *t, const struct person *p, const uint64_t *roles, size_t count)
{
	act_join(town_world(t), &(struct join){ .guild_id = t->guild_id,
						.user_id = p->user_id,
						.joined_at_ms = p->joined_ms,
						.roles = roles,
						.role_count = count,
						.no_notice = true });
	if (rng_chance(&t->rng, ONLINE_PART) || p->is_bot)
		act_presence(town_world(t), t->guild_id, p->user_id, PRESENCE_ONLINE);
	return town_add_person(t, p);
}

static void settle_bots(struct town *t, const struct wardrobe *w, int64_t since_ms)
{
	static const char *const names[] = { "Lantern", "Jukebox" };
	uint32_t *who[] = { &t->bot, &t->music_bot };
	for (size_t i = 0; i < RA_COUNT(names); i++) {
		*who[i] = NOBODY;
		if (i == 0 ? t->plan->daily.bot <= 0 : t->plan->theme != THEME_CLAN)
			continue;
		struct person p = { .is_here = true,
				    .is_bot = true,
				    .joined_ms = since_ms + DAY_MS };
		p.user_id = town_make_bot(t, since_ms - 100 * DAY_MS, names[i]);
		*who[i] = settle(t, &p, &w->bot, w->bot != 0);
	}
}

static void settle_accounts(struct town *t, const struct wardrobe *w, int64_t since_ms)
{
	for (unsigned i = 0; i < ACCOUNTS; i++) {
		uint64_t roles[2] = { t->member_role };
		size_t count = t->member_role != 0;
		uint64_t own = i == ACCOUNT_MANAGER    ? w->manager
			       : i == ACCOUNT_INSIGHTS ? w->insights
						       : 0;
		if (own)
			roles[count++] = own;
		struct person p = { .user_id = t->community->accounts[i], .is_here = true };
		town_give_habits(t, &p);
		p.talk = 3;
		p.joined_ms = since_ms + i * DAY_MS;
		settle(t, &p, roles, count);
	}
}

static void settle_staff(struct town *t, const struct wardrobe *w, int64_t since_ms)
{
	t->staff = ra_alloc((t->plan->staff + 1) * sizeof(*t->staff));
	for (unsigned i = 0; i < t->plan->staff; i++) {
		int64_t joined_ms =
			since_ms + rng_between(&t->rng, 5, t->plan->age_days / 2) * DAY_MS;
		struct person p = { .is_here = true, .is_staff = true, .joined_ms = joined_ms };
		uint64_t roles[] = { t->staff_role, t->member_role, i == 0 ? w->manager : 0 };
		p.user_id = town_make_user(t, joined_ms - rng_between(&t->rng, 30, 900) * DAY_MS);
		town_give_habits(t, &p);
		p.talk = (float)(STAFF_TALK * (0.4 + rng_unit(&t->rng)));
		t->staff[t->staff_count++] = settle(t, &p, roles, roles[2] ? 3 : 2);
	}
}

/* "Марк Хейз | LSPD": how members of a division call themselves. */
static void name_for_division(struct town *t, const struct person *p, const char *division)
{
	char character[64], nick[128];
	name_character(character, sizeof(character), &t->rng);
	snprintf(nick, sizeof(nick), "%s | %s", character, division);
	act_nick(town_world(t), t->guild_id, p->user_id, nick);
}

static void settle_member(struct town *t, const struct wardrobe *w, int64_t joined_ms)
{
	struct person p = { .is_here = true, .joined_ms = joined_ms };
	uint64_t roles[2];
	size_t count = 0, division = SIZE_MAX;
	p.user_id =
		town_make_user(t, joined_ms - (int64_t)rng_wait(&t->rng, 500.0 * DAY_MS) - HOUR_MS);
	town_give_habits(t, &p);
	if (t->member_role && rng_chance(&t->rng, 0.93))
		roles[count++] = t->member_role;
	if (w->division_count && rng_chance(&t->rng, p.talk > 0 ? 0.55 : 0.05)) {
		division = rng_below(&t->rng, w->division_count);
		roles[count++] = w->divisions[division];
	}
	settle(t, &p, roles, count);
	if (division != SIZE_MAX && t->plan->theme == THEME_ROLEPLAY)
		name_for_division(t, &p, w->division_plans[division]->name);
}

/* The place grew: more came lately than at first. */
static void settle_people(struct town *t, const struct wardrobe *w, int64_t since_ms)
{
	settle_bots(t, w, since_ms);
	settle_accounts(t, w, since_ms);
	settle_staff(t, w, since_ms);
	int64_t age_ms = t->community->epoch_ms - since_ms - 10 * DAY_MS;
	size_t others = t->plan->members > t->person_count ? t->plan->members - t->person_count : 0;
	for (size_t i = 0; i < others; i++) {
		double part = ((double)i + rng_unit(&t->rng)) / (double)others;
		settle_member(t, w,
			      since_ms + 10 * DAY_MS + (int64_t)(pow(part, 0.7) * (double)age_ms));
	}
}

/* --- a town --- */

static void make_guild(struct town *t, const char *name)
{
	char icon[33];
	rng_hex(&t->rng, icon);
	const struct guild *g = act_create_guild(
		town_world(t), &(struct guild_conf){
				       .name = name,
				       .icon = icon,
				       .description = t->plan->description,
				       .locale = t->plan->locale,
				       .features = t->plan->features,
				       .owner_id = t->community->accounts[ACCOUNT_OWNER],
				       .afk_timeout_s = 900,
				       .verification_level = t->plan->has_screening ? 2 : 1,
			       });
	t->guild_id = g->id;
	if (t->plan->vanity)
		act_vanity(town_world(t), g->id, t->plan->vanity);
}

static void build_town(struct town *t, const char *name, int64_t later_ms)
{
	struct world *world = town_world(t);
	struct wardrobe wardrobe = { 0 };
	int64_t since_ms = t->community->epoch_ms - t->plan->age_days * DAY_MS + later_ms;
	world_set_now(world, since_ms);
	make_guild(t, name);
	make_roles(t, &wardrobe);
	place_rooms(t);
	make_rooms(t, &wardrobe);
	act_guild_channels(world, t->guild_id, channel_of(t, ROOM_LOBBY), channel_of(t, ROOM_AFK),
			   0);
	t->webhook_id = world_new_id(world);
	settle_people(t, &wardrobe, since_ms);
	if (!t->plan->has_no_bot)
		act_add_bot(world, t->guild_id, t->plan->bot_permissions,
			    t->community->epoch_ms - BOT_SINCE_MS);
}

struct birth {
	size_t town;
	unsigned age_days;
};

static int by_age(const void *a, const void *b)
{
	const struct birth *x = a, *y = b;
	if (x->age_days != y->age_days)
		return x->age_days < y->age_days ? 1 : -1;
	return x->town < y->town ? -1 : 1;
}

void build_towns(struct community *c, const struct plan *plan)
{
	size_t count = plan->town_count;
	bool is_copied = count > plan->kind_count;
	struct birth *births = ra_alloc(count * sizeof(*births));
	c->towns = ra_alloc(count * sizeof(*c->towns));
	c->town_count = count;
	for (size_t i = 0; i < count; i++) {
		c->towns[i].community = c;
		c->towns[i].plan = &plan->kinds[i % plan->kind_count];
		c->towns[i].noise = rng_mix(c->seed, i);
		rng_seed(&c->towns[i].rng, rng_mix(c->towns[i].noise, i + 1));
		births[i] = (struct birth){ i, c->towns[i].plan->age_days };
	}
	/* oldest first: the clock of ids only goes forward */
	qsort(births, count, sizeof(*births), by_age);
	for (size_t i = 0; i < count; i++) {
		struct town *t = &c->towns[births[i].town];
		char *numbered = is_copied ? ra_format("%s %zu", t->plan->name, i + 1) : NULL;
		/* a millisecond apart, so that they spread over all shards */
		build_town(t, numbered ? numbered : t->plan->name, is_copied ? (int64_t)i : 0);
		ra_free(numbered);
	}
	ra_free(births);
}
