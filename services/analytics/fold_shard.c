/*
 * fold_shard: see fold_shard.h.
 *
 *	first READY --> in service --resharded--> retired
 *	                 |      ^
 *	    disconnected |      | READY (lost), RESUMED (healed)
 *	                 '-> gap
 */
#include "services/analytics/fold_shard.h"
#include "libshared/discord/snowflake.h"
#include "services/analytics/boundary.h"

static struct gap_row *gap_row(struct fold *fold, int64_t started_at)
{
	return ra_table_row(&fold->batch->gaps, &started_at, NULL);
}

void fold_begin_service(struct fold *fold, int64_t at)
{
	struct shard_state *shard = &fold->state->shard;
	if (shard->service_started_at != 0)
		return;
	shard->service_started_at = at;
	ra_table_row(&fold->batch->services, &at, NULL);
}

/* Nothing is missing from now on: other shards serve the guilds. */
static void end_service(struct fold *fold, int64_t at)
{
	struct shard_state *shard = &fold->state->shard;
	if (shard->service_started_at == 0)
		return;
	struct service_row *row =
		ra_table_row(&fold->batch->services, &shard->service_started_at, NULL);
	row->ended_at = at > shard->service_started_at ? at : shard->service_started_at;
	shard->service_started_at = 0;
	if (shard->gap_started_at != 0)
		gap_row(fold, shard->gap_started_at)->ended_at =
			at > shard->gap_started_at ? at : shard->gap_started_at;
	shard->gap_started_at = 0;
	shard->is_connected = false;
	shard->is_changed = true;
	shard->changed_at = at;
}

static void close_gap(struct fold *fold, const struct ra_event *event, int64_t down_since,
		      struct ra_str cause, bool is_healed)
{
	struct shard_state *shard = &fold->state->shard;
	int64_t started_at = shard->gap_started_at ? shard->gap_started_at : down_since;
	fold_begin_service(fold, event->at);
	/* one that was told ends, though another replica's clock, which now tells, be behind */
	if (shard->gap_started_at != 0 || (started_at != 0 && started_at < event->at)) {
		struct gap_row *gap = gap_row(fold, started_at);
		gap->ended_at = event->at > started_at ? event->at : started_at;
		gap->is_healed = is_healed;
		if (cause.len > 0)
			gap->cause = batch_text(fold->batch, cause);
	}
	shard->gap_started_at = 0;
	shard->down_since = started_at;
	shard->is_known = shard->is_connected = shard->is_changed = true;
	shard->changed_at = event->at;
}

/* When this shard was last connected, as its holder knew. What was before the service began was
 * another life of it, or another database's. */
static int64_t since_service(const struct fold *fold, int64_t down_since)
{
	return down_since >= RA_DISCORD_EPOCH_MS && fold->state->shard.service_started_at != 0
		       ? down_since
		       : 0;
}

/* A new session knows nothing of a guild until it describes it, which in an outage takes its time.
 */
static void lose_sight(struct state *state, int64_t since)
{
	for (struct guild *g = state->guilds; g; g = g->hh.next) {
		if (g->unseen_since != 0)
			continue;
		g->unseen_since = since;
		g->is_changed = true;
	}
}

void on_shard_ready(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_shard_ready *ready = &event->shard_ready;
	struct shard_state *shard = &fold->state->shard;
	shard->bot_id = ready->bot_id;
	close_gap(fold, event, since_service(fold, ready->down_since), ready->cause, false);
	if (shard->down_since != 0)
		lose_sight(fold->state, shard->down_since);
}

void on_shard_resumed(struct fold *fold, const struct ra_event *event)
{
	const struct ra_ev_shard_resumed *resumed = &event->shard_resumed;
	close_gap(fold, event, since_service(fold, resumed->down_since), resumed->cause, true);
}

void on_shard_disconnected(struct fold *fold, const struct ra_event *event)
{
	struct shard_state *shard = &fold->state->shard;
	if (ra_str_is(event->shard_disconnected.cause, "resharded")) {
		end_service(fold, event->at);
		return;
	}
	fold_begin_service(fold, event->at);
	if (shard->gap_started_at == 0)
		shard->gap_started_at = event->at;
	gap_row(fold, shard->gap_started_at)->cause =
		batch_text(fold->batch, event->shard_disconnected.cause);
	shard->is_known = shard->is_changed = true;
	shard->is_connected = false;
	shard->changed_at = event->at;
}

void fold_finish(struct fold *fold)
{
	end_service(fold, fold->reading->position.event_at);
}

void fold_cut_off(struct fold *fold, const struct ra_event *event)
{
	struct shard_state *shard = &fold->state->shard;
	int64_t from = fold->reading->position.event_at;
	if (shard->gap_started_at != 0 && shard->gap_started_at < from)
		from = shard->gap_started_at; /* its end may be among what was cut */
	fold_begin_service(fold, from ? from : event->at);
	if (from != 0) {
		struct gap_row *gap = gap_row(fold, from);
		gap->ended_at = event->at > from ? event->at : from + 1;
		gap->lost_entries = (int64_t)fold->reading->lost_entries;
		gap->cause = fold->reading->position.restored_at ? RA_STR("restore")
								 : RA_STR("stream_cut");
	}
	shard->gap_started_at = 0;
	shard->down_since = from;
	shard->is_known = shard->is_connected = shard->is_changed = true;
	shard->changed_at = event->at;
	boundary_cut_off(fold);
}
