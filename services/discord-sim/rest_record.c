/* rest_record: see the header. */
#include "services/discord-sim/rest_record.h"

#define WINDOW_MS 1000

void rest_record_call(struct rest_record *record, uint64_t now_ms)
{
	record->calls++;
	if (now_ms >= record->window_ends_ms) {
		record->window_ends_ms = now_ms + WINDOW_MS;
		record->window_count++;
	}
	if (record->window_count <= RECORD_WINDOWS)
		record->windows[record->window_count - 1]++;
}

json_t *rest_record_json(const struct rest_record *record)
{
	json_t *windows = json_array();
	for (unsigned i = 0; i < record->window_count && i < RECORD_WINDOWS; i++)
		json_array_append_new(windows, json_integer(record->windows[i]));
	return json_pack("{s:I, s:{s:I, s:I, s:I, s:I}, s:I, s:I, s:o}", "calls",
			 (json_int_t)record->calls, "limited", "user", (json_int_t)record->user,
			 "shared", (json_int_t)record->shared, "global", (json_int_t)record->global,
			 "banned", (json_int_t)record->banned, "unauthorized",
			 (json_int_t)record->unauthorized, "forbidden",
			 (json_int_t)record->forbidden, "windows", windows);
}
