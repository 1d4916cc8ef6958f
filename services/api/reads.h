/*
 * reads: which connection a question over time is asked on: the replica's
 * where there is one young enough (standby.h), else one of the primary's.
 *
 * What is asked here may be as old as DATABASE_REPLICA_LAG, so it is not for
 * what decides (sessions, permissions, settings) nor for lists that a page
 * asks for again the moment they change. And it stays with the primary
 *
 *	for who changed something themselves, as long as the replica may lack it
 *	(a cookie says so to every copy of api);
 *	for a guild whose days were cut anew in that time: what the door was told
 *	of them, the replica might not have yet.
 */
#pragma once
#include "services/api/visit.h"

/* Connects to the replica, if one is configured. 0, or *err says what is wrong with its URL. */
int reads_open(struct api *api, struct ra_err *err) RA_MUST_CHECK;

/* As db_pick and db_ask, for questions. */
struct ra_pg *reads_pick(const struct visit *visit);
int reads_ask(const struct visit *visit, enum statement stmt, const struct ra_pg_params *params,
	      ra_pg_result_cb result, void *ctx) RA_MUST_CHECK;

/* The rest of the group may take this much memory for each of its sorts and tables: for lists of
 * everybody, which would else be written to a file and read again. */
int reads_roomy(struct ra_pg *pg) RA_MUST_CHECK;

/* This visit changes something: who made it sees it from now on. Before the answer. */
void reads_note_change(const struct visit *visit);
