/* import_time: times as other systems write them. */
#include "libshared/base/clock.h"
#include "services/backup-scheduler/import_internal.h"
#include <stdio.h>

static bool has_zone(struct ra_str text)
{
	if (text.len < 20)
		return false;
	char last = text.ptr[text.len - 1], sign = text.ptr[text.len - 6];
	return last == 'Z' || last == 'z' || sign == '+' || sign == '-';
}

int import_parse_time(struct ra_str text, int64_t *ms)
{
	char whole[48];
	if (text.len < 16 || text.len > 40)
		return RA_EINVAL;
	bool lacks_seconds = text.len == 16;
	snprintf(whole, sizeof whole, "%.*s%s%s", (int)text.len, text.ptr,
		 lacks_seconds ? ":00" : "", has_zone(text) ? "" : "Z");
	if (whole[10] == ' ')
		whole[10] = 'T';
	return ra_iso8601_parse(ra_str_of(whole), ms);
}
