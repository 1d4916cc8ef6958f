/*
 * again: a group of statements that only read, kept until it has ended well,
 * so that it can be asked of another connection when this one fails it.
 *
 *	add, add, ... (answers are kept) --well--> pg_again_deliver --> gone
 *	                `---------------failed---> pg_again_ask ------> gone
 *
 * It belongs to nobody from then on: the spare connection's callbacks end it.
 */
#pragma once
#include "libshared/pg/pg.h"

struct pg_again;

/* A statement of it, and its answer as long as that is kept. */
struct pg_again_part;

struct pg_again *pg_again_new(ra_pg_spare_cb spare, void *spare_ctx);
/* Copies the parameters. */
struct pg_again_part *pg_again_add(struct pg_again *group, int stmt,
				   const struct ra_pg_params *params, ra_pg_result_cb result,
				   void *ctx);
/* The part's answer: PQclear is the group's from now on. */
void pg_again_keep(struct pg_again_part *part, PGresult *answer);
/* What to tell at the end of the group. */
void pg_again_close(struct pg_again *group, ra_pg_synced_cb synced, void *ctx);

/* The three ends; the group is no longer yours. */
void pg_again_deliver(struct pg_again *group);
void pg_again_ask(struct pg_again *group);
void pg_again_drop(struct pg_again *group, const struct ra_err *err);
