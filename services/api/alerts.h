/*
 * alerts: the words rules are written in, and the service that looks at them.
 *
 * A rule is a row with a due time. Whoever of the replicas moves that time
 * takes the rule, so each is looked at once; what it finds is committed only
 * while the time it set still stands. Episodes and what is sent about them
 * are written in that same transaction: a rule fires once.
 *
 *	above    looked at every two minutes: the running hour counts, too
 *	others   a few minutes after each hour, over hours that are complete
 */
#pragma once
#include "services/api/alert_judge.h"
#include "services/api/api.h"

struct alert_figure {
	const char *name;
	double unit;   /* alert_judge.h */
	bool is_state; /* has a value now, not one over hours */
};
extern const struct alert_figure alert_figures[];
extern const size_t alert_figure_count;
extern const char *const alert_conditions[3];
extern const char *const alert_directions[3];

struct alerts;

struct alerts *alerts_start(struct api *api);
/* `stopped` comes from the loop when nothing is in flight. */
void alerts_stop(struct alerts *alerts, void (*stopped)(void *ctx), void *ctx);
