/*
 * identify: the two ways into a session, and every reason to be refused
 * (sheet, 1.3 to 1.6 and 15). Checks run in the order they are listed.
 */
#include "services/discord-sim/gateway.h"
#include "services/discord-sim/intents.h"
#include "services/discord-sim/render.h"
#include "services/discord-sim/sim.h"
#include "libshared/discord/snowflake.h"

#define DAY_MS (24ULL * 3600 * 1000)

/* The limited kind, as bots below the verification threshold have. */
#define FLAG_PRESENCE_LIMITED (1U << 13)
#define FLAG_MEMBERS_LIMITED  (1U << 15)
#define FLAG_CONTENT_LIMITED  (1U << 19)

/* ---- limits ---- */

void identify_limit_init(struct identify_limit *limit, const struct sim *sim, uint64_t now_ms)
{
	size_t keys = (size_t)sim->conf->max_concurrency;
	*limit = (struct identify_limit){
		.remaining = sim->conf->session_starts,
		.resets_at_ms = now_ms + DAY_MS,
		.used_at_ms = ra_alloc(keys * sizeof(*limit->used_at_ms)),
	};
}

void identify_limit_fini(struct identify_limit *limit)
{
	ra_free(limit->used_at_ms);
}

void identify_limit_renew(struct identify_limit *limit, const struct sim *sim, uint64_t now_ms)
{
	if (now_ms < limit->resets_at_ms)
		return;
	limit->remaining = sim->conf->session_starts;
	limit->resets_at_ms = now_ms + DAY_MS;
}

static bool is_too_soon(struct gateway *gateway, uint32_t shard)
{
	const struct conf *conf = gateway->sim->conf;
	uint64_t now = gateway_now_ms(gateway);
	uint64_t *used = &gateway->identify.used_at_ms[shard % (uint64_t)conf->max_concurrency];
	if (*used > 0 && now - *used < (uint64_t)conf->identify_every)
		return true;
	*used = now;
	return false;
}

/* Discord ends every session and takes the token away. */
static void punish(struct gateway *gateway)
{
	ra_error(&gateway->sim->log, "identify limit passed, token reset");
	gateway->identify.is_token_reset = true;
	struct session *s, *next;
	HASH_ITER(hh, gateway->sessions, s, next)
	{
		if (s->connection)
			connection_close(s->connection, CLOSE_BAD_TOKEN, "Authentication failed.");
		session_free(s);
	}
}

/* ---- checks: 0, or the close code ---- */

struct wish {
	const char *token; /* borrowed */
	uint64_t intents;
	uint32_t shard, shard_count, large_threshold;
	bool compress;
};

static bool is_within(const json_t *value, json_int_t min, json_int_t max)
{
	return json_is_integer(value) && json_integer_value(value) >= min &&
	       json_integer_value(value) <= max;
}

static int read_wish(json_t *d, struct wish *wish)
{
	const json_t *intents = json_object_get(d, "intents");
	const json_t *threshold = json_object_get(d, "large_threshold");
	wish->token = json_string_value(json_object_get(d, "token"));
	wish->compress = json_is_true(json_object_get(d, "compress"));
	wish->large_threshold = 50;
	if (!wish->token || !json_is_object(json_object_get(d, "properties")) ||
	    !json_is_integer(intents))
		return CLOSE_DECODE;
	wish->intents = (uint64_t)json_integer_value(intents);
	if (!threshold || json_is_null(threshold))
		return 0;
	wish->large_threshold = (uint32_t)json_integer_value(threshold);
	return is_within(threshold, 50, 250) ? 0 : CLOSE_DECODE;
}

static int read_shard(json_t *d, struct wish *wish)
{
	const json_t *pair = json_object_get(d, "shard");
	const json_t *shard = json_array_get(pair, 0), *count = json_array_get(pair, 1);
	wish->shard_count = 1;
	if (!pair || json_is_null(pair))
		return 0;
	if (json_array_size(pair) != 2 || !is_within(count, 1, INT32_MAX) ||
	    !is_within(shard, 0, json_integer_value(count) - 1))
		return CLOSE_INVALID_SHARD;
	wish->shard = (uint32_t)json_integer_value(shard);
	wish->shard_count = (uint32_t)json_integer_value(count);
	return 0;
}

bool token_is_ours(const struct gateway *gateway, const char *token)
{
	return token && !gateway->identify.is_token_reset &&
	       strcmp(token, gateway->sim->conf->bot_token) == 0;
}

static bool shard_is_too_big(const struct gateway *gateway, const struct wish *wish)
{
	int64_t guilds = 0;
	for (const struct guild *g = gateway->sim->world->guilds; g; g = g->hh.next)
		if (g->is_bot_in && ra_shard_of(g->id, wish->shard_count) == wish->shard)
			guilds++;
	return guilds > gateway->sim->conf->shard_guilds;
}

static int check(const struct connection *c, json_t *d, struct wish *wish)
{
	const struct gateway *gateway = c->gateway;
	int code;
	if (c->session)
		return CLOSE_ALREADY_AUTHENTICATED;
	if ((code = read_wish(d, wish)) != 0)
		return code;
	if (!token_is_ours(gateway, wish->token))
		return CLOSE_BAD_TOKEN;
	if ((code = read_shard(d, wish)) != 0)
		return code;
	if (wish->intents & ~INTENTS_VALID)
		return CLOSE_INVALID_INTENTS;
	if (wish->intents & INTENTS_PRIVILEGED & ~(uint64_t)gateway->sim->conf->privileged)
		return CLOSE_DISALLOWED_INTENTS;
	if (shard_is_too_big(gateway, wish))
		return CLOSE_SHARDING_REQUIRED;
	return 0;
}

static const char *reason_of(int code)
{
	switch (code) {
	case CLOSE_DECODE: return "Error while decoding payload.";
	case CLOSE_BAD_TOKEN: return "Authentication failed.";
	case CLOSE_ALREADY_AUTHENTICATED: return "Already authenticated.";
	case CLOSE_INVALID_SEQ: return "Invalid seq.";
	case CLOSE_INVALID_SHARD: return "Invalid shard.";
	case CLOSE_SHARDING_REQUIRED: return "Sharding required.";
	case CLOSE_INVALID_INTENTS: return "Invalid intent(s).";
	case CLOSE_DISALLOWED_INTENTS: return "Disallowed intent(s).";
	default: return "";
	}
}

/* ---- IDENTIFY ---- */

unsigned application_flags(const struct sim *sim)
{
	uint64_t on = (uint64_t)sim->conf->privileged;
	return (on & INTENT_GUILD_PRESENCES ? FLAG_PRESENCE_LIMITED : 0) |
	       (on & INTENT_GUILD_MEMBERS ? FLAG_MEMBERS_LIMITED : 0) |
	       (on & INTENT_MESSAGE_CONTENT ? FLAG_CONTENT_LIMITED : 0);
}

static void tell_ready(struct session *s, const char *origin)
{
	const struct sim *sim = s->gateway->sim;
	struct ra_buf d = { 0 };
	ra_buf_add_text(&d, "{\"v\":10,\"user_settings\":{},\"user\":");
	render_user(&d, sim->world->bot);
	ra_buf_printf(&d, ",\"session_type\":\"normal\",\"session_id\":\"%s\"", s->id);
	ra_buf_printf(&d, ",\"resume_gateway_url\":\"%s/gateway\"", origin);
	ra_buf_add_text(&d, ",\"relationships\":[],\"private_channels\":[],\"presences\":[]");
	ra_buf_add_text(&d,
			",\"guild_join_requests\":[],\"geo_ordered_rtc_regions\":[],\"guilds\":");
	session_add_guilds(s, &d);
	ra_buf_printf(&d, ",\"shard\":[%u,%u]", s->shard, s->shard_count);
	ra_buf_printf(&d, ",\"application\":{\"id\":\"%llu\",\"flags\":%u}",
		      (unsigned long long)sim->world->conf.application_id, application_flags(sim));
	ra_buf_add_text(&d, ",\"_trace\":[\"discord-sim\"]}");
	session_tell(s, "READY", ra_buf_str(&d));
	ra_buf_fini(&d);
}

void identify(struct connection *c, json_t *d)
{
	struct gateway *gateway = c->gateway;
	struct wish wish = { 0 };
	int code = check(c, d, &wish);
	if (code != 0) {
		connection_close(c, code, reason_of(code));
		return;
	}
	identify_limit_renew(&gateway->identify, gateway->sim, gateway_now_ms(gateway));
	if (gateway->identify.remaining == 0) {
		punish(gateway);
		connection_close(c, CLOSE_BAD_TOKEN, reason_of(CLOSE_BAD_TOKEN));
		return;
	}
	if (is_too_soon(gateway, wish.shard)) {
		connection_send_op(c, 9, "false");
		return;
	}
	gateway->identify.remaining--;
	gateway->identified++;

	struct session *s = session_new(gateway);
	s->intents = wish.intents;
	s->shard = wish.shard;
	s->shard_count = wish.shard_count;
	s->large_threshold = wish.large_threshold;
	c->compress_payloads = wish.compress && c->compressor.kind == COMPRESS_PLAIN;
	session_attach(s, c);
	session_shows(s, json_object_get(d, "presence"));
	ra_info(&gateway->sim->log, "session started", ra_f_int("shard", s->shard),
		ra_f_u64("intents", s->intents),
		ra_f_text("compress", compress_name(c->compressor.kind)));
	tell_ready(s, c->origin);
	holes_close(&gateway->holes, s->shard, s->shard_count, s->told_at_ms);
}

/* ---- RESUME ---- */

/* The client has come back before its old connection was seen to die. */
static void take_over(struct session *s)
{
	struct connection *old = s->connection;
	if (!old)
		return;
	session_detach(s);
	connection_close(old, 4000, "Resumed elsewhere.");
}

static struct session *find(const struct gateway *gateway, json_t *d)
{
	struct session *s = NULL;
	const char *id = json_string_value(json_object_get(d, "session_id"));
	if (id)
		HASH_FIND_STR(gateway->sessions, id, s);
	return s;
}

static int check_resume(const struct connection *c, json_t *d)
{
	if (c->session)
		return CLOSE_ALREADY_AUTHENTICATED;
	if (!json_is_integer(json_object_get(d, "seq")))
		return CLOSE_DECODE;
	const char *token = json_string_value(json_object_get(d, "token"));
	return token_is_ours(c->gateway, token) ? 0 : CLOSE_BAD_TOKEN;
}

void resume(struct connection *c, json_t *d)
{
	int code = check_resume(c, d);
	if (code != 0) {
		connection_close(c, code, reason_of(code));
		return;
	}
	struct session *s = find(c->gateway, d);
	json_int_t seq = json_integer_value(json_object_get(d, "seq"));
	if (s && (seq < 0 || (uint64_t)seq > s->ring.last)) {
		session_free(s);
		connection_close(c, CLOSE_INVALID_SEQ, reason_of(CLOSE_INVALID_SEQ));
		return;
	}
	bool is_lost = s && (uint64_t)seq + 1 < s->ring.first;
	if (is_lost)
		session_free(s);
	if (!s || is_lost) {
		connection_send_op(c, 9, "false");
		return;
	}
	take_over(s);
	session_attach(s, c);
	c->gateway->resumed++;
	s->sent = (uint64_t)seq;
	ra_info(&c->gateway->sim->log, "session resumed", ra_f_int("seq", seq),
		ra_f_u64("missed", s->ring.last - (uint64_t)seq));
	session_tell(s, "RESUMED", RA_STR("{\"_trace\":[\"discord-sim\"]}"));
}
