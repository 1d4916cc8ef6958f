/* Acts on channels and what hangs on them: threads, scheduled events, invites. */
#include "services/discord-sim/act.h"
#include "services/discord-sim/emit.h"
#include "services/discord-sim/put.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/state.h"

#define DEFAULT_ARCHIVE_MINUTES 4320
#define DEFAULT_BITRATE         64000

/* --- channels --- */

static void set_channel(struct channel *c, const struct channel_conf *conf)
{
	c->parent_id = conf->parent_id;
	state_set_text(&c->name, conf->name ? conf->name : "channel");
	state_set_text(&c->topic, conf->topic);
	c->position = conf->position;
	c->is_nsfw = conf->is_nsfw;
	c->slowmode_s = conf->slowmode_s;
	c->user_limit = conf->user_limit;
	struct overwrite *old = c->overwrites; /* conf may point to them */
	c->overwrites = NULL;
	c->overwrite_count = 0;
	for (size_t i = 0; i < conf->overwrite_count; i++)
		STATE_ADD(c->overwrites, c->overwrite_count, conf->overwrites[i]);
	ra_free(old);
}

struct channel *act_create_channel(struct world *world, const struct channel_conf *conf)
{
	struct guild *g = world_guild(world, conf->guild_id);
	if (!g || (conf->id && world_channel(world, conf->id)))
		return NULL;
	uint64_t id = conf->id ? conf->id : world_new_id(world);
	struct channel *c = state_add_channel(world, g, id, conf->type);
	c->bitrate = DEFAULT_BITRATE;
	set_channel(c, conf);
	emit_channel(world, "CHANNEL_CREATE", c);
	return c;
}

int act_update_channel(struct world *world, const struct channel_conf *conf)
{
	struct channel *c = world_channel(world, conf->id);
	if (!c || channel_is_thread(c))
		return RA_ENOTFOUND;
	set_channel(c, conf);
	emit_channel(world, "CHANNEL_UPDATE", c);
	return 0;
}

static void emit_thread_delete(struct world *world, const struct channel *c)
{
	struct ra_buf *d = emit_open_channel(world, c);
	if (!d)
		return;
	PUT_ID(d, "{\"id\":", c->id);
	PUT_ID(d, ",\"guild_id\":", c->guild->id);
	PUT_ID(d, ",\"parent_id\":", c->parent_id);
	PUT_U64(d, ",\"type\":", c->type);
	PUT(d, "}");
	emit_send(world,
		  &(struct dispatch){
			  .type = "THREAD_DELETE", .guild_id = c->guild->id, .channel_id = c->id },
		  false);
}

static void empty_voice(struct world *world, struct guild *g, uint64_t channel_id)
{
	for (struct member *m = g->members; m; m = m->hh.next)
		if (m->voice.channel_id == channel_id)
			act_voice(world, g->id, m->user_id, &(struct voice){ 0 });
}

static void remove_threads(struct world *world, struct guild *g, uint64_t parent_id)
{
	for (size_t i = g->channel_count; i-- > 0;)
		if (channel_is_thread(g->channels[i]) && g->channels[i]->parent_id == parent_id)
			state_remove_channel(world, g->channels[i]);
}

int act_delete_channel(struct world *world, uint64_t channel_id)
{
	struct channel *c = world_channel(world, channel_id);
	if (!c)
		return RA_ENOTFOUND;
	struct guild *g = c->guild;
	if (channel_is_thread(c)) {
		emit_thread_delete(world, c);
	} else {
		emit_channel(world, "CHANNEL_DELETE", c);
		empty_voice(world, g, channel_id);
		remove_threads(world, g, channel_id);
	}
	state_remove_channel(world, c);
	return 0;
}

/* --- threads --- */

/* The id a new thread takes: its starting message's, or a fresh one. 0: it may not start there. */
static uint64_t thread_id(struct world *world, const struct channel *parent,
			  const struct thread_conf *conf)
{
	if (!conf->message_id)
		return world_new_id(world);
	if (!world_message(parent, conf->message_id) || world_channel(world, conf->message_id))
		return 0;
	return conf->message_id;
}

/* What goes with a new thread, by where it came from (sheet, section 6.3). */
static void begin_thread(struct world *world, struct channel *thread, struct channel *parent,
			 const struct thread_conf *conf)
{
	struct message *start = conf->message_id ? world_message(parent, conf->message_id) : NULL;
	if (start) {
		start->flags |= MESSAGE_FLAG_HAS_THREAD;
		emit_message(world, "MESSAGE_UPDATE", parent, start, NULL);
	} else if (parent->type == CHANNEL_FORUM) {
		act_post(world,
			 &(struct post){ .id = thread->id,
					 .channel_id = thread->id,
					 .author_id = conf->owner_id,
					 .text = conf->text },
			 NULL);
	} else {
		act_notice(world, parent->id, conf->owner_id, MESSAGE_THREAD_CREATED,
			   &(struct notice_target){ .channel_id = thread->id, .text = conf->name });
	}
}

struct channel *act_thread(struct world *world, const struct thread_conf *conf)
{
	struct channel *parent = world_channel(world, conf->parent_id);
	if (!parent || channel_is_thread(parent) || channel_is_voice(parent) ||
	    parent->type == CHANNEL_CATEGORY)
		return NULL;
	uint64_t id = thread_id(world, parent, conf);
	if (!id)
		return NULL;
	int type = parent->type == CHANNEL_ANNOUNCEMENT ? CHANNEL_ANNOUNCEMENT_THREAD
							: CHANNEL_PUBLIC_THREAD;
	struct channel *c =
		state_add_channel(world, parent->guild, id, conf->type ? conf->type : type);
	c->parent_id = parent->id;
	state_set_text(&c->name, conf->name ? conf->name : "thread");
	c->owner_id = conf->owner_id;
	c->member_count = 1;
	c->archived_at_ms = world->now_ms;
	c->auto_archive_minutes =
		conf->auto_archive_minutes ? conf->auto_archive_minutes : DEFAULT_ARCHIVE_MINUTES;
	emit_channel(world, "THREAD_CREATE", c);
	begin_thread(world, c, parent, conf);
	return c;
}

int act_update_thread(struct world *world, uint64_t thread_id, const char *name, bool is_archived,
		      bool is_locked)
{
	struct channel *c = world_channel(world, thread_id);
	if (!c || !channel_is_thread(c))
		return RA_ENOTFOUND;
	if (name)
		state_set_text(&c->name, name);
	if (c->is_archived != is_archived)
		c->archived_at_ms = world->now_ms;
	c->is_archived = is_archived;
	c->is_locked = is_locked;
	emit_channel(world, "THREAD_UPDATE", c);
	return 0;
}

/* --- scheduled events --- */

static void emit_event(struct world *world, const struct guild *g, const char *type,
		       const struct scheduled_event *event)
{
	struct ra_buf *d = emit_open(world, g);
	const struct channel *c =
		event->channel_id ? world_channel(world, event->channel_id) : NULL;
	if (!d || (c && !world_bot_sees(world, c)))
		return;
	render_scheduled_event(d, world, g, event, false);
	emit_send(world, &(struct dispatch){ .type = type, .guild_id = g->id }, false);
}

static enum event_entity entity_of(const struct world *world, const struct event_conf *conf)
{
	if (conf->entity_type)
		return (enum event_entity)conf->entity_type;
	const struct channel *c = conf->channel_id ? world_channel(world, conf->channel_id) : NULL;
	if (!c)
		return EVENT_ELSEWHERE;
	return c->type == CHANNEL_STAGE ? EVENT_STAGE : EVENT_VOICE;
}

uint64_t act_event(struct world *world, const struct event_conf *conf)
{
	struct guild *g = world_guild(world, conf->guild_id);
	struct scheduled_event *e = g && conf->id ? world_event(g, conf->id) : NULL;
	if (!g || (conf->id && !e))
		return 0;
	if (!e) {
		e = ra_new(struct scheduled_event);
		e->id = world_new_id(world);
		STATE_ADD(g->events, g->event_count, e);
	}
	e->channel_id = conf->channel_id;
	e->creator_id = conf->creator_id;
	state_set_text(&e->name, conf->name);
	state_set_text(&e->description, conf->description);
	state_set_text(&e->location, conf->location);
	e->starts_at_ms = conf->starts_at_ms;
	e->ends_at_ms = conf->ends_at_ms;
	e->status = conf->status ? (enum event_status)conf->status : EVENT_SCHEDULED;
	e->entity_type = entity_of(world, conf);
	emit_event(world, g,
		   conf->id ? "GUILD_SCHEDULED_EVENT_UPDATE" : "GUILD_SCHEDULED_EVENT_CREATE", e);
	return e->id;
}

int act_delete_event(struct world *world, uint64_t guild_id, uint64_t event_id)
{
	struct guild *g = world_guild(world, guild_id);
	for (size_t i = 0; g && i < g->event_count; i++) {
		struct scheduled_event *e = g->events[i];
		if (e->id != event_id)
			continue;
		STATE_REMOVE(g->events, g->event_count, i);
		emit_event(world, g, "GUILD_SCHEDULED_EVENT_DELETE", e);
		state_free_event(e);
		return 0;
	}
	return RA_ENOTFOUND;
}

static void emit_interest(struct world *world, const struct guild *g, const char *type,
			  uint64_t event_id, uint64_t user_id)
{
	struct ra_buf *d = emit_open(world, g);
	if (!d)
		return;
	PUT_ID(d, "{\"guild_scheduled_event_id\":", event_id);
	PUT_ID(d, ",\"user_id\":", user_id);
	PUT_ID(d, ",\"guild_id\":", g->id);
	PUT(d, "}");
	emit_send(world, &(struct dispatch){ .type = type, .guild_id = g->id }, false);
}

int act_interest(struct world *world, uint64_t guild_id, uint64_t event_id, uint64_t user_id,
		 bool is_interested)
{
	struct guild *g = world_guild(world, guild_id);
	struct scheduled_event *e = g ? world_event(g, event_id) : NULL;
	if (!e || !world_member(g, user_id))
		return RA_ENOTFOUND;
	size_t at = 0;
	while (at < e->interested_count && e->interested[at] != user_id)
		at++;
	if (is_interested == (at < e->interested_count))
		return RA_EINVAL;
	if (is_interested)
		STATE_ADD(e->interested, e->interested_count, user_id);
	else
		STATE_REMOVE(e->interested, e->interested_count, at);
	emit_interest(world, g,
		      is_interested ? "GUILD_SCHEDULED_EVENT_USER_ADD"
				    : "GUILD_SCHEDULED_EVENT_USER_REMOVE",
		      event_id, user_id);
	return 0;
}

/* --- invites: told to those who manage the channel --- */

static struct ra_buf *open_invite(struct world *world, const struct channel *c)
{
	struct ra_buf *d = emit_open(world, c->guild);
	bool may = world_permissions(world, c->guild, c, world->bot->id) & PERM_MANAGE_CHANNELS;
	return may ? d : NULL;
}

const struct invite *act_invite(struct world *world, const struct invite_conf *conf)
{
	struct channel *c = world_channel(world, conf->channel_id);
	if (!c)
		return NULL;
	struct invite *invite = ra_new(struct invite);
	uint64_t id = world_new_id(world);
	invite->code =
		conf->code ? ra_strdup(conf->code) : ra_format("%llx", (unsigned long long)id);
	invite->channel_id = c->id;
	invite->inviter_id = conf->inviter_id;
	invite->created_at_ms = world->now_ms;
	invite->max_age_s = conf->max_age_s;
	invite->max_uses = conf->max_uses;
	invite->is_temporary = conf->is_temporary;
	STATE_ADD(c->guild->invites, c->guild->invite_count, invite);
	struct ra_buf *d = open_invite(world, c);
	if (d) {
		render_invite(d, world, c->guild, invite, true);
		emit_send(world,
			  &(struct dispatch){ .type = "INVITE_CREATE",
					      .guild_id = c->guild->id,
					      .channel_id = c->id },
			  false);
	}
	return invite;
}

static void emit_invite_delete(struct world *world, const struct invite *invite)
{
	const struct channel *c = world_channel(world, invite->channel_id);
	struct ra_buf *d = c ? open_invite(world, c) : NULL;
	if (!d)
		return;
	PUT_ID(d, "{\"channel_id\":", invite->channel_id);
	PUT_ID(d, ",\"guild_id\":", c->guild->id);
	PUT_TEXT(d, ",\"code\":", invite->code);
	PUT(d, "}");
	emit_send(world,
		  &(struct dispatch){
			  .type = "INVITE_DELETE", .guild_id = c->guild->id, .channel_id = c->id },
		  false);
}

int act_delete_invite(struct world *world, uint64_t guild_id, const char *code)
{
	struct guild *g = world_guild(world, guild_id);
	for (size_t i = 0; g && i < g->invite_count; i++) {
		struct invite *invite = g->invites[i];
		if (strcmp(invite->code, code) != 0)
			continue;
		emit_invite_delete(world, invite);
		STATE_REMOVE(g->invites, g->invite_count, i);
		state_free_invite(invite);
		return 0;
	}
	return RA_ENOTFOUND;
}

int act_vanity(struct world *world, uint64_t guild_id, const char *code)
{
	struct guild *g = world_guild(world, guild_id);
	if (!g)
		return RA_ENOTFOUND;
	if (g->vanity)
		state_free_invite(g->vanity);
	g->vanity = NULL;
	if (code) {
		g->vanity = ra_new(struct invite);
		g->vanity->code = ra_strdup(code);
	}
	return act_update_guild(world, guild_id, NULL, NULL);
}
