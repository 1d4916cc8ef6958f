#include "services/response-tracker/carry.h"
#include "libshared/desk/excerpt.h"
#include "libshared/discord/snowflake.h"
#include "services/response-tracker/sql.h"

static void fill_act(struct ra_pg_params *p, const struct ra_command *c, int64_t now)
{
	ra_pg_text(p, c->id);
	ra_pg_i64(p, (int64_t)c->guild);
	ra_pg_i64(p, (int64_t)c->target);
	ra_pg_i64(p, (int64_t)c->actor);
	ra_pg_text(p, ra_str_of(ra_command_kind_text(c->kind)));
	ra_pg_i64(p, c->value);
	ra_pg_i64(p, c->at);
	ra_pg_i64(p, now);
}

static void fill_ask(struct ra_pg_params *p, const struct ra_command *c, int64_t now)
{
	bool is_menu = c->kind == RA_COMMAND_menu;
	ra_pg_text(p, c->id);
	ra_pg_i64(p, (int64_t)c->guild);
	ra_pg_i64(p, (int64_t)c->target);
	ra_pg_i64(p, (int64_t)c->channel);
	ra_pg_i64(p, (int64_t)c->parent);
	ra_pg_i64(p, (int64_t)(is_menu ? c->author : c->actor));
	ra_pg_text(p, is_menu ? RA_STR("menu") : RA_STR("command"));
	struct ra_str excerpt = excerpt_of(p->arena, c->text);
	if (excerpt.ptr)
		ra_pg_text(p, excerpt);
	else
		ra_pg_null(p);
	ra_pg_i64(p, ra_snowflake_ms(c->target));
	ra_pg_i64(p, now);
}

static void fill_task(struct ra_pg_params *p, const struct ra_command *c, int64_t now)
{
	ra_pg_text(p, c->id);
	ra_pg_i64(p, (int64_t)c->guild);
	ra_pg_i64(p, (int64_t)c->target);
	ra_pg_i64(p, (int64_t)c->actor);
	ra_pg_text(p, ra_str_of(ra_command_kind_text(c->kind)));
	ra_pg_i64(p, c->value);
	ra_pg_text(p, c->text);
	ra_pg_i64(p, c->at);
	ra_pg_i64(p, now);
}

static void fill_test(struct ra_pg_params *p, const struct ra_command *c, int64_t now)
{
	ra_pg_text(p, c->id);
	ra_pg_i64(p, (int64_t)c->guild);
	ra_pg_i64(p, (int64_t)c->channel);
	ra_pg_i64(p, now);
}

static const struct carrier {
	int stmt;
	void (*fill)(struct ra_pg_params *p, const struct ra_command *command, int64_t now);
} carriers[RA_COMMAND_KIND_COUNT] = {
	[RA_COMMAND_claim] = { SQL_COMMAND_ACT, fill_act },
	[RA_COMMAND_unclaim] = { SQL_COMMAND_ACT, fill_act },
	[RA_COMMAND_resolve] = { SQL_COMMAND_ACT, fill_act },
	[RA_COMMAND_reopen] = { SQL_COMMAND_ACT, fill_act },
	[RA_COMMAND_not_a_request] = { SQL_COMMAND_ACT, fill_act },
	[RA_COMMAND_snooze] = { SQL_COMMAND_ACT, fill_act },
	[RA_COMMAND_ask] = { SQL_COMMAND_ASK, fill_ask },
	[RA_COMMAND_menu] = { SQL_COMMAND_ASK, fill_ask },
	[RA_COMMAND_task_claim] = { SQL_COMMAND_TASK, fill_task },
	[RA_COMMAND_task_verify] = { SQL_COMMAND_TASK, fill_task },
	[RA_COMMAND_task_state] = { SQL_COMMAND_TASK, fill_task },
	[RA_COMMAND_notice_test] = { SQL_COMMAND_NOTICE_TEST, fill_test },
};

static int take(struct ra_pg *pg, struct ra_arena *arena, const struct ra_command *c)
{
	struct ra_pg_params p = { .arena = arena };
	ra_pg_text(&p, c->id);
	ra_pg_i64(&p, (int64_t)c->guild);
	ra_pg_i64(&p, (int64_t)c->actor);
	ra_pg_text(&p, ra_str_of(ra_command_kind_text(c->kind)));
	ra_pg_i64(&p, (int64_t)c->target);
	ra_pg_i64(&p, c->at);
	return ra_pg_send(pg, SQL_COMMAND_TAKE, &p, NULL, NULL);
}

int carry_send(struct ra_pg *pg, const struct ra_command *command, int64_t now,
	       ra_pg_synced_cb carried, void *ctx)
{
	const struct carrier *carrier = &carriers[command->kind];
	struct ra_arena arena = { 0 };
	struct ra_pg_params p = { .arena = &arena };
	int rc = take(pg, &arena, command);
	if (carrier->fill)
		carrier->fill(&p, command, now);
	else
		ra_pg_text(&p, command->id);
	if (rc == 0)
		rc = ra_pg_send(pg, carrier->fill ? carrier->stmt : SQL_COMMAND_UNKNOWN, &p, NULL,
				NULL);
	if (rc == 0)
		rc = ra_pg_sync(pg, carried, ctx);
	ra_arena_fini(&arena);
	return rc;
}
