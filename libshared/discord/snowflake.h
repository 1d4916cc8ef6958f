/* snowflake: Discord's ids carry their time of birth (Discord docs, Reference: Snowflakes). */
#pragma once
#include <stdint.h>

#define RA_DISCORD_EPOCH_MS 1420070400000LL

static inline int64_t ra_snowflake_ms(uint64_t id)
{
	return (int64_t)(id >> 22) + RA_DISCORD_EPOCH_MS;
}

/* The smallest id of that millisecond: a bound for paging. */
static inline uint64_t ra_snowflake_at(int64_t ms)
{
	return (uint64_t)(ms - RA_DISCORD_EPOCH_MS) << 22;
}

/* The shard that sees a guild (Discord docs, Gateway: Sharding). */
static inline uint32_t ra_shard_of(uint64_t guild_id, uint32_t shard_count)
{
	return (uint32_t)((guild_id >> 22) % shard_count);
}
