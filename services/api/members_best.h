/*
 * members_best: a page of the members who wrote or talked most, and how many
 * members there are in all, each as fast as what is kept of days allows. For
 * lists nobody filters; list.c asks both at once.
 */
#pragma once
#include "services/api/list.h"

/* Whether this is such a list. */
bool members_best_know(const struct list *list);

/* The parameters of both statements; the texts say what they are. `rows`: how long the lists of
 * each day and month are. */
void members_best_params(const struct list *list, int64_t rows, struct ra_pg_params *p);
void members_whole_params(const struct list *list, struct ra_pg_params *p);
