/* opcodes: what a client may say, and what is done about it (sheet, 1.1). */
#include "services/discord-sim/act.h"
#include "services/discord-sim/gateway.h"
#include "services/discord-sim/replay.h"
#include "services/discord-sim/sim.h"

static void on_heartbeat(struct connection *c, json_t *d)
{
	if (d && !json_is_null(d) && !json_is_integer(d)) {
		connection_close(c, CLOSE_DECODE, "Error while decoding payload.");
		return;
	}
	c->beat_at_ms = gateway_now_ms(c->gateway);
	if (c->faults.drop_acks > 0)
		c->faults.drop_acks--;
	else if (c->replay)
		replay_ack(c->replay);
	else
		connection_send_op(c, 11, "null");
}

static void on_identify(struct connection *c, json_t *d)
{
	if (c->replay)
		replay_play(c->replay);
	else
		identify(c, d);
}

static void on_resume(struct connection *c, json_t *d)
{
	if (c->replay)
		replay_refuse_resume(c->replay);
	else
		resume(c, d);
}

static void on_presence(struct connection *c, json_t *d)
{
	static const char *const known[] = { "online", "dnd", "idle", "invisible", "offline" };
	const char *status = json_string_value(json_object_get(d, "status"));
	for (size_t i = 0; status && i < RA_COUNT(known); i++) {
		if (strcmp(status, known[i]) == 0) {
			session_shows(c->session, d);
			return;
		}
	}
	connection_close(c, CLOSE_DECODE, "Error while decoding payload.");
}

static uint64_t id_of(json_t *d, const char *key)
{
	uint64_t id = 0;
	const char *text = json_string_value(json_object_get(d, key));
	return text && ra_str_to_u64(ra_str_of(text), &id) == 0 ? id : 0;
}

/* The bot's own voice state. No voice server follows: nobody listens to a simulated room. */
static void on_voice_state(struct connection *c, json_t *d)
{
	struct world *world = c->gateway->sim->world;
	struct voice v = {
		.channel_id = id_of(d, "channel_id"),
		.self_mute = json_is_true(json_object_get(d, "self_mute")),
		.self_deaf = json_is_true(json_object_get(d, "self_deaf")),
	};
	int rc = act_voice(world, id_of(d, "guild_id"), world->bot->id, &v);
	if (rc < 0)
		ra_debug(&c->gateway->sim->log, "voice state ignored", ra_f_err(rc));
}

static void on_request_members(struct connection *c, json_t *d)
{
	chunks_request(c->session, d);
}

/* No guild here has a sound board, or a status on a voice channel. */
static void on_request_sounds(struct connection *c, json_t *d)
{
	const json_t *ids = json_object_get(d, "guild_ids");
	for (size_t i = 0; i < json_array_size(ids); i++) {
		const json_t *id = json_array_get(ids, i);
		struct ra_buf out = { 0 };
		if (!json_is_string(id))
			continue;
		ra_buf_add_text(&out, "{\"soundboard_sounds\":[],\"guild_id\":");
		ra_buf_add_json_string(&out, ra_str_of(json_string_value(id)));
		ra_buf_add(&out, "}", 1);
		session_tell(c->session, "SOUNDBOARD_SOUNDS", ra_buf_str(&out));
		ra_buf_fini(&out);
	}
}

static void on_request_channel_info(struct connection *c, json_t *d)
{
	struct ra_buf out = { 0 };
	ra_buf_printf(&out, "{\"guild_id\":\"%llu\",\"channels\":[]}",
		      (unsigned long long)id_of(d, "guild_id"));
	session_tell(c->session, "CHANNEL_INFO", ra_buf_str(&out));
	ra_buf_fini(&out);
}

static const struct {
	int op;
	bool before_identify;
	void (*handle)(struct connection *c, json_t *d);
} opcodes[] = {
	{ 1, true, on_heartbeat },        { 2, true, on_identify },
	{ 3, false, on_presence },        { 4, false, on_voice_state },
	{ 6, true, on_resume },           { 8, false, on_request_members },
	{ 31, false, on_request_sounds }, { 43, false, on_request_channel_info },
};

static void handle(struct connection *c, json_int_t op, json_t *d)
{
	for (size_t i = 0; i < RA_COUNT(opcodes); i++) {
		if (opcodes[i].op != op)
			continue;
		if (opcodes[i].before_identify || c->session)
			opcodes[i].handle(c, d);
		else if (!c->replay)
			connection_close(c, CLOSE_NOT_AUTHENTICATED, "Not authenticated.");
		return;
	}
	connection_close(c, CLOSE_UNKNOWN_OPCODE, "Unknown opcode.");
}

void opcodes_receive(struct connection *c, struct ra_str text)
{
	json_t *payload = json_loadb(text.ptr, text.len, 0, NULL);
	json_t *op = json_object_get(payload, "op");
	json_t *d = json_object_get(payload, "d");
	bool is_beat = json_is_integer(op) && json_integer_value(op) == 1;
	if (!json_is_integer(op) || (!is_beat && !json_is_object(d) && !c->replay))
		connection_close(c, CLOSE_DECODE, "Error while decoding payload.");
	else
		handle(c, json_integer_value(op), d);
	json_decref(payload);
}
