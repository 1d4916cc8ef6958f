#include "services/discord-sim/replay.h"
#include "libshared/base/json.h"
#include "services/discord-sim/gateway.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>

/* As it was recorded: the other server cut its zlib messages into frames of 1 KiB. */
#define RAW_FRAME_BYTES 1024
#define WINDOW          (512 * 1024)
#define PUMP_MS         2

struct frame {
	int64_t at_ms;
	char *text; /* owned: the payload's JSON */
	size_t text_len;
	char *raw; /* owned: the compressed message; NULL in plain recordings */
	size_t raw_len;
};

struct recording {
	uv_loop_t *loop;      /* borrowed */
	struct frame *frames; /* owned */
	size_t count;
	bool is_raw, is_paced;
	size_t played; /* frames, by the connection that came furthest */
};

struct replay_cursor {
	struct recording *recording; /* borrowed */
	struct connection *c;        /* borrowed */
	size_t next;
	bool is_playing;
	unsigned acks;          /* owed until the raw stream has ended */
	uint64_t started_at_ms; /* when the client identified */
	uv_timer_t *timer;      /* owned; closes on its own */
};

/* ---- the file ---- */

static char *decode(struct ra_str base64, size_t *len)
{
	char *raw = ra_alloc(base64.len + 1);
	if (sodium_base642bin((unsigned char *)raw, base64.len, base64.ptr, base64.len, NULL, len,
			      NULL, sodium_base64_VARIANT_ORIGINAL) == 0)
		return raw;
	ra_free(raw);
	return NULL;
}

/* What a compressed message says: `p` went through a recorder whose numbers lose digits past 2^53.
 */
static void inflate_text(z_stream *z, struct frame *frame)
{
	struct ra_buf text = { 0 };
	z->next_in = (Bytef *)frame->raw;
	z->avail_in = (uInt)frame->raw_len;
	do {
		uInt room = (uInt)frame->raw_len * 4 + 256;
		z->next_out = (Bytef *)ra_buf_reserve(&text, room);
		z->avail_out = room;
		if (inflate(z, Z_SYNC_FLUSH) < 0 && z->avail_out == room)
			break;
		text.len += room - z->avail_out;
	} while (z->avail_in > 0 || z->avail_out == 0);
	frame->text_len = text.len;
	frame->text = text.ptr;
}

/* A line that came from the server; everything else in the file is not ours to say. */
static void read_line(struct recording *recording, z_stream *z, struct ra_str line)
{
	struct ra_json j;
	struct ra_str key, dir = { 0 }, text = { 0 }, raw = { 0 };
	struct frame frame = { 0 };
	ra_json_init(&j, line);
	if (!ra_json_enter_object(&j))
		return;
	while (ra_json_next_key(&j, &key)) {
		if (ra_str_is(key, "ts"))
			frame.at_ms = ra_json_i64(&j);
		else if (ra_str_is(key, "dir"))
			dir = ra_json_string(&j);
		else if (ra_str_is(key, "p"))
			text = ra_json_raw(&j);
		else if (ra_str_is(key, "z"))
			raw = ra_json_string(&j);
		else
			ra_json_skip(&j);
	}
	if (j.failed || !ra_str_is(dir, "in") || text.len == 0)
		return;
	if (raw.len > 0)
		frame.raw = decode(raw, &frame.raw_len);
	if (frame.raw) {
		inflate_text(z, &frame);
	} else {
		frame.text = ra_str_dup(text);
		frame.text_len = text.len;
	}
	recording->is_raw = frame.raw != NULL;
	recording->frames =
		ra_realloc(recording->frames, (recording->count + 1) * sizeof(*recording->frames));
	recording->frames[recording->count++] = frame;
}

static void read_lines(struct recording *recording, FILE *file)
{
	z_stream z = { 0 };
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	inflateInit(&z);
	while ((len = getline(&line, &cap, file)) > 0)
		read_line(recording, &z, (struct ra_str){ line, (size_t)len });
	inflateEnd(&z);
	free(line);
}

struct recording *recording_open(const char *path, bool is_paced, uv_loop_t *loop,
				 struct ra_err *err)
{
	FILE *file = fopen(path, "re");
	if (!file) {
		ra_fail(err, -errno, "SIM_REPLAY names a recording of gateway frames (.jsonl).",
			"cannot read %s: %s", path, ra_strerror(-errno));
		return NULL;
	}
	struct recording *recording = ra_new(struct recording);
	recording->loop = loop;
	recording->is_paced = is_paced;
	read_lines(recording, file);
	fclose(file);
	if (recording->count == 0) {
		recording_free(&recording);
		ra_fail(err, RA_EINVAL, "SIM_REPLAY names a recording of gateway frames (.jsonl).",
			"%s holds no frames of a server", path);
	}
	return recording;
}

void recording_free(struct recording **recording)
{
	if (!*recording)
		return;
	for (size_t i = 0; i < (*recording)->count; i++) {
		ra_free((*recording)->frames[i].text);
		ra_free((*recording)->frames[i].raw);
	}
	ra_free((*recording)->frames);
	ra_free(*recording);
	*recording = NULL;
}

json_t *recording_json(const struct recording *recording)
{
	return json_pack("{s:I, s:I, s:b}", "frames", (json_int_t)recording->count, "played",
			 (json_int_t)recording->played, "done",
			 recording->played == recording->count);
}

/* ---- one connection ---- */

static bool is_raw(const struct replay_cursor *cursor)
{
	return cursor->recording->is_raw && cursor->c->compressor.kind == COMPRESS_ZLIB;
}

static void send_frame(struct replay_cursor *cursor, const struct frame *frame)
{
	if (is_raw(cursor))
		connection_send_raw(cursor->c, (struct ra_str){ frame->raw, frame->raw_len });
	else
		connection_send_text(cursor->c, (struct ra_str){ frame->text, frame->text_len });
	cursor->next++;
	if (cursor->recording->played < cursor->next)
		cursor->recording->played = cursor->next;
}

/* A payload of ours behind the raw stream: one stored block, then the mark of a flush. */
static void append_stored(struct replay_cursor *cursor, struct ra_str text)
{
	struct ra_buf out = { 0 };
	unsigned char head[5] = { 0, (unsigned char)(text.len & 0xff),
				  (unsigned char)(text.len >> 8) };
	head[3] = (unsigned char)~head[1];
	head[4] = (unsigned char)~head[2];
	ra_buf_add(&out, head, sizeof(head));
	ra_buf_add_str(&out, text);
	ra_buf_add(&out, "\x00\x00\x00\xff\xff", 5);
	connection_send_raw(cursor->c, ra_buf_str(&out));
	ra_buf_fini(&out);
}

static void say(struct replay_cursor *cursor, struct ra_str text)
{
	if (is_raw(cursor))
		append_stored(cursor, text);
	else
		connection_send_text(cursor->c, text);
}

static bool has_ended(const struct replay_cursor *cursor)
{
	return cursor->next == cursor->recording->count;
}

/* In a raw stream an ACK between two frames would shift every distance in what follows. */
static void pay_acks(struct replay_cursor *cursor)
{
	if (is_raw(cursor) && !has_ended(cursor))
		return;
	for (; cursor->acks > 0; cursor->acks--)
		say(cursor, RA_STR("{\"t\":null,\"s\":null,\"op\":11,\"d\":null}"));
}

/* How long until the next frame is due; 0: now. */
static uint64_t wait_ms(const struct replay_cursor *cursor)
{
	const struct recording *r = cursor->recording;
	if (!r->is_paced)
		return 0;
	uint64_t due = cursor->started_at_ms +
		       (uint64_t)(r->frames[cursor->next].at_ms - r->frames[1].at_ms);
	uint64_t now = uv_now(r->loop);
	return due > now ? due - now : 0;
}

static void on_timer(uv_timer_t *timer)
{
	struct replay_cursor *cursor = timer->data;
	while (!has_ended(cursor)) {
		uint64_t wait = ra_ws_pending(cursor->c->ws) > WINDOW ? PUMP_MS : wait_ms(cursor);
		if (wait > 0) {
			uv_timer_start(timer, on_timer, wait, 0);
			return;
		}
		send_frame(cursor, &cursor->recording->frames[cursor->next]);
	}
	pay_acks(cursor);
}

struct replay_cursor *replay_start(struct recording *recording, struct connection *c)
{
	struct replay_cursor *cursor = ra_new(struct replay_cursor);
	cursor->recording = recording;
	cursor->c = c;
	cursor->timer = ra_new(uv_timer_t);
	cursor->timer->data = cursor;
	uv_timer_init(recording->loop, cursor->timer);
	if (is_raw(cursor))
		c->faults.fragment_bytes = RAW_FRAME_BYTES;
	send_frame(cursor, &recording->frames[0]);
	return cursor;
}

void replay_play(struct replay_cursor *cursor)
{
	if (cursor->is_playing)
		return;
	cursor->is_playing = true;
	cursor->started_at_ms = uv_now(cursor->recording->loop);
	uv_timer_start(cursor->timer, on_timer, 0, 0);
}

void replay_ack(struct replay_cursor *cursor)
{
	cursor->acks++;
	pay_acks(cursor);
}

void replay_refuse_resume(struct replay_cursor *cursor)
{
	say(cursor, RA_STR("{\"t\":null,\"s\":null,\"op\":9,\"d\":false}"));
}

static void on_timer_closed(uv_handle_t *handle)
{
	ra_free(handle);
}

void replay_stop(struct replay_cursor **cursor)
{
	if (!*cursor)
		return;
	uv_close((uv_handle_t *)(*cursor)->timer, on_timer_closed);
	ra_free(*cursor);
	*cursor = NULL;
}
