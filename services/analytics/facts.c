#include "services/analytics/facts.h"

#define TABLE_TO(type, member)                                                                     \
	(struct ra_table)                                                                          \
	{                                                                                          \
		.row_size = sizeof(type), .key_size = offsetof(type, member)                       \
	}

void facts_init(struct facts *facts)
{
	*facts = (struct facts){
		.moderations = TABLE_TO(struct moderation_row, name),
		.boosts = TABLE_TO(struct boost_row, kind),
		.invites = TABLE_TO(struct invite_row, code),
		.plans = TABLE_TO(struct plan_row, channel),
		.interests = TABLE_TO(struct interest_row, is_interested),
		.synced = TABLE_TO(struct synced_row, began_at),
		.commands = TABLE_TO(struct command_row, name),
		.games = TABLE_TO(struct game_row, name),
	};
}

static void each_table(struct facts *facts, void (*visit)(struct ra_table *table))
{
	struct ra_table *all[] = { &facts->moderations, &facts->boosts,    &facts->invites,
				   &facts->plans,       &facts->interests, &facts->synced,
				   &facts->commands,    &facts->games };
	for (size_t i = 0; i < RA_COUNT(all); i++)
		visit(all[i]);
}

void facts_clear(struct facts *facts)
{
	each_table(facts, ra_table_clear);
}

void facts_fini(struct facts *facts)
{
	each_table(facts, ra_table_fini);
}

uint64_t facts_hash(struct ra_str text)
{
	uint64_t hash = 14695981039346656037ULL;
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.ptr[i]) * 1099511628211ULL;
	return hash;
}
