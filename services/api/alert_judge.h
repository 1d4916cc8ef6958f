/*
 * alert_judge: does a figure leave its bounds? Pure.
 *
 * Above and below are what they say. Unusual is by the same hours of earlier
 * weeks: further from their median than so many deviations, where a deviation
 * is the median distance from the median (times 1.4826, as for a bell curve),
 * and never less than chance alone would give.
 *
 * What has fired goes on until the figure is well back inside: a tenth of the
 * bound, or seven tenths of the deviations.
 */
#pragma once
#include "libshared/base/base.h"

#define ALERT_WEEKS     12 /* looked back */
#define ALERT_WEEKS_MIN 4  /* known of them, to say what is usual */

enum alert_condition { ALERT_ABOVE, ALERT_BELOW, ALERT_UNUSUAL };
enum alert_direction { ALERT_BOTH, ALERT_UP, ALERT_DOWN };
enum alert_verdict { ALERT_FINE, ALERT_FIRING, ALERT_UNKNOWN };

struct alert_bounds {
	enum alert_condition condition;
	enum alert_direction direction; /* unusual */
	double threshold;               /* above, below */
	double sensitivity;             /* unusual: deviations */
	double unit;                    /* the least amount of the figure worth a word */
	bool is_firing;                 /* already */
};

struct alert_facts {
	bool is_known; /* the time in question was watched throughout */
	double value;
	double past[ALERT_WEEKS]; /* the same hours of weeks that were */
	size_t weeks;
};

struct alert_finding {
	enum alert_verdict verdict;
	double expected; /* the bound, or the median */
};

struct alert_finding alert_judge(const struct alert_bounds *bounds,
				 const struct alert_facts *facts);
