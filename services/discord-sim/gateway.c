/*
 * gateway: the door, and the one place every dispatch passes. What a
 * connection does is in connection.c, what a session keeps in session.c.
 */
#include "services/discord-sim/gateway.h"
#include "libshared/metrics/metrics.h"
#include "services/discord-sim/ledger.h"
#include "services/discord-sim/oracle.h"
#include "services/discord-sim/sim.h"
#include <utlist.h>

#define TICK_MS 100
RA_GAUGE(sessions_gauge, "rations_sim_sessions",
	 "gateway sessions, waiting for RESUME or connected");
RA_COUNTER(dispatches, "rations_sim_dispatches_total", "dispatches told to at least one session");

uint64_t gateway_now_ms(const struct gateway *gateway)
{
	return uv_now(gateway->sim->loop);
}

static void expire(struct gateway *gateway)
{
	uint64_t now = gateway_now_ms(gateway);
	uint64_t ttl_ms = (uint64_t)gateway->sim->conf->session_ttl;
	struct session *s, *next;
	HASH_ITER(hh, gateway->sessions, s, next)
	{
		if (!s->connection && now - s->lost_at_ms > ttl_ms)
			session_free(s);
	}
}

static void on_tick(uv_timer_t *timer)
{
	struct gateway *gateway = ra_container_of(timer, struct gateway, tick);
	struct connection *c, *next;
	DL_FOREACH_SAFE(gateway->connections, c, next)
	{
		connection_tick(c);
	}
	expire(gateway);
	ra_gauge_set(&sessions_gauge, HASH_COUNT(gateway->sessions));
}

struct gateway *gateway_new(struct sim *sim)
{
	struct gateway *gateway = ra_new(struct gateway);
	gateway->sim = sim;
	identify_limit_init(&gateway->identify, sim, uv_now(sim->loop));
	uv_timer_init(sim->loop, &gateway->tick);
	uv_timer_init(sim->loop, &gateway->pump);
	uv_timer_start(&gateway->tick, on_tick, TICK_MS, TICK_MS);
	return gateway;
}

void gateway_stop(struct gateway *gateway)
{
	uv_close((uv_handle_t *)&gateway->tick, NULL);
	uv_close((uv_handle_t *)&gateway->pump, NULL);
}

void gateway_free(struct gateway **gateway)
{
	if (!*gateway)
		return;
	struct session *s, *next;
	HASH_ITER(hh, (*gateway)->sessions, s, next)
	{
		session_free(s);
	}
	chunk_limits_free(&(*gateway)->chunks);
	identify_limit_fini(&(*gateway)->identify);
	holes_fini(&(*gateway)->holes);
	ra_free(*gateway);
	*gateway = NULL;
}

void gateway_accept(struct ra_http_request *req, void *gateway)
{
	connection_open(gateway, req);
}

bool gateway_serves_shard(const struct gateway *gateway, uint32_t shard, uint32_t shard_count)
{
	for (const struct session *s = gateway->sessions; s; s = s->hh.next)
		if (s->shard == shard && s->shard_count == shard_count)
			return true;
	return false;
}

bool gateway_serves_guild(const struct gateway *gateway, uint64_t guild_id)
{
	for (const struct session *s = gateway->sessions; s; s = s->hh.next)
		if (session_has_guild(s, guild_id))
			return true;
	return false;
}

/* Serialised when the first session needs it, then shared. */
struct rendering {
	struct body *full, *masked;
};

static struct body *body_for(struct rendering *r, const struct session *s,
			     const struct dispatch *dispatch)
{
	bool is_masked = dispatch->has_content && session_is_masked(s);
	struct body **body = is_masked ? &r->masked : &r->full;
	if (!*body)
		*body = body_of(dispatch->type, is_masked ? dispatch->masked : dispatch->d,
				dispatch->at_ms);
	return *body;
}

/* So that what history alone knows can be told apart (untold.h). */
static void mark_told(const struct gateway *gateway, const struct deed *deed)
{
	if (!deed || deed->kind != DEED_MESSAGE)
		return;
	const struct channel *channel = world_channel(gateway->sim->world, deed->channel_id);
	struct message *message = channel ? world_message(channel, deed->message_id) : NULL;
	if (message)
		message->is_told = true;
}

void gateway_dispatch(void *ctx, const struct dispatch *dispatch)
{
	struct gateway *gateway = ctx;
	struct rendering r = { 0 };
	bool is_told = false;
	struct session *s, *next;
	HASH_ITER(hh, gateway->sessions, s, next)
	{
		if (s->is_hushed || !session_wants(s, dispatch))
			continue;
		is_told = true;
		if (dispatch->create)
			session_create_guild(s, dispatch->create, dispatch->is_new_guild);
		else
			session_put(s, dispatch, body_for(&r, s, dispatch));
	}
	if (is_told) {
		ra_count(&dispatches, 1);
		oracle_count(gateway->sim->oracle, dispatch);
		ledger_dispatch(gateway->sim->ledger, gateway->sim->world, dispatch);
		mark_told(gateway, dispatch->deed);
	}
	if (r.full)
		body_unref(r.full);
	if (r.masked)
		body_unref(r.masked);
}

/* A lost session whose client has come back under another name keeps nobody waiting. */
static bool is_replaced(const struct gateway *gateway, const struct session *lost)
{
	for (const struct session *s = gateway->sessions; s; s = s->hh.next)
		if (s->connection && s->shard == lost->shard && s->shard_count == lost->shard_count)
			return true;
	return false;
}

enum gateway_room gateway_room(const struct gateway *gateway)
{
	enum gateway_room room = gateway->sessions ? ROOM_FREE : ROOM_NOBODY;
	for (const struct session *s = gateway->sessions; s; s = s->hh.next) {
		if (!s->connection && !is_replaced(gateway, s))
			room = ROOM_AWAY;
		else if (s->connection &&
			 (s->announced < s->announce_count ||
			  s->ring.last - s->sent > (uint64_t)gateway->sim->conf->lag))
			return ROOM_FULL;
	}
	return room;
}
