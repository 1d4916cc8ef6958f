/* batch: see batch.h. */
#include "services/gateway-ingest/batch.h"
#include "libshared/redis/redis.h"
#include <assert.h>

#define HEAD_MAX   160 /* "*argc XADD stream MAXLEN ~ n *", for any stream name of ours */
#define KEPT_BYTES ((size_t)512 << 10) /* a larger buffer is given back */

void batch_fini(struct batch *batch)
{
	ra_buf_fini(&batch->bytes);
	ra_buf_fini(&batch->head);
	ra_free(batch->commands);
	*batch = (struct batch){ 0 };
}

void batch_clear(struct batch *batch)
{
	if (batch->bytes.cap > KEPT_BYTES)
		batch_fini(batch);
	ra_buf_clear(&batch->bytes);
	batch->count = 0;
}

static struct batch_command *next_command(struct batch *batch)
{
	if (batch->count == batch->cap) {
		batch->cap = batch->cap ? batch->cap * 2 : 64;
		batch->commands =
			ra_realloc(batch->commands, batch->cap * sizeof(*batch->commands));
	}
	return &batch->commands[batch->count++];
}

static void write_head(struct ra_buf *head, struct ra_str stream, int64_t trim, size_t words)
{
	ra_buf_clear(head);
	ra_resp_command(head, words + (trim > 0 ? 6 : 3));
	ra_resp_word(head, RA_STR("XADD"));
	ra_resp_word(head, stream);
	if (trim > 0) {
		ra_resp_word(head, RA_STR("MAXLEN"));
		ra_resp_word(head, RA_STR("~"));
		ra_resp_i64(head, trim);
	}
	ra_resp_word(head, RA_STR("*"));
	assert(head->len <= HEAD_MAX);
}

void batch_add(struct batch *batch, struct ra_str stream, int64_t trim,
	       const struct ra_event *event)
{
	struct ra_buf *bytes = &batch->bytes;
	ra_buf_reserve(bytes, HEAD_MAX);
	bytes->len += HEAD_MAX;
	size_t words_at = bytes->len;
	size_t words = ra_event_encode(event, bytes);
	write_head(&batch->head, stream, trim, words);
	size_t from = words_at - batch->head.len;
	memcpy(bytes->ptr + from, batch->head.ptr, batch->head.len);
	*next_command(batch) = (struct batch_command){ from, bytes->len, event->type };
}

static void end_command(struct batch *batch, size_t from)
{
	*next_command(batch) = (struct batch_command){ from, batch->bytes.len, RA_EVENT_UNKNOWN };
}

void batch_add_interaction(struct batch *batch, const char *stream,
			   const struct ra_interaction *interaction)
{
	struct ra_buf *bytes = &batch->bytes, words = { 0 };
	size_t count = ra_interaction_encode(interaction, &words), from = bytes->len;
	ra_resp_command(bytes, count + 5);
	ra_resp_word(bytes, RA_STR("XADD"));
	ra_resp_word(bytes, ra_str_of(stream));
	ra_resp_word(bytes, RA_STR("MAXLEN"));
	ra_resp_u64(bytes, RA_INTERACTIONS_KEPT);
	ra_resp_word(bytes, RA_STR("*"));
	ra_buf_add_str(bytes, ra_buf_str(&words));
	end_command(batch, from);
	from = bytes->len;
	ra_resp_command(bytes, 3);
	ra_resp_word(bytes, RA_STR("PEXPIRE"));
	ra_resp_word(bytes, ra_str_of(stream));
	ra_resp_u64(bytes, RA_INTERACTIONS_KEPT_MS);
	end_command(batch, from);
	ra_buf_fini(&words);
}

struct ra_str batch_command(const struct batch *batch, size_t i)
{
	const struct batch_command *command = &batch->commands[i];
	return (struct ra_str){ batch->bytes.ptr + command->from, command->to - command->from };
}
