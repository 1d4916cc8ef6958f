/* notify_internal: what the parts of the notifier share. */
#pragma once
#include "services/response-tracker/notify.h"
#include "services/response-tracker/notify_plan.h"
#include "services/response-tracker/notify_text.h"

#define NOTIFY_SHARDS_MAX 1024

/* X(name, parameters): const char sql_notify_<name>[] stands where it is used. */
#define NOTIFY_SQL(X)                                                                              \
	X(look, 3)                                                                                 \
	X(read, 2)                                                                                 \
	X(forget, 5)                                                                               \
	X(drop, 8)                                                                                 \
	X(hold, 6)                                                                                 \
	X(tell, 18)                                                                                \
	X(system, 5)                                                                               \
	X(sweep, 1)                                                                                \
	X(settle, 1)                                                                               \
	X(take, 4)                                                                                 \
	X(attempt, 2)                                                                              \
	X(sent, 3)                                                                                 \
	X(unsent, 7)                                                                               \
	X(trouble, 8)                                                                              \
	X(marks, 2)                                                                                \
	X(marked, 2)                                                                               \
	X(reports, 3)                                                                              \
	X(figures, 3)                                                                              \
	X(report, 4)                                                                               \
	X(level_guilds, 3)                                                                         \
	X(level_work, 8)                                                                           \
	X(level_set, 5)                                                                            \
	X(alarms, 1)                                                                               \
	X(waiting, 1)

#define X(name, params) NOTIFY_##name,
enum notify_sql { NOTIFY_SQL(X) NOTIFY_SQL_COUNT };
#undef X
#define X(name, params) extern const char sql_notify_##name[];
NOTIFY_SQL(X)
#undef X

struct notify {
	struct notify_conf conf;
	uv_loop_t *loop;
	struct ra_pg *pg;                 /* owned */
	struct ra_rest *rest;             /* owned; NULL without a token */
	struct langs *langs;              /* owned */
	uv_timer_t timer;                 /* each part does what it has to do when it ticks */
	struct notify_look *look;         /* owned; NULL: none under way */
	struct notify_courier *courier;   /* owned */
	struct notify_marker *marker;     /* owned */
	struct notify_reporter *reporter; /* owned */
	struct notify_leveller *leveller; /* owned */
	struct notify_alarmer *alarmer;   /* owned */
	int under_way;                    /* what has to end before the connections are closed */
	bool is_stopping;
};

/* notify.c: brackets around what is under way. */
void notify_begin(struct notify *notify);
void notify_end(struct notify *notify);
/* The shards that may be looked at, as two array parameters; false: none. */
bool notify_shards(const struct notify *notify, struct ra_pg_params *p);
/* A list of ids that PostgreSQL gave as JSON; in the arena. */
size_t notify_ids(struct ra_arena *arena, struct ra_str json, const uint64_t **ids);
/* A copy in the arena; NULL for NULL. */
const char *notify_copy(struct ra_arena *arena, const PGresult *rows, int row, int column);
/* Unlike any other; 25 characters at most. */
void notify_nonce(char nonce[26]);

/* notify_look.c */
void notify_look(struct notify *notify);
/* notify_send.c */
struct notify_courier *notify_courier_new(struct notify *notify);
void notify_courier_tick(struct notify_courier *courier);
/* notify_mark.c */
struct notify_marker *notify_marker_new(struct notify *notify);
void notify_marker_tick(struct notify_marker *marker);
/* notify_report.c */
struct notify_reporter *notify_reporter_new(struct notify *notify);
void notify_reporter_tick(struct notify_reporter *reporter);
/* notify_level.c */
struct notify_leveller *notify_leveller_new(struct notify *notify);
void notify_leveller_tick(struct notify_leveller *leveller);
/* notify_alarm.c */
struct notify_alarmer *notify_alarmer_new(struct notify *notify);
void notify_alarmer_tick(struct notify_alarmer *alarmer);
