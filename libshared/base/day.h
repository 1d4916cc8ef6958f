/*
 * day: days of a calendar. Pure: no clock and no zone in here.
 *
 * A day is a number: days since 1970-01-01.
 */
#pragma once
#include "libshared/base/base.h"

/* The proleptic Gregorian calendar. */
int day_of(int year, int month, int day);
void day_split(int day, int *year, int *month, int *mday);
/* Monday 0 ... Sunday 6. */
int day_weekday(int day);
/* The first day of its week; weeks begin on `weekday`, 1 Monday ... 7 Sunday. */
int day_week_start(int day, int weekday);
/* "2026-03-29"; RA_EINVAL for anything else, 2026-02-30 too. */
int day_parse(const char *text, int *out) RA_MUST_CHECK;
