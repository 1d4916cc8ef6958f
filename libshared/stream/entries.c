#include "libshared/stream/entries.h"
#include "libshared/base/log.h"
#include "libshared/metrics/metrics.h"
#include "libshared/redis/redis.h"
#include <stdio.h>
#include <stdlib.h>

enum { MAX_FIELDS = 64 };

RA_COUNTER(entries_malformed, "rations_entries_malformed_total",
	   "stream entries that are no event");
RA_COUNTER(entries_unknown, "rations_entries_unknown_total",
	   "events of a type this build does not know");
RA_COUNTER(fields_unknown, "rations_fields_unknown_total", "event fields this build does not know");

/* id, [field, value, ...]; an entry deleted meanwhile has nil for its fields. */
static size_t words_of(const redisReply *entry, struct ra_str words[2 * MAX_FIELDS])
{
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
	    entry->element[1]->type != REDIS_REPLY_ARRAY)
		return 0;
	const redisReply *fields = entry->element[1];
	size_t count = fields->elements < 2 * MAX_FIELDS ? fields->elements : 2 * MAX_FIELDS;
	for (size_t i = 0; i < count; i++)
		words[i] =
			(struct ra_str){ fields->element[i]->str, (size_t)fields->element[i]->len };
	return count;
}

int ra_entries_decode(const redisReply *entry, struct ra_event *event)
{
	struct ra_str words[2 * MAX_FIELDS];
	return ra_event_decode(event, words, words_of(entry, words), NULL);
}

/* The same, with every word in memory of our own. */
static int decode_copy(struct ra_arena *arena, const redisReply *entry, struct ra_event *event)
{
	struct ra_str words[2 * MAX_FIELDS];
	size_t count = words_of(entry, words), bytes = 0;
	for (size_t i = 0; i < count; i++)
		bytes += words[i].len;
	char *copy = ra_arena_alloc(arena, bytes + 1);
	for (size_t i = 0; i < count; i++) {
		memcpy(copy, words[i].ptr, words[i].len);
		words[i].ptr = copy;
		copy += words[i].len;
	}
	uint64_t unknown = 0;
	int rc = ra_event_decode(event, words, count, &unknown);
	ra_count(&fields_unknown, (double)unknown);
	return rc;
}

static void count_failure(int rc, const char *id)
{
	static bool is_told;
	if (rc == RA_ENOTFOUND) {
		ra_count(&entries_unknown, 1);
		return;
	}
	ra_count(&entries_malformed, 1);
	if (!is_told)
		ra_warn(NULL, "skipping stream entries that are no event",
			ra_f_text("first_id", id));
	is_told = true;
}

void ra_entries_read(struct ra_entries *entries, struct ra_arena *arena, const redisReply *list)
{
	size_t need = entries->count + list->elements;
	if (need > entries->cap) {
		entries->cap = need;
		entries->list = ra_realloc(entries->list, need * sizeof *entries->list);
	}
	for (size_t i = 0; i < list->elements; i++) {
		struct ra_entry *entry = &entries->list[entries->count++];
		snprintf(entry->id, sizeof entry->id, "%s", list->element[i]->element[0]->str);
		int rc = decode_copy(arena, list->element[i], &entry->event);
		entry->is_event = rc == 0;
		if (rc < 0)
			count_failure(rc, entry->id);
	}
}

void ra_entries_clear(struct ra_entries *entries)
{
	entries->count = 0;
}

void ra_entries_fini(struct ra_entries *entries)
{
	ra_free(entries->list);
	*entries = (struct ra_entries){ 0 };
}

int ra_entries_compare_ids(const char *a, const char *b)
{
	char *a_rest, *b_rest;
	unsigned long long a_ms = strtoull(a, &a_rest, 10), b_ms = strtoull(b, &b_rest, 10);
	if (a_ms != b_ms)
		return a_ms < b_ms ? -1 : 1;
	unsigned long long a_n = *a_rest == '-' ? strtoull(a_rest + 1, NULL, 10) : 0;
	unsigned long long b_n = *b_rest == '-' ? strtoull(b_rest + 1, NULL, 10) : 0;
	return a_n < b_n ? -1 : a_n > b_n;
}

void ra_entries_info(const redisReply *reply, struct ra_stream_info *info)
{
	*info = (struct ra_stream_info){ .last_id = "0-0", .first_id = "0-0" };
	for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2) {
		const redisReply *value = reply->element[i + 1];
		struct ra_str name = ra_reply_str(reply->element[i]);
		if (ra_str_is(name, "last-generated-id"))
			info->last_id = value->str;
		else if (ra_str_is(name, "length"))
			info->length = value->integer;
		else if (ra_str_is(name, "entries-added"))
			info->added = value->integer;
		else if (ra_str_is(name, "first-entry") && value->type == REDIS_REPLY_ARRAY)
			info->first_id = value->element[0]->str;
	}
}
