/*
 * shard_session: what arrives: READY and RESUMED, which open a session, and
 * the dispatches within.
 */
#include "libshared/base/clock.h"
#include "libshared/base/trace.h"
#include "libshared/metrics/metrics.h"
#include "services/gateway-ingest/interaction.h"
#include "services/gateway-ingest/intents.h"
#include "services/gateway-ingest/shard_internal.h"

#define GAPS_NORMAL 3 /* numbers that never came, until we believe that there are none */

RA_COUNTER(repeats, "rations_gateway_repeated_dispatches_total",
	   "dispatches skipped: their number was had before")
RA_COUNTER(strays, "rations_gateway_stray_dispatches_total",
	   "dispatches skipped: they came outside of a session")

RA_COUNTER(gaps, "rations_gateway_gaps_total",
	   "sessions that had to begin anew: what was told meanwhile is missing")
RA_COUNTER(gaps_healed, "rations_gateway_healed_gaps_total",
	   "sessions resumed: Discord told again what was told meanwhile")

int64_t shard_now(const struct shard *s)
{
	return s->frame_at != 0 ? s->frame_at : ra_wall_ms();
}

static void note_time(struct shard *s, const struct frame *frame)
{
	if (strcmp(s->env.conf->event_clock, "frame") == 0 && frame->sent_at != 0)
		s->frame_at = frame->sent_at;
}

bool shard_wants_members(const struct shard *s)
{
	return s->env.conf->chunks && (s->intents & INTENT_GUILD_MEMBERS) != 0;
}

void shard_on_event(void *ctx, struct ra_event *event)
{
	struct shard *s = ctx;
	publisher_note_guilds(s->publisher,
			      roll_note(&s->roll, publisher_session(s->publisher)->guilds, event));
	publisher_add(s->publisher, event);
	if (shard_wants_members(s))
		chunks_on_event(&s->chunks, event);
}

static void publish(struct shard *s, uint64_t seq, struct ra_event *event)
{
	publisher_begin(s->publisher, seq);
	publisher_add(s->publisher, event);
	publisher_end(s->publisher, true);
}

void shard_tell_disconnected(struct shard *s, const char *cause, int64_t at)
{
	s->cause = cause;
	s->down_since = at;
	publisher_alive(s->publisher, at);
	struct ra_event event = {
		.type = RA_EV_shard_disconnected, .at = at,
		.shard_disconnected = {
			.shard_id = s->index, .shard_count = s->count, .cause = ra_str_of(cause),
		},
	};
	publish(s, publisher_session(s->publisher)->seq, &event);
}

static uint64_t seq_of(const struct shard *s, const struct frame *frame)
{
	return frame->has_seq ? frame->seq : publisher_session(s->publisher)->seq;
}

static int64_t count_elements(struct ra_str array)
{
	struct ra_json j;
	int64_t count = 0;
	ra_json_init(&j, array);
	if (ra_json_enter_array(&j))
		for (; ra_json_next_element(&j); count++)
			ra_json_skip(&j);
	return count;
}

static void publish_ready(struct shard *s, const struct frame *frame, const struct ready *ready)
{
	publisher_begin(s->publisher, seq_of(s, frame));
	publisher_enter_session(s->publisher, ready->session_id, ready->resume_url);
	publisher_note_intents(s->publisher, s->intents, s->withheld);
	publisher_note_guilds(s->publisher, roll_begin(&s->roll, ready->guilds));
	struct ra_event event = {
		.type = RA_EV_shard_ready, .at = shard_now(s),
		.shard_ready = {
			.shard_id = s->index,
			.shard_count = s->count,
			.guilds = count_elements(ready->guilds),
			.bot_id = ready->user.id,
			.down_since = s->down_since,
			.cause = ra_str_of(s->cause),
		},
	};
	publisher_add(s->publisher, &event);
	normaliser_begin(s->normaliser, ready->guilds, shard_now(s));
	publisher_end(s->publisher, true);
}

/* Discord refuses all intents when one is not allowed; READY says which are. */
static void reclaim_intents(struct shard *s, const struct ready *ready)
{
	int64_t allowed = intents_allowed_by(ready->application.flags) & s->withheld;
	if (allowed == 0)
		return;
	s->withheld &= ~allowed;
	s->intents |= allowed;
	connection_leave(s->connection, END_DEGRADED);
}

static void on_ready(struct shard *s, const struct frame *frame)
{
	struct texts texts = { 0 };
	struct ready ready = { 0 };
	bool is_good = s->step == IDENTIFY &&
		       fields_parse(frame->d, &ready_table, &ready, &texts) &&
		       ready.session_id.len > 0 &&
		       ready.session_id.len < sizeof(((struct session *)0)->id) &&
		       ready.resume_url.len < sizeof(((struct session *)0)->resume_url);
	if (is_good) {
		s->gap_after = 0;
		s->has_gaps = false;
		s->gaps = 0;
		silence_begin(&s->silence, ra_monotonic_ms());
		chunks_begin(&s->chunks);
		ra_count(&gaps, s->down_since != 0);
		publish_ready(s, frame, &ready);
		ra_info(&s->log, "shard ready", ra_f_int("guilds", count_elements(ready.guilds)),
			ra_f_text("cause", s->cause));
		shard_enter(s, LIVE);
		reclaim_intents(s, &ready);
	} else {
		ra_warn(&s->log, "READY out of place or incomplete");
		connection_leave(s->connection, END_GARBAGE);
	}
	texts_fini(&texts);
}

static void on_resumed(struct shard *s, const struct frame *frame)
{
	struct ra_event event = {
		.type = RA_EV_shard_resumed, .at = shard_now(s),
		.shard_resumed = {
			.shard_id = s->index,
			.shard_count = s->count,
			.down_since = s->down_since,
			.cause = ra_str_of(s->cause),
		},
	};
	publish(s, seq_of(s, frame), &event);
	ra_count(&gaps_healed, 1);
	silence_resumed(&s->silence, ra_monotonic_ms());
	if (shard_wants_members(s))
		chunks_resume(&s->chunks);
	ra_info(&s->log, "shard resumed", ra_f_u64("seq", seq_of(s, frame)),
		ra_f_text("cause", s->cause));
	shard_enter(s, LIVE);
}

/* Numbers only rise within a session. 0 is no number: some servers say it until they begin to
 * count. */
static bool is_repeat(const struct shard *s, const struct frame *frame)
{
	uint64_t last = publisher_session(s->publisher)->seq;
	return frame->has_seq && frame->seq <= last && last != 0;
}

/* Numbers rise by one. Where one is missing something got lost, and a RESUME brings it. Where it
 * does not, that one can not be had; and when it is so again and again, this server just counts so,
 * and there is no use in asking. */
static bool is_missing_one(struct shard *s, const struct frame *frame)
{
	uint64_t last = publisher_session(s->publisher)->seq;
	if (s->has_gaps || last == 0 || !frame->has_seq || frame->seq == last + 1)
		return false;
	ra_warn(&s->log, "dispatches missing", ra_f_u64("after", last),
		ra_f_u64("before", frame->seq));
	bool is_asked_for = s->gap_after == last;
	s->gap_after = last;
	if (is_asked_for && ++s->gaps >= GAPS_NORMAL)
		s->has_gaps = true;
	return !is_asked_for;
}

/* What happens in guilds; what we asked for is no sign of life. */
static bool is_life(const struct frame *frame)
{
	return !ra_str_is(frame->type, "GUILD_CREATE") &&
	       !ra_str_is(frame->type, "GUILD_MEMBERS_CHUNK");
}

/* A replay may bring what nobody can answer any more: Discord says so to whoever tries. */
static void publish_interaction(struct shard *s, const struct frame *frame)
{
	struct texts texts = { 0 };
	struct ra_interaction interaction;
	char traceparent[RA_TRACEPARENT_MAX];
	ra_traceparent(traceparent, RA_STR(""));
	if (interaction_read(&interaction, frame->d, ra_wall_ms(), &texts) == 0) {
		interaction.traceparent = ra_str_of(traceparent);
		ra_debug(&s->log, "interaction", ra_f_u64("interaction", interaction.id),
			 ra_f_trace(interaction.traceparent));
		publisher_add_interaction(s->publisher, &interaction);
	}
	texts_fini(&texts);
}

static void on_data(struct shard *s, const struct frame *frame)
{
	if (is_life(frame))
		silence_heard(&s->silence, ra_monotonic_ms());
	ra_debug(&s->log, "dispatch", ra_f_str("type", frame->type),
		 ra_f_text("session", publisher_session(s->publisher)->id),
		 ra_f_u64("seq", seq_of(s, frame)));
	publisher_begin(s->publisher, seq_of(s, frame));
	int rc =
		normalise(s->normaliser, &(struct dispatch){ frame->type, frame->d, shard_now(s) });
	if (ra_str_is(frame->type, "INTERACTION_CREATE"))
		publish_interaction(s, frame);
	publisher_end(s->publisher, rc == 0);
	if (ra_str_is(frame->type, "GUILD_MEMBERS_CHUNK"))
		chunks_on_chunk(&s->chunks, frame->d);
	else if (ra_str_is(frame->type, "RATE_LIMITED"))
		chunks_on_limited(&s->chunks, frame->d);
}

void shard_on_dispatch(void *ctx, const struct frame *frame)
{
	struct shard *s = ctx;
	note_time(s, frame);
	if (ra_str_is(frame->type, "READY")) {
		on_ready(s, frame);
	} else if (!shard_has_session(s)) {
		ra_count(&strays, 1);
		return;
	} else if (is_repeat(s, frame)) {
		ra_count(&repeats, 1);
		return;
	} else if (ra_str_is(frame->type, "RESUMED")) {
		on_resumed(s, frame);
	} else if (is_missing_one(s, frame)) {
		connection_leave(s->connection, END_GAP);
		return;
	} else {
		on_data(s, frame);
	}
	s->dispatches++;
	s->figures.last_event_at = ra_wall_ms();
	publisher_alive(s->publisher, shard_now(s));
}
