/*
 * zone: how far a place's clocks are from UTC, and when that changes. What
 * PostgreSQL knows of zones is asked for with zone_sql and kept as a list:
 * there is one database of zones, its.
 */
#pragma once
#include "libshared/base/base.h"
#include <libpq-fe.h>

struct zone_span {
	int64_t from_ms;  /* until the next one's */
	int64_t offset_s; /* local time is UTC plus this */
};

struct zone {
	struct zone_span *spans; /* owned; ascending; the first holds before, the last after */
	size_t count;            /* 0: UTC */
};

/* $1 zone, $2 from, $3 to, both in ms: a row a span, its columns as in struct zone_span. An unknown
 * zone is an error of class 22. */
extern const char zone_sql[];

/* What zone_sql gave, in text format. */
void zone_load(struct zone *zone, const PGresult *rows);
void zone_fini(struct zone *zone);

/* The span of a moment; NULL: UTC. */
const struct zone_span *zone_at(const struct zone *zone, int64_t at_ms);
/* Local time, as ms that would be it in UTC. */
int64_t zone_local_ms(const struct zone *zone, int64_t at_ms);
