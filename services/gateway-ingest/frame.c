/* frame: see frame.h. */
#include "services/gateway-ingest/frame.h"
#include "services/gateway-ingest/fields.h"
#include "services/gateway-ingest/presence.h"
#include <inttypes.h>

/* Discord writes "d" last. Who reads a dispatch walks it, and finds out where it is broken: it is
 * not walked here, too, only to find its end. A payload that was cut does not get this far. */
static bool is_rest(const struct frame *frame, struct ra_str payload)
{
	return frame->op == OP_DISPATCH && frame->type.len > 0 && frame->has_seq &&
	       payload.len > 2 && memcmp(payload.ptr + payload.len - 2, "}}", 2) == 0;
}

int frame_parse(struct ra_str payload, struct frame *frame)
{
	*frame = (struct frame){ .op = -1 };
	struct ra_json j;
	ra_json_init(&j, payload);
	if (!ra_json_enter_object(&j))
		return RA_EPROTO;
	struct ra_str key;
	while (ra_json_next_key(&j, &key)) {
		if (ra_str_is(key, "t")) {
			frame->type = ra_json_string(&j);
		} else if (ra_str_is(key, "s")) {
			frame->has_seq = ra_json_peek(&j) == RA_JSON_NUMBER;
			frame->seq = ra_json_u64(&j);
		} else if (ra_str_is(key, "op")) {
			frame->op = ra_json_i64(&j);
		} else if (ra_str_is(key, "d") && is_rest(frame, payload)) {
			frame->d = (struct ra_str){ j.at, (size_t)(j.end - j.at) };
			return 0;
		} else if (ra_str_is(key, "d")) {
			frame->d = ra_json_raw(&j);
		} else if (ra_str_is(key, "sent_at_ms")) {
			frame->sent_at = ra_json_i64(&j);
		} else {
			ra_json_skip(&j);
		}
	}
	return j.failed || frame->op < 0 ? RA_EPROTO : 0;
}

uint64_t frame_heartbeat_interval(struct ra_str d)
{
	static const struct field fields[] = { { "heartbeat_interval", 18, FIELD_ID, 0, NULL } };
	static const struct field_table table = FIELD_TABLE(fields);
	uint64_t interval_ms = 0;
	fields_parse(d, &table, &interval_ms, NULL);
	return interval_ms;
}

void frame_add_heartbeat(struct ra_buf *out, bool has_seq, uint64_t seq)
{
	if (has_seq)
		ra_buf_printf(out, "{\"op\":1,\"d\":%" PRIu64 "}", seq);
	else
		ra_buf_add_text(out, "{\"op\":1,\"d\":null}");
}

void frame_add_identify(struct ra_buf *out, const struct identify *identify)
{
	ra_buf_add_text(out, "{\"op\":2,\"d\":{\"token\":");
	ra_buf_add_json_string(out, ra_str_of(identify->token));
	ra_buf_printf(out,
		      ",\"intents\":%" PRId64 ",\"shard\":[%u,%u],\"large_threshold\":250,"
		      "\"properties\":{\"os\":\"linux\",\"browser\":\"rations\",\"device\":"
		      "\"rations\"}",
		      identify->intents, identify->shard, identify->shards);
	if (identify->presence && *identify->presence) {
		ra_buf_add_text(out, ",\"presence\":");
		presence_add(out, identify->presence);
	}
	ra_buf_add_text(out, "}}");
}

void frame_add_presence(struct ra_buf *out, const char *line)
{
	ra_buf_printf(out, "{\"op\":%d,\"d\":", OP_PRESENCE);
	presence_add(out, line);
	ra_buf_add_text(out, "}");
}

void frame_add_member_request(struct ra_buf *out, uint64_t guild)
{
	ra_buf_printf(out,
		      "{\"op\":8,\"d\":{\"guild_id\":\"%" PRIu64 "\",\"query\":\"\",\"limit\":0}}",
		      guild);
}

void frame_add_resume(struct ra_buf *out, const char *token, const char *session, uint64_t seq)
{
	ra_buf_add_text(out, "{\"op\":6,\"d\":{\"token\":");
	ra_buf_add_json_string(out, ra_str_of(token));
	ra_buf_add_text(out, ",\"session_id\":");
	ra_buf_add_json_string(out, ra_str_of(session));
	ra_buf_printf(out, ",\"seq\":%" PRIu64 "}}", seq);
}
