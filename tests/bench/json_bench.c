/*
 * json_bench: one MESSAGE_CREATE as Discord sends it, read for what
 * gateway-ingest wants of it, by our scanner and by jansson.
 */
#include "libshared/base/clock.h"
#include "libshared/base/json.h"
#include "tests/bench/bench.h"
#include <jansson.h>
#include <stdlib.h>

static const char message_create[] =
	"{\"t\":\"MESSAGE_CREATE\",\"s\":1234567,\"op\":0,\"d\":{\"type\":19,\"tts\":false,"
	"\"timestamp\":\"2026-11-21T10:15:30.123000+00:00\",\"pinned\":false,"
	"\"nonce\":\"1310203040506070809\",\"mentions\":[{\"username\":\"curator_anna\","
	"\"public_flags\":0,\"primary_guild\":null,\"member\":{\"roles\":[\"1100000000000000003\","
	"\"1100000000000000004\"],\"premium_since\":null,\"pending\":false,\"nick\":null,"
	"\"mute\":false,\"joined_at\":\"2024-03-01T12:00:00.000000+00:00\",\"flags\":0,"
	"\"deaf\":false,\"communication_disabled_until\":null,\"banner\":null,\"avatar\":null},"
	"\"id\":\"1100000000000000007\",\"global_name\":\"Anna\",\"discriminator\":\"0\","
	"\"avatar\":\"0123456789abcdef0123456789abcdef\"}],\"mention_roles\":[],"
	"\"mention_everyone\":false,\"member\":{\"roles\":[\"1100000000000000005\"],"
	"\"premium_since\":null,\"pending\":false,\"nick\":\"\\u041f\\u0451\\u0442\\u0440\","
	"\"mute\":false,\"joined_at\":\"2025-06-01T09:30:00.000000+00:00\",\"flags\":0,"
	"\"deaf\":false,\"communication_disabled_until\":null,\"banner\":null,\"avatar\":null},"
	"\"id\":\"1310203040506070808\",\"flags\":0,\"embeds\":[],\"edited_timestamp\":null,"
	"\"content\":\"<@1100000000000000007> the bot says \\\"missing access\\\" when I try to "
	"open "
	"the voice room, what am I doing wrong?\",\"components\":[],"
	"\"channel_id\":\"1100000000000000002\",\"channel_type\":0,"
	"\"author\":{\"username\":\"pyotr_1987\",\"public_flags\":0,\"primary_guild\":null,"
	"\"id\":\"1100000000000000006\",\"global_name\":\"Pyotr\",\"discriminator\":\"0\","
	"\"avatar\":\"fedcba9876543210fedcba9876543210\"},\"attachments\":[],"
	"\"guild_id\":\"1100000000000000001\"}}";

static uint64_t scan_author(struct ra_json *j)
{
	struct ra_str key;
	uint64_t sum = 0;
	if (!ra_json_enter_object(j))
		return 0;
	while (ra_json_next_key(j, &key)) {
		if (ra_str_is(key, "id"))
			sum += ra_json_u64(j);
		else if (ra_str_is(key, "username") || ra_str_is(key, "global_name"))
			sum += ra_json_string(j).len;
		else
			ra_json_skip(j);
	}
	return sum;
}

static uint64_t scan_mentions(struct ra_json *j)
{
	uint64_t sum = 0;
	if (ra_json_enter_array(j))
		while (ra_json_next_element(j))
			sum += scan_author(j);
	return sum;
}

static uint64_t scan_message(struct ra_json *j)
{
	struct ra_str key;
	uint64_t sum = 0;
	if (!ra_json_enter_object(j))
		return 0;
	while (ra_json_next_key(j, &key)) {
		if (ra_str_is(key, "id") || ra_str_is(key, "guild_id") ||
		    ra_str_is(key, "channel_id") || ra_str_is(key, "type"))
			sum += ra_json_u64(j);
		else if (ra_str_is(key, "content"))
			sum += ra_json_string(j).len;
		else if (ra_str_is(key, "author"))
			sum += scan_author(j);
		else if (ra_str_is(key, "mentions"))
			sum += scan_mentions(j);
		else
			ra_json_skip(j);
	}
	return sum;
}

static void scan(void *ctx)
{
	(void)ctx;
	struct ra_json j;
	struct ra_str key;
	uint64_t sum = 0;
	ra_json_init(&j, (struct ra_str){ message_create, sizeof(message_create) - 1 });
	if (!ra_json_enter_object(&j))
		abort();
	while (ra_json_next_key(&j, &key)) {
		if (ra_str_is(key, "s"))
			sum += ra_json_u64(&j);
		else if (ra_str_is(key, "d"))
			sum += scan_message(&j);
		else
			ra_json_skip(&j);
	}
	if (j.failed)
		abort();
	bench_use(sum);
}

static void skip(void *ctx)
{
	(void)ctx;
	struct ra_json j;
	ra_json_init(&j, (struct ra_str){ message_create, sizeof(message_create) - 1 });
	ra_json_skip(&j);
	bench_use(j.failed);
}

static uint64_t id_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? strtoull(text, NULL, 10) : 0;
}

static uint64_t sum_author(const json_t *author)
{
	return id_of(author, "id") + json_string_length(json_object_get(author, "username")) +
	       json_string_length(json_object_get(author, "global_name"));
}

static void parse_tree(void *ctx)
{
	(void)ctx;
	json_t *tree = json_loadb(message_create, sizeof(message_create) - 1, 0, NULL);
	const json_t *d = json_object_get(tree, "d"), *mention;
	size_t i;
	uint64_t sum = (uint64_t)json_integer_value(json_object_get(tree, "s"));
	sum += id_of(d, "id") + id_of(d, "guild_id") + id_of(d, "channel_id");
	sum += (uint64_t)json_integer_value(json_object_get(d, "type"));
	sum += json_string_length(json_object_get(d, "content"));
	sum += sum_author(json_object_get(d, "author"));
	json_array_foreach(json_object_get(d, "mentions"), i, mention) sum += sum_author(mention);
	bench_use(sum);
	json_decref(tree);
}

static void parse_time(void *ctx)
{
	(void)ctx;
	int64_t ms = 0;
	if (ra_iso8601_parse(RA_STR("2026-11-21T10:15:30.123000+00:00"), &ms) < 0)
		abort();
	bench_use((uint64_t)ms);
}

int main(void)
{
	printf("# MESSAGE_CREATE, %zu bytes\n", sizeof(message_create) - 1);
	bench("json_read", scan, NULL);
	bench("json_skip", skip, NULL);
	bench("json_read_by_jansson", parse_tree, NULL);
	bench("json_time", parse_time, NULL);
	return 0;
}
