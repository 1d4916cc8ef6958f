/*
 * replay: serves a recording of another gateway instead of the simulated
 * community: what it sent, in the order and, for a zlib recording, in the
 * very bytes it sent it.
 *
 *   recording   the file, read once at the start
 *   cursor      one connection's way through it
 *
 * A raw zlib stream has no room for words of ours between its own: what we
 * want to say (heartbeat ACKs) waits for the end and is then appended as
 * stored blocks, which any inflater takes (RFC 1951, 3.2.4).
 */
#pragma once
#include "libshared/base/err.h"
#include <jansson.h>
#include <uv.h>

struct connection;
struct recording;
struct replay_cursor;

/* Reads the file. NULL and *err when it can not, or holds no frames. */
struct recording *recording_open(const char *path, bool is_paced, uv_loop_t *loop,
				 struct ra_err *err);
void recording_free(struct recording **recording);
/* {"frames": n, "played": n, "done": true}: of the connection that came furthest. Yours. */
json_t *recording_json(const struct recording *recording);

/* Says HELLO, the recording's own. `c` is borrowed and outlives the cursor. */
struct replay_cursor *replay_start(struct recording *recording, struct connection *c);
/* The client identified: the rest follows. */
void replay_play(struct replay_cursor *cursor);
void replay_ack(struct replay_cursor *cursor);
/* There is no session to resume: op 9. */
void replay_refuse_resume(struct replay_cursor *cursor);
void replay_stop(struct replay_cursor **cursor);
