/* control_faults: what goes wrong on purpose, and where. */
#include "services/discord-sim/control.h"
#include "services/discord-sim/gateway.h"
#include "services/discord-sim/rest.h"
#include "services/discord-sim/sim.h"
#include <stdio.h>
#include <utlist.h>

/* ---- at once ---- */

static void reconnect(struct connection *c, const json_t *value)
{
	(void)value;
	connection_ask_to_leave(c);
}

/* true: may be resumed; false: gone. */
static void invalidate(struct connection *c, const json_t *value)
{
	connection_send_op(c, 9, json_is_true(value) ? "true" : "false");
	if (!json_is_true(value) && c->session)
		session_free(c->session);
}

static void ask_heartbeat(struct connection *c, const json_t *value)
{
	(void)value;
	connection_send_op(c, 1, "null");
}

/* After these there is nothing to resume (sheet, 1.6). */
static bool ends_session(json_int_t code)
{
	return code == CLOSE_NOT_AUTHENTICATED || code == CLOSE_ALREADY_AUTHENTICATED ||
	       code == CLOSE_INVALID_SEQ;
}

static void close_with(struct connection *c, const json_t *value)
{
	if (ends_session(json_integer_value(value)) && c->session)
		session_free(c->session);
	connection_close(c, (int)json_integer_value(value), "asked for by a test");
}

static void reset(struct connection *c, const json_t *value)
{
	(void)value;
	c->is_closing = true;
	ra_ws_reset(c->ws);
}

/* ---- from now on ---- */

static unsigned count_of(const json_t *value)
{
	return (unsigned)json_integer_value(value);
}

static void drop_acks(struct connection *c, const json_t *value)
{
	c->faults.drop_acks = count_of(value);
}

static void swallow(struct connection *c, const json_t *value)
{
	c->faults.swallow = count_of(value);
}

static void duplicate(struct connection *c, const json_t *value)
{
	c->faults.duplicate = count_of(value);
}

static void tear(struct connection *c, const json_t *value)
{
	c->faults.tear = count_of(value);
}

static void garble(struct connection *c, const json_t *value)
{
	c->faults.garble = count_of(value);
}

static void corrupt(struct connection *c, const json_t *value)
{
	c->faults.corrupt = count_of(value);
}

/* Something Discord has invented since. */
static void send_unknown_op(struct connection *c, const json_t *value)
{
	connection_send_op(c, (int)json_integer_value(value), "{\"new\":true}");
}

static void delay(struct connection *c, const json_t *value)
{
	c->faults.delay_ms = (uint64_t)json_integer_value(value);
	connection_pump(c);
}

static void fragment(struct connection *c, const json_t *value)
{
	c->faults.fragment_bytes = (size_t)json_integer_value(value);
}

static void split(struct connection *c, const json_t *value)
{
	c->faults.split_bytes = (size_t)json_integer_value(value);
}

static void silence(struct connection *c, const json_t *value)
{
	c->faults.is_silent = json_is_true(value);
	ra_ws_pause(c->ws, c->faults.is_silent);
	connection_pump(c);
}

/* ---- of a session, connected or not ---- */

static void repeat(struct session *s, const json_t *value)
{
	s->repeat = count_of(value);
}

/* What happens from now on is lost, as when Discord has dropped the session and nobody knows yet.
 */
static void hush(struct session *s, const json_t *value)
{
	s->is_hushed = json_is_true(value);
}

/* The session is gone, and nobody says so: the client finds out when it resumes. */
static void forget(struct session *s, const json_t *value)
{
	struct connection *c = s->connection;
	session_free(s);
	if (c)
		reset(c, value);
}

/* In the order they are applied: what ends something comes last. */
static const struct {
	const char *name;
	void (*set)(struct connection *c, const json_t *value);
	void (*set_session)(struct session *s, const json_t *value);
} faults[] = {
	{ "reconnect", reconnect, NULL },
	{ "ask_heartbeat", ask_heartbeat, NULL },
	{ "drop_acks", drop_acks, NULL },
	{ "swallow", swallow, NULL },
	{ "duplicate", duplicate, NULL },
	{ "repeat", NULL, repeat },
	{ "hush", NULL, hush },
	{ "tear", tear, NULL },
	{ "garble", garble, NULL },
	{ "corrupt", corrupt, NULL },
	{ "unknown_op", send_unknown_op, NULL },
	{ "delay_ms", delay, NULL },
	{ "fragment_bytes", fragment, NULL },
	{ "split_bytes", split, NULL },
	{ "half_open", silence, NULL },
	{ "invalid_session", invalidate, NULL },
	{ "close", close_with, NULL },
	{ "forget", NULL, forget },
	{ "reset", reset, NULL },
};

/* Whom a fault is for: {"session": id}, {"shard": [i, n]}, or everybody. */
static bool is_meant(const struct session *s, const json_t *args)
{
	const char *id = json_string_value(json_object_get(args, "session"));
	const json_t *shard = json_object_get(args, "shard");
	if (id && (!s || strcmp(s->id, id) != 0))
		return false;
	return !shard || (s && s->shard == json_integer_value(json_array_get(shard, 0)) &&
			  s->shard_count == json_integer_value(json_array_get(shard, 1)));
}

static void apply(struct sim *sim, const json_t *args, size_t fault)
{
	const json_t *value = json_object_get(args, faults[fault].name);
	struct connection *c, *next;
	struct session *s, *next_session;
	HASH_ITER(hh, sim->gateway->sessions, s, next_session)
	{
		if (faults[fault].set_session && is_meant(s, args))
			faults[fault].set_session(s, value);
	}
	DL_FOREACH_SAFE(sim->gateway->connections, c, next)
	{
		if (faults[fault].set && !c->is_closing && is_meant(c->session, args))
			faults[fault].set(c, value);
	}
}

/* What the next to connect will find. */
static bool set_door(struct sim *sim, const char *name, const json_t *value)
{
	struct door *door = &sim->gateway->door;
	if (strcmp(name, "refuse_next") == 0)
		door->refuse = count_of(value);
	else if (strcmp(name, "turn_away_next") == 0)
		door->turn_away = count_of(value);
	else if (strcmp(name, "mute_next") == 0)
		door->mute = count_of(value);
	else if (strcmp(name, "late_next") == 0)
		door->late = count_of(value);
	else if (strcmp(name, "late_ms") == 0)
		door->late_ms = (uint64_t)json_integer_value(value);
	else if (strcmp(name, "identifies_left") == 0)
		sim->gateway->identify.remaining = json_integer_value(value);
	else if (strcmp(name, "token_reset") == 0)
		sim->gateway->identify.is_token_reset = json_is_true(value);
	else
		return false;
	return true;
}

static bool is_known(const char *name)
{
	for (size_t i = 0; i < RA_COUNT(faults); i++)
		if (strcmp(faults[i].name, name) == 0)
			return true;
	return strcmp(name, "session") == 0 || strcmp(name, "shard") == 0;
}

const char *faults_set(struct sim *sim, json_t *args)
{
	for (void *it = json_object_iter(args); it; it = json_object_iter_next(args, it)) {
		const char *name = json_object_iter_key(it);
		if (!set_door(sim, name, json_object_iter_value(it)) && !is_known(name))
			return "there is no such fault";
	}
	for (size_t i = 0; i < RA_COUNT(faults); i++)
		if (json_object_get(args, faults[i].name))
			apply(sim, args, i);
	return NULL;
}

const char *rest_faults_set(struct sim *sim, const json_t *args)
{
	const char *path = json_string_value(json_object_get(args, "path"));
	const char *scope = json_string_value(json_object_get(args, "scope"));
	json_int_t status = json_integer_value(json_object_get(args, "status"));
	struct rest_faults *f = &sim->rest->faults;
	if (!json_is_integer(json_object_get(args, "count")))
		return "count says how many answers";
	if (status != 0 && (status < 400 || status > 599))
		return "status must be an error, or 0 to answer in the end";
	*f = (struct rest_faults){
		.count = count_of(json_object_get(args, "count")),
		.status = (int)status,
		.slow_ms = (uint64_t)json_integer_value(json_object_get(args, "slow_ms")),
		.retry_after = json_number_value(json_object_get(args, "retry_after")),
		.is_cut = json_is_true(json_object_get(args, "cut")),
	};
	snprintf(f->scope, sizeof(f->scope), "%s", scope ? scope : "user");
	snprintf(f->path, sizeof(f->path), "%s", path ? path : "");
	return NULL;
}
