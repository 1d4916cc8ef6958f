#include "services/analytics/fold_directory.h"
#include "libshared/discord/snowflake.h"
#include "services/analytics/boundary.h"
#include "services/analytics/newcomer.h"
#include "services/analytics/fold_facts.h"

/* Columns are narrower than what a peer may send; one odd number must not stop the stream. */
static int64_t bounded(int64_t value, int64_t max)
{
	return value < 0 ? 0 : value > max ? max : value;
}

/* --- guilds ---------------------------------------------------------------- */

static void end_guild_gaps(struct fold *fold, struct guild *guild, int64_t at)
{
	if (guild->unavailable_at)
		batch_guild_gap(fold->batch, guild->id, GUILD_UNAVAILABLE, guild->unavailable_at,
				at);
	if (guild->removed_at)
		batch_guild_gap(fold->batch, guild->id, GUILD_REMOVED, guild->removed_at, at);
	guild->is_available = true;
	guild->unavailable_at = guild->removed_at = 0;
}

void on_guild_available(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_guild_available *g = &event->guild_available;
	struct state *state = fold->state;
	struct guild *guild = state_guild_add(state, event->guild);
	guild_set_text(&guild->name, g->name);
	guild_set_text(&guild->icon, g->icon);
	guild_set_text(&guild->locale, g->locale);
	guild->owner = g->owner_id;
	guild->member_count = g->member_count;
	guild->premium_tier = bounded(g->premium_tier, INT16_MAX);
	guild->premium_count = bounded(g->premium_count, INT32_MAX);
	guild->bot_joined_at = g->bot_joined_at;

	/* What is not listed ended when we last could have seen it. */
	int64_t gone_at = guild->unseen_since ? guild->unseen_since : state->shard.down_since;
	state->open_snapshots += guild->gone_at == 0;
	guild->gone_at = gone_at ? gone_at : event->at;
	guild->snapshot_at = event->at;
	guild->unseen_since = 0;
	end_guild_gaps(fold, guild, event->at);
	guild->is_changed = true;
	for (struct channel *c = guild->channels; c; c = c->hh.next)
		c->is_listed = false;
	for (struct role *r = guild->roles; r; r = r->hh.next)
		r->is_listed = false;
	voice_snapshot_begin(&guild->voice, g->afk_channel_id);
}

static void delete_channel(struct fold *fold, struct guild *guild, uint64_t id, int64_t at)
{
	batch_channel(fold->batch, guild->id, id)->deleted_at = at;
	guild_channel_remove(guild, id);
}

/* A snapshot lists threads that are active and can be seen: one that is missing was most likely
 * archived, and whoever deletes a thread says so. */
static void put_away(struct fold *fold, struct guild *guild, const struct channel *channel,
		     int64_t at)
{
	if (!channel->is_thread) {
		delete_channel(fold, guild, channel->id, at);
		return;
	}
	batch_channel(fold->batch, guild->id, channel->id)->is_archived = true;
	guild_channel_remove(guild, channel->id);
}

static struct role_row *role_row(struct fold *fold, uint64_t guild, uint64_t role)
{
	struct role_row head = { .guild = guild, .role = role };
	return ra_table_row(&fold->batch->roles, &head, NULL);
}

void on_guild_synced(struct fold *fold, const struct ra_event *event)
{
	struct guild *guild = state_guild(fold->state, event->guild);
	if (!guild || guild->gone_at == 0)
		return;
	struct channel *channel, *next_channel;
	HASH_ITER(hh, guild->channels, channel, next_channel)
	{
		if (!channel->is_listed)
			put_away(fold, guild, channel, event->at);
	}
	struct role *role, *next_role;
	HASH_ITER(hh, guild->roles, role, next_role)
	{
		if (role->is_listed)
			continue;
		role_row(fold, guild->id, role->id)->deleted_at = event->at;
		guild_role_remove(guild, role->id);
	}
	voice_snapshot_end(&guild->voice, fold->batch, event->at, guild->gone_at);
	facts_on_synced(fold, guild, event->at);
	guild->gone_at = 0;
	fold->state->open_snapshots--;
}

void on_guild_updated(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_guild_updated *g = &event->guild_updated;
	struct guild *guild = state_guild_add(fold->state, event->guild);
	guild_set_text(&guild->name, g->name);
	guild_set_text(&guild->icon, g->icon);
	guild_set_text(&guild->locale, g->locale);
	guild->owner = g->owner_id;
	guild->premium_tier = bounded(g->premium_tier, INT16_MAX);
	guild->premium_count = bounded(g->premium_count, INT32_MAX);
	voice_set_afk(&guild->voice, fold->batch, g->afk_channel_id, event->at);
}

void on_guild_removed(struct fold *fold, const struct ra_event *event)
{
	struct guild *guild = state_guild(fold->state, event->guild);
	if (!guild)
		return;
	guild->is_available = false;
	if (guild->removed_at == 0) {
		guild->removed_at = event->at;
		batch_guild_gap(fold->batch, guild->id, GUILD_REMOVED, event->at, 0);
	}
	voice_close_all(&guild->voice, fold->batch, event->at);
}

void on_guild_unavailable(struct fold *fold, const struct ra_event *event)
{
	struct guild *guild = state_guild(fold->state, event->guild);
	if (!guild)
		return;
	guild->is_available = false;
	if (guild->unseen_since == 0)
		guild->unseen_since = event->at;
	if (guild->unavailable_at == 0) {
		guild->unavailable_at = event->at;
		batch_guild_gap(fold->batch, guild->id, GUILD_UNAVAILABLE, event->at, 0);
	}
}

/* --- channels and roles ------------------------------------------------------ */

void on_channel_upserted(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_channel_upserted *c = &event->channel_upserted;
	struct guild *guild = state_guild_add(fold->state, event->guild);
	boundary_on_channel(fold, event);
	struct channel *channel = guild_channel_add(guild, c->channel_id, c->kind);
	channel->is_listed = true;
	channel->is_hidden = c->is_hidden;
	struct channel_row *row = batch_channel(fold->batch, event->guild, c->channel_id);
	/* A hidden channel must not overwrite what we knew of it, in this batch either. */
	if (!c->is_hidden || !row->is_described) {
		row->name = batch_text(fold->batch, c->name);
		row->parent = c->parent_id;
		row->is_nsfw = c->is_nsfw;
		row->is_archived = c->is_archived;
	}
	row->is_described = true;
	row->is_hidden = c->is_hidden;
	row->kind = bounded(c->kind, INT16_MAX);
	row->position = bounded(c->position, INT32_MAX);
	row->created_at = ra_snowflake_ms(c->channel_id);
	row->deleted_at = 0;
	/* Only live threads are listed in a snapshot; an archived one has not gone. */
	if (channel->is_thread && c->is_archived)
		guild_channel_remove(guild, c->channel_id);
}

void on_channel_deleted(struct fold *fold, const struct ra_event *event)
{
	struct guild *guild = state_guild_add(fold->state, event->guild);
	delete_channel(fold, guild, event->channel_deleted.channel_id, event->at);
}

void on_role_upserted(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_role_upserted *r = &event->role_upserted;
	struct guild *guild = state_guild_add(fold->state, event->guild);
	guild_role_add(guild, r->role_id)->is_listed = true;
	struct role_row *row = role_row(fold, event->guild, r->role_id);
	row->is_described = true;
	row->name = batch_text(fold->batch, r->name);
	if (ra_str_to_u64(r->permissions, &row->permissions) < 0)
		row->permissions = 0;
	row->color = bounded(r->color, INT32_MAX);
	row->position = bounded(r->position, INT32_MAX);
	row->is_managed = r->is_managed;
	row->deleted_at = 0;
}

void on_role_deleted(struct fold *fold, const struct ra_event *event)
{
	struct guild *guild = state_guild_add(fold->state, event->guild);
	role_row(fold, event->guild, event->role_deleted.role_id)->deleted_at = event->at;
	guild_role_remove(guild, event->role_deleted.role_id);
}

/* --- members ------------------------------------------------------------------ */

static bool is_unnamed(const struct fold *fold, const struct ra_event *event, uint64_t user)
{
	return unnamed_has(&fold->state->unnamed, event->guild, user);
}

static struct known_row *known_member(struct fold *fold, const struct member_row *row)
{
	return ra_table_row(&fold->known, &row->key, NULL);
}

static void set_names(struct fold *fold, struct member_row *row, struct ra_str username,
		      struct ra_str global_name, struct ra_str avatar, bool is_bot)
{
	row->has_names = true;
	row->username = batch_text(fold->batch, username);
	row->global_name = batch_text(fold->batch, global_name);
	row->avatar = batch_text(fold->batch, avatar);
	row->is_bot = is_bot;
}

static void set_nick(struct fold *fold, struct member_row *row, struct ra_str nick)
{
	row->has_nick = true;
	row->nick = batch_text(fold->batch, nick);
}

static void set_member(struct member_row *row, int64_t joined_at)
{
	if (joined_at)
		row->joined_at = joined_at;
	row->has_left = true;
	row->left_at = 0;
}

static void count_flow(struct fold *fold, const struct ra_event *event, uint64_t user,
		       bool is_leave, bool is_bot, bool is_rejoin, int64_t tenure_ms)
{
	struct flow_row head = { .guild = event->guild,
				 .user = batch_person(fold->batch, event->guild, user),
				 .at = event->at,
				 .is_leave = is_leave,
				 .seq = event->seq };
	struct flow_row *flow = ra_table_row(&fold->batch->flows, &head, NULL);
	flow->kind = is_leave ? RA_STR("leave") : RA_STR("join");
	flow->is_bot = is_bot;
	flow->is_rejoin = is_rejoin;
	flow->tenure_ms = tenure_ms;
	struct guild *guild = state_guild(fold->state, event->guild);
	if (guild)
		guild->member_count += is_leave ? -1 : 1;
	if (is_bot)
		return;
	if (is_leave)
		newcomer_leave(fold, event, user);
	else
		newcomer_join(fold, event, user);
	struct guild_hour_row *hour = batch_guild_hour(fold->batch, event->guild, event->at);
	hour->joins += !is_leave;
	hour->leaves += is_leave;
}

void on_member_joined(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_member_joined *m = &event->member_joined;
	if (is_unnamed(fold, event, m->user_id)) {
		count_flow(fold, event, m->user_id, false, m->is_bot, m->is_rejoin, -1);
		return;
	}
	struct member_row *row = batch_member(fold->batch, event->guild, m->user_id);
	set_names(fold, row, m->username, m->global_name, m->avatar, m->is_bot);
	set_nick(fold, row, m->nick);
	row->is_full = true;
	row->roles = batch_text(fold->batch, m->roles);
	row->is_pending = m->is_pending;

	/* Discord may announce somebody who is a member already: that is an update. */
	struct known_row *known = known_member(fold, row);
	bool is_member = known->is_known && known->joined_at != 0 && known->left_at == 0;
	if (!is_member) {
		bool is_rejoin = m->is_rejoin || (known->is_known && known->left_at != 0);
		count_flow(fold, event, m->user_id, false, m->is_bot, is_rejoin, -1);
	}
	int64_t joined_at = m->joined_at ? m->joined_at : event->at;
	set_member(row, joined_at);
	known->is_known = true;
	known->is_bot = m->is_bot;
	known->joined_at = joined_at;
	known->left_at = 0;
}

/* Of somebody unnamed: that they left is noted where something is kept of them from before. */
static void leave_unnamed(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_member_left *m = &event->member_left;
	struct user_key key = { event->guild, m->user_id };
	struct known_row *known = ra_table_find(&fold->known, &key);
	bool is_member = known && known->is_known && known->left_at == 0;
	int64_t tenure_ms = is_member && known->joined_at ? event->at - known->joined_at : -1;
	count_flow(fold, event, m->user_id, true, m->is_bot, false, tenure_ms);
	facts_on_left(fold, event);
	if (!is_member)
		return;
	struct member_row *row = batch_member(fold->batch, event->guild, m->user_id);
	row->has_left = true;
	row->left_at = known->left_at = event->at;
}

void on_member_left(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_member_left *m = &event->member_left;
	if (is_unnamed(fold, event, m->user_id)) {
		leave_unnamed(fold, event);
		return;
	}
	struct member_row *row = batch_member(fold->batch, event->guild, m->user_id);
	struct known_row *known = known_member(fold, row);
	bool is_bot = m->is_bot || known->is_bot;
	set_names(fold, row, m->username, m->global_name, m->avatar, is_bot);
	if (!known->is_known || known->left_at == 0) {
		int64_t tenure_ms = known->joined_at ? event->at - known->joined_at : -1;
		count_flow(fold, event, m->user_id, true, is_bot, false, tenure_ms);
		known->left_at = event->at;
	}
	facts_on_left(fold, event);
	known->is_known = true;
	row->has_left = true;
	row->left_at = known->left_at;
}

/* Where a description of somebody goes; NULL when there is a newer one. */
static struct member_row *described(struct fold *fold, uint64_t guild, uint64_t user)
{
	return fold->is_hearsay ? batch_member_hearsay(fold->batch, guild, user)
				: batch_member(fold->batch, guild, user);
}

void on_member_updated(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_member_updated *m = &event->member_updated;
	if (is_unnamed(fold, event, m->user_id)) {
		if (!fold->is_hearsay)
			facts_on_member(fold, event);
		return;
	}
	struct member_row *row = described(fold, event->guild, m->user_id);
	if (!row)
		return;
	set_names(fold, row, m->username, m->global_name, m->avatar, m->is_bot);
	set_nick(fold, row, m->nick);
	row->is_full = true;
	row->roles = batch_text(fold->batch, m->roles);
	row->is_pending = m->is_pending;
	row->boosting_since = m->boosting_since;
	row->timeout_until = m->timeout_until;
	set_member(row, m->joined_at);
	if (!fold->is_hearsay)
		facts_on_member(fold, event);
	struct known_row *known = fold->is_hearsay ? NULL : ra_table_find(&fold->known, &row->key);
	if (known) {
		known->is_known = true;
		known->left_at = 0;
		known->joined_at = m->joined_at ? m->joined_at : known->joined_at;
	}
}

void on_member_seen(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_member_seen *m = &event->member_seen;
	if (is_unnamed(fold, event, m->user_id))
		return;
	struct member_row *row = described(fold, event->guild, m->user_id);
	if (!row)
		return;
	set_names(fold, row, m->username, m->global_name, m->avatar, m->is_bot);
	if (m->joined_at == 0)
		return;
	set_nick(fold, row, m->nick);
	row->joined_at = m->joined_at;
	struct known_row *known = fold->is_hearsay ? NULL : ra_table_find(&fold->known, &row->key);
	if (known && !known->is_known) {
		known->is_known = true;
		known->joined_at = m->joined_at;
	}
}
