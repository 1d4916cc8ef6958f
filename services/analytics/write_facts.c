#include "services/analytics/write_facts.h"
#include "services/analytics/sql.h"
#include "libshared/pg/columns.h"

static int send_rows(struct ra_pg *pg, int stmt, const struct ra_pg_params *p)
{
	return ra_pg_send(pg, stmt, p, NULL, NULL);
}

static int write_moderations(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *t = &batch->facts.moderations;
	struct ra_pg_params p = { .arena = &batch->arena };
	U64(t, struct moderation_row, guild);
	I64(t, struct moderation_row, at);
	U64(t, struct moderation_row, user);
	TEXT(t, struct moderation_row, name);
	I64N(t, struct moderation_row, until_at);
	U64(t, struct moderation_row, seq);
	return send_rows(pg, SQL_MODERATIONS, &p);
}

static int write_boosts(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *t = &batch->facts.boosts;
	struct ra_pg_params p = { .arena = &batch->arena };
	U64(t, struct boost_row, guild);
	I64(t, struct boost_row, at);
	U64(t, struct boost_row, user);
	TEXT(t, struct boost_row, kind);
	return send_rows(pg, SQL_BOOSTS, &p);
}

static int write_invites(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *t = &batch->facts.invites;
	struct ra_pg_params p = { .arena = &batch->arena };
	U64(t, struct invite_row, guild);
	TEXT(t, struct invite_row, code);
	U64(t, struct invite_row, channel);
	U64(t, struct invite_row, inviter);
	I64N(t, struct invite_row, created_at);
	I64N(t, struct invite_row, expires_at);
	I64N(t, struct invite_row, deleted_at);
	I64(t, struct invite_row, max_uses);
	BOOL(t, struct invite_row, is_temporary);
	BOOL(t, struct invite_row, is_described);
	int rc = send_rows(pg, SQL_INVITES, &p);
	if (rc < 0)
		return rc;
	p = (struct ra_pg_params){ .arena = &batch->arena };
	U64(t, struct invite_row, guild);
	TEXT(t, struct invite_row, code);
	I64(t, struct invite_row, deleted_at);
	return send_rows(pg, SQL_INVITES_DELETED, &p);
}

static int write_plans(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *t = &batch->facts.plans;
	struct ra_pg_params p = { .arena = &batch->arena };
	U64(t, struct plan_row, guild);
	U64(t, struct plan_row, event);
	U64(t, struct plan_row, channel);
	U64(t, struct plan_row, user);
	TEXT(t, struct plan_row, name);
	I64(t, struct plan_row, status);
	I64N(t, struct plan_row, starts_at);
	I64N(t, struct plan_row, ends_at);
	I64N(t, struct plan_row, deleted_at);
	I64(t, struct plan_row, told_at);
	I64(t, struct plan_row, interested);
	return send_rows(pg, SQL_PLANS, &p);
}

static int write_interests(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *t = &batch->facts.interests;
	struct ra_pg_params p = { .arena = &batch->arena };
	U64(t, struct interest_row, guild);
	U64(t, struct interest_row, event);
	U64(t, struct interest_row, user);
	BOOL(t, struct interest_row, is_interested);
	BOOL(t, struct interest_row, is_settled);
	BOOL(t, struct interest_row, was_interested);
	BOOL(t, struct interest_row, is_certain);
	return send_rows(pg, SQL_INTERESTS, &p);
}

static int write_synced(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *t = &batch->facts.synced;
	struct ra_pg_params p = { .arena = &batch->arena };
	U64(t, struct synced_row, guild);
	I64(t, struct synced_row, began_at);
	I64(t, struct synced_row, at);
	return send_rows(pg, SQL_PLANS_OVER, &p);
}

static int write_commands(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *t = &batch->facts.commands;
	struct ra_pg_params p = { .arena = &batch->arena };
	U64(t, struct command_row, guild);
	I64(t, struct command_row, hour);
	U64(t, struct command_row, bot);
	TEXT(t, struct command_row, name);
	U64(t, struct command_row, user);
	I32(t, struct command_row, uses);
	return send_rows(pg, SQL_COMMANDS, &p);
}

static int write_games(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *t = &batch->facts.games;
	struct ra_pg_params p = { .arena = &batch->arena };
	U64(t, struct game_row, guild);
	I64(t, struct game_row, hour);
	TEXT(t, struct game_row, name);
	U64(t, struct game_row, user);
	return send_rows(pg, SQL_GAMES, &p);
}

/* --- what follows from joins, leaves and bans ---------------------------------- */

struct departure {
	uint64_t guild, user;
	int64_t at;
};

static int mark_bans(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *flows = &batch->flows, *acts = &batch->facts.moderations;
	size_t count = 0;
	struct departure *list =
		ra_arena_alloc(&batch->arena, (flows->count + acts->count + 1) * sizeof *list);
	for (size_t i = 0; i < flows->count; i++) {
		const struct flow_row *flow =
			(const struct flow_row *)(const void *)flows->rows + i;
		if (flow->is_leave)
			list[count++] = (struct departure){ flow->guild, flow->user, flow->at };
	}
	for (size_t i = 0; i < acts->count; i++) {
		const struct moderation_row *act =
			(const struct moderation_row *)(const void *)acts->rows + i;
		if (act->kind == MODERATION_BAN)
			list[count++] = (struct departure){ act->guild, act->user, act->at };
	}
	struct ra_pg_params p = { .arena = &batch->arena };
	ra_pg_u64_array(&p, &list->guild, count, sizeof *list);
	ra_pg_i64_array(&p, &list->at, count, sizeof *list);
	ra_pg_u64_array(&p, &list->user, count, sizeof *list);
	return count ? send_rows(pg, SQL_BAN_MARKS, &p) : 0;
}

static int write_waves(struct ra_pg *pg, struct batch *batch)
{
	const struct ra_table *hours = &batch->guild_hours;
	size_t count = 0;
	struct hour_key *list = ra_arena_alloc(&batch->arena, (hours->count + 1) * sizeof *list);
	for (size_t i = 0; i < hours->count; i++) {
		const struct guild_hour_row *hour =
			(const struct guild_hour_row *)(const void *)hours->rows + i;
		if (hour->joins > 0 || hour->leaves > 0)
			list[count++] = hour->key;
	}
	struct ra_pg_params p = { .arena = &batch->arena };
	ra_pg_u64_array(&p, &list->guild, count, sizeof *list);
	ra_pg_i64_array(&p, &list->hour, count, sizeof *list);
	return count ? send_rows(pg, SQL_WAVES, &p) : 0;
}

int write_facts(struct ra_pg *pg, struct batch *batch)
{
	const struct facts *facts = &batch->facts;
	const struct {
		const struct ra_table *table;
		int (*write)(struct ra_pg *pg, struct batch *batch);
	} steps[] = {
		{ &facts->moderations, write_moderations }, { &facts->boosts, write_boosts },
		{ &facts->invites, write_invites },         { &facts->plans, write_plans },
		{ &facts->interests, write_interests },     { &facts->synced, write_synced },
		{ &facts->commands, write_commands },       { &facts->games, write_games },
		{ &batch->guild_hours, write_waves },
	};
	int rc = 0;
	for (size_t i = 0; i < RA_COUNT(steps) && rc == 0; i++)
		rc = steps[i].table->count ? steps[i].write(pg, batch) : 0;
	return rc == 0 ? mark_bans(pg, batch) : rc;
}
