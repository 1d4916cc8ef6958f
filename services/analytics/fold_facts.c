#include "services/analytics/fold_facts.h"
#include "libshared/metrics/metrics.h"

enum { SEEN_BAN = 1, SEEN_COMMAND = 2 };

enum {
	HOUR_MS = 3600 * 1000,
	/* Two tellings of one moment may differ by as much (discord-api-docs issue 8337). */
	SAME_MS = 2000,
	COMMAND_NAME_MAX = 64,
	GAME_NAME_MAX = 128 * 4,
	KIND_COMMAND = 2,             /* of an interaction */
	KIND_CHAT_INPUT_COMMAND = 20, /* of a message */
	KIND_CONTEXT_MENU_COMMAND = 23,
};

RA_COUNTER(facts_repeated, "rations_facts_repeated_total",
	   "bans and commands Discord told twice under different seqs, counted once");

/* --- bans and timeouts ------------------------------------------------------- */

static struct moderation_row *moderate(struct fold *fold, const struct ra_event *event,
				       uint64_t user, enum moderation kind)
{
	static const char *const names[] = {
		[MODERATION_BAN] = "ban",
		[MODERATION_UNBAN] = "unban",
		[MODERATION_TIMEOUT] = "timeout",
		[MODERATION_TIMEOUT_END] = "timeout_end",
	};
	struct moderation_row head = { .guild = event->guild,
				       .user = batch_person(fold->batch, event->guild, user),
				       .at = event->at,
				       .kind = kind,
				       .seq = event->seq };
	struct moderation_row *row = ra_table_row(&fold->batch->facts.moderations, &head, NULL);
	row->name = ra_str_of(names[kind]);
	return row;
}

void on_ban_added(struct fold *fold, const struct ra_event *event)
{
	uint64_t user = event->ban_added.user_id;
	if (ra_recent_add(&fold->state->recent, event->guild, user, SEEN_BAN))
		moderate(fold, event, user, MODERATION_BAN);
	else
		ra_count(&facts_repeated, 1);
}

void on_ban_removed(struct fold *fold, const struct ra_event *event)
{
	uint64_t user = event->ban_removed.user_id;
	ra_recent_remove(&fold->state->recent, event->guild, user, SEEN_BAN);
	moderate(fold, event, user, MODERATION_UNBAN);
}

/* In a list nothing need have happened just now: when a timeout found there began nobody knows. */
static void note_timeout(struct fold *fold, const struct ra_event *event, struct standing *standing)
{
	const struct ra_ev_member_updated *m = &event->member_updated;
	int64_t until = m->timeout_until > event->at ? m->timeout_until : 0;
	int64_t was = standing->timeout_until > event->at ? standing->timeout_until : 0;
	bool is_listed = m->snapshot || m->listed;
	standing->timeout_until = until;
	if (until == was || is_listed)
		return;
	if (until)
		moderate(fold, event, m->user_id, MODERATION_TIMEOUT)->until_at = until;
	else
		moderate(fold, event, m->user_id, MODERATION_TIMEOUT_END);
}

/* --- boosts ------------------------------------------------------------------- */

static void boost_flow(struct batch *batch, uint64_t guild, uint64_t user, int64_t at, bool is_end)
{
	struct boost_row head = {
		.guild = guild, .user = batch_person(batch, guild, user), .at = at, .is_end = is_end
	};
	struct boost_row *row = ra_table_row(&batch->facts.boosts, &head, NULL);
	row->kind = is_end ? RA_STR("end") : RA_STR("start");
}

void facts_boost(struct batch *batch, uint64_t guild, uint64_t user, int64_t since)
{
	boost_flow(batch, guild, user, since, false);
}

static void note_boost(struct fold *fold, const struct ra_event *event, struct standing *standing)
{
	const struct ra_ev_member_updated *m = &event->member_updated;
	int64_t since = m->boosting_since, was = standing->boosting_since;
	int64_t apart = since > was ? since - was : was - since;
	if (since == was || (since && was && apart <= SAME_MS))
		return;
	/* Another start than the one we know: in between it ended, unseen. */
	if (was)
		boost_flow(fold->batch, event->guild, m->user_id, since ? since : event->at, true);
	if (since)
		facts_boost(fold->batch, event->guild, m->user_id, since);
	standing->boosting_since = since;
}

void facts_on_member(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_member_updated *m = &event->member_updated;
	struct guild *guild = state_guild_add(fold->state, event->guild);
	struct standing *standing = guild_standing(guild, m->user_id);
	if (!standing && !m->boosting_since && m->timeout_until <= event->at)
		return; /* like nearly everybody */
	standing = standing ? standing : guild_standing_add(guild, m->user_id);
	note_timeout(fold, event, standing);
	note_boost(fold, event, standing);
	if (!standing->boosting_since && !standing->timeout_until)
		guild_standing_remove(guild, m->user_id);
}

void facts_on_left(struct fold *fold, const struct ra_event *event)
{
	uint64_t user = event->member_left.user_id;
	struct guild *guild = state_guild(fold->state, event->guild);
	const struct standing *standing = guild ? guild_standing(guild, user) : NULL;
	if (!standing)
		return;
	if (standing->boosting_since)
		boost_flow(fold->batch, event->guild, user, event->at, true);
	guild_standing_remove(guild, user);
}

/* --- invites -------------------------------------------------------------------- */

static struct invite_row *invite_row(struct fold *fold, uint64_t guild, struct ra_str code)
{
	struct invite_row head = { .guild = guild, .code_hash = facts_hash(code) };
	bool is_new;
	struct invite_row *row = ra_table_row(&fold->batch->facts.invites, &head, &is_new);
	if (is_new)
		row->code = batch_text(fold->batch, code);
	return row;
}

void on_invite_created(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_invite_created *i = &event->invite_created;
	struct invite_row *row = invite_row(fold, event->guild, i->code);
	row->channel = i->channel_id;
	row->inviter = batch_person(fold->batch, event->guild, i->user_id);
	row->created_at = event->at;
	row->expires_at =
		i->max_age_s > 0 && i->max_age_s < INT32_MAX ? event->at + i->max_age_s * 1000 : 0;
	row->max_uses = i->max_uses > 0 && i->max_uses < INT32_MAX ? i->max_uses : 0;
	row->is_temporary = i->is_temporary;
	row->deleted_at = 0;
	row->is_described = true;
}

void on_invite_deleted(struct fold *fold, const struct ra_event *event)
{
	invite_row(fold, event->guild, event->invite_deleted.code)->deleted_at = event->at;
}

/* --- scheduled events -------------------------------------------------------------- */

/* The number of all who are interested holds what was said before it was told. */
static void settle_interests(struct batch *batch, uint64_t guild, uint64_t event)
{
	struct ra_table *interests = &batch->facts.interests;
	for (size_t i = 0; i < interests->count; i++) {
		struct interest_row *row = (struct interest_row *)(void *)interests->rows + i;
		row->is_settled |= row->guild == guild && row->event == event;
	}
}

void on_scheduled_event_changed(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_scheduled_event_changed *s = &event->scheduled_event_changed;
	struct plan_row head = { .guild = event->guild, .event = s->event_id };
	struct plan_row *row = ra_table_row(&fold->batch->facts.plans, &head, NULL);
	row->channel = s->channel_id;
	row->user = batch_person(fold->batch, event->guild, s->user_id);
	row->name = batch_text(fold->batch, s->name);
	row->status = s->status > 0 && s->status < INT16_MAX ? s->status : 1;
	row->starts_at = s->starts_at;
	row->ends_at = s->ends_at;
	row->deleted_at = s->is_deleted ? event->at : 0;
	row->told_at = event->at;
	if (!s->snapshot || s->interested <= 0)
		return;
	row->interested = s->interested < INT32_MAX ? s->interested : INT32_MAX;
	settle_interests(fold->batch, event->guild, s->event_id);
}

void on_scheduled_event_interest(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_scheduled_event_interest *i = &event->scheduled_event_interest;
	struct interest_row head = { .guild = event->guild,
				     .event = i->event_id,
				     .user = batch_person(fold->batch, event->guild, i->user_id) };
	bool is_new;
	struct interest_row *row = ra_table_row(&fold->batch->facts.interests, &head, &is_new);
	if (is_new) { /* who takes back what we never heard was counted before we came */
		row->was_interested = i->is_removed;
	} else if (row->is_settled) {
		row->was_interested = row->is_interested;
		row->is_certain = true;
	}
	row->is_interested = !i->is_removed;
	row->is_settled = false;
}

void facts_on_synced(struct fold *fold, const struct guild *guild, int64_t at)
{
	struct synced_row *row = ra_table_row(&fold->batch->facts.synced, &guild->id, NULL);
	row->began_at = guild->snapshot_at;
	row->at = at;
}

/* --- commands ------------------------------------------------------------------------ */

static void count_command(struct fold *fold, const struct ra_event *event, uint64_t bot,
			  uint64_t user, struct ra_str name)
{
	name.len = name.len > COMMAND_NAME_MAX ? 0 : name.len; /* no name Discord allows */
	struct command_row head = { .guild = event->guild,
				    .hour = event->at - event->at % HOUR_MS,
				    .bot = bot,
				    .user = batch_person(fold->batch, event->guild, user),
				    .name_hash = facts_hash(name) };
	bool is_new;
	struct command_row *row = ra_table_row(&fold->batch->facts.commands, &head, &is_new);
	if (is_new)
		row->name = batch_text(fold->batch, name);
	row->uses++;
}

/* The same use of a command may be told as an interaction and as the message that answers it. */
static bool is_new_use(struct fold *fold, uint64_t interaction)
{
	bool is_new = interaction == 0 ||
		      ra_recent_add(&fold->state->recent, interaction, SEEN_COMMAND, SEEN_COMMAND);
	if (!is_new)
		ra_count(&facts_repeated, 1);
	return is_new;
}

void on_interaction_created(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_interaction_created *i = &event->interaction_created;
	if (i->kind == KIND_COMMAND && is_new_use(fold, i->interaction_id))
		count_command(fold, event, fold->state->shard.bot_id, i->user_id, i->name);
}

/* --- games ----------------------------------------------------------------------------- */

/* Whoever changes anything while playing is told again: in an hour they play a game once. */
void on_presence_changed(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_presence_changed *p = &event->presence_changed;
	if (p->game.len == 0 || p->game.len > GAME_NAME_MAX || p->user_id == 0)
		return;
	struct game_row head = { .guild = event->guild,
				 .hour = event->at - event->at % HOUR_MS,
				 .user = p->user_id,
				 .name_hash = facts_hash(p->game) };
	bool is_new;
	struct game_row *row = ra_table_row(&fold->batch->facts.games, &head, &is_new);
	if (is_new)
		row->name = batch_text(fold->batch, p->game);
}

static bool is_answer(const struct ra_ev_message_created *m)
{
	return m->kind == KIND_CHAT_INPUT_COMMAND || m->kind == KIND_CONTEXT_MENU_COMMAND;
}

void facts_on_message(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_message_created *m = &event->message_created;
	bool is_ours = m->user_id == fold->state->shard.bot_id; /* told as an interaction */
	if (is_answer(m) && !is_ours && is_new_use(fold, m->interaction_id))
		count_command(fold, event, m->user_id, m->command_user_id, m->command);
}

void facts_remember(struct state *state, const struct ra_event *event)
{
	uint64_t use = 0;
	switch (event->type) {
	case RA_EV_ban_added:
		ra_recent_add(&state->recent, event->guild, event->ban_added.user_id, SEEN_BAN);
		break;
	case RA_EV_ban_removed:
		ra_recent_remove(&state->recent, event->guild, event->ban_removed.user_id,
				 SEEN_BAN);
		break;
	case RA_EV_interaction_created: use = event->interaction_created.interaction_id; break;
	case RA_EV_message_created: use = event->message_created.interaction_id; break;
	default: break;
	}
	if (use)
		ra_recent_add(&state->recent, use, SEEN_COMMAND, SEEN_COMMAND);
}
