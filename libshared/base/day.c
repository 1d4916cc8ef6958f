/* day: see day.h. */
#include "libshared/base/day.h"
#include "libshared/base/err.h"
#include <stdio.h>

/* Days from civil, Howard Hinnant, http://howardhinnant.github.io/date_algorithms.html */
int day_of(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int era = (y >= 0 ? y : y - 399) / 400;
	int yoe = y - era * 400;
	int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

void day_split(int day, int *year, int *month, int *mday)
{
	int z = day + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int doe = z - era * 146097;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;
	*mday = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

int day_weekday(int day)
{
	return ((day + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
}

int day_week_start(int day, int weekday)
{
	return day - (day_weekday(day) - weekday + 8) % 7;
}

int day_parse(const char *text, int *out)
{
	int year, month, mday, used = 0;
	if (strspn(text, "0123456789") != 4 || strlen(text) != 10 ||
	    sscanf(text, "%4d-%2d-%2d%n", &year, &month, &mday, &used) != 3 || used != 10)
		return RA_EINVAL;
	if (month < 1 || month > 12 || mday < 1 || mday > 31)
		return RA_EINVAL;
	int day = day_of(year, month, mday);
	int y, m, d;
	day_split(day, &y, &m, &d);
	if (m != month || d != mday)
		return RA_EINVAL;
	*out = day;
	return 0;
}
