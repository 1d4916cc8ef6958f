/* alert_judge: see alert_judge.h. */
#include "services/api/alert_judge.h"
#include <math.h>
#include <stdlib.h>

#define BACK_INSIDE 0.1
#define STILL_AWAY  0.7
#define BELL_CURVE  1.4826

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Sorts them. */
static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* What is counted one by one scatters by the root of its number, however calm the past was. */
static double deviation(const struct alert_facts *facts, double middle, double unit)
{
	double distance[ALERT_WEEKS] = { 0 };
	for (size_t i = 0; i < facts->weeks; i++)
		distance[i] = fabs(facts->past[i] - middle);
	double measured = BELL_CURVE * median(distance, facts->weeks);
	double chance = sqrt(fmax(middle, unit) * unit);
	return fmax(measured, chance);
}

static struct alert_finding judge_unusual(const struct alert_bounds *bounds,
					  const struct alert_facts *facts)
{
	double past[ALERT_WEEKS];
	if (facts->weeks < ALERT_WEEKS_MIN)
		return (struct alert_finding){ .verdict = ALERT_UNKNOWN };
	memcpy(past, facts->past, facts->weeks * sizeof(*past));
	double middle = median(past, facts->weeks);
	double away = facts->value - middle;
	double allowed = bounds->sensitivity * deviation(facts, middle, bounds->unit);
	if (bounds->is_firing)
		allowed *= STILL_AWAY;
	bool is_up = away > allowed && bounds->direction != ALERT_DOWN;
	bool is_down = -away > allowed && bounds->direction != ALERT_UP;
	return (struct alert_finding){ is_up || is_down ? ALERT_FIRING : ALERT_FINE, middle };
}

static struct alert_finding judge_bound(const struct alert_bounds *bounds, double value)
{
	double slack = bounds->is_firing ? BACK_INSIDE * fabs(bounds->threshold) : 0;
	bool is_out = bounds->condition == ALERT_ABOVE ? value > bounds->threshold - slack
						       : value < bounds->threshold + slack;
	return (struct alert_finding){ is_out ? ALERT_FIRING : ALERT_FINE, bounds->threshold };
}

struct alert_finding alert_judge(const struct alert_bounds *bounds, const struct alert_facts *facts)
{
	if (bounds->condition == ALERT_UNUSUAL && facts->is_known)
		return judge_unusual(bounds, facts);
	/* What was seen of a time watched in part is enough to be above, for nothing else. */
	bool is_enough = facts->is_known ||
			 (bounds->condition == ALERT_ABOVE && facts->value > bounds->threshold);
	if (!is_enough)
		return (struct alert_finding){ ALERT_UNKNOWN, bounds->threshold };
	return judge_bound(bounds, facts->value);
}
