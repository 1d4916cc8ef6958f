/* again: see again.h. */
#include "libshared/pg/again.h"
#include "libshared/metrics/metrics.h"

RA_COUNTER(asked_again, "rations_postgres_asked_again_total",
	   "groups of questions that a connection failed and its spare was asked")

struct pg_again_part {
	struct pg_again *group;
	struct pg_again_part *next;
	int stmt;
	struct ra_pg_params params; /* their bytes are the group's */
	PGresult *answer;           /* owned; NULL until it has come */
	ra_pg_result_cb result;     /* NULL once it was called, or none is wanted */
	void *ctx;
};

struct pg_again {
	struct ra_arena arena; /* of the parts and their parameters */
	struct pg_again_part *first, **last;
	ra_pg_spare_cb spare;
	void *spare_ctx;
	ra_pg_synced_cb synced; /* may be NULL */
	void *ctx;
	size_t pending; /* parts whose answer the spare owes us */
	bool is_cut;    /* the spare was lost before all was asked */
};

struct pg_again *pg_again_new(ra_pg_spare_cb spare, void *spare_ctx)
{
	struct pg_again *group = ra_new(struct pg_again);
	*group = (struct pg_again){ .last = &group->first, .spare = spare, .spare_ctx = spare_ctx };
	return group;
}

static void copy_params(struct ra_pg_params *to, const struct ra_pg_params *from,
			struct ra_arena *arena)
{
	*to = *from;
	to->arena = arena;
	for (int i = 0; i < from->count; i++) {
		if (!from->values[i])
			continue;
		/* a text's length is its own affair: libpq goes by its end */
		size_t size =
			from->formats[i] ? (size_t)from->lengths[i] : strlen(from->values[i]) + 1;
		char *value = ra_arena_alloc(arena, size);
		memcpy(value, from->values[i], size);
		to->values[i] = value;
	}
}

struct pg_again_part *pg_again_add(struct pg_again *group, int stmt,
				   const struct ra_pg_params *params, ra_pg_result_cb result,
				   void *ctx)
{
	struct pg_again_part *part = ra_arena_new(&group->arena, struct pg_again_part);
	*part = (struct pg_again_part){
		.group = group, .stmt = stmt, .result = result, .ctx = ctx
	};
	copy_params(&part->params, params, &group->arena);
	*group->last = part;
	group->last = &part->next;
	return part;
}

void pg_again_keep(struct pg_again_part *part, PGresult *answer)
{
	PQclear(part->answer);
	part->answer = answer;
}

void pg_again_close(struct pg_again *group, ra_pg_synced_cb synced, void *ctx)
{
	group->synced = synced;
	group->ctx = ctx;
}

/* Each part is told at most once. */
static void tell(struct pg_again_part *part, int status, const PGresult *rows,
		 const struct ra_err *err)
{
	ra_pg_result_cb result = part->result;
	part->result = NULL;
	if (result)
		result(part->ctx, status, rows, err);
}

static void end(struct pg_again *group, int status, const struct ra_err *err)
{
	for (struct pg_again_part *part = group->first; part; part = part->next)
		PQclear(part->answer);
	if (group->synced)
		group->synced(group->ctx, status, err);
	ra_arena_fini(&group->arena);
	ra_free(group);
}

void pg_again_deliver(struct pg_again *group)
{
	for (struct pg_again_part *part = group->first; part; part = part->next)
		tell(part, 0, part->answer, NULL);
	end(group, 0, NULL);
}

void pg_again_drop(struct pg_again *group, const struct ra_err *err)
{
	for (struct pg_again_part *part = group->first; part; part = part->next)
		tell(part, err->code, NULL, err);
	end(group, err->code, err);
}

/* ---- The spare's answers. ---- */

static void drop_if_cut(struct pg_again *group)
{
	struct ra_err err;
	if (!group->is_cut || group->pending > 0)
		return;
	ra_fail(&err, RA_EDOWN, "", "no connection is left to ask");
	pg_again_drop(group, &err);
}

static void on_result(void *ctx, int status, const PGresult *rows, const struct ra_err *err)
{
	struct pg_again_part *part = ctx;
	tell(part, status, rows, err);
	part->group->pending--;
	drop_if_cut(part->group);
}

static void on_synced(void *ctx, int status, const struct ra_err *err)
{
	end(ctx, status, err);
}

void pg_again_ask(struct pg_again *group)
{
	struct pg_again_part *part = group->first;
	struct ra_pg *spare = group->spare(group->spare_ctx);
	ra_count(&asked_again, 1);
	for (; part && spare; part = part->next) {
		if (ra_pg_send(spare, part->stmt, &part->params, on_result, part) < 0)
			break;
		group->pending++;
	}
	if (part || !spare || ra_pg_sync(spare, on_synced, group) < 0) {
		group->is_cut = true;
		drop_if_cut(group);
	}
}
