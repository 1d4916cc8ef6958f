/* The counting half; oracle_json.c tells. */
#include "services/discord-sim/oracle.h"
#include "services/discord-sim/oracle_state.h"

struct oracle *oracle_new(const struct oracle_conf *conf)
{
	struct oracle *oracle = ra_new(struct oracle);
	oracle->conf = *conf;
	return oracle;
}

static void free_types(struct type_count **types)
{
	struct type_count *t, *next;
	HASH_ITER(hh, *types, t, next)
	{
		HASH_DEL(*types, t);
		ra_free(t->type);
		ra_free(t);
	}
}

#define FREE_ALL(head, type)                                                                       \
	do {                                                                                       \
		type *item, *next_item;                                                            \
		HASH_ITER(hh, (head), item, next_item)                                             \
		{                                                                                  \
			HASH_DEL((head), item);                                                    \
			ra_free(item);                                                             \
		}                                                                                  \
	} while (0)

void oracle_free(struct oracle **oracle)
{
	struct oracle *o = *oracle;
	*oracle = NULL;
	if (!o)
		return;
	struct guild_truth *g, *next;
	HASH_ITER(hh, o->guilds, g, next)
	{
		HASH_DEL(o->guilds, g);
		free_types(&g->types);
		FREE_ALL(g->hours, struct hour_count);
		FREE_ALL(g->people, struct person_hour);
		FREE_ALL(g->rows, struct message_row);
		FREE_ALL(g->talkers, struct talker);
		ra_free(g);
	}
	free_types(&o->types);
	ra_free(o);
}

/* --- finding or making --- */

static void count_type(struct type_count **types, const char *type)
{
	struct type_count *t;
	HASH_FIND_STR(*types, type, t);
	if (!t) {
		t = ra_new(struct type_count);
		t->type = ra_strdup(type);
		HASH_ADD_KEYPTR(hh, *types, t->type, strlen(t->type), t);
	}
	t->count++;
}

static struct guild_truth *truth_of(struct oracle *o, uint64_t guild_id)
{
	struct guild_truth *g;
	HASH_FIND(hh, o->guilds, &guild_id, sizeof(guild_id), g);
	if (!g) {
		g = ra_new(struct guild_truth);
		g->guild_id = guild_id;
		HASH_ADD(hh, o->guilds, guild_id, sizeof(guild_id), g);
	}
	return g;
}

static int64_t hour_of(int64_t ms)
{
	return ms - ms % HOUR_MS;
}

static struct hour_count *hour_count(struct guild_truth *g, int64_t at_ms)
{
	struct hour_count *h;
	int64_t hour_ms = hour_of(at_ms);
	HASH_FIND(hh, g->hours, &hour_ms, sizeof(hour_ms), h);
	if (!h) {
		h = ra_new(struct hour_count);
		h->hour_ms = hour_ms;
		HASH_ADD(hh, g->hours, hour_ms, sizeof(hour_ms), h);
	}
	return h;
}

static struct person_hour *person_hour(struct guild_truth *g, uint64_t user_id, int64_t at_ms)
{
	struct person_hour *p;
	struct person_hour_key key = { .user_id = user_id, .hour_ms = hour_of(at_ms) };
	/* the analyzer does not follow a word's bytes */
	// NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
	HASH_FIND(hh, g->people, &key, sizeof(key), p);
	if (!p) {
		p = ra_new(struct person_hour);
		p->key = key;
		HASH_ADD(hh, g->people, key, sizeof(key), p);
	}
	return p;
}

static struct message_row *row_of(struct guild_truth *g, const struct deed *deed)
{
	struct message_row *row;
	struct message_row_key key = { deed->channel_id, deed->user_id, hour_of(deed->at_ms) };
	/* the analyzer does not follow a word's bytes */
	// NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
	HASH_FIND(hh, g->rows, &key, sizeof(key), row);
	if (!row) {
		row = ra_new(struct message_row);
		row->key = key;
		HASH_ADD(hh, g->rows, key, sizeof(key), row);
	}
	return row;
}

/* --- voice --- */

/* Adds [from, to) to the person's hours under every rule that holds. */
static void add_voice(struct oracle *o, struct guild_truth *g, uint64_t user_id, int64_t from_ms,
		      int64_t to_ms, const bool holds[VOICE_RULES])
{
	while (from_ms < to_ms) {
		int64_t edge_ms = hour_of(from_ms) + HOUR_MS;
		int64_t until_ms = edge_ms < to_ms ? edge_ms : to_ms;
		struct hour_count *h = hour_count(g, from_ms);
		struct person_hour *p =
			o->conf.totals_only ? NULL : person_hour(g, user_id, from_ms);
		for (int rule = 0; rule < VOICE_RULES; rule++) {
			int64_t ms = holds[rule] ? until_ms - from_ms : 0;
			h->voice_ms[rule] += ms;
			if (p)
				p->voice_ms[rule] += ms;
		}
		from_ms = until_ms;
	}
}

static void settle_room(struct oracle *o, struct guild_truth *g, uint64_t channel_id, int64_t at_ms)
{
	unsigned people = 0, unmuted = 0;
	for (struct talker *t = g->talkers; t; t = t->hh.next)
		if (t->channel_id == channel_id) {
			people++;
			unmuted += !t->is_muted;
		}
	for (struct talker *t = g->talkers; t; t = t->hh.next) {
		if (t->channel_id != channel_id || t->since_ms >= at_ms)
			continue;
		bool holds[VOICE_RULES] = { [VOICE_RAW] = true };
		holds[VOICE_PRESENT] = !t->is_afk && !t->is_deaf;
		holds[VOICE_ENGAGED] = holds[VOICE_PRESENT] && people >= 2 && unmuted >= 1;
		holds[VOICE_TALKING] = holds[VOICE_ENGAGED] && !t->is_muted;
		add_voice(o, g, t->user_id, t->since_ms, at_ms, holds);
		t->since_ms = at_ms;
	}
}

void oracle_settle(struct oracle *oracle, struct guild_truth *guild, int64_t at_ms)
{
	for (struct talker *t = guild->talkers; t; t = t->hh.next)
		if (t->since_ms < at_ms)
			settle_room(oracle, guild, t->channel_id, at_ms);
}

static struct talker *talker_of(struct guild_truth *g, uint64_t user_id)
{
	struct talker *t;
	HASH_FIND(hh, g->talkers, &user_id, sizeof(user_id), t);
	return t;
}

static void drop_talker(struct guild_truth *g, struct talker *t)
{
	HASH_DEL(g->talkers, t);
	ra_free(t);
}

static void on_voice(struct oracle *o, struct guild_truth *g, const struct deed *deed)
{
	struct talker *t = talker_of(g, deed->user_id);
	if (deed->is_bot)
		return;
	if (t)
		settle_room(o, g, t->channel_id, deed->at_ms);
	if (deed->channel_id == 0) {
		if (t)
			drop_talker(g, t);
		return;
	}
	settle_room(o, g, deed->channel_id, deed->at_ms);
	if (!t) {
		t = ra_new(struct talker);
		t->user_id = deed->user_id;
		HASH_ADD(hh, g->talkers, user_id, sizeof(t->user_id), t);
		t->since_ms = deed->at_ms;
	}
	t->channel_id = deed->channel_id;
	t->session = deed->voice_session;
	t->is_afk = deed->is_afk;
	t->is_deaf = deed->deaf || deed->self_deaf;
	t->is_muted = deed->mute || deed->self_mute || deed->suppress;
}

static void snapshot_voice(struct oracle *o, struct guild_truth *g, const struct guild *guild,
			   const struct member *m, int64_t at_ms)
{
	if (!m->voice.channel_id)
		return;
	struct deed deed = { .user_id = m->user_id,
			     .channel_id = m->voice.channel_id,
			     .voice_session = m->voice.session,
			     .at_ms = at_ms,
			     .is_bot = m->user->is_bot,
			     .is_afk = m->voice.channel_id == guild->afk_channel_id,
			     .mute = m->mute,
			     .deaf = m->deaf,
			     .self_mute = m->voice.self_mute,
			     .self_deaf = m->voice.self_deaf,
			     .suppress = m->voice.suppress };
	on_voice(o, g, &deed);
}

/* Whoever the guild does not confirm has gone, at a moment nobody saw: the last one we were there.
 */
static void drop_vanished(struct oracle *o, struct guild_truth *g, const struct guild *guild)
{
	struct talker *t, *next;
	HASH_ITER(hh, g->talkers, t, next)
	{
		const struct member *m = world_member(guild, t->user_id);
		if (m && m->voice.channel_id == t->channel_id && m->voice.session == t->session)
			continue;
		settle_room(o, g, t->channel_id, g->heard_ms);
		drop_talker(g, t);
	}
}

static void take_snapshot(struct oracle *o, const struct guild *guild, int64_t at_ms)
{
	struct guild_truth *g = truth_of(o, guild->id);
	drop_vanished(o, g, guild);
	for (const struct member *m = guild->members; m; m = m->hh.next)
		snapshot_voice(o, g, guild, m, at_ms);
	g->member_count = HASH_COUNT(guild->members);
	g->heard_ms = at_ms;
	o->heard_ms = at_ms > o->heard_ms ? at_ms : o->heard_ms;
}

void oracle_snapshot(struct oracle *oracle, const struct guild *guild, int64_t at_ms)
{
	count_type(&oracle->types, "GUILD_CREATE");
	count_type(&truth_of(oracle, guild->id)->types, "GUILD_CREATE");
	take_snapshot(oracle, guild, at_ms);
}

void oracle_gap(struct oracle *oracle, uint64_t guild_id, int64_t at_ms)
{
	struct guild_truth *g;
	HASH_FIND(hh, oracle->guilds, &guild_id, sizeof(guild_id), g);
	if (g && at_ms > g->heard_ms)
		g->heard_ms = at_ms;
}

/* --- deeds --- */

static void on_message(struct oracle *o, struct guild_truth *g, struct counts *n,
		       const struct deed *deed)
{
	if (deed->message_type != MESSAGE_DEFAULT && deed->message_type != MESSAGE_REPLY) {
		n->notices++;
		n->commands += deed->is_command;
		return;
	}
	if (deed->is_bot || deed->is_webhook) {
		n->bot_messages++;
		return;
	}
	n->messages++;
	n->replies += deed->is_reply;
	n->attachments += deed->attachments;
	n->characters += deed->characters;
	if (o->conf.totals_only)
		return;
	struct message_row *row = row_of(g, deed);
	row->messages++;
	row->replies += deed->is_reply;
	row->attachments += deed->attachments;
	row->characters += deed->characters;
	person_hour(g, deed->user_id, deed->at_ms)->messages++;
}

static void on_edit(struct oracle *o, struct guild_truth *g, struct counts *n,
		    const struct deed *deed)
{
	bool is_automatic = deed->is_bot || deed->is_webhook;
	n->edits += !is_automatic;
	n->bot_edits += is_automatic;
	if (!is_automatic && !o->conf.totals_only)
		row_of(g, deed)->edits++;
}

static void on_reaction(struct oracle *o, struct guild_truth *g, struct counts *n,
			const struct deed *deed)
{
	n->reactions += !deed->is_bot;
	n->bot_reactions += deed->is_bot;
	if (deed->is_bot || o->conf.totals_only)
		return;
	row_of(g, deed)->reactions++;
	person_hour(g, deed->user_id, deed->at_ms)->reactions++;
}

static void on_deed(struct oracle *o, struct guild_truth *g, const struct deed *deed)
{
	struct counts *n = &hour_count(g, deed->at_ms)->counts;
	switch (deed->kind) {
	case DEED_MESSAGE: on_message(o, g, n, deed); break;
	case DEED_EDIT: on_edit(o, g, n, deed); break;
	case DEED_DELETE: n->deletions += deed->count; break;
	case DEED_REACT: on_reaction(o, g, n, deed); break;
	case DEED_UNREACT: n->reactions_removed += !deed->is_bot; break;
	case DEED_JOIN:
		n->joins += !deed->is_bot;
		g->member_count++;
		break;
	case DEED_LEAVE:
		n->leaves += !deed->is_bot;
		n->boost_ends += deed->was_boosting;
		g->member_count -= g->member_count > 0;
		break;
	case DEED_BAN: n->bans++; break;
	case DEED_UNBAN: n->unbans++; break;
	case DEED_TIMEOUT: n->timeouts++; break;
	case DEED_TIMEOUT_END: n->timeout_ends++; break;
	case DEED_BOOST: n->boosts++; break;
	case DEED_BOOST_END: n->boost_ends++; break;
	case DEED_VOICE: on_voice(o, g, deed); break;
	case DEED_GUILD: take_snapshot(o, deed->guild, deed->at_ms); break;
	case DEED_CLEAR_REACTIONS:
	case DEED_JOIN_AGAIN:
	case DEED_OTHER: break;
	}
}

void oracle_count(struct oracle *oracle, const struct dispatch *dispatch)
{
	count_type(&oracle->types, dispatch->type);
	if (dispatch->at_ms > oracle->heard_ms)
		oracle->heard_ms = dispatch->at_ms;
	if (!dispatch->guild_id)
		return;
	struct guild_truth *g = truth_of(oracle, dispatch->guild_id);
	count_type(&g->types, dispatch->type);
	if (dispatch->deed)
		on_deed(oracle, g, dispatch->deed);
	g->heard_ms = dispatch->at_ms;
}
