/*
 * gateway_fuzz: whatever a server sends as payloads, one a line, they are read or refused, and what
 * comes out are events (normalised.h).
 */
#include "services/gateway-ingest/frame.h"
#include "tests/fuzz/normalised.h"

static void on_ready(struct ra_str d)
{
	struct texts texts = { 0 };
	struct ready ready = { 0 };
	if (fields_parse(d, &ready_table, &ready, &texts))
		normalised_begin(ready.guilds);
	texts_fini(&texts);
}

static void on_frame(const struct frame *frame)
{
	fuzz_require(frame->op >= 0, "a frame has an opcode");
	if (frame->op == OP_HELLO)
		(void)frame_heartbeat_interval(frame->d);
	if (frame->op != OP_DISPATCH)
		return;
	if (ra_str_is(frame->type, "READY"))
		on_ready(frame->d);
	else
		normalised_dispatch(frame->type, frame->d);
}

static void fuzz_check(struct ra_str input)
{
	normalised_begin(RA_STR("[]"));
	while (input.len > 0) {
		struct frame frame;
		if (frame_parse(fuzz_line(&input), &frame) == 0)
			on_frame(&frame);
	}
}
