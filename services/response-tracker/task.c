/* task: see the header. */
#include "services/response-tracker/task.h"
#include "libshared/base/log.h"
#include "libshared/desk/count.h"
#include "libshared/desk/excerpt.h"
#include "libshared/desk/match.h"
#include "services/response-tracker/sql.h"

enum { KIND_DEFAULT = 0, KIND_REPLY = 19 };

/* Where and how a guild's members report. */
struct task_desk {
	char *channels; /* owned; IDS */
	bool needs_call;
	struct match_rules *calls; /* owned; staff roles and keywords */
};

void task_desk_free(struct task_desk **where)
{
	struct task_desk *desk = *where;
	if (!desk)
		return;
	match_free(&desk->calls);
	ra_free(desk->channels);
	ra_free(desk);
	*where = NULL;
}

/* --- settings ------------------------------------------------------------------------- */

static struct task_desk *read_desk(const PGresult *r, int row)
{
	const struct match_rule calls[] = {
		{ .kind = MATCH_MENTION, .priority = 1, .roles = ra_pg_get_str(r, row, 4) },
		{ .kind = MATCH_KEYWORD, .priority = 1, .words = ra_pg_get_str(r, row, 2) },
	};
	struct ra_err err;
	struct task_desk *desk = ra_new(struct task_desk);
	desk->channels = ra_str_dup(ra_pg_get_str(r, row, 1));
	desk->needs_call = ra_pg_get_bool(r, row, 3);
	desk->calls = match_compile(calls, RA_COUNT(calls), &err);
	if (!desk->calls) { /* api has checked the words when they were written */
		ra_error(NULL, "keywords of reports can not be compiled",
			 ra_f_u64("guild", ra_pg_get_u64(r, row, 0)), ra_f_text("error", err.msg));
		desk->calls = match_compile(calls, 1, NULL);
	}
	return desk;
}

static void on_desks(void *ctx, int status, const PGresult *r, const struct ra_err *err)
{
	(void)err;
	for (int i = 0, n = status < 0 ? 0 : PQntuples(r); i < n; i++) {
		struct guild *guild = state_guild(ctx, ra_pg_get_u64(r, i, 0));
		if (guild && !guild->tasks)
			guild->tasks = read_desk(r, i);
	}
}

int task_load(struct ra_pg *pg, const struct ra_pg_params *shard, struct state *state)
{
	return ra_pg_send(pg, SQL_LOAD_TASKS, shard, on_desks, state);
}

/* --- what happened --------------------------------------------------------------------- */

static struct match_message place_of(const struct fold *fold, uint64_t channel_id)
{
	struct channel channel = state_channel(&fold->state, channel_id);
	return (struct match_message){ .channel = channel_id, .parent = channel.parent };
}

static bool is_for_reports(const struct fold *fold, const struct guild *guild, uint64_t channel)
{
	struct match_message place = place_of(fold, channel);
	return *guild->tasks->channels &&
	       match_allows(ra_str_of(guild->tasks->channels), RA_STR(""), &place);
}

static struct ra_str kept(struct fold *fold, const struct guild *guild, struct ra_str text)
{
	return guild->wants_excerpts ? excerpt_of(&fold->batch.arena, text)
				     : (struct ra_str){ NULL, 0 };
}

static bool is_a_call(const struct task_desk *desk, const struct ra_ev_message_created *m)
{
	struct match_message message = { .text = m->content,
					 .mention_roles = m->mention_roles,
					 .channel = m->channel_id };
	return !desk->needs_call || match_message(desk->calls, &message);
}

/* A curator's reply, which completes the report if it is theirs. */
static void on_reply(struct fold *fold, const struct guild *guild, const struct ra_event *event)
{
	const struct ra_ev_message_created *m = &event->message_created;
	struct task_act *act = batch_task(&fold->batch, "verified", guild->id, event->at);
	act->report = m->reply_to;
	act->person = state_named(&fold->state, guild->id, m->user_id);
	act->number = count_approved(m->content, INT32_MAX);
	act->reply = m->message_id;
}

static bool on_message(struct fold *fold, const struct guild *guild, const struct ra_event *event)
{
	const struct ra_ev_message_created *m = &event->message_created;
	bool is_reply = m->kind == KIND_REPLY;
	if ((m->kind != KIND_DEFAULT && !is_reply) || m->is_bot || m->is_webhook || m->is_system)
		return false;
	if (state_is_staff(&fold->state, guild->id, m->user_id)) {
		if (is_reply && m->reply_to)
			on_reply(fold, guild, event);
		return false;
	}
	int tasks = is_reply || state_is_unnamed(&fold->state, guild->id, m->user_id)
			    ? 0
			    : count_tasks(m->content);
	if (tasks == 0 || !is_a_call(guild->tasks, m))
		return false;
	struct task_act *act = batch_task(&fold->batch, "reported", guild->id, event->at);
	act->report = m->message_id;
	act->person = m->user_id;
	act->channel = m->channel_id;
	act->number = tasks;
	act->excerpt = kept(fold, guild, m->content);
	return true;
}

/* What no longer names a number stays what it was. */
static void on_edit(struct fold *fold, const struct guild *guild, const struct ra_event *event)
{
	const struct ra_ev_message_edited *m = &event->message_edited;
	int tasks = count_tasks(m->content);
	if (tasks == 0)
		return;
	struct task_act *act = batch_task(&fold->batch, "corrected", guild->id, event->at);
	act->report = m->message_id;
	act->number = tasks;
	act->excerpt = kept(fold, guild, m->content);
}

static void on_reaction(struct fold *fold, const struct guild *guild, const struct ra_event *event)
{
	const struct ra_ev_reaction_added *r = &event->reaction_added;
	if (r->is_bot || !state_is_staff(&fold->state, guild->id, r->user_id))
		return;
	struct task_act *act = batch_task(&fold->batch, "claimed", guild->id, event->at);
	act->report = r->message_id;
	act->person = state_named(&fold->state, guild->id, r->user_id);
}

static uint64_t channel_of(const struct ra_event *event)
{
	switch (event->type) {
	case RA_EV_message_created: return event->message_created.channel_id;
	case RA_EV_message_edited: return event->message_edited.channel_id;
	case RA_EV_message_deleted: return event->message_deleted.channel_id;
	case RA_EV_reaction_added: return event->reaction_added.channel_id;
	default: return 0;
	}
}

bool task_fold_event(struct fold *fold, const struct guild *guild, const struct ra_event *event)
{
	uint64_t channel = channel_of(event);
	if (!guild->tasks || !channel || !is_for_reports(fold, guild, channel))
		return false;
	switch (event->type) {
	case RA_EV_message_created: return on_message(fold, guild, event);
	case RA_EV_message_edited: on_edit(fold, guild, event); return false;
	case RA_EV_reaction_added: on_reaction(fold, guild, event); return false;
	default:
		batch_task(&fold->batch, "withdrawn", guild->id, event->at)->report =
			event->message_deleted.message_id;
		return false;
	}
}

/* --- writing ---------------------------------------------------------------------------- */

static int write_step(struct ra_pg *pg, struct ra_arena *arena, const struct task_act *act,
		      int64_t now)
{
	struct ra_pg_params p = { .arena = arena };
	ra_pg_text(&p, ra_str_of(act->step));
	ra_pg_i64(&p, (int64_t)act->guild);
	ra_pg_i64(&p, (int64_t)act->report);
	ra_pg_i64(&p, (int64_t)act->person);
	ra_pg_i64(&p, (int64_t)act->channel);
	ra_pg_i64(&p, act->number);
	ra_pg_i64(&p, (int64_t)act->reply);
	if (act->excerpt.ptr)
		ra_pg_text(&p, act->excerpt);
	else
		ra_pg_null(&p);
	ra_pg_i64(&p, act->at);
	ra_pg_i64(&p, now);
	return ra_pg_send(pg, SQL_TASK_STEP, &p, NULL, NULL);
}

int task_write(struct ra_pg *pg, struct ra_arena *arena, const struct batch *batch, int64_t now)
{
	int rc = 0;
	for (size_t i = 0; i < batch->task_count && rc == 0; i++)
		rc = write_step(pg, arena, &batch->tasks[i], now);
	return rc;
}
