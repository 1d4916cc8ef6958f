#include "services/response-tracker/batch.h"

void batch_clear(struct batch *batch)
{
	batch->act_count = batch->activity_count = batch->task_count = 0;
	ra_arena_reset(&batch->arena);
}

void batch_fini(struct batch *batch)
{
	ra_free(batch->acts);
	ra_free(batch->activities);
	ra_free(batch->tasks);
	ra_arena_fini(&batch->arena);
	*batch = (struct batch){ 0 };
}

struct act *batch_act(struct batch *batch, enum act_kind kind, uint64_t guild, int64_t at)
{
	if (batch->act_count == batch->act_cap) {
		batch->act_cap = batch->act_cap ? batch->act_cap * 2 : 64;
		batch->acts = ra_realloc(batch->acts, batch->act_cap * sizeof *batch->acts);
	}
	struct act *act = &batch->acts[batch->act_count++];
	*act = (struct act){ .kind = kind, .guild = guild, .at = at };
	return act;
}

void batch_activity(struct batch *batch, const struct activity *activity)
{
	if (batch->activity_count == batch->activity_cap) {
		batch->activity_cap = batch->activity_cap ? batch->activity_cap * 2 : 256;
		batch->activities = ra_realloc(batch->activities,
					       batch->activity_cap * sizeof *batch->activities);
	}
	batch->activities[batch->activity_count++] = *activity;
}

struct ra_str batch_text(struct batch *batch, struct ra_str text)
{
	return (struct ra_str){ ra_arena_strdup(&batch->arena, text), text.len };
}

struct task_act *batch_task(struct batch *batch, const char *step, uint64_t guild, int64_t at)
{
	if (batch->task_count == batch->task_cap) {
		batch->task_cap = batch->task_cap ? batch->task_cap * 2 : 16;
		batch->tasks = ra_realloc(batch->tasks, batch->task_cap * sizeof *batch->tasks);
	}
	struct task_act *act = &batch->tasks[batch->task_count++];
	*act = (struct task_act){ .step = step, .guild = guild, .at = at };
	return act;
}
