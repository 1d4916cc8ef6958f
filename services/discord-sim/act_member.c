/* Acts on who is here, as what, and who is in voice. */
#include "services/discord-sim/act.h"
#include "services/discord-sim/emit.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/state.h"

#define AUDIT_KICK     20
#define AUDIT_BAN      22
#define AUDIT_UNBAN    23
#define DID_REJOIN     1U
#define REPEAT_LATE_MS 3 /* Discord's second MEMBER_ADD differs by as little */

struct user *act_user(struct world *world, const struct user_conf *conf)
{
	struct user *u = world_user(world, conf->id);
	if (!u) {
		u = ra_new(struct user);
		u->id = conf->id;
		HASH_ADD(hh, world->users, id, sizeof(u->id), u);
	}
	state_set_text(&u->username, conf->username);
	state_set_text(&u->global_name, conf->global_name);
	state_set_text(&u->avatar, conf->avatar);
	state_set_text(&u->locale, conf->locale);
	u->is_bot = conf->is_bot;
	u->is_system = conf->is_system;
	return u;
}

void act_account(struct world *world, uint64_t user_id, const char *note)
{
	STATE_ADD(world->accounts, world->account_count,
		  ((struct account){ .user_id = user_id, .note = note }));
}

/* --- coming --- */

static void emit_member_add(struct world *world, const struct guild *g, const struct member *m,
			    enum deed_kind kind)
{
	struct ra_buf *d = emit_open(world, g);
	if (!d)
		return;
	struct deed deed = emit_deed(world, kind, g, m->user_id);
	deed.joined_at_ms = m->joined_at_ms;
	render_member_of(d, g, m);
	emit_send(
		world,
		&(struct dispatch){ .type = "GUILD_MEMBER_ADD", .guild_id = g->id, .deed = &deed },
		false);
}

int act_join(struct world *world, const struct join *join)
{
	struct guild *g = world_guild(world, join->guild_id);
	if (!g || !world_user(world, join->user_id))
		return RA_ENOTFOUND;
	if (world_member(g, join->user_id))
		return RA_EINVAL;
	if (world_is_banned(g, join->user_id))
		return RA_EDENIED;
	if (join->invite_code && state_use_invite(g, join->invite_code) < 0)
		return RA_ENOTFOUND;
	struct member *m = state_add_member(world, g, join->user_id);
	m->joined_at_ms = join->joined_at_ms ? join->joined_at_ms : world->now_ms;
	m->is_pending = join->is_pending;
	m->flags = join->is_rejoin ? DID_REJOIN : 0;
	state_set_roles(m, join->roles, join->role_count);
	emit_member_add(world, g, m, DEED_JOIN);
	if (!join->no_notice && g->system_channel_id)
		act_notice(world, g->system_channel_id, m->user_id, MESSAGE_USER_JOIN, NULL);
	const struct invite *used = join->invite_code ? world_invite(g, join->invite_code) : NULL;
	if (used && used->max_uses && used->uses >= used->max_uses)
		act_delete_invite(world, g->id, used->code);
	return 0;
}

static struct member *find(const struct world *world, uint64_t guild_id, uint64_t user_id,
			   struct guild **g)
{
	*g = world_guild(world, guild_id);
	return *g ? world_member(*g, user_id) : NULL;
}

int act_join_again(struct world *world, uint64_t guild_id, uint64_t user_id)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	if (!m)
		return RA_ENOTFOUND;
	m->joined_at_ms += REPEAT_LATE_MS;
	emit_member_add(world, g, m, DEED_JOIN_AGAIN);
	return 0;
}

/* --- going --- */

static void emit_member_remove(struct world *world, const struct guild *g, const struct member *was)
{
	struct deed deed = emit_deed(world, DEED_LEAVE, g, was->user_id);
	deed.joined_at_ms = was->joined_at_ms;
	deed.was_boosting = was->boosting_since_ms != 0;
	emit_guild_user(world, g, "GUILD_MEMBER_REMOVE", was->user_id, &deed);
}

static void emit_gone_from_voice(struct world *world, const struct guild *g,
				 const struct member *was)
{
	struct member ghost = *was;
	ghost.voice = (struct voice){ .session = was->voice.session };
	ghost.roles = NULL;
	ghost.role_count = 0;
	ghost.nick = NULL;
	emit_voice(world, g, &ghost);
}

int act_leave(struct world *world, uint64_t guild_id, uint64_t user_id)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	if (!m || user_id == world->bot->id)
		return RA_ENOTFOUND;
	struct member was = *m;
	state_remove_member(g, m);
	emit_member_remove(world, g, &was);
	if (was.voice.channel_id)
		emit_gone_from_voice(world, g, &was);
	return 0;
}

int act_kick(struct world *world, uint64_t guild_id, uint64_t user_id, uint64_t by_id)
{
	int rc = act_leave(world, guild_id, user_id);
	if (rc == 0)
		emit_audit(world, world_guild(world, guild_id), AUDIT_KICK, by_id, user_id);
	return rc;
}

/* Told only to those who may see bans (sheet, section 2). */
static void emit_ban(struct world *world, const struct guild *g, const char *type,
		     enum deed_kind kind, uint64_t user_id)
{
	struct deed deed = emit_deed(world, kind, g, user_id);
	if (world_permissions(world, g, NULL, world->bot->id) &
	    (PERM_BAN_MEMBERS | PERM_VIEW_AUDIT_LOG))
		emit_guild_user(world, g, type, user_id, &deed);
}

int act_ban(struct world *world, uint64_t guild_id, uint64_t user_id, uint64_t by_id)
{
	struct guild *g = world_guild(world, guild_id);
	if (!g || !world_user(world, user_id) || user_id == world->bot->id)
		return RA_ENOTFOUND;
	if (world_is_banned(g, user_id))
		return RA_EINVAL;
	STATE_ADD(g->bans, g->ban_count, user_id);
	emit_ban(world, g, "GUILD_BAN_ADD", DEED_BAN, user_id);
	emit_audit(world, g, AUDIT_BAN, by_id, user_id);
	if (world_member(g, user_id))
		act_leave(world, guild_id, user_id);
	return 0;
}

int act_unban(struct world *world, uint64_t guild_id, uint64_t user_id, uint64_t by_id)
{
	struct guild *g = world_guild(world, guild_id);
	for (size_t i = 0; g && i < g->ban_count; i++) {
		if (g->bans[i] != user_id)
			continue;
		STATE_REMOVE(g->bans, g->ban_count, i);
		emit_ban(world, g, "GUILD_BAN_REMOVE", DEED_UNBAN, user_id);
		emit_audit(world, g, AUDIT_UNBAN, by_id, user_id);
		return 0;
	}
	return RA_ENOTFOUND;
}

/* --- changing --- */

int act_nick(struct world *world, uint64_t guild_id, uint64_t user_id, const char *nick)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	if (!m)
		return RA_ENOTFOUND;
	state_set_text(&m->nick, nick);
	emit_member_update(world, g, m);
	return 0;
}

int act_set_roles(struct world *world, uint64_t guild_id, uint64_t user_id, const uint64_t *roles,
		  size_t count)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	if (!m)
		return RA_ENOTFOUND;
	state_set_roles(m, roles, count);
	emit_member_update(world, g, m);
	return 0;
}

static size_t role_index(const struct member *m, uint64_t role_id)
{
	size_t i = 0;
	while (i < m->role_count && m->roles[i] != role_id)
		i++;
	return i;
}

int act_add_role(struct world *world, uint64_t guild_id, uint64_t user_id, uint64_t role_id)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	if (!m || !world_role(g, role_id))
		return RA_ENOTFOUND;
	if (role_index(m, role_id) < m->role_count)
		return RA_EINVAL;
	STATE_ADD(m->roles, m->role_count, role_id);
	emit_member_update(world, g, m);
	return 0;
}

int act_remove_role(struct world *world, uint64_t guild_id, uint64_t user_id, uint64_t role_id)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	if (!m)
		return RA_ENOTFOUND;
	size_t i = role_index(m, role_id);
	if (i == m->role_count)
		return RA_ENOTFOUND;
	STATE_REMOVE(m->roles, m->role_count, i);
	emit_member_update(world, g, m);
	return 0;
}

int act_timeout(struct world *world, uint64_t guild_id, uint64_t user_id, int64_t until_ms)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	if (!m)
		return RA_ENOTFOUND;
	int64_t was_ms = m->timeout_until_ms > world->now_ms ? m->timeout_until_ms : 0;
	int64_t is_ms = until_ms > world->now_ms ? until_ms : 0;
	struct deed deed = emit_deed(world, is_ms ? DEED_TIMEOUT : DEED_TIMEOUT_END, g, user_id);
	m->timeout_until_ms = until_ms;
	emit_member_deed(world, g, m, is_ms != was_ms ? &deed : NULL);
	return 0;
}

int act_accept(struct world *world, uint64_t guild_id, uint64_t user_id)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	if (!m)
		return RA_ENOTFOUND;
	if (!m->is_pending)
		return RA_EINVAL;
	m->is_pending = false;
	emit_member_update(world, g, m);
	return 0;
}

static int tier_of(int boosts)
{
	return boosts >= 14 ? 3 : boosts >= 7 ? 2 : boosts >= 2 ? 1 : 0;
}

int act_boost(struct world *world, uint64_t guild_id, uint64_t user_id)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	if (!m)
		return RA_ENOTFOUND;
	bool is_new = !m->boosting_since_ms;
	struct deed deed = emit_deed(world, DEED_BOOST, g, user_id);
	if (is_new)
		m->boosting_since_ms = world->now_ms;
	g->premium_count++;
	g->premium_tier = tier_of(g->premium_count);
	emit_member_deed(world, g, m, is_new ? &deed : NULL);
	if (g->system_channel_id)
		act_notice(world, g->system_channel_id, user_id, MESSAGE_BOOST, NULL);
	return act_update_guild(world, guild_id, NULL, NULL);
}

int act_unboost(struct world *world, uint64_t guild_id, uint64_t user_id)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	if (!m)
		return RA_ENOTFOUND;
	if (!m->boosting_since_ms)
		return RA_EINVAL;
	struct deed deed = emit_deed(world, DEED_BOOST_END, g, user_id);
	m->boosting_since_ms = 0;
	g->premium_count -= g->premium_count > 0;
	g->premium_tier = tier_of(g->premium_count);
	emit_member_deed(world, g, m, &deed);
	return act_update_guild(world, guild_id, NULL, NULL);
}

int act_presence(struct world *world, uint64_t guild_id, uint64_t user_id, enum presence presence)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	if (!m)
		return RA_ENOTFOUND;
	m->presence = presence;
	struct ra_buf *d = emit_open(world, g);
	if (!d)
		return 0;
	render_presence(d, g, m);
	emit_send(world, &(struct dispatch){ .type = "PRESENCE_UPDATE", .guild_id = g->id }, false);
	return 0;
}

/* --- voice --- */

/* Known from who and when, so that silence changes nothing. */
static uint64_t new_voice_session(const struct world *world, uint64_t user_id)
{
	uint64_t mix = (user_id ^ (uint64_t)world->now_ms) * 0x9e3779b97f4a7c15;
	mix ^= mix >> 29;
	return mix ? mix : 1;
}

static bool is_same_voice(const struct voice *a, const struct voice *b)
{
	return a->channel_id == b->channel_id && a->self_mute == b->self_mute &&
	       a->self_deaf == b->self_deaf && a->suppress == b->suppress &&
	       a->stream == b->stream && a->video == b->video &&
	       (!b->session || a->session == b->session);
}

int act_voice(struct world *world, uint64_t guild_id, uint64_t user_id, const struct voice *v)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	const struct channel *c = v->channel_id ? world_channel(world, v->channel_id) : NULL;
	if (!m || (v->channel_id && (!c || c->guild != g || !channel_is_voice(c))))
		return RA_ENOTFOUND;
	if (is_same_voice(&m->voice, v) || (!v->channel_id && !m->voice.channel_id))
		return RA_EINVAL;
	uint64_t session = v->session;
	if (!session)
		session =
			m->voice.channel_id ? m->voice.session : new_voice_session(world, user_id);
	m->voice = v->channel_id ? *v : (struct voice){ 0 };
	m->voice.session = session;
	emit_voice(world, g, m);
	if (!v->channel_id)
		m->voice.session = 0;
	return 0;
}

int act_voice_mute(struct world *world, uint64_t guild_id, uint64_t user_id, bool mute, bool deaf)
{
	struct guild *g;
	struct member *m = find(world, guild_id, user_id, &g);
	if (!m)
		return RA_ENOTFOUND;
	if (m->mute == mute && m->deaf == deaf)
		return RA_EINVAL;
	m->mute = mute;
	m->deaf = deaf;
	if (m->voice.channel_id)
		emit_voice(world, g, m);
	return 0;
}
