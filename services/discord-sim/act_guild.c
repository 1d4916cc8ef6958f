/* Acts on guilds and their roles. */
#include "services/discord-sim/act.h"
#include "services/discord-sim/emit.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/state.h"

/* What @everyone starts with: view, talk, react, connect, speak, threads, nickname, invites. */
#define EVERYONE_DEFAULT                                                                           \
	(PERM_CREATE_INSTANT_INVITE | PERM_ADD_REACTIONS | PERM_STREAM | PERM_VIEW_CHANNEL |       \
	 PERM_SEND_MESSAGES | PERM_EMBED_LINKS | PERM_ATTACH_FILES | PERM_READ_HISTORY |           \
	 PERM_CONNECT | PERM_SPEAK | PERM_CHANGE_NICKNAME | PERM_USE_COMMANDS |                    \
	 PERM_CREATE_PUBLIC_THREADS | PERM_SEND_IN_THREADS)

/* --- guilds --- */

struct guild *act_create_guild(struct world *world, const struct guild_conf *conf)
{
	struct guild *g = ra_new(struct guild);
	g->id = conf->id ? conf->id : world_new_id(world);
	state_set_text(&g->name, conf->name);
	state_set_text(&g->icon, conf->icon);
	state_set_text(&g->description, conf->description);
	g->locale = ra_strdup(conf->locale ? conf->locale : "en-US");
	g->features = conf->features ? conf->features : "";
	g->owner_id = conf->owner_id;
	g->afk_timeout_s = conf->afk_timeout_s;
	g->verification_level = conf->verification_level;
	HASH_ADD(hh, world->guilds, id, sizeof(g->id), g);
	act_role(world,
		 &(struct role_conf){
			 .guild_id = g->id,
			 .name = "@everyone",
			 .permissions = conf->everyone_permissions ? conf->everyone_permissions
								   : EVERYONE_DEFAULT,
		 });
	return g;
}

static void emit_create(struct world *world, const struct guild *g, bool is_new)
{
	if (!emit_open(world, g))
		return;
	struct deed deed = emit_deed(world, DEED_GUILD, g, 0);
	deed.guild = g;
	emit_send(world,
		  &(struct dispatch){ .type = "GUILD_CREATE",
				      .guild_id = g->id,
				      .deed = &deed,
				      .create = g,
				      .is_new_guild = is_new },
		  false);
}

static void emit_delete(struct world *world, const struct guild *g, bool is_outage)
{
	struct ra_buf *d = emit_open(world, g);
	if (!d)
		return;
	PUT_ID(d, "{\"id\":", g->id);
	if (is_outage)
		PUT(d, ",\"unavailable\":true");
	PUT(d, "}");
	emit_send(world, &(struct dispatch){ .type = "GUILD_DELETE", .guild_id = g->id }, false);
}

int act_add_bot(struct world *world, uint64_t guild_id, uint64_t permissions, int64_t joined_at_ms)
{
	struct guild *g = world_guild(world, guild_id);
	if (!g || g->is_bot_in)
		return g ? RA_EINVAL : RA_ENOTFOUND;
	const struct role *role = act_role(world, &(struct role_conf){
							  .guild_id = guild_id,
							  .name = world->bot->username,
							  .permissions = permissions,
							  .is_managed = true,
							  .bot_id = world->bot->id,
						  });
	struct member *m = state_add_member(world, g, world->bot->id);
	m->joined_at_ms = joined_at_ms ? joined_at_ms : world->now_ms;
	m->presence = PRESENCE_ONLINE;
	state_set_roles(m, &role->id, 1);
	g->is_bot_in = true;
	emit_create(world, g, true);
	return 0;
}

int act_remove_bot(struct world *world, uint64_t guild_id)
{
	struct guild *g = world_guild(world, guild_id);
	struct member *m = g ? world_member(g, world->bot->id) : NULL;
	if (!m)
		return RA_ENOTFOUND;
	emit_delete(world, g, false);
	g->is_bot_in = false;
	state_remove_member(g, m);
	for (size_t i = g->role_count; i-- > 0;)
		if (g->roles[i]->bot_id == world->bot->id)
			act_delete_role(world, guild_id, g->roles[i]->id);
	return 0;
}

int act_outage(struct world *world, uint64_t guild_id, bool is_down)
{
	struct guild *g = world_guild(world, guild_id);
	if (!g || !g->is_bot_in)
		return RA_ENOTFOUND;
	if (g->is_unavailable == is_down)
		return RA_EINVAL;
	if (is_down)
		emit_delete(world, g, true);
	g->is_unavailable = is_down;
	if (!is_down)
		emit_create(world, g, false);
	return 0;
}

static void emit_update(struct world *world, const struct guild *g)
{
	struct ra_buf *d = emit_open(world, g);
	if (!d)
		return;
	render_guild(d, g, false);
	emit_send(world, &(struct dispatch){ .type = "GUILD_UPDATE", .guild_id = g->id }, false);
}

int act_update_guild(struct world *world, uint64_t guild_id, const char *name, const char *icon)
{
	struct guild *g = world_guild(world, guild_id);
	if (!g)
		return RA_ENOTFOUND;
	if (name)
		state_set_text(&g->name, name);
	if (icon)
		state_set_text(&g->icon, icon);
	emit_update(world, g);
	return 0;
}

int act_guild_channels(struct world *world, uint64_t guild_id, uint64_t system_id, uint64_t afk_id,
		       uint64_t rules_id)
{
	struct guild *g = world_guild(world, guild_id);
	if (!g)
		return RA_ENOTFOUND;
	g->system_channel_id = system_id;
	g->afk_channel_id = afk_id;
	g->rules_channel_id = rules_id;
	emit_update(world, g);
	return 0;
}

/* --- roles --- */

static void emit_role(struct world *world, const struct guild *g, const char *type,
		      const struct role *role)
{
	struct ra_buf *d = emit_open(world, g);
	if (!d)
		return;
	PUT_ID(d, "{\"guild_id\":", g->id);
	PUT(d, ",\"role\":");
	render_role(d, role);
	PUT(d, "}");
	emit_send(world, &(struct dispatch){ .type = type, .guild_id = g->id }, false);
}

static struct role *new_role(struct world *world, struct guild *g)
{
	struct role *role = ra_new(struct role);
	/* @everyone, the first, has the guild's id */
	role->id = g->role_count ? world_new_id(world) : g->id;
	role->position = (int)g->role_count;
	STATE_ADD(g->roles, g->role_count, role);
	return role;
}

struct role *act_role(struct world *world, const struct role_conf *conf)
{
	struct guild *g = world_guild(world, conf->guild_id);
	if (!g)
		return NULL;
	struct role *role = conf->id ? world_role(g, conf->id) : new_role(world, g);
	if (!role)
		return NULL;
	if (conf->name)
		state_set_text(&role->name, conf->name);
	if (conf->position)
		role->position = conf->position;
	role->color = conf->color;
	role->permissions = conf->permissions;
	role->is_hoisted = conf->is_hoisted;
	role->is_managed = conf->is_managed;
	role->is_mentionable = conf->is_mentionable;
	role->bot_id = conf->bot_id;
	emit_role(world, g, conf->id ? "GUILD_ROLE_UPDATE" : "GUILD_ROLE_CREATE", role);
	return role;
}

static void take_role(struct guild *g, uint64_t role_id)
{
	for (struct member *m = g->members; m; m = m->hh.next)
		for (size_t i = 0; i < m->role_count; i++)
			if (m->roles[i] == role_id) {
				STATE_REMOVE(m->roles, m->role_count, i);
				break;
			}
}

int act_delete_role(struct world *world, uint64_t guild_id, uint64_t role_id)
{
	struct guild *g = world_guild(world, guild_id);
	struct role *role = g && role_id != guild_id ? world_role(g, role_id) : NULL;
	if (!role)
		return RA_ENOTFOUND;
	size_t i = 0;
	while (g->roles[i] != role)
		i++;
	STATE_REMOVE(g->roles, g->role_count, i);
	state_free_role(role);
	take_role(g, role_id);
	struct ra_buf *d = emit_open(world, g);
	if (!d)
		return 0;
	PUT_ID(d, "{\"guild_id\":", guild_id);
	PUT_ID(d, ",\"role_id\":", role_id);
	PUT(d, "}");
	emit_send(world, &(struct dispatch){ .type = "GUILD_ROLE_DELETE", .guild_id = guild_id },
		  false);
	return 0;
}
