#include "services/response-tracker/write.h"
#include "libshared/metrics/metrics.h"
#include "services/response-tracker/sql.h"
#include "services/response-tracker/task.h"

static void text_or_null(struct ra_pg_params *p, struct ra_str text)
{
	if (text.ptr)
		ra_pg_text(p, text);
	else
		ra_pg_null(p);
}

static void id(struct ra_pg_params *p, uint64_t value)
{
	ra_pg_i64(p, (int64_t)value);
}

static void fill_ask(struct ra_pg_params *p, const struct act *a)
{
	id(p, a->request);
	id(p, a->person);
	id(p, a->channel);
	id(p, a->parent);
	id(p, a->thread);
	ra_pg_i64(p, a->rule);
	ra_pg_i64(p, a->priority);
	ra_pg_text(p, ra_str_of(a->how));
	text_or_null(p, a->excerpt);
	ra_pg_i64(p, a->at);
}

static void fill_merge(struct ra_pg_params *p, const struct act *a)
{
	id(p, a->request);
	id(p, a->message);
	ra_pg_bool(p, a->is_burst);
}

static void fill_answer(struct ra_pg_params *p, const struct act *a)
{
	id(p, a->request);
	id(p, a->person);
	ra_pg_text(p, ra_str_of(a->how));
	ra_pg_i64(p, a->at);
	id(p, a->message);
}

static void fill_community(struct ra_pg_params *p, const struct act *a)
{
	id(p, a->request);
	id(p, a->person);
	ra_pg_i64(p, a->at);
	id(p, a->message);
	ra_pg_bool(p, a->is_reply);
}

static void fill_reopen(struct ra_pg_params *p, const struct act *a)
{
	id(p, a->request);
	id(p, a->message);
	ra_pg_i64(p, a->at);
}

static void fill_cancel(struct ra_pg_params *p, const struct act *a)
{
	id(p, a->request);
	ra_pg_i64(p, a->at);
}

static void fill_cancel_channel(struct ra_pg_params *p, const struct act *a)
{
	id(p, a->message);
	ra_pg_i64(p, a->at);
}

static void fill_thread(struct ra_pg_params *p, const struct act *a)
{
	id(p, a->request);
	id(p, a->message);
}

static void fill_staff_begins(struct ra_pg_params *p, const struct act *a)
{
	id(p, a->person);
	ra_pg_i64(p, a->at);
	ra_pg_bool(p, a->is_by_role);
}

static void fill_staff_ends(struct ra_pg_params *p, const struct act *a)
{
	id(p, a->person);
	ra_pg_i64(p, a->at);
}

static void fill_role_gone(struct ra_pg_params *p, const struct act *a)
{
	id(p, a->message);
	ra_pg_i64(p, a->at);
}

/* Every statement takes the guild first; those of requests end with when they were changed. */
static const struct {
	void (*fill)(struct ra_pg_params *p, const struct act *act);
	const char *name;
} kinds[ACT_KINDS] = {
	[ACT_ASK] = { fill_ask, "ask" },
	[ACT_MERGE] = { fill_merge, "merge" },
	[ACT_ANSWER] = { fill_answer, "answer" },
	[ACT_COMMUNITY] = { fill_community, "community_answer" },
	[ACT_REOPEN] = { fill_reopen, "reopen" },
	[ACT_CANCEL] = { fill_cancel, "cancel" },
	[ACT_CANCEL_CHANNEL] = { fill_cancel_channel, "cancel_channel" },
	[ACT_THREAD] = { fill_thread, "thread" },
	[ACT_SHOWN] = { fill_thread, "shown" },
	[ACT_STAFF_BEGINS] = { fill_staff_begins, "staff_begins" },
	[ACT_STAFF_ENDS] = { fill_staff_ends, "staff_ends" },
	[ACT_ROLE_GONE] = { fill_role_gone, "role_gone" },
};

RA_COUNTER_BY(acts_written, "rations_desk_acts_total", "what",
	      "steps of requests and of the staff that events led to, sent to the database")
RA_COUNTER(activities_written, "rations_desk_activities_total", "what staff did, sent likewise")

static int write_act(struct ra_pg *pg, struct ra_arena *arena, const struct act *act, int64_t now)
{
	struct ra_pg_params p = { .arena = arena };
	id(&p, act->guild);
	kinds[act->kind].fill(&p, act);
	if (act->kind < ACT_STAFF_BEGINS)
		ra_pg_i64(&p, now);
	ra_count_by(&acts_written, kinds[act->kind].name, 1);
	return ra_pg_send(pg, SQL_ACT + (int)act->kind, &p, NULL, NULL);
}

static int write_activities(struct ra_pg *pg, struct ra_arena *arena, const struct batch *b)
{
	const struct activity *a = b->activities;
	size_t n = b->activity_count, stride = sizeof *a;
	struct ra_pg_params p = { .arena = arena };
	if (n == 0)
		return 0;
	ra_pg_u64_array(&p, &a->guild, n, stride);
	ra_pg_u64_array(&p, &a->user, n, stride);
	ra_pg_i64_array(&p, &a->at, n, stride);
	ra_pg_text_array(&p, &a->kind, n, stride);
	ra_pg_u64_array(&p, &a->message, n, stride);
	ra_pg_text_array(&p, &a->emoji, n, stride);
	ra_pg_u64_array(&p, &a->channel, n, stride);
	ra_pg_i64_array_or_null(&p, (const int64_t *)&a->target, n, stride, 0);
	ra_pg_i64_array_or_null(&p, (const int64_t *)&a->target_user, n, stride, 0);
	ra_pg_text_array(&p, &a->excerpt, n, stride);
	ra_count(&activities_written, (double)n);
	return ra_pg_send(pg, SQL_ACTIVITY, &p, NULL, NULL);
}

int write_batch(struct ra_pg *pg, const struct fold *fold, int64_t now)
{
	const struct batch *b = &fold->batch;
	struct ra_arena arena = { 0 };
	struct ra_pg_params turn = { .arena = &arena };
	ra_pg_i64(&turn, fold->state.desk_version);
	ra_pg_i64(&turn, fold->state.rules_version);
	int rc = ra_pg_send(pg, SQL_TURN, &turn, NULL, NULL);
	for (size_t i = 0; i < b->act_count && rc == 0; i++)
		rc = write_act(pg, &arena, &b->acts[i], now);
	if (rc == 0)
		rc = write_activities(pg, &arena, b);
	if (rc == 0)
		rc = task_write(pg, &arena, b, now);
	ra_arena_fini(&arena);
	return rc;
}
