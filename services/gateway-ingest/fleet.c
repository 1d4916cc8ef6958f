/*
 * fleet: see fleet.h.
 *
 *   AWAY --up--> IDLE --timer, or something ended--> ASKING --answer--> IDLE
 *     ^------------ Redis went away, from anywhere ------'
 *
 * What runs here is a list of holdings. A holding begins when an answer says
 * the shard is ours; it is released in the first question after its shard has
 * ended, for whatever reason, and goes with the answer to that.
 */
#include "services/gateway-ingest/fleet.h"
#include "libshared/base/clock.h"
#include "libshared/fleet/wants_text.h"
#include "libshared/loop/backoff.h"
#include "libshared/loop/service.h"
#include "libshared/metrics/metrics.h"
#include "libshared/metrics/process.h"
#include "libshared/redis/redis.h"
#include "services/gateway-ingest/fleet_script.h"
#include "services/gateway-ingest/id_set.h"
#include "services/gateway-ingest/policy.h"
#include "services/gateway-ingest/presence.h"
#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#define TICK_MS       1000
#define TICKS_A_LEASE 4 /* at least, however short it is */
#define ANSWER_MS     10000
#define PLAN_EVERY_MS 3600000

RA_GAUGE(shards_held, "rations_fleet_held_shards", "shards this replica holds")
RA_COUNTER(shards_taken, "rations_fleet_taken_shards_total", "shards this replica has taken")
RA_COUNTER(shards_dropped, "rations_fleet_dropped_shards_total",
	   "shards found to be another replica's")

struct holding {
	struct fleet_shard id;
	struct shard *shard; /* owned; NULL: ended, to be released */
	bool is_ending;      /* stopped or dropped */
	bool is_retired;     /* the shard has ended its stream */
	bool is_released;    /* in the question that is in the air */
	struct holding *next;
};

struct fleet {
	struct shard_env env;
	struct plan plan;
	char replica[96], nonce[20];
	struct id_set wants_text; /* guilds whose messages are told with their text */
	char wants_text_version[RA_WANTS_TEXT_VERSION_SIZE]; /* "": not known */
	struct ra_redis *redis;                              /* owned */
	struct ra_redis *registry; /* owned; for the set "shards", which has a slot of its own */
	enum { AWAY, IDLE, ASKING } step;
	uv_timer_t timer; /* the next question, or the answer's watchdog */
	struct ra_backoff plan_backoff;
	uv_timer_t plan_timer; /* Discord did not tell how many shards there should be: ask again */
	bool is_known;         /* to the others: an answer has come */
	bool is_due;           /* ask again as soon as the answer is there */
	bool is_stopping;
	bool asks_discord;
	unsigned wanted; /* shards there should be; 0 not known */
	unsigned count, next;
	uint64_t counted_at_ms;   /* monotonic; when the bot's servers were last asked for */
	int64_t started_at;       /* ms, our clock */
	int64_t redis_ahead_ms;   /* of our clock */
	struct holding *holdings; /* owned; in the order they were taken */
	char trouble[128];        /* why we hold nothing, or are not sure; "" */
	struct ra_buf out;        /* owned; a command being written */
	int pending;              /* parts still closing */
	void (*stopped)(void *ctx);
	void *stopped_ctx;
};

static void ask(struct fleet *f);
static void finish_if_done(struct fleet *f);

/* Holdings. */

static struct holding *find(const struct fleet *f, struct fleet_shard id)
{
	struct holding *h = f->holdings;
	while (h && (h->id.count != id.count || h->id.index != id.index))
		h = h->next;
	return h;
}

static void on_ended(void *ctx, struct shard *s)
{
	struct fleet *f = ctx;
	for (struct holding *h = f->holdings; h; h = h->next)
		if (h->shard == s) {
			h->is_retired = shard_is_retired(s);
			h->shard = NULL;
		}
	ra_gauge_set(&shards_held, shards_held.value - 1);
	ask(f);
	finish_if_done(f);
}

static void begin(struct fleet *f, struct fleet_shard id)
{
	struct holding *h = ra_new(struct holding), **last = &f->holdings;
	struct ra_err err;
	while (*last)
		last = &(*last)->next;
	*last = h;
	h->id = id;
	h->shard = shard_start(&f->env, id.index, id.count, on_ended, f, &err);
	assert(h->shard); /* the URL was good enough for us */
	ra_gauge_set(&shards_held, shards_held.value + 1);
	ra_count(&shards_taken, 1);
	ra_info(NULL, "shard taken", ra_f_u64("shard", id.index), ra_f_u64("of", id.count));
}

static void give_up(struct holding *h)
{
	if (!h->shard || h->is_ending)
		return;
	ra_info(NULL, "shard given up", ra_f_u64("shard", h->id.index),
		ra_f_u64("of", h->id.count));
	h->is_ending = true;
	shard_stop(h->shard);
}

static void drop(struct holding *h)
{
	if (!h->shard || h->is_ending)
		return;
	ra_warn(NULL, "shard is another's", ra_f_u64("shard", h->id.index),
		ra_f_u64("of", h->id.count));
	ra_count(&shards_dropped, 1);
	h->is_ending = true;
	shard_drop(h->shard);
}

static void forget_released(struct fleet *f)
{
	for (struct holding **at = &f->holdings; *at;) {
		struct holding *h = *at;
		if (h->is_released) {
			*at = h->next;
			ra_free(h);
		} else {
			at = &h->next;
		}
	}
}

/* Those that are not live cost nobody anything; of the others one at a time. */
static void give_up_surplus(struct fleet *f, unsigned count, unsigned surplus)
{
	struct holding *live = NULL;
	char why[128];
	for (struct holding *h = f->holdings; h; h = h->next) {
		if (h->id.count != count || surplus == 0)
			continue;
		if (!h->shard || h->is_ending) {
			surplus--;
		} else if (!shard_is_ready(h->shard, why)) {
			surplus--;
			give_up(h);
		} else {
			live = h;
		}
	}
	for (const struct holding *h = f->holdings; h; h = h->next)
		if (h->id.count == count && h->is_ending)
			return;
	if (surplus > 0 && live)
		give_up(live);
}

/* The next plan has all of them: these say so to their readers, and end. */
static void retire_old(struct fleet *f)
{
	for (struct holding *h = f->holdings; h; h = h->next) {
		if (h->id.count != f->count || !h->shard || h->is_ending)
			continue;
		ra_info(NULL, "shard retired", ra_f_u64("shard", h->id.index),
			ra_f_u64("of", h->id.count));
		h->is_ending = true;
		shard_retire(h->shard);
	}
}

static void give_up_all(struct fleet *f)
{
	for (struct holding *h = f->holdings; h; h = h->next)
		give_up(h);
}

static void drop_all(struct fleet *f)
{
	for (struct holding *h = f->holdings; h; h = h->next)
		drop(h);
}

/* How many shards there should be: SHARDS says it, or Discord does. */

static void ask_discord(struct fleet *f);

static void on_plan_timer(uv_timer_t *timer)
{
	ask_discord(ra_container_of(timer, struct fleet, plan_timer));
}

static void wait_for_discord(struct fleet *f, int status, uint64_t retry_after_ms, const char *why)
{
	const char *hint = status == RA_EDENIED
				   ? policy_of(4004)->hint
				   : "Is the network up, and is DISCORD_API_BASE right?";
	uint64_t ms = ra_backoff_next_ms(&f->plan_backoff);
	if (ms < retry_after_ms)
		ms = retry_after_ms;
	ra_error(NULL, "cannot ask Discord how many shards there should be", ra_f_text("why", why),
		 ra_f_text("hint", hint), ra_f_u64("retry_ms", ms));
	snprintf(f->trouble, sizeof(f->trouble), "%s", why);
	uv_timer_start(&f->plan_timer, on_plan_timer, ms, 0);
}

static void on_recommended(void *ctx, int status, const struct gateway_answer *answer,
			   const char *why)
{
	struct fleet *f = ctx;
	f->asks_discord = false;
	if (status < 0) {
		wait_for_discord(f, status, answer->retry_after_ms, why);
		return;
	}
	ra_backoff_reset(&f->plan_backoff);
	budget_told(f->env.budget, answer); /* shards need not ask again */
	f->wanted = answer->shards;
	uv_timer_start(&f->plan_timer, on_plan_timer, PLAN_EVERY_MS, 0);
	ask(f);
}

static void ask_discord(struct fleet *f)
{
	if (f->asks_discord || f->is_stopping || f->plan.count > 0 ||
	    uv_is_active((uv_handle_t *)&f->plan_timer))
		return;
	f->asks_discord = true;
	gateway_ask(f->env.gateway, on_recommended, f);
}

/* The answer. */

static void apply(struct fleet *f, const struct fleet_answer *answer)
{
	if (answer->count != f->count || answer->next != f->next)
		ra_info(NULL, "plan", ra_f_u64("shards", answer->count),
			ra_f_u64("next", answer->next));
	f->count = answer->count;
	f->next = answer->next;
	f->redis_ahead_ms = answer->now_ms - ra_wall_ms();
	f->trouble[0] = '\0';
	if (answer->ignored_wish)
		ra_error(NULL, "the wished number of shards is ignored",
			 ra_f_u64("wish", answer->ignored_wish),
			 ra_f_text("hint", "SHARDS says how many there are, or another change is "
					   "under way."));
	for (struct holding *h = f->holdings; h; h = h->next)
		if (!fleet_shards_have(&answer->mine, h->id))
			drop(h);
	if (f->is_stopping)
		return;
	for (size_t i = 0; i < answer->mine.count; i++)
		if (!find(f, answer->mine.list[i]))
			begin(f, answer->mine.list[i]);
	for (struct holding *h = f->holdings; h; h = h->next)
		if (h->shard)
			shard_hold_stream(h->shard, f->next != 0 || h->id.count != f->count);
	if (answer->is_retiring)
		retire_old(f);
	else
		give_up_surplus(f, f->count, answer->surplus);
	give_up_surplus(f, f->next, answer->surplus_of_next);
}

/* Said once, not every second. */
static void complain(struct fleet *f, const char *what, const char *hint)
{
	if (strcmp(f->trouble, what) == 0)
		return;
	snprintf(f->trouble, sizeof(f->trouble), "%s", what);
	ra_error(NULL, what, ra_f_text("replica", f->replica), ra_f_text("hint", hint));
}

static void obey(struct fleet *f, const struct fleet_answer *answer)
{
	char what[128];
	switch (answer->verdict) {
	case FLEET_MEMBER:
		apply(f, answer);
		ask_discord(f); /* once an hour: there may be too few by now */
		break;
	case FLEET_UNPLANNED: ask_discord(f); break;
	case FLEET_TWIN:
		complain(f, "another process has the same REPLICA_ID",
			 "Give every replica its own REPLICA_ID, or unset it.");
		drop_all(f);
		break;
	case FLEET_REFUSED:
		snprintf(what, sizeof(what), "the other replicas run with SHARDS=%s, not %s",
			 answer->rule, f->plan.text);
		complain(f, what,
			 "Set SHARDS to the same for all replicas; this one waits until the others "
			 "are gone.");
		drop_all(f);
		break;
	}
}

static uint64_t tick_ms(const struct fleet *f)
{
	uint64_t ms = (uint64_t)f->env.conf->shard_lease / TICKS_A_LEASE;
	return ms < TICK_MS ? ms : TICK_MS;
}

static void on_timer(uv_timer_t *timer)
{
	struct fleet *f = ra_container_of(timer, struct fleet, timer);
	if (f->step == ASKING)
		ra_redis_reset(f->redis, "no answer for 10 s");
	else
		ask(f);
}

static void on_answer(void *ctx, const redisReply *reply)
{
	struct fleet *f = ctx;
	struct fleet_answer answer;
	const char *why;
	if (!reply) /* on_down follows */
		return;
	f->step = IDLE;
	if (fleet_answer_read(&answer, reply, &why) < 0) {
		complain(f, why, "Redis refuses the script that shares out the shards.");
	} else {
		forget_released(f);
		f->is_known = true;
		obey(f, &answer);
	}
	fleet_answer_fini(&answer);
	uv_timer_start(&f->timer, on_timer, tick_ms(f), 0);
	if (f->is_due)
		ask(f);
	finish_if_done(f);
}

/* The question. */

static void list_holdings(struct fleet *f, struct fleet_request *request)
{
	for (struct holding *h = f->holdings; h; h = h->next) {
		h->is_released = !h->shard;
		if (h->shard && shard_is_settled(h->shard))
			fleet_shards_add(&request->settled, h->id);
		if (!h->shard && h->is_retired)
			fleet_shards_add(&request->retired, h->id);
		fleet_shards_add(h->is_released ? &request->released : &request->held, h->id);
	}
}

/* So that readers find the streams. */
static void register_streams(struct fleet *f, const struct fleet_shards *held)
{
	char name[24];
	if (held->count == 0)
		return;
	ra_buf_clear(&f->out);
	ra_resp_command(&f->out, 2 + held->count);
	ra_resp_word(&f->out, RA_STR("SADD"));
	ra_resp_word(&f->out, RA_STR("shards"));
	for (size_t i = 0; i < held->count; i++) {
		snprintf(name, sizeof(name), "%u.%u", held->list[i].count, held->list[i].index);
		ra_resp_word(&f->out, ra_str_of(name));
	}
	int rc = ra_redis_send_resp(f->registry, NULL, NULL, ra_buf_str(&f->out));
	(void)rc; /* away: the next tick says it again */
}

/* A field of a hash: its name, and what `text` holds. */
static void add_field(struct ra_buf *out, const char *name, struct ra_buf *text)
{
	ra_resp_word(out, ra_str_of(name));
	ra_resp_word(out, ra_buf_str(text));
	ra_buf_clear(text);
}

static bool add_shard_status(const struct fleet *f, const struct holding *h, struct ra_buf *fields,
			     struct ra_buf *text)
{
	struct ra_shard_status status;
	char name[24];
	if (!h->shard || !shard_status(h->shard, &status))
		return false;
	snprintf(status.holder, sizeof(status.holder), "%s", f->replica);
	status.updated_at = ra_wall_ms() + f->redis_ahead_ms;
	ra_shard_status_write(text, &status);
	snprintf(name, sizeof(name), "%u.%u", h->id.count, h->id.index);
	add_field(fields, name, text);
	return true;
}

static void add_replica_status(const struct fleet *f, size_t shards, struct ra_buf *fields,
			       struct ra_buf *text)
{
	struct ra_replica_status status = {
		.started_at = f->started_at,
		.shards = (int64_t)shards,
		.rss_bytes = (int64_t)ra_process_resident_bytes(),
		.updated_at = ra_wall_ms() + f->redis_ahead_ms,
	};
	char name[120];
	snprintf(status.id, sizeof(status.id), "%s", f->replica);
	snprintf(status.version, sizeof(status.version), "%s", ra_version());
	ra_replica_status_write(text, &status);
	snprintf(name, sizeof(name), "replica:%s", f->replica);
	add_field(fields, name, text);
}

/* For whoever looks; nothing depends on it. */
static void tell_status(struct fleet *f)
{
	struct ra_buf fields = { 0 }, text = { 0 };
	size_t shards = 0;
	for (const struct holding *h = f->holdings; h; h = h->next)
		shards += add_shard_status(f, h, &fields, &text);
	add_replica_status(f, shards, &fields, &text);
	ra_buf_clear(&f->out);
	ra_resp_command(&f->out, 4 + 2 * shards);
	ra_resp_word(&f->out, RA_STR("HSET"));
	ra_resp_word(&f->out, RA_STR(FLEET_STATUS));
	ra_buf_add(&f->out, fields.ptr, fields.len);
	int rc = ra_redis_send_resp(f->redis, NULL, NULL, ra_buf_str(&f->out));
	(void)rc; /* away: the next tick tells again */
	ra_buf_fini(&fields);
	ra_buf_fini(&text);
}

static void on_view(void *ctx, int status, const struct ra_fleet_view *view)
{
	struct fleet *f = ctx;
	char line[PRESENCE_SIZE];
	int64_t servers = status == 0 ? presence_count(view) : -1;
	if (servers < 0)
		return; /* what was last known stays */
	presence_write(f->env.conf->presence, servers, line);
	for (struct holding *h = f->holdings; h; h = h->next)
		if (h->shard)
			shard_show(h->shard, line);
}

static void show_presence(struct fleet *f)
{
	uint64_t now_ms = ra_monotonic_ms();
	if (f->count == 0 || !*f->env.conf->presence ||
	    now_ms - f->counted_at_ms < PRESENCE_EVERY_MS)
		return;
	f->counted_at_ms = now_ms;
	(void)!ra_fleet_view_ask(f->redis, on_view, f); /* away: the next time */
}

/* A shard was refused because there are too few of them: how many there must be at least. */
static unsigned shards_needed(const struct fleet *f)
{
	for (const struct holding *h = f->holdings; h; h = h->next)
		if (h->shard && h->id.count == f->count && shard_is_crowded(h->shard))
			return f->wanted > f->count ? f->wanted : 2 * f->count;
	return 0;
}

static void on_wants_text(void *ctx, const char *version, const uint64_t *guilds, size_t count)
{
	struct fleet *f = ctx;
	snprintf(f->wants_text_version, sizeof(f->wants_text_version), "%s", version);
	id_set_clear(&f->wants_text);
	for (size_t i = 0; i < count; i++)
		if (guilds[i] != 0)
			id_set_add(&f->wants_text, guilds[i]);
	ra_info(NULL, "messages are told with their text", ra_f_u64("guilds", f->wants_text.count));
}

/* Answers come in order, so this is known before the first shard is ours. */
static void look_who_wants_text(struct fleet *f)
{
	int rc = ra_wants_text_look(f->redis, f->wants_text_version, on_wants_text, f);
	(void)rc; /* away: the next tick looks again, and what is known stays */
}

static void ask(struct fleet *f)
{
	f->is_due = f->step == ASKING;
	if (f->step != IDLE)
		return;
	struct fleet_request request = {
		.replica = f->replica,
		.nonce = f->nonce,
		.plan = &f->plan,
		.wanted = f->plan.count ? f->plan.count : f->wanted,
		.more = shards_needed(f),
		.lease_ms = f->env.conf->shard_lease,
		.is_new = !f->is_known,
		.is_leaving = f->is_stopping,
	};
	list_holdings(f, &request);
	register_streams(f, &request.held);
	if (f->count > 0)
		tell_status(f);
	show_presence(f);
	look_who_wants_text(f);
	ra_buf_clear(&f->out);
	fleet_request_write(&f->out, &request);
	fleet_shards_fini(&request.held);
	fleet_shards_fini(&request.settled);
	fleet_shards_fini(&request.retired);
	fleet_shards_fini(&request.released);
	f->step = AWAY; /* should the connection turn out to be going; on_down follows */
	if (ra_redis_send_resp(f->redis, on_answer, f, ra_buf_str(&f->out)) < 0)
		return;
	f->step = ASKING;
	uv_timer_start(&f->timer, on_timer, ANSWER_MS, 0);
}

static void on_up(void *ctx)
{
	struct fleet *f = ctx;
	f->step = IDLE;
	ask(f);
}

static void on_down(void *ctx, const char *why)
{
	struct fleet *f = ctx;
	(void)why;
	f->step = AWAY;
	uv_timer_stop(&f->timer);
	finish_if_done(f);
}

/* Life. */

static void name_replica(struct fleet *f)
{
	char host[64] = "";
	if (f->env.conf->replica_id[0]) {
		snprintf(f->replica, sizeof(f->replica), "%s", f->env.conf->replica_id);
		return;
	}
	gethostname(host, sizeof(host) - 1);
	snprintf(f->replica, sizeof(f->replica), "%s-%d", host, (int)getpid());
}

struct fleet *fleet_start(const struct shard_env *env, struct ra_err *err)
{
	struct fleet *f = ra_new(struct fleet);
	*f = (struct fleet){
		.env = *env,
		.step = AWAY,
		.started_at = ra_wall_ms(),
		.plan_backoff = { .min_ms = 250, .max_ms = 30000 },
	};
	f->env.wants_text = &f->wants_text;
	int rc = plan_parse(&f->plan, env->conf->shards);
	assert(rc == 0); /* checked with the configuration */
	(void)rc;
	name_replica(f);
	snprintf(f->nonce, sizeof(f->nonce), "%016llx", (unsigned long long)ra_random(UINT64_MAX));
	const struct ra_redis_ops ops = { .on_up = on_up, .on_down = on_down };
	f->redis = ra_redis_open(env->loop, env->conf->redis_url, FLEET_KEY, NULL, &ops, f, err);
	if (!f->redis) {
		ra_free(f);
		return NULL;
	}
	f->registry =
		ra_redis_open(env->loop, env->conf->redis_url, "shards", NULL, NULL, NULL, err);
	uv_timer_init(env->loop, &f->timer);
	uv_timer_init(env->loop, &f->plan_timer);
	return f;
}

static void unref(struct fleet *f)
{
	if (--f->pending > 0)
		return;
	f->stopped(f->stopped_ctx);
	while (f->holdings) {
		struct holding *h = f->holdings;
		f->holdings = h->next;
		ra_free(h);
	}
	ra_buf_fini(&f->out);
	id_set_fini(&f->wants_text);
	ra_free(f);
}

static void on_redis_closed(void *ctx)
{
	unref(ctx);
}

static void on_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct fleet, timer));
}

static void on_plan_timer_closed(uv_handle_t *handle)
{
	unref(ra_container_of((uv_timer_t *)handle, struct fleet, plan_timer));
}

/* Nothing runs, and the others know; or they cannot be told. */
static void finish_if_done(struct fleet *f)
{
	if (!f->is_stopping || f->pending > 0 || (f->holdings && f->step != AWAY))
		return;
	for (const struct holding *h = f->holdings; h; h = h->next)
		if (h->shard)
			return;
	if (f->step == ASKING)
		return;
	f->pending = 4;
	gateway_forget(f->env.gateway, f);
	ra_redis_close(f->redis, on_redis_closed, f);
	ra_redis_close(f->registry, on_redis_closed, f);
	uv_close((uv_handle_t *)&f->timer, on_timer_closed);
	uv_close((uv_handle_t *)&f->plan_timer, on_plan_timer_closed);
}

void fleet_stop(struct fleet *f, void (*stopped)(void *ctx), void *ctx)
{
	f->is_stopping = true;
	f->stopped = stopped;
	f->stopped_ctx = ctx;
	give_up_all(f);
	ask(f); /* the last question says that we leave */
	finish_if_done(f);
}

bool fleet_is_ready(const struct fleet *f, char why[128])
{
	const char *redis = ra_redis_trouble(f->redis);
	if (redis[0]) {
		snprintf(why, 128, "redis: %s", redis);
		return false;
	}
	if (f->trouble[0] || f->count == 0) {
		snprintf(why, 128, "%s", f->trouble[0] ? f->trouble : "looking for shards to hold");
		return false;
	}
	for (const struct holding *h = f->holdings; h; h = h->next)
		if (h->shard && !shard_is_ready(h->shard, why))
			return false;
	return true;
}
