/*
 * audit: who changed what in a guild. The change and its note are sent in one
 * group, so that either both are there or neither is:
 *
 *	struct ra_pg *pg = db_pick(visit->api->db);
 *	if (!pg || ra_pg_send(pg, STMT_token_revoke, &p, NULL, NULL) < 0 ||
 *	    audit_note(pg, visit, &(struct audit){ .action = "token.revoke", .target = id,
 *						   .before = json_pack(...) }) < 0 ||
 *	    ra_pg_sync(pg, on_revoked, change) < 0)
 *		reply_failure(visit->api, visit->req, RA_EDOWN);
 */
#pragma once
#include "services/api/visit.h"

struct audit {
	const char *action; /* noun.verb: "settings.change" */
	const char *target; /* id or name of what was changed; NULL: the guild itself */
	json_t *before,
		*after; /* taken; what differs, as it was and is. NULL: not there. No secrets */
};

/* Adds the note about the guild of `visit` to the open group of `pg`: by its account, at its now.
 * Members that are the same before and after are left out; when none is left, nothing is noted. 0
 * or RA_EDOWN. */
int audit_note(struct ra_pg *pg, const struct visit *visit,
	       const struct audit *audit) RA_MUST_CHECK;
