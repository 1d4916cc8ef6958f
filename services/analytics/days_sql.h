/* days_sql: the statements of days.c; each adds the same rows to every table of days and months. */
#pragma once

extern const char sql_flows[]; /* $1..$8: rows of analytics.member_flow */
/* $1..$14: what users wrote in channels, by hour, $15..$22: how long they were in voice, $23:
 * source of what was written; the hours themselves too */
extern const char sql_acts[];
extern const char sql_guild_days[]; /* $1..$15: hours of guilds */

/* The same of the hours of guild $1 between next_from and made_from of its row in day_work
 * (recut.h). */
extern const char sql_recut_flows[];
extern const char sql_recut_acts[];
extern const char sql_recut_guild_hours[];
