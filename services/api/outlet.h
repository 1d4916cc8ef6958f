/*
 * outlet: what tokens, share links, alert rules, webhooks and rules of requests have in common. A
 * guild has a bounded number of each, each is found by its id, and whoever
 * changes one is written down.
 *
 *	outlet_room -> outlet_change          to make one
 *	outlet_find -> outlet_change          to change or end one
 *
 * Each step goes on to the next, or answers the request.
 */
#pragma once
#include "services/api/audit.h"

enum outlet { OUTLET_TOKEN, OUTLET_SHARE, OUTLET_RULE, OUTLET_WEBHOOK, OUTLET_REQUEST_RULE };

/* There is room for one more. `name`: empty. */
typedef void (*outlet_cb)(struct visit *visit, int64_t id, const char *name, void *ctx);
void outlet_room(struct visit *visit, enum outlet kind, outlet_cb done, void *ctx);
/* The one the path names, of this guild; else 404. */
void outlet_find(struct visit *visit, enum outlet kind, outlet_cb done, void *ctx);

struct outlet_change {
	enum statement stmt;
	const struct ra_pg_params *params;
	struct audit audit;
	/* When it is committed; `id`: what the statement returned first, 0 if nothing. */
	void (*done)(struct visit *visit, int64_t id, void *ctx);
	void *ctx; /* borrowed */
};
void outlet_change(struct visit *visit, const struct outlet_change *change);

/* Answers of changes. */
void outlet_reply_gone(struct visit *visit, int64_t id, void *ctx); /* 204; a `done` */
/* The one row of a statement with $1 guild: JSON, `name`d. */
void outlet_reply_list(struct visit *visit, enum statement stmt, const char *name);
