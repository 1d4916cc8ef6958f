/*
 * events_fuzz: the event codec on entries nobody wrote. What it decodes, it
 * encodes to words that decode to the same words again; the rest it refuses.
 */
#include "libshared/redis/redis.h"
#include "proto/events.h"
#include "tests/fuzz/fuzz.h"

#define MAX_WORDS 64

/* An entry is written as its words, each ended by a newline. */
static size_t split_lines(struct ra_str input, struct ra_str *words)
{
	size_t count = 0;
	while (input.len && count < MAX_WORDS)
		words[count++] = fuzz_line(&input);
	return count;
}

/* hiredis is the second opinion on what a word is. */
static redisReply *read_words(const struct ra_buf *resp, size_t count)
{
	void *reply = NULL;
	struct ra_buf text = { 0 };
	ra_resp_command(&text, count);
	ra_buf_add_str(&text, ra_buf_str(resp));
	redisReader *reader = redisReaderCreate();
	redisReaderFeed(reader, text.ptr, text.len);
	fuzz_require(redisReaderGetReply(reader, &reply) == REDIS_OK && reply, "words are RESP");
	redisReaderFree(reader);
	ra_buf_fini(&text);
	return reply;
}

static void check_again(const struct ra_event *event)
{
	struct ra_buf first = { 0 }, second = { 0 };
	struct ra_str words[2 * MAX_WORDS];
	size_t count = ra_event_encode(event, &first);
	fuzz_require(count % 2 == 0 && count <= RA_COUNT(words), "words come in pairs");
	redisReply *reply = read_words(&first, count);
	for (size_t i = 0; i < count; i++)
		words[i] = ra_reply_str(reply->element[i]);
	struct ra_event again;
	uint64_t unknown = 0;
	fuzz_require(ra_event_decode(&again, words, count, &unknown) == 0 && unknown == 0,
		     "what was encoded decodes");
	fuzz_require(ra_event_encode(&again, &second) == count &&
			     ra_str_eq(ra_buf_str(&first), ra_buf_str(&second)),
		     "what was decoded encodes the same");
	freeReplyObject(reply);
	ra_buf_fini(&first);
	ra_buf_fini(&second);
}

static void fuzz_check(struct ra_str input)
{
	struct ra_str words[MAX_WORDS];
	size_t count = split_lines(input, words);
	struct ra_event event;
	uint64_t unknown = 0;
	int rc = ra_event_decode(&event, words, count, &unknown);
	fuzz_require(rc == 0 || rc == RA_EINVAL || rc == RA_ENOTFOUND, "three answers");
	fuzz_require(unknown <= count / 2, "no more unknown fields than fields");
	if (rc == 0)
		check_again(&event);
}
