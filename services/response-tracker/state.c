#include "services/response-tracker/state.h"
#include "libshared/desk/match.h"
#include "services/response-tracker/task.h"

enum { BURSTS_MANY = 4096, PUBLIC_THREAD = 11, PRIVATE_THREAD = 12, NEWS_THREAD = 10 };

void state_init(struct state *state)
{
	*state = (struct state){
		.guilds = RA_TABLE_OF(struct guild, uint64_t),
		.people = RA_TABLE_OF(struct person, struct person_key),
		.channels = RA_TABLE_OF(struct channel, uint64_t),
		.bursts = RA_TABLE_OF(struct burst, struct burst_key),
	};
}

static void clear_guilds(struct state *state)
{
	for (size_t i = 0; i < state->guilds.count; i++) {
		struct guild *g = (struct guild *)(void *)state->guilds.rows + i;
		ra_free(g->staff_roles.ids);
		ra_free(g->ignored.ids);
		ra_free(g->allowed);
		ra_free(g->denied);
		match_free(&g->rules);
		task_desk_free(&g->tasks);
	}
	ra_table_clear(&state->guilds);
}

void state_clear(struct state *state)
{
	clear_guilds(state);
	ra_table_clear(&state->people);
	ra_table_clear(&state->channels);
	ra_table_clear(&state->bursts);
	state->desk_version = state->rules_version = 0;
}

void state_fini(struct state *state)
{
	clear_guilds(state);
	ra_table_fini(&state->guilds);
	ra_table_fini(&state->people);
	ra_table_fini(&state->channels);
	ra_table_fini(&state->bursts);
}

struct guild *state_guild(const struct state *state, uint64_t guild)
{
	return ra_table_find(&state->guilds, &guild);
}

struct person *state_person(const struct state *state, uint64_t guild, uint64_t user)
{
	struct person_key key = { guild, user };
	return ra_table_find(&state->people, &key);
}

struct person *state_person_add(struct state *state, uint64_t guild, uint64_t user)
{
	struct person_key key = { guild, user };
	return ra_table_row(&state->people, &key, NULL);
}

bool state_is_staff(const struct state *state, uint64_t guild, uint64_t user)
{
	const struct person *person = state_person(state, guild, user);
	return person && person->is_staff;
}

bool state_is_unnamed(const struct state *state, uint64_t guild, uint64_t user)
{
	const struct person *person = state_person(state, guild, user);
	return person && person->is_unnamed;
}

uint64_t state_named(const struct state *state, uint64_t guild, uint64_t user)
{
	return state_is_unnamed(state, guild, user) ? ANONYMOUS : user;
}

struct channel state_channel(const struct state *state, uint64_t channel)
{
	const struct channel *known = ra_table_find(&state->channels, &channel);
	return known ? *known : (struct channel){ .id = channel };
}

bool channel_is_thread(const struct channel *channel)
{
	return channel->kind >= NEWS_THREAD && channel->kind <= PRIVATE_THREAD;
}

void state_channel_put(struct state *state, const struct channel *channel)
{
	*(struct channel *)ra_table_row(&state->channels, &channel->id, NULL) = *channel;
}

void state_sweep(struct state *state, int64_t before)
{
	if (state->bursts.count < BURSTS_MANY)
		return;
	struct ra_table kept = RA_TABLE_OF(struct burst, struct burst_key);
	for (size_t i = 0; i < state->bursts.count; i++) {
		const struct burst *burst = (const struct burst *)(void *)state->bursts.rows + i;
		if (burst->last_at >= before)
			*(struct burst *)ra_table_row(&kept, &burst->key, NULL) = *burst;
	}
	ra_table_fini(&state->bursts);
	state->bursts = kept;
}

void id_list_set(struct id_list *list, const uint64_t *ids, size_t count)
{
	ra_free(list->ids);
	*list = (struct id_list){ ra_alloc(count * sizeof *ids + 1), count };
	if (count > 0)
		memcpy(list->ids, ids, count * sizeof *ids);
}

bool id_list_has(const struct id_list *list, uint64_t id)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->ids[i] == id)
			return true;
	return false;
}
