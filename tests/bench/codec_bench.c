/*
 * codec_bench: one message_created event there and back: to RESP words for
 * Redis, and from the words of a stream entry.
 */
#include "libshared/redis/redis.h"
#include "proto/events.h"
#include "tests/bench/bench.h"
#include <stdlib.h>

static const struct ra_event message = {
	.type = RA_EV_message_created,
	.session = { "0123456789abcdef0123456789abcdef", 32 },
	.seq = 1234567,
	.at = 1795256130123,
	.guild = 1100000000000000001,
	.message_created = {
		.message_id = 1310203040506070808,
		.channel_id = 1100000000000000002,
		.user_id = 1100000000000000006,
		.kind = 19,
		.length = 105,
		.reply_to = 1310203040506070707,
		.mentions = { "1100000000000000007", 19 },
	},
};

static void encode(void *ctx)
{
	struct ra_buf *out = ctx;
	ra_buf_clear(out);
	bench_use(ra_event_encode(&message, out));
}

struct entry {
	redisReply *reply; /* owned */
	struct ra_str words[64];
	size_t count;
};

static void decode(void *ctx)
{
	const struct entry *entry = ctx;
	struct ra_event event;
	if (ra_event_decode(&event, entry->words, entry->count, NULL) < 0)
		abort();
	bench_use(event.message_created.user_id);
}

/* The words as a consumer has them: from hiredis. */
static void read_entry(struct entry *entry)
{
	struct ra_buf words = { 0 }, resp = { 0 };
	size_t count = ra_event_encode(&message, &words);
	ra_resp_command(&resp, count);
	ra_buf_add_str(&resp, ra_buf_str(&words));
	redisReader *reader = redisReaderCreate();
	redisReaderFeed(reader, resp.ptr, resp.len);
	if (redisReaderGetReply(reader, (void **)&entry->reply) != REDIS_OK)
		abort();
	for (size_t i = 0; i < entry->reply->elements; i++)
		entry->words[i] = ra_reply_str(entry->reply->element[i]);
	entry->count = entry->reply->elements;
	redisReaderFree(reader);
	ra_buf_fini(&words);
	ra_buf_fini(&resp);
}

int main(void)
{
	struct ra_buf out = { 0 };
	struct entry entry = { 0 };
	read_entry(&entry);
	encode(&out);
	printf("# message_created, %zu words, %zu bytes of RESP\n", entry.count, out.len);
	bench("codec_encode", encode, &out);
	bench("codec_decode", decode, &entry);
	freeReplyObject(entry.reply);
	ra_buf_fini(&out);
	return 0;
}
