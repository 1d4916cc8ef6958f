/* presence: see presence.h. */
#include "services/gateway-ingest/presence.h"
#include <stdio.h>

#define WATCHING 3

static void add_word(struct ra_buf *out, const char *word, int64_t servers)
{
	bool is_count = strcmp(word, "{count}") == 0;
	ra_buf_add_i64(out, servers);
	if (!is_count)
		ra_buf_add_text(out, servers == 1 ? " server" : " servers");
}

void presence_write(const char *pattern, int64_t servers, char line[PRESENCE_SIZE])
{
	static const char *const words[] = { "{servers}", "{count}" };
	struct ra_buf out = { 0 };
	for (const char *at = pattern; *at;) {
		const char *word = NULL;
		for (size_t i = 0; i < RA_COUNT(words) && !word; i++)
			if (strncmp(at, words[i], strlen(words[i])) == 0)
				word = words[i];
		if (word)
			add_word(&out, word, servers);
		else
			ra_buf_add(&out, at, 1);
		at += word ? strlen(word) : 1;
	}
	snprintf(line, PRESENCE_SIZE, "%s", ra_buf_text(&out));
	ra_buf_fini(&out);
}

int64_t presence_count(const struct ra_fleet_view *view)
{
	int64_t servers = 0;
	if (view->count == 0)
		return -1;
	for (size_t i = 0; i < view->shard_count && (int64_t)i < view->count; i++) {
		const struct ra_shard_status *shard = &view->shards[i];
		if (strcmp(shard->state, "live") != 0)
			return -1;
		servers += shard->guilds + shard->unavailable_guilds;
	}
	return servers;
}

void presence_add(struct ra_buf *out, const char *line)
{
	ra_buf_add_text(out, "{\"since\":null,\"activities\":[");
	if (*line) {
		ra_buf_add_text(out, "{\"name\":");
		ra_buf_add_json_string(out, ra_str_of(line));
		ra_buf_printf(out, ",\"type\":%d}", WATCHING);
	}
	ra_buf_add_text(out, "],\"status\":\"online\",\"afk\":false}");
}
