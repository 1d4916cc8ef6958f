#include "services/discord-sim/holes.h"
#include "libshared/base/base.h"

void holes_fini(struct holes *holes)
{
	ra_free(holes->list);
	*holes = (struct holes){ 0 };
}

void holes_open(struct holes *holes, uint32_t shard, uint32_t shard_count, int64_t at_ms)
{
	holes->list = ra_realloc(holes->list, (holes->count + 1) * sizeof(*holes->list));
	holes->list[holes->count++] =
		(struct hole){ .shard = shard, .shard_count = shard_count, .from_ms = at_ms };
}

void holes_close(struct holes *holes, uint32_t shard, uint32_t shard_count, int64_t at_ms)
{
	for (size_t i = 0; i < holes->count; i++) {
		struct hole *hole = &holes->list[i];
		bool is_its = hole->shard == shard && hole->shard_count == shard_count;
		if (is_its && hole->to_ms == 0)
			hole->to_ms = at_ms;
	}
}

json_t *holes_json(const struct holes *holes)
{
	json_t *list = json_array();
	for (size_t i = 0; i < holes->count; i++) {
		const struct hole *hole = &holes->list[i];
		json_array_append_new(list, json_pack("{s:[i, i], s:I, s:I}", "shard",
						      (int)hole->shard, (int)hole->shard_count,
						      "from_ms", (json_int_t)hole->from_ms, "to_ms",
						      (json_int_t)hole->to_ms));
	}
	return list;
}
