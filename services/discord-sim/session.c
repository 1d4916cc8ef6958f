/*
 * session: what one IDENTIFY started and RESUME continues. Lives in the
 * gateway's table; session_free takes it out, from wherever it is decided
 * that it has ended (goodbye, op 9, TTL, shutdown). If nobody else is told
 * what happens on its shard, a hole begins there, until the next READY.
 */
#include "services/discord-sim/gateway.h"
#include "services/discord-sim/intents.h"
#include "services/discord-sim/ledger.h"
#include "services/discord-sim/oracle.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/secret.h"
#include "services/discord-sim/sim.h"
#include "libshared/discord/snowflake.h"
#include <assert.h>

struct session *session_new(struct gateway *gateway)
{
	struct session *s = ra_new(struct session);
	s->gateway = gateway;
	secret_hex(s->id, sizeof(s->id));
	ring_init(&s->ring, (size_t)gateway->sim->conf->replay_bytes);
	HASH_ADD_STR(gateway->sessions, id, s);
	return s;
}

/* The last moment anything could be seen of the guilds nobody is told of any more. Of one in an
 * outage that was before it. */
static void tell_oracle(const struct session *s)
{
	const struct sim *sim = s->gateway->sim;
	for (const struct guild *g = sim->world->guilds; g; g = g->hh.next)
		if (session_has_guild(s, g->id) && !g->is_unavailable &&
		    !gateway_serves_guild(s->gateway, g->id)) {
			oracle_gap(sim->oracle, g->id, s->told_at_ms);
			ledger_gap(sim->ledger, g->id, s->told_at_ms);
		}
}

void session_free(struct session *s)
{
	struct gateway *gateway = s->gateway;
	if (s->connection)
		s->connection->session = NULL;
	HASH_DEL(gateway->sessions, s);
	if (!gateway_serves_shard(gateway, s->shard, s->shard_count))
		holes_open(&gateway->holes, s->shard, s->shard_count, s->told_at_ms);
	tell_oracle(s);
	ring_fini(&s->ring);
	ra_free(s->to_announce);
	ra_free(s);
}

void session_attach(struct session *s, struct connection *c)
{
	s->connection = c;
	c->session = s;
}

void session_shows(struct session *s, json_t *presence)
{
	json_t *activity = json_array_get(json_object_get(presence, "activities"), 0);
	const char *name = json_string_value(json_object_get(activity, "name"));
	snprintf(s->watching, sizeof(s->watching), "%s", name ? name : "");
}

void session_detach(struct session *s)
{
	s->connection->session = NULL;
	s->connection = NULL;
	s->lost_at_ms = gateway_now_ms(s->gateway);
}

bool session_is_masked(const struct session *s)
{
	return !(s->intents & INTENT_MESSAGE_CONTENT);
}

bool session_has_guild(const struct session *s, uint64_t guild_id)
{
	return guild_id == 0 ? s->shard == 0 : ra_shard_of(guild_id, s->shard_count) == s->shard;
}

bool session_wants(const struct session *s, const struct dispatch *dispatch)
{
	bool is_wanted = dispatch->intents == 0 || (s->intents & dispatch->intents) != 0;
	return is_wanted && session_has_guild(s, dispatch->guild_id);
}

/* ---- telling ---- */

struct body *body_of(const char *type, struct ra_str d, int64_t sent_at_ms)
{
	char tail[48] = ",\"sent_at_ms\":";
	size_t tail_len = strlen(tail);
	tail_len += ra_u64_digits((uint64_t)sent_at_ms, tail + tail_len);
	tail[tail_len++] = '}';

	size_t type_len = strlen(type);
	struct body *body = body_new(5 + type_len + 6 + d.len + tail_len);
	char *to = body->text;
	to = mempcpy(to, "\"t\":\"", 5);
	to = mempcpy(to, type, type_len);
	to = mempcpy(to, "\",\"d\":", 6);
	to = mempcpy(to, d.ptr, d.len);
	to = mempcpy(to, tail, tail_len);
	assert(to == body->text + body->len);
	(void)to;
	return body;
}

static void put(struct session *s, struct body *body)
{
	unsigned times = s->repeat > 0 ? 2 : 1;
	if (s->repeat > 0)
		s->repeat--;
	while (times-- > 0) {
		ring_put(&s->ring, body, gateway_now_ms(s->gateway));
		s->gateway->dispatched++;
	}
	s->told_at_ms = s->gateway->sim->world->now_ms;
}

static void put_new(struct session *s, const char *type, struct ra_str d)
{
	struct body *body = body_of(type, d, s->gateway->sim->world->now_ms);
	put(s, body);
	body_unref(body);
}

static void flush(struct session *s)
{
	if (s->connection)
		connection_pump(s->connection);
}

void session_tell(struct session *s, const char *type, struct ra_str d)
{
	put_new(s, type, d);
	flush(s);
}

/* Moves a guild that is still to be announced to the front of those; false when it is none. */
static bool bring_forward(struct session *s, uint64_t guild_id)
{
	for (size_t i = s->announced; i < s->announce_count; i++) {
		if (s->to_announce[i] != guild_id)
			continue;
		s->to_announce[i] = s->to_announce[s->announced];
		s->to_announce[s->announced] = guild_id;
		return true;
	}
	return false;
}

void session_put(struct session *s, const struct dispatch *dispatch, struct body *body)
{
	/* Nothing of a guild comes before its GUILD_CREATE, however long the queue of them is. */
	if (dispatch->guild_id && bring_forward(s, dispatch->guild_id))
		session_announce_next(s);
	put(s, body);
	flush(s);
}

/* ---- guilds ---- */

static void put_guild(struct session *s, const struct guild *guild, bool is_new)
{
	struct ra_buf d = { 0 };
	struct guild_create how = {
		.large_threshold = s->large_threshold,
		.with_presences = (s->intents & INTENT_GUILD_PRESENCES) != 0,
		.is_new = is_new,
	};
	if (bring_forward(s, guild->id))
		s->announced++; /* this is its announcement */
	render_guild_create(&d, s->gateway->sim->world, guild, &how);
	put_new(s, "GUILD_CREATE", ra_buf_str(&d));
	ra_buf_fini(&d);
}

void session_create_guild(struct session *s, const struct guild *guild, bool is_new)
{
	put_guild(s, guild, is_new);
	flush(s);
}

static void put_outage(struct session *s, uint64_t guild_id)
{
	struct ra_buf d = { 0 };
	ra_buf_printf(&d, "{\"id\":\"%llu\",\"unavailable\":true}", (unsigned long long)guild_id);
	put_new(s, "GUILD_DELETE", ra_buf_str(&d));
	ra_buf_fini(&d);
}

bool session_announce_next(struct session *s)
{
	struct sim *sim = s->gateway->sim;
	while (s->announced < s->announce_count) {
		uint64_t guild_id = s->to_announce[s->announced++];
		const struct guild *guild = world_guild(sim->world, guild_id);
		if (!guild || !guild->is_bot_in)
			continue;
		if (guild->is_unavailable) {
			put_outage(s, guild_id);
			return true;
		}
		oracle_snapshot(sim->oracle, guild, sim->world->now_ms);
		ledger_snapshot(sim->ledger, sim->world, guild, sim->world->now_ms);
		put_guild(s, guild, false);
		return true;
	}
	return false;
}

void session_add_guilds(struct session *s, struct ra_buf *json)
{
	const struct world *world = s->gateway->sim->world;
	ra_buf_add(json, "[", 1);
	for (const struct guild *g = world->guilds; g; g = g->hh.next) {
		if (!g->is_bot_in || !(s->intents & INTENT_GUILDS) || !session_has_guild(s, g->id))
			continue;
		ra_buf_printf(json, "%s{\"unavailable\":true,\"id\":\"%llu\"}",
			      s->announce_count ? "," : "", (unsigned long long)g->id);
		s->to_announce = ra_realloc(s->to_announce,
					    (s->announce_count + 1) * sizeof(*s->to_announce));
		s->to_announce[s->announce_count++] = g->id;
	}
	ra_buf_add(json, "]", 1);
}
