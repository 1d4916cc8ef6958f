/* seen: see seen.h. */
#include "services/gateway-ingest/seen.h"

#define SLOTS 262144 /* 2 MiB, of which what is used: the people of some thousand lively guilds */

struct seen {
	uint64_t slots[SLOTS];
};

struct seen *seen_new(void)
{
	return ra_new(struct seen);
}

void seen_free(struct seen **seen)
{
	ra_free(*seen);
	*seen = NULL;
}

void seen_clear(struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL;
	return hash ^ (hash >> 29);
}

static uint64_t mix_text(uint64_t hash, struct ra_str text)
{
	while (text.len >= 8) {
		uint64_t word;
		memcpy(&word, text.ptr, 8);
		hash = mix(hash, word);
		text.ptr += 8;
		text.len -= 8;
	}
	uint64_t tail = text.len + 1; /* so that "" and absence of the next differ from a NUL */
	for (size_t i = 0; i < text.len; i++)
		tail = tail << 8 | (unsigned char)text.ptr[i];
	return mix(hash, tail);
}

bool seen_is_news(struct seen *seen, uint64_t guild, const struct user *user,
		  const struct member *member)
{
	uint64_t who = mix(mix(0, guild), user->id);
	uint64_t names = mix_text(who, user->username);
	names = mix_text(names, user->global_name);
	names = mix_text(names, user->avatar);
	names = mix_text(names, member->nick);
	names = mix(names, (uint64_t)member->joined_at);
	names = mix(names, user->is_bot) | 1; /* never the free slot's 0 */
	uint64_t *slot = &seen->slots[(who >> 32) % SLOTS];
	if (*slot == names)
		return false;
	*slot = names;
	return true;
}
